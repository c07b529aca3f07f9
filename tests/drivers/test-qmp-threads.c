// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The QMP client from many threads: replies in the loop's thread, closing at any moment.
#include "qmp-bench.h"

#include <string.h>

static void
on_reply(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    Bench *bench = data;

    DRIVER_LOCK_SCOPE(&bench->lock);
    bench->replies++;
    g_string_append_printf(bench->heard, "%s ", value ? "reply" : failure->reason);
    driver_lock_announce(&bench->lock);
}

static void
test_async(void)
{
    Bench bench;

    bench_set_up_greeted(&bench);
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(bench_hears(&bench, "reply "));
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    CHECK(qmp_server_expect(&bench.server, "query-status") > 0);
    qmp_server_say(&bench.server, "?\n");
    CHECK(bench_hears(&bench, "reply monitor-reply closed:monitor-reply "));
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    CHECK(bench_hears(&bench, "closed:monitor-reply monitor-reply "));
    bench_tear_down(&bench);
}

static void
test_close_mutes(void)
{
    Bench bench;

    bench_set_up_greeted(&bench);
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    qmp_server_say(&bench.server, "{\"event\": \"STOP\"}\n");
    qmp_client_close(bench.client);
    {
        DRIVER_LOCK_SCOPE(&bench.lock);
        CHECK_INT(bench.replies, 0);
        CHECK(!strstr(bench.heard->str, "closed"));
    }
    qmp_client_close(bench.client);
    CHECK(qmp_server_sees_end(&bench.server));
    bench_tear_down(&bench);
}

static void
close_on_event(const QmpMessage *event G_GNUC_UNUSED, gpointer data)
{
    Bench *bench = data;

    qmp_client_close(bench->client);
    DRIVER_LOCK_SCOPE(&bench->lock);
    (void) g_string_append(bench->heard, "closing ");
    driver_lock_announce(&bench->lock);
}

static void
test_close_within_listener(void)
{
    const QmpListener closing = {close_on_event, bench_on_closed};
    Bench bench;

    bench_set_up(&bench);
    qmp_client_close(bench.client);
    qmp_client_unref(bench.client);
    qmp_server_close(&bench.server);
    bench.client = qmp_client_new(bench.loop, qmp_server_open(&bench.server), "guest1", &closing, &bench);
    qmp_server_greet(&bench.server);
    qmp_server_say(&bench.server, "{\"event\": \"STOP\"}\n{\"event\": \"RESUME\"}\nrubbish\n");
    CHECK(bench_hears(&bench, "closing "));
    CHECK(qmp_server_sees_end(&bench.server));
    {
        DRIVER_LOCK_SCOPE(&bench.lock);
        CHECK_TEXT(bench.heard->str, "closing ");
    }
    bench_tear_down(&bench);
}

static gpointer
call_often(gpointer data)
{
    Bench *bench = data;
    guint good = 0;

    for (int i = 0; i < 200; i++) {
        g_autoptr(JsonNode) value = NULL;
        good += qmp_client_call(bench->client, "query-status", NULL, bench_soon(), &value, NULL) && value != NULL;
    }
    return GUINT_TO_POINTER(good);
}

static void
test_threads(void)
{
    Bench bench;
    GThread *threads[4];

    bench_set_up_greeted(&bench);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("caller", call_often, &bench);
    }
    for (guint i = 0; i < 200 * G_N_ELEMENTS(threads); i++) {
        qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
        if (i % 10 == 0) {
            qmp_server_say(&bench.server, "{\"event\": \"TICK\"}\n");
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        CHECK_INT(GPOINTER_TO_UINT(g_thread_join(threads[i])), 200);
    }
    bench_tear_down(&bench);
}

static gpointer
call_until_closed(gpointer data)
{
    Bench *bench = data;
    g_autoptr(DriverFailure) failure = NULL;

    while (qmp_client_call(bench->client, "query-status", NULL, bench_soon(), NULL, &failure)) {
        continue;
    }
    return g_strdup(failure->reason);
}

static void
test_close_under_callers(void)
{
    Bench bench;
    GThread *threads[3];

    bench_set_up_greeted(&bench);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("caller", call_until_closed, &bench);
    }
    for (guint i = 0; i < 50; i++) {
        qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    }
    qmp_client_close(bench.client);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autofree char *reason = g_thread_join(threads[i]);
        CHECK_TEXT(reason, "monitor-closed");
    }
    bench_tear_down(&bench);
}

static const MortiseTest tests[] = {
    {"replies in the loop's thread", test_async},
    {"nothing is called after a close", test_close_mutes},
    {"closing within a listener", test_close_within_listener},
    {"many threads", test_threads},
    {"closing under waiting threads", test_close_under_callers},
};

MORTISE_TEST_MAIN("qmp-threads", tests)
