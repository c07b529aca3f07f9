// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the engine says of the host: facts, and findings with what to do about them.
#include "qemu-engine-private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "driver-host.h"
#include "host-topology.h"
#include "keeper/keeper-protocol.h"
#include "qemu-capabilities.h"

struct QemuProbe {
    const QemuDriver *driver;
    MortiseSink *sink;
};

void
qemu_probe_add(QemuProbe *probe, guint verdict, const char *id, const char *object, const char *hint,
               const char *format, ...)
{
    const MortiseFinding finding = {
        .struct_size = sizeof(finding), .verdict = verdict, .id = id, .object = object, .hint = hint,
    };
    va_list arguments;

    va_start(arguments, format);
    driver_host_finding(probe->driver->host, probe->sink, &finding, format, arguments);
    va_end(arguments);
}

/* The first line that a program prints with --version, to be freed; NULL when it does not. */
static char *
ask_version(const char *program)
{
    const char *arguments[] = {program, "--version", NULL};
    g_autofree char *output = NULL;
    int status = 0;

    if (!g_spawn_sync("/", (char **) arguments, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL, &status,
                      NULL) ||
        !g_spawn_check_wait_status(status, NULL)) {
        return NULL;
    }
    output[strcspn(output, "\n")] = '\0';
    return *output ? g_steal_pointer(&output) : NULL;
}

static void
probe_emulator(QemuProbe *probe, gboolean full)
{
    const char *architecture = qemu_host_architecture();
    g_autofree char *emulator = qemu_emulator_find(architecture);
    g_autofree char *version = emulator && full ? ask_version(emulator) : NULL;

    if (!emulator) {
        qemu_probe_add(probe, MORTISE_VERDICT_BAD, "emulator", architecture,
                       "Install QEMU for this architecture (Debian: qemu-system-x86, qemu-system-arm, ...).",
                       "No emulator for %s is installed.", architecture);
    } else if (full && !version) {
        qemu_probe_add(probe, MORTISE_VERDICT_BAD, "emulator", emulator, "Run it by hand with --version.",
                       "The emulator %s is installed and does not run.", emulator);
    } else {
        qemu_probe_add(probe, MORTISE_VERDICT_GOOD, "emulator", emulator, NULL, "%s%s%s.", emulator,
                       version ? ": " : " is installed", version ? version : "");
    }
}

static void
probe_keeper(QemuProbe *probe)
{
    char path[4096];

    if (probe->driver->host->helper_path(probe->driver->self, KEEPER_PROGRAM, path, sizeof(path)) == MORTISE_OK) {
        qemu_probe_add(probe, MORTISE_VERDICT_GOOD, "guest-keeper", path, NULL, "%s is installed.", path);
    } else {
        qemu_probe_add(probe, MORTISE_VERDICT_BAD, "guest-keeper", KEEPER_PROGRAM, "Reinstall Mortise.",
                       "The program %s is missing: no guest can start.", KEEPER_PROGRAM);
    }
}

static void
probe_tun(QemuProbe *probe)
{
    // Only looked at: opening it would make a device.
    if (access("/dev/net/tun", F_OK) != 0) {
        qemu_probe_add(probe, MORTISE_VERDICT_WARNING, "tun-device", "/dev/net/tun", "Load the module: modprobe tun.",
                       "/dev/net/tun is missing: guests can use <interface type='user'> only.");
    } else if (access("/dev/net/tun", R_OK | W_OK) != 0) {
        qemu_probe_add(probe, MORTISE_VERDICT_WARNING, "tun-device", "/dev/net/tun",
                       "Allow your user to read and write it.", "/dev/net/tun may not be used by this user.");
    } else {
        qemu_probe_add(probe, MORTISE_VERDICT_GOOD, "tun-device", "/dev/net/tun", NULL, "/dev/net/tun is usable.");
    }
}

MortiseResult
qemu_engine_probe(void *driver, uint32_t full, MortiseSink *findings)
{
    const QemuDriver *probed = driver;
    QemuProbe probe = {probed, findings};

    probe_emulator(&probe, full != 0);
    probe_keeper(&probe);
    if (probed->accelerator->probe) {
        probed->accelerator->probe(&probe, full != 0);
    }
    probe_tun(&probe);
    return MORTISE_OK;
}

/* Capabilities of the host's own emulator; NULL when it has none or it does not answer. */
static QemuCapabilities *
native_capabilities(const QemuEngine *engine, const char *emulator, DriverFailure **failure)
{
    if (!emulator) {
        return NULL;
    }
    return qemu_capabilities_get(engine->loop, engine->cache_directory, emulator, engine->driver->accelerator->kvm,
                                 qemu_engine_deadline(engine->driver), failure);
}

MortiseResult
qemu_engine_host_information(void *connection, MortiseHostInformation *information)
{
    const QemuEngine *engine = connection;
    g_autofree char *emulator = qemu_emulator_find(qemu_host_architecture());
    g_autoptr(QemuCapabilities) capabilities = native_capabilities(engine, emulator, NULL);
    MortiseHostInformation facts = {.struct_size = sizeof(facts)};
    HostTopology topology;

    host_topology_read(&topology);
    facts.cpus = topology.cpus;
    facts.mhz = topology.mhz;
    facts.numa_nodes = topology.nodes;
    facts.sockets = topology.sockets;
    facts.cores = topology.cores;
    facts.threads = topology.threads;
    facts.memory_kib = topology.memory_kib;
    facts.hypervisor_version = capabilities ? capabilities->version : 0;
    (void) g_strlcpy(facts.model, qemu_host_architecture(), sizeof(facts.model));
    (void) g_strlcpy(facts.hostname, g_get_host_name(), sizeof(facts.hostname));
    (void) g_strlcpy(facts.hypervisor, "QEMU", sizeof(facts.hypervisor));
    facts.struct_size = MIN(information->struct_size, (uint32_t) sizeof(facts));
    memcpy(information, &facts, facts.struct_size);
    return MORTISE_OK;
}
