// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection: an open URI, the drivers behind it, and the domains that they serve.
#ifndef MORTISE_CONNECTION_H
#define MORTISE_CONNECTION_H

#include <mortise/mortise-domain.h>
#include <mortise/mortise-registry.h>
#include <mortise/mortise-watch.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_CONNECTION (mortise_connection_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseConnection, mortise_connection, MORTISE, CONNECTION, GObject)

/*
 * Any thread may call anything. Functions that only read what is published (lists, look-ups, states) do not block.
 * All others wait for the driver until the deadline of the operation; with a cancellable that is cancelled they return
 * at once with the reason "cancelled", and what was begun goes on. After mortise_connection_close() every
 * function fails with connection-closed; in a child made by fork(), with forked.
 */

/**
 * mortise_connection_open:
 * @uri: such as "qemu:///session", "test:///default" or "qemu:///embed?root=/some/directory"
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Opens a URI with the default registry: loads the modules that claim its scheme and no others. Waits up to 10
 * seconds for another owner of the same root. Guests that run are found again, without waiting for any of them.
 *
 * Returns: (transfer full): a connection; or %NULL with invalid-uri, driver-missing (no module claims the scheme, or
 *   none of those that do is usable: the message says what to install), root-owned, permission-denied, file-error,
 *   timeout, cancelled or what the driver said
 */
MORTISE_EXPORT MortiseConnection *mortise_connection_open(const char *uri, GCancellable *cancellable, GError **error);

/**
 * mortise_connection_open_full:
 * @registry: (nullable): a registry; %NULL for the default one
 * @uri: as in mortise_connection_open()
 * @flags: how to open
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_connection_open()
 */
MORTISE_EXPORT MortiseConnection *mortise_connection_open_full(MortiseRegistry *registry, const char *uri,
                                                               MortiseOpenFlags flags, GCancellable *cancellable,
                                                               GError **error);

/**
 * mortise_connection_open_async:
 * @registry: (nullable): a registry; %NULL for the default one
 * @uri: as in mortise_connection_open()
 * @flags: how to open
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 */
MORTISE_EXPORT void mortise_connection_open_async(MortiseRegistry *registry, const char *uri, MortiseOpenFlags flags,
                                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                                  gpointer user_data);

/**
 * mortise_connection_open_finish:
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_connection_open()
 */
MORTISE_EXPORT MortiseConnection *mortise_connection_open_finish(GAsyncResult *result, GError **error);

/**
 * mortise_connection_close:
 * @self: a connection
 *
 * Gives the root back and ends all watches; guests run on. Safe from within a callback, and to call again. Waits for
 * calls under way, but not for those that are late. Dropping the last reference does the same.
 */
MORTISE_EXPORT void mortise_connection_close(MortiseConnection *self);

/**
 * mortise_connection_get_uri:
 * @self: a connection
 *
 * Returns: (transfer none): the URI
 */
MORTISE_EXPORT const char *mortise_connection_get_uri(MortiseConnection *self);

/**
 * mortise_connection_set_deadline:
 * @self: a connection
 * @milliseconds: for every later call, from 1; 0 for each operation's own default (docs/architecture.md)
 */
MORTISE_EXPORT void mortise_connection_set_deadline(MortiseConnection *self, guint milliseconds);

/**
 * mortise_connection_list_modules:
 * @self: a connection
 *
 * Returns: (transfer container) (element-type MortiseModule): the modules that serve it
 */
MORTISE_EXPORT GPtrArray *mortise_connection_list_modules(MortiseConnection *self);

/**
 * mortise_connection_get_capabilities:
 * @self: a connection
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Returns: (transfer full): the capabilities document; with several drivers, the host of the first and the guests
 *   of all. %NULL with @error set.
 */
MORTISE_EXPORT char *mortise_connection_get_capabilities(MortiseConnection *self, GCancellable *cancellable,
                                                         GError **error);

/**
 * mortise_connection_get_capabilities_async:
 * @self: a connection
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_connection_get_capabilities(), without waiting.
 */
MORTISE_EXPORT void mortise_connection_get_capabilities_async(MortiseConnection *self, GCancellable *cancellable,
                                                              GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_connection_get_capabilities_finish:
 * @self: a connection
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_connection_get_capabilities()
 */
MORTISE_EXPORT char *mortise_connection_get_capabilities_finish(MortiseConnection *self, GAsyncResult *result,
                                                                GError **error);

/**
 * mortise_connection_get_host_info:
 * @self: a connection
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Returns: (transfer full): facts of the host, or %NULL with @error set
 */
MORTISE_EXPORT MortiseHostInfo *mortise_connection_get_host_info(MortiseConnection *self, GCancellable *cancellable,
                                                                 GError **error);

/**
 * mortise_connection_get_host_info_async:
 * @self: a connection
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_connection_get_host_info(), without waiting.
 */
MORTISE_EXPORT void mortise_connection_get_host_info_async(MortiseConnection *self, GCancellable *cancellable,
                                                           GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_connection_get_host_info_finish:
 * @self: a connection
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_connection_get_host_info()
 */
MORTISE_EXPORT MortiseHostInfo *mortise_connection_get_host_info_finish(MortiseConnection *self, GAsyncResult *result,
                                                                        GError **error);

/**
 * mortise_connection_list_domains:
 * @self: a connection
 * @flags: which
 * @error: return location of an error
 *
 * Does not block. Ordered by name.
 *
 * Returns: (transfer container) (element-type MortiseDomain): domains, or %NULL with @error set
 */
MORTISE_EXPORT GPtrArray *mortise_connection_list_domains(MortiseConnection *self, MortiseListFlags flags,
                                                          GError **error);

/**
 * mortise_connection_lookup_domain:
 * @self: a connection
 * @name: a name
 * @error: return location of an error
 *
 * Does not block.
 *
 * Returns: (transfer full): the domain, or %NULL with no-such-domain
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_lookup_domain(MortiseConnection *self, const char *name,
                                                               GError **error);

/**
 * mortise_connection_lookup_domain_by_uuid:
 * @self: a connection
 * @uuid: a UUID, with or without hyphens
 * @error: return location of an error
 *
 * Does not block.
 *
 * Returns: (transfer full): the domain, or %NULL with no-such-domain or invalid-argument
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_lookup_domain_by_uuid(MortiseConnection *self, const char *uuid,
                                                                       GError **error);

/**
 * mortise_connection_lookup_domain_by_id:
 * @self: a connection
 * @id: number of an active domain
 * @error: return location of an error
 *
 * Does not block.
 *
 * Returns: (transfer full): the domain, or %NULL with no-such-domain
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_lookup_domain_by_id(MortiseConnection *self, gint64 id,
                                                                     GError **error);

/**
 * mortise_connection_check_xml:
 * @self: a connection
 * @xml: a domain element
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks the driver of its type for everything in a definition that it could not honour. Changes nothing.
 *
 * Returns: (transfer container) (element-type MortiseCheck): the findings, none when all can be honoured; %NULL with
 *   @error set
 */
MORTISE_EXPORT GPtrArray *mortise_connection_check_xml(MortiseConnection *self, const char *xml,
                                                       GCancellable *cancellable, GError **error);

/**
 * mortise_connection_check_xml_async:
 * @self: a connection
 * @xml: a domain element
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_connection_check_xml(), without waiting.
 */
MORTISE_EXPORT void mortise_connection_check_xml_async(MortiseConnection *self, const char *xml,
                                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                                       gpointer user_data);

/**
 * mortise_connection_check_xml_finish:
 * @self: a connection
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer container) (element-type MortiseCheck): as mortise_connection_check_xml()
 */
MORTISE_EXPORT GPtrArray *mortise_connection_check_xml_finish(MortiseConnection *self, GAsyncResult *result,
                                                              GError **error);

/**
 * mortise_connection_define_domain:
 * @self: a connection
 * @xml: a domain element
 * @flags: how
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Adds a definition or replaces the one with the same UUID and name. A domain that runs keeps running as it is; the new
 * definition is for its next start.
 *
 * Returns: (transfer full): the domain; or %NULL with invalid-xml, domain-exists (the name belongs to another UUID, or
 *   the reverse), driver-missing (no driver here for its type: the message names the module), element-unsupported (with
 *   %MORTISE_DEFINE_VALIDATE; the details list all), file-error
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_define_domain(MortiseConnection *self, const char *xml,
                                                               MortiseDefineFlags flags, GCancellable *cancellable,
                                                               GError **error);

/**
 * mortise_connection_define_domain_async:
 * @self: a connection
 * @xml: a domain element
 * @flags: how
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 */
MORTISE_EXPORT void mortise_connection_define_domain_async(MortiseConnection *self, const char *xml,
                                                           MortiseDefineFlags flags, GCancellable *cancellable,
                                                           GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_connection_define_domain_finish:
 * @self: a connection
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_connection_define_domain()
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_define_domain_finish(MortiseConnection *self, GAsyncResult *result,
                                                                      GError **error);

/**
 * mortise_connection_create_domain:
 * @self: a connection
 * @xml: a domain element
 * @flags: how to start it
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Starts a domain that has no definition; it is gone when it ends. With the name and UUID of a defined domain that does
 * not run, starts that one with @xml for this run.
 *
 * Returns: (transfer full): the domain, or %NULL with @error set as by define and start
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_create_domain(MortiseConnection *self, const char *xml,
                                                               MortiseStartFlags flags, GCancellable *cancellable,
                                                               GError **error);

/**
 * mortise_connection_create_domain_async:
 * @self: a connection
 * @xml: a domain element
 * @flags: how to start it
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 */
MORTISE_EXPORT void mortise_connection_create_domain_async(MortiseConnection *self, const char *xml,
                                                           MortiseStartFlags flags, GCancellable *cancellable,
                                                           GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_connection_create_domain_finish:
 * @self: a connection
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_connection_create_domain()
 */
MORTISE_EXPORT MortiseDomain *mortise_connection_create_domain_finish(MortiseConnection *self, GAsyncResult *result,
                                                                      GError **error);

/**
 * mortise_connection_collect_stats:
 * @self: a connection
 * @groups: which numbers
 * @flags: of which domains
 * @budget_ms: how long to wait for numbers that are not fresh; 0 to take what is published
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks all running domains at once and waits up to @budget_ms in all. A domain that did not answer comes with its last
 * numbers and their age; one with a late call is not asked again.
 *
 * Returns: (transfer container) (element-type MortiseDomainStats): one row for each domain, ordered by name, or %NULL
 *   with @error set
 */
MORTISE_EXPORT GPtrArray *mortise_connection_collect_stats(MortiseConnection *self, MortiseStatsGroups groups,
                                                           MortiseListFlags flags, guint budget_ms,
                                                           GCancellable *cancellable, GError **error);

/**
 * mortise_connection_collect_stats_async:
 * @self: a connection
 * @groups: which numbers
 * @flags: of which domains
 * @budget_ms: how long to wait for numbers that are not fresh; 0 to take what is published
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_connection_collect_stats(), without waiting.
 */
MORTISE_EXPORT void mortise_connection_collect_stats_async(MortiseConnection *self, MortiseStatsGroups groups,
                                                           MortiseListFlags flags, guint budget_ms,
                                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                                           gpointer user_data);

/**
 * mortise_connection_collect_stats_finish:
 * @self: a connection
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer container) (element-type MortiseDomainStats): as mortise_connection_collect_stats()
 */
MORTISE_EXPORT GPtrArray *mortise_connection_collect_stats_finish(MortiseConnection *self, GAsyncResult *result,
                                                                  GError **error);

/**
 * mortise_connection_watch:
 * @self: a connection
 *
 * Events from now on, in the calling thread's default main context. See #MortiseWatch::event.
 *
 * Returns: (transfer full): a watch
 */
MORTISE_EXPORT MortiseWatch *mortise_connection_watch(MortiseConnection *self);

G_END_DECLS

#endif
