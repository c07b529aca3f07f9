// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a manifest says: one file of it, and several files of one name merged key by key.
#include "manifest.h"

#include "error.h"
#include "json-text.h"
#include "limits.h"
#include "manifest-keys.h"

#include <mortise/driver/driver.h>
#include <string.h>

#define DEPTH_LIMIT 8
#define NOTES_LIMIT 16

/* A file that is being read. */
typedef struct {
    const char *path;
    GHashTable *positions;
    MortiseManifest *manifest;
} Reading;

MortiseManifest *
mortise_manifest_new(void)
{
    MortiseManifest *self = g_new0(MortiseManifest, 1);
    self->enabled = TRUE;
    self->format = 1;
    self->schemes = g_new0(char *, 1);
    self->domain_types = g_new0(char *, 1);
    self->interfaces = g_new0(char *, 1);
    self->libraries = g_new0(char *, 1);
    self->programs = g_new0(char *, 1);
    self->companions = g_new0(char *, 1);
    self->parameters = g_ptr_array_new();
    self->notes = g_ptr_array_new_with_free_func(g_free);
    return self;
}

void
mortise_manifest_free(MortiseManifest *self)
{
    if (self == NULL) {
        return;
    }
    char *texts[] = {self->name, self->module, self->version, self->vendor, self->licence,
                     self->summary, self->package, self->isolation, self->enabled_by};
    char **lists[] = {self->schemes, self->domain_types, self->interfaces, self->libraries, self->programs,
                      self->companions};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_free(texts[i]);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_strfreev(lists[i]);
    }
    g_ptr_array_unref(self->parameters);
    g_ptr_array_unref(self->notes);
    g_free(self);
}

/* The field of a row that holds its default is emptied, so that a reader or a merge can put another in its place. */
static void
clear_field(const MortiseManifestKey *row, gpointer field)
{
    switch (row->offset) {
    case offsetof(MortiseManifest, schemes):
    case offsetof(MortiseManifest, domain_types):
    case offsetof(MortiseManifest, interfaces):
    case offsetof(MortiseManifest, libraries):
    case offsetof(MortiseManifest, programs):
    case offsetof(MortiseManifest, companions):
        g_clear_pointer((char ***) field, g_strfreev);
        break;
    case offsetof(MortiseManifest, parameters):
        g_clear_pointer((GPtrArray **) field, g_ptr_array_unref);
        break;
    default:
        break;
    }
}

static gpointer
field_of(MortiseManifest *self, const MortiseManifestKey *row)
{
    return (char *) self + row->offset;
}

gboolean
mortise_manifest_has(const MortiseManifest *self, const char *key)
{
    return (self->present >> mortise_manifest_key_index(key) & 1) != 0;
}

/* "PATH:LINE:COLUMN" of a key. */
static char *
place_of(const Reading *reading, const char *key)
{
    const MortiseTextPosition *position = g_hash_table_lookup(reading->positions, key);
    MortiseTextPosition first = {1, 1};
    position = position != NULL ? position : &first;
    return g_strdup_printf("%s:%u:%u", reading->path, position->line, position->column);
}

static gboolean
read_member(Reading *reading, const char *key, JsonNode *node, GError **error)
{
    int index = mortise_manifest_key_index(key);
    MortiseManifest *manifest = reading->manifest;
    g_autofree char *problem = NULL;
    if (index < 0) {
        /* A newer version may have keys that this one can do without; "x-" is for everybody's own. */
        if (!g_str_has_prefix(key, "x-") && manifest->notes->len < NOTES_LIMIT) {
            g_autofree char *place = place_of(reading, key);
            g_ptr_array_add(manifest->notes,
                            g_strdup_printf("%s: the key \"%.64s\" is not known and was ignored", place, key));
        }
        return TRUE;
    }
    const MortiseManifestKey *row = &mortise_manifest_keys[index];
    union {
        gpointer pointer;
        guint32 number;
    } value = {NULL};
    if (!row->read(node, &value, &problem)) {
        g_autofree char *place = place_of(reading, key);
        mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, reading->path, row->form,
                          "%s: the key \"%s\": %s", place, key, problem);
        return FALSE;
    }
    clear_field(row, field_of(manifest, row));
    memcpy(field_of(manifest, row), &value, row->size);
    manifest->present |= G_GUINT64_CONSTANT(1) << index;
    return TRUE;
}

static gboolean
read_members(Reading *reading, JsonObject *object, GError **error)
{
    g_autoptr(GList) keys = json_object_get_members(object);
    for (GList *item = keys; item != NULL; item = item->next) {
        if (!read_member(reading, item->data, json_object_get_member(object, item->data), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_text(Reading *reading, const char *text, gsize length, GError **error)
{
    MortiseTextPosition position = {1, 1};
    g_autofree char *problem = NULL;
    if (length > MORTISE_LIMIT_MANIFEST_BYTES) {
        mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, reading->path, "make it shorter",
                          "%s: it has more than %d bytes", reading->path, MORTISE_LIMIT_MANIFEST_BYTES);
        return FALSE;
    }
    if (!mortise_json_text_check(text, length, DEPTH_LIMIT, reading->positions, &position, &problem)) {
        mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, reading->path,
                          "correct the file, or remove it, or link it to /dev/null to switch the module off",
                          "%s:%u:%u: not a manifest: %s", reading->path, position.line, position.column, problem);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_name(Reading *reading, const char *name, GError **error)
{
    const char *said = reading->manifest->name;
    if (said != NULL && !g_str_equal(said, name)) {
        g_autofree char *place = place_of(reading, "name");
        mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, reading->path,
                          "rename the file or write its name there",
                          "%s: the key \"name\": '%s' does not match the file's name", place, said);
        return FALSE;
    }
    return TRUE;
}

MortiseManifest *
mortise_manifest_parse(const char *path, const char *name, const char *text, gsize length, GError **error)
{
    g_autoptr(MortiseManifest) manifest = mortise_manifest_new();
    g_autoptr(GHashTable) positions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) local = NULL;
    Reading reading = {path, positions, manifest};
    if (!check_text(&reading, text, length, error)) {
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize) length, &local)) {
        mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, path, NULL, "%s: %s", path, local->message);
        return NULL;
    }
    JsonNode *root = json_parser_get_root(parser);
    if (!read_members(&reading, json_node_get_object(root), error) || !check_name(&reading, name, error)) {
        return NULL;
    }
    if (mortise_manifest_has(manifest, "enabled")) {
        manifest->enabled_by = g_strdup(path);
    }
    return g_steal_pointer(&manifest);
}

void
mortise_manifest_merge(MortiseManifest *self, MortiseManifest *lower)
{
    if (!mortise_manifest_has(self, "enabled")) {
        self->enabled_by = g_steal_pointer(&lower->enabled_by);
    }
    for (int i = 0; mortise_manifest_keys[i].key != NULL; i++) {
        const MortiseManifestKey *row = &mortise_manifest_keys[i];
        guint64 bit = G_GUINT64_CONSTANT(1) << i;
        if ((self->present & bit) == 0 && (lower->present & bit) != 0) {
            /* Swapped and not copied, so that each value still has one owner. */
            union {
                gpointer pointer;
                guint32 number;
            } value = {NULL};
            memcpy(&value, field_of(self, row), row->size);
            memcpy(field_of(self, row), field_of(lower, row), row->size);
            memcpy(field_of(lower, row), &value, row->size);
            self->present |= bit;
        }
    }
    for (guint i = 0; i < lower->notes->len; i++) {
        g_ptr_array_add(self->notes, g_strdup(g_ptr_array_index(lower->notes, i)));
    }
}

static gboolean
require(const MortiseManifest *self, const char *key, const char *path, GError **error)
{
    if (mortise_manifest_has(self, key)) {
        return TRUE;
    }
    const char *form = mortise_manifest_keys[mortise_manifest_key_index(key)].form;
    mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, path, form, "%s: the key \"%s\" is missing", path, key);
    return FALSE;
}

static gboolean
require_items(const MortiseManifest *self, const char *key, char *const *list, const char *path, GError **error)
{
    if (!require(self, key, path, error)) {
        return FALSE;
    }
    if (list[0] != NULL) {
        return TRUE;
    }
    const char *form = mortise_manifest_keys[mortise_manifest_key_index(key)].form;
    mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, path, form, "%s: the key \"%s\": the list is empty", path,
                      key);
    return FALSE;
}

/* What only drivers say. */
static gboolean
refuse_keys_of_drivers(const MortiseManifest *self, const char *path, GError **error)
{
    static const char *const keys[] = {"schemes", "domain_types", "state"};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (mortise_manifest_has(self, keys[i])) {
            mortise_error_set(error, MORTISE_ERROR_MANIFEST_INVALID, path, "take the key away",
                              "%s: the key \"%s\" is for drivers, and this is a %s", path, keys[i],
                              mortise_module_kind_to_string(self->kind));
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
mortise_manifest_is_complete(const MortiseManifest *self, const char *path, GError **error)
{
    if (!require(self, "kind", path, error) || !require(self, "module", path, error) ||
        !require(self, "abi", path, error)) {
        return FALSE;
    }
    if (self->kind != MORTISE_MODULE_KIND_DRIVER) {
        return refuse_keys_of_drivers(self, path, error) &&
               (self->kind != MORTISE_MODULE_KIND_PROVIDER ||
                require_items(self, "interfaces", self->interfaces, path, error));
    }
    return require_items(self, "schemes", self->schemes, path, error) &&
           require_items(self, "domain_types", self->domain_types, path, error) &&
           require(self, "interfaces", path, error) && require(self, "thread_model", path, error) &&
           require(self, "state", path, error);
}
