// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Running a call: waiting for it in this thread, or being told of its end.
#include "call-private.h"

#include "call-pool.h"
#include "domain-record.h"
#include "io-thread.h"
#include "session.h"

/* What was cancelled before it was asked for never begins. */
static gboolean
call_admit(Call *self, GCancellable *cancellable, GError **error)
{
    if (g_cancellable_is_cancelled(cancellable)) {
        g_propagate_error(error, call_give_up_error(self, TRUE, CALL_WAITING));
        return FALSE;
    }
    if (self->session == NULL || self->admitted) {
        return TRUE;
    }
    if (self->joined) {
        session_call_joins(self->session);
        if (self->record != NULL) {
            domain_record_call_joins(self->record);
        }
        return TRUE;
    }
    if (!session_call_begins(self->session, error)) {
        return FALSE;
    }
    if (self->record != NULL && !domain_record_call_begins(self->record, error)) {
        session_call_ended(self->session, FALSE);
        return FALSE;
    }
    return TRUE;
}

static void
call_cancelled(GCancellable *cancellable G_GNUC_UNUSED, Call *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    g_cond_broadcast(&self->settled_condition);
}

/* With the lock held. FALSE when the deadline has passed. */
static gboolean
call_wait_change(Call *self)
{
    if (self->deadline != 0) {
        return g_cond_wait_until(&self->settled_condition, &self->lock, self->deadline);
    }
    g_cond_wait(&self->settled_condition, &self->lock);
    return TRUE;
}

static void
call_wait(Call *self, GCancellable *cancellable)
{
    gboolean timed_out = FALSE;
    g_mutex_lock(&self->lock);
    while (!self->settled && !timed_out && !g_cancellable_is_cancelled(cancellable)) {
        timed_out = !call_wait_change(self);
    }
    gboolean settled = self->settled;
    g_mutex_unlock(&self->lock);
    if (!settled) {
        call_give_up(self, g_cancellable_is_cancelled(cancellable));
    }
    /* giving up may have lost the race against the worker, which settles in a moment */
    g_mutex_lock(&self->lock);
    while (!self->settled) {
        g_cond_wait(&self->settled_condition, &self->lock);
    }
    g_mutex_unlock(&self->lock);
}

gboolean
call_run(Call *self, GCancellable *cancellable, GError **error)
{
    if (!call_admit(self, cancellable, error)) {
        return FALSE;
    }
    gulong handler = 0;
    if (cancellable != NULL) {
        handler = g_cancellable_connect(cancellable, G_CALLBACK(call_cancelled), call_ref(self),
                                        (GDestroyNotify) call_unref);
    }
    call_pool_push(self);
    call_wait(self, cancellable);
    g_cancellable_disconnect(cancellable, handler);
    if (self->error != NULL) {
        g_propagate_error(error, g_error_copy(self->error));
        return FALSE;
    }
    return TRUE;
}

/* Without the lock. A call that waits for its gates patiently has no deadline to pass yet. */
static void
call_overdue(Call *self, CallLate late, gpointer data)
{
    call_give_up(self, FALSE);
    g_mutex_lock(&self->lock);
    g_autoptr(GError) error = self->late ? g_error_copy(self->error) : NULL;
    g_mutex_unlock(&self->lock);
    if (error != NULL && late != NULL) {
        late(self, error, data);
    }
}

static void
call_wait_through(Call *self, CallLate late, gpointer data)
{
    gboolean told = FALSE;
    g_mutex_lock(&self->lock);
    while (!self->settled || self->phase != CALL_DONE) {
        if (told) {
            g_cond_wait(&self->settled_condition, &self->lock);
        } else if (!call_wait_change(self) && !self->settled) {
            told = TRUE;
            g_mutex_unlock(&self->lock);
            call_overdue(self, late, data);
            g_mutex_lock(&self->lock);
        }
    }
    g_mutex_unlock(&self->lock);
}

gboolean
call_run_through(Call *self, CallLate late, gpointer data, GError **error)
{
    if (!call_admit(self, NULL, error)) {
        return FALSE;
    }
    if (self->patience_ms != 0) {
        self->deadline = 0;
    }
    call_pool_push(self);
    call_wait_through(self, late, data);
    const GError *cause = self->late ? self->late_error : self->error;
    if (cause != NULL) {
        g_propagate_error(error, g_error_copy(cause));
        return FALSE;
    }
    return TRUE;
}

static gboolean
call_deadline_passed(gpointer data)
{
    call_give_up(data, FALSE);
    return G_SOURCE_REMOVE;
}

static gboolean
call_async_cancelled(GCancellable *cancellable G_GNUC_UNUSED, gpointer data)
{
    call_give_up(data, TRUE);
    return G_SOURCE_REMOVE;
}

typedef struct {
    GSource *deadline;  /* NULL without one */
    GSource *cancelled; /* NULL without a cancellable */
    CallDone done;
    gpointer data;
} AsyncWait;

static void
async_source_end(GSource *source)
{
    if (source != NULL) {
        g_source_destroy(source);
        g_source_unref(source);
    }
}

static void
async_wait_done(Call *call, const GError *error, gpointer data)
{
    g_autofree AsyncWait *wait = data;
    async_source_end(wait->deadline);
    async_source_end(wait->cancelled);
    wait->done(call, error, wait->data);
}

static GSource *
async_source(GSource *source, GSourceFunc function, Call *call)
{
    g_source_set_callback(source, function, call_ref(call), (GDestroyNotify) call_unref);
    return source;
}

void
call_run_async(Call *self, GCancellable *cancellable, CallDone done, gpointer data)
{
    g_autoptr(GError) error = NULL;
    if (!call_admit(self, cancellable, &error)) {
        done(self, error, data);
        return;
    }
    AsyncWait *wait = g_new0(AsyncWait, 1);
    wait->done = done;
    wait->data = data;
    if (self->deadline != 0) {
        guint milliseconds = (guint) MAX(1, (self->deadline - self->made) / 1000);
        wait->deadline = async_source(g_timeout_source_new(milliseconds), call_deadline_passed, self);
    }
    if (cancellable != NULL) {
        wait->cancelled = async_source(g_cancellable_source_new(cancellable), G_SOURCE_FUNC(call_async_cancelled),
                                       self);
    }
    self->done = async_wait_done;
    self->done_data = wait;
    /* under the lock, since either may fire at once, and giving up destroys both */
    g_mutex_lock(&self->lock);
    if (wait->deadline != NULL) {
        (void) g_source_attach(wait->deadline, io_thread_context());
    }
    if (wait->cancelled != NULL) {
        (void) g_source_attach(wait->cancelled, io_thread_context());
    }
    g_mutex_unlock(&self->lock);
    call_pool_push(self);
}
