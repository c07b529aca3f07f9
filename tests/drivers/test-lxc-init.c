// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What belongs to a container: no other process is taken for its init by its number, and no other group for its own.
#include <mortise/driver/abi.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lxc-record.h"
#include "mortise-test.h"

static gint64
begin_child(void)
{
    const pid_t child = fork();

    if (child == 0) {
        (void) pause();
        _exit(0);
    }
    CHECK(child > 0);
    return child;
}

static void
end_child(gint64 child)
{
    CHECK_INT(kill((pid_t) child, SIGKILL), 0);
    CHECK_INT(waitpid((pid_t) child, NULL, 0), child);
}

static void
check_init(const ProcessIdentity *monitor, gint64 pid, guint64 start)
{
    const LxcEvents events = {.monitor = *monitor, .init = pid};
    const ProcessIdentity init = lxc_events_init(&events);

    CHECK_INT(init.pid, pid);
    CHECK_INT(init.start, start);
}

/* This process stands for a monitor. */
static void
test_child_of_its_monitor(void)
{
    const ProcessIdentity monitor = {getpid(), process_start_time(getpid())};
    const ProcessIdentity other = {getpid(), monitor.start + 1};
    const ProcessIdentity gone = {0, 0};
    const gint64 child = begin_child();

    check_init(&monitor, child, process_start_time(child));
    // Not of a monitor that had the same number, nor of none.
    check_init(&other, child, 0);
    check_init(&gone, child, 0);
    end_child(child);
    check_init(&monitor, child, 0);
}

/* As if a number had been given to a process of somebody else. */
static void
test_somebody_else(void)
{
    const ProcessIdentity monitor = {getpid(), process_start_time(getpid())};

    check_init(&monitor, getpid(), 0);
    check_init(&monitor, getppid(), 0);
    check_init(&monitor, 1, 0);
    check_init(&monitor, 0, 0);
}

static void
check_place(const char *place, gboolean good)
{
    g_autoptr(LxcRecord) record = lxc_record_new();
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(LxcRecord) back = NULL;
    g_autofree char *text = NULL;

    record->boot = g_strdup("boot");
    record->directory = g_strdup("12345678");
    record->group = g_strdup("mortise-lxc-1");
    record->place = g_strdup(place);
    text = lxc_record_to_text(record);
    back = lxc_record_parse(text, &failure);
    CHECK_INT(back != NULL, good);
    CHECK_TEXT(failure != NULL ? failure->reason : NULL, good ? NULL : "driver-failed");
}

/* At the end of a container all in its place is killed: a damaged record must not name more than that. */
static void
test_place(void)
{
    static const char *const bad[] = {
        "", "/", ".", "/user.slice", "/mortise-lxc-1/", "/mortise-lxc-1/..", "/mortise-lxc-1/../mortise-lxc-1",
        "/mortise-lxc-1/other", "/mortise-lxc-11",
    };

    check_place("/mortise-lxc-1", TRUE);
    check_place("mortise-lxc-1", TRUE);
    check_place("/user.slice/mortise.own/mortise-lxc-1", TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        check_place(bad[i], FALSE);
    }
}

static const MortiseTest tests[] = {
    {"child of its monitor", test_child_of_its_monitor},
    {"somebody else", test_somebody_else},
    {"place of the groups", test_place},
};

MORTISE_TEST_MAIN("lxc-init", tests)
