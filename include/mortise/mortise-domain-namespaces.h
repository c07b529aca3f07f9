// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain's namespaces and control groups, for programs that are to run inside of it.
#ifndef MORTISE_DOMAIN_NAMESPACES_H
#define MORTISE_DOMAIN_NAMESPACES_H

#include <mortise/mortise-domain.h>

G_BEGIN_DECLS

/**
 * MortiseSecurityModule:
 * @MORTISE_SECURITY_MODULE_NONE: none that gives what runs inside a label
 * @MORTISE_SECURITY_MODULE_APPARMOR: AppArmor
 * @MORTISE_SECURITY_MODULE_SELINUX: SELinux
 *
 * The part of the kernel that confines by labels.
 */
typedef enum {
    MORTISE_SECURITY_MODULE_NONE,
    MORTISE_SECURITY_MODULE_APPARMOR,
    MORTISE_SECURITY_MODULE_SELINUX,
} MortiseSecurityModule;

/**
 * mortise_domain_open_namespaces:
 * @self: a domain
 * @namespaces: (out) (array length=namespace_count) (transfer full): descriptors of its namespaces, to be closed
 * @namespace_count: (out): how many
 * @groups: (out) (array length=group_count) (transfer full): descriptors of its control groups, to be closed
 * @group_count: (out): how many
 * @capabilities: (out): bit N is set when capability N may be had by what runs inside
 * @filter: (out): descriptor of a file with the filter of system calls, an array of struct sock_filter, to be closed;
 *   -1 when there is none
 * @no_new_privileges: (out): whether what runs inside must not gain privileges by executing programs
 * @label: (out) (nullable) (transfer full): the label that what runs inside takes; %NULL when there is none
 * @module: (out): whose label it is
 * @cancellable: (nullable): a cancellable
 * @error: return location of an error
 *
 * What a program needs to run inside a container. In a process without other threads: call setns() with each of
 * @namespaces in their order and 0, and fork. In the child: write "0" to each of @groups, become root, set no_new_privs
 * and install the filter as far as they are there, drop all but @capabilities from the bounding set, write @label for
 * the next exec, and execute. Who waits for the child stays out of @groups: nothing may be in them that does not end
 * with the container's init, else the container cannot reboot. A label of AppArmor is written as "exec " and the label
 * to thread-self/attr/apparmor/exec (or thread-self/attr/exec where a kernel has no such folder), one of SELinux as it
 * is to thread-self/attr/exec, below a descriptor of /proc that was opened before setns(): the container decides what
 * is mounted on its own. Where one of these steps fails, nothing may be run.
 *
 * Returns: %TRUE, or %FALSE with domain-inactive, unsupported, permission-denied or what the driver said
 */
MORTISE_EXPORT gboolean mortise_domain_open_namespaces(MortiseDomain *self, int **namespaces, gsize *namespace_count,
                                                       int **groups, gsize *group_count, guint64 *capabilities,
                                                       int *filter, gboolean *no_new_privileges, char **label,
                                                       MortiseSecurityModule *module,
                                                       GCancellable *cancellable, GError **error);

G_END_DECLS

#endif
