// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The QMP client against a server that the test plays: order, matching, events, ends of all kinds, many threads.
#include "driver-json.h"
#include "qmp-bench.h"

#include <string.h>

static void
test_call(void)
{
    Bench bench;
    QmpRequest *request;
    g_autoptr(JsonNode) value = NULL;
    g_autoptr(DriverFailure) failure = NULL;

    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "query-status", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{\"running\": true}");
    CHECK(qmp_request_wait(request, bench_soon(), &value, &failure));
    CHECK(failure == NULL);
    CHECK(value && json_object_get_boolean_member(json_node_get_object(value), "running"));
    CHECK(qmp_client_is_ready(bench.client));
    CHECK_INT(qmp_client_version(bench.client), 7002022);
    CHECK_INT(qmp_client_oldest(bench.client), 0);
    bench_tear_down(&bench);
}

static void
test_commands_before_greeting(void)
{
    Bench bench;
    QmpRequest *request;

    bench_set_up(&bench);
    request = qmp_client_send(bench.client, "query-status", NULL);
    CHECK(!qmp_client_is_ready(bench.client));
    CHECK_INT(qmp_client_version(bench.client), 0);
    CHECK(qmp_client_oldest(bench.client) > 0);
    qmp_server_greet(&bench.server);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(request, bench_soon(), NULL, NULL));
    bench_tear_down(&bench);
}

static void
test_out_of_order(void)
{
    Bench bench;
    QmpRequest *requests[3];
    gint64 ids[3];

    bench_set_up_greeted(&bench);
    for (int i = 0; i < 3; i++) {
        requests[i] = qmp_client_send(bench.client, "query-cpus-fast", NULL);
        ids[i] = qmp_server_expect(&bench.server, "query-cpus-fast");
    }
    for (int i = 2; i >= 0; i--) {
        g_autofree char *value = g_strdup_printf("%d", i);
        qmp_server_return(&bench.server, ids[i], value);
    }
    for (int i = 0; i < 3; i++) {
        g_autoptr(JsonNode) value = NULL;
        CHECK(qmp_request_wait(requests[i], bench_soon(), &value, NULL));
        CHECK_INT(value ? json_node_get_int(value) : -1, i);
    }
    bench_tear_down(&bench);
}

static void
test_error_reply(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *text = NULL;
    g_autoptr(DriverFailure) failure = NULL;

    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "cont", NULL);
    text = g_strdup_printf("{\"error\": {\"class\": \"GenericError\", \"desc\": \"Resetting is required\"}, \"id\": %"
                           G_GINT64_FORMAT "}\n",
                           qmp_server_expect(&bench.server, "cont"));
    qmp_server_say(&bench.server, text);
    CHECK(!qmp_request_wait(request, bench_soon(), NULL, &failure));
    CHECK_TEXT(failure->reason, "program-failed");
    CHECK_TEXT(failure->object, "GenericError");
    CHECK_TEXT(failure->message, "The emulator refused cont: Resetting is required");
    bench_tear_down(&bench);
}

static void
test_events_while_waiting(void)
{
    Bench bench;
    QmpRequest *request;

    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "stop", NULL);
    qmp_server_say(&bench.server, "{\"event\": \"STOP\"}\n{\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}\n");
    CHECK(bench_hears(&bench, "STOP RTC_CHANGE "));
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "stop"), "{}");
    CHECK(qmp_request_wait(request, bench_soon(), NULL, NULL));
    bench_tear_down(&bench);
}

static void
test_event_before_its_reply(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *text = NULL;

    // Whoever gets the reply must find the event handled that came before it.
    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "stop", NULL);
    text = g_strdup_printf("{\"event\": \"STOP\"}\n{\"return\": {}, \"id\": %" G_GINT64_FORMAT "}\n",
                           qmp_server_expect(&bench.server, "stop"));
    qmp_server_say(&bench.server, text);
    CHECK(qmp_request_wait(request, bench_soon(), NULL, NULL));
    {
        DRIVER_LOCK_SCOPE(&bench.lock);
        CHECK_TEXT(bench.heard->str, "STOP ");
    }
    bench_tear_down(&bench);
}

static void
test_split_lines(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *text = NULL;

    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "stop", NULL);
    text = g_strdup_printf("{\"event\": \"STOP\"}\r\n\r\n\n{\"return\": {\"a\": \"\xc3\xa9\"}, \"id\": %"
                           G_GINT64_FORMAT "}\r\n",
                           qmp_server_expect(&bench.server, "stop"));
    for (const char *at = text; *at; at++) {
        const char byte[] = {*at, '\0'};
        qmp_server_say(&bench.server, byte);
    }
    CHECK(qmp_request_wait(request, bench_soon(), NULL, NULL));
    CHECK(bench_hears(&bench, "STOP "));
    bench_tear_down(&bench);
}

static void
test_large_reply(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *filling = g_strnfill(3000000, 'x');
    g_autofree char *value = g_strdup_printf("\"%s\"", filling);
    g_autoptr(JsonNode) result = NULL;

    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "query-qmp-schema", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-qmp-schema"), value);
    CHECK(qmp_request_wait(request, bench_soon(), &result, NULL));
    CHECK(result && strlen(json_node_get_string(result)) == 3000000);
    bench_tear_down(&bench);
}

static void
test_large_command(void)
{
    Bench bench;
    QmpRequest *requests[8];
    g_autofree char *filling = g_strnfill(200000, 'x');

    // More than the socket takes at once: the rest is written by the loop's thread.
    bench_set_up_greeted(&bench);
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        requests[i] = qmp_client_send(bench.client, "large", qmp_argument("text", filling));
    }
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "large"), "{}");
    }
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        CHECK(qmp_request_wait(requests[i], bench_soon(), NULL, NULL));
    }
    bench_tear_down(&bench);
}

static void
test_timeout(void)
{
    Bench bench;
    QmpRequest *late;
    QmpRequest *other;
    g_autoptr(DriverFailure) failure = NULL;

    bench_set_up_greeted(&bench);
    late = qmp_client_send(bench.client, "query-block", NULL);
    other = qmp_client_send(bench.client, "query-status", NULL);
    CHECK(!qmp_request_wait(late, g_get_monotonic_time(), NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-timeout");
    CHECK_TEXT(failure->object, "guest1");
    CHECK_CONTAINS(failure->message, "The emulator of guest1 has not answered query-block for ");
    CHECK_CONTAINS(failure->message, "; 1 more commands wait");
    CHECK_CONTAINS(failure->hint, "can be destroyed");
    // The late answer is thrown away, and the next one finds its command.
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-block"), "[]");
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(other, bench_soon(), NULL, NULL));
    CHECK_INT(qmp_client_oldest(bench.client), 0);
    bench_tear_down(&bench);
}

static void
test_no_greeting_in_time(void)
{
    Bench bench;
    g_autoptr(DriverFailure) failure = NULL;

    bench_set_up(&bench);
    CHECK(!qmp_client_call(bench.client, "query-status", NULL, g_get_monotonic_time() + SECOND / 100, NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-timeout");
    CHECK_CONTAINS(failure->message, "has not answered query-status");
    bench_tear_down(&bench);
}

static void
test_too_many(void)
{
    Bench bench;
    QmpRequest *requests[QMP_REQUEST_LIMIT];
    g_autoptr(DriverFailure) failure = NULL;

    bench_set_up_greeted(&bench);
    for (guint i = 0; i < QMP_REQUEST_LIMIT; i++) {
        requests[i] = qmp_client_send(bench.client, "query-status", NULL);
    }
    CHECK(!qmp_client_call(bench.client, "stop", NULL, bench_soon(), NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-timeout");
    CHECK_CONTAINS(failure->message, "was not asked to stop: 256 commands wait");
    for (guint i = 0; i < QMP_REQUEST_LIMIT; i++) {
        qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    }
    for (guint i = 0; i < QMP_REQUEST_LIMIT; i++) {
        CHECK(qmp_request_wait(requests[i], bench_soon(), NULL, NULL));
    }
    bench_tear_down(&bench);
}

static void
test_end_of_file(void)
{
    Bench bench;
    QmpRequest *requests[2];
    g_autoptr(DriverFailure) failures = NULL;
    g_autoptr(DriverFailure) after = NULL;

    bench_set_up_greeted(&bench);
    requests[0] = qmp_client_send(bench.client, "one", NULL);
    requests[1] = qmp_client_send(bench.client, "two", NULL);
    CHECK(qmp_server_expect(&bench.server, "one") > 0);
    CHECK(qmp_server_expect(&bench.server, "two") > 0);
    qmp_server_close(&bench.server);
    bench.server.input = g_string_new(NULL);
    CHECK(!qmp_request_wait(requests[0], bench_soon(), NULL, &failures));
    CHECK(!qmp_request_wait(requests[1], bench_soon(), NULL, NULL));
    CHECK_TEXT(failures->reason, "monitor-closed");
    CHECK_TEXT(failures->message, "The monitor of guest1 was closed by the emulator.");
    CHECK(bench_hears(&bench, "closed:monitor-closed "));
    CHECK(!qmp_client_call(bench.client, "three", NULL, bench_soon(), NULL, &after));
    CHECK_TEXT(after->reason, "monitor-closed");
    bench_tear_down(&bench);
}

typedef struct {
    const char *text;      /* what the server says; %d is the id of the waiting command */
    const char *why;
    gboolean greeted;
} Broken;

/* What was meant for the client before: events and replies. */
#define STALE2 "{\"event\": \"STOP\"}\n{\"return\": {}, \"id\": 1}\n"
#define STALE8 STALE2 STALE2 STALE2 STALE2

static const Broken broken[] = {
    {"220 mail ready\r\n", "not JSON", FALSE},
    {STALE8 STALE8 "{\"event\": \"STOP\"}\n", "did not begin with a QMP greeting", FALSE},
    {"{\"QMP\": {\"version\": {\"other\": 1}}}\n", "a greeting without QEMU's version", FALSE},
    {"{\"QMP\"\n", "not JSON", FALSE},
    {"garbage\n", "not JSON", TRUE},
    {QMP_SERVER_GREETING, "greeted for a second time", TRUE},
    {"{\"return\": {}, \"id\": 4711}\n", "a reply with id 4711, which no command has", TRUE},
    {"{\"return\": {}, \"id\": 1}\n", "a reply with id 1, which no command has", TRUE},
    {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"x\"}, \"id\": 99}\n", "a reply with id 99", TRUE},
    {"{\"return\": {}}\n", "a reply without an id", TRUE},
    {"{\"return\": {}, \"id\": \"x\"}\n", "a reply whose id is not of ours", TRUE},
    {"{\"event\": \"STOP\"}\n[]\n", "not an object", TRUE},
    {"{}\n", "neither greeting, event nor reply", TRUE},
    {"\xc3\x28\n", "not UTF-8", TRUE},
};

static void
check_broken(const Broken *row)
{
    Bench bench;
    QmpRequest *request;
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(DriverFailure) after = NULL;

    bench_set_up(&bench);
    if (row->greeted) {
        qmp_server_greet(&bench.server);
    }
    request = qmp_client_send(bench.client, "query-status", NULL);
    if (row->greeted) {
        CHECK(qmp_server_expect(&bench.server, "query-status") > 0);
    }
    qmp_server_say(&bench.server, row->text);
    CHECK(!qmp_request_wait(request, bench_soon(), NULL, &failure));
    CHECK_TEXT(failure ? failure->reason : NULL, "monitor-reply");
    CHECK_TEXT(failure ? failure->object : NULL, "guest1");
    CHECK_CONTAINS(failure ? failure->message : NULL, row->why);
    CHECK(bench_hears(&bench, "closed:monitor-reply "));
    CHECK(qmp_server_sees_end(&bench.server));
    CHECK(!qmp_client_call(bench.client, "stop", NULL, bench_soon(), NULL, &after));
    CHECK_CONTAINS(after ? after->message : NULL, row->why);
    bench_tear_down(&bench);
}

static void
test_stale(void)
{
    Bench bench;
    QmpRequest *request;

    bench_set_up(&bench);
    qmp_server_say(&bench.server, STALE8 STALE8);
    qmp_server_greet(&bench.server);
    request = qmp_client_send(bench.client, "query-status", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(request, bench_soon(), NULL, NULL));
    bench_tear_down(&bench);
}

static void
test_broken(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(broken); i++) {
        check_broken(&broken[i]);
    }
}

static void
test_endless_line(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *filling = g_strnfill(DRIVER_JSON_LIMIT + 100000, ' ');
    g_autoptr(DriverFailure) failure = NULL;

    // No end of line ever comes: it must not be waited for without end.
    memset(filling, 'z', 20);
    filling[DRIVER_JSON_LIMIT + 99999] = 'z';
    bench_set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "query-status", NULL);
    CHECK(qmp_server_expect(&bench.server, "query-status") > 0);
    qmp_server_say(&bench.server, filling);
    CHECK(!qmp_request_wait(request, bench_soon(), NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-reply");
    bench_tear_down(&bench);
}

static void
test_refused_negotiation(void)
{
    Bench bench;
    g_autofree char *text = NULL;
    QmpRequest *request;
    g_autoptr(DriverFailure) failure = NULL;

    bench_set_up(&bench);
    qmp_server_say(&bench.server, QMP_SERVER_GREETING);
    text = g_strdup_printf("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}, \"id\": %" G_GINT64_FORMAT
                           "}\n",
                           qmp_server_expect(&bench.server, "qmp_capabilities"));
    qmp_server_say(&bench.server, text);
    request = qmp_client_send(bench.client, "query-status", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(request, bench_soon(), NULL, &failure));
    CHECK(!qmp_client_is_ready(bench.client));
    bench_tear_down(&bench);
}

static const MortiseTest tests[] = {
    {"a command and its reply", test_call},
    {"commands before the greeting", test_commands_before_greeting},
    {"replies out of order", test_out_of_order},
    {"an error reply", test_error_reply},
    {"events while a command waits", test_events_while_waiting},
    {"an event is handled before the reply after it", test_event_before_its_reply},
    {"lines split into bytes, empty lines", test_split_lines},
    {"a large reply", test_large_reply},
    {"commands larger than the socket takes", test_large_command},
    {"no reply in time, and a late one", test_timeout},
    {"no greeting in time", test_no_greeting_in_time},
    {"too many commands wait", test_too_many},
    {"end of file fails all that wait", test_end_of_file},
    {"messages for the client before", test_stale},
    {"what is not QMP closes the monitor, each with its words", test_broken},
    {"a line without end", test_endless_line},
    {"negotiation refused", test_refused_negotiation},
};

MORTISE_TEST_MAIN("qmp-client", tests)
