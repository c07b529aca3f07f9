// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Who a domain is, as its XML says; a document that has no UUID gets one, and is otherwise kept byte by byte.
#include "domain-xml-private.h"

#include "error.h"
#include "limits.h"

#include <string.h>

void
mortise_domain_xml_free(MortiseDomainXml *self)
{
    if (self == NULL) {
        return;
    }
    g_free(self->type);
    g_free(self->name);
    g_free(self->title);
    g_free(self->description);
    g_free(self->text);
    g_free(self);
}

char *
mortise_xml_splice(const char *text, gsize offset, gsize remove, const char *insert)
{
    return g_strdup_printf("%.*s%s%s", (int) offset, text, insert, text + offset + remove);
}

gsize
mortise_xml_blank_before(const char *text, gsize offset)
{
    gsize begin = offset;
    while (begin > 0 && strchr(" \t\r\n", text[begin - 1]) != NULL) {
        begin--;
    }
    return begin > 0 && text[begin - 1] == '>' ? begin : offset;
}

/* An empty element says as much as none. */
static char *
content_of(const MortiseXmlSpan *span)
{
    return span->present && span->content->len > 0 ? g_strdup(span->content->str) : NULL;
}

static guint64
memory_of(const MortiseXmlSpan *span)
{
    return span->present ? mortise_xml_memory_kib(span->content->str, span->attribute) : 0;
}

static guint
vcpus_of(const MortiseXmlSpan *span)
{
    guint64 number = 1;
    if (span->present) {
        g_autofree char *text = g_strstrip(g_strdup(span->attribute != NULL ? span->attribute : span->content->str));
        if (!g_ascii_string_to_unsigned(text, 10, 1, MORTISE_LIMIT_VCPUS, &number, NULL)) {
            return 1;
        }
    }
    return (guint) number;
}

/* The <uuid> goes behind <name>, on a line of its own when that has one. */
static char *
with_uuid(const MortiseXmlLayout *layout, const guint8 uuid[16])
{
    const MortiseXmlSpan *name = &layout->parts[MORTISE_PART_NAME];
    gsize blank = mortise_xml_blank_before(layout->text, name->begin);
    g_autofree char *uuid_text = mortise_uuid_to_text(uuid);
    g_autofree char *element = g_strdup_printf("%.*s<uuid>%s</uuid>", (int) (name->begin - blank), layout->text + blank,
                                               uuid_text);
    return mortise_xml_splice(layout->text, name->end, 0, element);
}

static void
take_uuid(MortiseDomainXml *self, const MortiseXmlLayout *layout)
{
    const MortiseXmlSpan *span = &layout->parts[MORTISE_PART_UUID];
    if (span->present) {
        g_autofree char *text = g_strstrip(g_strdup(span->content->str));
        (void) mortise_uuid_from_text(text, self->uuid);
        self->text = g_strdup(layout->text);
    } else {
        g_autofree char *text = g_uuid_string_random();
        (void) mortise_uuid_from_text(text, self->uuid);
        self->text = with_uuid(layout, self->uuid);
    }
    /* From the back to the front, so that the offsets hold: all of this stands before the root element. */
    gsize head = layout->head_end - layout->head_begin;
    gsize length = strlen(self->text);
    memmove(self->text + layout->head_begin, self->text + layout->head_end, length - layout->head_end + 1);
    memmove(self->text, self->text + layout->document, length - head - layout->document + 1);
}

MortiseDomainXml *
mortise_domain_xml_parse(const char *text, GError **error)
{
    g_auto(MortiseXmlLayout) layout = {0};
    if (!mortise_xml_layout_scan(&layout, text, NULL, error)) {
        return NULL;
    }
    g_autoptr(MortiseDomainXml) self = g_new0(MortiseDomainXml, 1);
    const MortiseXmlSpan *parts = layout.parts;
    self->type = g_steal_pointer(&layout.type);
    self->name = g_strdup(parts[MORTISE_PART_NAME].content->str);
    self->title = content_of(&parts[MORTISE_PART_TITLE]);
    self->description = content_of(&parts[MORTISE_PART_DESCRIPTION]);
    self->memory_kib = memory_of(&parts[MORTISE_PART_MEMORY]);
    self->current_memory_kib = parts[MORTISE_PART_CURRENT_MEMORY].present
        ? memory_of(&parts[MORTISE_PART_CURRENT_MEMORY]) : self->memory_kib;
    self->vcpus = vcpus_of(&parts[MORTISE_PART_VCPU]);
    take_uuid(self, &layout);
    if (strlen(self->text) > MORTISE_LIMIT_XML_BYTES) {
        mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, self->name, NULL,
                          "domain XML: it has more than %d bytes with its UUID", MORTISE_LIMIT_XML_BYTES);
        return NULL;
    }
    return g_steal_pointer(&self);
}
