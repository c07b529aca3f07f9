// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The one path of a call: its record, its gates, and its way on a worker.
#include "call-private.h"

#include "call-filters.h"
#include "call-pool.h"
#include "domain-record.h"
#include "error.h"
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
    for (guint i = 0; i < self->out_namespaces.namespace_count; i++) {
        (void) close(self->out_namespaces.namespaces[i]);
    }
    for (guint i = 0; i < self->out_namespaces.group_count; i++) {
        (void) close(self->out_namespaces.groups[i]);
    }
    if ((self->out_namespaces.flags & MORTISE_NAMESPACE_FILTERED) != 0) {
        (void) close(self->out_namespaces.filter);
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
    g_strfreev(self->texts);
    g_clear_pointer(&self->values, g_variant_unref);
    g_clear_pointer(&self->request, migration_request_unref);
    g_clear_pointer(&self->record, domain_record_unref);
    g_clear_pointer(&self->session, session_unref);
    g_clear_pointer(&self->filters, g_ptr_array_unref);
    g_clear_error(&self->error);
    g_clear_error(&self->late_error);
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
    self->deadline = milliseconds != 0 ? self->made + (gint64) milliseconds * 1000 : 0;
}

gint64
call_get_age_ms(const Call *self)
{
    return (g_get_monotonic_time() - self->made) / 1000;
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
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (self->phase != CALL_WAITING) {
        return FALSE;
    }
    self->phase = CALL_RUNNING;
    self->entered = g_get_monotonic_time();
    if (self->patience_ms != 0) {
        self->deadline = self->entered + (gint64) self->patience_ms * 1000;
        g_cond_broadcast(&self->settled_condition);
    }
    return TRUE;
}

static void
call_end_body(Call *self, GError *error)
{
    g_mutex_lock(&self->lock);
    gboolean late = self->late;
    gboolean written_off = self->written_off;
    self->phase = CALL_DONE;
    self->late_error = late && error != NULL ? g_error_copy(error) : NULL;
    g_cond_broadcast(&self->settled_condition);
    g_mutex_unlock(&self->lock);
    if (self->record != NULL && late) {
        domain_record_recovered(self->record, self);
    }
    if (late) {
        call_pool_return();
    }
    gboolean keeps = self->held && error == NULL;
    if (!keeps) {
        call_filters_after(self, error);
    }
    /* from a good answer on, a held call is its caller's to end */
    gboolean answered = call_settle(self, error);
    if (!keeps) {
        call_leave(self, written_off);
    } else if (!answered) {
        call_filters_after(self, NULL);
        call_leave(self, written_off);
    }
}

void
call_release(Call *self, const GError *outcome)
{
    call_filters_after(self, outcome);
    call_leave(self, self->written_off);
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
