// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseConnection: statistics of all domains at once, within one budget of time.
#include "connection-private.h"

#include "bodies.h"
#include "error.h"

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
cancelled(GCancellable *cancellable G_GNUC_UNUSED, gpointer data)
{
    Collection *self = data;
    g_mutex_lock(&self->lock);
    g_cond_signal(&self->changed);
    g_mutex_unlock(&self->lock);
}

static void
wait_for_answers(Collection *self, guint budget_ms, GCancellable *cancellable)
{
    gint64 until = g_get_monotonic_time() + (gint64) budget_ms * 1000;
    gboolean in_time = TRUE;
    gulong handler = cancellable == NULL ? 0
                                         : g_cancellable_connect(cancellable, G_CALLBACK(cancelled), self, NULL);
    g_mutex_lock(&self->lock);
    while (self->pending > 0 && in_time && !g_cancellable_is_cancelled(cancellable)) {
        in_time = g_cond_wait_until(&self->changed, &self->lock, until);
    }
    g_mutex_unlock(&self->lock);
    g_cancellable_disconnect(cancellable, handler);
}

/* Asks all that run; what they answer is published. FALSE when cancelled. */
static gboolean
collect(Session *session, GPtrArray *records, MortiseStatsGroups groups, guint budget_ms, GCancellable *cancellable,
        GError **error)
{
    Collection *collection = g_new0(Collection, 1);
    g_atomic_ref_count_init(&collection->references);
    g_mutex_init(&collection->lock);
    g_cond_init(&collection->changed);
    ask_all(session, records, groups, collection);
    wait_for_answers(collection, budget_ms, cancellable);
    collection_unref(collection);
    if (g_cancellable_is_cancelled(cancellable)) {
        mortise_error_set(error, MORTISE_ERROR_CANCELLED, NULL, NULL,
                          "the collection of statistics was cancelled by its caller; what was asked is still answered");
        return FALSE;
    }
    return TRUE;
}

GPtrArray *
mortise_connection_collect_stats(MortiseConnection *self, MortiseStatsGroups groups, MortiseListFlags flags,
                                 guint budget_ms, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) records = session_list(session, flags);
    gboolean asks = budget_ms > 0 && (groups & ~MORTISE_STATS_GROUP_STATE) != 0;
    if (asks && !collect(session, records, groups, budget_ms, cancellable, error)) {
        return NULL;
    }
    GPtrArray *rows = g_ptr_array_new_full(records->len, (GDestroyNotify) mortise_domain_stats_free);
    for (guint i = 0; i < records->len; i++) {
        g_ptr_array_add(rows, domain_record_make_stats(g_ptr_array_index(records, i), groups));
    }
    return rows;
}

typedef struct {
    MortiseStatsGroups groups;
    MortiseListFlags flags;
    guint budget_ms;
} CollectRequest;

static void
collect_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const CollectRequest *request = data;
    GError *error = NULL;
    GPtrArray *rows = mortise_connection_collect_stats(source, request->groups, request->flags, request->budget_ms,
                                                       cancellable, &error);
    if (rows == NULL) {
        g_task_return_error(task, error);
    } else {
        g_task_return_pointer(task, rows, (GDestroyNotify) g_ptr_array_unref);
    }
}

void
mortise_connection_collect_stats_async(MortiseConnection *self, MortiseStatsGroups groups, MortiseListFlags flags,
                                       guint budget_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_CONNECTION(self));
    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);
    CollectRequest *request = g_new0(CollectRequest, 1);
    request->groups = groups;
    request->flags = flags;
    request->budget_ms = budget_ms;
    g_task_set_source_tag(task, mortise_connection_collect_stats_async);
    g_task_set_task_data(task, request, g_free);
    g_task_set_check_cancellable(task, FALSE);
    g_task_run_in_thread(task, collect_in_thread);
}

GPtrArray *
mortise_connection_collect_stats_finish(MortiseConnection *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}
