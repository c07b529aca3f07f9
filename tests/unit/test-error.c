// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors: the list of reasons, and what an error carries beside its message.
#include "error.h"
#include "mortise-test.h"

#include <errno.h>
#include <string.h>

static void
test_list(void)
{
    static const struct {
        int code;
        const char *name;
        const char *reason;
    } listed[] = {
#define ERROR_REASON(code, id, retryable, meaning) {MORTISE_ERROR_##code, #code, id},
#include "error-list.def"
#undef ERROR_REASON
    };
    for (gsize i = 0; i < G_N_ELEMENTS(listed); i++) {
        g_autofree char *expected = g_ascii_strdown(listed[i].name, -1);
        CHECK_INT(listed[i].code, i);
        CHECK_TEXT(listed[i].reason, g_strdelimit(expected, "_", '-'));
        CHECK_TEXT(mortise_error_reason_of_code((int) i), listed[i].reason);
        CHECK_INT(mortise_error_code_of_reason(listed[i].reason), i);
    }
    CHECK_INT(MORTISE_ERROR_MIGRATION_FAILED, G_N_ELEMENTS(listed) - 1);   /* the last of the enumeration */
}

static void
test_unknown_codes(void)
{
    CHECK_TEXT(mortise_error_reason_of_code(-1), "internal");
    CHECK_TEXT(mortise_error_reason_of_code(100000), "internal");
    CHECK_INT(mortise_error_code_of_reason("no-such-reason"), -1);
    CHECK_INT(mortise_error_code_of_reason(""), -1);
    CHECK_INT(mortise_error_code_of_reason(NULL), -1);
    CHECK(!mortise_error_code_is_retryable(-1));
    CHECK(!mortise_error_code_is_retryable(100000));
    CHECK(mortise_error_code_is_retryable(MORTISE_ERROR_TIMEOUT));
    CHECK(!mortise_error_code_is_retryable(MORTISE_ERROR_INVALID_XML));
}

static void
test_parts(void)
{
    g_autoptr(GError) error = NULL;
    mortise_error_set(&error, MORTISE_ERROR_DOMAIN_BUSY, "web", "wait for it", "the domain '%s' is busy", "web");
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_DOMAIN_BUSY));
    CHECK_TEXT(error->message, "the domain 'web' is busy; wait for it");
    CHECK_TEXT(mortise_error_get_summary(error), "the domain 'web' is busy");
    CHECK_TEXT(mortise_error_get_hint(error), "wait for it");
    CHECK_TEXT(mortise_error_get_object(error), "web");
    CHECK_TEXT(mortise_error_get_reason(error), "domain-busy");
    CHECK_TEXT(mortise_error_get_details(error), NULL);
    CHECK(mortise_error_is_retryable(error));

    mortise_error_set_details(error, "first");
    mortise_error_set_details(error, NULL);
    mortise_error_set_details(error, "");
    mortise_error_set_details(error, "second");
    CHECK_TEXT(mortise_error_get_details(error), "first\nsecond");
    CHECK_TEXT(error->message, "the domain 'web' is busy; wait for it");
}

static void
test_copy_and_prefix(void)
{
    g_autoptr(GError) error = NULL;
    mortise_error_set(&error, MORTISE_ERROR_FILE_ERROR, "/f", "mend it", "cannot write /f");
    mortise_error_set_details(error, "more");
    g_autoptr(GError) copy = g_error_copy(error);
    g_clear_error(&error);
    CHECK_TEXT(mortise_error_get_summary(copy), "cannot write /f");
    CHECK_TEXT(mortise_error_get_hint(copy), "mend it");
    CHECK_TEXT(mortise_error_get_object(copy), "/f");
    CHECK_TEXT(mortise_error_get_details(copy), "more");
    g_prefix_error(&copy, "at noon: ");
    CHECK_TEXT(mortise_error_get_summary(copy), "at noon: cannot write /f; mend it");
}

static void
test_without_parts(void)
{
    g_autoptr(GError) error = NULL;
    mortise_error_set(&error, MORTISE_ERROR_INTERNAL, NULL, "", "plain");
    CHECK_TEXT(error->message, "plain");
    CHECK_TEXT(mortise_error_get_hint(error), NULL);
    CHECK_TEXT(mortise_error_get_object(error), NULL);
    mortise_error_set(NULL, MORTISE_ERROR_INTERNAL, NULL, NULL, "nobody wants it");
}

static void
test_other_domains(void)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
    mortise_error_set_details(error, "kept by nobody");
    CHECK_TEXT(mortise_error_get_reason(error), "internal");
    CHECK_TEXT(mortise_error_get_summary(error), "gone");
    CHECK_TEXT(mortise_error_get_object(error), NULL);
    CHECK_TEXT(mortise_error_get_details(error), NULL);
    CHECK_TEXT(mortise_error_get_hint(error), NULL);
    CHECK(!mortise_error_is_retryable(error));
    CHECK(!mortise_error_is_retryable(NULL));
    CHECK_TEXT(mortise_error_get_reason(NULL), "internal");

    /* Somebody's own error in our domain, without the parts. */
    g_autoptr(GError) bare = g_error_new_literal(MORTISE_ERROR, MORTISE_ERROR_TIMEOUT, "late");
    CHECK_TEXT(mortise_error_get_summary(bare), "late");
    CHECK_TEXT(mortise_error_get_reason(bare), "timeout");
}

static void
test_bytes_that_are_no_text(void)
{
    g_autoptr(GError) error = NULL;
    mortise_error_set(&error, MORTISE_ERROR_FILE_MISSING, "/a\xff", "look at \xfe", "no file %s", "/a\xff");
    CHECK(g_utf8_validate(error->message, -1, NULL));
    CHECK(g_utf8_validate(mortise_error_get_object(error), -1, NULL));
    CHECK(g_utf8_validate(mortise_error_get_hint(error), -1, NULL));
    CHECK_CONTAINS(mortise_error_get_summary(error), "no file /a");
}

static void
test_errno(void)
{
    static const struct {
        int number;
        MortiseError code;
    } cases[] = {
        {ENOENT, MORTISE_ERROR_FILE_MISSING},      {ENOTDIR, MORTISE_ERROR_FILE_MISSING},
        {EACCES, MORTISE_ERROR_PERMISSION_DENIED}, {EPERM, MORTISE_ERROR_PERMISSION_DENIED},
        {EIO, MORTISE_ERROR_FILE_ERROR},           {ENOSPC, MORTISE_ERROR_FILE_ERROR},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = g_strdup_printf("cannot read /x: %s", g_strerror(cases[i].number));
        mortise_error_set_errno(&error, cases[i].number, "cannot read", "/x");
        CHECK_INT(error->code, cases[i].code);
        CHECK_TEXT(error->message, expected);
        CHECK_TEXT(mortise_error_get_object(error), "/x");
    }
}

static const MortiseTest tests[] = {
    {"the list and the enumeration agree", test_list},
    {"unknown codes and reasons", test_unknown_codes},
    {"the parts of an error", test_parts},
    {"copies and prefixes", test_copy_and_prefix},
    {"errors without parts", test_without_parts},
    {"errors of other domains", test_other_domains},
    {"bytes that are no text", test_bytes_that_are_no_text},
    {"errors of the system", test_errno},
};

MORTISE_TEST_MAIN("error", tests)
