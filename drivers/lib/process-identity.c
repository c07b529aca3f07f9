// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which process is meant, even after its pid was given to another one or the host was restarted.
#include "process-identity.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* Fields of /proc/PID/stat, counted from 1. */
#define PARENT_FIELD 4u
#define START_FIELD 22u

/* 0 when there is no such process. */
static guint64
read_field(gint64 pid, guint field)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid);
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;
    const char *behind_name;
    guint64 number = 0;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return 0;
    }
    // The second field is the name in brackets, and may itself hold spaces and brackets.
    behind_name = strrchr(text, ')');
    fields = g_strsplit(behind_name ? behind_name + 1 : "", " ", (gint) field);
    if (g_strv_length(fields) < field - 1 ||
        !g_ascii_string_to_unsigned(fields[field - 2], 10, 0, G_MAXUINT64, &number, NULL)) {
        return 0;
    }
    return number;
}

guint64
process_start_time(gint64 pid)
{
    return read_field(pid, START_FIELD);
}

gint64
process_parent(gint64 pid)
{
    return (gint64) read_field(pid, PARENT_FIELD);
}

char *
process_boot_identity(void)
{
    char *text = NULL;

    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL)) {
        return g_strdup("");
    }
    return g_strstrip(text);
}

int
process_identity_open(const ProcessIdentity *identity)
{
    int fd;

    if (identity->pid <= 0 || identity->pid > G_MAXINT) {
        return -1;
    }
    fd = pidfd_open((pid_t) identity->pid, 0);
    // Asked after the descriptor is open: from here on the pid cannot be given to another process unseen.
    if (fd >= 0 && process_start_time(identity->pid) != identity->start) {
        (void) close(fd);
        return -1;
    }
    return fd;
}

gboolean
process_signal(int pidfd, int signal)
{
    return pidfd_send_signal(pidfd, signal, NULL, 0) == 0;
}

gboolean
process_has_ended(int pidfd, gint64 deadline)
{
    struct pollfd watched = {pidfd, POLLIN, 0};
    gint64 left;
    int ready;

    do {
        left = deadline == 0 ? 0 : deadline - g_get_monotonic_time();
        ready = poll(&watched, 1, (int) CLAMP((left + 999) / 1000, 0, G_MAXINT));
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}
