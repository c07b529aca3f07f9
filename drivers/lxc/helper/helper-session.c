// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One session for each console of a container: who has it, and how another one takes it over.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lxc-helper.h"

/* How long a session may take to end in order. */
#define PATIENCE_MILLISECONDS 2000

typedef struct {
    char pid[24];
    char start[24];
    char terminal[12];
    long asked;
} Session;

static bool
read_session(int fd, Session *session)
{
    char text[128];
    const ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

    *session = (Session){.asked = 0};
    text[length > 0 ? length : 0] = '\0';
    // NOLINTNEXTLINE(cert-err34-c): written by a session of ours
    return sscanf(text, "%23s %23s %11s %ld", session->pid, session->start, session->terminal, &session->asked) == 4;
}

/* Whether its user has closed the terminal, which it will notice in a moment: one that is hung up cannot be opened. */
static bool
is_ending(const Session *session)
{
    char path[64];
    int terminal;

    (void) snprintf(path, sizeof(path), "/proc/%s/fd/%s", session->pid, session->terminal);
    terminal = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (terminal >= 0) {
        (void) close(terminal);
    }
    return terminal < 0 && (errno == EIO || errno == ENOENT);
}

/* Waits for the end of the process that the lock's holder has said to be, and asks for it where it would not come. */
static void
end_session(const Session *session, bool ending)
{
    const int process = (int) syscall(SYS_pidfd_open, (pid_t) helper_number(session->pid), 0);
    struct pollfd watched = {process, POLLIN, 0};

    if (process >= 0 && helper_start_time(session->pid) == helper_number(session->start)) {
        if (!ending) {
            (void) syscall(SYS_pidfd_send_signal, process, SIGTERM, NULL, 0);
        }
        if (poll(&watched, 1, PATIENCE_MILLISECONDS) == 0) {
            (void) syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0);
        }
        (void) poll(&watched, 1, PATIENCE_MILLISECONDS);
    }
    if (process >= 0) {
        (void) close(process);
    }
}

static void
write_session(int fd, int terminal, pid_t asking)
{
    char text[128];
    const int length = snprintf(text, sizeof(text), "%ld %llu %d %ld\n", (long) getpid(), helper_start_time("self"),
                                terminal, (long) asking);

    if (ftruncate(fd, 0) == 0) {
        (void) !pwrite(fd, text, (size_t) length, 0);
    }
}

int
helper_session_begin(const char *directory, const char *number, int terminal, bool force, pid_t asking, long *asked)
{
    char path[4096];
    Session session;
    bool ending;
    bool taken;
    int fd;

    (void) snprintf(path, sizeof(path), "%s/" HELPER_CONSOLE "%s", directory, number);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return -1;
    }
    taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!taken && read_session(fd, &session)) {
        *asked = session.asked;
        ending = is_ending(&session);
        if (force || ending) {
            end_session(&session, ending);
            taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
        }
    }
    if (!taken) {
        (void) close(fd);
        return -1;
    }
    write_session(fd, terminal, asking);
    return fd;
}
