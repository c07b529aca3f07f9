// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the files of one name say: which words they may have, cheaply, and all of it, merged.
#include "manifest-source.h"

#include "error.h"

#include <string.h>

gboolean
mortise_manifest_source_may_say(const MortiseManifestSource *self, const char *quoted)
{
    for (const MortiseManifestFile *file = self->files; file != NULL; file = file->next) {
        /* With a backslash a word may be written in another way. */
        if (file->text != NULL && (strstr(file->text, quoted) != NULL || strchr(file->text, '\\') != NULL)) {
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
    if (file->masks) {
        return mortise_manifest_parse(file->path, self->name, masking, strlen(masking), error);
    }
    if (file->error != NULL) {
        g_propagate_error(error, g_error_copy(file->error));
        return NULL;
    }
    return mortise_manifest_parse(file->path, self->name, file->text, file->length, error);
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
