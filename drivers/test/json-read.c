// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Typed reading of JSON members over json-glib.
#include "json-read.h"

void
test_place_clear(TestPlace *place)
{
    g_clear_pointer(&place->path, g_free);
}

/* "path.key", "key" or "path". */
static char *
join(const TestPlace *place, const char *key)
{
    const char *path = place->path != NULL ? place->path : "";

    if (key == NULL) {
        return g_strdup(*path != '\0' ? path : "the top level");
    }
    return *path != '\0' ? g_strconcat(path, ".", key, NULL) : g_strdup(key);
}

void
test_read_refuse(TestReader *reader, const TestPlace *place, const char *key, const char *format, ...)
{
    g_autofree char *path = join(place, key);
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    driver_failure_set(&reader->failure, "invalid-argument", reader->file,
                       "correct the file; drivers/test/README.md describes worlds", "%s: %s: %s", reader->file, path,
                       words);
}

/* The member, or NULL when it is absent or reading has failed. */
static JsonNode *
member(const TestReader *reader, const TestPlace *place, const char *key)
{
    return reader->failure == NULL && place->object != NULL ? json_object_get_member(place->object, key) : NULL;
}

static const char *
kind_of(JsonNode *node)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        return "an object";
    }
    if (JSON_NODE_HOLDS_ARRAY(node)) {
        return "an array";
    }
    if (JSON_NODE_HOLDS_NULL(node)) {
        return "null";
    }
    switch (json_node_get_value_type(node)) {
    case G_TYPE_STRING:
        return "a text";
    case G_TYPE_BOOLEAN:
        return "a truth value";
    case G_TYPE_INT64:
        return "a whole number";
    default:
        return "a number with a fraction";
    }
}

static gboolean
holds(JsonNode *node, GType type)
{
    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

void
test_read_unsigned(TestReader *reader, const TestPlace *place, const char *key, guint64 least, guint64 most,
                   guint64 *value)
{
    JsonNode *node = member(reader, place, key);

    if (node == NULL) {
        return;
    }
    if (!holds(node, G_TYPE_INT64)) {
        test_read_refuse(reader, place, key, "%s stands where a whole number should", kind_of(node));
        return;
    }
    gint64 number = json_node_get_int(node);
    if (number < 0 || (guint64) number < least || (guint64) number > most) {
        test_read_refuse(reader, place, key,
                         "%" G_GINT64_FORMAT " is not from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, number, least,
                         most);
        return;
    }
    *value = (guint64) number;
}

void
test_read_small(TestReader *reader, const TestPlace *place, const char *key, guint least, guint most,
                guint *value)
{
    guint64 wide = *value;

    test_read_unsigned(reader, place, key, least, most, &wide);
    *value = (guint) wide;
}

void
test_read_boolean(TestReader *reader, const TestPlace *place, const char *key, gboolean *value)
{
    JsonNode *node = member(reader, place, key);

    if (node == NULL) {
        return;
    }
    if (!holds(node, G_TYPE_BOOLEAN)) {
        test_read_refuse(reader, place, key, "%s stands where true or false should", kind_of(node));
        return;
    }
    *value = json_node_get_boolean(node);
}

void
test_read_text(TestReader *reader, const TestPlace *place, const char *key, char **value)
{
    JsonNode *node = member(reader, place, key);

    if (node == NULL) {
        return;
    }
    if (!holds(node, G_TYPE_STRING)) {
        test_read_refuse(reader, place, key, "%s stands where a text should", kind_of(node));
        return;
    }
    g_free(*value);
    *value = g_strdup(json_node_get_string(node));
}

void
test_read_word(TestReader *reader, const TestPlace *place, const char *key, const char *what, const char *const *words,
               guint *value)
{
    g_autofree char *text = NULL;

    test_read_text(reader, place, key, &text);
    if (text == NULL) {
        return;
    }
    for (guint i = 0; words[i] != NULL; i++) {
        if (g_str_equal(words[i], text)) {
            *value = i;
            return;
        }
    }
    g_autofree char *all = g_strjoinv(", ", (char **) words);
    test_read_refuse(reader, place, key, "'%.60s' is no %s; known are %s", text, what, all);
}

TestPlace
test_read_object(TestReader *reader, const TestPlace *place, const char *key)
{
    JsonNode *node = member(reader, place, key);
    TestPlace found = {.path = join(place, key)};

    if (node != NULL && !JSON_NODE_HOLDS_OBJECT(node)) {
        test_read_refuse(reader, place, key, "%s stands where an object should", kind_of(node));
    } else if (node != NULL) {
        found.object = json_node_get_object(node);
    }
    return found;
}

JsonArray *
test_read_array(TestReader *reader, const TestPlace *place, const char *key)
{
    JsonNode *node = member(reader, place, key);

    if (node != NULL && !JSON_NODE_HOLDS_ARRAY(node)) {
        test_read_refuse(reader, place, key, "%s stands where an array should", kind_of(node));
        return NULL;
    }
    return node != NULL ? json_node_get_array(node) : NULL;
}

TestPlace
test_read_item(TestReader *reader, const TestPlace *place, const char *key, JsonArray *array, guint index)
{
    g_autofree char *name = g_strdup_printf("%s[%u]", key, index);
    TestPlace found = {.path = join(place, name)};
    JsonNode *node = json_array_get_element(array, index);

    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        test_read_refuse(reader, &found, NULL, "%s stands where an object should", kind_of(node));
    } else {
        found.object = json_node_get_object(node);
    }
    return found;
}

void
test_read_only(TestReader *reader, const TestPlace *place, const char *const *known)
{
    JsonObjectIter iter;
    const char *key = NULL;

    if (reader->failure != NULL || place->object == NULL) {
        return;
    }
    json_object_iter_init_ordered(&iter, place->object);
    while (json_object_iter_next_ordered(&iter, &key, NULL)) {
        if (!g_strv_contains(known, key)) {
            g_autofree char *all = g_strjoinv(", ", (char **) known);
            g_autofree char *shown = g_strndup(key, 60);
            g_autofree char *valid = g_utf8_make_valid(shown, -1);
            test_read_refuse(reader, place, valid, "there is no such member; known are %s", all);
            return;
        }
    }
}
