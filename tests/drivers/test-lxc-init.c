// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which process is a container's init: the number of another one is never taken for it.
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

static const MortiseTest tests[] = {
    {"child of its monitor", test_child_of_its_monitor},
    {"somebody else", test_somebody_else},
};

MORTISE_TEST_MAIN("lxc-init", tests)
