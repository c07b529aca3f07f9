// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The format of running files: one JSON object, understood as a whole or not at all.
#include "store-private.h"

#include "domain-xml.h"
#include "error.h"
#include "json-text.h"
#include "limits.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* The format is flat; what is deeper is something else. */
#define DEPTH 16
/* Longer numbers are not read back. */
#define ID_LIMIT G_GINT64_CONSTANT(100000000000000000)

typedef struct {
    const char *path;
    GError **error;
} Reader;

static gboolean
refuse(Reader *reader, const char *why)
{
    mortise_error_set(reader->error, MORTISE_ERROR_FILE_ERROR, reader->path,
                      "if its guest does not run, remove it, then open the connection again",
                      "%s %s; it is left alone", reader->path, why);
    return FALSE;
}

/* NULL with an error; free with json_node_unref. */
static JsonNode *
parse_object(Reader *reader, const char *text, gsize length)
{
    MortiseTextPosition position = {0};
    g_autofree char *problem = NULL;
    if (!mortise_json_text_check(text, length, DEPTH, NULL, &position, &problem)) {
        g_autofree char *why = g_strdup_printf("is wrong in line %u, column %u: %s", position.line, position.column,
                                               problem);
        (void) refuse(reader, why);
        return NULL;
    }
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) cause = NULL;
    if (!json_parser_load_from_data(parser, text, (gssize) length, &cause)) {
        g_autofree char *why = g_strdup_printf("is not JSON: %s", cause->message);
        (void) refuse(reader, why);
        return NULL;
    }
    return json_node_ref(json_parser_get_root(parser));
}

static const char *
peek_text(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);
    gboolean text = node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
    return text ? json_node_get_string(node) : NULL;
}

static gboolean
get_text(Reader *reader, JsonObject *object, const char *key, gboolean needed, char **value)
{
    JsonNode *node = json_object_get_member(object, key);
    if (!needed && (node == NULL || JSON_NODE_HOLDS_NULL(node))) {
        return TRUE;
    }
    const char *text = peek_text(object, key);
    if (text == NULL || (needed && text[0] == '\0')) {
        g_autofree char *why = g_strdup_printf("has no text for \"%s\"", key);
        return refuse(reader, why);
    }
    *value = g_strdup(text);
    return TRUE;
}

static gboolean
get_number(Reader *reader, JsonObject *object, const char *key, gint64 low, gint64 high, gint64 *value)
{
    JsonNode *node = json_object_get_member(object, key);
    gboolean number = node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64;
    gint64 found = number ? json_node_get_int(node) : 0;
    if (!number || found < low || found > high) {
        g_autofree char *why = g_strdup_printf("has no whole number in range for \"%s\"", key);
        return refuse(reader, why);
    }
    *value = found;
    return TRUE;
}

static gboolean
check_schema(Reader *reader, JsonObject *object)
{
    gint64 schema = 0;
    if (!get_number(reader, object, "schema", 1, G_MAXUINT32, &schema)) {
        return FALSE;
    }
    if (schema != MORTISE_STORE_SCHEMA) {
        mortise_error_set(reader->error, MORTISE_ERROR_STATE_SCHEMA, reader->path,
                          "use the version of Mortise that wrote it, or a newer one",
                          "%s has schema %" G_GINT64_FORMAT ", this version of Mortise knows %d; it is left alone",
                          reader->path, schema, MORTISE_STORE_SCHEMA);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_uuid(Reader *reader, JsonObject *object, const guint8 uuid[16])
{
    guint8 found[16];
    const char *text = peek_text(object, "uuid");
    if (text == NULL || !mortise_uuid_from_text(text, found) || memcmp(found, uuid, sizeof found) != 0) {
        return refuse(reader, "is about another UUID than its name says");
    }
    return TRUE;
}

static gboolean
is_phase(const char *phase)
{
    return g_str_equal(phase, "starting") || g_str_equal(phase, "running") || g_str_equal(phase, "stopping")
        || g_str_equal(phase, "ended");
}

static gboolean
get_domain(Reader *reader, JsonObject *object, MortiseStoredDomain *domain)
{
    gint64 state = 0;
    gboolean complete = check_uuid(reader, object, domain->uuid)
        && get_text(reader, object, "driver", TRUE, &domain->driver)
        && get_text(reader, object, "phase", TRUE, &domain->phase)
        && get_text(reader, object, "xml", TRUE, &domain->running_xml)
        && get_text(reader, object, "live_xml", FALSE, &domain->live_xml)
        && get_text(reader, object, "running_state", FALSE, &domain->running_state)
        && get_text(reader, object, "reason", FALSE, &domain->state_reason)
        && get_number(reader, object, "state", 0, G_MAXUINT32, &state)
        && get_number(reader, object, "id", -ID_LIMIT, ID_LIMIT, &domain->id);
    if (!complete) {
        return FALSE;
    }
    domain->state = (guint32) state;
    return is_phase(domain->phase)
           || refuse(reader, "has a \"phase\" other than starting, running, stopping and ended");
}

/* Moves the running part, so that a file that is refused in the middle leaves the domain untouched. */
static void
move_running(MortiseStoredDomain *from, MortiseStoredDomain *to)
{
    to->driver = g_steal_pointer(&from->driver);
    to->phase = g_steal_pointer(&from->phase);
    to->running_xml = g_steal_pointer(&from->running_xml);
    to->live_xml = g_steal_pointer(&from->live_xml);
    to->running_state = g_steal_pointer(&from->running_state);
    to->state_reason = g_steal_pointer(&from->state_reason);
    to->state = from->state;
    to->id = from->id;
}

MortiseRunningAge
mortise_store_running_parse(const char *text, gsize length, const char *path, const char *boot_id,
                            MortiseStoredDomain *domain, GError **error)
{
    Reader reader = {path, error};
    g_autoptr(JsonNode) root = parse_object(&reader, text, length);
    if (root == NULL) {
        return MORTISE_RUNNING_BAD;
    }
    JsonObject *object = json_node_get_object(root);
    g_autofree char *boot = NULL;
    if (!check_schema(&reader, object) || !get_text(&reader, object, "boot_id", TRUE, &boot)) {
        return MORTISE_RUNNING_BAD;
    }
    if (!g_str_equal(boot, boot_id)) {
        return MORTISE_RUNNING_EARLIER;
    }
    g_autoptr(MortiseStoredDomain) found = g_new0(MortiseStoredDomain, 1);
    memcpy(found->uuid, domain->uuid, sizeof found->uuid);
    if (!get_domain(&reader, object, found)) {
        return MORTISE_RUNNING_BAD;
    }
    move_running(found, domain);
    return MORTISE_RUNNING_CURRENT;
}

char *
mortise_store_running_peek_xml(const char *text, gsize length)
{
    Reader reader = {"", NULL};
    g_autoptr(JsonNode) root = parse_object(&reader, text, length);
    return root != NULL ? g_strdup(peek_text(json_node_get_object(root), "xml")) : NULL;
}

static gboolean
is_writable(const char *text, gboolean needed)
{
    return text != NULL ? g_utf8_validate(text, -1, NULL) && (!needed || text[0] != '\0') : !needed;
}

static void
add_text(JsonBuilder *builder, const char *key, const char *text)
{
    json_builder_set_member_name(builder, key);
    if (text != NULL) {
        json_builder_add_string_value(builder, text);
    } else {
        json_builder_add_null_value(builder);
    }
}

static JsonNode *
build(const MortiseStoredDomain *domain, const char *boot_id)
{
    g_autofree char *uuid = mortise_uuid_to_text(domain->uuid);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "schema");
    json_builder_add_int_value(builder, MORTISE_STORE_SCHEMA);
    add_text(builder, "boot_id", boot_id);
    add_text(builder, "uuid", uuid);
    add_text(builder, "driver", domain->driver);
    add_text(builder, "phase", domain->phase);
    json_builder_set_member_name(builder, "state");
    json_builder_add_int_value(builder, domain->state);
    json_builder_set_member_name(builder, "id");
    json_builder_add_int_value(builder, domain->id);
    add_text(builder, "reason", domain->state_reason);
    add_text(builder, "running_state", domain->running_state);
    add_text(builder, "xml", domain->running_xml);
    add_text(builder, "live_xml", domain->live_xml);
    json_builder_end_object(builder);
    return json_builder_get_root(builder);
}

char *
mortise_store_running_format(const MortiseStoredDomain *domain, const char *boot_id, GError **error)
{
    gboolean writable = is_writable(domain->driver, TRUE) && is_writable(domain->phase, TRUE)
        && is_writable(domain->running_xml, TRUE) && is_writable(domain->live_xml, FALSE)
        && is_writable(domain->running_state, FALSE) && is_writable(domain->state_reason, FALSE);
    g_autofree char *uuid = mortise_uuid_to_text(domain->uuid);
    if (!writable || !is_phase(domain->phase) || domain->id < -ID_LIMIT || domain->id > ID_LIMIT) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, uuid, NULL,
                          "the running state of domain %s is not complete, or has a value that cannot be kept", uuid);
        return NULL;
    }
    g_autoptr(JsonNode) root = build(domain, boot_id);
    g_autofree char *text = json_to_string(root, FALSE);
    gsize length = strlen(text);
    if (length > MORTISE_LIMIT_STATE_FILE_BYTES) {
        mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, uuid, NULL,
                          "the running state of domain %s has %" G_GSIZE_FORMAT " bytes, at most %d are kept", uuid,
                          length, MORTISE_LIMIT_STATE_FILE_BYTES);
        return NULL;
    }
    return g_steal_pointer(&text);
}
