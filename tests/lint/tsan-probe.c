// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Proves that ThreadSanitizer understands GLib here: silent on each right use of it, and not on a wrong one.
#include <gio/gio.h>

enum { THREADS = 4, ROUNDS = 200, SLICES = 10000 };

static GMutex mutex;
static GRecMutex recursive;
static GRWLock shared;
static GCond condition;
static int counter;
static int finished;
static int *made_once;

static gpointer
count_under_locks(gpointer data)
{
    (void) data;
    for (int round = 0; round < ROUNDS; round++) {
        g_mutex_lock(&mutex);
        counter++;
        g_mutex_unlock(&mutex);
    }
    g_mutex_lock(&mutex);
    finished++;
    g_cond_broadcast(&condition);
    g_mutex_unlock(&mutex);
    return NULL;
}

static gpointer
count_recursively(gpointer data)
{
    (void) data;
    for (int round = 0; round < ROUNDS; round++) {
        g_rec_mutex_lock(&recursive);
        g_rec_mutex_lock(&recursive);
        counter++;
        g_rec_mutex_unlock(&recursive);
        g_rec_mutex_unlock(&recursive);
    }
    return NULL;
}

static gpointer
count_as_writer(gpointer data)
{
    int seen = 0;

    for (int round = 0; round < ROUNDS; round++) {
        g_rw_lock_writer_lock(&shared);
        counter++;
        g_rw_lock_writer_unlock(&shared);
        g_rw_lock_reader_lock(&shared);
        seen += counter;
        g_rw_lock_reader_unlock(&shared);
    }
    return seen > 0 ? data : NULL;
}

static gpointer
make_once(gpointer data)
{
    static gsize ready;

    (void) data;
    if (g_once_init_enter(&ready)) {
        made_once = g_new0(int, 1);
        *made_once = 1;
        g_once_init_leave(&ready, 1);
    }
    return *made_once == 1 ? made_once : NULL;
}

static gpointer
count_without_lock(gpointer data)
{
    (void) data;
    for (int round = 0; round < ROUNDS; round++) {
        counter++;
    }
    return NULL;
}

static gpointer
read_and_unref(gpointer data)
{
    (void) g_object_get_data(data, "probe");
    g_object_unref(data);
    return NULL;
}

static gpointer
take_entries(gpointer data)
{
    for (int round = 0; round < ROUNDS; round++) {
        int *entry = g_async_queue_pop(data);
        (*entry)++;
        g_free(entry);
    }
    return NULL;
}

static gpointer
take_slices(gpointer data)
{
    for (int round = 0; round < SLICES; round++) {
        int *slice = g_async_queue_pop(data);
        (*slice)++;
        g_slice_free(int, slice);
    }
    return NULL;
}

static void
run_threads(GThreadFunc function, gpointer data)
{
    GThread *threads[THREADS];

    for (int index = 0; index < THREADS; index++) {
        threads[index] = g_thread_new("probe", function, data);
    }
    for (int index = 0; index < THREADS; index++) {
        (void) g_thread_join(threads[index]);
    }
}

static void
probe_locks(void)
{
    run_threads(count_recursively, NULL);
    run_threads(count_as_writer, NULL);
    run_threads(make_once, NULL);
    g_free(made_once);
}

static void
probe_condition(void)
{
    GThread *thread = g_thread_new("probe", count_under_locks, NULL);

    g_mutex_lock(&mutex);
    while (finished < 1) {
        g_cond_wait(&condition, &mutex);
    }
    counter++;
    g_mutex_unlock(&mutex);
    (void) g_thread_join(thread);
}

static void
probe_queue(void)
{
    GAsyncQueue *queue = g_async_queue_new();
    GThread *thread = g_thread_new("probe", take_entries, queue);

    for (int round = 0; round < ROUNDS; round++) {
        int *entry = g_new0(int, 1);
        *entry = round;
        g_async_queue_push(queue, entry);
    }
    (void) g_thread_join(thread);
    g_async_queue_unref(queue);
}

// A slice that one thread frees is soon another's, by GLib's own lists.
static void
probe_slices(void)
{
    GAsyncQueue *queue = g_async_queue_new();
    GThread *threads[2];

    for (int index = 0; index < 2; index++) {
        threads[index] = g_thread_new("probe", take_slices, queue);
    }
    for (int round = 0; round < 2 * SLICES; round++) {
        int *slice = g_slice_new(int);
        *slice = round;
        g_async_queue_push(queue, slice);
    }
    for (int index = 0; index < 2; index++) {
        (void) g_thread_join(threads[index]);
    }
    g_async_queue_unref(queue);
}

static void
probe_objects(void)
{
    GObject *object = g_object_new(G_TYPE_OBJECT, NULL);

    g_object_set_data_full(object, "probe", g_new0(int, 1), g_free);
    for (int index = 0; index < THREADS; index++) {
        g_object_ref(object);
    }
    run_threads(read_and_unref, object);
    g_object_unref(object);
}

static void
raise_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    (void) source;
    (void) cancellable;
    *(int *) data += 1;
    g_task_return_boolean(task, TRUE);
}

static void
task_done(GObject *source, GAsyncResult *result, gpointer data)
{
    int *value = g_task_get_task_data(G_TASK(result));

    (void) source;
    if (g_task_propagate_boolean(G_TASK(result), NULL) && *value == 2) {
        *value = 3;
    }
    g_main_loop_quit(data);
}

static void
probe_task(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    GTask *task = g_task_new(NULL, NULL, task_done, loop);
    int *value = g_new0(int, 1);

    *value = 1;
    g_task_set_task_data(task, value, g_free);
    g_task_run_in_thread(task, raise_in_thread);
    g_object_unref(task);
    g_main_loop_run(loop);
}

static gpointer
run_loop(gpointer data)
{
    GMainLoop *loop = data;
    GMainContext *context = g_main_loop_get_context(loop);

    g_main_context_push_thread_default(context);
    g_main_loop_run(loop);
    g_main_context_pop_thread_default(context);
    return NULL;
}

static gboolean
raise_value(gpointer data)
{
    (*(int *) data)++;
    return G_SOURCE_REMOVE;
}

static gboolean
quit_loop(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

static void
probe_context(void)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
    GThread *thread = g_thread_new("probe", run_loop, loop);

    for (int round = 0; round < ROUNDS; round++) {
        int *value = g_new0(int, 1);
        g_autoptr(GSource) source = g_idle_source_new();
        *value = round;
        g_source_set_callback(source, raise_value, value, g_free);
        (void) g_source_attach(source, context);
    }
    g_main_context_invoke_full(context, G_PRIORITY_LOW, quit_loop, loop, NULL);
    (void) g_thread_join(thread);
}

int
main(int count, char **arguments)
{
    if (count > 1 && g_str_equal(arguments[1], "wrong")) {
        run_threads(count_without_lock, NULL);
        return 0;
    }
    run_threads(count_under_locks, NULL);
    finished = 0;
    probe_condition();
    probe_locks();
    probe_queue();
    probe_slices();
    probe_objects();
    probe_task();
    probe_context();
    return 0;
}
