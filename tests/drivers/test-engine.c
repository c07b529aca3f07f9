// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The engine with real QEMU: start, states, stop, shutdown, reboot, reset, adoption, failures, a stopped emulator.
#include "engine-test.h"
#include "mortise-test.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static void
test_start_stop(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *xml = engine_xml(1, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    g_autofree char *live = NULL;
    g_autofree char *kept = NULL;
    gint64 pid;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    CHECK(fake_domain_wait(domain, "running booted"));
    pid = fake_domain_id(domain);
    CHECK(pid > 0);
    live = fake_domain_live_xml(domain);
    CHECK_CONTAINS(live, "pc-i440fx-");
    CHECK_CONTAINS(live, "/dev/pts/");
    CHECK_CONTAINS(live, "<alias name=\"serial0\"/>");
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "shutoff destroyed"));
    CHECK(!engine_lives(pid));
    CHECK_INT(fake_domain_id(domain), -1);
    kept = fake_domain_running_state(domain);
    CHECK_TEXT(kept, NULL);
    CHECK(engine_is_clean(host));
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
}

static void
test_suspend_resume(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *xml = engine_xml(2, "");
    FakeDomain *domain = fake_domain_open(host, xml);

    CHECK_INT(fake_start(domain, MORTISE_START_PAUSED), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "paused starting-up"));
    CHECK_INT(lifecycle->resume(fake_domain_handle(domain)), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "running booted"));
    CHECK_INT(lifecycle->suspend(fake_domain_handle(domain)), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "paused user"));
    CHECK_INT(lifecycle->suspend(fake_domain_handle(domain)), MORTISE_OK);
    CHECK_INT(lifecycle->resume(fake_domain_handle(domain)), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "running unpaused"));
    CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "domain-active");
    CHECK_INT(fake_stop(domain, MORTISE_STOP_GRACEFUL), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "shutoff destroyed"));
    CHECK_INT(lifecycle->suspend(fake_domain_handle(domain)), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "domain-inactive");
    fake_host_free(host);
}

static void
test_shutdown(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *xml = engine_guest_xml(3, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    g_autofree char *detail = NULL;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK(engine_wait_guest(domain, ": count "));
    CHECK_INT(lifecycle->shutdown(fake_domain_handle(domain), MORTISE_SHUTDOWN_AGENT), MORTISE_UNSUPPORTED);
    CHECK_INT(lifecycle->shutdown(fake_domain_handle(domain), 0), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "shutoff shutdown"));
    detail = fake_domain_detail(domain);
    CHECK_TEXT(detail, "The guest shut itself down.");
    CHECK(engine_is_clean(host));
    fake_host_free(host);
}

static void
test_reboot(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *xml = engine_guest_xml(4, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    int console;
    gint64 pid;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    console = engine_open_console(domain);
    CHECK(engine_hear(console, ": count "));
    pid = fake_domain_id(domain);
    CHECK_INT(lifecycle->reboot(fake_domain_handle(domain), 0), MORTISE_OK);
    CHECK(fake_domain_wait_event(domain, "reboot host-qmp-system-reset"));
    CHECK(fake_domain_wait(domain, "running booted"));
    CHECK(engine_hear(console, "ready"));
    CHECK_INT(fake_domain_id(domain), pid);
    (void) close(console);
    // The next one is a shutdown again.
    CHECK_INT(lifecycle->shutdown(fake_domain_handle(domain), 0), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "shutoff shutdown"));
    fake_host_free(host);
}

/* Whoever asked for the reboot is gone before the guest has followed. */
static void
test_reboot_without_owner(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *root = g_strdup(fake_host_root(host));
    g_autofree char *xml = engine_guest_xml(12, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    int console;
    gint64 pid;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    pid = fake_domain_id(domain);
    console = engine_open_console(domain);
    CHECK(engine_hear(console, ": count "));
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->reboot(fake_domain_handle(domain), 0), MORTISE_OK);
    engine_leave(host);
    CHECK(engine_hear(console, "ready"));
    (void) close(console);
    host = fake_host_new("tcg", root);
    domain = fake_domain_open(host, xml);
    CHECK(fake_domain_wait(domain, "running booted"));
    CHECK_INT(fake_domain_id(domain), pid);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
    engine_remove(root);
}

static void
test_reset(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *xml = engine_xml(5, "<on_reboot>destroy</on_reboot>");
    FakeDomain *domain = fake_domain_open(host, xml);

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_INT(lifecycle->reset(fake_domain_handle(domain)), MORTISE_OK);
    CHECK(fake_domain_wait_event(domain, "reboot host-qmp-system-reset"));
    CHECK(fake_domain_wait(domain, "running booted"));
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
}

static void
test_killed(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *xml = engine_xml(6, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    g_autofree char *detail = NULL;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK(engine_signal(fake_domain_id(domain), SIGSEGV));
    CHECK(fake_domain_wait(domain, "shutoff crashed"));
    detail = fake_domain_detail(domain);
    CHECK_CONTAINS(detail, "The emulator was killed by signal 11 (Segmentation fault)");
    CHECK(engine_is_clean(host));
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK(engine_signal(fake_domain_id(domain), SIGTERM));
    CHECK(fake_domain_wait(domain, "shutoff destroyed"));
    g_free(detail);
    detail = fake_domain_detail(domain);
    CHECK_CONTAINS(detail, "by a signal of the host");
    fake_host_free(host);
}

static void
test_stopped_emulator(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *xml = engine_xml(7, "");
    g_autofree char *other_xml = engine_xml(8, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    FakeDomain *other = fake_domain_open(host, other_xml);

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK(engine_signal(fake_domain_id(domain), SIGSTOP));
    fake_call_begin(50);
    CHECK_INT(lifecycle->suspend(fake_domain_handle(domain)), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "monitor-timeout");
    CHECK_CONTAINS(fake_call_error()->message, "has not answered stop for ");
    CHECK_INT(fake_start(other, 0), MORTISE_OK);
    CHECK_INT(fake_stop(other, 0), MORTISE_OK);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "shutoff destroyed"));
    fake_host_free(host);
}

static void
test_adoption(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *root = g_strdup(fake_host_root(host));
    g_autofree char *xml = engine_xml(9, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    FakeHost *second;
    g_autofree char *state = NULL;
    g_autofree char *live = NULL;
    const MortiseLifecycle *lifecycle;
    gint64 pid;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    pid = fake_domain_id(domain);
    engine_leave(host);
    second = fake_host_new("tcg", root);
    lifecycle = fake_host_interface(second, MORTISE_LIFECYCLE_ID);
    domain = fake_domain_open(second, xml);
    // At once, without waiting for the monitor.
    state = fake_domain_state(domain);
    CHECK_TEXT(state, "running booted");
    CHECK_INT(fake_domain_id(domain), pid);
    live = fake_domain_live_xml(domain);
    CHECK_CONTAINS(live, "/dev/pts/");
    CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "domain-active");
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->suspend(fake_domain_handle(domain)), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "paused user"));
    engine_leave(second);
    second = fake_host_new("tcg", root);
    domain = fake_domain_open(second, xml);
    // Told by the keeper's log, or a moment later by the monitor.
    CHECK(fake_domain_wait(domain, "paused user"));
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "shutoff destroyed"));
    CHECK(engine_is_clean(second));
    fake_host_free(second);
    engine_remove(root);
}

static void
test_end_while_away(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *root = g_strdup(fake_host_root(host));
    g_autofree char *xml = engine_xml(10, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    g_autofree char *state = NULL;
    g_autofree char *detail = NULL;
    g_autofree char *kept = NULL;
    gint64 pid;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    pid = fake_domain_id(domain);
    engine_leave(host);
    CHECK(engine_signal(pid, SIGABRT));
    CHECK(engine_wait_lock(root));
    host = fake_host_new("tcg", root);
    domain = fake_domain_open(host, xml);
    state = fake_domain_state(domain);
    detail = fake_domain_detail(domain);
    CHECK_TEXT(state, "shutoff crashed");
    CHECK_CONTAINS(detail, "killed by signal 6 (Aborted)");
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    kept = fake_domain_running_state(domain);
    CHECK_TEXT(kept, NULL);
    CHECK(engine_is_clean(host));
    fake_host_free(host);
    engine_remove(root);
}

typedef struct {
    const char *more;
    const char *reason;
    const char *words;
    const char *hint;
} Failing;

static const Failing failing[] = {
    {"<cpu mode='custom'><model>nonsense9000</model></cpu>", "emulator-ended",
     "unable to find CPU model 'nonsense9000'", "-cpu help"},
    {"<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-bogus'/>"
     "</qemu:commandline>",
     "emulator-ended", "-bogus: invalid option", "log has all"},
    {"<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-version'/>"
     "</qemu:commandline>",
     "emulator-ended", "(exit status 0): QEMU emulator version", "log has all"},
    {"<devices><tape/></devices>", "element-unsupported", "tape", NULL},
    {"<devices><emulator>/nonexistent/qemu</emulator></devices>", "program-missing", "/nonexistent/qemu", NULL},
    {"<devices><emulator>/bin/false</emulator></devices>", "emulator-ended", "exit status 1", NULL},
};

static void
test_failing_starts(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(failing); i++) {
        g_autofree char *xml = engine_xml(20 + i, failing[i].more);
        FakeDomain *domain = fake_domain_open(host, xml);
        g_autofree char *kept = NULL;

        CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
        CHECK_TEXT(fake_call_error()->reason, failing[i].reason);
        CHECK_CONTAINS(fake_call_error()->message, failing[i].words);
        if (failing[i].hint) {
            CHECK_CONTAINS(fake_call_error()->hint, failing[i].hint);
        }
        kept = fake_domain_running_state(domain);
        CHECK_TEXT(kept, NULL);
        CHECK(engine_is_clean(host));
    }
    fake_host_free(host);
}

static void
test_state_not_kept(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    g_autofree char *xml = engine_xml(30, "");
    FakeDomain *domain = fake_domain_open(host, xml);

    fake_host_refuse_state(host, TRUE);
    CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "file-error");
    fake_host_refuse_state(host, FALSE);
    CHECK(engine_is_clean(host));
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
}

static void
test_late_start(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *xml = engine_xml(31, "");
    const MortiseStartArguments arguments = {.struct_size = sizeof(arguments), .xml = xml};
    FakeDomain *domain = fake_domain_open(host, xml);

    fake_call_begin(5);
    CHECK_INT(lifecycle->start(fake_domain_handle(domain), &arguments), MORTISE_FAILED);
    CHECK(g_strv_contains((const char *const[]){"timeout", "monitor-timeout", NULL}, fake_call_error()->reason));
    CHECK(engine_is_clean(host));
    fake_host_free(host);
}

static gpointer
interrupt(gpointer data)
{
    FakeHost *host = data;
    const MortiseDriverOperations *operations = fake_host_descriptor(host)->operations;

    operations->interrupt(fake_host_connection(host));
    return NULL;
}

static void
test_interrupt(void)
{
    FakeHost *host = fake_host_new("tcg", NULL);
    const MortiseLifecycle *lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    g_autofree char *root = g_strdup(fake_host_root(host));
    g_autofree char *xml = engine_xml(32, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    GThread *thread;

    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK(engine_signal(fake_domain_id(domain), SIGSTOP));
    thread = g_thread_new("interrupt", interrupt, host);
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->suspend(fake_domain_handle(domain)), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "cancelled");
    (void) g_thread_join(thread);
    engine_leave(host);
    host = fake_host_new("tcg", root);
    domain = fake_domain_open(host, xml);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    fake_host_free(host);
    engine_remove(root);
}

static const MortiseTest tests[] = {
    {"start and stop", test_start_stop},
    {"paused start, suspend, resume, graceful stop", test_suspend_resume},
    {"shutdown by the guest", test_shutdown},
    {"reboot by the guest, then a shutdown", test_reboot},
    {"a reboot whose owner is gone", test_reboot_without_owner},
    {"reset where a reboot would be the end", test_reset},
    {"an emulator killed by others", test_killed},
    {"a stopped emulator delays nobody", test_stopped_emulator},
    {"adoption", test_adoption},
    {"an end while nobody was there", test_end_while_away},
    {"starts that fail, each with its words", test_failing_starts},
    {"a running state that cannot be kept", test_state_not_kept},
    {"a start that is too late", test_late_start},
    {"interrupted calls", test_interrupt},
};

int
main(void)
{
    return engine_require("tcg") ? mortise_test_main("engine", tests, G_N_ELEMENTS(tests)) : 77;
}
