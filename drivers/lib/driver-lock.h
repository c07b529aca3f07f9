// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A mutex with one condition whose waits have monotonic deadlines.
#pragma once

#include <glib.h>
#include <pthread.h>

/*
 * Made of pthread's own parts: GMutex works by futexes inside GLib, which ThreadSanitizer cannot see into, and then
 * it would find no race of ours either.
 */
typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
} DriverLock;

void driver_lock_init(DriverLock *lock);
void driver_lock_clear(DriverLock *lock);

/* Blocks until it is free; returns `lock`. Not recursive. */
DriverLock *driver_lock_take(DriverLock *lock);
void driver_lock_release(DriverLock *lock);

/*
 * Gives the lock up until driver_lock_announce() is called or `deadline` (g_get_monotonic_time(), in microseconds; -1:
 * none) has passed; FALSE when it has. May return early: the caller looks at its condition again.
 */
gboolean driver_lock_wait(DriverLock *lock, gint64 deadline);
/* Wakes all that wait. The lock must be held. */
void driver_lock_announce(DriverLock *lock);

typedef DriverLock DriverLockGuard;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverLockGuard, driver_lock_release)

/* Holds the lock to the end of the block. */
#define DRIVER_LOCK_SCOPE(lock) g_autoptr(DriverLockGuard) driver_lock_guard G_GNUC_UNUSED = driver_lock_take(lock)
