// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain inside of the core: life, publication and lateness.
#include "domain-record.h"

#include "error.h"
#include "event-hub.h"
#include "migration-job.h"
#include "session.h"

DomainRecord *
domain_record_new(Session *session, Binding *binding, const guint8 uuid[16], const char *name)
{
    DomainRecord *self = g_new0(DomainRecord, 1);
    g_atomic_ref_count_init(&self->references);
    self->session = session;
    self->binding = binding;
    memcpy(self->uuid, uuid, sizeof(self->uuid));
    self->uuid_text = mortise_uuid_to_text(uuid);
    self->name = g_ref_string_new(name);
    self->snapshot = domain_snapshot_new();
    gate_init(&self->job);
    gate_init(&self->serial);
    g_mutex_init(&self->lock);
    g_mutex_init(&self->driver_lock);
    g_mutex_init(&self->file_lock);
    return self;
}

DomainRecord *
domain_record_ref(DomainRecord *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
domain_record_unref(DomainRecord *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references)) {
        return;
    }
    gate_clear(&self->job);
    gate_clear(&self->serial);
    g_mutex_clear(&self->lock);
    g_mutex_clear(&self->driver_lock);
    g_mutex_clear(&self->file_lock);
    domain_snapshot_unref(self->snapshot);
    g_clear_pointer(&self->stats, domain_stats_unref);
    g_ref_string_release(self->name);
    g_clear_pointer(&self->migration_values, g_variant_unref);
    g_free(self->hung_operation);
    g_free(self->running_xml);
    g_free(self->running_state);
    g_free(self->uuid_text);
    g_free(self);
}

const char *
domain_record_get_name(DomainRecord *self)
{
    return self->name;
}

DomainSnapshot *
domain_record_get_snapshot(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return domain_snapshot_ref(self->snapshot);
}

void
domain_record_change(DomainRecord *self, DomainSnapshotChange change, gconstpointer data)
{
    g_autoptr(DomainSnapshot) old = NULL;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    DomainSnapshot *next = domain_snapshot_copy(self->snapshot);
    change(next, data);
    old = self->snapshot;
    self->snapshot = next;
}

typedef struct {
    MortiseDomainState state;
    gint64 id;
    const char *reason;
    const char *detail;
    gboolean differs;
} StatusChange;

static void
change_status(DomainSnapshot *snapshot, gconstpointer data)
{
    StatusChange *change = (StatusChange *) data;
    change->differs = snapshot->state != change->state || snapshot->id != change->id
                      || g_strcmp0(snapshot->reason, change->reason) != 0;
    snapshot->state = change->state;
    snapshot->id = change->id;
    domain_snapshot_set_text(&snapshot->reason, change->reason);
    domain_snapshot_set_text(&snapshot->detail, change->detail);
    snapshot->confirmed = g_get_monotonic_time();
}

void
domain_record_set_status(DomainRecord *self, MortiseDomainState state, gint64 id, const char *reason,
                         const char *detail)
{
    StatusChange change = {state, id, reason, detail, FALSE};
    domain_record_change(self, change_status, &change);
    if (change.differs) {
        event_hub_emit_domain(session_get_events(self->session), MORTISE_EVENT_KIND_STATE, self, reason, detail);
    }
}

void
domain_record_hung(DomainRecord *self, const Call *call)
{
    g_mutex_lock(&self->lock);
    gboolean first = self->hung_operation == NULL;
    if (first) {
        self->hung_operation = g_strdup(call->operation->name);
        self->hung_since = call->made;
        self->hung_serial = call->serial;
    }
    g_mutex_unlock(&self->lock);
    if (first) {
        event_hub_emit_domain(session_get_events(self->session), MORTISE_EVENT_KIND_HUNG, self,
                              call->operation->name, NULL);
    }
}

void
domain_record_recovered(DomainRecord *self, const Call *call)
{
    g_mutex_lock(&self->lock);
    gboolean last = self->hung_operation != NULL && self->hung_serial == call->serial;
    if (last) {
        g_clear_pointer(&self->hung_operation, g_free);
    }
    g_mutex_unlock(&self->lock);
    if (last) {
        event_hub_emit_domain(session_get_events(self->session), MORTISE_EVENT_KIND_RECOVERED, self,
                              call->operation->name, NULL);
    }
}

static gboolean
check_locked(DomainRecord *self, GError **error)
{
    if (self->gone) {
        mortise_error_set(error, MORTISE_ERROR_NO_SUCH_DOMAIN, self->name,
                          "'mortise list --all' shows what there is",
                          "the domain '%s' is gone: it was undefined, or ended without a definition", self->name);
        return FALSE;
    }
    return TRUE;
}

gboolean
domain_record_check(DomainRecord *self, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return check_locked(self, error);
}

gboolean
domain_record_call_begins(DomainRecord *self, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (!check_locked(self, error)) {
        return FALSE;
    }
    self->calls++;
    return TRUE;
}

void
domain_record_call_joins(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->calls++;
}

MigrationJob *
domain_record_get_migration(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->migration != NULL ? migration_job_ref(self->migration) : NULL;
}

gboolean
domain_record_is_being_moved(DomainRecord *self)
{
    g_autoptr(MigrationJob) job = domain_record_get_migration(self);
    return job != NULL && binding_get_module(self->binding)->thread_model != MORTISE_THREADS_PARALLEL;
}

void
domain_record_set_migration(DomainRecord *self, MigrationJob *job, GVariant *values)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->migration = job;
    if (values != NULL) {
        g_clear_pointer(&self->migration_values, g_variant_unref);
        self->migration_values = g_variant_ref(values);
    }
}

GVariant *
domain_record_get_migration_values(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->migration_values != NULL ? g_variant_ref(self->migration_values) : NULL;
}

void
domain_record_call_ended(DomainRecord *self)
{
    g_mutex_lock(&self->lock);
    self->calls--;
    gboolean over = self->gone && self->calls == 0;
    g_mutex_unlock(&self->lock);
    if (over) {
        domain_record_close_driver(self);
    }
}

void
domain_record_set_gone(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->gone = TRUE;
    self->calls++;
}
