// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The QMP client against a server that the test plays: order, matching, events, ends of all kinds, many threads.
#include "mortise-test.h"
#include "qmp-client.h"
#include "qmp-lock.h"
#include "qmp-server.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC
#define PATIENCE (10 * SECOND)

typedef struct {
    QmpLoop *loop;
    QmpServer server;
    QmpClient *client;
    QmpLock lock;          /* guards what follows */
    GString *heard;        /* names of events, and "closed:REASON" */
    char *closed_message;
    guint replies;
} Bench;

static void
on_event(const QmpMessage *event, gpointer data)
{
    Bench *bench = data;

    QMP_LOCK_SCOPE(&bench->lock);
    g_string_append_printf(bench->heard, "%s ", event->name);
    qmp_lock_announce(&bench->lock);
}

static void
on_closed(const DriverFailure *cause, gpointer data)
{
    Bench *bench = data;

    QMP_LOCK_SCOPE(&bench->lock);
    g_string_append_printf(bench->heard, "closed:%s ", cause->reason);
    g_free(bench->closed_message);
    bench->closed_message = g_strdup(cause->message);
    qmp_lock_announce(&bench->lock);
}

static const QmpListener listener = {on_event, on_closed};

static void
set_up(Bench *bench)
{
    int fd;

    memset(bench, 0, sizeof(*bench));
    qmp_lock_init(&bench->lock);
    bench->heard = g_string_new(NULL);
    bench->loop = qmp_loop_new("test");
    fd = qmp_server_open(&bench->server);
    bench->client = qmp_client_new(bench->loop, fd, "guest1", &listener, bench);
}

static void
set_up_greeted(Bench *bench)
{
    QmpRequest *request;

    set_up(bench);
    qmp_server_greet(&bench->server);
    // The negotiation is over when the reply to a first command is there.
    request = qmp_client_send(bench->client, "query-name", NULL);
    qmp_server_return(&bench->server, qmp_server_expect(&bench->server, "query-name"), "{}");
    CHECK(qmp_request_wait(request, g_get_monotonic_time() + PATIENCE, NULL, NULL));
}

static void
tear_down(Bench *bench)
{
    qmp_client_close(bench->client);
    qmp_client_unref(bench->client);
    qmp_server_close(&bench->server);
    qmp_loop_free(bench->loop);
    qmp_lock_clear(&bench->lock);
    (void) g_string_free(bench->heard, TRUE);
    g_free(bench->closed_message);
}

/* Waits until the listener has heard the text. */
static gboolean
hears(Bench *bench, const char *text)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;

    QMP_LOCK_SCOPE(&bench->lock);
    while (!strstr(bench->heard->str, text) && qmp_lock_wait(&bench->lock, deadline)) {
        continue;
    }
    return strstr(bench->heard->str, text) != NULL;
}

static gint64
soon(void)
{
    return g_get_monotonic_time() + PATIENCE;
}

static void
test_call(void)
{
    Bench bench;
    QmpRequest *request;
    g_autoptr(JsonNode) value = NULL;
    g_autoptr(DriverFailure) failure = NULL;

    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "query-status", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{\"running\": true}");
    CHECK(qmp_request_wait(request, soon(), &value, &failure));
    CHECK(failure == NULL);
    CHECK(value && json_object_get_boolean_member(json_node_get_object(value), "running"));
    CHECK(qmp_client_is_ready(bench.client));
    CHECK_INT(qmp_client_version(bench.client), 7002022);
    CHECK_INT(qmp_client_oldest(bench.client), 0);
    tear_down(&bench);
}

static void
test_commands_before_greeting(void)
{
    Bench bench;
    QmpRequest *request;

    set_up(&bench);
    request = qmp_client_send(bench.client, "query-status", NULL);
    CHECK(!qmp_client_is_ready(bench.client));
    CHECK_INT(qmp_client_version(bench.client), 0);
    CHECK(qmp_client_oldest(bench.client) > 0);
    qmp_server_greet(&bench.server);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(request, soon(), NULL, NULL));
    tear_down(&bench);
}

static void
test_out_of_order(void)
{
    Bench bench;
    QmpRequest *requests[3];
    gint64 ids[3];

    set_up_greeted(&bench);
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
        CHECK(qmp_request_wait(requests[i], soon(), &value, NULL));
        CHECK_INT(value ? json_node_get_int(value) : -1, i);
    }
    tear_down(&bench);
}

static void
test_error_reply(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *text = NULL;
    g_autoptr(DriverFailure) failure = NULL;

    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "cont", NULL);
    text = g_strdup_printf("{\"error\": {\"class\": \"GenericError\", \"desc\": \"Resetting is required\"}, \"id\": %"
                           G_GINT64_FORMAT "}\n",
                           qmp_server_expect(&bench.server, "cont"));
    qmp_server_say(&bench.server, text);
    CHECK(!qmp_request_wait(request, soon(), NULL, &failure));
    CHECK_TEXT(failure->reason, "program-failed");
    CHECK_TEXT(failure->object, "GenericError");
    CHECK_TEXT(failure->message, "The emulator refused cont: Resetting is required");
    tear_down(&bench);
}

static void
test_events_while_waiting(void)
{
    Bench bench;
    QmpRequest *request;

    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "stop", NULL);
    qmp_server_say(&bench.server, "{\"event\": \"STOP\"}\n{\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}\n");
    CHECK(hears(&bench, "STOP RTC_CHANGE "));
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "stop"), "{}");
    CHECK(qmp_request_wait(request, soon(), NULL, NULL));
    tear_down(&bench);
}

static void
test_event_before_its_reply(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *text = NULL;

    // Whoever gets the reply must find the event handled that came before it.
    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "stop", NULL);
    text = g_strdup_printf("{\"event\": \"STOP\"}\n{\"return\": {}, \"id\": %" G_GINT64_FORMAT "}\n",
                           qmp_server_expect(&bench.server, "stop"));
    qmp_server_say(&bench.server, text);
    CHECK(qmp_request_wait(request, soon(), NULL, NULL));
    {
        QMP_LOCK_SCOPE(&bench.lock);
        CHECK_TEXT(bench.heard->str, "STOP ");
    }
    tear_down(&bench);
}

static void
test_split_lines(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *text = NULL;

    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "stop", NULL);
    text = g_strdup_printf("{\"event\": \"STOP\"}\r\n\r\n\n{\"return\": {\"a\": \"\xc3\xa9\"}, \"id\": %"
                           G_GINT64_FORMAT "}\r\n",
                           qmp_server_expect(&bench.server, "stop"));
    for (const char *at = text; *at; at++) {
        const char byte[] = {*at, '\0'};
        qmp_server_say(&bench.server, byte);
    }
    CHECK(qmp_request_wait(request, soon(), NULL, NULL));
    CHECK(hears(&bench, "STOP "));
    tear_down(&bench);
}

static void
test_large_reply(void)
{
    Bench bench;
    QmpRequest *request;
    g_autofree char *filling = g_strnfill(3000000, 'x');
    g_autofree char *value = g_strdup_printf("\"%s\"", filling);
    g_autoptr(JsonNode) result = NULL;

    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "query-qmp-schema", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-qmp-schema"), value);
    CHECK(qmp_request_wait(request, soon(), &result, NULL));
    CHECK(result && strlen(json_node_get_string(result)) == 3000000);
    tear_down(&bench);
}

static void
test_large_command(void)
{
    Bench bench;
    QmpRequest *requests[8];
    g_autofree char *filling = g_strnfill(200000, 'x');

    // More than the socket takes at once: the rest is written by the loop's thread.
    set_up_greeted(&bench);
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        requests[i] = qmp_client_send(bench.client, "large", qmp_argument("text", filling));
    }
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "large"), "{}");
    }
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        CHECK(qmp_request_wait(requests[i], soon(), NULL, NULL));
    }
    tear_down(&bench);
}

static void
test_timeout(void)
{
    Bench bench;
    QmpRequest *late;
    QmpRequest *other;
    g_autoptr(DriverFailure) failure = NULL;

    set_up_greeted(&bench);
    late = qmp_client_send(bench.client, "query-block", NULL);
    other = qmp_client_send(bench.client, "query-status", NULL);
    CHECK(!qmp_request_wait(late, g_get_monotonic_time(), NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-timeout");
    CHECK_TEXT(failure->object, "guest1");
    CHECK_CONTAINS(failure->message, "The emulator of guest1 has not answered query-block for 0.");
    CHECK_CONTAINS(failure->message, "; 1 more commands wait");
    CHECK_CONTAINS(failure->hint, "can be destroyed");
    // The late answer is thrown away, and the next one finds its command.
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-block"), "[]");
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(other, soon(), NULL, NULL));
    CHECK_INT(qmp_client_oldest(bench.client), 0);
    tear_down(&bench);
}

static void
test_no_greeting_in_time(void)
{
    Bench bench;
    g_autoptr(DriverFailure) failure = NULL;

    set_up(&bench);
    CHECK(!qmp_client_call(bench.client, "query-status", NULL, g_get_monotonic_time() + SECOND / 100, NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-timeout");
    CHECK_CONTAINS(failure->message, "has not answered query-status");
    tear_down(&bench);
}

static void
test_too_many(void)
{
    Bench bench;
    QmpRequest *requests[QMP_REQUEST_LIMIT];
    g_autoptr(DriverFailure) failure = NULL;

    set_up_greeted(&bench);
    for (guint i = 0; i < QMP_REQUEST_LIMIT; i++) {
        requests[i] = qmp_client_send(bench.client, "query-status", NULL);
    }
    CHECK(!qmp_client_call(bench.client, "stop", NULL, soon(), NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-timeout");
    CHECK_CONTAINS(failure->message, "was not asked to stop: 256 commands wait");
    for (guint i = 0; i < QMP_REQUEST_LIMIT; i++) {
        qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    }
    for (guint i = 0; i < QMP_REQUEST_LIMIT; i++) {
        CHECK(qmp_request_wait(requests[i], soon(), NULL, NULL));
    }
    tear_down(&bench);
}

static void
test_end_of_file(void)
{
    Bench bench;
    QmpRequest *requests[2];
    g_autoptr(DriverFailure) failures = NULL;
    g_autoptr(DriverFailure) after = NULL;

    set_up_greeted(&bench);
    requests[0] = qmp_client_send(bench.client, "one", NULL);
    requests[1] = qmp_client_send(bench.client, "two", NULL);
    CHECK(qmp_server_expect(&bench.server, "one") > 0);
    CHECK(qmp_server_expect(&bench.server, "two") > 0);
    qmp_server_close(&bench.server);
    bench.server.input = g_string_new(NULL);
    CHECK(!qmp_request_wait(requests[0], soon(), NULL, &failures));
    CHECK(!qmp_request_wait(requests[1], soon(), NULL, NULL));
    CHECK_TEXT(failures->reason, "monitor-closed");
    CHECK_TEXT(failures->message, "The monitor of guest1 was closed by the emulator.");
    CHECK(hears(&bench, "closed:monitor-closed "));
    CHECK(!qmp_client_call(bench.client, "three", NULL, soon(), NULL, &after));
    CHECK_TEXT(after->reason, "monitor-closed");
    tear_down(&bench);
}

typedef struct {
    const char *text;      /* what the server says; %d is the id of the waiting command */
    const char *why;
    gboolean greeted;
} Broken;

static const Broken broken[] = {
    {"220 mail ready\r\n", "not JSON", FALSE},
    {"{\"return\": {}, \"id\": 1}\n", "did not begin with a QMP greeting", FALSE},
    {"{\"event\": \"STOP\"}\n", "did not begin with a QMP greeting", FALSE},
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

    set_up(&bench);
    if (row->greeted) {
        qmp_server_greet(&bench.server);
    }
    request = qmp_client_send(bench.client, "query-status", NULL);
    if (row->greeted) {
        CHECK(qmp_server_expect(&bench.server, "query-status") > 0);
    }
    qmp_server_say(&bench.server, row->text);
    CHECK(!qmp_request_wait(request, soon(), NULL, &failure));
    CHECK_TEXT(failure ? failure->reason : NULL, "monitor-reply");
    CHECK_TEXT(failure ? failure->object : NULL, "guest1");
    CHECK_CONTAINS(failure ? failure->message : NULL, row->why);
    CHECK(hears(&bench, "closed:monitor-reply "));
    CHECK(qmp_server_sees_end(&bench.server));
    CHECK(!qmp_client_call(bench.client, "stop", NULL, soon(), NULL, &after));
    CHECK_CONTAINS(after ? after->message : NULL, row->why);
    tear_down(&bench);
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
    g_autofree char *filling = g_strnfill(QMP_LINE_LIMIT + 100000, ' ');
    g_autoptr(DriverFailure) failure = NULL;

    // No end of line ever comes: it must not be waited for without end.
    memset(filling, 'z', 20);
    filling[QMP_LINE_LIMIT + 99999] = 'z';
    set_up_greeted(&bench);
    request = qmp_client_send(bench.client, "query-status", NULL);
    CHECK(qmp_server_expect(&bench.server, "query-status") > 0);
    qmp_server_say(&bench.server, filling);
    CHECK(!qmp_request_wait(request, soon(), NULL, &failure));
    CHECK_TEXT(failure->reason, "monitor-reply");
    tear_down(&bench);
}

static void
test_refused_negotiation(void)
{
    Bench bench;
    g_autofree char *text = NULL;
    QmpRequest *request;
    g_autoptr(DriverFailure) failure = NULL;

    set_up(&bench);
    qmp_server_say(&bench.server, QMP_SERVER_GREETING);
    text = g_strdup_printf("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}, \"id\": %" G_GINT64_FORMAT
                           "}\n",
                           qmp_server_expect(&bench.server, "qmp_capabilities"));
    qmp_server_say(&bench.server, text);
    request = qmp_client_send(bench.client, "query-status", NULL);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(qmp_request_wait(request, soon(), NULL, &failure));
    CHECK(!qmp_client_is_ready(bench.client));
    tear_down(&bench);
}

static void
on_reply(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    Bench *bench = data;

    QMP_LOCK_SCOPE(&bench->lock);
    bench->replies++;
    g_string_append_printf(bench->heard, "%s ", value ? "reply" : failure->reason);
    qmp_lock_announce(&bench->lock);
}

static void
test_async(void)
{
    Bench bench;

    set_up_greeted(&bench);
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    qmp_server_return(&bench.server, qmp_server_expect(&bench.server, "query-status"), "{}");
    CHECK(hears(&bench, "reply "));
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    CHECK(qmp_server_expect(&bench.server, "query-status") > 0);
    qmp_server_say(&bench.server, "?\n");
    CHECK(hears(&bench, "reply monitor-reply closed:monitor-reply "));
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    CHECK(hears(&bench, "closed:monitor-reply monitor-reply "));
    tear_down(&bench);
}

static void
test_close_mutes(void)
{
    Bench bench;

    set_up_greeted(&bench);
    qmp_client_send_async(bench.client, "query-status", NULL, on_reply, &bench);
    qmp_server_say(&bench.server, "{\"event\": \"STOP\"}\n");
    qmp_client_close(bench.client);
    {
        QMP_LOCK_SCOPE(&bench.lock);
        CHECK_INT(bench.replies, 0);
        CHECK(!strstr(bench.heard->str, "closed"));
    }
    qmp_client_close(bench.client);
    CHECK(qmp_server_sees_end(&bench.server));
    tear_down(&bench);
}

static void
close_on_event(const QmpMessage *event G_GNUC_UNUSED, gpointer data)
{
    Bench *bench = data;

    qmp_client_close(bench->client);
    QMP_LOCK_SCOPE(&bench->lock);
    (void) g_string_append(bench->heard, "closing ");
    qmp_lock_announce(&bench->lock);
}

static void
test_close_within_listener(void)
{
    const QmpListener closing = {close_on_event, on_closed};
    Bench bench;

    set_up(&bench);
    qmp_client_close(bench.client);
    qmp_client_unref(bench.client);
    qmp_server_close(&bench.server);
    bench.client = qmp_client_new(bench.loop, qmp_server_open(&bench.server), "guest1", &closing, &bench);
    qmp_server_greet(&bench.server);
    qmp_server_say(&bench.server, "{\"event\": \"STOP\"}\n{\"event\": \"RESUME\"}\nrubbish\n");
    CHECK(hears(&bench, "closing "));
    CHECK(qmp_server_sees_end(&bench.server));
    {
        QMP_LOCK_SCOPE(&bench.lock);
        CHECK_TEXT(bench.heard->str, "closing ");
    }
    tear_down(&bench);
}

static gpointer
call_often(gpointer data)
{
    Bench *bench = data;
    guint good = 0;

    for (int i = 0; i < 200; i++) {
        g_autoptr(JsonNode) value = NULL;
        good += qmp_client_call(bench->client, "query-status", NULL, soon(), &value, NULL) && value != NULL;
    }
    return GUINT_TO_POINTER(good);
}

static void
test_threads(void)
{
    Bench bench;
    GThread *threads[4];

    set_up_greeted(&bench);
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
    tear_down(&bench);
}

static gpointer
call_until_closed(gpointer data)
{
    Bench *bench = data;
    g_autoptr(DriverFailure) failure = NULL;

    while (qmp_client_call(bench->client, "query-status", NULL, soon(), NULL, &failure)) {
        continue;
    }
    return g_strdup(failure->reason);
}

static void
test_close_under_callers(void)
{
    Bench bench;
    GThread *threads[3];

    set_up_greeted(&bench);
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
    tear_down(&bench);
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
    {"what is not QMP closes the monitor, each with its words", test_broken},
    {"a line without end", test_endless_line},
    {"negotiation refused", test_refused_negotiation},
    {"replies in the loop's thread", test_async},
    {"nothing is called after a close", test_close_mutes},
    {"closing within a listener", test_close_within_listener},
    {"many threads", test_threads},
    {"closing under waiting threads", test_close_under_callers},
};

MORTISE_TEST_MAIN("qmp-client", tests)
