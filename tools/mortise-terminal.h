// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A session between standard input and output and a console.
#pragma once

#include <gio/gio.h>

/* What ended a session. */
typedef enum {
    TERMINAL_LEFT,    /* ^] was read, or nobody reads standard output any more */
    TERMINAL_HUNG_UP, /* the console ended */
    TERMINAL_CANCELLED,
    TERMINAL_FAILED, /* reading or writing failed; errno says why */
} TerminalEnd;

/*
 * Copies between standard input and output and `fd` until ^] is read, the console ends or `cancellable` is
 * cancelled. The end of standard input ends its direction only. A terminal is in raw mode meanwhile, and as it was
 * before when this returns, or when a signal ends the process. Closes `fd`.
 */
TerminalEnd terminal_run(int fd, GCancellable *cancellable);
