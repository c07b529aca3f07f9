// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Timers and descriptor watches of drivers; each is a GSource on the I/O thread's context.
#include "host-sources.h"

#include "host-table.h"
#include "io-thread.h"

#include <glib-unix.h>

typedef struct {
    gatomicrefcount references;
    MortiseHostDriver *driver;
    guint64 id;
    GSource *source;
    MortiseTimerFunction timer;
    MortiseWatchFunction watch;
    void *data;
    GMutex running; /* held by the I/O thread while the driver's function runs */
    gboolean removed;
} HostSource;

static void
host_source_unref(gpointer data)
{
    HostSource *self = data;
    if (g_atomic_ref_count_dec(&self->references)) {
        g_source_unref(self->source);
        g_mutex_clear(&self->running);
        g_free(self);
    }
}

/* Takes the source out of the driver's table; the table's reference goes to the caller. */
static HostSource *
host_source_take(MortiseHostDriver *driver, guint64 id)
{
    gpointer taken = NULL;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&driver->lock);
    (void) g_hash_table_steal_extended(driver->sources, &id, NULL, &taken);
    return taken;
}

static gboolean
host_timer_fired(gpointer data)
{
    HostSource *self = data;
    g_mutex_lock(&self->running);
    if (!self->removed) {
        self->removed = TRUE;
        self->timer(self->data);
    }
    g_mutex_unlock(&self->running);
    /* not before: whoever removes the timer while its function runs has to find it, and to wait */
    HostSource *taken = host_source_take(self->driver, self->id);
    if (taken != NULL) {
        host_source_unref(taken);
    }
    return G_SOURCE_REMOVE;
}

static gboolean
host_watch_fired(gint fd, GIOCondition condition, gpointer data)
{
    HostSource *self = data;
    guint32 ready = (condition & G_IO_IN ? MORTISE_WATCH_READ : 0)
                    | (condition & G_IO_OUT ? MORTISE_WATCH_WRITE : 0)
                    | (condition & (G_IO_HUP | G_IO_ERR | G_IO_NVAL) ? MORTISE_WATCH_HANGUP : 0);
    gboolean keep = FALSE;
    g_mutex_lock(&self->running);
    if (!self->removed) {
        keep = self->watch(fd, ready, self->data) != 0 && !self->removed;
    }
    g_mutex_unlock(&self->running);
    if (!keep) {
        HostSource *taken = host_source_take(self->driver, self->id);
        if (taken != NULL) {
            host_source_unref(taken);
        }
    }
    return keep ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static guint64
host_source_start(MortiseHostDriver *driver, HostSource *self, GSourceFunc function)
{
    g_atomic_ref_count_init(&self->references);
    g_atomic_ref_count_inc(&self->references);
    self->driver = driver;
    g_mutex_init(&self->running);
    g_source_set_callback(self->source, function, self, host_source_unref);
    g_mutex_lock(&driver->lock);
    guint64 id = self->id = ++driver->last_source;
    (void) g_hash_table_insert(driver->sources, &self->id, self);
    g_mutex_unlock(&driver->lock);
    (void) g_source_attach(self->source, io_thread_context());
    return id;
}

uint64_t
host_timer_add(MortiseHostDriver *driver, uint64_t milliseconds, MortiseTimerFunction function, void *data)
{
    if (driver == NULL || function == NULL || milliseconds > G_MAXUINT) {
        return 0;
    }
    HostSource *self = g_new0(HostSource, 1);
    self->source = g_timeout_source_new((guint) milliseconds);
    self->timer = function;
    self->data = data;
    return host_source_start(driver, self, host_timer_fired);
}

uint64_t
host_watch_add(MortiseHostDriver *driver, MortiseFileDescriptor fd, uint32_t ready, MortiseWatchFunction function,
               void *data)
{
    if (driver == NULL || function == NULL || fd < 0 || (ready & (MORTISE_WATCH_READ | MORTISE_WATCH_WRITE)) == 0) {
        return 0;
    }
    GIOCondition condition = (ready & MORTISE_WATCH_READ ? G_IO_IN : 0)
                             | (ready & MORTISE_WATCH_WRITE ? G_IO_OUT : 0) | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
    HostSource *self = g_new0(HostSource, 1);
    self->source = g_unix_fd_source_new(fd, condition);
    self->watch = function;
    self->data = data;
    return host_source_start(driver, self, G_SOURCE_FUNC(host_watch_fired));
}

void
host_source_remove(MortiseHostDriver *driver, uint64_t id)
{
    if (driver == NULL) {
        return;
    }
    HostSource *self = host_source_take(driver, id);
    if (self == NULL) {
        return;
    }
    if (io_thread_is_current()) {
        /* from within a function of this thread: nothing else can be running */
        self->removed = TRUE;
    } else {
        g_mutex_lock(&self->running);
        self->removed = TRUE;
        g_mutex_unlock(&self->running);
    }
    g_source_destroy(self->source);
    host_source_unref(self);
}
