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
} QmpLock;

void qmp_lock_init(QmpLock *lock);
void qmp_lock_clear(QmpLock *lock);

/* Blocks until it is free; returns `lock`. Not recursive. */
QmpLock *qmp_lock_take(QmpLock *lock);
void qmp_lock_release(QmpLock *lock);

/*
 * Gives the lock up until qmp_lock_announce() is called or `deadline` (g_get_monotonic_time(), in microseconds; -1:
 * none) has passed; FALSE when it has. May return early: the caller looks at its condition again.
 */
gboolean qmp_lock_wait(QmpLock *lock, gint64 deadline);
/* Wakes all that wait. The lock must be held. */
void qmp_lock_announce(QmpLock *lock);

typedef QmpLock QmpLockGuard;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpLockGuard, qmp_lock_release)

/* Holds the lock to the end of the block. */
#define QMP_LOCK_SCOPE(lock) g_autoptr(QmpLockGuard) qmp_lock_guard G_GNUC_UNUSED = qmp_lock_take(lock)
