// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks what a module exports before any of its code is called, and copies it in today's size.
#pragma once

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/device.h>
#include <mortise/driver/filter.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/migration.h>
#include <mortise/driver/namespace.h>
#include <mortise/driver/network.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/tuning.h>
#include <mortise/driver/vcpu.h>

#include <glib.h>

/* The size that `type` has when `last` is its last member. */
#define MORTISE_SIZE_UP_TO(type, last) (offsetof(type, last) + sizeof(((type *) 0)->last))

/*
 * What each struct had at ABI 1.0: less is refused, whatever is appended later. The member named here is the
 * last one of 1.0 and stays so. tests/abi/layout-lp64.txt holds the numbers.
 */
#define MORTISE_SIZE_1_0_DESCRIPTOR MORTISE_SIZE_UP_TO(MortiseModuleDescriptor, operations)
#define MORTISE_SIZE_1_0_DRIVER_OPERATIONS MORTISE_SIZE_UP_TO(MortiseDriverOperations, domain_close)
#define MORTISE_SIZE_1_0_FILTER_OPERATIONS MORTISE_SIZE_UP_TO(MortiseFilterOperations, after)
#define MORTISE_SIZE_1_0_PARAMETER MORTISE_SIZE_UP_TO(MortiseParameter, help)
#define MORTISE_SIZE_1_0_INTERFACE MORTISE_SIZE_UP_TO(MortiseInterface, id)
#define MORTISE_SIZE_1_0_CONFIG MORTISE_SIZE_UP_TO(MortiseConfig, create)
#define MORTISE_SIZE_1_0_CONSOLE MORTISE_SIZE_UP_TO(MortiseConsole, open)
#define MORTISE_SIZE_1_0_DEVICE MORTISE_SIZE_UP_TO(MortiseDeviceInterface, edit)
#define MORTISE_SIZE_1_0_LIFECYCLE MORTISE_SIZE_UP_TO(MortiseLifecycle, resume)
#define MORTISE_SIZE_1_0_MEMORY MORTISE_SIZE_UP_TO(MortiseMemoryInterface, edit)
#define MORTISE_SIZE_1_0_MIGRATION MORTISE_SIZE_UP_TO(MortiseMigration, common_tsc)
#define MORTISE_SIZE_1_0_NAMESPACE MORTISE_SIZE_UP_TO(MortiseNamespaceInterface, open)
#define MORTISE_SIZE_1_0_NETWORK MORTISE_SIZE_UP_TO(MortiseNetworkInterface, next_event)
#define MORTISE_SIZE_1_0_STATS MORTISE_SIZE_UP_TO(MortiseStats, collect)
#define MORTISE_SIZE_1_0_TUNING MORTISE_SIZE_UP_TO(MortiseTuningInterface, edit)
#define MORTISE_SIZE_1_0_VCPU_INTERFACE MORTISE_SIZE_UP_TO(MortiseVcpuInterface, report)
#define MORTISE_SIZE_1_0_DOMAIN_STATUS MORTISE_SIZE_UP_TO(MortiseDomainStatus, detail)
#define MORTISE_SIZE_1_0_DOMAIN_IDENTITY MORTISE_SIZE_UP_TO(MortiseDomainIdentity, inactive_xml)
#define MORTISE_SIZE_1_0_VALUE MORTISE_SIZE_UP_TO(MortiseValue, text)
#define MORTISE_SIZE_1_0_FINDING MORTISE_SIZE_UP_TO(MortiseFinding, hint)
#define MORTISE_SIZE_1_0_VCPU MORTISE_SIZE_UP_TO(MortiseVcpu, affinity)

/*
 * Copies a struct that begins with its struct_size: the smaller of its size and `size`, the rest of `target`
 * zeroed. FALSE, and `target` zeroed, when it is smaller than `least`.
 */
gboolean mortise_struct_copy(const void *source, gsize least, void *target, gsize size);

/* What was checked; lists that the module left out are empty and not NULL. Its pointers lead into the module. */
typedef struct {
    MortiseModuleDescriptor descriptor;
    MortiseDriverOperations operations;   /* zeroed unless a driver */
    MortiseFilterOperations filter;       /* zeroed unless a filter */
} MortiseCheckedDescriptor;

/*
 * Checks everything that can be checked without calling the module: sizes, versions, ranges, names, texts,
 * mandatory functions. `available` is how many bytes can be read at `raw` (G_MAXSIZE when nobody knows),
 * `where` names the module in errors. FALSE with module-abi-mismatch.
 */
gboolean mortise_descriptor_check(const void *raw, gsize available, const char *where,
                                  MortiseCheckedDescriptor *checked, GError **error);

/* The table of an interface: `version` exactly, else the next newer one; NULL when it is not offered. */
const MortiseInterface *mortise_descriptor_find_interface(const MortiseModuleDescriptor *descriptor, const char *id,
                                                          guint32 version);
