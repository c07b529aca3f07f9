// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseConnection: statistics of all domains at once, within one budget of time.
#include "connection-private.h"

#include "bodies.h"

/* Shared by the collector and the calls that it waits for; lives until the last of them has ended. */
typedef struct {
    gatomicrefcount references;
    GMutex lock;
    GCond changed;
    guint pending;
} Collection;

static void
collection_unref(Collection *self)
{
    if (g_atomic_ref_count_dec(&self->references)) {
        g_mutex_clear(&self->lock);
        g_cond_clear(&self->changed);
        g_free(self);
    }
}

static void
set_asked(DomainRecord *record, gboolean asked)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&record->lock);
    record->stats_asked = asked;
}

static void
collected(Call *call, const GError *error G_GNUC_UNUSED, gpointer data)
{
    Collection *self = data;
    set_asked(call->record, FALSE);
    g_mutex_lock(&self->lock);
    /* Woken once, not a thousand times. */
    if (--self->pending == 0) {
        g_cond_signal(&self->changed);
    }
    g_mutex_unlock(&self->lock);
    collection_unref(self);
}

/* A domain that has not answered the last question is not asked another. */
static gboolean
wants_question(DomainRecord *record)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&record->lock);
    gboolean wanted = domain_snapshot_is_active(record->snapshot) && record->hung_operation == NULL
                      && !record->stats_asked && record->binding != NULL && record->binding->stats.collect != NULL;
    record->stats_asked = record->stats_asked || wanted;
    return wanted;
}

static void
ask_all(Session *session, GPtrArray *records, MortiseStatsGroups groups, Collection *collection)
{
    for (guint i = 0; i < records->len; i++) {
        DomainRecord *record = g_ptr_array_index(records, i);
        if (domain_record_is_being_moved(record) || !wants_question(record)) {
            continue;
        }
        g_autoptr(Call) call = session_domain_call_new(session, OPERATION_STATS, body_stats, record);
        call->flags = groups;
        g_atomic_ref_count_inc(&collection->references);
        g_mutex_lock(&collection->lock);
        collection->pending++;
        g_mutex_unlock(&collection->lock);
        call_run_async(call, NULL, collected, collection);
    }
}

static void
wait_for_answers(Collection *self, guint budget_ms)
{
    gint64 until = g_get_monotonic_time() + (gint64) budget_ms * 1000;
    gboolean in_time = TRUE;
    g_mutex_lock(&self->lock);
    while (self->pending > 0 && in_time) {
        in_time = g_cond_wait_until(&self->changed, &self->lock, until);
    }
    g_mutex_unlock(&self->lock);
}

GPtrArray *
mortise_connection_collect_stats(MortiseConnection *self, MortiseStatsGroups groups, MortiseListFlags flags,
                                 guint budget_ms, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) records = session_list(session, flags);
    if (budget_ms > 0 && (groups & ~MORTISE_STATS_GROUP_STATE) != 0) {
        Collection *collection = g_new0(Collection, 1);
        g_atomic_ref_count_init(&collection->references);
        g_mutex_init(&collection->lock);
        g_cond_init(&collection->changed);
        ask_all(session, records, groups, collection);
        wait_for_answers(collection, budget_ms);
        collection_unref(collection);
    }
    GPtrArray *rows = g_ptr_array_new_full(records->len, (GDestroyNotify) mortise_domain_stats_free);
    for (guint i = 0; i < records->len; i++) {
        g_ptr_array_add(rows, domain_record_make_stats(g_ptr_array_index(records, i), groups));
    }
    return rows;
}
