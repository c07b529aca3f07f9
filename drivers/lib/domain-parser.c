// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Marking what is taken, and reporting what is wrong or left over.
#include "domain-parser.h"

#include "domain-units.h"
#include "domain-xml.h"

#define UNSUPPORTED "element-unsupported"
#define INVALID "invalid-xml"

/* In the `_private` of an element, attribute or text: somebody took it. */
#define TAKEN GUINT_TO_POINTER(1)

void
domain_report(DomainDefinition *definition, const xmlNode *node, const char *attribute, const char *reason,
              const char *hint, const char *format, ...)
{
    g_autofree char *path = domain_xml_path(node, attribute);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    domain_findings_add(definition->findings, domain_xml_line(node), reason, path, hint, "%s", message);
}

static xmlNode *
next_child(xmlNode *at, const char *name)
{
    for (; at != NULL; at = at->next) {
        if (domain_xml_is(at, name)) {
            return at;
        }
    }
    return NULL;
}

xmlNode *
domain_take_next(xmlNode *parent, xmlNode *previous, const char *name)
{
    xmlNode *child = next_child(previous != NULL ? previous->next : parent->children, name);

    if (child != NULL) {
        child->_private = TAKEN;
    }
    return child;
}

xmlNode *
domain_take_child(DomainDefinition *definition, xmlNode *parent, const char *name)
{
    xmlNode *child = domain_take_next(parent, NULL, name);
    xmlNode *another = child;

    while (another != NULL && (another = domain_take_next(parent, another, name)) != NULL) {
        domain_report(definition, another, NULL, INVALID, "Keep one of them.", "<%s> is given more than once", name);
        domain_take_whole(another);
    }
    return child;
}

void
domain_take_node(xmlNode *node)
{
    node->_private = TAKEN;
}

char *
domain_take_attribute(xmlNode *node, const char *name)
{
    xmlAttr *attribute = xmlHasNsProp(node, (const xmlChar *) name, NULL);
    xmlChar *value;
    char *copy;

    if (attribute == NULL) {
        return NULL;
    }
    attribute->_private = TAKEN;
    value = xmlNodeListGetString(node->doc, attribute->children, 1);
    copy = g_strdup(value != NULL ? (const char *) value : "");
    xmlFree(value);
    return copy;
}

char *
domain_take_needed(DomainDefinition *definition, xmlNode *node, const char *name)
{
    g_autofree char *value = domain_take_attribute(node, name);

    if (value == NULL || *value == '\0') {
        domain_report(definition, node, name, INVALID, NULL, "the attribute %s is missing or empty", name);
        return NULL;
    }
    return g_steal_pointer(&value);
}

static char *
list_words(const DomainWord *words)
{
    GString *list = g_string_new(NULL);

    for (; words->word != NULL; words++) {
        g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", words->word);
    }
    return g_string_free(list, FALSE);
}

static gint
find_word(DomainDefinition *definition, xmlNode *node, const char *attribute, const char *word,
          const DomainWord *words, gint fallback)
{
    g_autofree char *list = NULL;

    for (const DomainWord *row = words; row->word != NULL; row++) {
        if (g_strcmp0(row->word, word) == 0) {
            return row->value;
        }
    }
    list = list_words(words);
    domain_report(definition, node, attribute, UNSUPPORTED, NULL, "'%s' is not supported here; known: %s", word,
                  list);
    return fallback;
}

gint
domain_take_word(DomainDefinition *definition, xmlNode *node, const char *name, const DomainWord *words, gint fallback)
{
    g_autofree char *word = domain_take_attribute(node, name);

    return word != NULL ? find_word(definition, node, name, word, words, fallback) : fallback;
}

gint
domain_take_needed_word(DomainDefinition *definition, xmlNode *node, const char *name, const DomainWord *words,
                        gint fallback)
{
    g_autofree char *word = domain_take_needed(definition, node, name);

    return word != NULL ? find_word(definition, node, name, word, words, fallback) : fallback;
}

gboolean
domain_take_kind(DomainDefinition *definition, xmlNode *node, const char *name, const DomainWord *words,
                 gint fallback, gint *kind)
{
    g_autofree char *word = fallback >= 0 ? domain_take_attribute(node, name)
                                          : domain_take_needed(definition, node, name);

    *kind = word != NULL ? find_word(definition, node, name, word, words, -1) : fallback;
    if (*kind < 0) {
        domain_take_whole(node);
    }
    return *kind >= 0;
}

DomainSwitch
domain_take_switch(DomainDefinition *definition, xmlNode *node, const char *name)
{
    static const DomainWord words[] = {
        {"yes", DOMAIN_SWITCH_ON}, {"on", DOMAIN_SWITCH_ON}, {"no", DOMAIN_SWITCH_OFF}, {"off", DOMAIN_SWITCH_OFF},
        {NULL, 0},
    };

    return (DomainSwitch) domain_take_word(definition, node, name, words, DOMAIN_SWITCH_DEFAULT);
}

gboolean
domain_take_number(DomainDefinition *definition, xmlNode *node, const char *name, guint64 minimum, guint64 maximum,
                   guint64 *value)
{
    g_autofree char *text = domain_take_attribute(node, name);

    if (text == NULL) {
        return FALSE;
    }
    if (domain_number_parse(text, minimum, maximum, value)) {
        return TRUE;
    }
    if (minimum == maximum) {
        domain_report(definition, node, name, UNSUPPORTED, NULL,
                      "'%s' is not supported here; known: %" G_GUINT64_FORMAT, text, minimum);
    } else {
        domain_report(definition, node, name, INVALID, NULL,
                      "'%s' is not a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, text, minimum, maximum);
    }
    return FALSE;
}

static char *
require_path(DomainDefinition *definition, xmlNode *node, const char *attribute, char *path)
{
    if (path == NULL || g_path_is_absolute(path)) {
        return path;
    }
    domain_report(definition, node, attribute, INVALID, "Write the path from / on.", "'%s' is not an absolute path",
                  path);
    g_free(path);
    return NULL;
}

char *
domain_take_path(DomainDefinition *definition, xmlNode *node, const char *name)
{
    return require_path(definition, node, name, domain_take_attribute(node, name));
}

static gboolean
is_text(const xmlNode *node)
{
    return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

char *
domain_take_exact_text(xmlNode *node)
{
    GString *text = g_string_new(NULL);

    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        if (is_text(child)) {
            child->_private = TAKEN;
            g_string_append(text, (const char *) child->content);
        }
    }
    return g_string_free(text, FALSE);
}

char *
domain_take_text(xmlNode *node)
{
    return g_strstrip(domain_take_exact_text(node));
}

char *
domain_take_path_text(DomainDefinition *definition, xmlNode *node)
{
    return require_path(definition, node, NULL, domain_take_text(node));
}

gint
domain_take_word_text(DomainDefinition *definition, xmlNode *node, const DomainWord *words, gint fallback)
{
    g_autofree char *word = domain_take_text(node);

    return find_word(definition, node, NULL, word, words, fallback);
}

void
domain_take_ignored(xmlNode *node, const char *name)
{
    xmlAttr *attribute = xmlHasNsProp(node, (const xmlChar *) name, NULL);

    if (attribute != NULL) {
        attribute->_private = TAKEN;
    }
}

void
domain_take_whole(xmlNode *node)
{
    node->_private = TAKEN;
    if (node->type == XML_ELEMENT_NODE) {
        for (xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
            attribute->_private = TAKEN;
        }
    }
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        domain_take_whole(child);
    }
}

static void
report_attributes(DomainDefinition *definition, const xmlNode *node)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        if (attribute->_private != TAKEN) {
            domain_report(definition, node, (const char *) attribute->name, UNSUPPORTED, NULL,
                          "this attribute is not supported");
        }
    }
}

static void
report_child(DomainDefinition *definition, xmlNode *node, xmlNode *child)
{
    if (child->type == XML_ELEMENT_NODE && child->_private == TAKEN) {
        domain_report_rest(definition, child);
    } else if (child->type == XML_ELEMENT_NODE) {
        domain_report(definition, child, NULL, UNSUPPORTED, NULL, "this element is not supported");
    } else if (is_text(child) && child->_private != TAKEN && !xmlIsBlankNode(child)) {
        domain_report(definition, node, NULL, INVALID, NULL, "the text in this element means nothing");
    }
}

void
domain_report_rest(DomainDefinition *definition, xmlNode *root)
{
    report_attributes(definition, root);
    for (xmlNode *child = root->children; child != NULL; child = child->next) {
        report_child(definition, root, child);
    }
}
