// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interfaces vcpu/1 and stats/1: numbers that are made up, but fit together.
#include "domain-definition.h"
#include "domain.h"
#include "interfaces.h"

/* Above any thread id that Linux gives out, so that nobody pins or signals a stranger by mistake. */
#define FIRST_THREAD_ID G_GINT64_CONSTANT(10000000)

const char *const test_vcpu_reasons[MORTISE_VCPU_MODEL_LAST + 1] = {
    [MORTISE_VCPU_MODEL_NONE] = "this domain's vCPUs have no threads on this host, as its world says",
    [MORTISE_VCPU_MODEL_SHARED] = "one thread runs all vCPUs of this domain, as its world says",
    [MORTISE_VCPU_MODEL_PER_VCPU] = "each vCPU has a thread number of its own, which is made up",
};

/* What a report is made from. */
typedef struct {
    guint state;
    guint model;
    gint64 id;
    guint vcpus;
    guint maximum_vcpus;
    guint64 memory_kib;
    guint64 current_memory_kib;
    guint64 run_time;     /* nanoseconds */
    TestDefinition *running;    /* referenced */
} Snapshot;

static void
snapshot_clear(Snapshot *snapshot)
{
    g_clear_pointer(&snapshot->running, test_definition_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Snapshot, snapshot_clear)

/* Takes one look at a running domain; MORTISE_FAILED when it does not run. */
static MortiseResult
look(TestDomain *domain, Snapshot *snapshot)
{
    MortiseResult result = test_domain_lock(domain);

    if (result != MORTISE_OK) {
        return result;
    }
    result = test_domain_require_active(domain);
    if (result == MORTISE_OK) {
        *snapshot = (Snapshot) {
            .state = domain->state,
            .model = domain->vcpu_model,
            .id = domain->id,
            .vcpus = domain->running->vcpus,
            .maximum_vcpus = domain->running->maximum_vcpus,
            .memory_kib = domain->running->memory_kib,
            .current_memory_kib = domain->running->current_memory_kib,
            .run_time = test_domain_run_time(domain),
            .running = test_definition_ref(domain->running),
        };
    }
    test_domain_unlock(domain);
    return result;
}

static MortiseResult
vcpu_report(void *handle, MortiseVcpuSummary *summary, MortiseSink *vcpus)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const MortiseHost *host = domain->connection->driver->host;
    guint cpus = domain->connection->world->host.cpus;
    g_auto(Snapshot) now = {.running = NULL};

    if (test_play(domain->connection, domain, TEST_OPERATION_VCPUS) != MORTISE_OK || look(domain, &now) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    gboolean own = now.model == MORTISE_VCPU_MODEL_PER_VCPU;
    g_autofree char *all = cpus > 1 ? g_strdup_printf("0-%u", cpus - 1) : g_strdup("0");
    g_autoptr(DomainDefinition) said = own ? domain_definition_parse(now.running->text, -1, NULL) : NULL;
    for (guint i = 0; i < now.vcpus; i++) {
        const char *pinned = said != NULL ? domain_definition_cpus(said, i) : NULL;
        MortiseVcpu vcpu = {
            .struct_size = sizeof vcpu,
            .id = i,
            .state = now.state == MORTISE_STATE_RUNNING ? MORTISE_VCPU_RUNNING : MORTISE_VCPU_BLOCKED,
            .cpu = own ? (int32_t) (i % cpus) : -1,
            .thread_id = own ? FIRST_THREAD_ID + now.id * TEST_VCPU_LIMIT + i : -1,
            .cpu_time = own ? (int64_t) now.run_time : -1,
            .affinity = !own ? NULL : pinned != NULL ? pinned : all,
        };
        host->sink_vcpu(vcpus, &vcpu);
    }
    summary->model = now.model;
    summary->pinnable = own ? 1 : 0;
    summary->maximum = now.maximum_vcpus;
    (void) g_strlcpy(summary->reason, test_vcpu_reasons[now.model], sizeof summary->reason);
    return MORTISE_OK;
}

static void
add(const MortiseHost *host, MortiseSink *sink, const char *key, guint64 number)
{
    MortiseValue value = {.struct_size = sizeof value, .type = MORTISE_VALUE_UNSIGNED, .key = key, .number = number};

    host->sink_value(sink, &value);
}

static void
add_vcpus(const MortiseHost *host, MortiseSink *sink, const Snapshot *now)
{
    add(host, sink, "vcpu.current", now->vcpus);
    add(host, sink, "vcpu.maximum", now->maximum_vcpus);
    for (guint i = 0; i < now->vcpus; i++) {
        g_autofree char *state = g_strdup_printf("vcpu.%u.state", i);
        g_autofree char *time = g_strdup_printf("vcpu.%u.time", i);
        add(host, sink, state, now->state == MORTISE_STATE_RUNNING ? MORTISE_VCPU_RUNNING : MORTISE_VCPU_BLOCKED);
        if (now->model == MORTISE_VCPU_MODEL_PER_VCPU) {
            add(host, sink, time, now->run_time);
        }
    }
}

static MortiseResult
stats_collect(void *handle, uint32_t groups, MortiseSink *values)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const MortiseHost *host = domain->connection->driver->host;
    g_auto(Snapshot) now = {.running = NULL};

    if (test_play(domain->connection, domain, TEST_OPERATION_STATS) != MORTISE_OK || look(domain, &now) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if ((groups & MORTISE_STATS_CPU) != 0) {
        guint64 time = now.run_time * now.vcpus;
        add(host, values, "cpu.time", time);
        add(host, values, "cpu.user", time - time / 10);
        add(host, values, "cpu.system", time / 10);
    }
    if ((groups & MORTISE_STATS_BALLOON) != 0) {
        add(host, values, "balloon.current", now.current_memory_kib);
        add(host, values, "balloon.maximum", now.memory_kib);
        add(host, values, "balloon.rss", now.current_memory_kib);
    }
    if ((groups & MORTISE_STATS_VCPU) != 0) {
        add_vcpus(host, values, &now);
    }
    return MORTISE_OK;
}

const MortiseVcpuInterface test_vcpu_interface = {
    .head = {sizeof(MortiseVcpuInterface), MORTISE_VCPU_VERSION, MORTISE_VCPU_ID},
    .report = vcpu_report,
    .set_count = test_vcpu_set_count,
    .pin = test_vcpu_pin,
    .pins = test_vcpu_pins,
    .read_settings = test_vcpu_read_settings,
    .edit_count = test_vcpu_edit_count,
    .edit_pin = test_vcpu_edit_pin,
};

const MortiseStats test_stats_interface = {
    .head = {sizeof(MortiseStats), MORTISE_STATS_VERSION, MORTISE_STATS_ID},
    .collect = stats_collect,
};
