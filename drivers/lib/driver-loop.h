// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The I/O thread of a driver connection: a main context of its own, and the way for other threads to run things in it.
#pragma once

#include <glib.h>

/*
 * One thread. GSources of its context are made, touched and destroyed in that thread only, so that no lock is needed
 * for them; other threads come in by driver_loop_run() and driver_loop_call(). What runs in it must not wait for a
 * guest.
 */
typedef struct DriverLoop DriverLoop;
typedef void (*DriverLoopFunction)(gpointer data);

/* Starts the thread. `name` is shown by ps -L (15 bytes). */
DriverLoop *driver_loop_new(const char *name);
/* Runs what is queued, ends the thread and waits for it. Not from within it. NULL is allowed. */
void driver_loop_free(DriverLoop *loop);

/* Has `function` called in the thread, later; in the order of the calls. Any thread; does not block. */
void driver_loop_run(DriverLoop *loop, DriverLoopFunction function, gpointer data);
/*
 * The same, and returns when it was done. From within the thread it is done at once. The caller must hold no lock
 * that something in the thread may take.
 */
void driver_loop_call(DriverLoop *loop, DriverLoopFunction function, gpointer data);

/* Watches a descriptor. Only in the thread. Ended by driver_loop_unwatch(), and by a function that returns FALSE. */
typedef gboolean (*DriverLoopWatch)(int fd, GIOCondition ready, gpointer data);
GSource *driver_loop_watch(DriverLoop *loop, int fd, GIOCondition wanted, DriverLoopWatch function, gpointer data);
/* Calls `function` every so many milliseconds until it returns FALSE; else as above. */
GSource *driver_loop_timer(DriverLoop *loop, guint milliseconds, GSourceFunc function, gpointer data);
/* Ends a watch or timer and forgets it; NULL inside is allowed. Only in the thread. */
void driver_loop_unwatch(GSource **source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverLoop, driver_loop_free)
