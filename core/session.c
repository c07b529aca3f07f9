// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Life of a session: admission of calls, closing.
#include "session-private.h"

#include "error.h"
#include "host-table.h"
#include "migration-job.h"

#include <unistd.h>

#define CLOSE_WAIT_SECONDS 5

Session *
session_ref(Session *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
session_unref(Session *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references)) {
        return;
    }
    g_clear_pointer(&self->bindings, g_ptr_array_unref);
    g_clear_pointer(&self->filters, g_ptr_array_unref);
    g_clear_pointer(&self->by_name, g_hash_table_unref);
    g_clear_pointer(&self->by_uuid, g_hash_table_unref);
    g_clear_pointer(&self->refused, g_hash_table_unref);
    g_clear_pointer(&self->store, mortise_store_free);
    g_clear_pointer(&self->root, mortise_root_free);
    g_clear_pointer(&self->events, event_hub_unref);
    g_clear_object(&self->registry);
    g_mutex_clear(&self->definitions);
    g_clear_pointer(&self->uri, mortise_uri_free);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->idle);
    g_free(self);
}

const char *
session_get_uri(Session *self)
{
    return self->uri->text;
}

EventHub *
session_get_events(Session *self)
{
    return self->events;
}

MortiseStore *
session_get_store(Session *self)
{
    return self->store;
}

const char *
session_get_run_directory(Session *self)
{
    return self->root != NULL ? self->root->run_directory : NULL;
}

GPtrArray *
session_get_filters(Session *self)
{
    return self->filters;
}

GPtrArray *
session_get_bindings(Session *self)
{
    return self->bindings;
}

void
session_set_deadline(Session *self, guint milliseconds)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->deadline_ms = milliseconds;
}

static gboolean
check_open_locked(Session *self, GError **error)
{
    if (self->closed) {
        mortise_error_set(error, MORTISE_ERROR_CONNECTION_CLOSED, self->uri->text, "open the URI again",
                          "the connection to %s was closed", self->uri->text);
        return FALSE;
    }
    return TRUE;
}

gboolean
session_check_open(Session *self, GError **error)
{
    /* before the lock: another thread may have held it when the process forked */
    if (self->process != getpid()) {
        mortise_error_set(error, MORTISE_ERROR_FORKED, self->uri->text, "open a connection of its own in the child",
                          "the connection to %s belongs to process %d and cannot be used after a fork",
                          self->uri->text, self->process);
        return FALSE;
    }
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return check_open_locked(self, error);
}

gboolean
session_call_begins(Session *self, GError **error)
{
    if (self->process != getpid()) {
        return session_check_open(self, error);
    }
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (!check_open_locked(self, error)) {
        return FALSE;
    }
    self->calls++;
    return TRUE;
}

/* Domains first, then connections; only when no call is under way. */
static void
close_drivers(Session *self)
{
    g_autoptr(GPtrArray) records = session_list(self, MORTISE_LIST_ALL);
    for (guint i = 0; i < records->len; i++) {
        domain_record_close_driver(g_ptr_array_index(records, i));
    }
    for (guint i = 0; i < self->bindings->len; i++) {
        Binding *binding = g_ptr_array_index(self->bindings, i);
        if (binding->opened) {
            binding->opened = FALSE;
            binding->module->operations.close(binding->connection);
        }
    }
    g_mutex_lock(&self->lock);
    g_hash_table_remove_all(self->by_name);
    g_hash_table_remove_all(self->by_uuid);
    g_mutex_unlock(&self->lock);
    g_clear_pointer(&self->store, mortise_store_free);
    g_clear_pointer(&self->root, mortise_root_free);
}

void
session_call_ended(Session *self, gboolean late)
{
    g_mutex_lock(&self->lock);
    self->calls--;
    self->late_calls -= late ? 1 : 0;
    if (self->calls == self->late_calls) {
        g_cond_broadcast(&self->idle);
    }
    gboolean last = self->calls == 0 && self->close_put_off;
    self->close_put_off = self->close_put_off && !last;
    g_mutex_unlock(&self->lock);
    if (last) {
        close_drivers(self);
    }
}

void
session_call_joins(Session *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->calls++;
}

void
session_call_late(Session *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->late_calls++;
    if (self->calls == self->late_calls) {
        g_cond_broadcast(&self->idle);
    }
}

/* The gate that a driver's thread model wants around calls on a connection. */
static void
add_connection_gate(Call *call, Binding *binding)
{
    if (binding->module->thread_model == MORTISE_THREADS_SERIAL_PER_CONNECTION) {
        call_add_gate(call, &binding->serial);
    } else if (binding->module->thread_model == MORTISE_THREADS_SERIAL_ALL) {
        call_add_gate(call, host_driver_gate(binding->module->host_driver));
    }
}

Call *
session_call_new(Session *self, OperationCode code, CallBody body, Binding *binding)
{
    Call *call = call_new(code, body, binding != NULL ? binding->module : NULL);
    call->session = session_ref(self);
    call->filters = g_ptr_array_ref(self->filters);
    call->binding = binding;
    g_mutex_lock(&self->lock);
    guint deadline = self->deadline_ms;
    g_mutex_unlock(&self->lock);
    if (deadline != 0) {
        call_set_deadline(call, deadline);
    }
    if (binding != NULL) {
        add_connection_gate(call, binding);
    }
    return call;
}

/* The gate that a driver's thread model wants around calls on a domain. */
static void
add_model_gate(Call *call, DomainRecord *record)
{
    if (call->binding->module->thread_model == MORTISE_THREADS_SERIAL_PER_DOMAIN) {
        call_add_gate(call, &record->serial);
    } else {
        add_connection_gate(call, call->binding);
    }
}

Call *
session_domain_call_new(Session *self, OperationCode code, CallBody body, DomainRecord *record)
{
    Call *call = session_call_new(self, code, body, NULL);
    Binding *binding = record->binding;
    call->record = domain_record_ref(record);
    if (call->operation->operation_class >= MORTISE_CLASS_CHANGE) {
        call_add_gate(call, &record->job);
    }
    if (binding == NULL) {
        return call;
    }
    call->binding = binding;
    call->module = binding->module;
    add_model_gate(call, record);
    return call;
}

Call *
session_joined_call_new(Session *self, OperationCode code, CallBody body, Binding *binding, DomainRecord *record,
                        gboolean gated)
{
    Call *call = call_new(code, body, binding != NULL ? binding->module : NULL);
    call->session = session_ref(self);
    call->filters = g_ptr_array_ref(self->filters);
    call->binding = binding;
    call->record = record != NULL ? domain_record_ref(record) : NULL;
    call->joined = TRUE;
    g_mutex_lock(&self->lock);
    guint deadline = self->deadline_ms;
    g_mutex_unlock(&self->lock);
    if (deadline != 0 && call->operation->deadline_ms != 0) {
        call_set_deadline(call, deadline);
    }
    if (gated && record != NULL && binding != NULL) {
        add_model_gate(call, record);
    } else if (gated && binding != NULL) {
        add_connection_gate(call, binding);
    }
    return call;
}

/* Waits until no calls are left but the late ones, which each has a deadline to become. */
static void
wait_for_punctual_calls(Session *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    while (self->calls > self->late_calls) {
        g_cond_wait(&self->idle, &self->lock);
    }
}

/* FALSE when late calls are still inside of the driver: the last of them will close it. */
static gboolean
wait_for_late_calls(Session *self)
{
    gint64 until = g_get_monotonic_time() + CLOSE_WAIT_SECONDS * G_TIME_SPAN_SECOND;
    gboolean in_time = TRUE;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    while (self->calls > 0 && in_time) {
        in_time = g_cond_wait_until(&self->idle, &self->lock, until);
    }
    self->close_put_off = self->calls > 0;
    return self->calls == 0;
}

static void
abort_migrations(Session *self)
{
    g_autoptr(GPtrArray) records = session_list(self, MORTISE_LIST_ALL);
    for (guint i = 0; i < records->len; i++) {
        g_autoptr(MigrationJob) job = domain_record_get_migration(g_ptr_array_index(records, i));
        if (job != NULL) {
            migration_job_stop(job, MORTISE_ERROR_CONNECTION_CLOSED);
        }
    }
}

static void
interrupt_drivers(Session *self)
{
    for (guint i = 0; i < self->bindings->len; i++) {
        Binding *binding = g_ptr_array_index(self->bindings, i);
        if (binding->opened && binding->module->operations.interrupt != NULL) {
            binding->module->operations.interrupt(binding->connection);
        }
    }
}

void
session_close(Session *self)
{
    if (self->process != getpid()) {
        return;
    }
    g_mutex_lock(&self->lock);
    gboolean already = self->closed;
    self->closed = TRUE;
    g_mutex_unlock(&self->lock);
    if (already) {
        return;
    }
    event_hub_close(self->events);
    abort_migrations(self);
    interrupt_drivers(self);
    wait_for_punctual_calls(self);
    if (wait_for_late_calls(self)) {
        close_drivers(self);
    }
}
