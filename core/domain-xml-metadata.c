// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The metadata of applications: one element for each namespace, kept in the domain's XML.
#include "domain-xml-private.h"

#include "domain-xml-reader.h"
#include "error.h"

#include <libxml/tree.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static gboolean
is_uri(const xmlNs *space, const char *uri)
{
    g_autofree char *plain = space != NULL ? mortise_xml_plain((const char *) space->href) : NULL;
    return g_strcmp0(plain, uri) == 0;
}

static gboolean
is_in(const xmlNode *node, const char *uri)
{
    return node->type == XML_ELEMENT_NODE && is_uri(node->ns, uri);
}

/* The next node in document order below `root`; NULL at the end. */
static xmlNodePtr
next_node(xmlNodePtr node, const xmlNode *root)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
        return node->children;
    }
    while (node != root && node->next == NULL) {
        node = node->parent;
    }
    return node != root ? node->next : NULL;
}

static gboolean
is_used(xmlNodePtr root, const xmlNs *space)
{
    for (xmlNodePtr node = root; node != NULL; node = next_node(node, root)) {
        if (node->type != XML_ELEMENT_NODE) {
            continue;
        }
        for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
            if (attribute->ns == space) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

/* A declaration that an attribute still uses stays. */
static void
drop_declarations(xmlNodePtr node, const char *uri)
{
    xmlNsPtr *link = &node->nsDef;
    while (*link != NULL) {
        xmlNsPtr space = *link;
        if (is_uri(space, uri) && !is_used(node, space)) {
            *link = space->next;
            xmlFreeNs(space);
        } else {
            link = &space->next;
        }
    }
}

/* What set_metadata put on comes off again: elements are handed out as the application gave them. */
static void
take_out_of_namespace(xmlNodePtr root, const char *uri)
{
    for (xmlNodePtr node = root; node != NULL; node = next_node(node, root)) {
        if (is_in(node, uri)) {
            node->ns = NULL;
        }
    }
    for (xmlNodePtr node = root; node != NULL; node = next_node(node, root)) {
        if (node->type == XML_ELEMENT_NODE) {
            drop_declarations(node, uri);
        }
    }
}

/* The library writes the names of namespaces as they are, so they are escaped beforehand. */
static void
escape_declarations(xmlNodePtr node)
{
    for (xmlNsPtr space = node->nsDef; space != NULL; space = space->next) {
        g_autofree char *plain = mortise_xml_plain((const char *) space->href);
        g_autofree char *escaped = g_markup_escape_text(plain != NULL ? plain : "", -1);
        xmlFree((xmlChar *) space->href);
        space->href = xmlStrdup((const xmlChar *) escaped);
    }
}

/* The tree is of no use afterwards. */
static char *
dump(xmlDocPtr document, xmlNodePtr root)
{
    for (xmlNodePtr node = root; node != NULL; node = next_node(node, root)) {
        if (node->type == XML_ELEMENT_NODE) {
            escape_declarations(node);
        }
    }
    xmlBufferPtr buffer = xmlBufferCreate();
    char *text = buffer != NULL && xmlNodeDump(buffer, document, root, 0, 0) >= 0
        ? g_strdup((const char *) xmlBufferContent(buffer)) : NULL;
    xmlBufferFree(buffer);
    return text;
}

static gboolean
check_uri(const char *uri, GError **error)
{
    if (uri != NULL && (g_str_equal(uri, (const char *) XML_XML_NAMESPACE)
                        || g_str_equal(uri, "http://www.w3.org/2000/xmlns/"))) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "uri", NULL,
                          "%s is a part of XML and cannot be a namespace of metadata", uri);
        return FALSE;
    }
    gboolean text = uri != NULL && g_utf8_validate(uri, -1, NULL) && mortise_xml_is_text(uri);
    if (!text || uri[0] == '\0' || strpbrk(uri, "\t\r\n") != NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "uri", NULL,
                          "the namespace of metadata is empty or not text");
        return FALSE;
    }
    return TRUE;
}

static xmlNodePtr
find_child(xmlDocPtr document, const char *uri)
{
    xmlNodePtr root = xmlDocGetRootElement(document);
    for (xmlNodePtr node = root != NULL ? root->children : NULL; node != NULL; node = node->next) {
        gboolean metadata = node->type == XML_ELEMENT_NODE && node->ns == NULL
            && g_str_equal((const char *) node->name, "metadata");
        for (xmlNodePtr child = metadata ? node->children : NULL; child != NULL; child = child->next) {
            if (is_in(child, uri)) {
                return child;
            }
        }
    }
    return NULL;
}

char *
mortise_domain_xml_get_metadata(const char *text, const char *uri, GError **error)
{
    g_autoptr(xmlDoc) document = check_uri(uri, error) ? mortise_xml_read_tree(text, "domain XML", error) : NULL;
    if (document == NULL) {
        return NULL;
    }
    xmlNodePtr child = find_child(document, uri);
    if (child == NULL) {
        mortise_error_set(error, MORTISE_ERROR_NO_METADATA, uri, NULL,
                          "the domain has no metadata of the namespace %s", uri);
        return NULL;
    }
    /* A copy declares the namespaces of its ancestors that it uses. */
    xmlNodePtr copy = xmlDocCopyNode(child, document, 1);
    if (copy == NULL) {
        mortise_error_set(error, MORTISE_ERROR_INTERNAL, uri, NULL,
                          "no memory for the metadata of the namespace %s", uri);
        return NULL;
    }
    take_out_of_namespace(copy, uri);
    char *result = dump(document, copy);
    xmlFreeNode(copy);
    return result;
}

static gboolean
check_key(const char *key, GError **error)
{
    gboolean name = key != NULL && g_utf8_validate(key, -1, NULL) && xmlValidateNCName((const xmlChar *) key, 0) == 0;
    if (!name || g_ascii_strncasecmp(key, "xml", 3) == 0) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "key", "give a short word such as \"app\"",
                          "\"%s\" cannot be the prefix of a namespace", key != NULL ? key : "");
        return FALSE;
    }
    return TRUE;
}

/* The element with all that is in no namespace put into the one of `uri`. */
static char *
put_into_namespace(const char *element, const char *uri, const char *key, GError **error)
{
    g_autoptr(xmlDoc) document = mortise_xml_read_tree(element, "metadata", error);
    if (document == NULL) {
        return NULL;
    }
    xmlNodePtr root = xmlDocGetRootElement(document);
    if (root->ns != NULL) {
        if (is_in(root, uri)) {
            return dump(document, root);
        }
        g_autofree char *other = mortise_xml_one_line((const char *) root->ns->href);
        mortise_error_set(error, MORTISE_ERROR_INVALID_XML, (const char *) root->name, NULL,
                          "metadata: <%s> is in the namespace %s, not in %s", (const char *) root->name, other, uri);
        return NULL;
    }
    g_auto(GStrv) parts = g_strsplit(uri, "&", -1);
    g_autofree char *as_parsed = g_strjoinv("&#38;", parts);
    xmlNsPtr space = xmlNewNs(root, (const xmlChar *) as_parsed, (const xmlChar *) key);
    if (space == NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, key, "use another prefix",
                          "metadata: the prefix \"%s\" already stands for another namespace in <%s>", key,
                          (const char *) root->name);
        return NULL;
    }
    for (xmlNodePtr node = root; node != NULL; node = next_node(node, root)) {
        if (node->type == XML_ELEMENT_NODE && node->ns == NULL) {
            xmlSetNs(node, space);
        }
    }
    return dump(document, root);
}

/* Where there is no child of that namespace yet. */
static char *
add_child(const MortiseXmlLayout *layout, const char *child)
{
    const MortiseXmlSpan *metadata = &layout->parts[MORTISE_PART_METADATA];
    if (!metadata->present) {
        g_autofree char *element = g_strdup_printf("<metadata>%s</metadata>", child);
        return mortise_xml_insert_part(layout, MORTISE_PART_METADATA, element);
    }
    if (metadata->inside == metadata->end) {
        /* "<metadata/>", perhaps with attributes, becomes a pair of tags. */
        gsize slash = metadata->end - strlen("/>");
        g_autofree char *element = g_strdup_printf(">%s</metadata>", child);
        return mortise_xml_splice(layout->text, slash, strlen("/>"), element);
    }
    return mortise_xml_splice(layout->text, metadata->outside, 0, child);
}

char *
mortise_domain_xml_set_metadata(const char *text, const char *uri, const char *key, const char *element,
                                GError **error)
{
    g_auto(MortiseXmlLayout) layout = {0};
    if (!check_uri(uri, error) || (element != NULL && !check_key(key, error))
        || !mortise_xml_layout_scan(&layout, text, uri, error)) {
        return NULL;
    }
    const MortiseXmlSpan *child = &layout.parts[MORTISE_PART_METADATA_CHILD];
    if (element == NULL) {
        return child->present ? mortise_xml_checked(mortise_xml_cut(layout.text, child), error) : g_strdup(layout.text);
    }
    g_autofree char *made = put_into_namespace(element, uri, key, error);
    if (made == NULL) {
        return NULL;
    }
    char *result = child->present ? mortise_xml_splice(layout.text, child->begin, child->end - child->begin, made)
                                  : add_child(&layout, made);
    return mortise_xml_checked(result, error);
}
