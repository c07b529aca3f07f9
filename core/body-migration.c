// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls of a migration: the driver's functions, and nothing around them.
#include "migration-private.h"

#include "call-pool.h"
#include "host-sinks.h"

#include <mortise/mortise-check.h>

static const MortiseMigration *
table_of(const Call *call)
{
    static const MortiseMigration none = {0};
    return call->binding != NULL ? &call->binding->migration : &none;
}

/* The driver's handle of the call's domain, when its driver offers what is asked for. */
static void *
open_domain(Call *call, gboolean offered, const char *what, GError **error)
{
    void *domain = domain_record_open_driver(call->record, error);
    return domain != NULL && body_require(call, offered, what, error) && offered ? domain : NULL;
}

gboolean
body_migrate_begin(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->begin != NULL, "migration", error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseMigrationArguments arguments = migration_request_get_arguments(call->request);
    call->out_text = g_string_new(NULL);
    MortiseSink sink = {.text = call->out_text};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table->begin(domain, &arguments, &sink);
    if (result == MORTISE_OK && call->out_text->len == 0) {
        driver_words_misbehaved("an offer is empty");
    }
    return call_driver_end(call, &words, result, "begin", error);
}

gboolean
body_migrate_judge(Call *call, GError **error)
{
    if (!body_require(call, table_of(call)->judge != NULL, "migration", error)) {
        return FALSE;
    }
    MortiseMigrationArguments arguments = migration_request_get_arguments(call->request);
    call->out_checks = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_check_free);
    MortiseSink sink = {.checks = call->out_checks};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table_of(call)->judge(call->binding->connection, &arguments, call->text,
                                                 call->second_text, &sink);
    return call_driver_end(call, &words, result, "judge", error);
}

gboolean
body_migrate_prepare(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->prepare != NULL, "incoming migrations", error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseMigrationArguments arguments = migration_request_get_arguments(call->request);
    call->out_text = g_string_new(NULL);
    MortiseSink sink = {.text = call->out_text};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table->prepare(domain, &arguments, call->text, &sink);
    return call_driver_end(call, &words, result, "prepare", error);
}

gboolean
body_migrate_perform(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->perform != NULL, "migration of running domains", error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseMigrationArguments arguments = migration_request_get_arguments(call->request);
    call->out_text = g_string_new(NULL);
    MortiseSink sink = {.text = call->out_text};
    DriverWords words;
    /* it may take hours, and no other call is to wait for its worker */
    call_pool_lend();
    call_driver_begin(call, &words);
    MortiseResult result = table->perform(domain, &arguments, call->text, &sink);
    call_pool_return();
    return call_driver_end(call, &words, result, "perform", error);
}

gboolean
body_migrate_finish(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->finish != NULL, "incoming migrations", error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseMigrationArguments arguments = migration_request_get_arguments(call->request);
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table->finish(domain, &arguments, call->text, call->flags);
    return call_driver_end(call, &words, result, "finish", error);
}

gboolean
body_migrate_confirm(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->confirm != NULL, "migration of running domains", error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseMigrationArguments arguments = migration_request_get_arguments(call->request);
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table->confirm(domain, &arguments, call->flags);
    return call_driver_end(call, &words, result, "confirm", error);
}

gboolean
body_migrate_abort(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->abort != NULL, "an end of a migration", error);
    if (domain == NULL) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    return call_driver_end(call, &words, table->abort(domain), "abort", error);
}

gboolean
body_migrate_limits(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->set_limits != NULL, "limits of a migration", error);
    if (domain == NULL) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table->set_limits(domain, call->numbers[0], call->numbers[1]);
    return call_driver_end(call, &words, result, "set_limits", error);
}

gboolean
body_migrate_postcopy(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->switch_to_postcopy != NULL, "postcopy", error);
    if (domain == NULL) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    return call_driver_end(call, &words, table->switch_to_postcopy(domain), "switch_to_postcopy", error);
}

gboolean
body_migrate_progress(Call *call, GError **error)
{
    const MortiseMigration *table = table_of(call);
    void *domain = open_domain(call, table->progress != NULL, "the progress of a migration", error);
    if (domain == NULL) {
        return FALSE;
    }
    call->out_values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
    MortiseSink sink = {.values = call->out_values};
    DriverWords words;
    call_driver_begin(call, &words);
    return call_driver_end(call, &words, table->progress(domain, &sink), "progress", error);
}

gboolean
body_common_tsc(Call *call, GError **error)
{
    if (!body_require(call, table_of(call)->common_tsc != NULL, "a common TSC of hosts", error)) {
        return FALSE;
    }
    call->out_text = g_string_new(NULL);
    MortiseSink sink = {.text = call->out_text};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = table_of(call)->common_tsc(call->binding->connection, call->numbers[0],
                                                      (const char *const *) call->texts,
                                                      g_strv_length(call->texts), &sink);
    return call_driver_end(call, &words, result, "common_tsc", error);
}
