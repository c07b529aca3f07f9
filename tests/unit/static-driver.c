// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A driver inside of the test program; it keeps its own two domains, "a" (running) and "b" (shut off).
#include "static-driver.h"

#include "../mortise-test.h"

#include <string.h>

static StaticDriver *world;
/* A module is started once in a process, so what it was given outlives a test's world. */
static const MortiseHost *given_host;
static MortiseHostDriver *given_self;

typedef struct {
    MortiseHostConnection *host;
    MortiseHostDomain *domains[2];
} StaticConnection;

typedef struct {
    MortiseHostDomain *host;
    char name[8];
} StaticDomain;

void
static_driver_use(StaticDriver *driver)
{
    memset(driver, 0, sizeof(*driver));
    g_mutex_init(&driver->lock);
    g_cond_init(&driver->changed);
    driver->status_state = MORTISE_STATE_RUNNING;
    driver->host = given_host;
    driver->self = given_self;
    world = driver;
}

void
static_driver_clear(StaticDriver *driver)
{
    g_mutex_clear(&driver->lock);
    g_cond_clear(&driver->changed);
}

void
static_driver_release(StaticDriver *driver)
{
    g_mutex_lock(&driver->lock);
    driver->hold = FALSE;
    g_cond_broadcast(&driver->changed);
    g_mutex_unlock(&driver->lock);
}

gboolean
static_driver_wait_inside(StaticDriver *driver, guint count)
{
    gint64 until = g_get_monotonic_time() + 120 * G_TIME_SPAN_SECOND;
    gboolean in_time = TRUE;
    g_mutex_lock(&driver->lock);
    while (driver->inside < count && in_time) {
        in_time = g_cond_wait_until(&driver->changed, &driver->lock, until);
    }
    g_mutex_unlock(&driver->lock);
    return in_time;
}

static MortiseResult
visit(const char *domain)
{
    g_mutex_lock(&world->lock);
    world->entered++;
    world->inside++;
    world->most_inside = MAX(world->most_inside, world->inside);
    g_cond_broadcast(&world->changed);
    while (world->hold && (world->held_domain == NULL || g_strcmp0(world->held_domain, domain) == 0)) {
        g_cond_wait(&world->changed, &world->lock);
    }
    world->inside--;
    g_cond_broadcast(&world->changed);
    MortiseResult result = world->result;
    const char *reason = world->reason;
    g_mutex_unlock(&world->lock);
    if (result != MORTISE_OK && reason != NULL) {
        world->host->set_error(world->self, reason, "thing", "it broke", "mend it");
    }
    return result;
}

static MortiseResult
static_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    given_host = world->host = host;
    given_self = world->self = self;
    *driver = self;
    return MORTISE_OK;
}

static MortiseResult
static_probe(void *driver G_GNUC_UNUSED, uint32_t full G_GNUC_UNUSED, MortiseSink *findings)
{
    MortiseFinding finding = {sizeof(finding), MORTISE_VERDICT_GOOD, 0, 0, "static", NULL, "all is well", NULL};
    world->host->sink_finding(findings, &finding);
    return visit(NULL);
}

static MortiseHostDomain *
announce(StaticConnection *connection, const char *name, guint8 number)
{
    g_autofree char *xml = g_strdup_printf("<domain type='static'><name>%s</name>"
                                           "<uuid>00000000-0000-0000-0000-0000000000%02x</uuid>"
                                           "<memory unit='MiB'>64</memory></domain>",
                                           name, number);
    MortiseDomainIdentity identity = {
        .struct_size = sizeof(identity), .persistent = 1, .name = name, .type = "static", .inactive_xml = xml};
    identity.uuid[15] = number;
    return world->host->domain_announce(connection->host, &identity);
}

static MortiseResult
static_open(void *driver G_GNUC_UNUSED, const MortiseConnectionArguments *arguments G_GNUC_UNUSED,
            MortiseHostConnection *host, void **opened)
{
    StaticConnection *connection = g_new0(StaticConnection, 1);
    connection->host = host;
    connection->domains[0] = announce(connection, "a", 1);
    connection->domains[1] = announce(connection, "b", 2);
    MortiseDomainStatus running = {sizeof(running), MORTISE_STATE_RUNNING, 7, "booted", NULL};
    world->host->domain_status(connection->domains[0], &running);
    *opened = connection;
    return MORTISE_OK;
}

static void
static_close(void *connection)
{
    world->closed = TRUE;
    g_free(connection);
}

static MortiseResult
static_capabilities(void *connection G_GNUC_UNUSED, MortiseSink *xml)
{
    const char *text = world->capabilities != NULL ? world->capabilities : "<capabilities><host/></capabilities>";
    world->host->sink_text(xml, text, strlen(text));
    return visit(NULL);
}

static MortiseResult
static_host_information(void *connection G_GNUC_UNUSED, MortiseHostInformation *information)
{
    information->cpus = 4;
    (void) g_strlcpy(information->model, "static", sizeof(information->model));
    return visit(NULL);
}

static MortiseResult
static_domain_open(void *connection G_GNUC_UNUSED, const MortiseDomainArguments *arguments, MortiseHostDomain *host,
                   void **opened)
{
    StaticDomain *domain = g_new0(StaticDomain, 1);
    domain->host = host;
    (void) g_strlcpy(domain->name, arguments->name, sizeof(domain->name));
    g_atomic_int_inc((gint *) &world->opened_domains);
    *opened = domain;
    return MORTISE_OK;
}

static void
static_domain_close(void *domain)
{
    g_atomic_int_inc((gint *) &world->closed_domains);
    g_free(domain);
}

static MortiseResult
publish(StaticDomain *domain, guint32 state, const char *reason)
{
    MortiseResult result = visit(domain->name);
    if (result == MORTISE_OK) {
        gint64 id = state == MORTISE_STATE_SHUTOFF ? -1 : 7;
        MortiseDomainStatus status = {sizeof(status), state, id, reason, NULL};
        world->host->domain_status(domain->host, &status);
    }
    return result;
}

static MortiseResult
static_start(void *domain, const MortiseStartArguments *arguments G_GNUC_UNUSED)
{
    return publish(domain, world->status_state, "booted");
}

static MortiseResult
static_stop(void *domain, uint32_t flags G_GNUC_UNUSED)
{
    return publish(domain, MORTISE_STATE_SHUTOFF, "destroyed");
}

static MortiseResult
static_suspend(void *domain)
{
    return publish(domain, MORTISE_STATE_PAUSED, "user");
}

static MortiseResult
static_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *sink)
{
    MortiseResult result = visit(((StaticDomain *) domain)->name);
    return world->report != NULL ? world->report(summary, sink) : result;
}

static MortiseResult
static_pins(void *domain, MortiseSink *pins)
{
    MortiseVcpu vcpu = {sizeof(vcpu), MORTISE_VCPU_EMULATOR, MORTISE_VCPU_UNKNOWN, -1, -1, -1, "0-1"};
    world->host->sink_vcpu(pins, &vcpu);
    return visit(((StaticDomain *) domain)->name);
}

static MortiseResult
static_read_settings(void *connection G_GNUC_UNUSED, const char *xml G_GNUC_UNUSED, MortiseVcpuSettings *settings,
                     MortiseSink *pins G_GNUC_UNUSED)
{
    settings->current = world->vcpus;
    settings->maximum = 2;
    return visit(NULL);
}

static MortiseResult
static_edit_count(void *connection G_GNUC_UNUSED, const char *xml G_GNUC_UNUSED, uint32_t count G_GNUC_UNUSED,
                  uint32_t maximum G_GNUC_UNUSED, MortiseSink *text)
{
    world->host->sink_text(text, world->edited, strlen(world->edited));
    return visit(NULL);
}

static MortiseResult
static_collect(void *domain, uint32_t groups G_GNUC_UNUSED, MortiseSink *values)
{
    MortiseValue value = {sizeof(value), MORTISE_VALUE_UNSIGNED, "cpu.time", 1234, NULL};
    world->host->sink_value(values, &value);
    return visit(((StaticDomain *) domain)->name);
}

static MortiseResult
static_device_edit(void *connection G_GNUC_UNUSED, const char *xml G_GNUC_UNUSED, uint32_t action G_GNUC_UNUSED,
                   const char *device G_GNUC_UNUSED, MortiseSink *text)
{
    world->host->sink_text(text, world->edited, strlen(world->edited));
    return visit(NULL);
}

static MortiseResult
static_read_definition(void *connection G_GNUC_UNUSED, const char *xml G_GNUC_UNUSED, uint32_t group G_GNUC_UNUSED,
                       MortiseSink *values)
{
    world->host->sink_value(values, &world->setting);
    return visit(NULL);
}

/* Every <odd/> is a finding of that line, and every <absent/> one about a file. */
static MortiseResult
static_check(void *connection G_GNUC_UNUSED, const char *xml, MortiseSink *findings)
{
    static const char *const words[][2] = {{"<odd/>", "element-unsupported"}, {"<absent/>", "file-missing"}};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        for (const char *at = strstr(xml, words[i][0]); at != NULL; at = strstr(at + 1, words[i][0])) {
            MortiseFinding finding = {
                .struct_size = sizeof(finding), .verdict = MORTISE_VERDICT_BAD, .line = (guint32) (at - xml),
                .id = words[i][1], .object = words[i][0], .message = "it cannot be had",
            };
            world->host->sink_finding(findings, &finding);
        }
    }
    return visit(NULL);
}

static const MortiseDriverOperations operations = {
    .struct_size = sizeof(operations),
    .startup = static_startup,
    .probe = static_probe,
    .open = static_open,
    .close = static_close,
    .capabilities = static_capabilities,
    .host_information = static_host_information,
    .domain_open = static_domain_open,
    .domain_close = static_domain_close,
};

static const MortiseLifecycle lifecycle = {
    .head = {sizeof(lifecycle), MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = static_start,
    .stop = static_stop,
    .suspend = static_suspend,
};
static const MortiseVcpuInterface vcpu = {
    .head = {sizeof(vcpu), MORTISE_VCPU_VERSION, MORTISE_VCPU_ID},
    .report = static_report,
    .pins = static_pins,
    .read_settings = static_read_settings,
    .edit_count = static_edit_count,
};
static const MortiseStats stats = {
    .head = {sizeof(stats), MORTISE_STATS_VERSION, MORTISE_STATS_ID},
    .collect = static_collect,
};
static const MortiseDeviceInterface device = {
    .head = {sizeof(device), MORTISE_DEVICE_VERSION, MORTISE_DEVICE_ID},
    .edit = static_device_edit,
};
static const MortiseTuningInterface tuning = {
    .head = {sizeof(tuning), MORTISE_TUNING_VERSION, MORTISE_TUNING_ID},
    .read_definition = static_read_definition,
};
static const MortiseConfig config = {
    .head = {sizeof(config), MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID},
    .check = static_check,
};

static const char *const words[] = {"static", NULL};
static const MortiseInterface *const interfaces[] = {
    &lifecycle.head, &vcpu.head, &stats.head, &config.head, &device.head, &tuning.head, NULL,
};

#define STATIC_DESCRIPTOR(model) \
    { \
        MORTISE_DESCRIPTOR_HEAD, \
            .kind = MORTISE_KIND_DRIVER, .thread_model = (model), .flags = MORTISE_DRIVER_OWNS_DOMAINS, \
            .name = "static", .version = "1", .licence = "MIT", .vendor = "tests", \
            .summary = "a driver inside of the test program", .package = "none", .schemes = words, \
            .domain_types = words, .interfaces = interfaces, .operations = &operations \
    }

static const MortiseModuleDescriptor descriptors[] = {
    STATIC_DESCRIPTOR(MORTISE_THREADS_SERIAL_ALL),
    STATIC_DESCRIPTOR(MORTISE_THREADS_SERIAL_PER_CONNECTION),
    STATIC_DESCRIPTOR(MORTISE_THREADS_SERIAL_PER_DOMAIN),
    STATIC_DESCRIPTOR(MORTISE_THREADS_PARALLEL),
};

MortiseRegistry *
static_driver_registry(guint32 thread_model)
{
    static const char *const nowhere[] = {NULL};
    g_autoptr(GError) error = NULL;
    MortiseRegistry *registry = mortise_registry_new_for_directories(nowhere, "/nonexistent");
    gboolean added = mortise_registry_add_static(registry, &descriptors[thread_model], &error);
    CHECK_NO_ERROR(error);
    CHECK(added);
    return registry;
}
