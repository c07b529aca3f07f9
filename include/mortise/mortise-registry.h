// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry: which modules there are, found by their manifests without loading any.
#ifndef MORTISE_REGISTRY_H
#define MORTISE_REGISTRY_H

#include <mortise/mortise-module.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_REGISTRY (mortise_registry_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseRegistry, mortise_registry, MORTISE, REGISTRY, GObject)

/**
 * mortise_registry_new:
 *
 * Reads the manifests of the usual directories and of those that the environment adds (docs/manifest.md). Blocks for
 * the reading of these files. Never fails: what is wrong with a manifest is the state of its module.
 *
 * Returns: (transfer full): a registry
 */
MORTISE_EXPORT MortiseRegistry *mortise_registry_new(void);

/**
 * mortise_registry_new_for_directories:
 * @manifest_directories: (array zero-terminated=1): directories of manifests, the first wins
 * @module_directory: directory of the modules that manifests name without a path
 *
 * A registry that looks nowhere else and obeys no environment variable.
 *
 * Returns: (transfer full): a registry
 */
MORTISE_EXPORT MortiseRegistry *mortise_registry_new_for_directories(const char *const *manifest_directories,
                                                                     const char *module_directory);

/**
 * mortise_registry_get_default:
 *
 * Returns: (transfer none): the registry that mortise_connection_open() uses, made at the first call; it lives until
 *   the process ends
 */
MORTISE_EXPORT MortiseRegistry *mortise_registry_get_default(void);

/**
 * mortise_registry_add_static: (skip)
 * @self: a registry
 * @descriptor: a MortiseModuleDescriptor (mortise/driver/driver.h) that lives as long as the process
 * @error: return location of an error
 *
 * Adds a driver that is part of the application. It passes the same checks as a module file, and wins over an
 * installed module of the same name.
 *
 * Returns: %TRUE, or %FALSE with @error set to module-abi-mismatch or invalid-argument
 */
MORTISE_EXPORT gboolean mortise_registry_add_static(MortiseRegistry *self, gconstpointer descriptor, GError **error);

/**
 * mortise_registry_list_modules:
 * @self: a registry
 *
 * Returns: (transfer container) (element-type MortiseModule): all modules of any state, ordered by kind and name
 */
MORTISE_EXPORT GPtrArray *mortise_registry_list_modules(MortiseRegistry *self);

/**
 * mortise_registry_lookup_module:
 * @self: a registry
 * @name: a module's name
 *
 * Returns: (transfer full) (nullable): the module of that name
 */
MORTISE_EXPORT MortiseModule *mortise_registry_lookup_module(MortiseRegistry *self, const char *name);

G_END_DECLS

#endif
