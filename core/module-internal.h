// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of a module, shared by the files that make, judge, load and list modules.
#pragma once

#include "descriptor.h"
#include "manifest-source.h"
#include "module-private.h"

/* How long loading and start-up of a module may take together before it is given up, unless a test says otherwise. */
#define MORTISE_STARTUP_MILLISECONDS 20000

/* What a registry was made with; constant, shared by its modules. */
typedef struct {
    char **module_directories;   /* of modules that their manifests name without a path */
    char **select;               /* globs of MORTISE_MODULES_SELECT; NULL when unset */
    char **disable;              /* globs of MORTISE_MODULES_DISABLE; NULL when unset */
    gboolean obeys_environment;
} MortiseModuleSettings;

MortiseModuleSettings *mortise_module_settings_new(const char *const *module_directories, gboolean obeys_environment);
MortiseModuleSettings *mortise_module_settings_ref(MortiseModuleSettings *self);
void mortise_module_settings_unref(MortiseModuleSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseModuleSettings, mortise_module_settings_unref)

typedef enum {
    MODULE_NEW,
    MODULE_LOADING,
    MODULE_DONE,
} ModulePhase;

struct _MortiseModule {
    GObject parent_instance;

    /* Constant after construction. */
    char *name;
    GWeakRef registry;
    MortiseModuleSettings *settings;
    MortiseDiscovery *discovery;           /* that the source belongs to */
    const MortiseManifestSource *source;   /* NULL of a module that the application brought along */
    const void *static_descriptor;         /* NULL of all others */
    MortiseCheckedDescriptor checked;      /* of a static one */

    /* Constant after mortise_module_ensure_manifest. */
    gsize manifest_ready;
    MortiseManifest *manifest;
    GError *manifest_error;

    /* Constant after mortise_module_ensure_examined. */
    gsize examined;
    char *path;                            /* where the module file is, or would be */

    /* Under the lock. */
    GMutex lock;
    GCond changed;
    MortiseModuleState state;
    GError *problem;                       /* why the state is not available */
    ModulePhase phase;
    gint64 deadline;                       /* monotonic microseconds, while loading */
    MortiseLoadedModule *loaded;
};

/* `source` is one of `discovery`. `registry` is not referenced. */
MortiseModule *mortise_module_new(MortiseRegistry *registry, MortiseModuleSettings *settings,
                                  MortiseDiscovery *discovery, const MortiseManifestSource *source);
MortiseModule *mortise_module_new_static(MortiseRegistry *registry, MortiseModuleSettings *settings,
                                         const void *descriptor, const MortiseCheckedDescriptor *checked);

/* Parses the manifest once. */
const MortiseManifest *mortise_module_ensure_manifest(MortiseModule *self);
/* Finds the state once, without loading anything. */
void mortise_module_ensure_examined(MortiseModule *self);

/* Sets state and problem; takes `problem`, whose code says the state. The lock is held. */
void mortise_module_set_problem(MortiseModule *self, GError *problem);
/* The lock is held. */
void mortise_module_clear_problem(MortiseModule *self);

/* Adds remarks that concern other modules too: who stands before this one. */
void mortise_registry_add_notes(MortiseRegistry *self, MortiseModule *module, GStrvBuilder *notes);

/* The last word on a descriptor that is good in itself. */
typedef gboolean (*MortiseModuleAccept)(const MortiseCheckedDescriptor *checked, gpointer data, GError **error);

/*
 * Opens the file of a module, checks its descriptor, asks `accept`, and makes it resident. NULL with module-
 * missing, -missing-library, -abi-mismatch or what `accept` said, and then it is closed again. What is returned
 * identifies the module in this process; `checked` leads into it.
 */
const void *mortise_module_open_file(const char *path, MortiseCheckedDescriptor *checked, MortiseModuleAccept accept,
                                     gpointer data, GError **error);

/* Whether manifest and descriptor say the same. FALSE with manifest-invalid. */
gboolean mortise_module_agrees(MortiseModule *self, const MortiseModuleDescriptor *descriptor, GError **error);

/*
 * Starts the module behind `identity` once in this process, whichever registry asks. NULL with module-init-
 * failed, the same each time. Blocks for as long as the module's start-up takes.
 */
MortiseLoadedModule *mortise_module_start(MortiseModule *self, MortiseRegistry *registry, const void *identity,
                                          const MortiseCheckedDescriptor *checked, GError **error);

/* For tests. */
void mortise_module_set_startup_milliseconds(guint milliseconds);
