// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells ThreadSanitizer of GLib's locks, which are futexes inside a library that it does not instrument.
#include "tsan-annotate.h"

static void
before_lock(gpointer lock, guint flags)
{
    if (__tsan_mutex_pre_lock != NULL) {
        __tsan_mutex_pre_lock(lock, flags | TSAN_LINKER_INIT);
    }
}

static void
after_lock(gpointer lock, guint flags)
{
    if (__tsan_mutex_post_lock != NULL) {
        __tsan_mutex_post_lock(lock, flags | TSAN_LINKER_INIT, 1);
    }
}

static void
before_unlock(gpointer lock, guint flags)
{
    if (__tsan_mutex_pre_unlock != NULL) {
        (void) __tsan_mutex_pre_unlock(lock, flags);
        __tsan_mutex_post_unlock(lock, flags);
    }
}

static void
cleared(gpointer lock)
{
    if (__tsan_mutex_destroy != NULL) {
        __tsan_mutex_destroy(lock, TSAN_LINKER_INIT);
    }
}

// The plain locks: the type, the functions' names, and what ThreadSanitizer calls that kind of lock.
#define INTERPOSE_LOCK(Type, lock_name, unlock_name, flags) \
    INTERPOSED void lock_name(Type *lock) \
    { \
        before_lock(lock, flags); \
        NEXT(lock_name)(lock); \
        after_lock(lock, flags); \
    } \
    INTERPOSED void unlock_name(Type *lock) \
    { \
        before_unlock(lock, flags); \
        NEXT(unlock_name)(lock); \
    }
#define INTERPOSE_TRYLOCK(Type, name, flags) \
    INTERPOSED gboolean name(Type *lock) \
    { \
        gboolean taken; \
        before_lock(lock, (flags) | TSAN_TRY_LOCK); \
        taken = NEXT(name)(lock); \
        after_lock(lock, (flags) | TSAN_TRY_LOCK | (taken ? 0 : TSAN_TRY_LOCK_FAILED)); \
        return taken; \
    }
#define INTERPOSE_CLEAR(Type, name) \
    INTERPOSED void name(Type *lock) \
    { \
        cleared(lock); \
        NEXT(name)(lock); \
    }

INTERPOSE_LOCK(GMutex, g_mutex_lock, g_mutex_unlock, 0)
INTERPOSE_TRYLOCK(GMutex, g_mutex_trylock, 0)
INTERPOSE_CLEAR(GMutex, g_mutex_clear)
INTERPOSE_LOCK(GRecMutex, g_rec_mutex_lock, g_rec_mutex_unlock, TSAN_WRITE_REENTRANT)
INTERPOSE_TRYLOCK(GRecMutex, g_rec_mutex_trylock, TSAN_WRITE_REENTRANT)
INTERPOSE_CLEAR(GRecMutex, g_rec_mutex_clear)
INTERPOSE_LOCK(GRWLock, g_rw_lock_writer_lock, g_rw_lock_writer_unlock, 0)
INTERPOSE_LOCK(GRWLock, g_rw_lock_reader_lock, g_rw_lock_reader_unlock, TSAN_READ_LOCK)
INTERPOSE_TRYLOCK(GRWLock, g_rw_lock_writer_trylock, 0)
INTERPOSE_TRYLOCK(GRWLock, g_rw_lock_reader_trylock, TSAN_READ_LOCK)
INTERPOSE_CLEAR(GRWLock, g_rw_lock_clear)

INTERPOSED void
g_cond_wait(GCond *condition, GMutex *lock)
{
    before_unlock(lock, 0);
    NEXT(g_cond_wait)(condition, lock);
    before_lock(lock, 0);
    after_lock(lock, 0);
}

INTERPOSED gboolean
g_cond_wait_until(GCond *condition, GMutex *lock, gint64 end)
{
    gboolean signalled;

    before_unlock(lock, 0);
    signalled = NEXT(g_cond_wait_until)(condition, lock, end);
    before_lock(lock, 0);
    after_lock(lock, 0);
    return signalled;
}

#undef g_once_init_enter
#undef g_once_init_leave

// The quick way of g_once_init_enter is inline, and an atomic read; what the writer did before it is released here.
INTERPOSED gboolean(g_once_init_enter)(volatile void *location)
{
    gboolean first = NEXT(g_once_init_enter)(location);

    acquired((gpointer) location);
    return first;
}

INTERPOSED void(g_once_init_leave)(volatile void *location, gsize result)
{
    released((gpointer) location);
    NEXT(g_once_init_leave)(location, result);
}

INTERPOSED gpointer
g_once_impl(GOnce *once, GThreadFunc function, gpointer argument)
{
    gpointer value = NEXT(g_once_impl)(once, function, argument);

    // The status that others read inline is written by GLib; who comes through here has the value's maker before it.
    released(once);
    acquired(once);
    return value;
}
