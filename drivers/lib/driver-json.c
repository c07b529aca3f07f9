// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON that others wrote. json-glib's own functions with a default complain loudly about wrong types.
#include "driver-json.h"

#include <string.h>

static JsonNode *
member_of(JsonObject *object, const char *member)
{
    return object ? json_object_get_member(object, member) : NULL;
}

static JsonNode *
value_of(JsonObject *object, const char *member, GType type)
{
    JsonNode *node = member_of(object, member);

    return node && json_node_get_value_type(node) == type ? node : NULL;
}

JsonObject *
driver_json_object(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *
driver_json_array(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *
driver_json_object_member(JsonObject *object, const char *member)
{
    return driver_json_object(member_of(object, member));
}

JsonArray *
driver_json_array_member(JsonObject *object, const char *member)
{
    return driver_json_array(member_of(object, member));
}

const char *
driver_json_text(JsonObject *object, const char *member, const char *fallback)
{
    JsonNode *node = value_of(object, member, G_TYPE_STRING);

    return node ? json_node_get_string(node) : fallback;
}

gint64
driver_json_number(JsonObject *object, const char *member, gint64 fallback)
{
    JsonNode *node = value_of(object, member, G_TYPE_INT64);

    return node ? json_node_get_int(node) : fallback;
}

gboolean
driver_json_flag(JsonObject *object, const char *member)
{
    JsonNode *node = value_of(object, member, G_TYPE_BOOLEAN);

    return node && json_node_get_boolean(node);
}

gboolean
driver_json_has(JsonObject *object, const char *member, GType type)
{
    return value_of(object, member, type) != NULL;
}

const char *
driver_json_string(JsonNode *node)
{
    return node && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

char **
driver_json_strings(JsonArray *array)
{
    GPtrArray *strings = g_ptr_array_new();

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        const char *text = driver_json_string(json_array_get_element(array, i));
        if (text) {
            g_ptr_array_add(strings, g_strdup(text));
        }
    }
    g_ptr_array_add(strings, NULL);
    return (char **) g_ptr_array_free(strings, FALSE);
}

/*
 * Deepest nesting of brackets, G_MAXUINT when the line is not one value in JSON's own characters. json-glib reads by
 * recursion, so this must come first; it also takes comments, other quotes and more than one value, which would
 * make the two disagree.
 */
static guint
nesting(const char *text, gsize length)
{
    guint depth = 0;
    guint deepest = 0;
    gboolean in_string = FALSE;
    gboolean ended = FALSE;

    for (gsize i = 0; i < length; i++) {
        const char c = text[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (ended ? !strchr(" \t\r\n", c) : !strchr(" \t\r\n\"{}[]:,+-.0123456789Eaeflnrstu", c)) {
            return G_MAXUINT;
        } else if (c == '"') {
            in_string = TRUE;
        } else if (c == '{' || c == '[') {
            depth++;
            deepest = MAX(deepest, depth);
        } else if ((c == '}' || c == ']') && depth > 0) {
            ended = --depth == 0;
        }
    }
    return deepest;
}

/* Asked of the text, not of what json-glib makes of it: that loses a number or a word which something follows. */
static gboolean
is_object(const char *text, gsize length)
{
    gsize i = 0;

    while (i < length && strchr(" \t\r\n", text[i])) {
        i++;
    }
    return i < length && text[i] == '{';
}

const char *
driver_json_refusal(const char *text, gsize length)
{
    guint depth;

    if (length > DRIVER_JSON_LIMIT) {
        return "a line longer than 8 MiB";
    }
    if (memchr(text, '\0', length)) {
        return "a line with a zero byte";
    }
    if (!g_utf8_validate(text, (gssize) length, NULL)) {
        return "a line that is not UTF-8";
    }
    depth = nesting(text, length);
    if (depth == G_MAXUINT) {
        return "not JSON";
    }
    if (!is_object(text, length)) {
        return "not an object";
    }
    return depth > DRIVER_JSON_DEPTH_LIMIT ? "a message nested deeper than 64 levels" : NULL;
}

JsonNode *
driver_json_read(const char *text, gsize length)
{
    return driver_json_refusal(text, length) == NULL ? json_from_string(text, NULL) : NULL;
}
