// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which process is meant, even after its pid was given to another one or the host was restarted.
#pragma once

#include <glib.h>

/* A process of this boot: its pid alone may mean another process tomorrow, together with its start it never does. */
typedef struct {
    gint64 pid;        /* 0: none */
    guint64 start;     /* field 22 of /proc/PID/stat: clock ticks after boot */
} ProcessIdentity;

/* The start of a process; 0 when there is none with that pid. */
guint64 process_start_time(gint64 pid);
/* The pid of the process that it is a child of; 0 when there is none. */
gint64 process_parent(gint64 pid);

/* /proc/sys/kernel/random/boot_id, to be freed; "" when it cannot be read. */
char *process_boot_identity(void);

/*
 * A pidfd (close-on-exec) of exactly that process, to wait for and to signal. -1 when it has ended and was reaped, or
 * was never there. A zombie gives one that is readable. Any thread; does not block.
 */
int process_identity_open(const ProcessIdentity *identity);

/* Sends a signal; FALSE when the process has ended. */
gboolean process_signal(int pidfd, int signal);

/*
 * Whether the process behind a pidfd has ended, waited for until `deadline` (g_get_monotonic_time(); 0: only asked).
 * Blocks that long.
 */
gboolean process_has_ended(int pidfd, gint64 deadline);
