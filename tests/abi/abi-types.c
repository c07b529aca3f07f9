/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes every struct of the driver ABI reachable from one exported function, for abidiff to compare. */
#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/device.h>
#include <mortise/driver/driver.h>
#include <mortise/driver/filter.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/migration.h>
#include <mortise/driver/namespace.h>
#include <mortise/driver/network.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/tuning.h>
#include <mortise/driver/vcpu.h>

/* A pointer to each, so that one that grows moves no other; the members of each lead to the rest. */
struct MortiseAbiTypes {
    MortiseModuleDescriptor *descriptor;
    MortiseDriverOperations *driver;
    MortiseFilterOperations *filter;
    MortiseConfig *config;
    MortiseConsole *console;
    MortiseDeviceInterface *device;
    MortiseLifecycle *lifecycle;
    MortiseMemoryInterface *memory;
    MortiseMigration *migration;
    MortiseNamespaces *namespaces;
    MortiseNamespaceInterface *namespace_interface;
    MortiseNetworkInterface *network;
    MortiseStats *stats;
    MortiseTuningInterface *tuning;
    MortiseVcpuInterface *vcpu;
    MortiseText *text;
};

extern __attribute__((visibility("default"))) int mortise_abi_types(const struct MortiseAbiTypes *types);

int
mortise_abi_types(const struct MortiseAbiTypes *types)
{
    return types->descriptor->abi_major;
}
