// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The scripts of a world: what latency_ms, late_ms, hang and fail say.
#include "world-private.h"

#include <string.h>

/* In place of a call's word: every call but open, without which nothing else could be tried. */
#define EVERY "*"

static const char *const fault_members[] = {"reason", "object", "message", "hint", "times", "silent", NULL};

/* The operation of that word; TEST_OPERATION_COUNT of "*". FALSE when it is refused. */
static gboolean
read_operation(TestReader *reader, const TestPlace *place, const char *key, const char *word, gboolean domain,
               guint *operation)
{
    if (g_str_equal(word, EVERY)) {
        *operation = TEST_OPERATION_COUNT;
        return TRUE;
    }
    for (guint i = 0; i < TEST_OPERATION_COUNT; i++) {
        if (!g_str_equal(test_operation_names[i], word)) {
            continue;
        }
        if (domain && i < TEST_OPERATION_FIRST_OF_DOMAIN) {
            test_read_refuse(reader, place, key, "'%s' is a call on the connection: script it at the top level", word);
            return FALSE;
        }
        *operation = i;
        return TRUE;
    }
    g_autofree char *all = g_strjoinv(", ", (char **) test_operation_names);
    g_autofree char *shown = g_strndup(word, 60);
    g_autofree char *valid = g_utf8_make_valid(shown, -1);
    test_read_refuse(reader, place, key, "'%s' is no call; known are *, %s", valid, all);
    return FALSE;
}

static gboolean
is_every(guint operation)
{
    return operation != TEST_OPERATION_OPEN;
}

/* An object of milliseconds by call. */
static void
read_times(TestReader *reader, const TestPlace *place, const char *key, gboolean domain, gint64 *times)
{
    g_auto(TestPlace) found = test_read_object(reader, place, key);
    JsonObjectIter iter;
    const char *word = NULL;
    guint64 every = 0;

    if (found.object == NULL || reader->failure != NULL) {
        return;
    }
    gboolean has_every = json_object_has_member(found.object, EVERY);
    test_read_unsigned(reader, &found, EVERY, 0, TEST_WORLD_TIME_LIMIT_MS, &every);
    for (guint i = 0; has_every && i < TEST_OPERATION_COUNT; i++) {
        times[i] = is_every(i) ? (gint64) every : times[i];
    }
    json_object_iter_init_ordered(&iter, found.object);
    while (reader->failure == NULL && json_object_iter_next_ordered(&iter, &word, NULL)) {
        guint operation = 0;
        guint64 time = 0;
        if (!read_operation(reader, &found, NULL, word, domain, &operation)) {
            return;
        }
        test_read_unsigned(reader, &found, word, 0, TEST_WORLD_TIME_LIMIT_MS, &time);
        if (operation < TEST_OPERATION_COUNT) {
            times[operation] = (gint64) time;
        }
    }
}

static void
read_hangs(TestReader *reader, const TestPlace *place, gboolean domain, gboolean *hangs)
{
    JsonArray *array = test_read_array(reader, place, "hang");
    guint count = array != NULL ? json_array_get_length(array) : 0;

    for (guint i = 0; i < count && reader->failure == NULL; i++) {
        g_autofree char *key = g_strdup_printf("hang[%u]", i);
        JsonNode *node = json_array_get_element(array, i);
        guint operation = 0;
        if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING) {
            test_read_refuse(reader, place, key, "no word for a call");
            return;
        }
        if (!read_operation(reader, place, key, json_node_get_string(node), domain, &operation)) {
            return;
        }
        for (guint each = 0; each < TEST_OPERATION_COUNT; each++) {
            hangs[each] |= each == operation || (operation == TEST_OPERATION_COUNT && is_every(each));
        }
    }
}

static TestFault *
read_fault(TestReader *reader, const TestPlace *place, const char *key)
{
    g_auto(TestPlace) found = test_read_object(reader, place, key);
    g_autoptr(TestFault) fault = g_new0(TestFault, 1);

    test_read_only(reader, &found, fault_members);
    (void) test_read_identifier(reader, &found, "reason", &fault->reason);
    test_read_text(reader, &found, "object", &fault->object);
    test_read_text(reader, &found, "message", &fault->message);
    test_read_text(reader, &found, "hint", &fault->hint);
    test_read_small(reader, &found, "times", 1, G_MAXINT32, &fault->times);
    test_read_boolean(reader, &found, "silent", &fault->silent);
    if (fault->silent == (fault->reason != NULL || fault->message != NULL)) {
        test_read_refuse(reader, &found, NULL, "a failure has a \"reason\" or a \"message\", or is \"silent\"");
    }
    if (fault->reason == NULL) {
        fault->reason = g_strdup("driver-failed");
    }
    if (fault->message == NULL) {
        fault->message = g_strdup("the world of this connection scripts a failure here");
    }
    return reader->failure == NULL ? g_steal_pointer(&fault) : NULL;
}

static TestFault *
fault_copy(const TestFault *fault)
{
    TestFault *copy = g_new0(TestFault, 1);

    *copy = *fault;
    copy->reason = g_strdup(fault->reason);
    copy->object = g_strdup(fault->object);
    copy->message = g_strdup(fault->message);
    copy->hint = g_strdup(fault->hint);
    return copy;
}

static void
read_faults(TestReader *reader, const TestPlace *place, gboolean domain, TestFault **faults)
{
    g_auto(TestPlace) found = test_read_object(reader, place, "fail");
    g_autoptr(TestFault) every = NULL;
    JsonObjectIter iter;
    const char *word = NULL;

    if (found.object == NULL || reader->failure != NULL) {
        return;
    }
    json_object_iter_init_ordered(&iter, found.object);
    while (reader->failure == NULL && json_object_iter_next_ordered(&iter, &word, NULL)) {
        guint operation = 0;
        if (!read_operation(reader, &found, NULL, word, domain, &operation)) {
            return;
        }
        TestFault **slot = operation < TEST_OPERATION_COUNT ? &faults[operation] : &every;
        test_fault_free(*slot);
        *slot = read_fault(reader, &found, word);
    }
    for (guint i = 0; every != NULL && i < TEST_OPERATION_COUNT; i++) {
        if (is_every(i) && faults[i] == NULL) {
            faults[i] = fault_copy(every);
        }
    }
}

void
test_read_script(TestReader *reader, const TestPlace *place, gboolean domain, TestScript *script)
{
    read_times(reader, place, "latency_ms", domain, script->latency_ms);
    read_times(reader, place, "late_ms", domain, script->late_ms);
    read_hangs(reader, place, domain, script->hangs);
    read_faults(reader, place, domain, script->faults);
}
