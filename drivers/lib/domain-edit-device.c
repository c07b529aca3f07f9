// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Putting a device into <devices>, taking it out, and replacing it.
#include <libxml/xmlsave.h>
#include <string.h>

#include "domain-definition.h"
#include "domain-device-match.h"
#include "domain-edit-private.h"
#include "domain-text.h"

#define STEP 2u

xmlDoc *
domain_edit_load(const char *xml, DriverFailure **failure)
{
    static const DomainXmlLimits limits = {DOMAIN_TEXT_LIMIT, DOMAIN_DEPTH_LIMIT, DOMAIN_ATTRIBUTE_LIMIT};
    g_autoptr(xmlDoc) document = domain_xml_load(xml, strlen(xml), &limits, "domain XML", failure);

    if (document != NULL && !domain_xml_is(xmlDocGetRootElement(document), "domain")) {
        driver_failure_set(failure, "invalid-xml", "domain XML", NULL, "the root element is not <domain>");
        return NULL;
    }
    return g_steal_pointer(&document);
}

/* One change on its way: the tree says what is meant, the text is what is changed. */
typedef struct {
    const char *xml;
    xmlDoc *document;
    xmlNode *devices;          /* NULL when there is none */
    DomainTextSpan root;
    DomainTextSpan devices_span;
    DomainDeviceXml device;
    char *name;
} Edit;

static void
edit_clear(Edit *edit)
{
    g_clear_pointer(&edit->document, xmlFreeDoc);
    domain_device_xml_clear(&edit->device);
    g_clear_pointer(&edit->name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Edit, edit_clear)

static gboolean
edit_begin(Edit *edit, const char *device, DriverFailure **failure)
{
    edit->document = domain_edit_load(edit->xml, failure);
    if (edit->document == NULL || !domain_device_xml_read(&edit->device, device, failure)) {
        return FALSE;
    }
    edit->devices = domain_device_child(xmlDocGetRootElement(edit->document), "devices");
    edit->name = domain_device_describe(edit->device.element);
    if (!domain_text_find(edit->xml, NULL, "domain", NULL, 0, &edit->root) ||
        (edit->devices != NULL &&
         !domain_text_find(edit->xml, &edit->root, "devices", NULL, 0, &edit->devices_span))) {
        driver_failure_set(failure, "invalid-xml", "domain/devices", NULL,
                           "<devices> is written in a way that cannot be changed");
        return FALSE;
    }
    return TRUE;
}

/* Where a child of <devices> stands in the text: elements are counted in both. */
static gboolean
find_span(const Edit *edit, const xmlNode *node, DomainTextSpan *span)
{
    gsize from = edit->devices_span.inside;

    for (const xmlNode *child = edit->devices->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE) {
            continue;
        }
        if (!domain_text_next(edit->xml, &edit->devices_span, from, span)) {
            return FALSE;
        }
        if (child == node) {
            return TRUE;
        }
        from = span->end;
    }
    return FALSE;
}

/* White space between elements goes, so that libxml2 can indent them anew. */
static void
strip_blanks(xmlNode *node)
{
    xmlNode *next;

    for (xmlNode *child = node->children; child != NULL; child = next) {
        next = child->next;
        if (child->type == XML_ELEMENT_NODE) {
            strip_blanks(child);
        } else if (xmlIsBlankNode(child) && xmlChildElementCount(node) > 0) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
}

/* The device as text, its lines as deep as `depth` columns. */
static char *
write_device(const Edit *edit, guint depth)
{
    xmlBuffer *buffer = xmlBufferCreate();
    char *text;

    strip_blanks(edit->device.element);
    (void) xmlNodeDump(buffer, edit->device.document, edit->device.element, (int) (depth / STEP), 1);
    text = g_strdup((const char *) xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

/* Columns that the line of an offset is indented by. */
static guint
depth_of(const char *text, gsize offset)
{
    guint depth = 0;

    while (offset > depth && text[offset - depth - 1] == ' ') {
        depth++;
    }
    return depth;
}

static char *
attach(const Edit *edit, DriverFailure **failure)
{
    const xmlNode *rival = domain_device_find_rival(edit->devices, edit->device.element);
    const xmlNode *last = NULL;
    DomainTextSpan span;

    if (rival != NULL) {
        driver_failure_set(failure, "invalid-argument", edit->name, "Detach that one first, or update it.",
                           "line %u has that device already: %s", domain_xml_line(rival), edit->name);
        return NULL;
    }
    if (edit->devices == NULL) {
        g_autofree char *device = write_device(edit, 2 * STEP);
        g_autofree char *whole = g_strdup_printf("<devices>\n    %s\n  </devices>", device);
        return domain_text_append(edit->xml, &edit->root, whole);
    }
    for (const xmlNode *child = edit->devices->children; child != NULL; child = child->next) {
        last = domain_xml_is(child, (const char *) edit->device.element->name) ? child : last;
    }
    if (last != NULL && find_span(edit, last, &span)) {
        g_autofree char *device = write_device(edit, depth_of(edit->xml, span.begin));
        return domain_text_insert_behind(edit->xml, &span, device);
    }
    g_autofree char *device = write_device(edit, depth_of(edit->xml, edit->devices_span.begin) + STEP);
    return domain_text_append(edit->xml, &edit->devices_span, device);
}

static char *
change(const Edit *edit, guint action, DriverFailure **failure)
{
    const xmlNode *found = domain_device_find(edit->devices, edit->device.element, failure);
    DomainTextSpan span;

    if (found == NULL) {
        return NULL;
    }
    if (!find_span(edit, found, &span)) {
        driver_failure_set(failure, "invalid-xml", "domain/devices", NULL,
                           "<devices> is written in a way that cannot be changed");
        return NULL;
    }
    if (action == MORTISE_DEVICE_DETACH) {
        return domain_text_cut(edit->xml, &span);
    }
    g_autofree char *device = write_device(edit, depth_of(edit->xml, span.begin));
    return domain_text_splice(edit->xml, span.begin, span.end, device);
}

char *
domain_edit_device(const char *xml, guint action, const char *device, char **what, DriverFailure **failure)
{
    g_auto(Edit) edit = {.xml = xml};
    g_autofree char *changed = NULL;

    if (!edit_begin(&edit, device, failure)) {
        return NULL;
    }
    changed = action == MORTISE_DEVICE_ATTACH ? attach(&edit, failure) : change(&edit, action, failure);
    if (changed != NULL && !domain_edit_check(changed, failure)) {
        return NULL;
    }
    if (changed != NULL && what != NULL) {
        *what = g_steal_pointer(&edit.name);
    }
    return g_steal_pointer(&changed);
}
