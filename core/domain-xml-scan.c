// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the parts of a domain's XML that the core knows: their text, and where they stand.
#include "domain-xml-private.h"

#include "domain-xml-reader.h"
#include "error.h"
#include "limits.h"

#include <string.h>

#define WHAT "domain XML"
#define TYPE_BYTES 32

typedef struct {
    MortiseXmlLayout *layout;
    const char *metadata_uri;
    gboolean in_metadata;
    int open;      /* the part whose text is being read; -1: none */
} Scan;

static const struct {
    const char *name;
    MortiseXmlPart part;
    const char *attribute;
} known[] = {
    {"name", MORTISE_PART_NAME, NULL},
    {"uuid", MORTISE_PART_UUID, NULL},
    {"title", MORTISE_PART_TITLE, NULL},
    {"description", MORTISE_PART_DESCRIPTION, NULL},
    {"metadata", MORTISE_PART_METADATA, NULL},
    {"memory", MORTISE_PART_MEMORY, "unit"},
    {"currentMemory", MORTISE_PART_CURRENT_MEMORY, "unit"},
    {"vcpu", MORTISE_PART_VCPU, "current"},
};

G_GNUC_PRINTF(5, 6)
static gboolean
refuse(Scan *scan, gsize offset, const char *object, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *line = mortise_xml_one_line(why);
    mortise_error_set(error, MORTISE_ERROR_INVALID_XML, object, NULL, WHAT ", line %u: %s",
                      mortise_xml_line(scan->layout->text, offset), line);
    return FALSE;
}

static gboolean
is_type(const char *type)
{
    for (const char *at = type; *at != '\0'; at++) {
        if (!g_ascii_isalnum(*at) && strchr("_-", *at) == NULL) {
            return FALSE;
        }
    }
    return type[0] != '\0' && strlen(type) <= TYPE_BYTES;
}

static gboolean
start_root(Scan *scan, const MortiseXmlElement *element, GError **error)
{
    if (element->uri != NULL || !g_str_equal(element->name, "domain")) {
        return refuse(scan, element->begin, element->name, error, "the root element is <%.64s>%s, not <domain>",
                      element->name, element->uri != NULL ? " of a namespace" : "");
    }
    scan->layout->type = mortise_xml_attribute(element, "type");
    if (scan->layout->type == NULL) {
        return refuse(scan, element->begin, "domain", error, "<domain> has no type attribute");
    }
    if (!is_type(scan->layout->type)) {
        return refuse(scan, element->begin, "domain", error,
                      "the type of <domain> is not 1 to %d letters, digits, '_' and '-'", TYPE_BYTES);
    }
    return TRUE;
}

static gboolean
start_part(Scan *scan, const MortiseXmlElement *element, MortiseXmlPart part, const char *attribute, GError **error)
{
    MortiseXmlSpan *span = &scan->layout->parts[part];
    if (span->present) {
        return refuse(scan, element->begin, element->name, error, "<%.64s> is given twice, first in line %u",
                      element->name, mortise_xml_line(scan->layout->text, span->begin));
    }
    span->present = TRUE;
    span->begin = element->begin;
    span->inside = element->inside;
    span->attribute = attribute != NULL ? mortise_xml_attribute(element, attribute) : NULL;
    if (part == MORTISE_PART_METADATA) {
        scan->in_metadata = TRUE;
    } else if (part != MORTISE_PART_METADATA_CHILD) {
        span->content = g_string_new(NULL);
        scan->open = (int) part;
    }
    return TRUE;
}

static gboolean
on_start(const MortiseXmlElement *element, gpointer data, GError **error)
{
    Scan *scan = data;
    if (element->depth == 1) {
        return start_root(scan, element, error);
    }
    if (scan->open >= 0) {
        const MortiseXmlSpan *span = &scan->layout->parts[scan->open];
        return refuse(scan, element->begin, element->name, error,
                      "<%.64s> stands in an element of line %u that holds only text", element->name,
                      mortise_xml_line(scan->layout->text, span->begin));
    }
    if (element->depth == 2 && element->uri == NULL) {
        for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
            if (g_str_equal(element->name, known[i].name)) {
                return start_part(scan, element, known[i].part, known[i].attribute, error);
            }
        }
    }
    gboolean child = element->depth == 3 && scan->in_metadata && scan->metadata_uri != NULL;
    if (child && g_strcmp0(element->uri, scan->metadata_uri) == 0) {
        return start_part(scan, element, MORTISE_PART_METADATA_CHILD, NULL, error);
    }
    return TRUE;
}

/* A part that is begun and not yet ended has no end. */
static void
end_part(Scan *scan, MortiseXmlPart part, gsize end)
{
    MortiseXmlSpan *span = &scan->layout->parts[part];
    if (!span->present || span->end != 0) {
        return;
    }
    const char *text = scan->layout->text;
    span->end = end;
    span->outside = end > span->inside ? (gsize) ((const char *) memrchr(text, '<', end) - text) : end;
}

static gboolean
on_end(guint depth, gsize end, gpointer data, GError **error)
{
    Scan *scan = data;
    (void) error;
    if (depth == 3 && scan->in_metadata) {
        end_part(scan, MORTISE_PART_METADATA_CHILD, end);
    } else if (depth == 2 && scan->open >= 0) {
        end_part(scan, (MortiseXmlPart) scan->open, end);
        scan->open = -1;
    } else if (depth == 2 && scan->in_metadata) {
        end_part(scan, MORTISE_PART_METADATA, end);
        scan->in_metadata = FALSE;
    }
    return TRUE;
}

static void
on_text(const char *text, gsize length, gpointer data)
{
    Scan *scan = data;
    if (scan->open >= 0) {
        g_string_append_len(scan->layout->parts[scan->open].content, text, (gssize) length);
    }
}

static void
on_instruction(const char *target, guint depth, gsize end, gpointer data)
{
    Scan *scan = data;
    MortiseXmlLayout *layout = scan->layout;
    if (depth == 0 && layout->type == NULL && layout->head_end == 0 && g_str_equal(target, "mortise")) {
        const char *begin = g_strrstr_len(layout->text, (gssize) end, "<?");
        layout->head_begin = (gsize) (begin - layout->text);
        layout->head_end = end + strspn(layout->text + end, "\r\n");
    }
}

static gboolean
check_name(Scan *scan, GError **error)
{
    const MortiseXmlSpan *span = &scan->layout->parts[MORTISE_PART_NAME];
    if (!span->present) {
        return refuse(scan, scan->layout->document, "name", error, "<domain> has no <name>");
    }
    const char *name = span->content->str;
    g_autofree char *stripped = g_strstrip(g_strdup(name));
    if (stripped[0] == '\0') {
        return refuse(scan, span->begin, "name", error, "the name is empty");
    }
    if (span->content->len > MORTISE_LIMIT_NAME_BYTES) {
        return refuse(scan, span->begin, "name", error,
                      "the name has %" G_GSIZE_FORMAT " bytes, at most %d are allowed",
                      span->content->len, MORTISE_LIMIT_NAME_BYTES);
    }
    if (strchr(name, '/') != NULL) {
        return refuse(scan, span->begin, "name", error, "the name \"%s\" has a '/' in it", stripped);
    }
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            return refuse(scan, span->begin, "name", error,
                          "the name has a line break or another control character in it");
        }
    }
    if (g_str_equal(name, ".") || g_str_equal(name, "..")) {
        return refuse(scan, span->begin, "name", error, "\"%s\" cannot be a name", name);
    }
    return TRUE;
}

static gboolean
check_rest(Scan *scan, GError **error)
{
    const MortiseXmlSpan *uuid = &scan->layout->parts[MORTISE_PART_UUID];
    const MortiseXmlSpan *title = &scan->layout->parts[MORTISE_PART_TITLE];
    guint8 bytes[16];
    if (uuid->present) {
        g_autofree char *text = g_strstrip(g_strdup(uuid->content->str));
        if (!mortise_uuid_from_text(text, bytes)) {
            return refuse(scan, uuid->begin, "uuid", error,
                          "\"%.64s\" is no UUID, which has 32 hexadecimal digits, with or without hyphens", text);
        }
    }
    if (title->present && strpbrk(title->content->str, "\r\n") != NULL) {
        return refuse(scan, title->begin, "title", error, "the title has more than one line");
    }
    return TRUE;
}

/* Behind the XML declaration and the white space after it. */
static gsize
document_begin(const char *text)
{
    if (!g_str_has_prefix(text, "<?xml") || !g_ascii_isspace(text[5])) {
        return 0;
    }
    const char *end = strstr(text, "?>");
    return end != NULL ? (gsize) (end - text) + 2 + strspn(end + 2, " \t\r\n") : 0;
}

gboolean
mortise_xml_layout_scan(MortiseXmlLayout *self, const char *text, const char *metadata_uri, GError **error)
{
    static const MortiseXmlHandlers handlers = {on_start, on_end, on_text, on_instruction};
    *self = (MortiseXmlLayout) {.text = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text};
    self->document = document_begin(self->text);
    Scan scan = {.layout = self, .metadata_uri = metadata_uri, .open = -1};
    return mortise_xml_read(self->text, WHAT, &handlers, &scan, error) && check_name(&scan, error)
        && check_rest(&scan, error);
}

void
mortise_xml_layout_clear(MortiseXmlLayout *self)
{
    g_clear_pointer(&self->type, g_free);
    for (int i = 0; i < MORTISE_PART_COUNT; i++) {
        g_clear_pointer(&self->parts[i].attribute, g_free);
        if (self->parts[i].content != NULL) {
            g_string_free(self->parts[i].content, TRUE);
            self->parts[i].content = NULL;
        }
    }
}
