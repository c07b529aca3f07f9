// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A QMP client beside a server of the test's own.
#include "qmp-bench.h"

#include <string.h>

static void
on_event(const QmpMessage *event, gpointer data)
{
    Bench *bench = data;

    DRIVER_LOCK_SCOPE(&bench->lock);
    g_string_append_printf(bench->heard, "%s ", event->name);
    driver_lock_announce(&bench->lock);
}

void
bench_on_closed(const DriverFailure *cause, gpointer data)
{
    Bench *bench = data;

    DRIVER_LOCK_SCOPE(&bench->lock);
    g_string_append_printf(bench->heard, "closed:%s ", cause->reason);
    g_free(bench->closed_message);
    bench->closed_message = g_strdup(cause->message);
    driver_lock_announce(&bench->lock);
}

static const QmpListener listener = {on_event, bench_on_closed};

void
bench_set_up(Bench *bench)
{
    int fd;

    memset(bench, 0, sizeof(*bench));
    driver_lock_init(&bench->lock);
    bench->heard = g_string_new(NULL);
    bench->loop = driver_loop_new("test");
    fd = qmp_server_open(&bench->server);
    bench->client = qmp_client_new(bench->loop, fd, "guest1", &listener, bench);
}

void
bench_set_up_greeted(Bench *bench)
{
    QmpRequest *request;

    bench_set_up(bench);
    qmp_server_greet(&bench->server);
    // The negotiation is over when the reply to a first command is there.
    request = qmp_client_send(bench->client, "query-name", NULL);
    qmp_server_return(&bench->server, qmp_server_expect(&bench->server, "query-name"), "{}");
    CHECK(qmp_request_wait(request, g_get_monotonic_time() + PATIENCE, NULL, NULL));
}

void
bench_tear_down(Bench *bench)
{
    qmp_client_close(bench->client);
    qmp_client_unref(bench->client);
    qmp_server_close(&bench->server);
    driver_loop_free(bench->loop);
    driver_lock_clear(&bench->lock);
    (void) g_string_free(bench->heard, TRUE);
    g_free(bench->closed_message);
}

gboolean
bench_hears(Bench *bench, const char *text)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;

    DRIVER_LOCK_SCOPE(&bench->lock);
    while (!strstr(bench->heard->str, text) && driver_lock_wait(&bench->lock, deadline)) {
        continue;
    }
    return strstr(bench->heard->str, text) != NULL;
}

gint64
bench_soon(void)
{
    return g_get_monotonic_time() + PATIENCE;
}
