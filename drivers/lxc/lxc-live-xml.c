// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The XML of a running container: its definition with what was chosen at its start.
#include "domain-xml.h"
#include "lxc-engine.h"

static xmlNode *
find_child(xmlNode *node, const char *name)
{
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        if (domain_xml_is(child, name)) {
            return child;
        }
    }
    return NULL;
}

/* A child with that attribute, made where there is none. */
static void
set(xmlNode *node, const char *name, const char *attribute, const char *value)
{
    xmlNode *child = find_child(node, name);

    if (child == NULL) {
        child = xmlNewChild(node, NULL, (const xmlChar *) name, NULL);
    }
    (void) xmlSetProp(child, (const xmlChar *) attribute, (const xmlChar *) value);
}

/* The node of the copy that has the same place as one of the definition. */
static xmlNode *
counterpart(xmlNode *root, const xmlNode *node)
{
    guint place = 0;
    xmlNode *parent;
    xmlNode *child;

    if (node->parent == NULL || node->parent->type != XML_ELEMENT_NODE) {
        return root;
    }
    for (const xmlNode *at = node->prev; at != NULL; at = at->prev) {
        place++;
    }
    parent = counterpart(root, node->parent);
    child = parent->children;
    while (place-- > 0 && child != NULL) {
        child = child->next;
    }
    return child;
}

char *
lxc_live_xml(const LxcDefinition *definition, gint64 id)
{
    g_autoptr(xmlDoc) document = xmlCopyDoc(definition->base->document, 1);
    xmlNode *root = xmlDocGetRootElement(document);
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autoptr(GPtrArray) nodes = g_ptr_array_new();
    xmlChar *text = NULL;
    char *copy;
    int length = 0;

    // All are found before any is changed, since a change moves places.
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        g_ptr_array_add(nodes, counterpart(root, interface->device.node));
    }
    (void) xmlSetProp(root, (const xmlChar *) "id", (const xmlChar *) number);
    for (guint i = 0; i < nodes->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        if (interface->type == LXC_INTERFACE_PHYSICAL || nodes->pdata[i] == NULL) {
            continue;
        }
        set(nodes->pdata[i], "mac", "address", interface->mac);
        set(nodes->pdata[i], "guest", "dev", interface->guest_name);
        if (interface->host_name != NULL) {
            set(nodes->pdata[i], "target", "dev", interface->host_name);
        }
    }
    xmlDocDumpMemoryEnc(document, &text, &length, "UTF-8");
    copy = g_strdup((const char *) text);
    xmlFree(text);
    return copy;
}
