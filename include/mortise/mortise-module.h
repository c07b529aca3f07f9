// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A module as the registry sees it: what its manifest says, and its state.
#ifndef MORTISE_MODULE_H
#define MORTISE_MODULE_H

#include <mortise/mortise-check.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_MODULE (mortise_module_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseModule, mortise_module, MORTISE, MODULE, GObject)

/* All of these answer from the manifest and load nothing. Strings and lists belong to the module. Any thread. */

MORTISE_EXPORT const char *mortise_module_get_name(MortiseModule *self);
MORTISE_EXPORT MortiseModuleKind mortise_module_get_kind(MortiseModule *self);
MORTISE_EXPORT MortiseModuleState mortise_module_get_state(MortiseModule *self);

/**
 * mortise_module_dup_reason:
 * @self: a module
 *
 * Returns: (transfer full) (nullable): why it is not available, for a person, with what to do; %NULL when it is
 */
MORTISE_EXPORT char *mortise_module_dup_reason(MortiseModule *self);

/**
 * mortise_module_get_version:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): the module's own version
 */
MORTISE_EXPORT const char *mortise_module_get_version(MortiseModule *self);

/**
 * mortise_module_get_summary:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): one line about it
 */
MORTISE_EXPORT const char *mortise_module_get_summary(MortiseModule *self);

/**
 * mortise_module_get_vendor:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): who made it
 */
MORTISE_EXPORT const char *mortise_module_get_vendor(MortiseModule *self);

/**
 * mortise_module_get_licence:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): its licence, an SPDX expression
 */
MORTISE_EXPORT const char *mortise_module_get_licence(MortiseModule *self);

/**
 * mortise_module_get_package:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): the package to install to get it
 */
MORTISE_EXPORT const char *mortise_module_get_package(MortiseModule *self);

/**
 * mortise_module_get_path:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): the module file; %NULL for one that the application brought along
 */
MORTISE_EXPORT const char *mortise_module_get_path(MortiseModule *self);

/**
 * mortise_module_get_manifest:
 * @self: a module
 *
 * Returns: (transfer none) (nullable): the manifest file that speaks first; %NULL for one that the application
 *   brought along
 */
MORTISE_EXPORT const char *mortise_module_get_manifest(MortiseModule *self);

/**
 * mortise_module_get_thread_model:
 * @self: a module
 *
 * Returns: (transfer none): "serial-all", "serial-per-connection", "serial-per-domain" or "parallel"
 */
MORTISE_EXPORT const char *mortise_module_get_thread_model(MortiseModule *self);

/**
 * mortise_module_get_schemes:
 * @self: a module
 *
 * Returns: (transfer none) (array zero-terminated=1): URI schemes that it serves
 */
MORTISE_EXPORT const char *const *mortise_module_get_schemes(MortiseModule *self);

/**
 * mortise_module_get_domain_types:
 * @self: a module
 *
 * Returns: (transfer none) (array zero-terminated=1): values of the type attribute of domain that it serves
 */
MORTISE_EXPORT const char *const *mortise_module_get_domain_types(MortiseModule *self);

/**
 * mortise_module_get_interfaces:
 * @self: a module
 *
 * Returns: (transfer none) (array zero-terminated=1): interfaces that it offers, such as "lifecycle/1"
 */
MORTISE_EXPORT const char *const *mortise_module_get_interfaces(MortiseModule *self);

/**
 * mortise_module_get_programs:
 * @self: a module
 *
 * Returns: (transfer none) (array zero-terminated=1): programs that it runs
 */
MORTISE_EXPORT const char *const *mortise_module_get_programs(MortiseModule *self);

/**
 * mortise_module_dup_notes:
 * @self: a module
 *
 * Remarks that do not keep it from being used: keys of its manifest that are not known, a broken manifest that was not
 * needed, another module that stands before it.
 *
 * Returns: (transfer full) (array zero-terminated=1): sentences for a person; empty when there is nothing to say
 */
MORTISE_EXPORT char **mortise_module_dup_notes(MortiseModule *self);

/**
 * mortise_module_is_loaded:
 * @self: a module
 *
 * Returns: whether its file is mapped into this process
 */
MORTISE_EXPORT gboolean mortise_module_is_loaded(MortiseModule *self);

/**
 * mortise_module_probe:
 * @self: a module
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Loads the module and lets it look at this host: device nodes, programs, permissions. Blocks.
 *
 * Returns: (transfer container) (element-type MortiseCheck): what it found, or %NULL with @error set: the module's
 *   state as an error (module-missing, module-missing-library, module-abi-mismatch, module-untrusted, module-masked,
 *   module-init-failed, manifest-invalid), timeout, cancelled or what the driver said
 */
MORTISE_EXPORT GPtrArray *mortise_module_probe(MortiseModule *self, GCancellable *cancellable, GError **error);

G_END_DECLS

#endif
