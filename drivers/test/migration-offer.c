// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What one world says to another of a guest that it would send.
#include "json-syntax.h"
#include "migration.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define OFFER_FORMAT 1

void
test_offer_clear(TestOffer *offer)
{
    g_clear_pointer(&offer->definition, test_definition_unref);
}

char *
test_offer_format(const char *xml, guint state)
{
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();

    json_node_take_object(root, object);
    json_object_set_int_member(object, "format", OFFER_FORMAT);
    json_object_set_string_member(object, "driver", "test");
    json_object_set_string_member(object, "state", test_state_words[state]);
    json_object_set_string_member(object, "xml", xml);
    return json_to_string(root, FALSE);
}

static const char *
text_member(JsonObject *object, const char *key)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, key) : NULL;

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node) : NULL;
}

static TestDefinition *
wanted(const char *xml, const MortiseMigrationArguments *arguments, DriverFailure **failure)
{
    const char *text = arguments->xml != NULL ? arguments->xml : xml;
    g_autoptr(TestDefinition) definition = test_definition_parse(text, failure);

    if (definition == NULL || !test_definition_require(definition, failure)) {
        return NULL;
    }
    if (arguments->name != NULL && !g_str_equal(arguments->name, definition->name)) {
        return test_definition_rename(definition, arguments->name, failure);
    }
    return g_steal_pointer(&definition);
}

gboolean
test_offer_parse(const char *text, const MortiseMigrationArguments *arguments, TestOffer *offer,
                 DriverFailure **failure)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();

    if (!test_json_check(text, strlen(text), "the offer", failure)) {
        return FALSE;
    }
    gboolean read = json_parser_load_from_data(parser, text, -1, NULL);
    JsonNode *root = read ? json_parser_get_root(parser) : NULL;
    JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    const char *xml = text_member(object, "xml");
    const char *state = text_member(object, "state");
    if (xml == NULL || state == NULL || g_strcmp0(text_member(object, "driver"), "test") != 0) {
        driver_failure_set(failure, "invalid-argument", "offer", "migrate between drivers of the same kind",
                           "this is no offer of a test driver");
        return FALSE;
    }
    offer->state = g_str_equal(state, test_state_words[MORTISE_STATE_PAUSED])    ? MORTISE_STATE_PAUSED
                   : g_str_equal(state, test_state_words[MORTISE_STATE_SHUTOFF]) ? MORTISE_STATE_SHUTOFF
                                                                                 : MORTISE_STATE_RUNNING;
    offer->definition = wanted(xml, arguments, failure);
    return offer->definition != NULL;
}
