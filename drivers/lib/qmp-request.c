// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands of a QMP monitor: given, waited for, delivered or given up.
#include "qmp-client-private.h"

static void
qmp_request_free(QmpRequest *request)
{
    QmpClient *client = request->client;

    g_free(request->command);
    g_clear_pointer(&request->value, json_node_unref);
    driver_failure_free(request->failure);
    g_free(request);
    qmp_client_unref(client);
}

DriverFailure *
qmp_failure_copy(const DriverFailure *failure)
{
    DriverFailure *copy = NULL;

    driver_failure_set(&copy, failure->reason, failure->object, failure->hint, "%s", failure->message);
    return copy;
}

QmpRequest *
qmp_request_finish(QmpClient *client, QmpRequest *request)
{
    request->done = TRUE;
    driver_lock_announce(&client->lock);
    return request->abandoned ? request : NULL;
}

void
qmp_request_deliver(QmpRequest *request)
{
    if (request->reply && !request->client->muted) {
        request->reply(request->value, request->failure, request->data);
    }
    qmp_request_free(request);
}

/* Under the lock: why no command can be taken, NULL when one can. */
static DriverFailure *
refuse_command(QmpClient *client, const char *command)
{
    DriverFailure *failure = NULL;

    if (client->cause) {
        return qmp_failure_copy(client->cause);
    }
    if (g_hash_table_size(client->waiting) >= QMP_REQUEST_LIMIT) {
        driver_failure_set(&failure, "monitor-timeout", client->name,
                           "The emulator hangs or is stopped. Other guests are not affected; this one can be "
                           "destroyed.",
                           "The emulator of %s was not asked to %s: %u commands wait for its answer already.",
                           client->name, command, QMP_REQUEST_LIMIT);
    }
    return failure;
}

static void
deliver_in_loop(gpointer data)
{
    qmp_request_deliver(data);
}

/* Takes the filled request over, unless a thread is to wait for it. */
static void
send_request(QmpClient *client, QmpRequest *request, JsonObject *arguments)
{
    g_autofree char *text = NULL;

    request->since = g_get_monotonic_time();
    DRIVER_LOCK_SCOPE(&client->lock);
    client->references++;
    request->client = client;
    request->id = ++client->last_id;
    text = qmp_command_text(request->command, arguments, request->id);
    request->failure = refuse_command(client, request->command);
    if (request->failure) {
        if (qmp_request_finish(client, request)) {
            driver_loop_run(client->loop, deliver_in_loop, request);
        }
        return;
    }
    (void) g_hash_table_insert(client->waiting, &request->id, request);
    (void) g_string_append(client->output, text);
    if (!client->write_asked && qmp_client_flush(client)) {
        client->write_asked = TRUE;
        client->references++;
        driver_loop_run(client->loop, qmp_client_begin_writing, client);
    }
}

QmpRequest *
qmp_client_send(QmpClient *client, const char *command, JsonObject *arguments)
{
    QmpRequest *request = g_new0(QmpRequest, 1);

    request->command = g_strdup(command);
    send_request(client, request, arguments);
    return request;
}

void
qmp_client_send_async(QmpClient *client, const char *command, JsonObject *arguments, QmpReply reply, gpointer data)
{
    QmpRequest *request = g_new0(QmpRequest, 1);

    request->command = g_strdup(command);
    request->reply = reply;
    request->data = data;
    request->abandoned = TRUE;
    send_request(client, request, arguments);
}

/* Under the lock. */
static void
fail_late(QmpRequest *request, DriverFailure **failure)
{
    QmpClient *client = request->client;
    const double age = (double) (g_get_monotonic_time() - request->since) / G_USEC_PER_SEC;
    const guint others = g_hash_table_size(client->waiting) - 1;
    g_autofree char *more = others ? g_strdup_printf("; %u more commands wait", others) : g_strdup("");

    driver_failure_set(failure, "monitor-timeout", client->name,
                       "The emulator hangs, is stopped or waits for a disk. Other guests are not affected; this one "
                       "can be destroyed.",
                       "The emulator of %s has not answered %s for %.1f s%s.", client->name, request->command, age,
                       more);
}

/* FALSE when the request is still under way: then it belongs to the loop. */
static gboolean
await(QmpRequest *request, gint64 deadline, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&request->client->lock);
    while (!request->done && driver_lock_wait(&request->client->lock, deadline)) {
        continue;
    }
    if (!request->done) {
        fail_late(request, failure);
        request->abandoned = TRUE;
    }
    return request->done;
}

gboolean
qmp_request_wait(QmpRequest *request, gint64 deadline, JsonNode **value, DriverFailure **failure)
{
    gboolean good;

    if (!await(request, deadline, failure)) {
        return FALSE;
    }
    good = request->failure == NULL;
    driver_failure_propagate(failure, g_steal_pointer(&request->failure));
    if (good && value) {
        *value = g_steal_pointer(&request->value);
    }
    qmp_request_free(request);
    return good;
}

gboolean
qmp_client_call(QmpClient *client, const char *command, JsonObject *arguments, gint64 deadline, JsonNode **value,
                DriverFailure **failure)
{
    return qmp_request_wait(qmp_client_send(client, command, arguments), deadline, value, failure);
}
