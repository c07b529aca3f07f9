// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the manifests in their directories and keeps their text; nothing is parsed before somebody asks.
#pragma once

#include "manifest.h"

/* One file NAME.json, as it was when it was found. */
typedef struct MortiseManifestFile MortiseManifestFile;
struct MortiseManifestFile {
    MortiseManifestFile *next;   /* of the same name, in a directory that speaks later */
    const char *path;
    const char *text;            /* ends with a zero character; NULL of one that masks or that could not be read */
    gsize length;
    gboolean masks;              /* a link to /dev/null */
    GError *error;               /* why it could not be read: manifest-invalid */
};

/* All files of one name. */
typedef struct {
    const char *name;
    MortiseManifestFile *files;  /* the one that speaks first; never NULL */
} MortiseManifestSource;

/* All that was found: constant, for any thread. What it holds lives as long as it does. */
typedef struct {
    GPtrArray *sources;          /* MortiseManifestSource, ordered by name */
    GStringChunk *texts;         /* names, paths and contents */
} MortiseDiscovery;

/*
 * The manifests of all directories, the first of which speaks first. A directory that is not there or cannot be read
 * has none. Blocks for the disk.
 */
MortiseDiscovery *mortise_discovery_read(const char *const *directories);
MortiseDiscovery *mortise_discovery_ref(MortiseDiscovery *self);
void mortise_discovery_unref(MortiseDiscovery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseDiscovery, mortise_discovery_unref)
