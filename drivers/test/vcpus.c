// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface vcpu/1, but for its report: numbers and pins that stand in texts, and are kept as a real driver keeps them.
#include "domain-cpus.h"
#include "domain-text.h"
#include "domain-vcpus.h"
#include "domain.h"
#include "interfaces.h"

#include <string.h>

static guint
whose(uint32_t vcpu)
{
    return vcpu == MORTISE_VCPU_EMULATOR ? DOMAIN_TEXT_EMULATOR : vcpu;
}

static MortiseResult
set_count_locked(TestDomain *domain, uint32_t count)
{
    const TestDriver *driver = domain->connection->driver;
    const guint maximum = domain->running->maximum_vcpus;
    g_autofree char *told = g_strdup_printf("%u", count);
    DriverFailure *failure = NULL;

    if (count < 1 || count > maximum) {
        return test_fail(driver, "invalid-argument", domain->name,
                         "a higher maximum in the definition counts from the next start on",
                         "domain '%s' can have 1 to %u vCPUs while it runs, and %u is none of these", domain->name,
                         maximum, count);
    }
    if (count == domain->running->vcpus) {
        return MORTISE_OK;
    }
    char *text = domain_vcpus_edit_count(domain->running->text, count, 0, &failure);
    MortiseResult result = test_domain_go_on(domain, text, failure);
    if (result == MORTISE_OK) {
        driver->host->domain_event(domain->host_domain, "vcpu-count", told);
    }
    return result;
}

MortiseResult
test_vcpu_set_count(void *handle, uint32_t count)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = test_domain_enter(domain, TEST_OPERATION_SET_VCPUS);

    if (result == MORTISE_OK) {
        result = set_count_locked(domain, count);
        test_domain_unlock(domain);
    }
    return result;
}

/* Whether the host of this world has all those CPUs. */
static gboolean
check_cpus(const TestDomain *domain, const char *cpus)
{
    const guint count = domain->connection->world->host.cpus;
    DomainCpus host = {.words = {0}};
    DomainCpus set;
    g_autofree char *wrong = cpus != NULL ? domain_cpus_parse(cpus, &set) : NULL;

    if (wrong != NULL) {
        (void) test_fail(domain->connection->driver, "invalid-argument", domain->name, NULL, "%s", wrong);
        return FALSE;
    }
    for (guint i = 0; i < MIN(count, DOMAIN_CPUS_LIMIT); i++) {
        domain_cpus_add(&host, i);
    }
    gint beyond = cpus != NULL ? domain_cpus_first_beyond(&set, &host) : -1;
    if (beyond >= 0) {
        (void) test_fail(domain->connection->driver, "invalid-argument", domain->name, NULL,
                         "'%s' has CPU %d, and this host has %u", cpus, beyond, count);
    }
    return beyond < 0;
}

static MortiseResult
pin_locked(TestDomain *domain, uint32_t vcpu, const char *cpus)
{
    const gboolean emulator = vcpu == MORTISE_VCPU_EMULATOR;
    DriverFailure *failure = NULL;

    if (!emulator && domain->vcpu_model != MORTISE_VCPU_MODEL_PER_VCPU) {
        return test_fail(domain->connection->driver, "unsupported", domain->name,
                         "emulatorpin moves the guest as a whole", "%s", test_vcpu_reasons[domain->vcpu_model]);
    }
    if (!check_cpus(domain, cpus)) {
        return MORTISE_FAILED;
    }
    char *text = domain_vcpus_edit_pin(domain->running->text, whose(vcpu), cpus, &failure);
    return test_domain_go_on(domain, text, failure);
}

MortiseResult
test_vcpu_pin(void *handle, uint32_t vcpu, const char *cpus)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = test_domain_enter(domain, TEST_OPERATION_PIN);

    if (result == MORTISE_OK) {
        result = pin_locked(domain, vcpu, cpus);
        test_domain_unlock(domain);
    }
    return result;
}

static void
tell(const TestDriver *driver, MortiseSink *sink, guint id, const char *affinity)
{
    MortiseVcpu vcpu = {
        .struct_size = sizeof vcpu,
        .id = id,
        .state = MORTISE_VCPU_UNKNOWN,
        .cpu = -1,
        .thread_id = -1,
        .cpu_time = -1,
        .affinity = affinity,
    };

    driver->host->sink_vcpu(sink, &vcpu);
}

MortiseResult
test_vcpu_pins(void *handle, MortiseSink *pins)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const TestDriver *driver = domain->connection->driver;
    const guint cpus = domain->connection->world->host.cpus;
    g_autofree char *all = cpus > 1 ? g_strdup_printf("0-%u", cpus - 1) : g_strdup("0");

    if (test_domain_enter(domain, TEST_OPERATION_VCPU_PINS) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    g_autoptr(TestDefinition) running = test_definition_ref(domain->running);
    test_domain_unlock(domain);
    g_autoptr(DomainDefinition) said = domain_definition_parse(running->text, -1, NULL);
    for (guint i = 0; domain->vcpu_model == MORTISE_VCPU_MODEL_PER_VCPU && i < running->vcpus; i++) {
        const char *own = said != NULL ? domain_definition_cpus(said, i) : NULL;
        tell(driver, pins, i, own != NULL ? own : all);
    }
    const char *emulator = said != NULL ? domain_definition_cpus(said, DOMAIN_TEXT_EMULATOR) : NULL;
    tell(driver, pins, MORTISE_VCPU_EMULATOR, emulator != NULL ? emulator : all);
    return MORTISE_OK;
}

MortiseResult
test_vcpu_read_settings(void *handle, const char *xml, MortiseVcpuSettings *settings, MortiseSink *pins)
{
    const TestConnection *connection = handle;
    DriverFailure *failure = NULL;
    g_autoptr(DomainDefinition) definition = domain_definition_parse(xml, -1, &failure);

    if (definition == NULL) {
        return test_fail_with(connection->driver, failure);
    }
    settings->current = definition->current_vcpus;
    settings->maximum = definition->maximum_vcpus;
    for (guint i = 0; i < definition->maximum_vcpus; i++) {
        tell(connection->driver, pins, i, domain_definition_cpus(definition, i));
    }
    tell(connection->driver, pins, MORTISE_VCPU_EMULATOR, domain_definition_cpus(definition, DOMAIN_TEXT_EMULATOR));
    return MORTISE_OK;
}

/* Hands a text over, which is freed; NULL fails with the cause. */
static MortiseResult
give(const TestConnection *connection, char *text, DriverFailure *failure, MortiseSink *sink)
{
    g_autofree char *owned = text;

    if (owned == NULL) {
        return test_fail_with(connection->driver, failure);
    }
    connection->driver->host->sink_text(sink, owned, strlen(owned));
    return MORTISE_OK;
}

MortiseResult
test_vcpu_edit_count(void *handle, const char *xml, uint32_t count, uint32_t maximum, MortiseSink *text)
{
    DriverFailure *failure = NULL;
    char *changed = domain_vcpus_edit_count(xml, count, maximum, &failure);

    return give(handle, changed, failure, text);
}

MortiseResult
test_vcpu_edit_pin(void *handle, const char *xml, uint32_t vcpu, const char *cpus, MortiseSink *text)
{
    DriverFailure *failure = NULL;
    char *changed = domain_vcpus_edit_pin(xml, whose(vcpu), cpus, &failure);

    return give(handle, changed, failure, text);
}
