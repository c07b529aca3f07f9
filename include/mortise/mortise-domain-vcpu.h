// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain's vCPUs: how many there are, and on which host CPUs they and their emulator run.
#ifndef MORTISE_DOMAIN_VCPU_H
#define MORTISE_DOMAIN_VCPU_H

#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * mortise_domain_set_vcpus:
 * @self: a domain
 * @count: how many, at least 1
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Plugs or unplugs vCPUs of the running domain and returns when it has that many; writes the number into the
 * definition; or both. Both are tried before anything is written. With %MORTISE_MODIFY_MAXIMUM the number is the most
 * that the definition allows; a smaller one takes the number that it starts with down with it.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-argument (more than the maximum),
 *   unsupported (the machine cannot do it), guest-not-responding (the guest gives no vCPU back: it still has it, and
 *   may give it back later), and what else the driver says
 */
MORTISE_EXPORT gboolean mortise_domain_set_vcpus(MortiseDomain *self, guint count, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GError **error);

/**
 * mortise_domain_set_vcpus_async:
 * @self: a domain
 * @count: how many, at least 1
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_set_vcpus(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_set_vcpus_async(MortiseDomain *self, guint count,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_set_vcpus_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_set_vcpus()
 */
MORTISE_EXPORT gboolean mortise_domain_set_vcpus_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_pin_vcpu:
 * @self: a domain
 * @vcpu: number of the vCPU, from 0
 * @cpus: (nullable): host CPUs such as "0-3,^2,5"; %NULL takes the pin away
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Lets the thread of a vCPU run on these host CPUs only. No other thread is touched. A pin of the running domain is
 * kept as long as it runs, also for a vCPU that is unplugged and plugged again.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-argument (no such vCPU or host CPU),
 *   unsupported with the reason when the vCPU has no thread of its own, permission-denied
 */
MORTISE_EXPORT gboolean mortise_domain_pin_vcpu(MortiseDomain *self, guint vcpu, const char *cpus,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GError **error);

/**
 * mortise_domain_pin_vcpu_async:
 * @self: a domain
 * @vcpu: number of the vCPU, from 0
 * @cpus: (nullable): host CPUs such as "0-3,^2,5"; %NULL takes the pin away
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_pin_vcpu(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_pin_vcpu_async(MortiseDomain *self, guint vcpu, const char *cpus,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_pin_vcpu_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_pin_vcpu()
 */
MORTISE_EXPORT gboolean mortise_domain_pin_vcpu_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_pin_emulator:
 * @self: a domain
 * @cpus: (nullable): host CPUs such as "0-3,^2,5"; %NULL takes the pin away
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Lets all threads of the emulator that are no vCPU's own run on these host CPUs only: its main thread, its I/O and
 * worker threads, and where vCPUs share a thread, that one too. Of a container, all that runs in it.
 *
 * Returns: %TRUE, or %FALSE with @error set: domain-inactive, invalid-argument (no such host CPU), permission-denied
 */
MORTISE_EXPORT gboolean mortise_domain_pin_emulator(MortiseDomain *self, const char *cpus,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GError **error);

/**
 * mortise_domain_pin_emulator_async:
 * @self: a domain
 * @cpus: (nullable): host CPUs such as "0-3,^2,5"; %NULL takes the pin away
 * @flags: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_pin_emulator(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_pin_emulator_async(MortiseDomain *self, const char *cpus,
                                        MortiseModifyFlags flags, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);

/**
 * mortise_domain_pin_emulator_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: as mortise_domain_pin_emulator()
 */
MORTISE_EXPORT gboolean mortise_domain_pin_emulator_finish(MortiseDomain *self, GAsyncResult *result, GError **error);

/**
 * mortise_domain_get_vcpu_pins:
 * @self: a domain
 * @flags: live, config, or current for what runs, else the definition
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * Asks the guest's emulator and its threads now, or reads the definition.
 *
 * Returns: (transfer full): how many vCPUs there are and where they run, or %NULL with domain-inactive,
 *   unsupported, or what the driver said
 */
MORTISE_EXPORT MortiseVcpuPins *mortise_domain_get_vcpu_pins(MortiseDomain *self, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GError **error);

/**
 * mortise_domain_get_vcpu_pins_async:
 * @self: a domain
 * @flags: live, config, or current for what runs, else the definition
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread's default main context
 * @user_data: for @callback
 *
 * As mortise_domain_get_vcpu_pins(), without waiting.
 */
MORTISE_EXPORT void mortise_domain_get_vcpu_pins_async(MortiseDomain *self, MortiseModifyFlags flags,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);

/**
 * mortise_domain_get_vcpu_pins_finish:
 * @self: a domain
 * @result: the result
 * @error: return location of an error
 *
 * Returns: (transfer full): as mortise_domain_get_vcpu_pins()
 */
MORTISE_EXPORT MortiseVcpuPins *mortise_domain_get_vcpu_pins_finish(MortiseDomain *self,
                                        GAsyncResult *result, GError **error);

G_END_DECLS

#endif
