// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The test driver under many threads: it is declared PARALLEL, so any calls may meet.
#include "test-driver-fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS 60
#define DOMAINS 8

typedef struct {
    Fixture *fixture;
    void *domains[DOMAINS];
    guint number;
} Worker;

static const char *const world =
    "{'format': 1, 'fail': {'reboot': {'reason': 'resource-busy', 'times': 20}},"
    " 'domains': [{'name': 'vm', 'count': 8, 'state': 'running', 'vcpus': 2, 'shutdown_ms': 1},"
    " {'name': 'stuck', 'state': 'running', 'hang': ['stats', 'suspend']}],"
    " 'events': [{'domain': 'vm-0001', 'event': 'crash', 'after_ms': 1, 'repeat': true},"
    " {'domain': 'vm-0002', 'event': 'suspend', 'after_ms': 1, 'repeat': true},"
    " {'domain': 'vm-0002', 'event': 'resume', 'after_ms': 1, 'repeat': true},"
    " {'domain': 'vm-0003', 'event': 'watchdog', 'after_ms': 1, 'repeat': true}]}";

/* A domain of the thread's own comes, runs and goes. */
static void
come_and_go(Fixture *fixture, guint number)
{
    g_autofree char *xml = g_strdup_printf("<domain type='test'><name>own-%u</name><memory>1</memory></domain>",
                                           number);
    g_autofree char *name = g_strdup_printf("own-%u", number);
    void *domain = NULL;

    g_assert_cmpint(fixture->config->create(fixture->connection, xml, 0), ==, MORTISE_OK);
    g_autoptr(FakeDomain) known = fake_domain_get(fixture->listed, name);
    MortiseDomainArguments arguments = {.struct_size = sizeof arguments, .name = name, .type = "test"};
    memcpy(arguments.uuid, known->uuid, sizeof arguments.uuid);
    g_assert_cmpint(fixture->operations->domain_open(fixture->connection, &arguments, NULL, &domain), ==, MORTISE_OK);
    g_assert_cmpint(fixture->config->define(fixture->connection, xml), ==, MORTISE_OK);
    g_assert_cmpint(fixture->config->undefine(domain), ==, MORTISE_OK);
    g_assert_cmpint(fixture->lifecycle->stop(domain, 0), ==, MORTISE_OK);
    fixture->operations->domain_close(domain);
}

static void
look(Fixture *fixture, void *domain)
{
    g_autoptr(MortiseSink) sink = fake_sink_new();
    MortiseVcpuSummary summary = {.struct_size = sizeof summary};

    (void) fixture->vcpu->report(domain, &summary, sink);
    (void) fixture->stats->collect(domain, MORTISE_STATS_ALL, sink);
    g_assert_cmpint(fixture->operations->capabilities(fixture->connection, sink), ==, MORTISE_OK);
}

static void
talk(Fixture *fixture, void *domain)
{
    MortiseFileDescriptor fd = -1;

    if (fixture->console->open(domain, NULL, MORTISE_CONSOLE_FORCE, &fd) == MORTISE_OK) {
        (void) send(fd, "hello", 5, MSG_NOSIGNAL);
        (void) close(fd);
    }
}

/* Each call works or fails for a good reason: what is tested is that they can meet. */
static gpointer
work(gpointer data)
{
    const Worker *worker = data;
    Fixture *fixture = worker->fixture;

    for (guint i = 0; i < ROUNDS; i++) {
        guint index = (i * 7 + worker->number) % DOMAINS;
        void *domain = worker->domains[index];
        g_autofree char *name = g_strdup_printf("vm-%04u", index + 1);
        fake_call_begin(1000);
        (void) fixture_start(fixture, domain, name, i % 2);
        (void) fixture->lifecycle->suspend(domain);
        talk(fixture, domain);
        (void) fixture->lifecycle->resume(domain);
        (void) fixture->lifecycle->reboot(domain, 0);
        look(fixture, domain);
        (void) fixture->config->set_autostart(domain, i % 2);
        (void) (i % 3 == 0 ? fixture->lifecycle->shutdown(domain, 0) : fixture->lifecycle->stop(domain, 0));
        come_and_go(fixture, worker->number);
    }
    return NULL;
}

static gpointer
hang(gpointer data)
{
    const Worker *worker = data;
    const Fixture *fixture = worker->fixture;
    void *stuck = worker->domains[0];

    fake_call_begin(1);
    MortiseResult result = worker->number % 2 == 0 ? fixture->stats->collect(stuck, MORTISE_STATS_ALL, NULL)
                                                   : fixture->lifecycle->suspend(stuck);
    g_assert_cmpint(result, ==, MORTISE_FAILED);
    g_assert_cmpstr(fake_call_error()->reason, ==, "cancelled");
    return NULL;
}

static void
test_parallel(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(world);
    Worker workers[THREADS + 2];
    GThread *threads[THREADS + 2];
    void *stuck = fixture_domain(fixture, "stuck");

    for (guint i = 0; i < G_N_ELEMENTS(workers); i++) {
        workers[i].fixture = fixture;
        workers[i].number = i;
        for (guint each = 0; each < DOMAINS; each++) {
            g_autofree char *name = g_strdup_printf("vm-%04u", each + 1);
            workers[i].domains[each] = i < THREADS ? fixture_domain(fixture, name) : stuck;
        }
        threads[i] = g_thread_new("worker", i < THREADS ? work : hang, &workers[i]);
    }
    for (guint i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    CHECK_INT(fake_connection_count(fixture->listed), DOMAINS + 1);
    fixture->operations->interrupt(fixture->connection);
    g_thread_join(threads[THREADS]);
    g_thread_join(threads[THREADS + 1]);
    CHECK_STATE(fixture, "stuck", "running booted 9");
}

/* A close in the middle of everything: calls that were on their way end, and the core hears nothing more. */
static void
test_close_meets_events(void)
{
    for (guint i = 0; i < 20; i++) {
        g_autoptr(Fixture) fixture = fixture_new_world(world);
        CHECK(fake_domain_wait_events(fixture->listed, "vm-0003", 1));
        fixture_close(fixture);
        g_autoptr(FakeDomain) closed = fake_domain_get(fixture->listed, "vm-0003");
        CHECK(closed != NULL);
    }
}

static gpointer
open_and_close(gpointer data)
{
    Fixture *fixture = data;
    MortiseHostConnection *listed = fake_connection_new(fixture->host);
    void *connection = NULL;
    MortiseConnectionArguments arguments = {
        .struct_size = sizeof arguments,
        .uri = "test:///default",
        .scheme = "test",
        .host = "",
        .user = "",
        .path = "/default",
    };

    for (guint i = 0; i < ROUNDS; i++) {
        fake_call_begin(-1);
        g_assert_cmpint(fixture->operations->open(fixture->driver, &arguments, listed, &connection), ==, MORTISE_OK);
        fixture->operations->close(connection);
    }
    return NULL;
}

static void
test_many_connections(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    GThread *threads[THREADS];

    for (guint i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("opener", open_and_close, fixture);
    }
    for (guint i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_autofree char *breaches = fake_host_breaches(fixture->host);
    CHECK_TEXT(breaches, "");
}

static const MortiseTest tests[] = {
    {"calls that meet", test_parallel},
    {"a close that meets events", test_close_meets_events},
    {"many connections", test_many_connections},
};

MORTISE_TEST_MAIN("threads of the test driver", tests)
