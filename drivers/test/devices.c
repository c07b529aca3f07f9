// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interfaces device/1, memory/1 and tuning/1: changes of the text that a domain runs with, or of its definition.
#include "domain-edit.h"
#include "domain.h"
#include "interfaces.h"

static MortiseResult
change_device(void *handle, TestOperation operation, guint action, const char *device, const char *event)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = test_domain_enter(domain, operation);
    g_autofree char *what = NULL;
    DriverFailure *failure = NULL;

    if (result != MORTISE_OK) {
        return result;
    }
    char *text = domain_edit_device(domain->running->text, action, device, &what, &failure);
    result = test_domain_go_on(domain, text, failure);
    if (result == MORTISE_OK) {
        domain->connection->driver->host->domain_event(domain->host_domain, event, what);
    }
    test_domain_unlock(domain);
    return result;
}

static MortiseResult
device_attach(void *handle, const char *device)
{
    return change_device(handle, TEST_OPERATION_ATTACH_DEVICE, MORTISE_DEVICE_ATTACH, device, "device-added");
}

static MortiseResult
device_detach(void *handle, const char *device)
{
    return change_device(handle, TEST_OPERATION_DETACH_DEVICE, MORTISE_DEVICE_DETACH, device, "device-removed");
}

static MortiseResult
device_update(void *handle, const char *device)
{
    return change_device(handle, TEST_OPERATION_UPDATE_DEVICE, MORTISE_DEVICE_UPDATE, device, "device-changed");
}

static MortiseResult
device_edit(void *handle, const char *xml, uint32_t action, const char *device, MortiseSink *text)
{
    const TestDriver *driver = ((const TestConnection *) handle)->driver;

    return domain_edit_device_call(driver->host, driver->self, xml, action, device, text);
}

static MortiseResult
memory_set(void *handle, uint64_t kib)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = test_domain_enter(domain, TEST_OPERATION_SET_MEMORY);
    DriverFailure *failure = NULL;

    if (result == MORTISE_OK) {
        char *text = domain_edit_memory(domain->running->text, kib, 0, &failure);
        result = test_domain_go_on(domain, text, failure);
        test_domain_unlock(domain);
    }
    return result;
}

static MortiseResult
memory_edit(void *handle, const char *xml, uint64_t current_kib, uint64_t maximum_kib, MortiseSink *text)
{
    const TestDriver *driver = ((const TestConnection *) handle)->driver;

    return domain_edit_memory_call(driver->host, driver->self, xml, current_kib, maximum_kib, text);
}

/* What a kernel has for a group that nobody has changed; a domain's own text comes on top. */
static void
tell_defaults(const TestDriver *driver, guint group, MortiseSink *values)
{
    static const struct {
        guint group;
        const char *key;
        gint64 number;
    } defaults[] = {
        {MORTISE_TUNING_MEMORY, "hard_limit", MORTISE_TUNING_UNLIMITED},
        {MORTISE_TUNING_MEMORY, "soft_limit", MORTISE_TUNING_UNLIMITED},
        {MORTISE_TUNING_MEMORY, "swap_hard_limit", MORTISE_TUNING_UNLIMITED},
        {MORTISE_TUNING_CPU, "cpu_shares", 1024},
        {MORTISE_TUNING_CPU, "vcpu_period", 100000},
        {MORTISE_TUNING_CPU, "vcpu_quota", MORTISE_TUNING_UNLIMITED},
        {MORTISE_TUNING_BLOCK, "weight", 500},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(defaults); i++) {
        const MortiseValue value = {
            .struct_size = sizeof value, .type = MORTISE_VALUE_SIGNED, .key = defaults[i].key,
            .number = (uint64_t) defaults[i].number,
        };

        if (defaults[i].group == group) {
            driver->host->sink_value(values, &value);
        }
    }
}

static MortiseResult
tuning_read(void *handle, uint32_t group, MortiseSink *values)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const TestDriver *driver = domain->connection->driver;

    if (test_domain_enter(domain, TEST_OPERATION_TUNING) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    g_autoptr(TestDefinition) running = test_definition_ref(domain->running);
    test_domain_unlock(domain);
    tell_defaults(driver, group, values);
    return domain_read_tuning_call(driver->host, driver->self, running->text, group, values);
}

static MortiseResult
tuning_set(void *handle, uint32_t group, const MortiseValue *values, uint32_t count)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = test_domain_enter(domain, TEST_OPERATION_SET_TUNING);
    DriverFailure *failure = NULL;

    if (result == MORTISE_OK) {
        char *text = domain_edit_tuning(domain->running->text, group, values, count, &failure);
        result = test_domain_go_on(domain, text, failure);
        test_domain_unlock(domain);
    }
    return result;
}

static MortiseResult
tuning_read_definition(void *handle, const char *xml, uint32_t group, MortiseSink *values)
{
    const TestDriver *driver = ((const TestConnection *) handle)->driver;

    return domain_read_tuning_call(driver->host, driver->self, xml, group, values);
}

static MortiseResult
tuning_edit(void *handle, const char *xml, uint32_t group, const MortiseValue *values, uint32_t count,
            MortiseSink *text)
{
    const TestDriver *driver = ((const TestConnection *) handle)->driver;

    return domain_edit_tuning_call(driver->host, driver->self, xml, group, values, count, text);
}

const MortiseDeviceInterface test_device_interface = {
    .head = {sizeof(MortiseDeviceInterface), MORTISE_DEVICE_VERSION, MORTISE_DEVICE_ID},
    .attach = device_attach,
    .detach = device_detach,
    .update = device_update,
    .edit = device_edit,
};

const MortiseMemoryInterface test_memory_interface = {
    .head = {sizeof(MortiseMemoryInterface), MORTISE_MEMORY_VERSION, MORTISE_MEMORY_ID},
    .set = memory_set,
    .edit = memory_edit,
};

const MortiseTuningInterface test_tuning_interface = {
    .head = {sizeof(MortiseTuningInterface), MORTISE_TUNING_VERSION, MORTISE_TUNING_ID},
    .read = tuning_read,
    .set = tuning_set,
    .read_definition = tuning_read_definition,
    .edit = tuning_edit,
};
