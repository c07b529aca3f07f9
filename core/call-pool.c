// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Worker threads of calls, in a GThreadPool whose bound grows by one for each late call.
#include "call-pool.h"

#include "call.h"

#define POOL_THREADS 32

typedef struct {
    GThreadPool *threads;
    GMutex lock;
    int bound;
} CallPool;

static void
pool_work(gpointer data, gpointer user_data G_GNUC_UNUSED)
{
    g_autoptr(Call) call = data;
    call_work(call);
}

static CallPool *
call_pool_get(void)
{
    static gsize once = 0;
    static CallPool pool;
    if (g_once_init_enter(&once)) {
        pool.bound = POOL_THREADS;
        pool.threads = g_thread_pool_new(pool_work, NULL, POOL_THREADS, FALSE, NULL);
        g_once_init_leave(&once, 1);
    }
    return &pool;
}

void
call_pool_push(Call *call)
{
    g_thread_pool_push(call_pool_get()->threads, call_ref(call), NULL);
}

static void
pool_change_bound(int difference)
{
    CallPool *pool = call_pool_get();
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pool->lock);
    pool->bound += difference;
    g_thread_pool_set_max_threads(pool->threads, pool->bound, NULL);
}

void
call_pool_lend(void)
{
    pool_change_bound(1);
}

void
call_pool_return(void)
{
    pool_change_bound(-1);
}
