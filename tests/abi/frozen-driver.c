// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A driver that uses everything the ABI has; copies of it, frozen with their headers, are run against every later core.
#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/vcpu.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
    const MortiseHost *host;
    MortiseHostDriver *self;
} Driver;

typedef struct {
    Driver *driver;
    MortiseHostConnection *host;
} Connection;

typedef struct {
    Driver *driver;
    MortiseHostDomain *host;
} Domain;

static MortiseResult
fail(const Driver *driver, const char *reason, const char *message)
{
    driver->host->set_error(driver->self, reason, "frozen", message, "look at the test");
    return MORTISE_FAILED;
}

static MortiseResult
frozen_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    Driver *made = calloc(1, sizeof *made);
    if (made == NULL || host->abi_major != MORTISE_ABI_MAJOR || host->struct_size < sizeof *host) {
        free(made);
        return MORTISE_FAILED;
    }
    made->host = host;
    made->self = self;
    host->log(self, MORTISE_LOG_DEBUG, "started");
    *driver = made;
    return MORTISE_OK;
}

static void
frozen_shutdown(void *driver)
{
    free(driver);
}

static MortiseResult
frozen_probe(void *driver, uint32_t full, MortiseSink *findings)
{
    const MortiseFinding finding = {
        sizeof finding, MORTISE_VERDICT_WARNING, 0, 0, "frozen", "/dev/frozen", "it is cold", full ? "thaw it" : NULL,
    };
    ((Driver *) driver)->host->sink_finding(findings, &finding);
    return MORTISE_OK;
}

static int
announce(const Connection *connection, const char *name, uint8_t number, const char *xml)
{
    MortiseDomainIdentity identity = {.struct_size = sizeof identity, .persistent = 1};
    identity.uuid[6] = 0x40;
    identity.uuid[8] = 0x80;
    identity.uuid[15] = number;
    identity.name = name;
    identity.type = "frozen";
    identity.inactive_xml = xml;
    return connection->driver->host->domain_announce(connection->host, &identity) != NULL;
}

static MortiseResult
frozen_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host, void **connection)
{
    static const char xml[] = "<domain type='frozen'><name>one</name><uuid>00000000-0000-4000-8000-000000000001</uuid>"
                              "<memory unit='MiB'>64</memory></domain>";
    Connection *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return MORTISE_FAILED;
    }
    made->driver = driver;
    made->host = host;
    if (strcmp(arguments->scheme, "frozen") != 0 || !announce(made, "one", 1, xml)) {
        free(made);
        return fail(driver, "internal", "the core does not take the domain");
    }
    *connection = made;
    return MORTISE_OK;
}

static void
frozen_close(void *connection)
{
    free(connection);
}

static MortiseResult
frozen_capabilities(void *connection, MortiseSink *xml)
{
    static const char *const parts[] = {"<capabilities>", "<host/>", "</capabilities>"};
    const MortiseHost *host = ((Connection *) connection)->driver->host;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        host->sink_text(xml, parts[i], strlen(parts[i]));
    }
    return MORTISE_OK;
}

static MortiseResult
frozen_host_information(void *connection, MortiseHostInformation *information)
{
    (void) connection;
    information->cpus = 3;
    information->memory_kib = 4096;
    memcpy(information->model, "ice", sizeof "ice");
    memcpy(information->hypervisor, "Frozen", sizeof "Frozen");
    information->hypervisor_version = 1002003;
    return MORTISE_OK;
}

static MortiseResult
frozen_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host, void **domain)
{
    Domain *made = calloc(1, sizeof *made);
    if (made == NULL || arguments->name == NULL) {
        free(made);
        return MORTISE_FAILED;
    }
    made->driver = ((Connection *) connection)->driver;
    made->host = host;
    *domain = made;
    return MORTISE_OK;
}

static void
frozen_domain_close(void *domain)
{
    free(domain);
}

static MortiseResult
publish(const Domain *domain, uint32_t state, const char *reason)
{
    const MortiseDomainStatus status = {
        .struct_size = sizeof status,
        .state = state,
        .id = state == MORTISE_STATE_SHUTOFF ? -1 : 42,
        .reason = reason,
        .detail = "as the frozen driver says",
    };
    domain->driver->host->domain_status(domain->host, &status);
    return MORTISE_OK;
}

static MortiseResult
frozen_start(void *domain, const MortiseStartArguments *arguments)
{
    const Domain *self = domain;
    if (self->driver->host->call_remaining(self->driver->self) == 0) {
        return fail(self->driver, "timeout", "there is no time left");
    }
    if (strstr(arguments->xml, "<name>one</name>") == NULL) {
        return fail(self->driver, "element-unsupported", "only one domain can start");
    }
    self->driver->host->domain_live_xml(self->host, arguments->xml);
    self->driver->host->domain_event(self->host, "reboot", NULL);
    return publish(self, (arguments->flags & MORTISE_START_PAUSED) != 0 ? MORTISE_STATE_PAUSED : MORTISE_STATE_RUNNING,
                   "booted");
}

static MortiseResult
frozen_stop(void *domain, uint32_t flags)
{
    const Domain *self = domain;
    (void) flags;
    self->driver->host->domain_live_xml(self->host, NULL);
    return publish(self, MORTISE_STATE_SHUTOFF, "destroyed");
}

static MortiseResult
frozen_shutdown_domain(void *domain, uint32_t flags)
{
    (void) flags;
    return fail(((Domain *) domain)->driver, "guest-not-responding", "the guest is frozen");
}

static MortiseResult
frozen_suspend(void *domain)
{
    return publish(domain, MORTISE_STATE_PAUSED, "user");
}

static MortiseResult
frozen_resume(void *domain)
{
    return publish(domain, MORTISE_STATE_RUNNING, "unpaused");
}

static MortiseResult
frozen_check(void *connection, const char *xml, MortiseSink *findings)
{
    const MortiseFinding finding = {
        sizeof finding, MORTISE_VERDICT_BAD, 2, 0, "element-unsupported", "disk", "no disks in the ice", NULL,
    };
    if (strstr(xml, "<disk") != NULL) {
        ((Connection *) connection)->driver->host->sink_finding(findings, &finding);
    }
    return MORTISE_OK;
}

static MortiseResult
frozen_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus)
{
    const MortiseVcpu vcpu = {sizeof vcpu, 0, MORTISE_VCPU_RUNNING, -1, -1, -1, NULL};
    summary->model = MORTISE_VCPU_MODEL_NONE;
    summary->maximum = 1;
    memcpy(summary->reason, "no threads in the ice", sizeof "no threads in the ice");
    ((Domain *) domain)->driver->host->sink_vcpu(vcpus, &vcpu);
    return MORTISE_OK;
}

static MortiseResult
frozen_collect(void *domain, uint32_t groups, MortiseSink *values)
{
    const MortiseHost *host = ((Domain *) domain)->driver->host;
    const MortiseValue time = {sizeof time, MORTISE_VALUE_UNSIGNED, "cpu.time", 77, NULL};
    const MortiseValue name = {sizeof name, MORTISE_VALUE_TEXT, "net.0.name", 0, "ice0"};
    if ((groups & MORTISE_STATS_CPU) != 0) {
        host->sink_value(values, &time);
    }
    if ((groups & MORTISE_STATS_INTERFACE) != 0) {
        host->sink_value(values, &name);
    }
    return MORTISE_OK;
}

static MortiseResult
frozen_console(void *domain, const char *device, uint32_t flags, MortiseFileDescriptor *fd)
{
    int pair[2];
    (void) device;
    (void) flags;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return fail(((Domain *) domain)->driver, "no-console", "no sockets");
    }
    /* The other end is left open for as long as the test runs. */
    *fd = pair[0];
    return MORTISE_OK;
}

static const MortiseDriverOperations operations = {
    sizeof(MortiseDriverOperations), 0, frozen_startup, frozen_shutdown, frozen_probe, frozen_open, frozen_close,
    frozen_capabilities, frozen_host_information, frozen_domain_open, frozen_domain_close,
};
static const MortiseLifecycle lifecycle = {
    {sizeof(MortiseLifecycle), MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    frozen_start, frozen_stop, frozen_shutdown_domain, NULL, NULL, frozen_suspend, frozen_resume,
};
static const MortiseConfig config = {
    {sizeof(MortiseConfig), MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID}, frozen_check, NULL, NULL, NULL, NULL,
};
static const MortiseVcpuInterface vcpu_interface = {
    {sizeof(MortiseVcpuInterface), MORTISE_VCPU_VERSION, MORTISE_VCPU_ID}, frozen_report,
};
static const MortiseStats stats = {
    {sizeof(MortiseStats), MORTISE_STATS_VERSION, MORTISE_STATS_ID}, frozen_collect,
};
static const MortiseConsole console = {
    {sizeof(MortiseConsole), MORTISE_CONSOLE_VERSION, MORTISE_CONSOLE_ID}, frozen_console,
};

static const MortiseParameter speed = {sizeof speed, MORTISE_VALUE_UNSIGNED, "speed", "7", "How fast it melts."};
static const MortiseParameter *const parameters[] = {&speed, NULL};
static const char *const words[] = {"frozen", NULL};
static const MortiseInterface *const interfaces[] = {
    &lifecycle.head, &config.head, &vcpu_interface.head, &stats.head, &console.head, NULL,
};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD, MORTISE_KIND_DRIVER, MORTISE_THREADS_SERIAL_PER_CONNECTION, MORTISE_DRIVER_OWNS_DOMAINS,
    "frozen", "1.0", "LGPL-2.1-or-later", "The Mortise developers", "A driver of an earlier time", "frozen",
    words, words, NULL, parameters, interfaces, &operations,
};
