// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as the manifests of one module, one behind each zero byte: read, merged, and judged.
#include "error.h"
#include "manifest-source.h"
#include "names.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES 5

/* What is read, each text in memory of its own, so that a look beyond its end is seen. */
typedef struct {
    MortiseManifestSource source;
    MortiseManifestFile files[FILES];
    char *texts[FILES];
    char *paths[FILES];
    guint count;
} Input;

static void
input_clear(Input *self)
{
    for (guint i = 0; i < self->count; i++) {
        g_free(self->texts[i]);
        g_free(self->paths[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Input, input_clear)

/* Behind those that are there. */
static void
add_file(Input *self, const uint8_t *part, size_t length)
{
    guint number = self->count++;
    MortiseManifestFile *file = &self->files[number];
    self->texts[number] = g_malloc0(length + 1);
    if (length > 0) {
        memcpy(self->texts[number], part, length);
    }
    self->paths[number] = g_strdup_printf("/%u/example.json", number);
    file->path = self->paths[number];
    file->text = self->texts[number];
    file->length = length;
    *(number > 0 ? &self->files[number - 1].next : &self->source.files) = file;
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

/* No scheme is missed by those who do not parse. */
static void
check_claims(const MortiseManifestSource *source, char *const *schemes)
{
    for (; *schemes != NULL; schemes++) {
        g_autofree char *quoted = g_strdup_printf("\"%s\"", *schemes);
        g_assert_true(mortise_manifest_source_may_say(source, quoted));
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
    g_auto(Input) input = {.source = {.name = "example"}};
    g_autoptr(GError) error = NULL;
    const uint8_t *end = data + size;
    const uint8_t *part = data;
    for (const uint8_t *at = data; at < end; at++) {
        if (*at == '\0' && input.count < FILES - 1) {
            add_file(&input, part, (size_t) (at - part));
            part = at + 1;
        }
    }
    add_file(&input, part, (size_t) (end - part));
    g_autoptr(MortiseManifest) manifest = mortise_manifest_source_merge(&input.source, &error);
    check_manifest(manifest);
    check_claims(&input.source, manifest->schemes);
    if (error != NULL) {
        check_error(error);
    }
    return 0;
}
