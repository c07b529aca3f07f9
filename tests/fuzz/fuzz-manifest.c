// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as the manifests of one module, one behind each zero byte: read, merged, and judged.
#include "discovery.h"
#include "error.h"
#include "names.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Behind those that are there. */
static void
add_file(MortiseManifestSource *source, guint number, const uint8_t *part, size_t length)
{
    g_autofree char *path = g_strdup_printf("/%u/example.json", number);
    MortiseManifestFile **last = &source->files;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = mortise_manifest_file_new(path, part != NULL ? (const char *) part : "", length);
}

static void
check_error(const GError *error)
{
    g_assert_true(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MANIFEST_INVALID));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_true(g_str_has_prefix(error->message, "/"));
    /* What the look at the text lets through, json-glib takes; its own errors begin like this. */
    g_assert_false(g_str_has_prefix(error->message + strlen("/0"), "/example.json: <data>:"));
}

static void
check_names(char *const *names)
{
    for (; *names != NULL; names++) {
        g_assert_true(mortise_name_is_valid(*names));
    }
}

static void
check_manifest(const MortiseManifest *manifest)
{
    check_names(manifest->schemes);
    check_names(manifest->domain_types);
    g_assert_true(manifest->name == NULL || g_str_equal(manifest->name, "example"));
    g_assert_true(manifest->module == NULL || strstr(manifest->module, "../") == NULL);
    g_assert_true(manifest->enabled || manifest->enabled_by != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(MortiseManifestSource) source = g_new0(MortiseManifestSource, 1);
    g_autoptr(GError) error = NULL;
    const uint8_t *end = data + size;
    const uint8_t *part = data;
    source->name = g_strdup("example");
    guint count = 0;
    for (const uint8_t *at = data; at < end; at++) {
        if (*at == '\0' && count < 4) {
            add_file(source, count++, part, (size_t) (at - part));
            part = at + 1;
        }
    }
    add_file(source, count, part, (size_t) (end - part));
    (void) mortise_manifest_source_may_say(source, "\"example\"");
    g_autoptr(MortiseManifest) manifest = mortise_manifest_source_merge(source, &error);
    check_manifest(manifest);
    if (error != NULL) {
        check_error(error);
    }
    return 0;
}
