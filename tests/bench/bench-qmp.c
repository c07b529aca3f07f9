// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Measures QMP commands on one emulator: by the drivers' client, and by nothing but write and read.
#include "bench-emulator.h"
#include "qmp-client.h"

#include <string.h>

#define COMMAND "query-status"
#define BATCH 64u /* commands under way at once */
#define PATIENCE (60 * G_USEC_PER_SEC)

/* As long as what the client sends: QEMU 7.2 takes commands byte by byte, and each costs. */
static const char raw_command[] = "{\"execute\":\"" COMMAND "\",\"id\":1000}\n";

typedef struct {
    Emulator *emulator;
    DriverLoop *loop;
    QmpClient *client; /* of the monitor named "client" */
    int raw;           /* the monitor named "raw" */
} Bench;

static void
on_event(const QmpMessage *event G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
}

static void
on_closed(const DriverFailure *cause G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
}

static void
bench_end(Bench *self)
{
    if (self->client != NULL) {
        qmp_client_close(self->client);
        qmp_client_unref(self->client);
    }
    driver_loop_free(self->loop);
    g_clear_pointer(&self->emulator, emulator_free);
    self->client = NULL;
    self->loop = NULL;
}

static gboolean
hear(QmpRequest *sent, GError **error)
{
    g_autoptr(DriverFailure) failure = NULL;
    return qmp_request_wait(sent, g_get_monotonic_time() + PATIENCE, NULL, &failure)
           || bench_fail(error, "%s", failure->message);
}

/* start FILE: an emulator with two monitors. */
static gboolean
run_start(gpointer state, BenchRequest *request, GError **error)
{
    static const QmpListener listener = {on_event, on_closed};
    static const char negotiation[] = "{\"execute\":\"qmp_capabilities\"}\n";
    Bench *self = state;
    bench_end(self);
    self->emulator = emulator_new(request->words[1], error);
    if (self->emulator == NULL || !emulator_execute(self->emulator, error)) {
        return FALSE;
    }
    self->raw = emulator_socket(self->emulator, "raw", error);
    int fd = emulator_give_socket(self->emulator, "client", error);
    if (self->raw < 0 || fd < 0) {
        return FALSE;
    }
    self->loop = driver_loop_new("bench");
    self->client = qmp_client_new(self->loop, fd, "bench", &listener, NULL);
    return emulator_read_lines(self->raw, 1, error)
           && emulator_write(self->raw, negotiation, strlen(negotiation), error)
           && emulator_read_lines(self->raw, 1, error) && hear(qmp_client_send(self->client, COMMAND, NULL), error);
}

typedef gboolean (*Exchange)(const Bench *self, guint commands, GError **error);

static gboolean
run_exchange(gpointer state, BenchRequest *request, Exchange exchange, guint batch, GError **error)
{
    const Bench *self = state;
    guint times = bench_number(request, 1, error);
    guint batches = times > 0 ? bench_number(request, 2, error) : 0;
    if (batches == 0 || self->client == NULL) {
        return batches == 0 ? FALSE : bench_fail(error, "no emulator was started");
    }
    for (guint i = 0; i < times; i++) {
        gint64 begin = bench_now();
        for (guint j = 0; j < batches; j++) {
            if (!exchange(self, batch, error)) {
                return FALSE;
            }
        }
        bench_add_since(request, begin, (gint64) batches * batch);
    }
    return TRUE;
}

static gboolean
exchange_raw(const Bench *self, guint commands, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < commands; i++) {
        (void) g_string_append(text, raw_command);
    }
    return emulator_write(self->raw, text->str, text->len, error)
           && emulator_read_lines(self->raw, commands, error);
}

static gboolean
exchange_by_client(const Bench *self, guint commands, GError **error)
{
    QmpRequest *sent[BATCH];
    gboolean good = TRUE;
    for (guint i = 0; i < commands; i++) {
        sent[i] = qmp_client_send(self->client, COMMAND, NULL);
    }
    for (guint i = 0; i < commands; i++) {
        good = hear(sent[i], good ? error : NULL) && good;
    }
    return good;
}

/* VERB TIMES BATCHES: the time of a command, each sample the mean of so many batches. */
static gboolean
run_raw_single(gpointer state, BenchRequest *request, GError **error)
{
    return run_exchange(state, request, exchange_raw, 1, error);
}

static gboolean
run_raw_batch(gpointer state, BenchRequest *request, GError **error)
{
    return run_exchange(state, request, exchange_raw, BATCH, error);
}

static gboolean
run_client_single(gpointer state, BenchRequest *request, GError **error)
{
    return run_exchange(state, request, exchange_by_client, 1, error);
}

static gboolean
run_client_batch(gpointer state, BenchRequest *request, GError **error)
{
    return run_exchange(state, request, exchange_by_client, BATCH, error);
}

static const BenchVerb verbs[] = {
    {"client-batch", 2, run_client_batch},
    {"client-single", 2, run_client_single},
    {"raw-batch", 2, run_raw_batch},
    {"raw-single", 2, run_raw_single},
    {"start", 1, run_start},
};

int
main(void)
{
    Bench self = {NULL, NULL, NULL, -1};
    int status = bench_worker_run(verbs, G_N_ELEMENTS(verbs), &self);
    bench_end(&self);
    return status;
}
