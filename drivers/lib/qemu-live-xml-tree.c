// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Adding elements with their indentation, setting attributes and texts, writing the tree out.
#include "qemu-live-xml-tree.h"

#include <libxml/xmlsave.h>

#include "domain-xml.h"

#define STEP "  "

static char *
line_break(const xmlNode *node)
{
    GString *text = g_string_new("\n");

    for (const xmlNode *at = node; at->parent != NULL && at->parent->type == XML_ELEMENT_NODE; at = at->parent) {
        g_string_append(text, STEP);
    }
    return g_string_free(text, FALSE);
}

static void
add_text(xmlNode *parent, const char *text)
{
    (void) xmlAddChild(parent, xmlNewDocText(parent->doc, (const xmlChar *) text));
}

xmlNode *
qemu_live_add_child(xmlNode *parent, const char *name)
{
    xmlNode *child = xmlNewDocNode(parent->doc, NULL, (const xmlChar *) name, NULL);
    xmlNode *last = parent->last;
    g_autofree char *closing = line_break(parent);

    if (last == NULL) {
        add_text(parent, closing);
        last = parent->last;
    }
    /* What stands before the closing tag, if it is white, indents the new child one step deeper. */
    if (xmlIsBlankNode(last)) {
        xmlNodeAddContent(last, (const xmlChar *) STEP);
        (void) xmlAddChild(parent, child);
        add_text(parent, closing);
    } else {
        (void) xmlAddChild(parent, child);
    }
    return child;
}

xmlNode *
qemu_live_child(xmlNode *parent, const char *name)
{
    for (xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (domain_xml_is(child, name)) {
            return child;
        }
    }
    return qemu_live_add_child(parent, name);
}

void
qemu_live_set(xmlNode *node, const char *attribute, const char *value)
{
    (void) xmlSetProp(node, (const xmlChar *) attribute, (const xmlChar *) value);
}

void
qemu_live_set_number(xmlNode *node, const char *attribute, guint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

    qemu_live_set(node, attribute, text);
}

void
qemu_live_unset(xmlNode *node, const char *attribute)
{
    (void) xmlUnsetProp(node, (const xmlChar *) attribute);
}

gboolean
qemu_live_has(const xmlNode *node, const char *attribute)
{
    return xmlHasNsProp((xmlNode *) node, (const xmlChar *) attribute, NULL) != NULL;
}

void
qemu_live_set_text(xmlNode *node, const char *text)
{
    xmlNodeSetContent(node, NULL);
    xmlNodeAddContent(node, (const xmlChar *) text);
}

char *
qemu_live_document_text(xmlDoc *document)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *save = xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_DECL);
    char *text = NULL;

    if (save != NULL) {
        gboolean saved = xmlSaveDoc(save, document) >= 0;

        saved = xmlSaveClose(save) >= 0 && saved;
        text = saved ? g_strdup((const char *) xmlBufferContent(buffer)) : NULL;
    }
    xmlBufferFree(buffer);
    return text;
}
