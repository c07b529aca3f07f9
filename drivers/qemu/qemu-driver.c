// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The driver of QEMU guests that run by KVM: what KVM adds to the engine, and the module's descriptor.
#include "kvm-host.h"
#include "kvm-replug.h"

#ifndef MORTISE_DRIVER_VERSION
#define MORTISE_DRIVER_VERSION "0"
#endif

#define GET_ACCESS \
    "Add your user to the group of /dev/kvm (usually: usermod -aG kvm USER), or use a domain of type 'qemu'."
#define GET_DEVICE \
    "Load the module (modprobe kvm_intel or kvm_amd), switch virtualization on in the firmware, or use a domain of " \
    "type 'qemu'."

static const char *
tell_access(const KvmHost *host, const char **hint)
{
    switch (host->access) {
    case KVM_MISSING:
        *hint = GET_DEVICE;
        return "KVM is not there: " KVM_DEVICE " is missing";
    case KVM_FORBIDDEN:
        *hint = GET_ACCESS;
        return "KVM may not be used by this user: " KVM_DEVICE " cannot be opened";
    case KVM_BROKEN:
        *hint = "Look into the kernel's log, or use a domain of type 'qemu'.";
        return "KVM does not work: " KVM_DEVICE " refuses what every KVM can do";
    default:
        *hint = NULL;
        return "KVM is usable";
    }
}

static void
check_definition(const DomainDefinition *definition, DomainFindings *findings)
{
    const char *hint;
    KvmHost host;

    kvm_host_look(&host);
    if (host.access != KVM_USABLE) {
        const char *message = tell_access(&host, &hint);
        domain_findings_add(findings, definition->type_line,
                            host.access == KVM_FORBIDDEN ? "permission-denied" : "host-unsupported", "domain/@type",
                            hint, "%s", message);
    }
}

static void
probe_tsc(QemuProbe *probe, const KvmHost *host)
{
    static const char *const scaling[] = {"its scaling is not known", "it cannot be scaled", "it can be scaled"};
    const TscResult result = tsc_verdict(0, &host->tsc, TSC_TOLERANCE_PPM);

    if (host->tsc.khz == 0) {
        qemu_probe_add(probe, MORTISE_VERDICT_UNKNOWN, "tsc-frequency", KVM_DEVICE, NULL,
                       "KVM does not tell the frequency of the TSC; %s.", scaling[host->tsc.scaling + 1]);
        return;
    }
    qemu_probe_add(probe, MORTISE_VERDICT_GOOD, "tsc-frequency", KVM_DEVICE, NULL,
                   "The TSC of a guest runs at %" G_GUINT64_FORMAT " kHz, and may be asked for from %" G_GUINT64_FORMAT
                   " to %" G_GUINT64_FORMAT " kHz; %s.", host->tsc.khz, result.window_low, result.window_high,
                   scaling[host->tsc.scaling + 1]);
}

static void
probe_kvm(QemuProbe *probe, gboolean full)
{
    const char *message;
    const char *hint;
    KvmHost host;

    if (full) {
        kvm_host_ask(&host);
    } else {
        kvm_host_look(&host);
    }
    message = tell_access(&host, &hint);
    if (host.access != KVM_USABLE) {
        qemu_probe_add(probe, MORTISE_VERDICT_BAD, "kvm-device", KVM_DEVICE, hint, "%s (%s).", message,
                       host.error ? g_strerror(host.error) : "unknown version of its interface");
        return;
    }
    qemu_probe_add(probe, MORTISE_VERDICT_GOOD, "kvm-device", KVM_DEVICE, NULL, "%s, API version %d.", message,
                   host.api_version);
    if (full) {
        probe_tsc(probe, &host);
    }
}

static gboolean
tell_tsc(TscHost *tsc)
{
    KvmHost host;

    kvm_host_ask(&host);
    *tsc = host.tsc;
    return host.access == KVM_USABLE;
}

static const QemuAccelerator accelerator = {
    .domain_type = "kvm",
    .accelerator = "kvm",
    .kvm = TRUE,
    .check = check_definition,
    .probe = probe_kvm,
    .tsc = tell_tsc,
    .replugs = kvm_replug_works,
};

static MortiseResult
startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    return qemu_engine_startup(&accelerator, host, self, driver);
}

static const MortiseDriverOperations operations = {
    .struct_size = sizeof(operations),
    .startup = startup,
    .shutdown = qemu_engine_shutdown,
    .probe = qemu_engine_probe,
    .open = qemu_engine_open,
    .close = qemu_engine_close,
    .capabilities = qemu_engine_capabilities,
    .host_information = qemu_engine_host_information,
    .domain_open = qemu_engine_domain_open,
    .domain_close = qemu_engine_domain_close,
    .interrupt = qemu_engine_interrupt,
};

static const char *const schemes[] = {"qemu", NULL};
static const char *const domain_types[] = {"kvm", NULL};
static const char *const companions[] = {"tcg", NULL};
static const char *const programs[] = {"mortise-guest-keeper", NULL};
static const MortiseParameter *const parameters[] = {NULL};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_DRIVER,
    .thread_model = MORTISE_THREADS_SERIAL_PER_DOMAIN,
    .flags = MORTISE_DRIVER_USES_STORE,
    .name = "qemu",
    .version = MORTISE_DRIVER_VERSION,
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "QEMU guests that run by KVM, the kernel's hypervisor",
    .package = "mortise-driver-qemu",
    .schemes = schemes,
    .domain_types = domain_types,
    .programs = programs,
    .parameters = parameters,
    .interfaces = qemu_engine_interfaces,
    .operations = &operations,
    .companions = companions,
};
