/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* The contract of a module: its descriptor, the functions every driver has, and how a module is exported. */
#ifndef MORTISE_DRIVER_DRIVER_H
#define MORTISE_DRIVER_DRIVER_H

#include <mortise/driver/abi.h>
#include <mortise/driver/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of module. */
#define MORTISE_KIND_DRIVER 0u
#define MORTISE_KIND_FILTER 1u
#define MORTISE_KIND_PROVIDER 2u
#define MORTISE_KIND_LAST 2u

/* Flags of a driver: exactly one of the two. */
#define MORTISE_DRIVER_USES_STORE 1u      /* the core keeps definitions and running state in files */
#define MORTISE_DRIVER_OWNS_DOMAINS 2u    /* the driver announces its domains and keeps their definitions */
#define MORTISE_DRIVER_FLAGS_ALL 3u

/* One parameter that users may give in a URI's query or in the manifest. */
typedef struct MortiseParameter {
    uint32_t struct_size;
    uint32_t type;             /* MORTISE_VALUE_... */
    const char *key;
    const char *default_text;  /* NULL when there is none */
    const char *help;          /* one sentence */
} MortiseParameter;

/* Head of every interface table; `id` and `version` are those of the interface's header. */
typedef struct MortiseInterface {
    uint32_t struct_size;      /* of the whole table that this head begins */
    uint32_t version;
    const char *id;            /* "lifecycle" */
} MortiseInterface;

/* Roots: what a connection's directory tree belongs to. */
#define MORTISE_ROOT_SYSTEM 0u
#define MORTISE_ROOT_SESSION 1u
#define MORTISE_ROOT_EMBED 2u
#define MORTISE_ROOT_NONE 3u              /* the driver keeps no files (remote or in memory) */

/* Everything a driver learns when a connection is opened. Strings live until close. */
typedef struct MortiseConnectionArguments {
    uint32_t struct_size;
    uint32_t root;             /* MORTISE_ROOT_... */
    const char *uri;           /* as the user wrote it, without a password */
    const char *scheme;
    const char *host;          /* "" when the URI names none */
    const char *user;          /* "" when the URI names none */
    uint32_t port;             /* 0 when the URI names none */
    uint32_t parameter_count;
    const char *path;          /* path of the URI, "/system" */
    const char *config_directory;   /* readable definitions; exists; NULL with MORTISE_ROOT_NONE */
    const char *state_directory;    /* logs and images that outlive a boot; exists; NULL with MORTISE_ROOT_NONE */
    const char *run_directory;      /* gone after a boot; exists, mode 0700; NULL with MORTISE_ROOT_NONE */
    const char *cache_directory;    /* may be emptied at any time; exists; NULL with MORTISE_ROOT_NONE */
    const char *const *parameter_keys;    /* checked against the descriptor's parameters */
    const char *const *parameter_values;
} MortiseConnectionArguments;

/* Everything a driver learns of a domain before the first call on it. Strings are borrowed for the call. */
typedef struct MortiseDomainArguments {
    uint32_t struct_size;
    uint32_t persistent;
    uint8_t uuid[16];
    const char *name;
    const char *type;
    const char *inactive_xml;     /* NULL when it has no definition */
    const char *running_state;    /* what domain_running_state kept; NULL when it does not run as far as known */
} MortiseDomainArguments;

/* Facts of the host that a connection runs guests on; 0 when unknown. */
typedef struct MortiseHostInformation {
    uint32_t struct_size;
    uint32_t cpus;             /* logical, online */
    uint32_t mhz;
    uint32_t numa_nodes;
    uint32_t sockets;          /* for each NUMA node */
    uint32_t cores;            /* for each socket */
    uint32_t threads;          /* for each core */
    uint32_t reserved;
    uint64_t memory_kib;
    uint64_t hypervisor_version;   /* major * 1000000 + minor * 1000 + micro */
    char model[64];            /* CPU model or architecture, terminated */
    char hostname[256];
    char hypervisor[64];       /* "QEMU" */
} MortiseHostInformation;

/*
 * What every driver has. All are called by the core's gate under the thread model; "blocks" says that waiting for a
 * hypervisor is allowed, within the deadline of the call (MortiseHost.call_remaining). Handles are the driver's own.
 * Out parameters are written only on MORTISE_OK.
 */
typedef struct MortiseDriverOperations {
    uint32_t struct_size;
    uint32_t reserved;

    /* Once in a process, before any other function. Start threads here, not earlier. [never twice, no blocking] */
    MortiseResult (*startup)(const MortiseHost *host, MortiseHostDriver *self, void **driver);
    /* After the last connection was closed, at the end of the process. NULL allowed. [blocks] */
    void (*shutdown)(void *driver);
    /* Findings about this host: device nodes, programs, permissions. `full` is 0 for a quick look. [blocks] */
    MortiseResult (*probe)(void *driver, uint32_t full, MortiseSink *findings);

    /* [blocks] A driver with a store must not wait for any guest here. */
    MortiseResult (*open)(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host,
                          void **connection);
    /* All its domains have been closed. Guests run on. [blocks] */
    void (*close)(void *connection);
    /* The <capabilities> document. [blocks] */
    MortiseResult (*capabilities)(void *connection, MortiseSink *xml);
    /* `information->struct_size` is set by the core, and says how much may be written. [blocks] */
    MortiseResult (*host_information)(void *connection, MortiseHostInformation *information);

    /*
     * Before the first call on a domain. With a running state the driver finds its guest again: it publishes what it
     * knows at once and asks the guest in the background. [no blocking]
     */
    MortiseResult (*domain_open)(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host,
                                 void **domain);
    /* No call on it is under way and none follows. The guest, if any, runs on. [no blocking] */
    void (*domain_close)(void *domain);
    /*
     * The connection is about to be closed: calls under way on it should fail soon, with the reason "cancelled". Comes
     * before close, beside those calls and outside of the gate. NULL allowed. [any thread, no blocking]
     */
    void (*interrupt)(void *connection);
} MortiseDriverOperations;

/* The constant that a module exports. Strings and arrays must live as long as the module. */
typedef struct MortiseModuleDescriptor {
    uint32_t magic;
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    uint32_t kind;                            /* MORTISE_KIND_... */
    uint32_t thread_model;                    /* MORTISE_THREADS_... */
    uint32_t flags;                           /* MORTISE_DRIVER_... */
    const char *name;                         /* [a-z][a-z0-9-]{0,31} */
    const char *version;
    const char *licence;                      /* SPDX */
    const char *vendor;
    const char *summary;                      /* one line */
    const char *package;                      /* what to install to get it: a package name by habit */
    const char *const *schemes;               /* each list ends with NULL */
    const char *const *domain_types;
    const char *const *programs;              /* that it runs; NULL or empty when none */
    const MortiseParameter *const *parameters;
    const MortiseInterface *const *interfaces;
    const void *operations;                   /* MortiseDriverOperations, MortiseFilterOperations; NULL of a provider */
    /* Modules that serve other domain types of its schemes: named when such a domain comes and they are missing. */
    const char *const *companions;
} MortiseModuleDescriptor;

#define MORTISE_DESCRIPTOR_HEAD \
    MORTISE_ABI_MAGIC, (uint32_t) sizeof(MortiseModuleDescriptor), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR

#if defined(__GNUC__)
#define MORTISE_MODULE_EXPORT __attribute__((visibility("default")))
#else
#define MORTISE_MODULE_EXPORT
#endif

#ifdef __cplusplus
#define MORTISE_MODULE_SYMBOL extern "C" MORTISE_MODULE_EXPORT
#else
#define MORTISE_MODULE_SYMBOL MORTISE_MODULE_EXPORT
#endif

extern MORTISE_MODULE_EXPORT const char mortise_module_marker[];
extern MORTISE_MODULE_EXPORT const MortiseModuleDescriptor mortise_driver_v1;

/* MORTISE_MODULE_DEFINE = { MORTISE_DESCRIPTOR_HEAD, MORTISE_KIND_DRIVER, MORTISE_THREADS_..., ... }; */
#define MORTISE_MODULE_DEFINE \
    MORTISE_MODULE_SYMBOL const char mortise_module_marker[] = MORTISE_MODULE_MARKER; \
    MORTISE_MODULE_SYMBOL const MortiseModuleDescriptor mortise_driver_v1

#ifdef __cplusplus
}
#endif

#endif /* MORTISE_DRIVER_DRIVER_H */
