/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* Interface namespace/1: the kernel's namespaces that a running domain consists of, for programs that join it. */
#ifndef MORTISE_DRIVER_NAMESPACE_H
#define MORTISE_DRIVER_NAMESPACE_H

#include <mortise/driver/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_NAMESPACE_ID "namespace"
#define MORTISE_NAMESPACE_VERSION 1u

#define MORTISE_NAMESPACE_LIMIT 16u

/* Flags. `filter` is open; what runs inside gains no privileges by executing programs. */
#define MORTISE_NAMESPACE_FILTERED 1u
#define MORTISE_NAMESPACE_NO_NEW_PRIVILEGES 2u
/* One of them: `label` is of AppArmor, or of SELinux. */
#define MORTISE_NAMESPACE_APPARMOR 4u
#define MORTISE_NAMESPACE_SELINUX 8u

#define MORTISE_NAMESPACE_LABEL_SIZE 1024u

/*
 * What a program has to do to run inside, in this order: call setns(fd, 0) with each of `namespaces`, and fork (a PID
 * namespace takes children only); in the child, write "0" to each of `groups`, become root, set no_new_privs and
 * install the filter as far as `flags` say so, drop the capabilities that are not in `capabilities`, and have `label`
 * taken on exec. Who waits for the child must not be in `groups`: the domain could not be started again as long as
 * anything is there that does not end with its init. The kernel is told the label through thread-self/attr of the
 * host's /proc, opened beforehand (what is mounted on /proc inside may lie): "exec " and the label to apparmor/exec, or
 * to exec where there is no such folder; the bare label of SELinux to exec. Where one of these fails, nothing must be
 * run.
 */
typedef struct MortiseNamespaces {
    uint32_t struct_size;
    uint32_t namespace_count;
    uint32_t group_count;
    uint32_t flags;          /* MORTISE_NAMESPACE_FILTERED, _NO_NEW_PRIVILEGES */
    uint64_t capabilities;   /* bit N: capability N may be had by what runs inside */
    MortiseFileDescriptor namespaces[MORTISE_NAMESPACE_LIMIT];
    MortiseFileDescriptor groups[MORTISE_NAMESPACE_LIMIT];    /* cgroup.procs of its control groups */
    MortiseFileDescriptor filter;    /* a file with the system call filter, at its beginning: struct sock_filter */
    uint32_t reserved;
    char label[MORTISE_NAMESPACE_LABEL_SIZE];    /* terminated; "": none, as of what is not confined */
} MortiseNamespaces;

typedef struct MortiseNamespaceInterface {
    MortiseInterface head;

    /*
     * Opens them; `namespaces->struct_size` is set by the core and says how much may be written. The caller owns the
     * descriptors; on failure none is open. [blocks] Mandatory.
     */
    MortiseResult (*open)(void *domain, MortiseNamespaces *namespaces);
} MortiseNamespaceInterface;

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_NAMESPACE_H */
