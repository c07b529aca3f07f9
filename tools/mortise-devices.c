// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading interfaces and disks from a domain's XML, which the library has found well formed.
#include "mortise-devices.h"

#include "mortise-report.h"

#include <string.h>

#define DEVICE_DEPTH 3u /* domain, devices, device */

typedef struct {
    const char *name;
    GPtrArray *devices;
    GPtrArray *path;      /* of names that are open */
    DeviceEntry *current; /* NULL outside of such an element */
    GString *whole;       /* text of it, so far */
    GString *text;        /* the same without its <link> */
    guint link;           /* depth at which its <link> was opened; 0 outside */
} Reading;

static void
entry_free(gpointer data)
{
    DeviceEntry *entry = data;
    g_free(entry->type);
    g_free(entry->device);
    g_free(entry->target);
    g_free(entry->source);
    g_free(entry->model);
    g_free(entry->mac);
    g_free(entry->alias);
    g_free(entry->link);
    g_free(entry->xml);
    g_free(entry->whole);
    g_free(entry);
}

static const char *
value_of(const char **names, const char **values, const char *name)
{
    for (guint i = 0; names[i] != NULL; i++) {
        if (g_str_equal(names[i], name)) {
            return values[i];
        }
    }
    return NULL;
}

static void
keep(char **field, const char *value)
{
    if (*field == NULL) {
        *field = g_strdup(value);
    }
}

static void
keep_source(DeviceEntry *entry, const char **names, const char **values)
{
    static const char *const words[] = {"bridge", "network", "file", "dev", "dir", "name", "path"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        keep(&entry->source, value_of(names, values, words[i]));
    }
}

/* A child of the device. */
static void
read_part(DeviceEntry *entry, const char *element, const char **names, const char **values)
{
    const struct {
        const char *element;
        const char *attribute;
        char **field;
    } parts[] = {
        {"target", "dev", &entry->target}, {"model", "type", &entry->model}, {"mac", "address", &entry->mac},
        {"alias", "name", &entry->alias},  {"link", "state", &entry->link},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (g_str_equal(parts[i].element, element)) {
            keep(parts[i].field, value_of(names, values, parts[i].attribute));
        }
    }
    if (g_str_equal(element, "source")) {
        keep_source(entry, names, values);
    }
}

static void
write_start(GString *text, const char *element, const char **names, const char **values)
{
    g_string_append_printf(text, "<%s", element);
    for (guint i = 0; names[i] != NULL; i++) {
        g_autofree char *attribute = g_markup_printf_escaped(" %s=\"%s\"", names[i], values[i]);
        g_string_append(text, attribute);
    }
    g_string_append_c(text, '>');
}

static gboolean
is_device(const Reading *self, const char *element)
{
    return self->path->len == DEVICE_DEPTH && g_str_equal(element, self->name)
           && g_str_equal(self->path->pdata[1], "devices");
}

static void
start_element(GMarkupParseContext *context G_GNUC_UNUSED, const char *element, const char **names,
              const char **values, gpointer data, GError **error G_GNUC_UNUSED)
{
    Reading *self = data;
    g_ptr_array_add(self->path, g_strdup(element));
    if (self->current == NULL && is_device(self, element)) {
        self->current = g_new0(DeviceEntry, 1);
        g_ptr_array_add(self->devices, self->current);
        keep(&self->current->type, value_of(names, values, "type"));
        keep(&self->current->device, value_of(names, values, "device"));
    } else if (self->current != NULL && self->path->len == DEVICE_DEPTH + 1) {
        read_part(self->current, element, names, values);
        self->link = g_str_equal(element, "link") ? self->path->len : 0;
    }
    if (self->current != NULL) {
        write_start(self->whole, element, names, values);
    }
    if (self->current != NULL && self->link == 0) {
        write_start(self->text, element, names, values);
    }
}

static void
end_element(GMarkupParseContext *context G_GNUC_UNUSED, const char *element, gpointer data,
            GError **error G_GNUC_UNUSED)
{
    Reading *self = data;
    if (self->current != NULL) {
        g_string_append_printf(self->whole, "</%s>", element);
    }
    if (self->current != NULL && self->link == 0) {
        g_string_append_printf(self->text, "</%s>", element);
    }
    self->link = self->link == self->path->len ? 0 : self->link;
    if (self->current != NULL && self->path->len == DEVICE_DEPTH) {
        self->current->xml = g_strdup(self->text->str);
        self->current->whole = g_strdup(self->whole->str);
        g_string_truncate(self->text, 0);
        g_string_truncate(self->whole, 0);
        self->current = NULL;
    }
    g_ptr_array_set_size(self->path, (gint) self->path->len - 1);
}

static void
take_text(GMarkupParseContext *context G_GNUC_UNUSED, const char *text, gsize length, gpointer data,
          GError **error G_GNUC_UNUSED)
{
    Reading *self = data;
    if (self->current != NULL) {
        g_autofree char *escaped = g_markup_escape_text(text, (gssize) length);
        g_string_append(self->whole, escaped);
        g_string_append(self->text, self->link == 0 ? escaped : "");
    }
}

GPtrArray *
devices_read(const char *xml, const char *name, GError **error)
{
    static const GMarkupParser parser = {.start_element = start_element, .end_element = end_element, .text = take_text};
    g_autoptr(GPtrArray) path = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) whole = g_string_new(NULL);
    Reading reading = {.name = name, .devices = devices, .path = path, .text = text, .whole = whole};
    g_autoptr(GMarkupParseContext) context
        = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reading, NULL);
    if (!g_markup_parse_context_parse(context, xml, -1, error) || !g_markup_parse_context_end_parse(context, error)) {
        return NULL;
    }
    return g_steal_pointer(&devices);
}

GPtrArray *
devices_of(Command *command, MortiseDomain *domain, const char *name, gboolean inactive)
{
    g_autoptr(GError) error = NULL;
    MortiseXmlFlags flags = inactive ? MORTISE_XML_INACTIVE : MORTISE_XML_CURRENT;
    g_autofree char *xml = mortise_domain_get_xml(domain, flags, &error);
    GPtrArray *devices = xml != NULL ? devices_read(xml, name, &error) : NULL;
    if (devices == NULL) {
        command->status = report_error(command, error);
    }
    return devices;
}

const DeviceEntry *
devices_find(const GPtrArray *devices, const char *word)
{
    for (guint i = 0; i < devices->len; i++) {
        const DeviceEntry *entry = g_ptr_array_index(devices, i);
        if (g_strcmp0(entry->target, word) == 0 || g_strcmp0(entry->alias, word) == 0
            || (entry->mac != NULL && g_ascii_strcasecmp(entry->mac, word) == 0)) {
            return entry;
        }
    }
    return NULL;
}

char *
devices_with_link(const DeviceEntry *device, const char *state)
{
    const char *end = g_strrstr(device->xml, "</");
    return g_strdup_printf("%.*s<link state=\"%s\"/>%s", (int) (end - device->xml), device->xml, state, end);
}
