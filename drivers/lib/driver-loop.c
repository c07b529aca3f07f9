// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The I/O thread of a driver connection: a main context of its own, and the way for other threads to run things in it.
#include "driver-loop.h"

#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver-lock.h"

typedef struct {
    DriverLoopFunction function;
    gpointer data;
    gboolean *done;    /* set and announced afterwards; NULL when nobody waits */
} Task;

struct DriverLoop {
    DriverLock lock;
    GMainContext *context;
    GThread *thread;   /* of the lock, since the thread may ask before g_thread_new() has returned */
    int wake;
    GQueue tasks;      /* Task; of the lock */
    gboolean ending;   /* of the lock */
};

static Task *
next_task(DriverLoop *loop)
{
    DRIVER_LOCK_SCOPE(&loop->lock);
    return g_queue_pop_head(&loop->tasks);
}

static void
finish_task(DriverLoop *loop, Task *task)
{
    if (task->done) {
        DRIVER_LOCK_SCOPE(&loop->lock);
        *task->done = TRUE;
        driver_lock_announce(&loop->lock);
    }
    g_free(task);
}

static gboolean
run_tasks(int fd, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    DriverLoop *loop = data;
    guint64 count;
    Task *task;

    (void) !read(fd, &count, sizeof(count));
    while ((task = next_task(loop))) {
        task->function(task->data);
        finish_task(loop, task);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
is_ending(DriverLoop *loop)
{
    DRIVER_LOCK_SCOPE(&loop->lock);
    return loop->ending && g_queue_is_empty(&loop->tasks);
}

static gpointer
run_loop(gpointer data)
{
    DriverLoop *loop = data;
    GSource *wake;

    g_main_context_push_thread_default(loop->context);
    wake = driver_loop_watch(loop, loop->wake, G_IO_IN, run_tasks, loop);
    while (!is_ending(loop)) {
        (void) g_main_context_iteration(loop->context, TRUE);
    }
    driver_loop_unwatch(&wake);
    g_main_context_pop_thread_default(loop->context);
    return NULL;
}

static void
wake_up(DriverLoop *loop)
{
    const guint64 one = 1;

    (void) !write(loop->wake, &one, sizeof(one));
}

DriverLoop *
driver_loop_new(const char *name)
{
    DriverLoop *loop = g_new0(DriverLoop, 1);

    driver_lock_init(&loop->lock);
    g_queue_init(&loop->tasks);
    loop->context = g_main_context_new();
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    DRIVER_LOCK_SCOPE(&loop->lock);
    loop->thread = g_thread_new(name, run_loop, loop);
    return loop;
}

void
driver_loop_free(DriverLoop *loop)
{
    GThread *thread;

    if (!loop) {
        return;
    }
    (void) driver_lock_take(&loop->lock);
    loop->ending = TRUE;
    thread = loop->thread;
    driver_lock_release(&loop->lock);
    wake_up(loop);
    (void) g_thread_join(thread);
    g_main_context_unref(loop->context);
    (void) close(loop->wake);
    driver_lock_clear(&loop->lock);
    g_free(loop);
}

static void
enqueue(DriverLoop *loop, DriverLoopFunction function, gpointer data, gboolean *done)
{
    Task *task = g_new(Task, 1);

    *task = (Task){function, data, done};
    {
        DRIVER_LOCK_SCOPE(&loop->lock);
        g_queue_push_tail(&loop->tasks, task);
    }
    wake_up(loop);
}

void
driver_loop_run(DriverLoop *loop, DriverLoopFunction function, gpointer data)
{
    enqueue(loop, function, data, NULL);
}

static gboolean
is_own_thread(DriverLoop *loop)
{
    DRIVER_LOCK_SCOPE(&loop->lock);
    return loop->thread == g_thread_self();
}

void
driver_loop_call(DriverLoop *loop, DriverLoopFunction function, gpointer data)
{
    gboolean done = FALSE;

    if (is_own_thread(loop)) {
        function(data);
        return;
    }
    enqueue(loop, function, data, &done);
    DRIVER_LOCK_SCOPE(&loop->lock);
    while (!done) {
        (void) driver_lock_wait(&loop->lock, -1);
    }
}

GSource *
driver_loop_watch(DriverLoop *loop, int fd, GIOCondition wanted, DriverLoopWatch function, gpointer data)
{
    GSource *source = g_unix_fd_source_new(fd, wanted);

    g_source_set_callback(source, G_SOURCE_FUNC(function), data, NULL);
    (void) g_source_attach(source, loop->context);
    return source;
}

GSource *
driver_loop_timer(DriverLoop *loop, guint milliseconds, GSourceFunc function, gpointer data)
{
    GSource *source = g_timeout_source_new(milliseconds);

    g_source_set_callback(source, function, data, NULL);
    (void) g_source_attach(source, loop->context);
    return source;
}

void
driver_loop_unwatch(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}
