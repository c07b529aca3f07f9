// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The fake host's life, and its I/O thread with timers and watches.
#include "fake-host-private.h"

#include <glib-unix.h>

typedef struct {
    gatomicrefcount references;
    FakeHost *host;
    guint64 id;
    GSource *source;
    MortiseTimerFunction timer;
    MortiseWatchFunction watch;
    void *data;
    gboolean running;       /* under the host's lock */
    gboolean removed;
} FakeSource;

static void
source_unref(gpointer data)
{
    FakeSource *source = data;

    if (g_atomic_ref_count_dec(&source->references)) {
        g_source_unref(source->source);
        g_free(source);
    }
}

/* TRUE when the function is to run. */
static gboolean
enter(FakeSource *source)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&source->host->lock);

    source->running = !source->removed;
    return source->running;
}

/* Returns whether the source goes on. */
static gboolean
leave(FakeSource *source, gboolean keep)
{
    FakeHost *host = source->host;
    gboolean dropped = FALSE;

    g_mutex_lock(&host->lock);
    source->running = FALSE;
    if (!keep && !source->removed) {
        source->removed = TRUE;
        dropped = g_hash_table_steal(host->sources, &source->id);
    }
    keep = keep && !source->removed;
    g_cond_broadcast(&host->changed);
    g_mutex_unlock(&host->lock);
    if (dropped) {
        source_unref(source);
    }
    return keep;
}

static gboolean
timer_fired(gpointer data)
{
    FakeSource *source = data;

    if (enter(source)) {
        source->timer(source->data);
        (void) leave(source, FALSE);
    }
    return G_SOURCE_REMOVE;
}

static gboolean
watch_fired(gint fd, GIOCondition condition, gpointer data)
{
    FakeSource *source = data;
    guint32 ready = (condition & G_IO_IN ? MORTISE_WATCH_READ : 0) | (condition & G_IO_OUT ? MORTISE_WATCH_WRITE : 0) |
                    (condition & (G_IO_HUP | G_IO_ERR | G_IO_NVAL) ? MORTISE_WATCH_HANGUP : 0);

    if (!enter(source)) {
        return G_SOURCE_REMOVE;
    }
    return leave(source, source->watch(fd, ready, source->data) != 0);
}

static guint64
begin(FakeHost *host, FakeSource *source, GSourceFunc function)
{
    g_atomic_ref_count_init(&source->references);
    g_atomic_ref_count_inc(&source->references);
    source->host = host;
    g_source_set_callback(source->source, function, source, source_unref);
    g_mutex_lock(&host->lock);
    guint64 id = source->id = ++host->last_source;
    g_hash_table_insert(host->sources, &source->id, source);
    g_mutex_unlock(&host->lock);
    (void) g_source_attach(source->source, host->context);
    return id;
}

uint64_t
fake_timer_add(MortiseHostDriver *driver, uint64_t milliseconds, MortiseTimerFunction function, void *data)
{
    FakeHost *host = (FakeHost *) driver;
    FakeSource *source = g_new0(FakeSource, 1);

    g_mutex_lock(&host->lock);
    gboolean refused = host->timers_refused;
    g_mutex_unlock(&host->lock);
    if (refused) {
        g_free(source);
        return 0;
    }
    source->source = g_timeout_source_new((guint) milliseconds);
    source->timer = function;
    source->data = data;
    return begin(host, source, timer_fired);
}

uint64_t
fake_watch_add(MortiseHostDriver *driver, MortiseFileDescriptor fd, uint32_t ready, MortiseWatchFunction function,
               void *data)
{
    FakeSource *source = g_new0(FakeSource, 1);
    GIOCondition condition = (ready & MORTISE_WATCH_READ ? G_IO_IN : 0) | (ready & MORTISE_WATCH_WRITE ? G_IO_OUT : 0) |
                             G_IO_HUP | G_IO_ERR;

    source->source = g_unix_fd_source_new(fd, condition);
    source->watch = function;
    source->data = data;
    return begin((FakeHost *) driver, source, G_SOURCE_FUNC(watch_fired));
}

void
fake_source_remove(MortiseHostDriver *driver, uint64_t id)
{
    FakeHost *host = (FakeHost *) driver;
    gboolean here = g_thread_self() == host->thread;

    g_mutex_lock(&host->lock);
    FakeSource *source = g_hash_table_lookup(host->sources, &id);
    if (source != NULL) {
        (void) g_hash_table_steal(host->sources, &id);
        source->removed = TRUE;
        while (source->running && !here) {
            g_cond_wait(&host->changed, &host->lock);
        }
    }
    g_mutex_unlock(&host->lock);
    if (source != NULL) {
        g_source_destroy(source->source);
        source_unref(source);
    }
}

static gpointer
run(gpointer data)
{
    g_main_loop_run(data);
    return NULL;
}

static gboolean
quit(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

FakeHost *
fake_host_new(void)
{
    FakeHost *host = g_new0(FakeHost, 1);

    g_mutex_init(&host->lock);
    g_cond_init(&host->changed);
    host->breaches = g_string_new(NULL);
    host->log = g_string_new(NULL);
    host->connections = g_ptr_array_new();
    host->sources = g_hash_table_new(g_int64_hash, g_int64_equal);
    host->context = g_main_context_new();
    host->loop = g_main_loop_new(host->context, FALSE);
    host->thread = g_thread_new("fake-io", run, host->loop);
    return host;
}

static void
connection_free(MortiseHostConnection *connection)
{
    for (guint i = 0; i < connection->domains->len; i++) {
        MortiseHostDomain *domain = g_ptr_array_index(connection->domains, i);
        fake_domain_clear(&domain->known);
        g_free(domain);
    }
    g_ptr_array_unref(connection->domains);
    g_hash_table_unref(connection->listed);
    g_free(connection);
}

void
fake_host_free(FakeHost *host)
{
    /* Through the loop, so that the thread is surely in it. */
    g_autoptr(GSource) last = g_idle_source_new();

    g_source_set_callback(last, quit, host->loop, NULL);
    (void) g_source_attach(last, host->context);
    (void) g_thread_join(host->thread);
    if (host->breaches->len > 0 || g_hash_table_size(host->sources) > 0) {
        g_error("the fake host is left with %u sources and these breaches: %s", g_hash_table_size(host->sources),
                host->breaches->str);
    }
    for (guint i = 0; i < host->connections->len; i++) {
        connection_free(g_ptr_array_index(host->connections, i));
    }
    g_ptr_array_unref(host->connections);
    g_hash_table_unref(host->sources);
    g_main_loop_unref(host->loop);
    g_main_context_unref(host->context);
    (void) g_string_free(host->breaches, TRUE);
    (void) g_string_free(host->log, TRUE);
    g_free(host->refused);
    g_mutex_clear(&host->lock);
    g_cond_clear(&host->changed);
    g_free(host);
}

MortiseHostDriver *
fake_host_driver(FakeHost *host)
{
    return (MortiseHostDriver *) host;
}

MortiseHostConnection *
fake_connection_new(FakeHost *host)
{
    MortiseHostConnection *connection = g_new0(MortiseHostConnection, 1);

    connection->host = host;
    connection->domains = g_ptr_array_new();
    connection->listed = g_hash_table_new(g_str_hash, g_str_equal);
    g_mutex_lock(&host->lock);
    g_ptr_array_add(host->connections, connection);
    g_mutex_unlock(&host->lock);
    return connection;
}

guint
fake_connection_count(MortiseHostConnection *connection)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&connection->host->lock);

    return g_hash_table_size(connection->listed);
}

char *
fake_host_breaches(FakeHost *host)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&host->lock);

    return g_strdup(host->breaches->str);
}

void
fake_host_refuse(FakeHost *host, const char *domain, gboolean timers)
{
    g_mutex_lock(&host->lock);
    g_free(host->refused);
    host->refused = g_strdup(domain);
    host->timers_refused = timers;
    g_mutex_unlock(&host->lock);
}
