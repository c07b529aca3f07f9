// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What emulators this host has and what they can do.
#include "qemu-capabilities.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qemu-command-machine.h"

/* The kernel's name of a machine, and QEMU's. */
typedef struct {
    const char *kernel;
    const char *qemu;
} Name;

static const Name names[] = {
    {"x86_64", "x86_64"}, {"aarch64", "aarch64"}, {"i386", "i386"},     {"i486", "i386"},     {"i586", "i386"},
    {"i686", "i386"},     {"armv7l", "arm"},      {"armv8l", "arm"},    {"ppc64le", "ppc64"}, {"ppc64", "ppc64"},
    {"ppc", "ppc"},       {"riscv64", "riscv64"}, {"s390x", "s390x"},   {"sparc64", "sparc64"},
    {"mips64", "mips64"}, {"loongarch64", "loongarch64"},
};

static const char *const architectures[] = {
    "aarch64", "arm",     "i386",  "loongarch64", "mips",    "mips64", "ppc", "ppc64",
    "riscv32", "riscv64", "s390x", "sparc",       "sparc64", "x86_64", NULL,
};

static const char *const directories[] = {"/usr/bin", "/usr/local/bin", "/usr/libexec"};

const char *
qemu_host_architecture(void)
{
    struct utsname name;

    if (uname(&name) == 0) {
        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
            if (g_str_equal(names[i].kernel, name.machine)) {
                return names[i].qemu;
            }
        }
    }
    return "unknown";
}

const char *const *
qemu_known_architectures(void)
{
    return architectures;
}

guint
qemu_word_size(const char *architecture)
{
    return strstr(architecture, "64") || g_str_equal(architecture, "s390x") ? 64 : 32;
}

char *
qemu_emulator_find(const char *architecture)
{
    g_autofree char *name = qemu_emulator_name(architecture);

    for (guint i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = g_build_filename(directories[i], name, NULL);
        if (access(path, X_OK) == 0) {
            return g_steal_pointer(&path);
        }
    }
    return NULL;
}

static void
machine_free(gpointer data)
{
    QemuMachineType *machine = data;

    g_free(machine->name);
    g_free(machine->alias);
    g_free(machine);
}

static void
cpu_free(gpointer data)
{
    QemuCpuModel *model = data;

    g_free(model->name);
    g_strfreev(model->missing);
    g_free(model);
}

QemuCapabilities *
qemu_capabilities_new(guint version)
{
    QemuCapabilities *capabilities = g_new0(QemuCapabilities, 1);

    capabilities->version = version;
    capabilities->machines = g_ptr_array_new_with_free_func(machine_free);
    capabilities->cpus = g_ptr_array_new_with_free_func(cpu_free);
    return capabilities;
}

void
qemu_capabilities_free(QemuCapabilities *capabilities)
{
    if (capabilities) {
        g_ptr_array_unref(capabilities->machines);
        g_ptr_array_unref(capabilities->cpus);
        g_strfreev(capabilities->features);
        g_strfreev(capabilities->migration);
        g_free(capabilities);
    }
}

void
qemu_capabilities_add_machine(QemuCapabilities *capabilities, const char *name, const char *alias,
                              guint maximum_vcpus, gboolean usual)
{
    QemuMachineType *machine = g_new0(QemuMachineType, 1);

    machine->name = g_strdup(name);
    machine->alias = g_strdup(alias);
    machine->maximum_vcpus = maximum_vcpus;
    machine->usual = usual;
    g_ptr_array_add(capabilities->machines, machine);
}

void
qemu_capabilities_add_cpu(QemuCapabilities *capabilities, const char *name, char **missing)
{
    QemuCpuModel *model = g_new0(QemuCpuModel, 1);

    model->name = g_strdup(name);
    model->missing = missing;
    g_ptr_array_add(capabilities->cpus, model);
}

QemuCapabilities *
qemu_capabilities_get(DriverLoop *loop, const char *cache_directory, const char *emulator, gboolean kvm,
                      gint64 deadline, DriverFailure **failure)
{
    g_autofree char *key = qemu_capabilities_key(emulator, kvm);
    g_autoptr(QemuCapabilities) capabilities = NULL;

    if (!key) {
        driver_failure_set(failure, "program-missing", emulator, "Install the emulator.",
                           "The emulator %s is not there.", emulator);
        return NULL;
    }
    capabilities = qemu_capabilities_load(cache_directory, emulator, key);
    if (!capabilities) {
        capabilities = qemu_capabilities_probe(loop, emulator, kvm, deadline, failure);
        if (capabilities) {
            qemu_capabilities_store(cache_directory, emulator, key, capabilities);
        }
    }
    return g_steal_pointer(&capabilities);
}
