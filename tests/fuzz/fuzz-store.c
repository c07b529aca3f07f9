// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as a file of the store: understood as a whole and written back the same, or refused and untouched.
#include "error.h"
#include "store-private.h"

#include <stdint.h>
#include <string.h>

#define PATH "/store/file"
#define BOOT "boot"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(const GError *error)
{
    g_assert_true(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_FILE_ERROR)
                  || g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_STATE_SCHEMA));
    g_assert_true(g_str_has_prefix(error->message, PATH " "));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void
try_definition(const char *text, gsize length)
{
    g_autofree char *copy = g_memdup2(text, length + 1);
    g_autoptr(GError) error = NULL;
    gboolean autostart = 7;
    if (!mortise_store_definition_parse(copy, length, PATH, &autostart, &error)) {
        check_error(error);
        g_assert_cmpint(memcmp(copy, text, length + 1), ==, 0);
        g_assert_cmpint(autostart, ==, 7);
        return;
    }
    g_assert_true(g_utf8_validate(copy, -1, NULL));
    g_autofree char *written = g_strconcat(mortise_store_definition_head(autostart), copy, NULL);
    gboolean again = 7;
    g_assert_true(mortise_store_definition_parse(written, strlen(written), PATH, &again, NULL));
    g_assert_cmpstr(written, ==, copy);
    g_assert_cmpint(again, ==, autostart);
}

static void
check_same(const MortiseStoredDomain *one, const MortiseStoredDomain *other)
{
    g_assert_cmpstr(one->driver, ==, other->driver);
    g_assert_cmpstr(one->phase, ==, other->phase);
    g_assert_cmpstr(one->running_xml, ==, other->running_xml);
    g_assert_cmpstr(one->live_xml, ==, other->live_xml);
    g_assert_cmpstr(one->running_state, ==, other->running_state);
    g_assert_cmpstr(one->state_reason, ==, other->state_reason);
    g_assert_cmpuint(one->state, ==, other->state);
    g_assert_cmpint(one->id, ==, other->id);
}

static void
try_running(const char *text, gsize length)
{
    static const MortiseStoredDomain untouched = {.id = 0};
    g_autoptr(MortiseStoredDomain) domain = g_new0(MortiseStoredDomain, 1);
    g_autoptr(MortiseStoredDomain) again = g_new0(MortiseStoredDomain, 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = mortise_store_running_peek_xml(text, length);
    MortiseRunningAge age = mortise_store_running_parse(text, length, PATH, BOOT, domain, &error);
    if (age != MORTISE_RUNNING_CURRENT) {
        g_assert_true((error != NULL) == (age == MORTISE_RUNNING_BAD));
        check_same(domain, &untouched);
        if (error != NULL) {
            check_error(error);
        }
        return;
    }
    g_assert_cmpstr(xml, ==, domain->running_xml);
    g_autofree char *written = mortise_store_running_format(domain, BOOT, &error);
    g_assert_no_error(error);
    g_assert_cmpint(mortise_store_running_parse(written, strlen(written), PATH, BOOT, again, &error), ==,
                    MORTISE_RUNNING_CURRENT);
    g_assert_no_error(error);
    check_same(domain, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    try_definition(text, size);
    try_running(text, size);
    return 0;
}
