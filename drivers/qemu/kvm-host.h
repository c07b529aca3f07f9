// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What KVM on this host is and can do, asked from the kernel each time: nothing of it is kept over a reboot.
#pragma once

#include "qemu-engine.h"

#define KVM_DEVICE "/dev/kvm"
/* The only version there is; see the kernel's documentation of KVM_GET_API_VERSION. */
#define KVM_KNOWN_API 12

/* How far the device can be used. */
typedef enum { KVM_MISSING, KVM_FORBIDDEN, KVM_BROKEN, KVM_USABLE } KvmAccess;

typedef struct {
    KvmAccess access;
    int error;             /* errno of what failed; 0 */
    int api_version;       /* 0 unless usable or broken by it */
    TscHost tsc;           /* of a fresh vCPU; not known on other architectures than x86 */
} KvmHost;

/* Opens the device only: microseconds. */
void kvm_host_look(KvmHost *host);
/* Also makes a virtual machine with one vCPU, and asks it for the TSC. [about a millisecond] */
void kvm_host_ask(KvmHost *host);
