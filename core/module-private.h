// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the rest of the core asks of modules and the registry.
#pragma once

#include <mortise/driver/driver.h>
#include <mortise/driver/filter.h>
#include <mortise/mortise-registry.h>

/*
 * A module that was loaded and started: copies of its tables in today's size (missing tails zeroed), checked.
 * It lives until the process ends.
 */
typedef struct {
    MortiseModule *module; /* not referenced: the module owns this */
    char *name;
    MortiseModuleKind kind;
    guint32 thread_model; /* the descriptor's, or a narrower one of the manifest */
    guint32 flags;
    MortiseModuleDescriptor descriptor;
    MortiseDriverOperations operations; /* zeroed unless kind is driver */
    MortiseFilterOperations filter;     /* zeroed unless kind is filter */
    void *instance;                     /* what startup returned */
    MortiseHostDriver *host_driver;     /* what startup was given */
} MortiseLoadedModule;

/*
 * Loads the module on first use: trust, file, descriptor, resident, then startup with `host` from host-table.h.
 * Blocks. Different modules load in parallel; the same one once; a re-entrant call from its own startup fails.
 * NULL with @error set to the module's state, the same each time.
 */
MortiseLoadedModule *mortise_module_load(MortiseModule *self, GError **error);

/*
 * The interface table `id` with at least version `version`, copied to today's size `size` into `table` (zeroed
 * tail). FALSE when the module does not offer it. Does not block.
 */
gboolean mortise_loaded_module_get_interface(MortiseLoadedModule *self, const char *id, guint32 version,
                                             void *table, gsize size);

/*
 * Drivers that claim a scheme, whatever their state: those that the application brought along first, then by
 * priority and name. Holds references; free with g_ptr_array_unref. Never NULL.
 */
GPtrArray *mortise_registry_modules_for_scheme(MortiseRegistry *self, const char *scheme);

/*
 * The driver module that serves a domain type under a scheme: the first of that order that is available, else
 * the first; NULL when no manifest claims it. The caller gets a reference.
 */
MortiseModule *mortise_registry_module_for_domain_type(MortiseRegistry *self, const char *scheme, const char *type);

/*
 * The first module that the drivers of a scheme go with, by their manifests, and of which there is no manifest; to be
 * freed. NULL when nothing of that kind is missing.
 */
char *mortise_registry_dup_missing_companion(MortiseRegistry *self, const char *scheme);

/*
 * Filters (MortiseLoadedModule) named by the environment variable MORTISE_FILTERS, in that order; empty when it
 * is unset, and in a registry that obeys no variable. NULL with @error when one is not usable. Blocks. Free
 * with g_ptr_array_unref.
 */
GPtrArray *mortise_registry_load_filters(MortiseRegistry *self, GError **error);

/* The provider of an interface id, chosen and handed out likewise; NULL when there is none. */
MortiseModule *mortise_registry_provider_of(MortiseRegistry *self, const char *interface_id);

/* An error that says why `module` cannot be used; nothing when its state is available. */
void mortise_module_set_state_error(MortiseModule *module, GError **error);
