// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What emulators this host has and what they can do: found by name, asked through QMP, and cached.
#pragma once

#include <json-glib/json-glib.h>

#include "driver-loop.h"
#include "failure.h"

/* The host's architecture as QEMU names it ("x86_64"); constant. */
const char *qemu_host_architecture(void);
/* Architectures whose emulators are looked for, ended by NULL; constant. */
const char *const *qemu_known_architectures(void);
/* 32 or 64. */
guint qemu_word_size(const char *architecture);

/* Path of the emulator for an architecture, to be freed; NULL: not installed. Looks at the file system. */
char *qemu_emulator_find(const char *architecture);

typedef struct {
    char *name;            /* "pc-i440fx-7.2" */
    char *alias;           /* "pc"; NULL: none */
    guint maximum_vcpus;
    gboolean usual;        /* the emulator's own default */
} QemuMachineType;

typedef struct {
    char *name;            /* "EPYC" */
    char **missing;        /* features of it that this host cannot give, as QEMU names them; never NULL */
} QemuCpuModel;

/* What one emulator binary can do with one accelerator. */
typedef struct {
    guint version;             /* major * 1000000 + minor * 1000 + micro */
    gboolean kvm;              /* it was asked with KVM */
    GPtrArray *machines;       /* QemuMachineType */
    GPtrArray *cpus;           /* QemuCpuModel; empty when it does not tell */
    char **features;           /* CPU features that a guest can have, sorted; NULL when it does not tell */
    char **migration;          /* names of query-migrate-capabilities, sorted; NULL when it does not tell */
} QemuCapabilities;

/*
 * From the cache when the binary, the kernel, the microcode and KVM's state are those of when it was asked; else the
 * binary is run without a machine, asked, and the answer cached. NULL with the failure of the program or its monitor.
 * With `kvm` it is asked with KVM, where that works; what CPUs have differs. [blocks until `deadline`]
 */
QemuCapabilities *qemu_capabilities_get(DriverLoop *loop, const char *cache_directory, const char *emulator,
                                        gboolean kvm, gint64 deadline, DriverFailure **failure);
void qemu_capabilities_free(QemuCapabilities *capabilities);

/* Of qemu-capabilities-probe.c: runs the binary and asks it, without the cache. */
QemuCapabilities *qemu_capabilities_probe(DriverLoop *loop, const char *emulator, gboolean kvm, gint64 deadline,
                                          DriverFailure **failure);
QemuCapabilities *qemu_capabilities_new(guint version);
void qemu_capabilities_add_machine(QemuCapabilities *capabilities, const char *name, const char *alias,
                                   guint maximum_vcpus, gboolean usual);
/* `missing` is taken over. */
void qemu_capabilities_add_cpu(QemuCapabilities *capabilities, const char *name, char **missing);

/* Arguments of query-cpu-model-expansion; `properties` (consumed) may be NULL. */
JsonObject *qemu_capabilities_expansion(const char *model, JsonObject *properties);
/* The features that are on in its answer, sorted, to be freed; NULL when it is none. */
char **qemu_capabilities_expanded(JsonNode *value);
/* The names in an answer of query-migrate-capabilities, sorted, to be freed; NULL when it is none. */
char **qemu_capabilities_migration(JsonNode *value);

/* Of qemu-capabilities-cache.c: what the answer depends on, as text, to be freed; NULL: there is no such file. */
char *qemu_capabilities_key(const char *emulator, gboolean kvm);
/* NULL when nothing is cached under exactly that key. */
QemuCapabilities *qemu_capabilities_load(const char *cache_directory, const char *emulator, const char *key);
/* A cache that cannot be written is no failure. */
void qemu_capabilities_store(const char *cache_directory, const char *emulator, const char *key,
                             const QemuCapabilities *capabilities);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCapabilities, qemu_capabilities_free)
