// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells ThreadSanitizer of the orders that GLib's reference counts, queues, pools and tasks make.
#include "tsan-annotate.h"

#include <gio/gio.h>
#include <stdlib.h>

// Reference counts. The last one to let go sees what all the others did before they let go.

#undef g_object_unref
INTERPOSED void
g_object_unref(gpointer object)
{
    guint *count = (guint *) &((GObject *) object)->ref_count;
    guint now = __atomic_load_n(count, __ATOMIC_ACQUIRE);

    released(object);
    // The count is lowered here while others hold it, so that it is known before GLib's call who is the last.
    while (now > 1) {
        if (__atomic_compare_exchange_n(count, &now, now - 1, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            return;
        }
    }
    acquired(object);
    NEXT(g_object_unref)(object);
}

#undef g_atomic_ref_count_dec
INTERPOSED gboolean
g_atomic_ref_count_dec(gatomicrefcount *count)
{
    released((gpointer) count);
    if (!NEXT(g_atomic_ref_count_dec)(count)) {
        return FALSE;
    }
    acquired((gpointer) count);
    return TRUE;
}

static __thread GDestroyNotify clearing;

static void
clear_box(gpointer box)
{
    GDestroyNotify clear = clearing;

    acquired(box);
    if (clear != NULL) {
        clear(box);
    }
}

INTERPOSED void
g_atomic_rc_box_release_full(gpointer box, GDestroyNotify clear)
{
    released(box);
    clearing = clear;
    NEXT(g_atomic_rc_box_release_full)(box, clear_box);
}

INTERPOSED void
g_atomic_rc_box_release(gpointer box)
{
    g_atomic_rc_box_release_full(box, NULL);
}

// Queues. Who takes an entry sees what was done before it was put in.

#define INTERPOSE_PUSH(name) \
    INTERPOSED void name(GAsyncQueue *queue, gpointer entry) \
    { \
        released(queue); \
        NEXT(name)(queue, entry); \
    }
#define INTERPOSE_POP(name, parameters, ...) \
    INTERPOSED gpointer name parameters \
    { \
        gpointer entry = NEXT(name)(__VA_ARGS__); \
        acquired(queue); \
        return entry; \
    }

INTERPOSE_PUSH(g_async_queue_push)
INTERPOSE_PUSH(g_async_queue_push_unlocked)
INTERPOSE_PUSH(g_async_queue_push_front)
INTERPOSE_POP(g_async_queue_pop, (GAsyncQueue *queue), queue)
INTERPOSE_POP(g_async_queue_pop_unlocked, (GAsyncQueue *queue), queue)
INTERPOSE_POP(g_async_queue_try_pop, (GAsyncQueue *queue), queue)
INTERPOSE_POP(g_async_queue_timeout_pop, (GAsyncQueue *queue, guint64 timeout), queue, timeout)

// Pools. The function sees what was done before the push, and who waits for the pool's end what the function did.

typedef struct {
    GFunc function;
    gpointer data;
} PoolWork;

static void
run_pool_work(gpointer entry, gpointer data)
{
    PoolWork *work = data;

    acquired(work);
    work->function(entry, work->data);
    released(work);
}

static PoolWork *
pool_work_new(GFunc function, gpointer data)
{
    // It lives as long as the process: the pool's last thread may still be in it when the pool is gone.
    PoolWork *work = g_new0(PoolWork, 1);

    work->function = function;
    work->data = data;
    return work;
}

INTERPOSED GThreadPool *
g_thread_pool_new(GFunc function, gpointer data, gint most, gboolean exclusive, GError **error)
{
    return NEXT(g_thread_pool_new)(run_pool_work, pool_work_new(function, data), most, exclusive, error);
}

INTERPOSED gboolean
g_thread_pool_push(GThreadPool *pool, gpointer entry, GError **error)
{
    released(pool->user_data);
    return NEXT(g_thread_pool_push)(pool, entry, error);
}

INTERPOSED void
g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait)
{
    gpointer work = pool->user_data;

    NEXT(g_thread_pool_free)(pool, immediate, wait);
    acquired(work);
}

// Tasks. The thread sees what was done before the start, and who takes the result what the thread did.

static void
run_task(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GTaskThreadFunc function = (GTaskThreadFunc) g_object_get_data(G_OBJECT(task), "tsan-function");

    acquired(task);
    function(task, source, data, cancellable);
    released(task);
}

#define INTERPOSE_TASK_RUN(name) \
    INTERPOSED void name(GTask *task, GTaskThreadFunc function) \
    { \
        g_object_set_data(G_OBJECT(task), "tsan-function", (gpointer) function); \
        released(task); \
        NEXT(name)(task, run_task); \
        acquired(task); \
    }
INTERPOSE_TASK_RUN(g_task_run_in_thread)
INTERPOSE_TASK_RUN(g_task_run_in_thread_sync)

#define INTERPOSE_TASK_RETURN(name, parameters, ...) \
    INTERPOSED void name parameters \
    { \
        released(task); \
        NEXT(name)(__VA_ARGS__); \
    }
INTERPOSE_TASK_RETURN(g_task_return_pointer, (GTask *task, gpointer value, GDestroyNotify clear), task, value, clear)
INTERPOSE_TASK_RETURN(g_task_return_boolean, (GTask *task, gboolean result), task, result)
INTERPOSE_TASK_RETURN(g_task_return_int, (GTask *task, gssize result), task, result)
INTERPOSE_TASK_RETURN(g_task_return_error, (GTask *task, GError *error), task, error)

#define INTERPOSE_TASK_RESULT(Type, name) \
    INTERPOSED Type name(GTask *task, GError **error) \
    { \
        acquired(task); \
        return NEXT(name)(task, error); \
    }
INTERPOSE_TASK_RESULT(gpointer, g_task_propagate_pointer)
INTERPOSE_TASK_RESULT(gboolean, g_task_propagate_boolean)
INTERPOSE_TASK_RESULT(gssize, g_task_propagate_int)

// GLib's own frees are no business of ours, but those that we ask it for are: a read that races with one is found here.
// This must be a jump, so that TSan takes it for a free by whoever called g_free.
__attribute__((optimize("optimize-sibling-calls"))) INTERPOSED void
g_free(gpointer memory)
{
    free(memory);
}
