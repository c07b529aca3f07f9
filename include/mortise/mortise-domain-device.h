// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain's devices: given, taken away and changed.
#ifndef MORTISE_DOMAIN_DEVICE_H
#define MORTISE_DOMAIN_DEVICE_H

#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * mortise_domain_attach_device:
 * @self: a domain
 * @xml: one element as it stands in <devices>
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Gives the running domain a device, writes it into the definition, or both: live first, the definition only when that
 * succeeded. What the driver of the domain could not start with is refused for the definition as well.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-xml, invalid-argument (its target is taken),
 *   unsupported (the driver cannot do it, or not with that device), resource-busy, and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_attach_device(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GError **error);

/**
 * mortise_domain_attach_device_async:
 * @self: a domain
 * @xml: one element as it stands in <devices>
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_attach_device(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_attach_device_async(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_attach_device_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_attach_device()
 */
MORTISE_EXPORT gboolean mortise_domain_attach_device_finish(MortiseDomain *self, GAsyncResult *result,
                                        GError **error);

/**
 * mortise_domain_detach_device:
 * @self: a domain
 * @xml: the device; what names it is enough
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Takes a device away and returns when it is gone, from the running domain, from the definition, or from both. @xml
 * names it: an interface by its MAC address or target, a disk or filesystem by its target, a hostdev by its source,
 * another by all that is said of it.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-xml, no-device, invalid-argument (it
 *   may be one of several), unsupported, guest-not-responding, resource-busy, and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_detach_device(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GError **error);

/**
 * mortise_domain_detach_device_async:
 * @self: a domain
 * @xml: the device; what names it is enough
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_detach_device(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_detach_device_async(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_detach_device_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_detach_device()
 */
MORTISE_EXPORT gboolean mortise_domain_detach_device_finish(MortiseDomain *self, GAsyncResult *result,
                                        GError **error);

/**
 * mortise_domain_update_device:
 * @self: a domain
 * @xml: the device as it is to be
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Makes a device of the running domain, of its definition or of both what @xml says, such as an interface's link down.
 * It is named as in mortise_domain_detach_device().
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-xml, no-device, invalid-argument,
 *   unsupported (not while it runs), and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_update_device(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GError **error);

/**
 * mortise_domain_update_device_async:
 * @self: a domain
 * @xml: the device as it is to be
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_update_device(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_update_device_async(MortiseDomain *self, const char *xml, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_update_device_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_update_device()
 */
MORTISE_EXPORT gboolean mortise_domain_update_device_finish(MortiseDomain *self, GAsyncResult *result,
                                        GError **error);

G_END_DECLS

#endif
