// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The emulator's life: executed, watched with its monitor and output, reaped, and its end written down.
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOT_STARTED 0
#define SLOT_COMMITTED 1

// How long an emulator that is about to end may take before it is reminded.
#define ENDING_PATIENCE_MS 500

typedef struct Guest {
    pid_t pid;
    int control;
    int signals;
    bool committed;
    bool aborted;
    bool ended;
    int wait_status;
    KeeperEvents events;
    KeeperOutput output;
    KeeperMonitor monitor;
} Guest;

static long long
now_microseconds(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_REALTIME, &now);
    return (long long) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// Field 22 of /proc/PID/stat; 0 when it cannot be read. The name, field 2, may hold spaces and brackets.
static unsigned long long
start_time(pid_t pid)
{
    char path[64];
    char text[1024];
    ssize_t length;

    (void) snprintf(path, sizeof(path), "/proc/%ld/stat", (long) pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    length = read(file, text, sizeof(text) - 1);
    (void) close(file);
    if (length <= 0) {
        return 0;
    }
    text[length] = '\0';
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++) {
        at = strchr(at + 1, ' ');
    }
    unsigned long long ticks = 0;
    for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++) {
        ticks = ticks * 10 + (unsigned long long) (*at - '0');
    }
    return ticks;
}

static void
tell(int control, const char *text)
{
    (void) send(control, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
record(Guest *guest, const char *text, int slot)
{
    keeper_events_append(&guest->events, (KeeperSlice){text, strlen(text)}, slot);
}

static void
record_start(Guest *guest)
{
    char text[256];
    pid_t self = getpid();

    (void) snprintf(text, sizeof(text),
                    "{\"keeper\":\"" KEEPER_WORD_STARTED "\",\"pid\":%ld,\"start_time\":%llu,\"keeper_pid\":%ld,"
                    "\"keeper_start_time\":%llu,\"time\":%lld}",
                    (long) guest->pid, start_time(guest->pid), (long) self, start_time(self), now_microseconds());
    record(guest, text, SLOT_STARTED);
    tell(guest->control, text);
    tell(guest->control, "\n");
}

static void
record_commit(Guest *guest)
{
    char text[96];

    (void) snprintf(text, sizeof(text), "{\"keeper\":\"" KEEPER_WORD_COMMITTED "\",\"time\":%lld}",
                    now_microseconds());
    record(guest, text, SLOT_COMMITTED);
    guest->committed = true;
    tell(guest->control, text);
    tell(guest->control, "\n");
}

static void
record_end(Guest *guest)
{
    char tail[KEEPER_OUTPUT_TAIL * 6 + 8];
    char text[sizeof(tail) + 256];
    size_t length = keeper_json_escape(guest->output.tail, guest->output.tail_length, tail, sizeof(tail) - 1);
    bool exited = WIFEXITED(guest->wait_status);

    tail[length] = '\0';
    (void) snprintf(text, sizeof(text),
                    "{\"keeper\":\"" KEEPER_WORD_ENDED "\",\"status\":%d,\"signal\":%d,\"aborted\":%s,\"time\":%lld,"
                    "\"output\":\"%s\"}",
                    exited ? WEXITSTATUS(guest->wait_status) : -1, exited ? 0 : WTERMSIG(guest->wait_status),
                    guest->aborted ? "true" : "false", now_microseconds(), tail);
    record(guest, text, -1);
}

static void
set_close_on_exec(int from, int to)
{
    for (int fd = from; fd <= to; fd++) {
        (void) fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

// Returns 0 or an errno.
static int
execute(Guest *guest, char **command, int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    int status;

    (void) sigemptyset(&none);
    (void) sigfillset(&all);
    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawnattr_init(&attributes);
    (void) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, output, 1);
    (void) posix_spawn_file_actions_adddup2(&actions, output, 2);
    (void) posix_spawnattr_setsigmask(&attributes, &none);
    (void) posix_spawnattr_setsigdefault(&attributes, &all);
    (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    status = posix_spawn(&guest->pid, command[0], &actions, &attributes, command, environ);
    (void) posix_spawn_file_actions_destroy(&actions);
    (void) posix_spawnattr_destroy(&attributes);
    return status;
}

static void
abort_start(Guest *guest)
{
    guest->aborted = true;
    (void) kill(guest->pid, SIGKILL);
}

// False when nothing has come yet; true after a commit, or when there will be none.
static bool
read_commit(Guest *guest)
{
    char byte = 0;
    ssize_t got = recv(guest->control, &byte, 1, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (got == 1 && byte == KEEPER_COMMIT) {
        record_commit(guest);
    }
    return true;
}

static void
handle_control(Guest *guest)
{
    if (!read_commit(guest)) {
        return;
    }
    if (!guest->committed) {
        abort_start(guest);
    }
    (void) close(guest->control);
    guest->control = -1;
}

static void
handle_signals(Guest *guest)
{
    struct signalfd_siginfo information;

    while (read(guest->signals, &information, sizeof(information)) == (ssize_t) sizeof(information)) {
        if (information.ssi_signo == SIGTERM && guest->committed) {
            (void) kill(guest->pid, SIGTERM);
        } else if (information.ssi_signo == SIGTERM) {
            abort_start(guest);
        }
    }
    if (waitpid(guest->pid, &guest->wait_status, WNOHANG) == guest->pid) {
        guest->ended = true;
        if (!guest->committed && guest->control >= 0) {
            (void) read_commit(guest);
        }
    }
}

static void
watch(Guest *guest)
{
    while (!guest->ended) {
        struct pollfd watched[] = {
            {guest->signals, POLLIN, 0},
            {guest->control, POLLIN, 0},
            {guest->monitor.socket, POLLIN, 0},
            {guest->output.pipe, POLLIN, 0},
        };
        int ready = poll(watched, 4, guest->monitor.ending ? ENDING_PATIENCE_MS : -1);
        if (ready == 0) {
            // QEMU 7.2 closes its disks, then its monitors; a command that comes just then, of an owner who cannot
            // know, leaves it waiting for good, for a wake-up that any signal brings.
            (void) kill(guest->pid, SIGTERM);
        }
        if (ready <= 0) {
            continue;
        }
        // First: an emulator that ended by itself was not killed for its starter's sake.
        if (watched[0].revents) {
            handle_signals(guest);
        }
        if (watched[1].revents && !guest->ended) {
            handle_control(guest);
        }
        if (watched[2].revents && !keeper_monitor_read(&guest->monitor)) {
            (void) close(guest->monitor.socket);
            guest->monitor.socket = -1;
        }
        if (watched[3].revents && !keeper_output_read(&guest->output)) {
            (void) close(guest->output.pipe);
            guest->output.pipe = -1;
        }
    }
    // What it said last may still be in the pipes.
    if (guest->monitor.socket >= 0) {
        (void) keeper_monitor_read(&guest->monitor);
    }
    if (guest->output.pipe >= 0) {
        (void) keeper_output_read(&guest->output);
    }
}

static int
open_signals(void)
{
    sigset_t wanted;

    (void) sigemptyset(&wanted);
    (void) sigaddset(&wanted, SIGCHLD);
    (void) sigaddset(&wanted, SIGTERM);
    (void) pthread_sigmask(SIG_SETMASK, &wanted, NULL);
    // An ignored SIGCHLD is inherited, and nothing could be reaped.
    (void) signal(SIGCHLD, SIG_DFL);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) signal(SIGHUP, SIG_IGN);
    (void) signal(SIGINT, SIG_IGN);
    return signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int
fail(int control, int error)
{
    char text[96];

    (void) snprintf(text, sizeof(text), "{\"keeper\":\"" KEEPER_WORD_FAILED "\",\"error\":%d}\n", error);
    tell(control, text);
    return 1;
}

static int
start(Guest *guest, const KeeperOptions *options)
{
    int pipes[2];
    int last = KEEPER_FD_EMULATOR + options->emulator_descriptors - 1;
    int status;

    // Whatever else the starter's process had open without close-on-exec is no business of the guest.
    (void) close_range((unsigned int) last + 1, ~0U, 0);
    set_close_on_exec(KEEPER_FD_CONTROL, KEEPER_FD_LOG);
    guest->signals = open_signals();
    if (guest->signals < 0 || pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0 ||
        !keeper_events_open(&guest->events, KEEPER_FD_DIRECTORY)) {
        return errno;
    }
    // The emulator's end must block: it prints without looking.
    (void) fcntl(pipes[1], F_SETFL, 0);
    keeper_output_open(&guest->output, pipes[0], KEEPER_FD_LOG);
    status = execute(guest, options->command, pipes[1]);
    (void) close(pipes[1]);
    for (int fd = KEEPER_FD_EMULATOR; fd <= last; fd++) {
        (void) close(fd);
    }
    return status;
}

int
keeper_guest_run(const KeeperOptions *options)
{
    Guest *guest = calloc(1, sizeof(Guest));
    int error;

    if (!guest) {
        return fail(KEEPER_FD_CONTROL, ENOMEM);
    }
    guest->control = KEEPER_FD_CONTROL;
    guest->monitor.socket = KEEPER_FD_MONITOR;
    guest->monitor.directory = KEEPER_FD_DIRECTORY;
    guest->monitor.events = &guest->events;
    guest->monitor.on_poweroff = options->on_poweroff;
    guest->monitor.on_reboot = options->on_reboot;
    guest->monitor.on_crash = options->on_crash;
    error = start(guest, options);
    if (error != 0) {
        free(guest);
        return fail(KEEPER_FD_CONTROL, error);
    }
    record_start(guest);
    keeper_monitor_open(&guest->monitor);
    watch(guest);
    record_end(guest);
    keeper_events_close(&guest->events);
    free(guest);
    return 0;
}
