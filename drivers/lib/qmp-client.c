// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A QMP monitor: commands from any thread, many in flight, replies matched by id, events while commands wait.
#include "qmp-client-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver-json.h"

#define READ_BYTES (64u * 1024u)
/* Messages before the greeting. */
#define STALE_LIMIT 16u

#define CLOSED_HINT "If the guest still runs, stop it and report this with the emulator's version."

/* The loop's thread, once. */
static void
close_for(QmpClient *client, DriverFailure *cause)
{
    g_autoptr(GPtrArray) deliveries = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer request;

    driver_loop_unwatch(&client->reading);
    driver_loop_unwatch(&client->writing);
    {
        DRIVER_LOCK_SCOPE(&client->lock);
        client->cause = cause;
        (void) close(client->fd);
        client->fd = -1;
        g_hash_table_iter_init(&iterator, client->waiting);
        while (g_hash_table_iter_next(&iterator, NULL, &request)) {
            ((QmpRequest *) request)->failure = qmp_failure_copy(cause);
            request = qmp_request_finish(client, request);
            if (request) {
                g_ptr_array_add(deliveries, request);
            }
        }
        g_hash_table_remove_all(client->waiting);
    }
    for (guint i = 0; i < deliveries->len; i++) {
        qmp_request_deliver(deliveries->pdata[i]);
    }
    if (client->listener.closed && !client->muted) {
        client->listener.closed(cause, client->listener_data);
    }
}

static void
close_at_end(QmpClient *client, int error)
{
    DriverFailure *cause = NULL;

    driver_failure_set(&cause, "monitor-closed", client->name, "The emulator has ended or closed its monitor.",
                       "The monitor of %s was closed by the emulator%s%s.", client->name, error ? ": " : "",
                       error ? g_strerror(error) : "");
    close_for(client, cause);
}

/* Moves the reply to the request, all of it: whoever waits gets it for himself. Under the lock. */
static void
take_reply(QmpRequest *request, QmpMessage *message)
{
    if (message->kind == QMP_RETURN) {
        request->value = g_steal_pointer(&message->value);
        return;
    }
    driver_failure_set(&request->failure, "program-failed", message->name,
                       "The words are the emulator's own; its log may say more.", "The emulator refused %s: %s",
                       request->command, message->text);
}

static gboolean
handle_reply(QmpClient *client, QmpMessage *message, DriverFailure **failure)
{
    QmpRequest *request;

    {
        DRIVER_LOCK_SCOPE(&client->lock);
        request = g_hash_table_lookup(client->waiting, &message->id);
        if (!request && !client->ready) {
            // Of an owner that died waiting for it. The emulator takes commands one by one, so none comes later.
            return TRUE;
        }
        if (!request) {
            driver_failure_set(failure, "monitor-reply", client->name, CLOSED_HINT,
                               "The emulator's monitor sent a reply with id %" G_GUINT64_FORMAT
                               ", which no command has.",
                               message->id);
            return FALSE;
        }
        take_reply(request, message);
        client->ready |= request->id == client->negotiation && message->kind == QMP_RETURN;
        (void) g_hash_table_steal(client->waiting, &message->id);
        request = qmp_request_finish(client, request);
    }
    if (request) {
        qmp_request_deliver(request);
    }
    return TRUE;
}

static gboolean
handle_greeting(QmpClient *client, const QmpMessage *message, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&client->lock);
    // A monitor that has just lost its client may say to the next what was meant for that one, before it greets.
    if (message->kind != QMP_GREETING && client->stale < STALE_LIMIT) {
        client->stale++;
        return TRUE;
    }
    if (message->kind != QMP_GREETING) {
        driver_failure_set(failure, "monitor-reply", client->name,
                           "Something else than QEMU may serve the guest's monitor socket.",
                           "The emulator's monitor did not begin with a QMP greeting.");
        return FALSE;
    }
    // A version of 0.0.0 would look like no greeting yet.
    client->version = MAX(1u, message->version[0] * 1000000u + message->version[1] * 1000u + message->version[2]);
    return TRUE;
}

/* FALSE with a failure when the monitor is to be closed. */
static gboolean
handle_message(QmpClient *client, QmpMessage *message, DriverFailure **failure)
{
    if (qmp_client_version(client) == 0) {
        return handle_greeting(client, message, failure);
    }
    switch (message->kind) {
    case QMP_GREETING:
        driver_failure_set(failure, "monitor-reply", client->name, CLOSED_HINT,
                           "The emulator's monitor greeted for a second time.");
        return FALSE;
    case QMP_EVENT:
        if (client->listener.event && !client->muted) {
            client->listener.event(message, client->listener_data);
        }
        return TRUE;
    default:
        return handle_reply(client, message, failure);
    }
}

static void
handle_line(QmpClient *client, const char *line, gsize length)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QmpMessage) message = NULL;

    while (length > 0 && g_ascii_isspace(line[length - 1])) {
        length--;
    }
    if (length == 0) {
        return;
    }
    message = qmp_message_parse(line, length, &failure);
    if ((!message || !handle_message(client, message, &failure)) && !client->cause) {
        if (!failure->object) {
            failure->object = g_strdup(client->name);
        }
        close_for(client, g_steal_pointer(&failure));
    }
}

static void
handle_input(QmpClient *client)
{
    GByteArray *input = client->input;
    guint start = 0;
    const guint8 *end;

    while (!client->cause && (end = memchr(input->data + client->scanned, '\n', input->len - client->scanned))) {
        const guint line = start;
        start = (guint) (end - input->data) + 1;
        client->scanned = start;
        handle_line(client, (const char *) input->data + line, start - 1 - line);
    }
    (void) g_byte_array_remove_range(input, 0, start);
    client->scanned = input->len;
    if (!client->cause && input->len > DRIVER_JSON_LIMIT) {
        handle_line(client, (const char *) input->data, input->len);
    }
}

static gboolean
read_socket(int fd, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    g_autoptr(QmpClient) client = qmp_client_ref(data);
    const guint used = client->input->len;
    gssize got;
    int error;

    g_byte_array_set_size(client->input, used + READ_BYTES);
    got = recv(fd, client->input->data + used, READ_BYTES, MSG_DONTWAIT);
    error = errno;
    g_byte_array_set_size(client->input, used + (guint) MAX(got, 0));
    if (got > 0) {
        handle_input(client);
    } else if (got == 0 || (error != EAGAIN && error != EINTR)) {
        close_at_end(client, got == 0 || error == ECONNRESET ? 0 : error);
    }
    return client->cause ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

gboolean
qmp_client_flush(QmpClient *client)
{
    while (client->output->len > 0 && client->fd >= 0) {
        const gssize sent = send(client->fd, client->output->str, client->output->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0 && errno != EAGAIN) {
            // The end is told by the reading side, with what QEMU said last before it.
            (void) g_string_truncate(client->output, 0);
        }
        if (sent < 0) {
            break;
        }
        (void) g_string_erase(client->output, 0, sent);
    }
    return client->output->len > 0 && client->fd >= 0;
}

static gboolean
write_socket(int fd G_GNUC_UNUSED, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    QmpClient *client = data;
    gboolean more;

    {
        DRIVER_LOCK_SCOPE(&client->lock);
        more = qmp_client_flush(client);
        client->write_asked = more;
    }
    if (!more) {
        driver_loop_unwatch(&client->writing);
    }
    return more;
}

void
qmp_client_begin_writing(gpointer data)
{
    g_autoptr(QmpClient) client = data;

    if (!client->cause && !client->writing) {
        client->writing = driver_loop_watch(client->loop, client->fd, G_IO_OUT, write_socket, client);
    }
}

static void
begin_reading(gpointer data)
{
    g_autoptr(QmpClient) client = data;

    if (!client->cause) {
        client->reading = driver_loop_watch(client->loop, client->fd, G_IO_IN, read_socket, client);
    }
}

/* All sockets of QEMU 5.0 and newer have it. */
static JsonObject *
capabilities(void)
{
    JsonObject *arguments = json_object_new();
    JsonArray *wanted = json_array_new();

    json_array_add_string_element(wanted, "oob");
    json_object_set_array_member(arguments, "enable", wanted);
    return arguments;
}

QmpClient *
qmp_client_new(DriverLoop *loop, int fd, const char *name, const QmpListener *listener, gpointer data)
{
    QmpClient *client = g_new0(QmpClient, 1);

    driver_lock_init(&client->lock);
    client->loop = loop;
    // Another beginning than that of the owner before, whose last command may still be answered.
    client->last_id = (guint64) g_random_int_range(1, 10000) * 1000;
    client->name = g_strdup(name);
    client->listener = *listener;
    client->listener_data = data;
    client->references = 1;
    client->fd = fd;
    client->waiting = g_hash_table_new(g_int64_hash, g_int64_equal);
    client->output = g_string_new(NULL);
    client->input = g_byte_array_new();
    client->negotiation = client->last_id + 1;
    qmp_client_send_async(client, "qmp_capabilities", capabilities(), NULL, NULL);
    driver_loop_run(loop, begin_reading, qmp_client_ref(client));
    return client;
}

void
qmp_client_abort(QmpClient *client, const char *reason, const char *message)
{
    DriverFailure *cause = NULL;

    if (!client->cause) {
        driver_failure_set(&cause, reason, client->name, NULL, "%s", message);
        close_for(client, cause);
    }
}

static void
close_by_owner(gpointer data)
{
    QmpClient *client = data;
    DriverFailure *cause = NULL;

    client->muted = TRUE;
    if (!client->cause) {
        driver_failure_set(&cause, "monitor-closed", client->name, NULL, "The monitor of %s was closed by us.",
                           client->name);
        close_for(client, cause);
    }
}

void
qmp_client_close(QmpClient *client)
{
    driver_loop_call(client->loop, close_by_owner, client);
}

QmpClient *
qmp_client_ref(QmpClient *client)
{
    DRIVER_LOCK_SCOPE(&client->lock);
    client->references++;
    return client;
}

static gboolean
drop_reference(QmpClient *client)
{
    DRIVER_LOCK_SCOPE(&client->lock);
    return --client->references == 0;
}

void
qmp_client_unref(QmpClient *client)
{
    if (!client || !drop_reference(client)) {
        return;
    }
    g_hash_table_unref(client->waiting);
    (void) g_string_free(client->output, TRUE);
    g_byte_array_unref(client->input);
    driver_failure_free(client->cause);
    g_free(client->name);
    driver_lock_clear(&client->lock);
    g_free(client);
}

gint64
qmp_client_oldest(QmpClient *client)
{
    gint64 oldest = G_MAXINT64;
    GHashTableIter iterator;
    gpointer request;

    DRIVER_LOCK_SCOPE(&client->lock);
    g_hash_table_iter_init(&iterator, client->waiting);
    while (g_hash_table_iter_next(&iterator, NULL, &request)) {
        oldest = MIN(oldest, ((QmpRequest *) request)->since);
    }
    return oldest == G_MAXINT64 ? 0 : MAX(1, g_get_monotonic_time() - oldest);
}

gboolean
qmp_client_is_ready(QmpClient *client)
{
    DRIVER_LOCK_SCOPE(&client->lock);
    return client->ready;
}

guint
qmp_client_version(QmpClient *client)
{
    DRIVER_LOCK_SCOPE(&client->lock);
    return client->version;
}
