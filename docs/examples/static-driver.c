// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A driver inside of an application, here to test how the application takes a start that fails at first.
#include <mortise/driver/lifecycle.h>
#include <mortise/mortise.h>

/* What the driver keeps; one connection and one domain are enough for this test. */
static struct {
    const MortiseHost *host;
    MortiseHostDriver *self;
    MortiseHostDomain *domain;
    guint starts;
} busy;

static void
publish(uint32_t state, const char *reason)
{
    MortiseDomainStatus status = {sizeof status, state, -1, reason, NULL};

    busy.host->domain_status(busy.domain, &status);
}

static MortiseResult
busy_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    busy.host = host;
    busy.self = self;
    *driver = &busy;
    return MORTISE_OK;
}

static MortiseResult
busy_probe(void *driver G_GNUC_UNUSED, uint32_t full G_GNUC_UNUSED, MortiseSink *findings G_GNUC_UNUSED)
{
    return MORTISE_OK;
}

static MortiseResult
busy_open(void *driver G_GNUC_UNUSED, const MortiseConnectionArguments *arguments G_GNUC_UNUSED,
          MortiseHostConnection *host, void **connection)
{
    MortiseDomainIdentity identity = {
        .struct_size = sizeof identity,
        .persistent = 1,
        .uuid = {0x5d, 0xc1, 0x40, 0xf2},
        .name = "printer",
        .type = "busy",
        .inactive_xml = "<domain type='busy'><name>printer</name><uuid>5dc140f2-0000-0000-0000-000000000000</uuid>"
                        "<memory>1024</memory></domain>",
    };

    busy.domain = busy.host->domain_announce(host, &identity);
    publish(MORTISE_STATE_SHUTOFF, NULL);
    *connection = &busy;
    return MORTISE_OK;
}

static void
busy_close(void *handle G_GNUC_UNUSED)
{
}

static MortiseResult
busy_capabilities(void *connection G_GNUC_UNUSED, MortiseSink *xml)
{
    static const char text[] = "<capabilities><host/></capabilities>";

    busy.host->sink_text(xml, text, sizeof text - 1);
    return MORTISE_OK;
}

static MortiseResult
busy_host_information(void *connection G_GNUC_UNUSED, MortiseHostInformation *information)
{
    information->cpus = 1;
    return MORTISE_OK;
}

static MortiseResult
busy_domain_open(void *connection G_GNUC_UNUSED, const MortiseDomainArguments *arguments G_GNUC_UNUSED,
                 MortiseHostDomain *host, void **domain)
{
    *domain = host;
    return MORTISE_OK;
}

/* Fails twice, as if another program still held what the guest needs. */
static MortiseResult
busy_start(void *domain G_GNUC_UNUSED, const MortiseStartArguments *arguments G_GNUC_UNUSED)
{
    if (++busy.starts <= 2) {
        busy.host->set_error(busy.self, "resource-busy", "/dev/printer", "the printer is used by another program",
                             NULL);
        return MORTISE_FAILED;
    }
    publish(MORTISE_STATE_RUNNING, "booted");
    return MORTISE_OK;
}

static MortiseResult
busy_stop(void *domain G_GNUC_UNUSED, uint32_t flags G_GNUC_UNUSED)
{
    publish(MORTISE_STATE_SHUTOFF, "destroyed");
    return MORTISE_OK;
}

static const MortiseDriverOperations operations = {
    .struct_size = sizeof operations,
    .startup = busy_startup,
    .probe = busy_probe,
    .open = busy_open,
    .close = busy_close,
    .capabilities = busy_capabilities,
    .host_information = busy_host_information,
    .domain_open = busy_domain_open,
    .domain_close = busy_close,
};

static const MortiseLifecycle lifecycle = {
    .head = {sizeof lifecycle, MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = busy_start,
    .stop = busy_stop,
};

static const char *const names[] = {"busy", NULL};
static const MortiseInterface *const interfaces[] = {&lifecycle.head, NULL};

static const MortiseModuleDescriptor descriptor = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_DRIVER,
    .thread_model = MORTISE_THREADS_SERIAL_ALL,
    .flags = MORTISE_DRIVER_OWNS_DOMAINS,
    .name = "busy",
    .version = "1",
    .licence = "LGPL-2.1-or-later",
    .schemes = names,
    .domain_types = names,
    .interfaces = interfaces,
    .operations = &operations,
};

/* What is to be tested: the part of the application that starts a domain, and is patient. */
static gboolean
start_patiently(MortiseDomain *domain, guint attempts, GError **error)
{
    g_autoptr(GError) cause = NULL;

    while (!mortise_domain_start(domain, MORTISE_START_NONE, NULL, &cause)) {
        if (--attempts == 0 || !mortise_error_is_retryable(cause)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return FALSE;
        }
        g_print("once more: %s\n", mortise_error_get_summary(cause));
        g_clear_error(&cause);
    }
    return TRUE;
}

int
main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = mortise_registry_new();
    g_autoptr(MortiseConnection) connection = NULL;
    g_autoptr(MortiseDomain) domain = NULL;

    if (mortise_registry_add_static(registry, &descriptor, &error)) {
        connection = mortise_connection_open_full(registry, "busy:///", MORTISE_OPEN_NONE, NULL, &error);
    }
    if (connection != NULL) {
        domain = mortise_connection_lookup_domain(connection, "printer", &error);
    }
    if (domain == NULL || !start_patiently(domain, 5, &error)) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    g_print("%s: %s after %u starts\n", mortise_domain_get_name(domain),
            mortise_domain_state_to_string(mortise_domain_get_state(domain, NULL)), busy.starts);
    return 0;
}
