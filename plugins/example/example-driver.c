/* SPDX-FileCopyrightText: 2026 The Mortise developers */
/* SPDX-License-Identifier: MIT */
/* A whole driver in one file, for a hypervisor with one machine. Copy it, rename it, put your own calls in. */
#include <mortise/driver/lifecycle.h>
#include <stdlib.h>
#include <string.h>

/* What your manager would tell of its machine; the UUID never changes. */
#define NAME "alpha"
static const uint8_t uuid[16] = {0xa1, 0x01};
static const char xml[] = "<domain type='example'><name>" NAME "</name><memory>65536</memory>"
                          "<uuid>a1010000-0000-0000-0000-000000000000</uuid></domain>";
static const char capabilities[] = "<capabilities><host/><guest><os_type>hvm</os_type></guest></capabilities>";

/* All state hangs on handles: a module has no variable that can change, so any number of connections can be open. */
typedef struct {
    const MortiseHost *host;      /* everything that the core does for you */
    MortiseHostDriver *self;      /* tells the core who is calling */
} Driver;

typedef struct {
    const Driver *driver;
    MortiseHostDomain *listed;    /* the core's handle of the machine */
    int64_t id;                   /* -1 when it does not run */
} Machine;

/* A failure has a reason id of docs/errors.md, an object, a sentence for a person, and what to do about it. */
static MortiseResult
fail(const Driver *driver, const char *reason, const char *object, const char *message, const char *hint)
{
    driver->host->set_error(driver->self, reason, object, message, hint);
    return MORTISE_FAILED;
}

static MortiseResult
publish(const Machine *machine, uint32_t state, const char *reason)
{
    MortiseDomainStatus status = {sizeof status, state, machine->id, reason, NULL};
    machine->driver->host->domain_status(machine->listed, &status);
    return MORTISE_OK;
}

static MortiseResult
example_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    Driver *started = malloc(sizeof *started);
    if (started == NULL) {
        return fail(&(Driver) {host, self}, "internal", NULL, "there is no memory for the driver", NULL);
    }
    *started = (Driver) {host, self};
    *driver = started;
    return MORTISE_OK;
}

/* `mortise doctor` shows findings: look at devices, programs and permissions, and say what to do. */
static MortiseResult
example_probe(void *driver, uint32_t full, MortiseSink *findings)
{
    MortiseFinding finding = {.struct_size = sizeof finding, .id = "example", .message = "nothing is needed"};
    (void) full;
    ((const Driver *) driver)->host->sink_finding(findings, &finding);
    return MORTISE_OK;
}

/* Connect to your manager here: arguments->host, user, port and the parameters come from the URI. */
static MortiseResult
example_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host, void **connection)
{
    MortiseDomainIdentity identity = {sizeof identity, 1, 0, 0, {0}, NAME, "example", xml};
    Machine *machine = malloc(sizeof *machine);
    if (machine == NULL) {
        return fail(driver, "internal", arguments->uri, "there is no memory for a connection", NULL);
    }
    memcpy(identity.uuid, uuid, sizeof uuid);
    *machine = (Machine) {driver, ((const Driver *) driver)->host->domain_announce(host, &identity), -1};
    *connection = machine;
    return publish(machine, MORTISE_STATE_SHUTOFF, NULL);
}

static MortiseResult
example_capabilities(void *connection, MortiseSink *text)
{
    ((const Machine *) connection)->driver->host->sink_text(text, capabilities, sizeof capabilities - 1);
    return MORTISE_OK;
}

/* The core has zeroed what it passes: leave what you do not know. */
static MortiseResult
example_host_information(void *connection, MortiseHostInformation *information)
{
    (void) connection;
    information->cpus = 1;
    memcpy(information->hypervisor, "Example", sizeof "Example");
    return MORTISE_OK;
}

/* Find the machine by arguments->uuid; here there is only one, and the connection is its handle. */
static MortiseResult
example_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host, void **domain)
{
    (void) arguments, (void) host;
    *domain = connection;
    return MORTISE_OK;
}

static void
example_domain_close(void *domain)
{
    (void) domain;
}

/* Publish the new state before you return OK; on failure leave nothing of the guest. Mind host->call_remaining. */
static MortiseResult
example_start(void *domain, const MortiseStartArguments *arguments)
{
    Machine *machine = domain;
    if ((arguments->flags & MORTISE_START_PAUSED) != 0) {
        return fail(machine->driver, "unsupported", NAME, "it cannot start paused", "start it without --paused");
    }
    machine->id = 1;
    return publish(machine, MORTISE_STATE_RUNNING, "booted");
}

static MortiseResult
example_stop(void *domain, uint32_t flags)
{
    (void) flags;
    ((Machine *) domain)->id = -1;
    return publish(domain, MORTISE_STATE_SHUTOFF, "destroyed");
}

/* The mandatory table, then as many interfaces as you like; a function that is left out is "unsupported". */
static const MortiseDriverOperations operations = {
    .struct_size = sizeof operations, .startup = example_startup, .shutdown = free, .probe = example_probe,
    .open = example_open, .close = free, .capabilities = example_capabilities, .domain_open = example_domain_open,
    .host_information = example_host_information, .domain_close = example_domain_close,
};
static const MortiseLifecycle lifecycle = {
    .head = {sizeof lifecycle, MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = example_start, .stop = example_stop,
};
static const char *const names[] = {"example", NULL};
static const MortiseInterface *const interfaces[] = {&lifecycle.head, NULL};

/* The only symbols that a module exports; its manifest is made from them. */
MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD, .kind = MORTISE_KIND_DRIVER, .thread_model = MORTISE_THREADS_SERIAL_PER_CONNECTION,
    .flags = MORTISE_DRIVER_OWNS_DOMAINS, .name = "example", .version = "1.0", .licence = "MIT",
    .summary = "Example", .schemes = names, .domain_types = names, .interfaces = interfaces, .operations = &operations,
};
