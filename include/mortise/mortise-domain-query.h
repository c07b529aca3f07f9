// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of a domain's emulator now: its vCPUs, its numbers, its console.
#ifndef MORTISE_DOMAIN_QUERY_H
#define MORTISE_DOMAIN_QUERY_H

#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * mortise_domain_get_vcpus:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks the guest's emulator now.
 *
 * Returns: (transfer full): the report, or %NULL with domain-inactive, unsupported, timeout or what the driver said
 */
MORTISE_EXPORT MortiseVcpuReport *mortise_domain_get_vcpus(MortiseDomain *self, GCancellable *cancellable,
                                                           GError **error);

/**
 * mortise_domain_get_vcpus_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_get_vcpus(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_get_vcpus_async(MortiseDomain *self, GCancellable *cancellable,
                                                   GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_get_vcpus_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_domain_get_vcpus()
 */
MORTISE_EXPORT MortiseVcpuReport *mortise_domain_get_vcpus_finish(MortiseDomain *self, GAsyncResult *result,
                                                                  GError **error);

/**
 * mortise_domain_get_stats:
 * @self: a domain
 * @groups: which numbers
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks the guest's emulator now; of a domain that does not run, only the state. One that is being migrated by a driver
 * that does one thing at a time for a domain is not asked: these are its last numbers then, with their age.
 *
 * Returns: (transfer full): the numbers, or %NULL with timeout or what the driver said
 */
MORTISE_EXPORT MortiseDomainStats *mortise_domain_get_stats(MortiseDomain *self, MortiseStatsGroups groups,
                                                            GCancellable *cancellable, GError **error);

/**
 * mortise_domain_get_stats_async:
 * @self: a domain
 * @groups: which numbers
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_get_stats(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_get_stats_async(MortiseDomain *self, MortiseStatsGroups groups,
                                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                                   gpointer user_data);

/**
 * mortise_domain_get_stats_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_domain_get_stats()
 */
MORTISE_EXPORT MortiseDomainStats *mortise_domain_get_stats_finish(MortiseDomain *self, GAsyncResult *result,
                                                                   GError **error);

/**
 * mortise_domain_open_console:
 * @self: a domain
 * @device: (nullable): alias of a serial port or console, such as "serial0"; %NULL for the first
 * @force: take it away from whoever holds it
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Returns: a file descriptor to read and write, which the caller closes and which outlives the connection; or -1 with
 *   domain-inactive, no-console, no-device, resource-busy or what the driver said
 */
MORTISE_EXPORT int mortise_domain_open_console(MortiseDomain *self, const char *device, gboolean force,
                                               GCancellable *cancellable, GError **error);

/**
 * mortise_domain_open_console_async:
 * @self: a domain
 * @device: (nullable): alias of a serial port or console, such as "serial0"; %NULL for the first
 * @force: take it away from whoever holds it
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_open_console(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_open_console_async(MortiseDomain *self, const char *device, gboolean force,
                                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                                      gpointer user_data);

/**
 * mortise_domain_open_console_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_open_console()
 */
MORTISE_EXPORT int mortise_domain_open_console_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

G_END_DECLS

#endif
