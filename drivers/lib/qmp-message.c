// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One message of a QMP server: read, checked and told apart; and one command written.
#include "qmp-message.h"

#include <string.h>

#include "driver-json.h"

/* QEMU takes it out of band, also while another command keeps it busy. */
#define URGENT "yank"

#define QUOTED_BYTES 80u

// The beginning of a line, printable whatever is in it.
static char *
quote(const char *line, gsize length)
{
    g_autofree char *begin = g_strndup(line, MIN(length, QUOTED_BYTES));
    g_autofree char *valid = g_utf8_make_valid(begin, -1);
    g_autofree char *escaped = g_strescape(valid, "\"");

    return g_strconcat(escaped, length > QUOTED_BYTES ? "..." : "", NULL);
}

static void
refuse(DriverFailure **failure, const char *line, gsize length, const char *why)
{
    g_autofree char *quoted = quote(line, length);

    driver_failure_set(failure, "monitor-reply", NULL,
                       "The monitor was closed. If the guest still runs, stop it and report this with the emulator's "
                       "version.",
                       "The emulator's monitor sent something that is not QMP: %s: '%s'", why, quoted);
}

// Each of the four readers returns what is wrong with the message, NULL when nothing is.
static const char *
read_greeting(QmpMessage *message, JsonObject *object)
{
    static const char *const parts[] = {"major", "minor", "micro"};
    JsonObject *greeting = driver_json_object_member(object, "QMP");
    JsonObject *version = driver_json_object_member(greeting, "version");
    JsonObject *emulator = driver_json_object_member(version, "qemu");

    message->kind = QMP_GREETING;
    if (!emulator) {
        return "a greeting without QEMU's version";
    }
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        const gint64 number = driver_json_number(emulator, parts[i], -1);
        if (number < 0 || number > 9999) {
            return "a greeting with a broken version";
        }
        message->version[i] = (guint) number;
    }
    return NULL;
}

static const char *
read_event(QmpMessage *message, JsonObject *object)
{
    JsonObject *timestamp = driver_json_object_member(object, "timestamp");
    JsonNode *data = json_object_get_member(object, "data");
    const gint64 seconds = driver_json_number(timestamp, "seconds", 0);
    const gint64 microseconds = driver_json_number(timestamp, "microseconds", 0);

    message->kind = QMP_EVENT;
    message->name = g_strdup(driver_json_text(object, "event", NULL));
    if (!message->name) {
        return "an event whose name is no string";
    }
    if (data && !JSON_NODE_HOLDS_OBJECT(data)) {
        return "an event whose data is no object";
    }
    if (seconds > 0 && seconds < G_MAXINT64 / 2000000) {
        message->time = seconds * G_USEC_PER_SEC + CLAMP(microseconds, 0, G_USEC_PER_SEC - 1);
    }
    message->value = data ? json_node_ref(data) : NULL;
    return NULL;
}

static const char *
read_id(QmpMessage *message, JsonObject *object)
{
    const gint64 id = driver_json_number(object, "id", -1);

    if (!json_object_has_member(object, "id")) {
        return "a reply without an id";
    }
    if (id < 0) {
        return "a reply whose id is not of ours";
    }
    message->id = (guint64) id;
    return NULL;
}

static const char *
read_return(QmpMessage *message, JsonObject *object)
{
    message->kind = QMP_RETURN;
    message->value = json_node_ref(json_object_get_member(object, "return"));
    return read_id(message, object);
}

static const char *
read_error(QmpMessage *message, JsonObject *object)
{
    JsonObject *error = driver_json_object_member(object, "error");

    message->kind = QMP_ERROR;
    if (!error) {
        return "an error that is no object";
    }
    message->name = g_strdup(driver_json_text(error, "class", NULL));
    message->text = g_strdup(driver_json_text(error, "desc", NULL));
    if (!message->name || !message->text) {
        return "an error without class or description";
    }
    return read_id(message, object);
}

static const char *
read_message(QmpMessage *message, JsonObject *object)
{
    const gboolean has[] = {
        json_object_has_member(object, "QMP"),
        json_object_has_member(object, "event"),
        json_object_has_member(object, "return"),
        json_object_has_member(object, "error"),
    };

    if (has[0] + has[1] + has[2] + has[3] > 1) {
        return "a message of two kinds at once";
    }
    if (has[0]) {
        return read_greeting(message, object);
    }
    if (has[1]) {
        return read_event(message, object);
    }
    if (has[2]) {
        return read_return(message, object);
    }
    return has[3] ? read_error(message, object) : "neither greeting, event nor reply";
}

QmpMessage *
qmp_message_parse(const char *line, gsize length, DriverFailure **failure)
{
    g_autoptr(QmpMessage) message = g_new0(QmpMessage, 1);
    g_autoptr(JsonParser) parser = NULL;
    const char *wrong = driver_json_refusal(line, length);
    JsonNode *root;

    if (wrong) {
        refuse(failure, line, length, wrong);
        return NULL;
    }
    parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, line, (gssize) length, NULL)) {
        refuse(failure, line, length, "not JSON");
        return NULL;
    }
    root = json_parser_get_root(parser);
    wrong = root && JSON_NODE_HOLDS_OBJECT(root) ? read_message(message, json_node_get_object(root)) : "not an object";
    if (wrong) {
        refuse(failure, line, length, wrong);
        return NULL;
    }
    return g_steal_pointer(&message);
}

void
qmp_message_free(QmpMessage *message)
{
    if (!message) {
        return;
    }
    g_clear_pointer(&message->value, json_node_unref);
    g_free(message->name);
    g_free(message->text);
    g_free(message);
}

const char *
qmp_message_text(const QmpMessage *message, const char *member)
{
    return driver_json_text(driver_json_object(message->value), member, NULL);
}

char *
qmp_command_text(const char *command, JsonObject *arguments, guint64 id)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, g_str_equal(command, URGENT) ? "exec-oob" : "execute", command);
    if (arguments) {
        json_object_set_object_member(object, "arguments", arguments);
    }
    json_object_set_int_member(object, "id", (gint64) id);
    json_node_take_object(root, object);
    json_generator_set_root(generator, root);
    text = json_generator_to_data(generator, NULL);
    return g_strconcat(text, "\n", NULL);
}

JsonObject *
qmp_argument(const char *key, const char *value)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, key, value);
    return object;
}
