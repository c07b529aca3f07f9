// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How a preloaded library tells ThreadSanitizer of an order that it cannot see, and finds the function it stands for.
#pragma once

#include <dlfcn.h>
#include <glib.h>

// From sanitizer/tsan_interface.h; weak, since a process without ThreadSanitizer is given this library too.
enum {
    TSAN_LINKER_INIT = 1 << 0,
    TSAN_WRITE_REENTRANT = 1 << 1,
    TSAN_READ_LOCK = 1 << 3,
    TSAN_TRY_LOCK = 1 << 4,
    TSAN_TRY_LOCK_FAILED = 1 << 5,
};
#pragma weak __tsan_acquire
#pragma weak __tsan_release
#pragma weak __tsan_mutex_destroy
#pragma weak __tsan_mutex_pre_lock
#pragma weak __tsan_mutex_post_lock
#pragma weak __tsan_mutex_pre_unlock
#pragma weak __tsan_mutex_post_unlock
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_mutex_destroy(void *address, unsigned flags);
void __tsan_mutex_pre_lock(void *address, unsigned flags);
void __tsan_mutex_post_lock(void *address, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void *address, unsigned flags);
void __tsan_mutex_post_unlock(void *address, unsigned flags);

// Whatever another thread did before its released (object) is seen by this one after acquired (object).
static inline void
acquired(void *address)
{
    if (__tsan_acquire != NULL) {
        __tsan_acquire(address);
    }
}

static inline void
released(void *address)
{
    if (__tsan_release != NULL) {
        __tsan_release(address);
    }
}

// NEXT (name) is GLib's own function of that name, looked up at the first call.
#define NEXT(name) \
    ({ \
        static gpointer found; \
        if (__atomic_load_n(&found, __ATOMIC_ACQUIRE) == NULL) { \
            __atomic_store_n(&found, dlsym(RTLD_NEXT, #name), __ATOMIC_RELEASE); \
        } \
        (__typeof__(&name)) found; \
    })

#define INTERPOSED __attribute__((visibility("default")))
