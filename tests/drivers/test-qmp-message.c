// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Lines of a monitor, good and bad: what is read from them, and the words for each that is refused.
#include "driver-json.h"
#include "mortise-test.h"
#include "qmp-message.h"

#include <string.h>

#define GREETING "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"x\"}}}"

typedef struct {
    const char *line;
    const char *why;
} Refused;

static const Refused refused[] = {
    {"hello", "not JSON: 'hello'"},
    {"220 mail.example.org ESMTP", "not JSON: '220 mail"},
    {"HTTP/1.1 400 Bad Request", "not JSON"},
    {"{\"return\": {}, \"id\": 1", "not JSON"},
    {"{\"return\": {", "not JSON"},
    {"{\"event\": \"STO", "not JSON"},
    {"{\"return\": {}, \"id\": 1}}", "not JSON"},
    {"{\"return\": {}, \"id\": 1} {\"return\": {}, \"id\": 2}", "not JSON"},
    {"{'return': {}, 'id': 1}", "not JSON"},
    {"{/* \" */ \"return\": 1, \"id\": 1}", "not JSON"},
    {"{\"return\": 0x10, \"id\": 1}", "not JSON"},
    {"{\"return\": {}, \"id\": 1}; rm", "not JSON"},
    {"[1, 2]", "not an object: '[1, 2]'"},
    {"\"text\"", "not an object"},
    {"42", "not an object"},
    {"null", "not an object"},
    {"4{}", "not an object"},
    {"{}", "neither greeting, event nor reply: '{}'"},
    {"{\"Return\": {}, \"id\": 1}", "neither greeting, event nor reply"},
    {"{\"return\": {}}", "a reply without an id"},
    {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"Invalid JSON syntax\"}}", "a reply without an id"},
    {"{\"return\": {}, \"id\": null}", "a reply whose id is not of ours"},
    {"{\"return\": {}, \"id\": \"libvirt-1\"}", "a reply whose id is not of ours"},
    {"{\"return\": {}, \"id\": -1}", "a reply whose id is not of ours"},
    {"{\"return\": {}, \"id\": 1.5}", "a reply whose id is not of ours"},
    {"{\"return\": {}, \"id\": [1]}", "a reply whose id is not of ours"},
    {"{\"return\": {}, \"id\": true}", "a reply whose id is not of ours"},
    {"{\"error\": \"no\", \"id\": 1}", "an error that is no object"},
    {"{\"error\": {\"class\": \"GenericError\"}, \"id\": 1}", "an error without class or description"},
    {"{\"error\": {\"desc\": \"x\"}, \"id\": 1}", "an error without class or description"},
    {"{\"error\": {\"class\": 3, \"desc\": \"x\"}, \"id\": 1}", "an error without class or description"},
    {"{\"return\": {}, \"error\": {}, \"id\": 1}", "a message of two kinds at once"},
    {"{\"event\": \"STOP\", \"return\": {}, \"id\": 1}", "a message of two kinds at once"},
    {"{\"event\": 7}", "an event whose name is no string"},
    {"{\"event\": null}", "an event whose name is no string"},
    {"{\"event\": \"STOP\", \"data\": []}", "an event whose data is no object"},
    {"{\"event\": \"STOP\", \"data\": \"x\"}", "an event whose data is no object"},
    {"{\"QMP\": {}}", "a greeting without QEMU's version"},
    {"{\"QMP\": []}", "a greeting without QEMU's version"},
    {"{\"QMP\": {\"version\": {\"xemu\": {}}}}", "a greeting without QEMU's version"},
    {"{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2}}}}", "a greeting with a broken version"},
    {"{\"QMP\": {\"version\": {\"qemu\": {\"major\": -7, \"minor\": 2, \"micro\": 0}}}}",
     "a greeting with a broken version"},
    {"{\"QMP\": {\"version\": {\"qemu\": {\"major\": \"7\", \"minor\": 2, \"micro\": 0}}}}",
     "a greeting with a broken version"},
    {"{\"return\": \"\xff\xfe\", \"id\": 1}", "a line that is not UTF-8"},
    {"\x80", "a line that is not UTF-8"},
};

static void
test_refused(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(DriverFailure) failure = NULL;
        g_autoptr(QmpMessage) message = qmp_message_parse(refused[i].line, strlen(refused[i].line), &failure);

        if (message || !failure) {
            fprintf(stderr, "accepted: %s\n", refused[i].line);
        }
        CHECK(message == NULL);
        CHECK(failure != NULL);
        CHECK_TEXT(failure ? failure->reason : NULL, "monitor-reply");
        CHECK_CONTAINS(failure ? failure->message : NULL, refused[i].why);
        CHECK_CONTAINS(failure ? failure->message : NULL, "sent something that is not QMP");
    }
}

static void
check_refused(const char *line, gsize length, const char *why)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QmpMessage) message = qmp_message_parse(line, length, &failure);

    CHECK(message == NULL);
    CHECK_CONTAINS(failure ? failure->message : NULL, why);
}

static void
test_zero_byte(void)
{
    check_refused("{\"event\"\0: \"STOP\"}", 18, "a line with a zero byte");
}

static char *
nested(guint depth, char open, char close)
{
    GString *text = g_string_new("{\"return\": ");

    for (guint i = 0; i < depth; i++) {
        (void) g_string_append_c(text, open);
    }
    for (guint i = 0; i < depth; i++) {
        (void) g_string_append_c(text, close);
    }
    return g_string_free(g_string_append(text, ", \"id\": 1}"), FALSE);
}

static void
test_nested(void)
{
    g_autofree char *deepest = nested(DRIVER_JSON_DEPTH_LIMIT - 1, '[', ']');
    g_autofree char *deeper = nested(DRIVER_JSON_DEPTH_LIMIT, '[', ']');
    g_autofree char *bomb = nested(1000000, '[', ']');
    g_autofree char *open = g_strnfill(1000000, '{');
    g_autoptr(QmpMessage) message = qmp_message_parse(deepest, strlen(deepest), NULL);

    CHECK(message != NULL);
    check_refused(deeper, strlen(deeper), "nested deeper than 64 levels");
    check_refused(bomb, strlen(bomb), "nested deeper than 64 levels");
    check_refused(open, strlen(open), "nested deeper than 64 levels");
}

static void
test_brackets_in_strings(void)
{
    g_autofree char *brackets = g_strnfill(200, '[');
    g_autofree char *line = g_strdup_printf("{\"return\": \"\\\"%s\\\\\", \"id\": 5}", brackets);
    g_autoptr(QmpMessage) message = qmp_message_parse(line, strlen(line), NULL);

    CHECK(message != NULL && message->id == 5);
}

static void
test_long_line(void)
{
    g_autofree char *filling = g_strnfill(DRIVER_JSON_LIMIT, 'x');
    g_autofree char *line = g_strdup_printf("{\"return\": \"%s\", \"id\": 1}", filling);

    check_refused(line, strlen(line), "a line longer than 8 MiB: '{\"return\": \"xxx");
}

static void
test_quoted(void)
{
    g_autofree char *filling = g_strnfill(500, 'y');
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QmpMessage) message = NULL;

    check_refused("\x1b[31mred\n", 9, "'\\033[31mred\\n'");
    message = qmp_message_parse(filling, 500, &failure);
    CHECK(message == NULL);
    CHECK_CONTAINS(failure->message, "yyy...'");
    CHECK(strlen(failure->message) < 200);
}

static void
test_greeting(void)
{
    g_autoptr(QmpMessage) message = qmp_message_parse(GREETING, strlen(GREETING), NULL);

    CHECK(message != NULL);
    CHECK_INT(message->kind, QMP_GREETING);
    CHECK_INT(message->version[0], 7);
    CHECK_INT(message->version[1], 2);
    CHECK_INT(message->version[2], 22);
}

static void
test_event(void)
{
    const char *line = "{\"timestamp\": {\"seconds\": 1732000000, \"microseconds\": 17}, \"event\": \"SHUTDOWN\", "
                       "\"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}";
    const char *bare = "{\"event\": \"STOP\"}";
    g_autoptr(QmpMessage) message = qmp_message_parse(line, strlen(line), NULL);
    g_autoptr(QmpMessage) stop = qmp_message_parse(bare, strlen(bare), NULL);

    CHECK_INT(message->kind, QMP_EVENT);
    CHECK_TEXT(message->name, "SHUTDOWN");
    CHECK_INT(message->time, 1732000000000017);
    CHECK_TEXT(qmp_message_text(message, "reason"), "guest-shutdown");
    CHECK_TEXT(qmp_message_text(message, "guest"), NULL);
    CHECK_TEXT(qmp_message_text(message, "nothing"), NULL);
    CHECK_TEXT(stop->name, "STOP");
    CHECK_INT(stop->time, 0);
    CHECK_TEXT(qmp_message_text(stop, "reason"), NULL);
}

static void
test_replies(void)
{
    const char *good = "{\"return\": [1, null], \"id\": 12}";
    const char *bad = "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}, \"id\": 9223372036854775807}";
    g_autoptr(QmpMessage) result = qmp_message_parse(good, strlen(good), NULL);
    g_autoptr(QmpMessage) error = qmp_message_parse(bad, strlen(bad), NULL);

    CHECK_INT(result->kind, QMP_RETURN);
    CHECK_INT(result->id, 12);
    CHECK(JSON_NODE_HOLDS_ARRAY(result->value));
    CHECK_INT(error->kind, QMP_ERROR);
    CHECK(error->id == G_MAXINT64);
    CHECK_TEXT(error->name, "CommandNotFound");
    CHECK_TEXT(error->text, "no");
}

static void
test_commands(void)
{
    g_autofree char *plain = qmp_command_text("stop", NULL, 3);
    g_autofree char *full = qmp_command_text("qom-get", qmp_argument("path", "/machine\n\""), 4);

    CHECK_TEXT(plain, "{\"execute\":\"stop\",\"id\":3}\n");
    CHECK_TEXT(full, "{\"execute\":\"qom-get\",\"arguments\":{\"path\":\"/machine\\n\\\"\"},\"id\":4}\n");
}

static const MortiseTest tests[] = {
    {"refused lines, each with its words", test_refused},
    {"zero byte", test_zero_byte},
    {"nesting bombs", test_nested},
    {"brackets inside of strings do not nest", test_brackets_in_strings},
    {"a line beyond the limit", test_long_line},
    {"quoted text is printable and short", test_quoted},
    {"greeting", test_greeting},
    {"event", test_event},
    {"return and error", test_replies},
    {"commands are one line", test_commands},
};

MORTISE_TEST_MAIN("qmp-message", tests)
