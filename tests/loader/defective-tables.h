// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The tables and symbols of defective-driver.c, and what each -DDEFECT_... does to them.
#pragma once

/* What the tables below are made from when nothing is wrong. */
#define MAGIC MORTISE_ABI_MAGIC
#define DESCRIPTOR_SIZE sizeof(MortiseModuleDescriptor)
#define MAJOR MORTISE_ABI_MAJOR
#define MINOR MORTISE_ABI_MINOR
#define KIND MORTISE_KIND_DRIVER
#define THREADS MORTISE_THREADS_SERIAL_PER_DOMAIN
#define FLAGS MORTISE_DRIVER_OWNS_DOMAINS
#define NAME "defect"
#define SUMMARY "A driver for tests"
#define SCHEMES schemes
#define OPERATIONS &operations
#define OPERATIONS_SIZE sizeof(MortiseDriverOperations)
#define OPEN defect_open
#define LIFECYCLE_SIZE sizeof(MortiseLifecycle)
#define START defect_start
#define STATS_ID MORTISE_STATS_ID
#define MARKER MORTISE_MODULE_MARKER

#if defined(DEFECT_WRONG_MARKER)
#undef MARKER
#define MARKER "mortise-wrong!"
#elif defined(DEFECT_WRONG_MAGIC)
#undef MAGIC
#define MAGIC 0x5452304du
#elif defined(DEFECT_MAJOR_PLUS_ONE)
#undef MAJOR
#define MAJOR (MORTISE_ABI_MAJOR + 1)
#elif defined(DEFECT_NEWER_MINOR)
#undef MINOR
#define MINOR (MORTISE_ABI_MINOR + 1)
#elif defined(DEFECT_SHORT_DESCRIPTOR)
#undef DESCRIPTOR_SIZE
#define DESCRIPTOR_SIZE 40
#elif defined(DEFECT_HUGE_DESCRIPTOR)
#undef DESCRIPTOR_SIZE
#define DESCRIPTOR_SIZE 0xffffffffu
#elif defined(DEFECT_NO_NAME)
#undef NAME
#define NAME NULL
#elif defined(DEFECT_BAD_NAME)
#undef NAME
#define NAME "../defect"
#elif defined(DEFECT_OTHER_NAME)
#undef NAME
#define NAME "effect"
#elif defined(DEFECT_BAD_UTF8)
#undef SUMMARY
#define SUMMARY "\xff\xfe\xfd"
#elif defined(DEFECT_THREAD_MODEL)
#undef THREADS
#define THREADS 17
#elif defined(DEFECT_NO_FLAGS)
#undef FLAGS
#define FLAGS 0
#elif defined(DEFECT_BOTH_FLAGS)
#undef FLAGS
#define FLAGS MORTISE_DRIVER_FLAGS_ALL
#elif defined(DEFECT_OTHER_STATE)
#undef FLAGS
#define FLAGS MORTISE_DRIVER_USES_STORE
#elif defined(DEFECT_UNKNOWN_KIND)
#undef KIND
#define KIND 42
#elif defined(DEFECT_NO_SCHEMES)
#undef SCHEMES
#define SCHEMES NULL
#elif defined(DEFECT_NO_OPERATIONS)
#undef OPERATIONS
#define OPERATIONS NULL
#elif defined(DEFECT_SHORT_OPERATIONS)
#undef OPERATIONS_SIZE
#define OPERATIONS_SIZE 16
#elif defined(DEFECT_NO_OPEN)
#undef OPEN
#define OPEN NULL
#elif defined(DEFECT_SHORT_INTERFACE)
#undef LIFECYCLE_SIZE
#define LIFECYCLE_SIZE 32
#elif defined(DEFECT_NO_START)
#undef START
#define START NULL
#elif defined(DEFECT_NO_INTERFACE_ID)
#undef STATS_ID
#define STATS_ID NULL
#elif defined(DEFECT_DUPLICATE_INTERFACE)
#undef STATS_ID
#define STATS_ID MORTISE_VCPU_ID
#elif defined(DEFECT_OTHER_INTERFACE)
#undef STATS_ID
#define STATS_ID "com.example.other"
#endif

static const MortiseDriverOperations operations = {
    .struct_size = OPERATIONS_SIZE,
    .startup = defect_startup,
    .shutdown = defect_shutdown,
    .probe = defect_probe,
    .open = OPEN,
    .close = defect_close,
    .capabilities = defect_capabilities,
    .host_information = defect_host_information,
    .domain_open = defect_domain_open,
    .domain_close = defect_domain_close,
};

static const MortiseLifecycle lifecycle = {
    .head = {LIFECYCLE_SIZE, MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = START,
    .stop = defect_stop,
};
static const MortiseVcpuInterface vcpu_interface = {
    .head = {sizeof vcpu_interface, MORTISE_VCPU_VERSION, MORTISE_VCPU_ID},
    .report = defect_report,
};
static const MortiseStats stats = {
    .head = {sizeof stats, MORTISE_STATS_VERSION, STATS_ID},
    .collect = defect_collect,
};
static const MortiseConfig config = {
    .head = {sizeof config, MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID},
    .check = defect_check,
};

static const char *const schemes[] = {"defect", NULL};
static const char *const domain_types[] = {"defect", NULL};
static const MortiseInterface *const interfaces[] = {
    &lifecycle.head, &config.head, &stats.head, &vcpu_interface.head, NULL,
};

/* What a compiler would warn of as unused where a defect leaves it out. */
const void *const defect_kept[] = {schemes, &operations, (const void *) defect_open, (const void *) defect_start};

#define DESCRIPTOR \
    { \
        MAGIC, (uint32_t) DESCRIPTOR_SIZE, MAJOR, MINOR, KIND, THREADS, FLAGS, NAME, "1.0", "MIT", "Somebody", \
            SUMMARY, "mortise-driver-defect", SCHEMES, domain_types, NULL, NULL, interfaces, OPERATIONS, \
    }

#if !defined(DEFECT_NO_MARKER) && !defined(DEFECT_NOTHING)
MORTISE_MODULE_EXPORT const char mortise_module_marker[] = MARKER;
#endif

#if defined(DEFECT_SYMBOL_V2)
extern MORTISE_MODULE_EXPORT const MortiseModuleDescriptor mortise_driver_v2;
const MortiseModuleDescriptor mortise_driver_v2 = DESCRIPTOR;
#elif defined(DEFECT_SMALL_SYMBOL)
/* Under another name in C, since the header declares this one as what it has to be. */
struct SmallDescriptor {
    uint32_t magic;
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
};
MORTISE_MODULE_EXPORT const struct SmallDescriptor small_descriptor __asm__("mortise_driver_v1") = {
    MAGIC, (uint32_t) DESCRIPTOR_SIZE, MAJOR, MINOR};
const MortiseModuleDescriptor *const defect_unused = &(const MortiseModuleDescriptor) DESCRIPTOR;
#elif defined(DEFECT_NO_DESCRIPTOR) || defined(DEFECT_NOTHING)
const MortiseModuleDescriptor *const defect_unused = &(const MortiseModuleDescriptor) DESCRIPTOR;
#else
MORTISE_MODULE_EXPORT const MortiseModuleDescriptor mortise_driver_v1 = DESCRIPTOR;
#endif
