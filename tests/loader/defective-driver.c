// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A driver in one file that is good, or has the one defect that the build names with -DDEFECT_....
#include <mortise/driver/config.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/vcpu.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Handles: a driver, its connections, and their one domain. */
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

#ifdef DEFECT_UNDEFINED_SYMBOL
extern void mortise_no_such_function(void);
#endif
#ifdef DEFECT_MISSING_LIBRARY
extern int mortise_absent(void);
#endif

#if defined(DEFECT_INIT_HANGS) || defined(DEFECT_SLEEP_FOREVER)
/* Waits for what nobody will say. */
static void
wait_for_ever(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    (void) pthread_mutex_lock(&lock);
    for (;;) {
        (void) pthread_cond_wait(&never, &lock);
    }
}
#endif

static MortiseResult
defect_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    Driver *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return MORTISE_FAILED;
    }
    made->host = host;
    made->self = self;
    *driver = made;
#if defined(DEFECT_INIT_FAILS)
    host->set_error(self, "host-unsupported", "/dev/defect", "the device /dev/defect is not there", "load its module");
    free(made);
    return MORTISE_FAILED;
#elif defined(DEFECT_INIT_SILENT)
    free(made);
    return MORTISE_FAILED;
#elif defined(DEFECT_INIT_REENTERS)
    /* The test program exports a function that asks the registry for this very module. */
    int (*again)(void) = (int (*)(void)) dlsym(RTLD_DEFAULT, "mortise_test_reenter");
    return again != NULL && again() != 0 ? MORTISE_OK : MORTISE_FAILED;
#elif defined(DEFECT_INIT_HANGS)
    wait_for_ever();
    return MORTISE_OK;
#elif defined(DEFECT_UNDEFINED_SYMBOL)
    mortise_no_such_function();
    return MORTISE_OK;
#elif defined(DEFECT_MISSING_LIBRARY)
    return mortise_absent() != 0 ? MORTISE_OK : MORTISE_FAILED;
#else
    return MORTISE_OK;
#endif
}

static void
defect_shutdown(void *driver)
{
    free(driver);
}

static MortiseResult
defect_probe(void *driver, uint32_t full, MortiseSink *findings)
{
    const MortiseFinding finding = {
        .struct_size = sizeof finding,
        .verdict = full != 0 ? MORTISE_VERDICT_GOOD : MORTISE_VERDICT_UNKNOWN,
        .id = "defect",
        .message = "looked at nothing",
    };
    ((Driver *) driver)->host->sink_finding(findings, &finding);
    return MORTISE_OK;
}

static MortiseResult
defect_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host, void **connection)
{
    static const char xml[] = "<domain type='defect'><name>d</name><uuid>de000000-0000-4000-8000-000000000001</uuid>"
                              "<memory unit='MiB'>64</memory></domain>";
    (void) arguments;
    const MortiseDomainIdentity identity = {
        .struct_size = sizeof identity,
        .persistent = 1,
        .uuid = {0xde, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1},
        .name = "d",
        .type = "defect",
        .inactive_xml = xml,
    };
    Connection *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return MORTISE_FAILED;
    }
    made->driver = driver;
    made->host = host;
    (void) made->driver->host->domain_announce(host, &identity);
    *connection = made;
    return MORTISE_OK;
}

static void
defect_close(void *connection)
{
    free(connection);
}

#ifdef DEFECT_HUGE_TEXT
/* One byte more than the core takes, and then some. */
static void
flood(const MortiseHost *host, MortiseSink *sink)
{
    static const char block[4096] = {' '};
    for (uint64_t sent = 0; sent <= MORTISE_TEXT_LIMIT; sent += sizeof block) {
        host->sink_text(sink, block, sizeof block);
    }
}
#endif

static MortiseResult
defect_capabilities(void *connection, MortiseSink *xml)
{
    const MortiseHost *host = ((Connection *) connection)->driver->host;
#if defined(DEFECT_TEXT_NOT_UTF8)
    host->sink_text(xml, "<capabilities>\xff</capabilities>", 30);
#elif defined(DEFECT_HUGE_TEXT)
    flood(host, xml);
#else
    host->sink_text(xml, "<capabilities><host/></capabilities>", 36);
#endif
    return MORTISE_OK;
}

static MortiseResult
defect_host_information(void *connection, MortiseHostInformation *information)
{
    (void) connection;
    information->cpus = 1;
    return MORTISE_OK;
}

static MortiseResult
defect_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host, void **domain)
{
    (void) arguments;
    Domain *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return MORTISE_FAILED;
    }
    made->driver = ((Connection *) connection)->driver;
    made->host = host;
    *domain = made;
    return MORTISE_OK;
}

static void
defect_domain_close(void *domain)
{
    free(domain);
}

static void
publish(Domain *domain, uint32_t state, const char *reason)
{
    const MortiseDomainStatus status = {
        .struct_size = sizeof status,
        .state = state,
        .id = state == MORTISE_STATE_RUNNING ? 1 : -1,
        .reason = reason,
    };
    domain->driver->host->domain_status(domain->host, &status);
}

static MortiseResult
defect_start(void *domain, const MortiseStartArguments *arguments)
{
    (void) arguments;
#if defined(DEFECT_SILENT_FAILURE)
    return MORTISE_FAILED;
#elif defined(DEFECT_SLEEP_FOREVER)
    wait_for_ever();
#elif defined(DEFECT_UNKNOWN_STATE)
    publish(domain, 99, "booted");
    return MORTISE_OK;
#endif
    publish(domain, MORTISE_STATE_RUNNING, "booted");
    return MORTISE_OK;
}

static MortiseResult
defect_stop(void *domain, uint32_t flags)
{
    (void) flags;
    publish(domain, MORTISE_STATE_SHUTOFF, "destroyed");
    return MORTISE_OK;
}

static MortiseResult
defect_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus)
{
    const MortiseHost *host = ((Domain *) domain)->driver->host;
    MortiseVcpu vcpu = {
        .struct_size = sizeof vcpu,
        .state = MORTISE_VCPU_RUNNING,
        .cpu = -1,
        .thread_id = -1,
        .cpu_time = -1,
    };
    summary->maximum = 2;
#ifdef DEFECT_REPORT_MAIN_THREAD
    /* One thread as the own of two vCPUs, and the process's main thread at that. */
    summary->model = MORTISE_VCPU_MODEL_PER_VCPU;
    summary->pinnable = 1;
    vcpu.thread_id = getpid();
    host->sink_vcpu(vcpus, &vcpu);
    vcpu.id = 1;
#endif
    host->sink_vcpu(vcpus, &vcpu);
    return MORTISE_OK;
}

static MortiseResult
defect_collect(void *domain, uint32_t groups, MortiseSink *values)
{
    const MortiseValue value = {.struct_size = sizeof value, .key = "cpu.time", .number = 7};
    (void) groups;
    ((Domain *) domain)->driver->host->sink_value(values, &value);
    return MORTISE_OK;
}

static MortiseResult
defect_check(void *connection, const char *xml, MortiseSink *findings)
{
    (void) connection;
    (void) xml;
    (void) findings;
    return MORTISE_OK;
}

#include "defective-tables.h"
