// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The emulator's second monitor: events go to the events file, and what the definition wants at an end is done.
#include "keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Slots of the events file; see keeper_events_append().
enum { SLOT_RUN = 2, SLOT_POWER, SLOT_PANIC, SLOT_SLEEP };

typedef struct StateEvent {
    const char *name;
    int slot;
} StateEvent;

static const StateEvent state_events[] = {
    {"STOP", SLOT_RUN},
    {"RESUME", SLOT_RUN},
    {"SHUTDOWN", SLOT_POWER},
    {"RESET", SLOT_POWER},
    {"SUSPEND", SLOT_SLEEP},
    {"WAKEUP", SLOT_SLEEP},
    {"GUEST_PANICKED", SLOT_PANIC},
    {"GUEST_CRASHLOADED", SLOT_PANIC},
    {"SUSPEND_DISK", SLOT_SLEEP},
};

static void
say(KeeperMonitor *monitor, const char *command)
{
    // A few hundred bytes always fit, unless the emulator is gone or hangs: then there is nobody to tell.
    (void) send(monitor->socket, command, strlen(command), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
set_action(KeeperMonitor *monitor, const char *shutdown, const char *reboot)
{
    char command[160];

    (void) snprintf(command, sizeof(command),
                    "{\"execute\":\"set-action\",\"arguments\":{\"shutdown\":\"%s\",\"reboot\":\"%s\"}}\n", shutdown,
                    reboot);
    say(monitor, command);
}

static const char *
usual_shutdown(const KeeperMonitor *monitor)
{
    return monitor->on_poweroff == KEEPER_DESTROY ? "poweroff" : "pause";
}

static const char *
usual_reboot(const KeeperMonitor *monitor)
{
    return monitor->on_reboot == KEEPER_DESTROY ? "shutdown" : "reset";
}

// system_reset is only a request; the CPUs may go on when the event RESET says that it was done.
static void
begin_reset(KeeperMonitor *monitor)
{
    set_action(monitor, usual_shutdown(monitor), "reset");
    say(monitor, "{\"execute\":\"system_reset\"}\n");
    monitor->resetting = true;
}

static void
end_reset(KeeperMonitor *monitor)
{
    set_action(monitor, usual_shutdown(monitor), usual_reboot(monitor));
    say(monitor, "{\"execute\":\"cont\"}\n");
    monitor->resetting = false;
}

static bool
take_reboot_request(KeeperMonitor *monitor)
{
    return unlinkat(monitor->directory, KEEPER_REBOOT_FILE, 0) == 0;
}

// `pauses`: QEMU stays, stopped, and waits for us; else it is ending by itself. Then nothing may be said to it:
// QEMU 7.2 can hang for good on a command that comes between the closing of its disks and that of its monitors.
static void
apply(KeeperMonitor *monitor, KeeperPolicy policy, bool pauses)
{
    if (!pauses) {
        monitor->ending = true;
    } else if (policy == KEEPER_RESTART) {
        begin_reset(monitor);
    } else if (policy == KEEPER_DESTROY) {
        say(monitor, "{\"execute\":\"quit\"}\n");
        monitor->ending = true;
    }
}

static void
handle_shutdown(KeeperMonitor *monitor, KeeperSlice data)
{
    KeeperSlice reason = {"", 0};
    // Whoever asks for a reboot has QEMU pause for it.
    bool reboot = take_reboot_request(monitor);
    bool pauses = reboot || monitor->on_poweroff != KEEPER_DESTROY;

    (void) keeper_json_member(data, "reason", &reason);
    if (keeper_json_is(reason, "guest-shutdown")) {
        apply(monitor, reboot ? KEEPER_RESTART : monitor->on_poweroff, pauses);
    } else if (keeper_json_is(reason, "guest-panic")) {
        apply(monitor, monitor->on_crash, pauses);
    } else {
        // A signal and the command quit end it whatever was to follow a shutdown.
        apply(monitor, KEEPER_DESTROY,
              pauses && !keeper_json_is(reason, "host-signal") && !keeper_json_is(reason, "host-qmp-quit"));
    }
}

static void
handle_reset(KeeperMonitor *monitor)
{
    monitor->ending = false;
    if (monitor->resetting) {
        end_reset(monitor);
    } else if (take_reboot_request(monitor)) {
        // It rebooted by its own means: a later shutdown is a shutdown.
        set_action(monitor, usual_shutdown(monitor), usual_reboot(monitor));
    }
}

static void
handle_event(KeeperMonitor *monitor, KeeperSlice line, KeeperSlice event)
{
    KeeperSlice data = {"", 0};
    KeeperSlice action;
    int slot = -1;

    for (size_t i = 0; i < sizeof(state_events) / sizeof(state_events[0]); i++) {
        if (keeper_json_is(event, state_events[i].name)) {
            slot = state_events[i].slot;
        }
    }
    keeper_events_append(monitor->events, line, slot);
    (void) keeper_json_member(line, "data", &data);
    if (keeper_json_is(event, "SHUTDOWN")) {
        handle_shutdown(monitor, data);
    } else if (keeper_json_is(event, "RESET")) {
        handle_reset(monitor);
    } else if (keeper_json_is(event, "GUEST_PANICKED") && monitor->on_crash == KEEPER_RESTART &&
               keeper_json_member(data, "action", &action) && keeper_json_is(action, "pause")) {
        begin_reset(monitor);
    }
}

static void
handle_line(KeeperMonitor *monitor, KeeperSlice line)
{
    KeeperSlice event;

    if (line.length > 0 && line.data[line.length - 1] == '\r') {
        line.length--;
    }
    if (keeper_json_member(line, "event", &event)) {
        handle_event(monitor, line, event);
    }
}

static void
take_lines(KeeperMonitor *monitor)
{
    size_t start = 0;
    const char *end;

    while ((end = memchr(monitor->line + start, '\n', monitor->length - start))) {
        size_t length = (size_t) (end - monitor->line) - start;
        if (!monitor->skipping) {
            handle_line(monitor, (KeeperSlice){monitor->line + start, length});
        }
        monitor->skipping = false;
        start += length + 1;
    }
    memmove(monitor->line, monitor->line + start, monitor->length - start);
    monitor->length -= start;
    if (monitor->length == sizeof(monitor->line)) {
        monitor->skipping = true;
        monitor->length = 0;
    }
}

void
keeper_monitor_open(KeeperMonitor *monitor)
{
    say(monitor, "{\"execute\":\"qmp_capabilities\"}\n");
}

bool
keeper_monitor_read(KeeperMonitor *monitor)
{
    for (;;) {
        ssize_t got = recv(monitor->socket, monitor->line + monitor->length, sizeof(monitor->line) - monitor->length,
                           MSG_DONTWAIT);
        if (got == 0) {
            return false;
        }
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        monitor->length += (size_t) got;
        take_lines(monitor);
    }
}
