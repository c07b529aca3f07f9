// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain's memory, limits and weights.
#ifndef MORTISE_DOMAIN_TUNING_H
#define MORTISE_DOMAIN_TUNING_H

#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * mortise_domain_set_memory:
 * @self: a domain
 * @kib: how much, in KiB
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Changes the memory that the running domain has, that its definition gives it, or both: live first, the definition
 * only when that succeeded. With %MORTISE_MODIFY_MAXIMUM it is the most that the definition allows; less than the
 * domain starts with takes that down with it.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-argument (more than the maximum), unsupported,
 *   resource-busy (more is in use), and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_set_memory(MortiseDomain *self, guint64 kib, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_memory_async:
 * @self: a domain
 * @kib: how much, in KiB
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_memory(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_memory_async(MortiseDomain *self, guint64 kib, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_memory_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_memory()
 */
MORTISE_EXPORT gboolean mortise_domain_set_memory_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_get_tuning:
 * @self: a domain
 * @group: which settings
 * @flags: live, config, or current for what runs, else the definition
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * What holds for the running domain, as whoever enforces it says, or what its definition says. Settings that there are
 * in a group are those of #MortiseTuningGroup; -1 is no limit. What is not said, or what this host cannot do, is left
 * out.
 *
 * Returns: (transfer full): a{sx}: numbers by name, or %NULL with domain-inactive, unsupported, invalid-argument, or
 *   what the driver said
 */
MORTISE_EXPORT GVariant *mortise_domain_get_tuning(MortiseDomain *self, MortiseTuningGroup group,
                                        MortiseModifyFlags flags, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_get_tuning_async:
 * @self: a domain
 * @group: which settings
 * @flags: live, config, or current for what runs, else the definition
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_get_tuning(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_get_tuning_async(MortiseDomain *self, MortiseTuningGroup group,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_get_tuning_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_domain_get_tuning()
 */
MORTISE_EXPORT GVariant *mortise_domain_get_tuning_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_set_tuning:
 * @self: a domain
 * @group: which settings
 * @values: a{sx}: numbers by name, at least one; -1 is no limit where there can be none
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Sets all of @values for the running domain, in its definition, or both: live first, the definition only when that
 * succeeded. When one is refused none is set. A floating @values is consumed.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-argument (a name or number that cannot be; the
 *   message says which can), unsupported, resource-busy (more is in use), and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_set_tuning(MortiseDomain *self, MortiseTuningGroup group, GVariant *values,
                                        MortiseModifyFlags flags, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_tuning_async:
 * @self: a domain
 * @group: which settings
 * @values: a{sx}: numbers by name, at least one; -1 is no limit where there can be none
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_tuning(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_tuning_async(MortiseDomain *self, MortiseTuningGroup group, GVariant *values,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_tuning_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_tuning()
 */
MORTISE_EXPORT gboolean mortise_domain_set_tuning_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

G_END_DECLS

#endif
