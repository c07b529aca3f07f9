// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The driver of QEMU guests whose processors are emulated (TCG): nothing to add to the engine but the descriptor.
#include "qemu-engine.h"

#ifndef MORTISE_DRIVER_VERSION
#define MORTISE_DRIVER_VERSION "0"
#endif

static void
probe_tcg(QemuProbe *probe, gboolean full G_GNUC_UNUSED)
{
    qemu_probe_add(probe, MORTISE_VERDICT_GOOD, "emulation", NULL, NULL,
                   "Emulation needs nothing of the host's processor; it is many times slower than KVM.");
}

static const QemuAccelerator accelerator = {
    .domain_type = "qemu",
    .accelerator = "tcg",
    // Seen with QEMU 7.2: with a thread each it corrupts its memory, with one thread for all it ends at once.
    .unplug_refusal = "QEMU's emulation does not survive it when a vCPU is taken away: the guest would crash",
    .probe = probe_tcg,
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
static const char *const domain_types[] = {"qemu", NULL};
static const char *const companions[] = {"qemu", NULL};
static const char *const programs[] = {"mortise-guest-keeper", NULL};
static const MortiseParameter *const parameters[] = {NULL};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_DRIVER,
    .thread_model = MORTISE_THREADS_SERIAL_PER_DOMAIN,
    .flags = MORTISE_DRIVER_USES_STORE,
    .name = "tcg",
    .version = MORTISE_DRIVER_VERSION,
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "QEMU guests with emulated processors (TCG), of any architecture",
    .package = "mortise-driver-tcg",
    .schemes = schemes,
    .domain_types = domain_types,
    .programs = programs,
    .parameters = parameters,
    .interfaces = qemu_engine_interfaces,
    .operations = &operations,
    .companions = companions,
};
