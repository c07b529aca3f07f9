// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A mutex with one condition whose waits have monotonic deadlines.
#include "driver-lock.h"

#include <errno.h>
#include <time.h>

void
driver_lock_init(DriverLock *lock)
{
    pthread_condattr_t attributes;

    (void) pthread_mutex_init(&lock->mutex, NULL);
    (void) pthread_condattr_init(&attributes);
    (void) pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void) pthread_cond_init(&lock->changed, &attributes);
    (void) pthread_condattr_destroy(&attributes);
}

void
driver_lock_clear(DriverLock *lock)
{
    (void) pthread_cond_destroy(&lock->changed);
    (void) pthread_mutex_destroy(&lock->mutex);
}

DriverLock *
driver_lock_take(DriverLock *lock)
{
    (void) pthread_mutex_lock(&lock->mutex);
    return lock;
}

void
driver_lock_release(DriverLock *lock)
{
    (void) pthread_mutex_unlock(&lock->mutex);
}

gboolean
driver_lock_wait(DriverLock *lock, gint64 deadline)
{
    struct timespec until;

    if (deadline < 0) {
        (void) pthread_cond_wait(&lock->changed, &lock->mutex);
        return TRUE;
    }
    // GLib's monotonic time is CLOCK_MONOTONIC.
    until.tv_sec = (time_t) (deadline / G_USEC_PER_SEC);
    until.tv_nsec = (long) (deadline % G_USEC_PER_SEC) * 1000;
    return pthread_cond_timedwait(&lock->changed, &lock->mutex, &until) != ETIMEDOUT;
}

void
driver_lock_announce(DriverLock *lock)
{
    (void) pthread_cond_broadcast(&lock->changed);
}
