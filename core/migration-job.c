// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Life of a migration: its thread, its end at a deadline or at somebody's wish, and its answer.
#include "migration-private.h"

#include "error.h"
#include "event-hub.h"
#include "io-thread.h"
#include "migration-control.h"
#include "migration-last.h"
#include "session.h"

/* How often the driver is told to end a perform that goes on; it may have been told before it began. */
#define ABORT_AGAIN_MS 200
/* How long a caller waits for an end that was asked for. */
#define ABORT_GRACE_MS 10000

MigrationJob *
migration_job_ref(MigrationJob *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

static void
side_clear(MigrationSide *side)
{
    g_clear_pointer(&side->hold, call_unref);
    g_clear_pointer(&side->record, domain_record_unref);
    g_clear_pointer(&side->session, session_unref);
}

void
migration_job_unref(MigrationJob *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references)) {
        return;
    }
    side_clear(&self->source);
    side_clear(&self->destination);
    migration_request_unref(self->request);
    g_free(self->offer);
    g_free(self->ticket);
    g_free(self->outcome);
    g_mutex_clear(&self->lock);
    g_free(self);
}

const char *
migration_step_to_string(MigrationStep step)
{
    static const char *const words[] = {
        [MIGRATION_BEGIN] = "begin",         [MIGRATION_PREPARE] = "prepare",
        [MIGRATION_PERFORM] = "perform",     [MIGRATION_FINISH] = "finish",
        [MIGRATION_CONFIRM] = "confirm",     [MIGRATION_COMPLETED] = "completed",
        [MIGRATION_FAILED] = "failed",
    };
    return words[step];
}

const char *
migration_job_get_phase(MigrationJob *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return migration_step_to_string(self->step);
}

gint64
migration_job_get_age_ms(MigrationJob *self)
{
    return (g_get_monotonic_time() - self->begun) / 1000;
}

DomainRecord *
migration_job_get_source(MigrationJob *self)
{
    return self->source.record;
}

gboolean
migration_job_is_sending(MigrationJob *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->step == MIGRATION_PERFORM;
}

void
migration_job_set_step(MigrationJob *self, MigrationStep step)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->step = step;
}

static void
set_stop_error(MigrationJob *self, MortiseError reason, GError **error)
{
    const char *name = domain_record_get_name(self->source.record);
    switch (reason) {
    case MORTISE_ERROR_TIMEOUT:
        mortise_error_set(error, reason, name, "allow it more time, more bandwidth or a longer downtime",
                          "the migration took longer than %u ms", self->request->timeout_ms);
        break;
    case MORTISE_ERROR_CONNECTION_CLOSED:
        mortise_error_set(error, reason, name, NULL, "a connection of the migration was closed");
        break;
    default:
        mortise_error_set(error, MORTISE_ERROR_CANCELLED, name, NULL, "the migration was aborted");
        break;
    }
}

gboolean
migration_job_enter(MigrationJob *self, MigrationStep step, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->step = step;
    if (self->stopped) {
        set_stop_error(self, self->stop_reason, error);
    }
    return !self->stopped;
}

void
migration_job_explain(MigrationJob *self, GError **cause)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (self->stopped && g_error_matches(*cause, MORTISE_ERROR, MORTISE_ERROR_CANCELLED)) {
        g_clear_error(cause);
        set_stop_error(self, self->stop_reason, cause);
    }
}

void
migration_job_answer(MigrationJob *self, DomainRecord *record, const GError *error)
{
    g_mutex_lock(&self->lock);
    MigrationDone done = self->done;
    self->done = NULL;
    g_mutex_unlock(&self->lock);
    if (done != NULL) {
        done(record, error, self->done_data);
    }
}

/* The session need not wait for the hold any longer than for the late call in it. */
static void
side_is_late(MigrationJob *self, MigrationSide *side)
{
    g_mutex_lock(&self->lock);
    gboolean mark = side->hold != NULL && !side->late;
    side->late = side->late || mark;
    if (mark) {
        side->hold->written_off = TRUE;
        session_call_late(side->session);
    }
    g_mutex_unlock(&self->lock);
}

void
migration_job_answer_late(MigrationJob *self, const GError *error)
{
    side_is_late(self, &self->source);
    side_is_late(self, &self->destination);
    migration_job_answer(self, NULL, error);
}

static void
abort_done(Call *call G_GNUC_UNUSED, const GError *error, gpointer data)
{
    g_autoptr(MigrationJob) self = data;
    if (error != NULL) {
        g_debug("abort: %s", error->message);
    }
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->abort_asked = FALSE;
}

/* In the I/O thread, again and again, as long as the source sends. */
static gboolean
abort_again(gpointer data)
{
    MigrationJob *self = data;
    g_mutex_lock(&self->lock);
    gboolean sending = self->step == MIGRATION_PERFORM;
    gboolean ask = sending && !self->abort_asked;
    self->abort_asked = self->abort_asked || ask;
    g_mutex_unlock(&self->lock);
    if (ask) {
        g_autoptr(Call) call = session_joined_call_new(self->source.session, OPERATION_MIGRATE_ABORT,
                                                       body_migrate_abort, self->source.record->binding,
                                                       self->source.record, FALSE);
        call_run_async(call, NULL, abort_done, migration_job_ref(self));
    }
    return sending ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* In the I/O thread: whoever waits is told, although what was begun has not ended. */
static gboolean
grace_passed(gpointer data)
{
    MigrationJob *self = data;
    g_autoptr(GError) cause = NULL;
    g_autoptr(GError) error = NULL;
    g_mutex_lock(&self->lock);
    MigrationStep step = self->step;
    MortiseError reason = self->stop_reason;
    g_mutex_unlock(&self->lock);
    if (step < MIGRATION_FINISH) {
        set_stop_error(self, reason, &cause);
        migration_set_error(self, step, cause, &error);
        migration_add_detail(error, "%s has not ended yet; what is left to undo is undone when it has",
                             migration_step_to_string(step));
        migration_job_answer_late(self, error);
    }
    return G_SOURCE_REMOVE;
}

static void
attach(MigrationJob *self, guint milliseconds, GSourceFunc function)
{
    g_autoptr(GSource) source = g_timeout_source_new(milliseconds);
    g_source_set_callback(source, function, migration_job_ref(self), (GDestroyNotify) migration_job_unref);
    (void) g_source_attach(source, io_thread_context());
}

static gboolean
abort_first(gpointer data)
{
    if (abort_again(data) == G_SOURCE_CONTINUE) {
        attach(data, ABORT_AGAIN_MS, abort_again);
    }
    return G_SOURCE_REMOVE;
}

void
migration_job_stop(MigrationJob *self, MortiseError reason)
{
    g_mutex_lock(&self->lock);
    gboolean first = !self->stopped && self->step < MIGRATION_FINISH;
    if (first) {
        self->stopped = TRUE;
        self->stop_reason = reason;
    }
    g_mutex_unlock(&self->lock);
    if (first) {
        attach(self, 0, abort_first);
        attach(self, ABORT_GRACE_MS, grace_passed);
    }
}

static gboolean
timeout_passed(gpointer data)
{
    migration_job_stop(data, MORTISE_ERROR_TIMEOUT);
    return G_SOURCE_REMOVE;
}

static void
tell_side(MigrationSide *side, const MigrationSide *other, MortiseEventKind kind, const char *detail)
{
    if (side->record != NULL) {
        event_hub_emit_domain(session_get_events(side->session), kind, side->record,
                              session_get_uri(other->session), detail);
    }
}

static void
keep(const MigrationSide *side, const MigrationSide *other, gboolean at_source, GVariant *values, const GError *error)
{
    const char *run_directory = session_get_run_directory(side->session);
    domain_record_set_migration(side->record, NULL, values);
    if (run_directory != NULL) {
        migration_last_write(run_directory, side->record, at_source, session_get_uri(other->session), values, error);
    }
}

/* Keeps the last numbers on both sides, takes the job off the domains, and lets events tell of its end. */
static void
conclude(MigrationJob *self, const GError *error)
{
    const char *phase = migration_step_to_string(error != NULL ? MIGRATION_FAILED : MIGRATION_COMPLETED);
    gint64 total = migration_job_get_age_ms(self);
    g_autoptr(GVariant) values = migration_collect(self->source.record, phase, total);
    g_autofree char *detail = error != NULL ? g_strdup(mortise_error_get_summary(error))
                                            : g_strdup_printf("in %" G_GINT64_FORMAT " ms", total);
    MortiseEventKind kind = error != NULL ? MORTISE_EVENT_KIND_MIGRATION_FAILED
                                          : MORTISE_EVENT_KIND_MIGRATION_COMPLETED;
    keep(&self->source, &self->destination, TRUE, values, error);
    if (self->destination.hold != NULL) {
        keep(&self->destination, &self->source, FALSE, values, error);
        tell_side(&self->destination, &self->source, kind, detail);
    }
    tell_side(&self->source, &self->destination, kind, detail);
}

static void
run_job(gpointer data, gpointer unused G_GNUC_UNUSED)
{
    g_autoptr(MigrationJob) self = data;
    g_autoptr(GError) error = NULL;
    gboolean offline = (self->request->flags & MORTISE_MIGRATION_OFFLINE) != 0;
    gboolean done = offline ? migration_run_offline(self, &error) : migration_run_steps(self, &error);
    migration_control_close(g_steal_pointer(&self->control));
    migration_job_set_step(self, done ? MIGRATION_COMPLETED : MIGRATION_FAILED);
    if (self->source.hold != NULL) {
        conclude(self, error);
    }
    if (self->timeout != NULL) {
        g_source_destroy(self->timeout);
        g_source_unref(self->timeout);
        self->timeout = NULL;
    }
    migration_release(self, error);
    migration_job_answer(self, self->destination.record, error);
}

/* Each job has a thread at once. A thread waits for the next job: it is not just ending when the process does. */
static GThreadPool *
get_threads(void)
{
    static gsize ready = 0;
    static GThreadPool *threads = NULL;
    if (g_once_init_enter(&ready)) {
        threads = g_thread_pool_new(run_job, NULL, -1, FALSE, NULL);
        g_once_init_leave(&ready, 1);
    }
    return threads;
}

MigrationJob *
migration_job_start(Session *source, DomainRecord *record, Session *destination, MigrationRequest *request,
                    MigrationDone done, gpointer data)
{
    MigrationJob *self = g_new0(MigrationJob, 1);
    g_atomic_ref_count_init(&self->references);
    g_mutex_init(&self->lock);
    /* a copy of its own: the job completes it */
    self->request = migration_request_copy(request);
    self->source.session = session_ref(source);
    self->source.record = domain_record_ref(record);
    self->destination.session = session_ref(destination);
    self->begun = g_get_monotonic_time();
    self->done = done;
    self->done_data = data;
    if (request->timeout_ms != 0) {
        self->timeout = g_timeout_source_new(request->timeout_ms);
        g_source_set_callback(self->timeout, timeout_passed, migration_job_ref(self),
                              (GDestroyNotify) migration_job_unref);
        (void) g_source_attach(self->timeout, io_thread_context());
    }
    (void) g_thread_pool_push(get_threads(), migration_job_ref(self), NULL);
    return self;
}
