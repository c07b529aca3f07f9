// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the manifests in their directories and keeps their text; nothing is parsed before somebody asks.
#pragma once

#include "manifest.h"

/* One file NAME.json. */
typedef struct MortiseManifestFile MortiseManifestFile;
struct MortiseManifestFile {
    MortiseManifestFile *next;   /* of the same name, in a directory that speaks later */
    char *path;
    char *text;                  /* NULL of a file that masks or that could not be read */
    gsize length;
    gboolean masks;              /* a link to /dev/null */
    GError *error;               /* why it could not be read: manifest-invalid */
};

/* All files of one name. */
typedef struct {
    char *name;
    MortiseManifestFile *files;  /* the one that speaks first; never NULL */
} MortiseManifestSource;

/* A file with copies of `path` and, unless it is NULL, of `text`, in one piece of memory. */
MortiseManifestFile *mortise_manifest_file_new(const char *path, const char *text, gsize length);

void mortise_manifest_source_free(MortiseManifestSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseManifestSource, mortise_manifest_source_free)

/*
 * The sources of all directories, the first of which speaks first, ordered by name; free with g_ptr_array_unref. A
 * directory that is not there or cannot be read has none. Blocks for the disk.
 */
GPtrArray *mortise_discovery_read(const char *const *directories);

/*
 * FALSE when no file of the source can have `quoted` (with its quotation marks, such as "\"example\"") among its
 * words. Costs a search through the text where parsing would cost a hundred times that.
 */
gboolean mortise_manifest_source_may_say(const MortiseManifestSource *self, const char *quoted);

/*
 * The files merged key by key, the first wins. Never NULL. *error is set to manifest-invalid when the result
 * cannot be used; what could be read is returned all the same. A broken file behind those that say everything
 * is a note.
 */
MortiseManifest *mortise_manifest_source_merge(const MortiseManifestSource *self, GError **error);
