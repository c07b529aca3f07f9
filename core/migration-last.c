// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is kept of the last migration of a domain, for processes that come after the one that made it.
#include "migration-last.h"

#include "atomic-file.h"
#include "domain-record.h"
#include "error.h"
#include "json-text.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"
#define TAG "last"
#define LENGTH_LIMIT 65536
#define DEPTH_LIMIT 4
#define KEPT_LIMIT 256

static void
add_text(JsonBuilder *builder, const char *key, const char *text)
{
    (void) json_builder_set_member_name(builder, key);
    (void) json_builder_add_string_value(builder, text);
}

static void
add_values(JsonBuilder *builder, GVariant *values)
{
    GVariantIter iter;
    const char *key = NULL;
    GVariant *value = NULL;
    g_variant_iter_init(&iter, values);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
            add_text(builder, key, g_variant_get_string(value, NULL));
        } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64)) {
            (void) json_builder_set_member_name(builder, key);
            (void) json_builder_add_int_value(builder, (gint64) MIN(g_variant_get_uint64(value), G_MAXINT64));
        }
    }
}

static char *
format(DomainRecord *record, gboolean at_source, const char *other_uri, GVariant *values, const GError *error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *ended = g_date_time_format_iso8601(now);
    (void) json_builder_begin_object(builder);
    add_text(builder, "name", domain_record_get_name(record));
    add_text(builder, "side", at_source ? "source" : "destination");
    add_text(builder, "other", other_uri);
    add_text(builder, "ended", ended);
    if (error != NULL) {
        add_text(builder, "error", mortise_error_get_summary(error));
    }
    (void) json_builder_set_member_name(builder, "values");
    (void) json_builder_begin_object(builder);
    add_values(builder, values);
    (void) json_builder_end_object(builder);
    (void) json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static gboolean
is_kept(const char *name)
{
    return name[0] != '.' && g_str_has_suffix(name, SUFFIX);
}

/* Makes room for one more: the oldest goes. Guests that never come back would else leave files for ever. */
static void
prune(int folder, const char *path)
{
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    g_autofree char *oldest = NULL;
    const char *name = NULL;
    gint64 oldest_time = G_MAXINT64;
    guint count = 0;
    while (names != NULL && (name = g_dir_read_name(names)) != NULL) {
        struct stat status;
        if (!is_kept(name) || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        count++;
        if (status.st_mtime < oldest_time) {
            oldest_time = status.st_mtime;
            g_free(oldest);
            oldest = g_strdup(name);
        }
    }
    if (count >= KEPT_LIMIT) {
        (void) unlinkat(folder, oldest, 0);
    }
}

void
migration_last_write(const char *run_directory, DomainRecord *record, gboolean at_source, const char *other_uri,
                     GVariant *values, const GError *error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *path = g_build_filename(run_directory, MIGRATION_FOLDER, NULL);
    g_autofree char *name = g_strconcat(record->uuid_text, SUFFIX, NULL);
    g_autofree char *text = format(record, at_source, other_uri, values, error);
    int folder = mortise_directory_open(path, 0700, &problem);
    if (folder >= 0) {
        if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            prune(folder, path);
        }
        (void) mortise_atomic_file_write(folder, path, name, TAG, text, "\n", MORTISE_ATOMIC_KEPT, &problem);
        (void) close(folder);
    }
    if (problem != NULL) {
        g_debug("last migration: %s", problem->message);
    }
}

/* NULL when it is none of ours. */
static JsonNode *
read_one(int folder, const char *path, const char *name)
{
    gsize length = 0;
    g_autofree char *text = mortise_file_read(folder, path, name, LENGTH_LIMIT, &length, NULL);
    if (text == NULL || !mortise_json_text_check(text, length, DEPTH_LIMIT, NULL, NULL, NULL)) {
        return NULL;
    }
    return json_from_string(text, NULL);
}

static void
take_member(JsonObject *object G_GNUC_UNUSED, const char *key, JsonNode *node, gpointer data)
{
    GVariantDict *dict = data;
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;
    if (type == G_TYPE_STRING) {
        g_variant_dict_insert(dict, key, "s", json_node_get_string(node));
    } else if (type == G_TYPE_INT64) {
        g_variant_dict_insert(dict, key, "t", (guint64) MAX(0, json_node_get_int(node)));
    }
}

/* The values, when it is of that domain. */
static GVariant *
take(JsonNode *root, const char *file, const char *domain)
{
    JsonObject *object = json_node_get_object(root);
    g_autofree char *uuid = g_strndup(file, strlen(file) - strlen(SUFFIX));
    JsonNode *values = json_object_get_member(object, "values");
    const char *name = json_object_get_string_member_with_default(object, "name", "");
    if (!g_str_equal(name, domain) && g_ascii_strcasecmp(uuid, domain) != 0) {
        return NULL;
    }
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    if (values != NULL && JSON_NODE_HOLDS_OBJECT(values)) {
        json_object_foreach_member(json_node_get_object(values), take_member, &dict);
    }
    json_object_foreach_member(object, take_member, &dict);
    g_variant_dict_remove(&dict, "name");
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

GVariant *
migration_last_read(const char *run_directory, const char *domain)
{
    g_autofree char *path = g_build_filename(run_directory, MIGRATION_FOLDER, NULL);
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    int folder = names != NULL ? mortise_directory_open(path, 0, NULL) : -1;
    GVariant *found = NULL;
    const char *name = NULL;
    while (folder >= 0 && found == NULL && (name = g_dir_read_name(names)) != NULL) {
        g_autoptr(JsonNode) root = is_kept(name) ? read_one(folder, path, name) : NULL;
        found = root != NULL ? take(root, name, domain) : NULL;
    }
    if (folder >= 0) {
        (void) close(folder);
    }
    return found;
}
