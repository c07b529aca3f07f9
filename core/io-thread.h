// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The core's one I/O thread: timers, watches and deadlines of calls that nobody waits for.
#pragma once

#include <glib.h>

/* Its main context; the thread is started at the first call and lives as long as the process. */
GMainContext *io_thread_context(void);
/* Whether the calling thread is the I/O thread. */
gboolean io_thread_is_current(void);
