// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changes one part of a domain's XML by cutting and inserting text, so that all else stays as it was, byte by byte.
#include "domain-xml-private.h"

#include "domain-xml-reader.h"
#include "error.h"

#include <string.h>

/* A new part goes behind the last of those before it that is there. */
static const MortiseXmlPart order[] = {
    MORTISE_PART_NAME, MORTISE_PART_UUID, MORTISE_PART_TITLE, MORTISE_PART_DESCRIPTION, MORTISE_PART_METADATA,
};

char *
mortise_xml_checked(char *made, GError **error)
{
    g_autofree char *text = made;
    g_auto(MortiseXmlLayout) layout = {0};
    return mortise_xml_layout_scan(&layout, text, NULL, error) ? g_steal_pointer(&text) : NULL;
}

char *
mortise_xml_cut(const char *text, const MortiseXmlSpan *span)
{
    gsize begin = mortise_xml_blank_before(text, span->begin);
    return mortise_xml_splice(text, begin, span->end - begin, "");
}

char *
mortise_xml_insert_part(const MortiseXmlLayout *layout, MortiseXmlPart part, const char *element)
{
    const MortiseXmlSpan *before = &layout->parts[MORTISE_PART_NAME];
    for (gsize i = 0; i < G_N_ELEMENTS(order) && order[i] != part; i++) {
        if (layout->parts[order[i]].present) {
            before = &layout->parts[order[i]];
        }
    }
    gsize blank = mortise_xml_blank_before(layout->text, before->begin);
    g_autofree char *insert = g_strdup_printf("%.*s%s", (int) (before->begin - blank), layout->text + blank, element);
    return mortise_xml_splice(layout->text, before->end, 0, insert);
}

static char *
set_part(const char *text, MortiseXmlPart part, const char *element, GError **error)
{
    g_auto(MortiseXmlLayout) layout = {0};
    if (!mortise_xml_layout_scan(&layout, text, NULL, error)) {
        return NULL;
    }
    const MortiseXmlSpan *span = &layout.parts[part];
    if (element == NULL) {
        return span->present ? mortise_xml_checked(mortise_xml_cut(layout.text, span), error) : g_strdup(layout.text);
    }
    if (span->present) {
        char *made = mortise_xml_splice(layout.text, span->begin, span->end - span->begin, element);
        return mortise_xml_checked(made, error);
    }
    return mortise_xml_checked(mortise_xml_insert_part(&layout, part, element), error);
}

/* NULL with invalid-argument. A carriage return would be read as a line feed, were it not written as a reference. */
static char *
make_element(const char *name, const char *content, GError **error)
{
    if (!g_utf8_validate(content, -1, NULL) || !mortise_xml_is_text(content)) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, NULL,
                          "the %s is not UTF-8, or has a character that XML cannot hold", name);
        return NULL;
    }
    g_autofree char *escaped = g_markup_escape_text(content, -1);
    g_auto(GStrv) lines = g_strsplit(escaped, "\r", -1);
    g_autofree char *kept = g_strjoinv("&#13;", lines);
    return g_strdup_printf("<%s>%s</%s>", name, kept, name);
}

static char *
set_text_part(const char *text, MortiseXmlPart part, const char *name, const char *content, GError **error)
{
    if (content == NULL) {
        return set_part(text, part, NULL, error);
    }
    g_autofree char *element = make_element(name, content, error);
    return element != NULL ? set_part(text, part, element, error) : NULL;
}

char *
mortise_domain_xml_set_name(const char *text, const char *name, GError **error)
{
    return set_text_part(text, MORTISE_PART_NAME, "name", name, error);
}

char *
mortise_domain_xml_set_title(const char *text, const char *title, GError **error)
{
    if (title != NULL && strpbrk(title, "\r\n") != NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "title", "keep more text in the description",
                          "the title has more than one line");
        return NULL;
    }
    return set_text_part(text, MORTISE_PART_TITLE, "title", title, error);
}

char *
mortise_domain_xml_set_description(const char *text, const char *description, GError **error)
{
    return set_text_part(text, MORTISE_PART_DESCRIPTION, "description", description, error);
}
