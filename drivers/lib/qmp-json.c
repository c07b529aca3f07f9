// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Members of JSON that others wrote. json-glib's own functions with a default complain loudly about wrong types.
#include "qmp-json.h"

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
qmp_json_object(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *
qmp_json_array(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *
qmp_json_object_member(JsonObject *object, const char *member)
{
    return qmp_json_object(member_of(object, member));
}

JsonArray *
qmp_json_array_member(JsonObject *object, const char *member)
{
    return qmp_json_array(member_of(object, member));
}

const char *
qmp_json_text(JsonObject *object, const char *member, const char *fallback)
{
    JsonNode *node = value_of(object, member, G_TYPE_STRING);

    return node ? json_node_get_string(node) : fallback;
}

gint64
qmp_json_number(JsonObject *object, const char *member, gint64 fallback)
{
    JsonNode *node = value_of(object, member, G_TYPE_INT64);

    return node ? json_node_get_int(node) : fallback;
}

gboolean
qmp_json_flag(JsonObject *object, const char *member)
{
    JsonNode *node = value_of(object, member, G_TYPE_BOOLEAN);

    return node && json_node_get_boolean(node);
}

gboolean
qmp_json_has(JsonObject *object, const char *member, GType type)
{
    return value_of(object, member, type) != NULL;
}

const char *
qmp_json_string(JsonNode *node)
{
    return node && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

char **
qmp_json_strings(JsonArray *array)
{
    GPtrArray *strings = g_ptr_array_new();

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        const char *text = qmp_json_string(json_array_get_element(array, i));
        if (text) {
            g_ptr_array_add(strings, g_strdup(text));
        }
    }
    g_ptr_array_add(strings, NULL);
    return (char **) g_ptr_array_free(strings, FALSE);
}
