// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Steering a migration: in the process that runs it, and from any other through its door.
#include "error.h"
#include "migration-control.h"
#include "migration-last.h"
#include "migration-private.h"
#include "root-private.h"

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <unistd.h>

#define ANSWER_SECONDS 15

static gboolean
require_sending(MigrationJob *self, GError **error)
{
    const char *name = domain_record_get_name(self->source.record);
    if (!migration_job_is_sending(self)) {
        mortise_error_set(error, MORTISE_ERROR_NO_JOB, name, "try again in a moment",
                          "the migration of '%s' is at the step %s, and only perform can be steered", name,
                          migration_job_get_phase(self));
        return FALSE;
    }
    return TRUE;
}

static gboolean
run_beside(MigrationJob *self, OperationCode code, CallBody body, guint64 first, guint64 second,
           GCancellable *cancellable, GError **error)
{
    if (!require_sending(self, error)) {
        return FALSE;
    }
    g_autoptr(Call) call = session_joined_call_new(self->source.session, code, body, self->source.record->binding,
                                                   self->source.record, FALSE);
    call->numbers[0] = first;
    call->numbers[1] = second;
    return call_run(call, cancellable, error);
}

GVariant *
migration_job_steer(MigrationJob *self, const char *action, guint64 first, guint64 second, GCancellable *cancellable,
                    GError **error)
{
    gboolean done = TRUE;
    if (g_str_equal(action, "progress")) {
        return migration_collect(self->source.record, migration_job_get_phase(self), migration_job_get_age_ms(self));
    }
    if (g_str_equal(action, "abort")) {
        migration_job_stop(self, MORTISE_ERROR_CANCELLED);
    } else if (g_str_equal(action, "limits")) {
        done = run_beside(self, OPERATION_MIGRATE_LIMITS, body_migrate_limits, first, second, cancellable, error);
    } else if (g_str_equal(action, "postcopy")) {
        done = run_beside(self, OPERATION_MIGRATE_POSTCOPY, body_migrate_postcopy, 0, 0, cancellable, error);
    } else {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, action, NULL, "'%s' is nothing that a migration does",
                          action);
        done = FALSE;
    }
    return done ? g_variant_ref_sink(g_variant_new("a{sv}", NULL)) : NULL;
}

GVariant *
migration_collect(DomainRecord *record, const char *phase, gint64 total_ms)
{
    g_autoptr(Call) call = session_joined_call_new(record->session, OPERATION_MIGRATE_PROGRESS, body_migrate_progress,
                                                   record->binding, record, FALSE);
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    if (call_run(call, NULL, NULL)) {
        g_hash_table_iter_init(&iter, call->out_values);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
            if (!g_str_equal(key, "phase") && !g_str_equal(key, "time.total")) {
                g_variant_builder_add(&builder, "{sv}", key, value);
            }
        }
    }
    g_variant_builder_add(&builder, "{sv}", "phase", g_variant_new_string(phase));
    g_variant_builder_add(&builder, "{sv}", "time.total", g_variant_new_uint64((guint64) total_ms));
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

/* The answer of the process behind a socket; NULL when there is none. */
static GVariant *
ask(int folder, const char *name, GVariant *request, GCancellable *cancellable)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d/%s", folder, name);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocket)
        socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    if (socket == NULL || !g_socket_connect(socket, address, cancellable, NULL)) {
        return NULL;
    }
    g_socket_set_timeout(socket, ANSWER_SECONDS);
    g_autoptr(GSocketConnection) connection = g_socket_connection_factory_create_connection(socket);
    g_autofree char *text = g_variant_print(request, TRUE);
    g_autofree char *sent = g_strconcat(text, "\n", NULL);
    if (!g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), sent, strlen(sent), NULL,
                                   cancellable, NULL)) {
        return NULL;
    }
    g_autoptr(GDataInputStream)
        lines = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    g_autofree char *line = g_data_input_stream_read_line_utf8(lines, NULL, cancellable, NULL);
    return line != NULL ? g_variant_parse(G_VARIANT_TYPE("(bsssa{sv})"), line, NULL, NULL, NULL) : NULL;
}

/* TRUE when the answer is final: it was the process that migrates the domain. */
static gboolean
take_answer(GVariant *reply, GVariant **values, GError **error)
{
    gboolean done = FALSE;
    const char *reason = NULL;
    const char *message = NULL;
    const char *hint = NULL;
    g_variant_get(reply, "(b&s&s&s@a{sv})", &done, &reason, &message, &hint, values);
    if (done) {
        return TRUE;
    }
    g_clear_pointer(values, g_variant_unref);
    int code = mortise_error_code_of_reason(reason);
    if (code == (int) MORTISE_ERROR_NO_SUCH_DOMAIN) {
        return FALSE;
    }
    mortise_error_set(error, code >= 0 ? (MortiseError) code : MORTISE_ERROR_INTERNAL, NULL, hint, "%s", message);
    return TRUE;
}

/* The run directory; NULL without an error when there is none. */
static char *
find_folder(const char *uri, GError **error)
{
    MortisePlace places[MORTISE_PLACE_COUNT] = {0};
    g_autoptr(MortiseUri) parsed = mortise_uri_parse(uri, error);
    char *folder = NULL;
    if (parsed == NULL || parsed->root == MORTISE_ROOT_NONE) {
        return NULL;
    }
    if (mortise_root_find_places(parsed, places, error)) {
        const MortisePlace *run = &places[MORTISE_PLACE_RUN];
        folder = g_build_filename(run->base, run->below, NULL);
    }
    for (guint i = 0; i < MORTISE_PLACE_COUNT; i++) {
        mortise_place_clear(&places[i]);
    }
    return folder;
}

/* Asks one process after the other, until one says that it is its domain. */
static gboolean
ask_all(const char *run_directory, GVariant *request, GVariant **values, GCancellable *cancellable, GError **error)
{
    g_autofree char *path = g_build_filename(run_directory, MIGRATION_FOLDER, NULL);
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    int folder = names != NULL ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    gboolean settled = FALSE;
    const char *name = NULL;
    while (folder >= 0 && !settled && (name = g_dir_read_name(names)) != NULL) {
        g_autoptr(GVariant) reply = ask(folder, name, request, cancellable);
        settled = reply != NULL && take_answer(reply, values, error);
    }
    if (folder >= 0) {
        (void) close(folder);
    }
    return settled;
}

/* Nobody is asked: it may be that nobody has the root open. */
static GVariant *
read_completed(const char *uri, const char *run_directory, const char *domain, GError **error)
{
    GVariant *values = migration_last_read(run_directory, domain);
    if (values == NULL) {
        mortise_error_set(error, MORTISE_ERROR_NO_JOB, domain, NULL,
                          "nothing is kept of a migration of the domain '%s' from or to %s", domain, uri);
    }
    return values;
}

GVariant *
mortise_migration_steer(const char *uri, const char *domain, const char *action, guint64 first, guint64 second,
                        GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(uri != NULL && domain != NULL && action != NULL, NULL);
    g_autoptr(GError) cause = NULL;
    g_autofree char *folder = find_folder(uri, &cause);
    g_autoptr(GVariant) request = g_variant_ref_sink(g_variant_new("(sstt)", domain, action, first, second));
    GVariant *values = NULL;
    if (folder != NULL && g_str_equal(action, "completed")) {
        return read_completed(uri, folder, domain, error);
    }
    if (cause == NULL && folder != NULL && ask_all(folder, request, &values, cancellable, &cause)) {
        if (cause != NULL) {
            g_propagate_error(error, g_steal_pointer(&cause));
        }
        return values;
    }
    if (cause != NULL) {
        g_propagate_error(error, g_steal_pointer(&cause));
    } else {
        mortise_error_set(error, MORTISE_ERROR_NO_JOB, domain, NULL, "no process migrates the domain '%s' from %s",
                          domain, uri);
    }
    return NULL;
}
