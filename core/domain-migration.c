// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseDomain: being migrated, and steering that while it goes on.
#include "connection-private.h"
#include "domain-private.h"
#include "error.h"
#include "migration-control.h"
#include "migration-last.h"
#include "migration-offer.h"
#include "migration-private.h"

/* What only a guest that runs can be asked for is no part of copying its definition; NULL: nothing of that is asked. */
static const char *
find_live_flag(guint flags)
{
    static const struct {
        guint flag;
        const char *words;
    } known[] = {
        {MORTISE_MIGRATION_COPY_STORAGE_ALL, "disks are copied while a guest moves"},
        {MORTISE_MIGRATION_COPY_STORAGE_INC, "disks are copied while a guest moves"},
        {MORTISE_MIGRATION_POSTCOPY, "postcopy is for memory"},
        {MORTISE_MIGRATION_MULTIFD, "several connections are for memory"},
        {MORTISE_MIGRATION_AUTO_CONVERGE, "only a guest that runs can be slowed down"},
        {MORTISE_MIGRATION_SUSPENDED, "only a guest that runs can be left paused"},
    };
    for (guint i = 0; (flags & MORTISE_MIGRATION_OFFLINE) != 0 && i < G_N_ELEMENTS(known); i++) {
        if ((flags & known[i].flag) != 0) {
            return known[i].words;
        }
    }
    return NULL;
}

/* What is wrong with a migration whatever the drivers say; FALSE with @error. */
static gboolean
check(MortiseDomain *self, MortiseConnection *destination, const MigrationRequest *request, GError **error)
{
    const char *name = mortise_domain_get_name(self);
    g_autoptr(MigrationJob) job = domain_record_get_migration(self->record);
    gboolean both = (request->flags & MORTISE_MIGRATION_COPY_STORAGE_ALL)
                    && (request->flags & MORTISE_MIGRATION_COPY_STORAGE_INC);
    const char *live = find_live_flag(request->flags);
    if (!domain_check(self, error) || connection_get_session(destination, error) == NULL) {
        return FALSE;
    }
    if (destination->session == self->session) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, "open the URI of another root or host",
                          "'%s' is on that connection already", name);
    } else if (job != NULL) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_BUSY, name, "wait until it ends, or abort it",
                          "'%s' is being migrated already, for %" G_GINT64_FORMAT " ms", name,
                          migration_job_get_age_ms(job));
    } else if (live != NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, "leave that option away, or migrate it live",
                          "offline only the definition of '%s' is copied: %s", name, live);
    } else if (both) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, NULL,
                          "disks are copied either whole or above their backing files, not both");
    } else {
        return TRUE;
    }
    return FALSE;
}

typedef struct {
    GMutex lock;
    GCond changed;
    gboolean done;
    DomainRecord *record;
    GError *error;
} Waiter;

static void
waiter_done(DomainRecord *record, const GError *error, gpointer data)
{
    Waiter *self = data;
    g_mutex_lock(&self->lock);
    self->done = TRUE;
    self->record = error == NULL ? domain_record_ref(record) : NULL;
    self->error = error != NULL ? g_error_copy(error) : NULL;
    g_cond_signal(&self->changed);
    g_mutex_unlock(&self->lock);
}

static void
cancelled(GCancellable *cancellable G_GNUC_UNUSED, MigrationJob *job)
{
    migration_job_stop(job, MORTISE_ERROR_CANCELLED);
}

static gulong
connect_cancellable(GCancellable *cancellable, MigrationJob *job)
{
    return cancellable != NULL ? g_cancellable_connect(cancellable, G_CALLBACK(cancelled), migration_job_ref(job),
                                                       (GDestroyNotify) migration_job_unref)
                               : 0;
}

MortiseDomain *
mortise_domain_migrate(MortiseDomain *self, MortiseConnection *destination, MortiseMigrationOptions *options,
                       GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_return_val_if_fail(MORTISE_IS_CONNECTION(destination), NULL);
    g_return_val_if_fail(options == NULL || MORTISE_IS_MIGRATION_OPTIONS(options), NULL);
    g_autoptr(MigrationRequest) request = migration_options_get_request(options);
    if (!check(self, destination, request, error)) {
        return NULL;
    }
    Waiter waiter = {.done = FALSE};
    g_mutex_init(&waiter.lock);
    g_cond_init(&waiter.changed);
    g_autoptr(MigrationJob) job = migration_job_start(self->session, self->record, destination->session, request,
                                                      waiter_done, &waiter);
    gulong handler = connect_cancellable(cancellable, job);
    g_mutex_lock(&waiter.lock);
    while (!waiter.done) {
        g_cond_wait(&waiter.changed, &waiter.lock);
    }
    g_mutex_unlock(&waiter.lock);
    g_cancellable_disconnect(cancellable, handler);
    g_mutex_clear(&waiter.lock);
    g_cond_clear(&waiter.changed);
    if (waiter.error != NULL) {
        g_propagate_error(error, waiter.error);
        return NULL;
    }
    g_autoptr(DomainRecord) record = waiter.record;
    return mortise_domain_new(destination->session, record);
}

typedef struct {
    GTask *task;
    MortiseConnection *destination; /* referenced */
    GMutex lock;
    MigrationJob *job; /* referenced; NULL before it was started */
    gulong handler;
    gboolean done;
} AsyncMigration;

static void
async_free(AsyncMigration *self)
{
    g_cancellable_disconnect(g_task_get_cancellable(self->task), self->handler);
    g_clear_pointer(&self->job, migration_job_unref);
    g_object_unref(self->destination);
    g_object_unref(self->task);
    g_mutex_clear(&self->lock);
    g_free(self);
}

/* Freed by whoever comes last: the job's end, or the function that started it. */
static void
async_done(DomainRecord *record, const GError *error, gpointer data)
{
    AsyncMigration *self = data;
    if (error != NULL) {
        g_task_return_error(self->task, g_error_copy(error));
    } else {
        g_task_return_pointer(self->task, mortise_domain_new(self->destination->session, record), g_object_unref);
    }
    g_mutex_lock(&self->lock);
    gboolean last = self->job != NULL;
    self->done = TRUE;
    g_mutex_unlock(&self->lock);
    if (last) {
        async_free(self);
    }
}

void
mortise_domain_migrate_async(MortiseDomain *self, MortiseConnection *destination, MortiseMigrationOptions *options,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(MORTISE_IS_DOMAIN(self));
    g_return_if_fail(MORTISE_IS_CONNECTION(destination));
    g_return_if_fail(options == NULL || MORTISE_IS_MIGRATION_OPTIONS(options));
    g_autoptr(MigrationRequest) request = migration_options_get_request(options);
    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);
    GError *error = NULL;
    g_task_set_source_tag(task, mortise_domain_migrate_async);
    g_task_set_check_cancellable(task, FALSE);
    if (!check(self, destination, request, &error)) {
        g_task_return_error(task, error);
        return;
    }
    AsyncMigration *async = g_new0(AsyncMigration, 1);
    async->task = g_steal_pointer(&task);
    async->destination = g_object_ref(destination);
    g_mutex_init(&async->lock);
    MigrationJob *job = migration_job_start(self->session, self->record, destination->session, request, async_done,
                                            async);
    gulong handler = connect_cancellable(cancellable, job);
    g_mutex_lock(&async->lock);
    async->handler = handler;
    async->job = job;
    gboolean last = async->done;
    g_mutex_unlock(&async->lock);
    if (last) {
        async_free(async);
    }
}

MortiseDomain *
mortise_domain_migrate_finish(MortiseDomain *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

static MigrationJob *
require_job(MortiseDomain *self, GError **error)
{
    MigrationJob *job = domain_record_get_migration(self->record);
    if (job == NULL) {
        mortise_error_set(error, MORTISE_ERROR_NO_JOB, mortise_domain_get_name(self), NULL,
                          "the domain '%s' is not being migrated", mortise_domain_get_name(self));
    }
    return job;
}

gboolean
mortise_domain_abort_migration(MortiseDomain *self, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    g_autoptr(MigrationJob) job = require_job(self, error);
    if (job == NULL) {
        return FALSE;
    }
    migration_job_stop(job, MORTISE_ERROR_CANCELLED);
    return TRUE;
}

static gboolean
steer(MortiseDomain *self, const char *action, guint64 first, guint64 second, GCancellable *cancellable,
      GError **error)
{
    g_autoptr(MigrationJob) job = require_job(self, error);
    g_autoptr(GVariant) values = job != NULL ? migration_job_steer(job, action, first, second, cancellable, error)
                                             : NULL;
    return values != NULL;
}

gboolean
mortise_domain_set_migration_limits(MortiseDomain *self, guint64 bandwidth, guint64 downtime,
                                    GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return steer(self, "limits", bandwidth, downtime, cancellable, error);
}

gboolean
mortise_domain_switch_to_postcopy(MortiseDomain *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), FALSE);
    return steer(self, "postcopy", 0, 0, cancellable, error);
}

GVariant *
mortise_domain_get_migration_progress(MortiseDomain *self, GCancellable *cancellable G_GNUC_UNUSED, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_DOMAIN(self), NULL);
    g_autoptr(MigrationJob) job = domain_record_get_migration(self->record);
    if (job != NULL) {
        return migration_job_steer(job, "progress", 0, 0, NULL, error);
    }
    const char *run_directory = session_get_run_directory(self->session);
    GVariant *values = domain_record_get_migration_values(self->record);
    if (values == NULL && run_directory != NULL) {
        values = migration_last_read(run_directory, self->record->uuid_text);
    }
    if (values == NULL) {
        mortise_error_set(error, MORTISE_ERROR_NO_JOB, mortise_domain_get_name(self), NULL,
                          "the domain '%s' has not been migrated", mortise_domain_get_name(self));
    }
    return values;
}

char *
mortise_connection_find_common_tsc(MortiseConnection *self, guint64 frequency_hz, const char *const *capabilities,
                                   GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(MORTISE_IS_CONNECTION(self), NULL);
    g_return_val_if_fail(capabilities != NULL, NULL);
    Session *session = connection_get_session(self, error);
    if (session == NULL) {
        return NULL;
    }
    GPtrArray *bindings = session_get_bindings(session);
    Binding *knows = g_ptr_array_index(bindings, 0);
    for (guint i = bindings->len; i > 0; i--) {
        Binding *binding = g_ptr_array_index(bindings, i - 1);
        knows = binding->migration.common_tsc != NULL ? binding : knows;
    }
    g_autoptr(Call) call = session_call_new(session, OPERATION_COMMON_TSC, body_common_tsc, knows);
    call->numbers[0] = frequency_hz;
    call->texts = g_strdupv((char **) capabilities);
    return call_run(call, cancellable, error) ? g_strdup(call->out_text->str) : NULL;
}
