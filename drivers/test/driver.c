// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The driver without a hypervisor: its descriptor, its start and its end.
#include "console.h"
#include "interfaces.h"

#include <libxml/parser.h>

#define DRIVER_VERSION "0.1.0"

TestDriver *
test_driver_ref(TestDriver *driver)
{
    g_atomic_ref_count_inc(&driver->references);
    return driver;
}

void
test_driver_unref(TestDriver *driver)
{
    if (!g_atomic_ref_count_dec(&driver->references)) {
        return;
    }
    g_ptr_array_unref(driver->connections);
    g_ptr_array_unref(driver->consoles);
    g_mutex_clear(&driver->lock);
    g_free(driver);
}

static MortiseResult
driver_startup(const MortiseHost *host, MortiseHostDriver *self, void **started)
{
    TestDriver *driver = g_new0(TestDriver, 1);

    /* Before there are threads that parse. */
    LIBXML_TEST_VERSION;
    g_atomic_ref_count_init(&driver->references);
    driver->host = host;
    driver->self = self;
    g_mutex_init(&driver->lock);
    driver->connections = g_ptr_array_new();
    driver->consoles = g_ptr_array_new();
    *started = driver;
    return MORTISE_OK;
}

static void
driver_shutdown(void *handle)
{
    TestDriver *driver = handle;

    /* An opening that hangs has no connection that could be closed. */
    g_mutex_lock(&driver->lock);
    for (guint i = 0; i < driver->connections->len; i++) {
        test_connection_interrupt(g_ptr_array_index(driver->connections, i));
    }
    g_mutex_unlock(&driver->lock);
    test_console_end_all(driver);
    test_driver_unref(driver);
}

static MortiseResult
driver_probe(void *handle, uint32_t full, MortiseSink *findings)
{
    const TestDriver *driver = handle;
    MortiseFinding finding = {
        .struct_size = sizeof finding,
        .verdict = MORTISE_VERDICT_GOOD,
        .id = "no-hypervisor",
        .message = "the test driver needs nothing of this host",
    };

    (void) full;
    driver->host->sink_finding(findings, &finding);
    return MORTISE_OK;
}

static const MortiseDriverOperations operations = {
    .struct_size = sizeof operations,
    .startup = driver_startup,
    .shutdown = driver_shutdown,
    .probe = driver_probe,
    .open = test_connection_open,
    .close = test_connection_close,
    .capabilities = test_connection_capabilities,
    .host_information = test_connection_host_information,
    .domain_open = test_domain_open,
    .domain_close = test_domain_close,
    .interrupt = test_connection_interrupt,
};

static const MortiseParameter parameter_domains = {
    sizeof(MortiseParameter), MORTISE_VALUE_UNSIGNED, "domains", "0",
    "Adds so many domains named test-0001 and on, up to 100000.",
};
static const MortiseParameter parameter_state = {
    sizeof(MortiseParameter), MORTISE_VALUE_TEXT, "state", "running",
    "State of the domains that the parameter domains adds: running or shutoff.",
};
static const MortiseParameter parameter_latency = {
    sizeof(MortiseParameter), MORTISE_VALUE_UNSIGNED, "latency", "0",
    "Milliseconds that each call takes, unless a domain's own script says otherwise.",
};

static const char *const schemes[] = {"test", NULL};
static const char *const domain_types[] = {TEST_DOMAIN_TYPE, NULL};
static const MortiseParameter *const parameters[] = {
    &parameter_domains, &parameter_state, &parameter_latency, NULL,
};
static const MortiseInterface *const interfaces[] = {
    &test_lifecycle_interface.head, &test_config_interface.head, &test_vcpu_interface.head,
    &test_stats_interface.head, &test_console_interface.head, &test_migration_interface.head,
    &test_device_interface.head, &test_memory_interface.head, &test_tuning_interface.head, NULL,
};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_DRIVER,
    .thread_model = MORTISE_THREADS_PARALLEL,
    .flags = MORTISE_DRIVER_OWNS_DOMAINS,
    .name = "test",
    .version = DRIVER_VERSION,
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "Domains without a hypervisor, for tests: any number, as slow, hanging or failing as a file says",
    .package = "mortise-driver-test",
    .schemes = schemes,
    .domain_types = domain_types,
    .parameters = parameters,
    .interfaces = interfaces,
    .operations = &operations,
};
