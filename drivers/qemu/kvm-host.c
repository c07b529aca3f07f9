// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What KVM on this host is and can do, asked from the kernel each time.
#include "kvm-host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int
open_device(KvmHost *host)
{
    const int device = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);

    *host = (KvmHost){.access = KVM_USABLE, .tsc = {.scaling = -1}};
    if (device < 0) {
        host->error = errno;
        host->access = errno == ENOENT ? KVM_MISSING : errno == EACCES || errno == EPERM ? KVM_FORBIDDEN : KVM_BROKEN;
        return -1;
    }
    host->api_version = ioctl(device, KVM_GET_API_VERSION, 0);
    if (host->api_version != KVM_KNOWN_API) {
        host->error = host->api_version < 0 ? errno : 0;
        host->access = KVM_BROKEN;
    }
    return device;
}

void
kvm_host_look(KvmHost *host)
{
    const int device = open_device(host);

    if (device >= 0) {
        (void) close(device);
    }
}

static void
ask_tsc(int device, int machine, TscHost *tsc)
{
#ifdef KVM_CAP_TSC_CONTROL
    const int cpu = ioctl(machine, KVM_CREATE_VCPU, 0);
    const int scaling = ioctl(device, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL);
    int khz;

    if (scaling >= 0) {
        tsc->scaling = scaling > 0;
        tsc->scaling_source = "KVM_CAP_TSC_CONTROL";
    }
    if (cpu < 0) {
        return;
    }
    if (ioctl(device, KVM_CHECK_EXTENSION, KVM_CAP_GET_TSC_KHZ) > 0) {
        khz = ioctl(cpu, KVM_GET_TSC_KHZ, 0);
        tsc->khz = khz > 0 ? (guint64) khz : 0;
        tsc->khz_source = "KVM_GET_TSC_KHZ";
    }
    (void) close(cpu);
#else
    (void) device;
    (void) machine;
    (void) tsc;
#endif
}

void
kvm_host_ask(KvmHost *host)
{
    const int device = open_device(host);
    int machine;

    if (device < 0) {
        return;
    }
    machine = host->access == KVM_USABLE ? ioctl(device, KVM_CREATE_VM, 0) : -1;
    if (machine >= 0) {
        ask_tsc(device, machine, &host->tsc);
        (void) close(machine);
    } else if (host->access == KVM_USABLE) {
        host->error = errno;
        host->access = KVM_BROKEN;
    }
    (void) close(device);
}
