// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The door to a migration, in the process that runs it.
#include "migration-control.h"

#include "domain-record.h"
#include "error.h"
#include "migration-last.h"

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_SECONDS 5

struct MigrationControl {
    MigrationJob *job; /* not referenced: it closes its door before it goes */
    int folder;
    GSocket *socket;
    GCancellable *cancellable;
    GThread *thread;
};

static gboolean
is_meant(MigrationJob *job, const char *word)
{
    DomainRecord *record = migration_job_get_source(job);
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, snapshot->id);
    return g_str_equal(word, domain_record_get_name(record)) || g_ascii_strcasecmp(word, record->uuid_text) == 0
           || g_str_equal(word, id);
}

static GVariant *
answer(MigrationJob *job, GVariant *request)
{
    const char *word = NULL;
    const char *action = NULL;
    guint64 first = 0;
    guint64 second = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) values = NULL;
    g_variant_get(request, "(&s&stt)", &word, &action, &first, &second);
    if (is_meant(job, word)) {
        values = migration_job_steer(job, action, first, second, NULL, &error);
    } else {
        mortise_error_set(&error, MORTISE_ERROR_NO_SUCH_DOMAIN, word, NULL, "the domain '%s' is not the one", word);
    }
    if (values == NULL) {
        const char *hint = mortise_error_get_hint(error);
        values = g_variant_ref_sink(g_variant_new("a{sv}", NULL));
        return g_variant_new("(bsss@a{sv})", FALSE, mortise_error_get_reason(error), mortise_error_get_summary(error),
                             hint != NULL ? hint : "", values);
    }
    return g_variant_new("(bsss@a{sv})", TRUE, "", "", "", values);
}

static void
serve(MigrationControl *self, GSocket *client)
{
    g_socket_set_timeout(client, REQUEST_SECONDS);
    g_autoptr(GSocketConnection) connection = g_socket_connection_factory_create_connection(client);
    GInputStream *input = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    g_autoptr(GDataInputStream) lines = g_data_input_stream_new(input);
    g_autofree char *line = g_data_input_stream_read_line_utf8(lines, NULL, self->cancellable, NULL);
    g_autoptr(GVariant) request = line != NULL ? g_variant_parse(G_VARIANT_TYPE("(sstt)"), line, NULL, NULL, NULL)
                                               : NULL;
    if (request == NULL) {
        return;
    }
    g_autoptr(GVariant) reply = g_variant_ref_sink(answer(self->job, request));
    g_autofree char *text = g_variant_print(reply, TRUE);
    g_autofree char *sent = g_strconcat(text, "\n", NULL);
    (void) g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), sent, strlen(sent), NULL,
                                     self->cancellable, NULL);
}

static gpointer
listen_for_requests(gpointer data)
{
    MigrationControl *self = data;
    while (!g_cancellable_is_cancelled(self->cancellable)) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GSocket) client = g_socket_accept(self->socket, self->cancellable, &error);
        if (client == NULL) {
            g_debug("migration control: %s", error->message);
            break;
        }
        serve(self, client);
    }
    return NULL;
}

/* The path is short whatever the root's is: a socket's address is. */
static char *
socket_path(const MigrationControl *self)
{
    return g_strdup_printf("/proc/self/fd/%d/%s", self->folder, migration_job_get_source(self->job)->uuid_text);
}

static gboolean
bind_socket(MigrationControl *self, const char *run_directory)
{
    g_autofree char *folder = g_build_filename(run_directory, MIGRATION_FOLDER, NULL);
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        return FALSE;
    }
    self->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (self->folder < 0) {
        return FALSE;
    }
    /* one that an owner left who was killed: the root is ours now */
    (void) unlinkat(self->folder, migration_job_get_source(self->job)->uuid_text, 0);
    g_autofree char *path = socket_path(self);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    self->socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    return self->socket != NULL && g_socket_bind(self->socket, address, FALSE, NULL)
           && g_socket_listen(self->socket, NULL);
}

static void
control_free(MigrationControl *self)
{
    if (self->folder >= 0) {
        (void) unlinkat(self->folder, migration_job_get_source(self->job)->uuid_text, 0);
        (void) close(self->folder);
    }
    g_clear_object(&self->socket);
    g_object_unref(self->cancellable);
    g_free(self);
}

MigrationControl *
migration_control_open(MigrationJob *job, const char *run_directory)
{
    MigrationControl *self = g_new0(MigrationControl, 1);
    self->job = job;
    self->folder = -1;
    self->cancellable = g_cancellable_new();
    if (!bind_socket(self, run_directory)) {
        g_debug("migration control: no socket in %s", run_directory);
        control_free(self);
        return NULL;
    }
    self->thread = g_thread_new("migration-door", listen_for_requests, self);
    return self;
}

void
migration_control_close(MigrationControl *self)
{
    if (self != NULL) {
        g_cancellable_cancel(self->cancellable);
        (void) g_thread_join(self->thread);
        control_free(self);
    }
}
