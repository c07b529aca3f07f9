// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the files of one name say: which words they may have, cheaply, and all of it, merged.
#include "manifest-source.h"

#include "error.h"

#include <string.h>

static const char *
skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* Whether no other object begins before `key`, so that it is one of the outermost, where no key comes twice. */
static gboolean
is_outermost(const char *text, const char *key)
{
    const char *first = memchr(text, '{', (gsize) (key - text));
    return first != NULL && memchr(first + 1, '{', (gsize) (key - first - 1)) == NULL;
}

gboolean
mortise_manifest_peek_schemes(const char *text, gsize length, const char **list, gsize *list_length)
{
    static const char key[] = "\"schemes\"";
    *list = text;
    *list_length = 0;
    /* With a backslash a word may be written in another way; without one, a quotation mark is no part of a text. */
    if (memchr(text, '\\', length) != NULL) {
        return FALSE;
    }
    const char *found = strstr(text, key);
    if (found == NULL) {
        return TRUE;
    }
    const char *colon = skip_space(found + strlen(key));
    const char *begin = *colon == ':' ? skip_space(colon + 1) : "";
    const char *end = *begin == '[' ? strchr(begin, ']') : NULL;
    if (end == NULL || (!is_outermost(text, found) && strstr(colon, key) != NULL)) {
        return FALSE;
    }
    *list = begin + 1;
    *list_length = (gsize) (end - begin - 1);
    return TRUE;
}

gboolean
mortise_manifest_source_may_claim(const MortiseManifestSource *self, const char *quoted)
{
    for (const MortiseManifestFile *file = self->files; file != NULL; file = file->next) {
        gboolean has_text = !file->masks && file->error == NULL;
        if (has_text && (file->schemes == NULL || strstr(file->schemes, quoted) != NULL)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The text of a file, to be freed; NULL of one that masks, and with @error. */
static gboolean
get_text(const MortiseManifestFile *file, MortiseManifestText *text, GError **error)
{
    *text = (MortiseManifestText) {NULL, 0};
    if (file->error != NULL) {
        g_propagate_error(error, g_error_copy(file->error));
        return FALSE;
    }
    if (file->text != NULL) {
        *text = (MortiseManifestText) {g_memdup2(file->text, file->length + 1), file->length};
        return TRUE;
    }
    return file->masks || mortise_manifest_file_read(file, text, error);
}

gboolean
mortise_manifest_source_may_say(const MortiseManifestSource *self, const char *quoted)
{
    for (const MortiseManifestFile *file = self->files; file != NULL; file = file->next) {
        MortiseManifestText text = {NULL, 0};
        (void) get_text(file, &text, NULL);
        g_autofree char *owned = text.text;
        /* With a backslash a word may be written in another way. */
        if (owned != NULL && (strstr(owned, quoted) != NULL || strchr(owned, '\\') != NULL)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What one file says; NULL with @error. */
static MortiseManifest *
parse_file(const MortiseManifestSource *self, const MortiseManifestFile *file, GError **error)
{
    static const char masking[] = "{\"enabled\": false}";
    MortiseManifestText text = {NULL, 0};
    if (!get_text(file, &text, error)) {
        return NULL;
    }
    g_autofree char *owned = text.text;
    return owned != NULL ? mortise_manifest_parse(file->path, self->name, owned, text.length, error)
                         : mortise_manifest_parse(file->path, self->name, masking, strlen(masking), error);
}

/* The error of one file, with the files that it keeps from being used. */
static void
set_broken(const MortiseManifestFile *file, const GError *cause, GError **error)
{
    g_autoptr(GString) hidden = g_string_new(NULL);
    for (const MortiseManifestFile *later = file->next; later != NULL; later = later->next) {
        g_string_append_printf(hidden, "%s%s", hidden->len > 0 ? ", " : "", later->path);
    }
    if (hidden->len == 0) {
        g_propagate_error(error, g_error_copy(cause));
        return;
    }
    mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, mortise_error_get_object(cause),
                      mortise_error_get_hint(cause), "%s (it stands before %s)", mortise_error_get_summary(cause),
                      hidden->str);
}

static void
add_note(MortiseManifest *manifest, const GError *cause)
{
    g_ptr_array_add(manifest->notes, g_strdup_printf("%s; it was not needed", mortise_error_get_summary(cause)));
}

MortiseManifest *
mortise_manifest_source_merge(const MortiseManifestSource *self, GError **error)
{
    MortiseManifest *merged = mortise_manifest_new();
    const char *first = self->files->path;
    g_autoptr(GError) broken = NULL;
    for (const MortiseManifestFile *file = self->files; file != NULL; file = file->next) {
        g_autoptr(GError) local = NULL;
        g_autoptr(MortiseManifest) manifest = parse_file(self, file, &local);
        if (manifest != NULL) {
            mortise_manifest_merge(merged, manifest);
        } else if (broken == NULL && mortise_manifest_is_complete(merged, first, NULL)) {
            add_note(merged, local);
        } else if (broken == NULL) {
            set_broken(file, local, &broken);
        }
    }
    if (broken != NULL) {
        g_propagate_error(error, g_steal_pointer(&broken));
    } else {
        (void) mortise_manifest_is_complete(merged, first, error);
    }
    return merged;
}
