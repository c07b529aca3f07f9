// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The driver of Linux containers: its tables and the module's descriptor.
#include "helper/lxc-helper.h"
#include "lxc-engine.h"

#ifndef MORTISE_DRIVER_VERSION
#define MORTISE_DRIVER_VERSION "0"
#endif

static const MortiseLifecycle lifecycle = {
    .head = {sizeof(MortiseLifecycle), MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = lxc_start,
    .stop = lxc_stop,
    .shutdown = lxc_power_shutdown,
    .reboot = lxc_power_reboot,
    .suspend = lxc_suspend,
    .resume = lxc_resume,
};

static const MortiseConfig config = {
    .head = {sizeof(MortiseConfig), MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID},
    .check = lxc_check,
};

static const MortiseStats stats = {
    .head = {sizeof(MortiseStats), MORTISE_STATS_VERSION, MORTISE_STATS_ID},
    .collect = lxc_stats_collect,
};

static const MortiseConsole console = {
    .head = {sizeof(MortiseConsole), MORTISE_CONSOLE_VERSION, MORTISE_CONSOLE_ID},
    .open = lxc_console_open,
};

static const MortiseNamespaceInterface namespaces = {
    .head = {sizeof(MortiseNamespaceInterface), MORTISE_NAMESPACE_VERSION, MORTISE_NAMESPACE_ID},
    .open = lxc_namespaces_open,
};

static const MortiseDeviceInterface device = {
    .head = {sizeof(MortiseDeviceInterface), MORTISE_DEVICE_VERSION, MORTISE_DEVICE_ID},
    .attach = lxc_device_attach,
    .detach = lxc_device_detach,
    .update = lxc_device_update,
    .edit = lxc_device_edit,
};

static const MortiseMemoryInterface memory = {
    .head = {sizeof(MortiseMemoryInterface), MORTISE_MEMORY_VERSION, MORTISE_MEMORY_ID},
    .set = lxc_memory_set,
    .edit = lxc_memory_edit,
};

static const MortiseTuningInterface tuning = {
    .head = {sizeof(MortiseTuningInterface), MORTISE_TUNING_VERSION, MORTISE_TUNING_ID},
    .read = lxc_tuning_read,
    .set = lxc_tuning_set,
    .read_definition = lxc_tuning_read_definition,
    .edit = lxc_tuning_edit,
};

static const MortiseVcpuInterface vcpu = {
    .head = {sizeof(MortiseVcpuInterface), MORTISE_VCPU_VERSION, MORTISE_VCPU_ID},
    .report = lxc_vcpu_report,
    .set_count = lxc_vcpu_set_count,
    .pin = lxc_vcpu_pin,
    .pins = lxc_vcpu_pins,
    .read_settings = lxc_vcpu_read_settings,
    .edit_count = lxc_vcpu_edit_count,
    .edit_pin = lxc_vcpu_edit_pin,
};

static const MortiseDriverOperations operations = {
    .struct_size = sizeof(operations),
    .startup = lxc_startup,
    .shutdown = lxc_shutdown,
    .probe = lxc_probe,
    .open = lxc_open,
    .close = lxc_close,
    .capabilities = lxc_capabilities,
    .host_information = lxc_host_information,
    .domain_open = lxc_domain_open,
    .domain_close = lxc_domain_close,
    .interrupt = lxc_interrupt,
};

static const char *const schemes[] = {"lxc", NULL};
static const char *const domain_types[] = {"lxc", NULL};
static const char *const programs[] = {HELPER_PROGRAM, NULL};
static const MortiseParameter *const parameters[] = {NULL};
static const MortiseInterface *const interfaces[] = {
    &lifecycle.head, &config.head, &stats.head, &console.head, &namespaces.head, &memory.head,
    &tuning.head, &device.head, &vcpu.head, NULL,
};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_DRIVER,
    .thread_model = MORTISE_THREADS_SERIAL_PER_DOMAIN,
    .flags = MORTISE_DRIVER_USES_STORE,
    .name = "lxc",
    .version = MORTISE_DRIVER_VERSION,
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "Linux containers, by liblxc",
    .package = "mortise-driver-lxc",
    .schemes = schemes,
    .domain_types = domain_types,
    .programs = programs,
    .parameters = parameters,
    .interfaces = interfaces,
    .operations = &operations,
};
