// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The five steps of a migration, in order, and what undoes them when one fails.
#include "migration-private.h"

#include "error.h"
#include "event-hub.h"
#include "session.h"

void
migration_set_error(MigrationJob *self, MigrationStep step, const GError *cause, GError **error)
{
    gboolean ours = cause->domain == MORTISE_ERROR;
    const char *name = domain_record_get_name(self->source.record);
    g_autoptr(GError) made = NULL;
    mortise_error_set(&made, ours ? (MortiseError) cause->code : MORTISE_ERROR_INTERNAL,
                      mortise_error_get_object(cause), mortise_error_get_hint(cause),
                      "cannot migrate '%s' to %s: %s failed: %s", name, session_get_uri(self->destination.session),
                      migration_step_to_string(step), mortise_error_get_summary(cause));
    mortise_error_set_details(made, mortise_error_get_details(cause));
    g_propagate_error(error, g_steal_pointer(&made));
}

void
migration_add_detail(GError *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *detail = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    mortise_error_set_details(error, detail);
}

/* A side hangs: whoever waits is told, and this thread goes on waiting. */
static void
step_late(Call *call G_GNUC_UNUSED, const GError *cause, gpointer data)
{
    MigrationJob *self = data;
    g_autoptr(GError) error = NULL;
    g_mutex_lock(&self->lock);
    MigrationStep step = self->step;
    self->stopped = self->stopped || step < MIGRATION_FINISH;
    self->stop_reason = MORTISE_ERROR_TIMEOUT;
    g_mutex_unlock(&self->lock);
    migration_set_error(self, step, cause, &error);
    migration_add_detail(error, "%s has not ended yet; what is left to do is done when it has",
                         migration_step_to_string(step));
    migration_job_answer_late(self, error);
}

static Call *
step_call(MigrationJob *self, OperationCode code, CallBody body, gboolean at_source)
{
    MigrationSide *side = at_source ? &self->source : &self->destination;
    Binding *binding = at_source ? side->record->binding : self->binding;
    Call *call = session_joined_call_new(side->session, code, body, binding, side->record, TRUE);
    call->request = migration_request_ref(self->request);
    return call;
}

/* Runs a step and keeps what it says in *text. */
static gboolean
run_step(MigrationJob *self, Call *call, char **text, GError **error)
{
    g_autoptr(Call) owned G_GNUC_UNUSED = call;
    if (!call_run_through(call, step_late, self, error)) {
        return FALSE;
    }
    if (text != NULL) {
        *text = g_strdup(call->out_text->str);
    }
    return TRUE;
}

static gboolean
step_begin(MigrationJob *self, GError **error)
{
    Call *call = step_call(self, OPERATION_MIGRATE_BEGIN, body_migrate_begin, TRUE);
    return run_step(self, call, &self->offer, error);
}

static gboolean
step_prepare(MigrationJob *self, GError **error)
{
    Call *call = step_call(self, OPERATION_MIGRATE_PREPARE, body_migrate_prepare, FALSE);
    call->text = g_strdup(self->offer);
    return run_step(self, call, &self->ticket, error);
}

static gboolean
step_perform(MigrationJob *self, GError **error)
{
    Call *call = step_call(self, OPERATION_MIGRATE_PERFORM, body_migrate_perform, TRUE);
    call->text = g_strdup(self->ticket);
    return run_step(self, call, &self->outcome, error);
}

/* Nothing gives these two up while they wait for their turn: what was begun has to be ended. */
static Call *
patient(Call *call)
{
    call->patience_ms = (guint) MAX(1, (call->deadline - call->made) / 1000);
    return call;
}

static gboolean
step_finish(MigrationJob *self, gboolean succeeded, GError **error)
{
    Call *call = patient(step_call(self, OPERATION_MIGRATE_FINISH, body_migrate_finish, FALSE));
    call->text = g_strdup(self->outcome);
    call->flags = succeeded ? 1 : 0;
    return run_step(self, call, NULL, error);
}

static gboolean
step_confirm(MigrationJob *self, gboolean succeeded, GError **error)
{
    Call *call = patient(step_call(self, OPERATION_MIGRATE_CONFIRM, body_migrate_confirm, TRUE));
    call->flags = succeeded ? 1 : 0;
    return run_step(self, call, NULL, error);
}

static gboolean
runs_there(MigrationJob *self)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->destination.record);
    return domain_snapshot_is_active(snapshot);
}

static void
tell_state(GError *error, const MigrationSide *side)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(side->record);
    migration_add_detail(error, "the guest is %s at %s", mortise_domain_state_to_string(snapshot->state),
                         session_get_uri(side->session));
}

/* An end that was asked for: what the other side's emulator said of it is no news. */
static gboolean
was_stopped(MigrationJob *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->stopped;
}

/*
 * After a failure of perform or finish. What a driver does not take away, since the guest was switched over by
 * postcopy, stays listed. The guest may go on here only when it cannot run there: that is so when
 * finish was never told to let it, or has taken it away.
 */
static void
undo(MigrationJob *self, gboolean performed, gboolean finished, GError *error)
{
    g_autoptr(GError) there = NULL;
    g_autoptr(GError) here = NULL;
    gboolean remains;
    if (!step_finish(self, FALSE, &there) && !was_stopped(self)) {
        migration_add_detail(error, "the destination: %s", mortise_error_get_summary(there));
    }
    remains = there != NULL && runs_there(self);
    if (remains) {
        error->code = (int) MORTISE_ERROR_STATE_UNKNOWN;
    }
    if (remains && finished) {
        migration_add_detail(error, "nobody can tell whether the guest runs at the destination; it stands still at %s, "
                                    "until it is resumed or stopped there", session_get_uri(self->source.session));
        return;
    }
    if (!remains) {
        migration_unlist_incoming(self);
    }
    if (performed && !step_confirm(self, FALSE, &here)) {
        migration_add_detail(error, "the source: %s", mortise_error_get_summary(here));
    }
    tell_state(error, &self->source);
    if (remains) {
        tell_state(error, &self->destination);
    }
}

/* The guest lives at the destination. What fails now is told, and undoes nothing. */
static gboolean
conclude_source(MigrationJob *self, GError **error)
{
    g_autoptr(GError) cause = NULL;
    gboolean persistent = (self->request->flags & MORTISE_MIGRATION_PERSISTENT) != 0;
    gboolean undefine = (self->request->flags & MORTISE_MIGRATION_UNDEFINE_SOURCE) != 0;
    gboolean defined = !persistent || migration_define(self, &cause);
    g_autoptr(GError) second = NULL;
    gboolean confirmed = step_confirm(self, TRUE, cause == NULL ? &cause : &second);
    if (confirmed) {
        migration_end_source(self);
    }
    if (defined && confirmed && undefine) {
        (void) migration_undefine_source(self, &cause);
    }
    if (cause == NULL) {
        return TRUE;
    }
    migration_set_error(self, MIGRATION_CONFIRM, cause, error);
    if (error != NULL) {
        migration_add_detail(*error, "the guest was moved and is at %s",
                             session_get_uri(self->destination.session));
        if (second != NULL) {
            migration_add_detail(*error, "the source: %s", mortise_error_get_summary(second));
        }
    }
    return FALSE;
}

static gboolean
fail(MigrationJob *self, MigrationStep step, GError *cause, GError **error)
{
    g_autoptr(GError) owned = cause;
    migration_set_error(self, step, owned, error);
    return FALSE;
}

static void
tell_started(MigrationJob *self)
{
    event_hub_emit_domain(session_get_events(self->source.session), MORTISE_EVENT_KIND_MIGRATION_STARTED,
                          self->source.record, session_get_uri(self->destination.session), NULL);
    event_hub_emit_domain(session_get_events(self->destination.session), MORTISE_EVENT_KIND_MIGRATION_STARTED,
                          self->destination.record, session_get_uri(self->source.session), NULL);
}

static gboolean
send_guest(MigrationJob *self, GError **error)
{
    GError *cause = NULL;
    gboolean entered = migration_job_enter(self, MIGRATION_PERFORM, &cause);
    gboolean sent = entered && step_perform(self, &cause);
    MigrationStep failed = MIGRATION_PERFORM;
    if (sent) {
        failed = MIGRATION_FINISH;
        migration_job_set_step(self, MIGRATION_FINISH);
    }
    if (!sent) {
        migration_job_explain(self, &cause);
    }
    if (!sent || !step_finish(self, TRUE, &cause)) {
        g_autoptr(GError) made = NULL;
        (void) fail(self, failed, cause, &made);
        undo(self, entered, sent, made);
        g_propagate_error(error, g_steal_pointer(&made));
        return FALSE;
    }
    migration_job_set_step(self, MIGRATION_CONFIRM);
    return conclude_source(self, error);
}

gboolean
migration_run_steps(MigrationJob *self, GError **error)
{
    GError *cause = NULL;
    if (!migration_job_enter(self, MIGRATION_BEGIN, &cause) || !migration_hold_source(self, &cause)
        || !step_begin(self, &cause)) {
        return fail(self, MIGRATION_BEGIN, cause, error);
    }
    if (!migration_job_enter(self, MIGRATION_PREPARE, &cause) || !migration_list_incoming(self, &cause)) {
        return fail(self, MIGRATION_PREPARE, cause, error);
    }
    tell_started(self);
    if (!step_prepare(self, &cause)) {
        migration_unlist_incoming(self);
        return fail(self, MIGRATION_PREPARE, cause, error);
    }
    return send_guest(self, error);
}

/* A definition alone: the destination's check of it, and nothing that could run. */
static gboolean
copy_definition(MigrationJob *self, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->source.record);
    if (snapshot->inactive_xml == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_INACTIVE, snapshot->name, "migrate it while it runs",
                          "the domain '%s' has no definition, only the one it runs with", snapshot->name);
        return FALSE;
    }
    return migration_find_offline(self, error) && migration_define(self, error);
}

gboolean
migration_run_offline(MigrationJob *self, GError **error)
{
    GError *cause = NULL;
    gboolean undefine = (self->request->flags & MORTISE_MIGRATION_UNDEFINE_SOURCE) != 0;
    if (!migration_job_enter(self, MIGRATION_BEGIN, &cause) || !copy_definition(self, &cause)) {
        return fail(self, MIGRATION_BEGIN, cause, error);
    }
    migration_job_set_step(self, MIGRATION_CONFIRM);
    return !undefine || migration_undefine_source(self, &cause) || fail(self, MIGRATION_CONFIRM, cause, error);
}
