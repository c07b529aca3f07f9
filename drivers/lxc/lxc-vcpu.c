// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface vcpu/1: a container has no vCPUs, and in the emulator's place the set of CPUs of all that is in it.
#include <string.h>

#include "domain-vcpus.h"
#include "driver-host.h"
#include "host-cpus.h"
#include "lxc-cpus.h"
#include "lxc-engine.h"

static MortiseResult
refuse_count(const LxcDriver *driver)
{
    DriverFailure *failure = NULL;

    driver_failure_set(&failure, "unsupported", "vcpu",
                       "Use 'schedinfo' (vcpu_quota) for how much CPU time it gets, 'emulatorpin' for which CPUs.",
                       "A container has no vCPUs: the number in its definition is told and limits nothing.");
    return lxc_fail(driver, failure);
}

static MortiseResult
refuse_vcpu(const LxcDriver *driver)
{
    DriverFailure *failure = NULL;

    driver_failure_set(&failure, "unsupported", "vcpupin", "Use 'emulatorpin', which moves all that is in it.",
                       "A container has no vCPUs that could be pinned one by one.");
    return lxc_fail(driver, failure);
}

MortiseResult
lxc_vcpu_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus)
{
    LxcDomain *reported = domain;
    DriverFailure *failure = NULL;
    g_autoptr(LxcGuest) guest = lxc_domain_borrow(reported, &failure);

    (void) vcpus;
    if (guest == NULL) {
        return lxc_fail(reported->engine->driver, failure);
    }
    summary->model = MORTISE_VCPU_MODEL_NONE;
    summary->pinnable = 0;
    summary->maximum = guest->record->vcpus;
    (void) g_snprintf(summary->reason, sizeof(summary->reason),
                      "A container has no vCPUs, and the number %u of its definition limits nothing: its processes run "
                      "on the CPUs of this host that emulatorpin names, for as long as schedinfo allows.",
                      guest->record->vcpus);
    return MORTISE_OK;
}

MortiseResult
lxc_vcpu_set_count(void *domain, uint32_t count)
{
    (void) count;
    return refuse_count(((const LxcDomain *) domain)->engine->driver);
}

static MortiseResult
move(LxcDomain *domain, LxcGuest *guest, const ProcessIdentity *init, const char *cpus, DriverFailure **failure)
{
    g_autofree char *old = lxc_domain_copy_xml(domain, guest);
    g_autofree char *xml = NULL;
    g_autoptr(GString) line = g_string_new(NULL);
    DomainCpus set;

    if (cpus != NULL && !host_cpus_parse(cpus, domain->name, &set, failure)) {
        return MORTISE_FAILED;
    }
    xml = domain_vcpus_edit_cpus(old, cpus, failure);
    if (xml == NULL || !lxc_cpus_write(domain->engine->cgroups, guest->record->place, cpus != NULL ? &set : NULL, line,
                                       failure)) {
        (void) lxc_domain_require_life(domain, guest, init, failure);
        return MORTISE_FAILED;
    }
    lxc_domain_keep_limits(domain, guest, line->str);
    // Another life may have read what is kept before it was there.
    if (!lxc_domain_require_life(domain, guest, init, failure)) {
        return MORTISE_FAILED;
    }
    return lxc_domain_set_xml(domain, guest, g_steal_pointer(&xml)) ? MORTISE_OK : MORTISE_FAILED;
}

MortiseResult
lxc_vcpu_pin(void *domain, uint32_t vcpu, const char *cpus)
{
    LxcDomain *moved = domain;
    const LxcDriver *driver = moved->engine->driver;
    DriverFailure *failure = NULL;
    ProcessIdentity init;
    g_autoptr(LxcGuest) guest = NULL;
    MortiseResult result;

    if (vcpu != MORTISE_VCPU_EMULATOR) {
        return refuse_vcpu(driver);
    }
    guest = lxc_domain_borrow_init(moved, &init, &failure);
    result = guest != NULL ? move(moved, guest, &init, cpus, &failure) : MORTISE_FAILED;
    // Without a failure it is the host that has said what is wrong.
    return failure != NULL ? lxc_fail(driver, failure) : result;
}

MortiseResult
lxc_vcpu_pins(void *domain, MortiseSink *pins)
{
    LxcDomain *read = domain;
    const LxcEngine *engine = read->engine;
    DriverFailure *failure = NULL;
    g_autoptr(LxcGuest) guest = lxc_domain_borrow(read, &failure);
    g_autofree char *text = NULL;
    DomainCpus cpus;

    if (guest == NULL) {
        return lxc_fail(engine->driver, failure);
    }
    if (lxc_cpus_read(engine->cgroups, guest->record->place, &cpus)) {
        text = domain_cpus_to_text(&cpus);
    }
    driver_host_pin(engine->driver->host, pins, MORTISE_VCPU_EMULATOR, text);
    return MORTISE_OK;
}

MortiseResult
lxc_vcpu_read_settings(void *connection, const char *xml, MortiseVcpuSettings *settings, MortiseSink *pins)
{
    const LxcDriver *driver = ((const LxcEngine *) connection)->driver;
    DriverFailure *failure = NULL;
    g_autoptr(LxcDefinition) definition = lxc_definition_parse(xml, &failure);

    if (definition == NULL) {
        return lxc_fail(driver, failure);
    }
    // As domstats and the report of one that runs.
    settings->current = definition->base->maximum_vcpus;
    settings->maximum = definition->base->maximum_vcpus;
    driver_host_pin(driver->host, pins, MORTISE_VCPU_EMULATOR, definition->base->cpus);
    return MORTISE_OK;
}

MortiseResult
lxc_vcpu_edit_count(void *connection, const char *xml, uint32_t count, uint32_t maximum, MortiseSink *text)
{
    (void) xml;
    (void) count;
    (void) maximum;
    (void) text;
    return refuse_count(((const LxcEngine *) connection)->driver);
}

MortiseResult
lxc_vcpu_edit_pin(void *connection, const char *xml, uint32_t vcpu, const char *cpus, MortiseSink *text)
{
    const LxcDriver *driver = ((const LxcEngine *) connection)->driver;
    DriverFailure *failure = NULL;
    g_autofree char *changed = NULL;

    if (vcpu != MORTISE_VCPU_EMULATOR) {
        return refuse_vcpu(driver);
    }
    changed = domain_vcpus_edit_cpus(xml, cpus, &failure);
    if (changed == NULL) {
        return lxc_fail(driver, failure);
    }
    driver->host->sink_text(text, changed, strlen(changed));
    return MORTISE_OK;
}
