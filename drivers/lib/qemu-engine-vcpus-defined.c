// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What definitions say of vCPUs: read, changed, and held against this host. No guest is asked.
#include <string.h>

#include "domain-text.h"
#include "domain-vcpus.h"
#include "host-cpus.h"
#include "qemu-engine-private.h"

static void
tell(const QemuDriver *driver, const DomainDefinition *definition, guint vcpu, guint id, MortiseSink *sink)
{
    const MortiseVcpu told = {
        .struct_size = sizeof(told),
        .id = id,
        .state = MORTISE_VCPU_OFFLINE,
        .cpu = -1,
        .thread_id = -1,
        .cpu_time = -1,
        .affinity = domain_definition_cpus(definition, vcpu),
    };

    driver->host->sink_vcpu(sink, &told);
}

MortiseResult
qemu_engine_vcpu_read_settings(void *connection, const char *xml, MortiseVcpuSettings *settings, MortiseSink *pins)
{
    const QemuEngine *engine = connection;
    DriverFailure *failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(xml, -1, &failure);

    if (!definition) {
        return qemu_engine_fail(engine->driver, failure);
    }
    settings->current = definition->current_vcpus;
    settings->maximum = definition->maximum_vcpus;
    for (guint i = 0; i < definition->maximum_vcpus; i++) {
        tell(engine->driver, definition, i, i, pins);
    }
    tell(engine->driver, definition, DOMAIN_TEXT_EMULATOR, MORTISE_VCPU_EMULATOR, pins);
    return MORTISE_OK;
}

static MortiseResult
give(const QemuEngine *engine, const char *text, DriverFailure *failure, MortiseSink *sink)
{
    if (!text) {
        return qemu_engine_fail(engine->driver, failure);
    }
    engine->driver->host->sink_text(sink, text, strlen(text));
    return MORTISE_OK;
}

MortiseResult
qemu_engine_vcpu_edit_count(void *connection, const char *xml, uint32_t count, uint32_t maximum, MortiseSink *text)
{
    DriverFailure *failure = NULL;
    g_autofree char *changed = domain_vcpus_edit_count(xml, count, maximum, &failure);

    return give(connection, changed, failure, text);
}

MortiseResult
qemu_engine_vcpu_edit_pin(void *connection, const char *xml, uint32_t vcpu, const char *cpus, MortiseSink *text)
{
    const guint whose = vcpu == MORTISE_VCPU_EMULATOR ? DOMAIN_TEXT_EMULATOR : vcpu;
    DriverFailure *failure = NULL;
    g_autofree char *changed = domain_vcpus_edit_pin(xml, whose, cpus, &failure);

    return give(connection, changed, failure, text);
}

static void
check_set(const char *text, guint line, const char *path, DomainFindings *findings)
{
    g_autoptr(DriverFailure) failure = NULL;
    DomainCpus cpus;

    if (text && !host_cpus_parse(text, path, &cpus, &failure)) {
        domain_findings_add(findings, line, "host-unsupported", path, failure->hint, "%s", failure->message);
    }
}

void
qemu_engine_check_cpus(const DomainDefinition *definition, DomainFindings *findings)
{
    check_set(definition->cpus, definition->vcpus_line, "domain/vcpu/@cpuset", findings);
    check_set(definition->emulator_cpus, definition->emulator_cpus_line, "domain/cputune/emulatorpin/@cpuset",
              findings);
    for (guint i = 0; i < definition->vcpu_pins->len; i++) {
        const DomainVcpuPin *pin = g_ptr_array_index(definition->vcpu_pins, i);
        check_set(pin->cpus, pin->line, "domain/cputune/vcpupin/@cpuset", findings);
    }
}
