// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The one path of a call: gates, worker, settlement at the result, the deadline or a cancellation.
#include "call.h"

#include "call-filters.h"
#include "call-pool.h"
#include "domain-record.h"
#include "error.h"
#include "io-thread.h"
#include "session.h"

#include <mortise/mortise-check.h>
#include <mortise/mortise-reports.h>
#include <unistd.h>

Call *
call_new(OperationCode code, CallBody body, MortiseLoadedModule *module)
{
    static guint64 serials = 0;
    Call *self = g_new0(Call, 1);
    g_atomic_ref_count_init(&self->references);
    self->operation = operation_get(code);
    self->body = body;
    self->module = module;
    self->serial = __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED);
    self->made = g_get_monotonic_time();
    self->out_fd = -1;
    g_mutex_init(&self->lock);
    g_cond_init(&self->settled_condition);
    call_set_deadline(self, self->operation->deadline_ms);
    return self;
}

Call *
call_ref(Call *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

static void
call_free_results(Call *self)
{
    if (self->out_text != NULL) {
        g_string_free(self->out_text, TRUE);
    }
    g_clear_pointer(&self->out_checks, g_ptr_array_unref);
    g_clear_pointer(&self->out_vcpus, g_ptr_array_unref);
    g_clear_pointer(&self->out_values, g_hash_table_unref);
    g_clear_pointer(&self->out_record, domain_record_unref);
    if (self->out_fd >= 0) {
        (void) close(self->out_fd);
    }
}

void
call_unref(Call *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references)) {
        return;
    }
    call_free_results(self);
    g_free(self->text);
    g_free(self->second_text);
    g_free(self->third_text);
    g_clear_pointer(&self->record, domain_record_unref);
    g_clear_pointer(&self->session, session_unref);
    g_clear_pointer(&self->filters, g_ptr_array_unref);
    g_clear_error(&self->error);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->settled_condition);
    g_free(self);
}

void
call_add_gate(Call *self, Gate *gate)
{
    g_return_if_fail(self->gate_count < CALL_GATES);
    self->gates[self->gate_count++] = gate;
}

void
call_set_deadline(Call *self, guint milliseconds)
{
    self->deadline = self->made + (gint64) milliseconds * 1000;
}

gint64
call_get_age_ms(const Call *self)
{
    return (g_get_monotonic_time() - self->made) / 1000;
}

/*
 * Gives the caller its answer, once; later answers of the same call are dropped. TRUE when this was the one. The
 * caller's side (a thread in call_run, or `done`) reads results only after an answer without error, which only the
 * worker gives.
 */
static gboolean
call_settle(Call *self, GError *error)
{
    CallDone done = NULL;
    g_mutex_lock(&self->lock);
    if (self->settled) {
        g_mutex_unlock(&self->lock);
        g_clear_error(&error);
        return FALSE;
    }
    self->settled = TRUE;
    self->error = error;
    done = self->done;
    g_cond_broadcast(&self->settled_condition);
    g_mutex_unlock(&self->lock);
    if (done != NULL) {
        done(self, error, self->done_data);
    }
    return TRUE;
}

static void
call_leave_gates(Call *self)
{
    while (self->gate_index > 0) {
        self->gate_index--;
        g_autoptr(Call) next = gate_leave(self->gates[self->gate_index]);
        if (next != NULL) {
            next->gate_index++;
            call_pool_push(next);
        }
    }
}

/* The last step of every call that was admitted. */
static void
call_leave(Call *self, gboolean written_off)
{
    call_leave_gates(self);
    if (self->record != NULL) {
        domain_record_call_ended(self->record);
    }
    if (self->session != NULL) {
        session_call_ended(self->session, written_off);
    }
}

/* FALSE when a gate is held by another call: that one will push this one to the pool. */
static gboolean
call_pass_gates(Call *self)
{
    while (self->gate_index < self->gate_count) {
        if (!gate_enter(self->gates[self->gate_index], self)) {
            return FALSE;
        }
        self->gate_index++;
    }
    return TRUE;
}

/* FALSE when the caller has given up meanwhile: then the body must not run. */
static gboolean
call_begin_body(Call *self)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    if (self->phase != CALL_WAITING) {
        return FALSE;
    }
    self->phase = CALL_RUNNING;
    self->entered = g_get_monotonic_time();
    return TRUE;
}

static void
call_end_body(Call *self, GError *error)
{
    g_mutex_lock(&self->lock);
    gboolean late = self->late;
    gboolean written_off = self->written_off;
    self->phase = CALL_DONE;
    g_mutex_unlock(&self->lock);
    if (self->record != NULL && late) {
        domain_record_recovered(self->record, self);
    }
    if (late) {
        call_pool_return();
    }
    call_filters_after(self, error);
    (void) call_settle(self, error);
    call_leave(self, written_off);
}

void
call_work(Call *self)
{
    GError *error = NULL;
    if (!self->filtered) {
        self->filtered = TRUE;
        if (!call_filters_before(self, &error)) {
            call_end_body(self, error);
            return;
        }
    }
    if (!call_pass_gates(self)) {
        return;
    }
    if (!call_begin_body(self)) {
        call_leave(self, TRUE);
        return;
    }
    if (!self->body(self, &error) && error == NULL) {
        mortise_error_set(&error, MORTISE_ERROR_INTERNAL, self->operation->name, NULL,
                          "%s failed and nothing says why", self->operation->name);
    }
    call_end_body(self, error);
}

static GError *
call_timeout_error(Call *self, Call *holder)
{
    GError *error = NULL;
    const char *object = self->record != NULL ? domain_record_get_name(self->record) : NULL;
    const char *what = object != NULL ? object : (self->module != NULL ? self->module->name : "connection");
    if (holder != NULL) {
        mortise_error_set(
            &error, holder->record == self->record ? MORTISE_ERROR_DOMAIN_BUSY : MORTISE_ERROR_TIMEOUT, what,
            "wait until it ends, or try again with a longer deadline",
            "%s of '%s' did not begin in %" G_GINT64_FORMAT " ms: %s has been under way for %" G_GINT64_FORMAT
            " ms",
            self->operation->name, what, call_get_age_ms(self), holder->operation->name, call_get_age_ms(holder));
    } else {
        mortise_error_set(&error, MORTISE_ERROR_TIMEOUT, what,
                          "what was begun may still finish; ask for the state before you try again",
                          "%s of '%s' did not finish in %" G_GINT64_FORMAT " ms", self->operation->name, what,
                          call_get_age_ms(self));
    }
    return error;
}

static GError *
call_give_up_error(Call *self, gboolean cancelled, CallPhase phase)
{
    if (cancelled) {
        GError *error = NULL;
        mortise_error_set(&error, MORTISE_ERROR_CANCELLED, NULL, NULL, "%s was cancelled by its caller%s",
                          self->operation->name, phase == CALL_RUNNING ? "; what was begun may still finish" : "");
        return error;
    }
    g_autoptr(Call) holder = NULL;
    if (phase == CALL_WAITING && self->gate_index < self->gate_count) {
        holder = gate_get_holder(self->gates[self->gate_index]);
    }
    return call_timeout_error(self, holder);
}

/* With the lock held. */
static void
call_write_off(Call *self)
{
    self->written_off = TRUE;
    if (self->session != NULL) {
        session_call_late(self->session);
    }
}

/* The caller stops waiting. A call that has not begun never will; one that has is late from now on. */
static void
call_give_up(Call *self, gboolean cancelled)
{
    g_mutex_lock(&self->lock);
    gboolean already = self->settled;
    CallPhase phase = self->phase;
    if (!already && phase == CALL_WAITING) {
        self->phase = CALL_DONE;
        call_write_off(self);
    }
    if (!already && phase == CALL_RUNNING && !self->late) {
        self->late = TRUE;
        call_pool_lend();
        call_write_off(self);
        /* under the lock: the mark must be there before the worker can take it away */
        if (self->record != NULL && !cancelled) {
            domain_record_hung(self->record, self);
        }
    }
    g_mutex_unlock(&self->lock);
    if (already || phase == CALL_DONE) {
        return;
    }
    (void) call_settle(self, call_give_up_error(self, cancelled, phase));
}

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
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    g_cond_broadcast(&self->settled_condition);
}

static void
call_wait(Call *self, GCancellable *cancellable)
{
    gboolean timed_out = FALSE;
    g_mutex_lock(&self->lock);
    while (!self->settled && !timed_out && !g_cancellable_is_cancelled(cancellable)) {
        timed_out = !g_cond_wait_until(&self->settled_condition, &self->lock, self->deadline);
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
    GSource *deadline;
    GSource *cancelled; /* NULL without a cancellable */
    CallDone done;
    gpointer data;
} AsyncWait;

static void
async_wait_done(Call *call, const GError *error, gpointer data)
{
    g_autofree AsyncWait *wait = data;
    g_source_destroy(wait->deadline);
    g_source_unref(wait->deadline);
    if (wait->cancelled != NULL) {
        g_source_destroy(wait->cancelled);
        g_source_unref(wait->cancelled);
    }
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
    wait->deadline = async_source(g_timeout_source_new((guint) MAX(1, (self->deadline - self->made) / 1000)),
                                  call_deadline_passed, self);
    if (cancellable != NULL) {
        wait->cancelled = async_source(g_cancellable_source_new(cancellable), G_SOURCE_FUNC(call_async_cancelled),
                                       self);
    }
    self->done = async_wait_done;
    self->done_data = wait;
    /* under the lock, since either may fire at once, and giving up destroys both */
    g_mutex_lock(&self->lock);
    (void) g_source_attach(wait->deadline, io_thread_context());
    if (wait->cancelled != NULL) {
        (void) g_source_attach(wait->cancelled, io_thread_context());
    }
    g_mutex_unlock(&self->lock);
    call_pool_push(self);
}

void
call_driver_begin(Call *self, DriverWords *words)
{
    driver_words_begin(words, self->deadline);
}

gboolean
call_driver_end(Call *self, DriverWords *words, MortiseResult result, const char *function, GError **error)
{
    driver_words_end(words);
    gboolean good = driver_words_judge(words, result, self->module->name, function, error);
    driver_words_clear(words);
    return good;
}
