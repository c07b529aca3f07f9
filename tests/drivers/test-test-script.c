// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What worlds script: latency, lateness, hangs, failures, events and guests that take their time; and consoles.
#include "test-driver-fixture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOMAINS "{'format': 1, 'domains': ["
#define WAIT_MS 120000

/* A call in a thread of its own. */
typedef struct {
    Fixture *fixture;
    void *domain;
    gint64 deadline_ms;
    MortiseResult result;
    char *reason;
} Call;

static gpointer
suspend_in_thread(gpointer data)
{
    Call *call = data;

    fake_call_begin(call->deadline_ms);
    call->result = call->fixture->lifecycle->suspend(call->domain);
    call->reason = g_strdup(fake_call_error()->reason);
    return NULL;
}

static void
test_latency(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        "{'format': 1, 'latency_ms': {'*': 30}, 'domains': [{'name': 'a', 'state': 'running'},"
        "{'name': 'b', 'state': 'running', 'latency_ms': {'*': 0, 'suspend': 60000}}]}");
    void *a = fixture_domain(fixture, "a");
    void *b = fixture_domain(fixture, "b");
    gint64 begun = g_get_monotonic_time();

    CHECK_WORKS(fixture->lifecycle->suspend(a));
    CHECK(g_get_monotonic_time() - begun >= 30000);
    CHECK_WORKS(fixture->lifecycle->reset(b));
    fake_call_begin(20);
    CHECK_INT(fixture->lifecycle->suspend(b), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "timeout");
    CHECK_TEXT(fake_call_error()->message, "suspend takes 60000 ms here, and the deadline passed before");
    CHECK_STATE(fixture, "b", "running booted 2");
}

static void
test_late(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(DOMAINS "{'name': 'a', 'state': 'running',"
                                                           " 'late_ms': {'suspend': 50}}]}");
    gint64 begun = g_get_monotonic_time();

    fake_call_begin(1);
    CHECK_INT(fixture->lifecycle->suspend(fixture_domain(fixture, "a")), MORTISE_OK);
    CHECK(g_get_monotonic_time() - begun >= 50000);
    CHECK_STATE(fixture, "a", "paused user 1");
}

static void
test_hang(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(DOMAINS "{'name': 'a', 'count': 2, 'state': 'running',"
                                                           " 'hang': ['suspend']}]}");
    Call one = {.fixture = fixture, .domain = fixture_domain(fixture, "a-0001"), .deadline_ms = 1};
    Call two = {.fixture = fixture, .domain = fixture_domain(fixture, "a-0002"), .deadline_ms = -1};
    GThread *first = g_thread_new("hangs", suspend_in_thread, &one);
    GThread *second = g_thread_new("hangs", suspend_in_thread, &two);

    CHECK_WORKS(fixture->lifecycle->reset(one.domain));
    CHECK_WORKS(fixture->lifecycle->stop(two.domain, 0));
    fixture->operations->interrupt(fixture->connection);
    g_thread_join(first);
    g_thread_join(second);
    CHECK_INT(one.result, MORTISE_FAILED);
    CHECK_TEXT(one.reason, "cancelled");
    CHECK_TEXT(two.reason, "cancelled");
    CHECK_STATE(fixture, "a-0001", "running booted 1");
    g_free(one.reason);
    g_free(two.reason);
}

/* A core that closes while a call hangs: the call returns, and finds everything in its place. */
static void
test_hang_and_close(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(DOMAINS "{'name': 'a', 'state': 'running', 'hang': ['*']}]}");
    Call call = {.fixture = fixture, .domain = fixture_domain(fixture, "a"), .deadline_ms = -1};
    GThread *thread = g_thread_new("hangs", suspend_in_thread, &call);

    CHECK(fake_host_wait_log(fixture->host, "suspend of 'a' hangs"));
    fixture->operations->close(g_steal_pointer(&fixture->connection));
    g_thread_join(thread);
    CHECK_TEXT(call.reason, "cancelled");
    g_free(call.reason);
    fixture->operations->domain_close(call.domain);
    g_ptr_array_set_size(fixture->domains, 0);
}

static gpointer
open_in_thread(gpointer data)
{
    Call *call = data;

    fake_call_begin(-1);
    call->result = fixture_open_world(call->fixture, "{'format': 1, 'hang': ['open'], 'domains': [{'name': 'a'}]}");
    call->reason = g_strdup(fake_call_error()->reason);
    return NULL;
}

/* An opening that hangs has no connection yet; it ends with the driver. */
static void
test_open_hangs(void)
{
    Fixture *fixture = fixture_new();
    Call call = {.fixture = fixture};
    GThread *thread = g_thread_new("hangs", open_in_thread, &call);

    CHECK(fake_host_wait_log(fixture->host, "open of 'the connection' hangs"));
    fixture->operations->shutdown(fixture->driver);
    g_thread_join(thread);
    CHECK_INT(call.result, MORTISE_FAILED);
    CHECK_TEXT(call.reason, "cancelled");
    CHECK_INT(fake_connection_count(fixture->listed), 0);
    g_free(call.reason);
    fake_host_free(fixture->host);
    g_ptr_array_unref(fixture->domains);
    g_free(fixture);
}

static void
test_failures(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        "{'format': 1, 'fail': {'check-xml': {'message': 'no checks today'}, '*': {'reason': 'resource-busy'}},"
        " 'domains': [{'name': 'a', 'state': 'running', 'fail': {"
        "'suspend': {'reason': 'guest-not-responding', 'message': 'it sleeps', 'hint': 'wake it', 'object': 'bed'},"
        "'resume': {'silent': true}, 'reset': {'reason': 'made-up', 'times': 2}}}]}");
    void *domain = fixture_domain(fixture, "a");

    CHECK_FAILS(fixture->lifecycle->suspend(domain), "guest-not-responding", "it sleeps");
    CHECK_TEXT(fake_call_error()->hint, "wake it");
    CHECK_TEXT(fake_call_error()->object, "bed");
    CHECK_FAILS(fixture->lifecycle->resume(domain), "", "");
    CHECK_FAILS(fixture->lifecycle->reset(domain), "made-up", "scripts a failure");
    CHECK_FAILS(fixture->lifecycle->reset(domain), "made-up", "scripts a failure");
    CHECK_TEXT(fake_call_error()->object, "a");
    CHECK_FAILS(fixture->lifecycle->reset(domain), "resource-busy", "scripts a failure");
    CHECK_FAILS(fixture->config->check(fixture->connection, "", NULL), "driver-failed", "no checks today");
    CHECK_FAILS(fixture->config->define(fixture->connection, ""), "resource-busy", "scripts a failure");
    CHECK_FAILS(fixture->operations->capabilities(fixture->connection, NULL), "resource-busy", "scripts a failure");
    CHECK_FAILS(fixture->operations->host_information(fixture->connection, NULL), "resource-busy", "scripts a failure");
    CHECK_STATE(fixture, "a", "running booted 1");
}

static void
test_failure_of_open(void)
{
    g_autoptr(Fixture) fixture = fixture_new();

    CHECK_FAILS(fixture_open_world(fixture, "{'format': 1, 'fail': {'open': {'reason': 'permission-denied'}},"
                                            " 'domains': [{'name': 'a'}]}"), "permission-denied", "scripts a failure");
    CHECK(fixture->connection == NULL);
    CHECK_INT(fake_connection_count(fixture->listed), 0);
}

static void
test_each_call_can_fail(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        DOMAINS "{'name': 'a', 'state': 'running', 'fail': {'*': {'reason': 'x'}}}]}");
    void *domain = fixture_domain(fixture, "a");
    MortiseVcpuSummary summary = {.struct_size = sizeof summary};
    MortiseFileDescriptor fd = -1;

    CHECK_FAILS(fixture_start(fixture, domain, "a", 0), "x", "");
    CHECK_FAILS(fixture->lifecycle->stop(domain, 0), "x", "");
    CHECK_FAILS(fixture->lifecycle->shutdown(domain, 0), "x", "");
    CHECK_FAILS(fixture->lifecycle->reboot(domain, 0), "x", "");
    CHECK_FAILS(fixture->lifecycle->reset(domain), "x", "");
    CHECK_FAILS(fixture->lifecycle->suspend(domain), "x", "");
    CHECK_FAILS(fixture->lifecycle->resume(domain), "x", "");
    CHECK_FAILS(fixture->config->undefine(domain), "x", "");
    CHECK_FAILS(fixture->config->set_autostart(domain, 1), "x", "");
    CHECK_FAILS(fixture->vcpu->report(domain, &summary, NULL), "x", "");
    CHECK_FAILS(fixture->stats->collect(domain, MORTISE_STATS_ALL, NULL), "x", "");
    CHECK_FAILS(fixture->console->open(domain, NULL, 0, &fd), "x", "");
    CHECK_STATE(fixture, "a", "running booted 1");
}

static void
test_events(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        DOMAINS "{'name': 'crashes', 'state': 'running'}, {'name': 'ends', 'state': 'running', 'persistent': false},"
                "{'name': 'pauses', 'state': 'running'}, {'name': 'resumes', 'state': 'paused'},"
                "{'name': 'starts'}, {'name': 'off'}, {'name': 'tells', 'state': 'running'}],"
                "'events': [{'domain': 'crashes', 'event': 'crash', 'detail': 'a bug'},"
                "{'domain': 'ends', 'event': 'shutdown'}, {'domain': 'pauses', 'event': 'suspend', 'after_ms': 1},"
                "{'domain': 'resumes', 'event': 'resume'}, {'domain': 'starts', 'event': 'start', 'after_ms': 2},"
                "{'domain': 'off', 'event': 'watchdog'}, {'domain': 'tells', 'event': 'start'},"
                "{'domain': 'tells', 'event': 'watchdog', 'detail': 'bit', 'after_ms': 1, 'repeat': true}]}");

    CHECK(fake_domain_wait(fixture->listed, "crashes", "crashed panicked -1"));
    CHECK(fake_domain_wait(fixture->listed, "ends", "gone"));
    CHECK(fake_domain_wait(fixture->listed, "pauses", "paused user 3"));
    CHECK(fake_domain_wait(fixture->listed, "resumes", "running unpaused 4"));
    CHECK(fake_domain_wait(fixture->listed, "starts", "running booted 6"));
    CHECK(fake_domain_wait_events(fixture->listed, "tells", 3));
    g_autoptr(FakeDomain) tells = fake_domain_get(fixture->listed, "tells");
    CHECK_TEXT(tells->last_event, "watchdog: bit");
    CHECK_STATE(fixture, "tells", "running booted 5");
    g_autoptr(FakeDomain) crashed = fake_domain_get(fixture->listed, "crashes");
    CHECK_TEXT(crashed->detail, "a bug");
    g_autoptr(FakeDomain) off = fake_domain_get(fixture->listed, "off");
    CHECK_INT(off->events, 0);
    CHECK_WORKS(fixture_start(fixture, fixture_domain(fixture, "crashes"), "crashes", 0));
}

static void
test_slow_shutdown(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        DOMAINS "{'name': 'slow', 'state': 'running', 'shutdown_ms': 20},"
                "{'name': 'never', 'state': 'running', 'shutdown_ms': null},"
                "{'name': 'killed', 'state': 'running', 'shutdown_ms': 40}],"
                "'events': [{'domain': 'never', 'event': 'tick', 'after_ms': 100}]}");
    void *killed = fixture_domain(fixture, "killed");
    void *slow = fixture_domain(fixture, "slow");
    gint64 begun = g_get_monotonic_time();

    CHECK_WORKS(fixture->lifecycle->shutdown(fixture_domain(fixture, "never"), 0));
    CHECK_WORKS(fixture->lifecycle->shutdown(killed, 0));
    CHECK_WORKS(fixture->lifecycle->stop(killed, 0));
    CHECK_WORKS(fixture_start(fixture, killed, "killed", 0));
    CHECK_WORKS(fixture->lifecycle->shutdown(slow, 0));
    CHECK(fake_domain_wait(fixture->listed, "slow", "shutoff shutdown -1"));
    CHECK(g_get_monotonic_time() - begun >= 20000);
    CHECK(fake_domain_wait_events(fixture->listed, "never", 1));
    CHECK_STATE(fixture, "never", "running booted 2");
    /* What the first run was asked to do did not end the second. */
    CHECK_STATE(fixture, "killed", "running booted 4");
    fake_host_refuse(fixture->host, NULL, TRUE);
    CHECK_FAILS(fixture->lifecycle->shutdown(killed, 0), "internal", "no timer");
}

/* Writes all of a text and reads as much back, at the same time. */
static gboolean
echoes(int fd, const char *text, gsize length)
{
    g_autofree char *heard = g_malloc(length);
    gsize written = 0;
    gsize read_back = 0;

    while (read_back < length) {
        struct pollfd poll_fd = {.fd = fd, .events = (short) (POLLIN | (written < length ? POLLOUT : 0))};
        if (poll(&poll_fd, 1, WAIT_MS) <= 0) {
            return FALSE;
        }
        if ((poll_fd.revents & POLLOUT) != 0) {
            ssize_t count = send(fd, text + written, length - written, MSG_DONTWAIT | MSG_NOSIGNAL);
            written += count > 0 ? (gsize) count : 0;
        }
        if ((poll_fd.revents & POLLIN) != 0) {
            ssize_t count = recv(fd, heard + read_back, length - read_back, MSG_DONTWAIT);
            if (count == 0) {
                return FALSE;
            }
            read_back += count > 0 ? (gsize) count : 0;
        }
    }
    return memcmp(heard, text, length) == 0;
}

/* Whether the other end is closed, within the deadline. */
static gboolean
ends(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    char byte = 0;

    return poll(&poll_fd, 1, WAIT_MS) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
test_console(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    void *domain = fixture_domain(fixture, "test");
    MortiseFileDescriptor first = -1;
    MortiseFileDescriptor second = -1;

    CHECK_WORKS(fixture->console->open(domain, NULL, 0, &first));
    CHECK(echoes(first, "hello", 5));
    CHECK_FAILS(fixture->console->open(domain, "serial0", 0, &second), "resource-busy", "is in use");
    CHECK_INT(second, -1);
    CHECK_WORKS(fixture->console->open(domain, "console0", MORTISE_CONSOLE_FORCE, &second));
    CHECK(ends(first));
    (void) close(first);
    CHECK_FAILS(fixture->console->open(domain, "serial1", 0, &first), "no-device", "named 'serial1'; it has 1");
    CHECK_FAILS(fixture->console->open(domain, "parallel0", 0, &first), "no-device", "named 'parallel0'");
    fixture_close(fixture);
    CHECK(echoes(second, "still there", 11));
    (void) close(second);
}

static void
test_console_ends(void)
{
    g_autoptr(Fixture) fixture = fixture_new_world(
        DOMAINS "{'name': 'a', 'state': 'running', 'shutdown_ms': 1}, {'name': 'off'}, {'state': 'running',"
                "'xml': '<domain type=\\u0027test\\u0027><name>bare</name><memory>1</memory></domain>'}]}");
    void *domain = fixture_domain(fixture, "a");
    MortiseFileDescriptor fd = -1;

    CHECK_WORKS(fixture->console->open(domain, NULL, 0, &fd));
    CHECK_WORKS(fixture->lifecycle->stop(domain, 0));
    CHECK(ends(fd));
    (void) close(fd);
    CHECK_WORKS(fixture_start(fixture, domain, "a", 0));
    CHECK_WORKS(fixture->console->open(domain, NULL, 0, &fd));
    CHECK_WORKS(fixture->lifecycle->shutdown(domain, 0));
    CHECK(ends(fd));
    (void) close(fd);
    CHECK_FAILS(fixture->console->open(domain, NULL, 0, &fd), "domain-inactive", "does not run");
    CHECK_FAILS(fixture->console->open(fixture_domain(fixture, "bare"), NULL, 0, &fd), "no-console", "has no console");
    /* The user's end closes first: the console can be opened again at once with force, or soon without. */
    CHECK_WORKS(fixture_start(fixture, domain, "a", 0));
    CHECK_WORKS(fixture->console->open(domain, NULL, 0, &fd));
    (void) close(fd);
    CHECK_WORKS(fixture->console->open(domain, NULL, MORTISE_CONSOLE_FORCE, &fd));
    (void) close(fd);
}

static void
test_console_much(void)
{
    g_autoptr(Fixture) fixture = fixture_new_default();
    MortiseFileDescriptor fd = -1;
    gsize length = 4 * 1024 * 1024;
    g_autofree char *text = g_malloc(length);

    for (gsize i = 0; i < length; i++) {
        text[i] = (char) (i * 7 + i / 4096);
    }
    CHECK_WORKS(fixture->console->open(fixture_domain(fixture, "test"), NULL, 0, &fd));
    CHECK(echoes(fd, text, length));
    /* Left with bytes that nobody reads. */
    CHECK_INT(send(fd, text, 4096, MSG_DONTWAIT), 4096);
    fixture_close(fixture);
    (void) close(fd);
}

static const MortiseTest tests[] = {
    {"latency", test_latency},
    {"lateness", test_late},
    {"hangs", test_hang},
    {"a hang and a close", test_hang_and_close},
    {"an opening that hangs", test_open_hangs},
    {"failures", test_failures},
    {"an opening that fails", test_failure_of_open},
    {"each call can fail", test_each_call_can_fail},
    {"events", test_events},
    {"guests that take their time", test_slow_shutdown},
    {"console", test_console},
    {"end of a console", test_console_ends},
    {"much on a console", test_console_much},
};

MORTISE_TEST_MAIN("scripts of the test driver", tests)
