// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Capabilities documents of several drivers made into one: the host of the first, the guests of all.
#include "capabilities.h"

#include "error.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static xmlDoc *
read_document(const char *text, GError **error)
{
    g_autoptr(xmlDoc)
        document = xmlReadMemory(text, (int) strlen(text), "capabilities", NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
    xmlNode *root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    if (root == NULL || !xmlStrEqual(root->name, BAD_CAST "capabilities")) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, "capabilities",
                          "report this to the driver's vendor",
                          "a driver returned capabilities that are no <capabilities> document");
        return NULL;
    }
    return g_steal_pointer(&document);
}

static void
take_guests(xmlDoc *from, xmlDoc *into)
{
    xmlNode *target = xmlDocGetRootElement(into);
    for (xmlNode *child = xmlFirstElementChild(xmlDocGetRootElement(from)); child != NULL;
         child = xmlNextElementSibling(child)) {
        if (xmlStrEqual(child->name, BAD_CAST "guest")) {
            (void) xmlAddChild(target, xmlDocCopyNode(child, into, 1));
        }
    }
}

char *
capabilities_merge(GPtrArray *documents, GError **error)
{
    g_autoptr(xmlDoc) merged = read_document(g_ptr_array_index(documents, 0), error);
    if (merged == NULL) {
        return NULL;
    }
    for (guint i = 1; i < documents->len; i++) {
        g_autoptr(xmlDoc) next = read_document(g_ptr_array_index(documents, i), error);
        if (next == NULL) {
            return NULL;
        }
        take_guests(next, merged);
    }
    xmlBuffer *buffer = xmlBufferCreate();
    (void) xmlNodeDump(buffer, merged, xmlDocGetRootElement(merged), 0, 1);
    char *text = g_strconcat((const char *) xmlBufferContent(buffer), "\n", NULL);
    xmlBufferFree(buffer);
    return text;
}
