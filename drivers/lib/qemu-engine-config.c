// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What this host adds to a definition, and everything that would keep a definition from starting here.
#include "qemu-engine-private.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "driver-host.h"
#include "qemu-capabilities.h"
#include "qemu-process.h"

void
qemu_engine_context(const QemuDriver *driver, const DomainDefinition *definition, QemuCommandContext *context,
                    char **emulator)
{
    const char *host = qemu_host_architecture();
    const char *architecture = definition->os.architecture ? definition->os.architecture : host;

    *emulator = qemu_emulator_find(architecture);
    *context = (QemuCommandContext){
        .domain_type = driver->accelerator->domain_type,
        .accelerator = driver->accelerator->accelerator,
        .kvm = driver->accelerator->kvm,
        .host_architecture = host,
        .emulator = *emulator,
        .sandbox = TRUE,
        .monitor_fd = QEMU_FD_MONITOR,
        .keeper_fd = QEMU_FD_KEEPER,
        .network_fd = QEMU_FD_NETWORK,
    };
}

/* What QEMU would refuse is refused before it runs; what nobody knows is left to it, and said. */
static void
check_tsc(const QemuDriver *driver, const DomainDefinition *definition, DomainFindings *findings)
{
    g_autofree char *words = NULL;
    TscHost host = {.scaling = -1};
    TscResult result;

    if (definition->clock.tsc_frequency == 0 || !driver->accelerator->tsc || !driver->accelerator->tsc(&host)) {
        return;
    }
    result = tsc_verdict(definition->clock.tsc_frequency, &host, TSC_TOLERANCE_PPM);
    words = tsc_result_explain(&result);
    if (result.verdict == TSC_INCOMPATIBLE) {
        domain_findings_add(findings, definition->clock.tsc_line, "host-unsupported", "domain/clock/timer/@frequency",
                            tsc_result_hint(&result), "%s", words);
    } else if (result.verdict == TSC_UNKNOWN) {
        qemu_engine_log(driver, MORTISE_LOG_WARNING, "%s: %s; QEMU is left to try.", definition->name, words);
    }
}

DomainFindings *
qemu_engine_findings(const QemuDriver *driver, const DomainDefinition *definition, const QemuCommandContext *context)
{
    DomainFindings *findings = qemu_command_check(definition, context, TRUE);

    qemu_engine_check_cpus(definition, findings);
    if (driver->accelerator->check) {
        driver->accelerator->check(definition, findings);
    }
    check_tsc(driver, definition, findings);
    qemu_network_check(driver, definition, findings);
    domain_findings_sort(findings);
    return findings;
}

MortiseResult
qemu_engine_check(void *connection, const char *xml, MortiseSink *findings)
{
    const QemuEngine *engine = connection;
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(xml, -1, &failure);
    g_autoptr(DomainFindings) found = NULL;
    g_autofree char *emulator = NULL;
    QemuCommandContext context;

    if (!definition) {
        driver_host_unreadable(engine->driver->host, findings, failure);
        return MORTISE_OK;
    }
    qemu_engine_context(engine->driver, definition, &context, &emulator);
    found = qemu_engine_findings(engine->driver, definition, &context);
    driver_host_findings(engine->driver->host, findings, found);
    return MORTISE_OK;
}
