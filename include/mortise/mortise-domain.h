// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain: reading what is known of it, and changing it.
#ifndef MORTISE_DOMAIN_H
#define MORTISE_DOMAIN_H

#include <mortise/mortise-reports.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_DOMAIN (mortise_domain_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseDomain, mortise_domain, MORTISE, DOMAIN, GObject)

/*
 * Threads, deadlines, cancellation and closing are as described in mortise-connection.h. A domain that was undefined
 * and does not run is gone: every function on it fails with no-such-domain. Two objects may stand for the same domain.
 * Reads marked "does not block" answer from what is published and never ask the guest.
 */

/**
 * mortise_domain_get_name:
 * @self: a domain
 *
 * Returns: (transfer none): its name
 */
MORTISE_EXPORT const char *mortise_domain_get_name(MortiseDomain *self);

/**
 * mortise_domain_get_uuid:
 * @self: a domain
 *
 * Returns: (transfer none): its UUID in the usual form
 */
MORTISE_EXPORT const char *mortise_domain_get_uuid(MortiseDomain *self);

/**
 * mortise_domain_get_info:
 * @self: a domain
 * @error: return location of an error
 *
 * Does not block.
 *
 * Returns: (transfer full): what is known of it, or %NULL with no-such-domain
 */
MORTISE_EXPORT MortiseDomainInfo *mortise_domain_get_info(MortiseDomain *self, GError **error);

/**
 * mortise_domain_get_state:
 * @self: a domain
 * @reason: (out) (optional) (nullable) (transfer full): why it is in that state
 *
 * Does not block.
 *
 * Returns: its state; %MORTISE_DOMAIN_STATE_SHUTOFF of a domain that is gone
 */
MORTISE_EXPORT MortiseDomainState mortise_domain_get_state(MortiseDomain *self, char **reason);

/**
 * mortise_domain_get_xml:
 * @self: a domain
 * @flags: which
 * @error: return location of an error
 *
 * Does not block. The XML of a running domain names what really exists: aliases, addresses, terminals, machine type.
 *
 * Returns: (transfer full): a domain element; or %NULL with no-such-domain, or domain-inactive (the definition of a
 *   transient domain was asked for)
 */
MORTISE_EXPORT char *mortise_domain_get_xml(MortiseDomain *self, MortiseXmlFlags flags, GError **error);

/**
 * mortise_domain_get_metadata:
 * @self: a domain
 * @uri: namespace of the element
 * @error: return location of an error
 *
 * Does not block.
 *
 * Returns: (transfer full): the element in metadata that has that namespace; or %NULL with no-metadata
 */
MORTISE_EXPORT char *mortise_domain_get_metadata(MortiseDomain *self, const char *uri, GError **error);

/**
 * mortise_domain_get_title:
 * @self: a domain
 *
 * Does not block.
 *
 * Returns: (transfer full) (nullable): its title
 */
MORTISE_EXPORT char *mortise_domain_get_title(MortiseDomain *self);

/**
 * mortise_domain_get_description:
 * @self: a domain
 *
 * Does not block.
 *
 * Returns: (transfer full) (nullable): its description
 */
MORTISE_EXPORT char *mortise_domain_get_description(MortiseDomain *self);

/**
 * mortise_domain_start:
 * @self: a domain
 * @flags: how
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Starts a defined domain; returns when it runs, or stands paused as asked. On failure nothing of it is left.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-active,
 *   driver-missing, element-unsupported, program-missing, emulator-ended and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_start(MortiseDomain *self, MortiseStartFlags flags,
                                             GCancellable *cancellable, GError **error);

/**
 * mortise_domain_start_async:
 * @self: a domain
 * @flags: how
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_start(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_start_async(MortiseDomain *self, MortiseStartFlags flags,
                                               GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_start_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_start()
 */
MORTISE_EXPORT gboolean mortise_domain_start_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_shutdown:
 * @self: a domain
 * @mode: how to ask
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks the guest to shut down; returns when it was asked. The state event comes when it has.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_shutdown(MortiseDomain *self, MortiseShutdownMode mode,
                                                GCancellable *cancellable, GError **error);

/**
 * mortise_domain_shutdown_async:
 * @self: a domain
 * @mode: how to ask
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_shutdown(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_shutdown_async(MortiseDomain *self, MortiseShutdownMode mode,
                                                  GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_shutdown_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_shutdown()
 */
MORTISE_EXPORT gboolean mortise_domain_shutdown_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_reboot:
 * @self: a domain
 * @mode: how to ask
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks the guest to reboot; returns when it was asked.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_reboot(MortiseDomain *self, MortiseShutdownMode mode,
                                              GCancellable *cancellable, GError **error);

/**
 * mortise_domain_reboot_async:
 * @self: a domain
 * @mode: how to ask
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_reboot(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_reboot_async(MortiseDomain *self, MortiseShutdownMode mode,
                                                GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_reboot_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_reboot()
 */
MORTISE_EXPORT gboolean mortise_domain_reboot_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_reset:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Resets the machine as its reset button would.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_reset(MortiseDomain *self, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_reset_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_reset(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_reset_async(MortiseDomain *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_reset_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_reset()
 */
MORTISE_EXPORT gboolean mortise_domain_reset_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_stop:
 * @self: a domain
 * @flags: how
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Ends the guest, whatever it is doing (virsh: destroy). Returns when it has ended.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive
 */
MORTISE_EXPORT gboolean mortise_domain_stop(MortiseDomain *self, MortiseStopFlags flags,
                                            GCancellable *cancellable, GError **error);

/**
 * mortise_domain_stop_async:
 * @self: a domain
 * @flags: how
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_stop(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_stop_async(MortiseDomain *self, MortiseStopFlags flags,
                                              GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_stop_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_stop()
 */
MORTISE_EXPORT gboolean mortise_domain_stop_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_suspend:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Pauses the guest; its memory stays.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_suspend(MortiseDomain *self, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_suspend_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_suspend(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_suspend_async(MortiseDomain *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_suspend_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_suspend()
 */
MORTISE_EXPORT gboolean mortise_domain_suspend_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_resume:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Lets a paused guest go on.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, unsupported
 */
MORTISE_EXPORT gboolean mortise_domain_resume(MortiseDomain *self, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_resume_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_resume(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_resume_async(MortiseDomain *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_resume_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_resume()
 */
MORTISE_EXPORT gboolean mortise_domain_resume_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_undefine:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Removes the definition. A running domain goes on as a transient one.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive when it has no definition,
 *   file-error
 */
MORTISE_EXPORT gboolean mortise_domain_undefine(MortiseDomain *self, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_undefine_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_undefine(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_undefine_async(MortiseDomain *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_undefine_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_undefine()
 */
MORTISE_EXPORT gboolean mortise_domain_undefine_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_set_autostart:
 * @self: a domain
 * @autostart: the mark
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Marks a defined domain to be started with the host, or takes the mark away.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive when it has no definition,
 *   file-error
 */
MORTISE_EXPORT gboolean mortise_domain_set_autostart(MortiseDomain *self, gboolean autostart,
                                                     GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_autostart_async:
 * @self: a domain
 * @autostart: the mark
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_autostart(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_autostart_async(MortiseDomain *self, gboolean autostart,
                                                       GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_autostart_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_autostart()
 */
MORTISE_EXPORT gboolean mortise_domain_set_autostart_finish(MortiseDomain *self, GAsyncResult *result,
                                                            GError **error);

/**
 * mortise_domain_set_title:
 * @self: a domain
 * @title: (nullable): one line; %NULL takes it away
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Changes the title in the definition.
 *
 * Returns: %TRUE, or %FALSE with @error set: invalid-argument, domain-inactive when it
 *   has no definition, file-error
 */
MORTISE_EXPORT gboolean mortise_domain_set_title(MortiseDomain *self, const char *title,
                                                 GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_title_async:
 * @self: a domain
 * @title: (nullable): one line; %NULL takes it away
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_title(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_title_async(MortiseDomain *self, const char *title,
                                                   GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_title_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_title()
 */
MORTISE_EXPORT gboolean mortise_domain_set_title_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_set_description:
 * @self: a domain
 * @description: (nullable): any text; %NULL takes it away
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Changes the description in the definition.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive when it has no definition,
 *   file-error
 */
MORTISE_EXPORT gboolean mortise_domain_set_description(MortiseDomain *self, const char *description,
                                                       GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_description_async:
 * @self: a domain
 * @description: (nullable): any text; %NULL takes it away
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_description(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_description_async(MortiseDomain *self, const char *description,
                                                         GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_description_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_description()
 */
MORTISE_EXPORT gboolean mortise_domain_set_description_finish(MortiseDomain *self, GAsyncResult *result,
                                                            GError **error);

/**
 * mortise_domain_set_metadata:
 * @self: a domain
 * @uri: namespace of the element
 * @key: (nullable): prefix to write it with
 * @element: (nullable): the element; %NULL takes it away
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Changes one element of metadata in the definition.
 *
 * Returns: %TRUE, or %FALSE with @error set: invalid-argument, invalid-xml,
 *   domain-inactive when it has no definition, file-error
 */
MORTISE_EXPORT gboolean mortise_domain_set_metadata(MortiseDomain *self, const char *uri, const char *key,
                                                    const char *element, GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_metadata_async:
 * @self: a domain
 * @uri: namespace of the element
 * @key: (nullable): prefix to write it with
 * @element: (nullable): the element; %NULL takes it away
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_metadata(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_metadata_async(MortiseDomain *self, const char *uri, const char *key,
                                                      const char *element, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_metadata_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_metadata()
 */
MORTISE_EXPORT gboolean mortise_domain_set_metadata_finish(MortiseDomain *self, GAsyncResult *result,
                                                           GError **error);

G_END_DECLS

#endif
