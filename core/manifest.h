// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a manifest says (docs/manifest.md): one file of it, and several files of one name merged key by key.
#pragma once

#include <mortise/mortise-types.h>

typedef struct {
    guint32 type;             /* MORTISE_VALUE_... */
    char *key;
    char *default_text;       /* NULL when there is none */
    char *help;               /* NULL when there is none */
} MortiseManifestParameter;

/* Lists are never NULL after mortise_manifest_new; texts are NULL when nothing was said. */
typedef struct {
    guint64 present;          /* a bit for each row of the table of keys that a file gave */
    char *name;
    MortiseModuleKind kind;
    char *module;             /* a bare file name or an absolute path */
    guint32 abi;              /* major << 16 | minor */
    char *version;
    char *vendor;
    char *licence;
    char *summary;
    char *package;
    char **schemes;
    char **domain_types;
    char **interfaces;        /* "lifecycle/1" */
    guint32 thread_model;     /* MORTISE_THREADS_... */
    guint32 state;            /* MORTISE_DRIVER_USES_STORE or MORTISE_DRIVER_OWNS_DOMAINS; 0 unless a driver */
    char **libraries;
    char **programs;
    char **companions;        /* modules that serve other domain types of its schemes */
    GPtrArray *parameters;    /* MortiseManifestParameter */
    gboolean enabled;
    char *enabled_by;         /* the file that said so; NULL when none did */
    gint priority;            /* the higher, the earlier */
    char *isolation;
    guint format;
    GPtrArray *notes;         /* texts: what was ignored, and where */
} MortiseManifest;

MortiseManifest *mortise_manifest_new(void);
void mortise_manifest_free(MortiseManifest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseManifest, mortise_manifest_free)

/*
 * What one file says; `path` is for its errors and notes, `name` the name that the file stands for. NULL with
 * manifest-invalid, which names the file, the line and column, the key, and what to write there.
 */
MortiseManifest *mortise_manifest_parse(const char *path, const char *name, const char *text, gsize length,
                                        GError **error);

/* Whether a file gave the key. */
gboolean mortise_manifest_has(const MortiseManifest *self, const char *key);

/* Moves what `lower` says, and `self` does not, into `self`. */
void mortise_manifest_merge(MortiseManifest *self, MortiseManifest *lower);

/*
 * Whether everything that a module of its kind needs has been said, and nothing that contradicts it. FALSE with
 * manifest-invalid; `path` is the file to name, that which speaks first.
 */
gboolean mortise_manifest_is_complete(const MortiseManifest *self, const char *path, GError **error);
