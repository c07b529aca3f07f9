// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Events of a connection.
#include "event-hub.h"

#include "domain-record.h"

struct EventHub {
    gatomicrefcount references;
    GMutex lock;
    guint64 sequence;
    GPtrArray *watches;
    gboolean closed;
};

EventHub *
event_hub_new(void)
{
    EventHub *self = g_new0(EventHub, 1);
    g_atomic_ref_count_init(&self->references);
    g_mutex_init(&self->lock);
    self->watches = g_ptr_array_new();
    return self;
}

EventHub *
event_hub_ref(EventHub *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
event_hub_unref(EventHub *self)
{
    if (self != NULL && g_atomic_ref_count_dec(&self->references)) {
        g_ptr_array_unref(self->watches);
        g_mutex_clear(&self->lock);
        g_free(self);
    }
}

void
event_hub_emit_domain(EventHub *self, MortiseEventKind kind, DomainRecord *record, const char *reason,
                      const char *detail)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    MortiseEvent event = {
        .kind = kind,
        .time_us = g_get_real_time(),
        .domain = (char *) domain_record_get_name(record),
        .uuid = record->uuid_text,
        .state = snapshot->state,
        .id = domain_snapshot_is_active(snapshot) ? snapshot->id : -1,
        .reason = (char *) reason,
        .detail = (char *) detail,
    };
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    event.sequence = ++self->sequence;
    for (guint i = 0; i < self->watches->len; i++) {
        mortise_watch_push(g_ptr_array_index(self->watches, i), &event);
    }
}

guint64
event_hub_get_sequence(EventHub *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->sequence;
}

void
event_hub_add(EventHub *self, MortiseWatch *watch)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (!self->closed) {
        g_ptr_array_add(self->watches, watch);
    }
}

void
event_hub_remove(EventHub *self, MortiseWatch *watch)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    (void) g_ptr_array_remove(self->watches, watch);
}

void
event_hub_close(EventHub *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->closed = TRUE;
    g_ptr_array_set_size(self->watches, 0);
}
