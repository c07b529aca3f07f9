// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Driving libxml2's parser so that untrusted text can neither reach out nor grow nor print.
#include "domain-xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <string.h>

#include "domain-units.h"

#define COMPLAINT_AT_MOST 400u

/* xmlParserCtxt has no autoptr of its own. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)

#if LIBXML_VERSION >= 21200
typedef const xmlError *LoadError;
#else
typedef xmlErrorPtr LoadError;
#endif

/* What a parse came upon first. */
typedef struct {
    int line;
    char *message;
} Load;

static void
load_complain(Load *load, int line, const char *message)
{
    if (load->message == NULL) {
        load->line = line;
        load->message = g_strchomp(domain_text_shorten(message, COMPLAINT_AT_MOST));
    }
}

static void
take_error(void *data, LoadError error)
{
    xmlParserCtxt *parser = data;

    /* A namespace is a name; that it is no good URI does not matter. */
    if (error->level >= XML_ERR_ERROR && error->code != XML_WAR_NS_URI) {
        load_complain(parser->_private, error->line, error->message != NULL ? error->message : "unknown error");
    }
}

/* Stopping here means that no entity is ever declared, let alone expanded. */
static void
refuse_document_type(void *data, G_GNUC_UNUSED const xmlChar *name, G_GNUC_UNUSED const xmlChar *external,
                     G_GNUC_UNUSED const xmlChar *system)
{
    xmlParserCtxt *parser = data;

    load_complain(parser->_private, xmlSAX2GetLineNumber(parser), "a document type declaration is not allowed");
    xmlStopParser(parser);
}

/* libxml2 itself keeps 16 bits of an element's line. */
static void
keep_line(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
          const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes)
{
    xmlParserCtxt *parser = data;

    xmlSAX2StartElementNs(data, name, prefix, uri, namespace_count, namespaces, attribute_count, defaulted_count,
                          attributes);
    if (parser->node != NULL) {
        parser->node->psvi = GINT_TO_POINTER(xmlSAX2GetLineNumber(parser));
    }
}

static xmlDoc *
load_document(const char *text, gsize length, Load *load)
{
    g_autoptr(xmlParserCtxt) parser = NULL;

    LIBXML_TEST_VERSION;
    parser = xmlNewParserCtxt();
    if (parser == NULL) {
        load_complain(load, 0, "out of memory");
        return NULL;
    }
    parser->_private = load;
    parser->sax->serror = take_error;
    parser->sax->internalSubset = refuse_document_type;
    parser->sax->startElementNs = keep_line;
    return xmlCtxtReadMemory(parser, text, (int) length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
}

static const xmlNode *
find_too_deep(const xmlNode *node, guint levels)
{
    if (levels == 0) {
        return node;
    }
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        const xmlNode *found = child->type == XML_ELEMENT_NODE ? find_too_deep(child, levels - 1) : NULL;

        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static gboolean
check_depth(xmlDoc *document, guint limit, const char *what, DriverFailure **failure)
{
    const xmlNode *deep = find_too_deep(xmlDocGetRootElement(document), limit);

    if (deep == NULL) {
        return TRUE;
    }
    driver_failure_set(failure, "limit-exceeded", what, NULL, "line %u: the %s has more than %u levels of elements",
                       domain_xml_line(deep), what, limit);
    return FALSE;
}

static guint
line_of(const char *text, const char *place)
{
    guint line = 1;

    for (const char *at = text; at < place; at++) {
        line += *at == '\n' ? 1 : 0;
    }
    return line;
}

/* The text from `at` on, which is scanned by length: functions for strings may look at all that follows, each time. */
typedef struct {
    const char *at;
    const char *end;
} Rest;

static gboolean
begins_with(const Rest *rest, const char *word)
{
    return (gsize) (rest->end - rest->at) >= strlen(word) && memcmp(rest->at, word, strlen(word)) == 0;
}

static void
skip_past(Rest *rest, const char *word)
{
    const char *found = memmem(rest->at, (gsize) (rest->end - rest->at), word, strlen(word));

    rest->at = found != NULL ? found + strlen(word) : rest->end;
}

/* Returns how many attributes the tag has: each has its one quoted value. */
static guint
skip_tag(Rest *rest)
{
    guint attributes = 0;
    char quote = '\0';

    for (; rest->at < rest->end && (quote != '\0' || *rest->at != '>'); rest->at++) {
        char character = *rest->at;

        if (quote == '\0' && (character == '"' || character == '\'')) {
            quote = character;
            attributes++;
        } else if (quote == character) {
            quote = '\0';
        }
    }
    return attributes;
}

/* `rest` stands at a '<'. */
static guint
skip_markup(Rest *rest)
{
    if (begins_with(rest, "<!--")) {
        rest->at += strlen("<!--");
        skip_past(rest, "-->");
    } else if (begins_with(rest, "<![CDATA[")) {
        skip_past(rest, "]]>");
    } else if (begins_with(rest, "<?")) {
        skip_past(rest, "?>");
    } else {
        return skip_tag(rest);
    }
    return 0;
}

/* What is misread here because it is not well formed is refused by libxml2. */
static gboolean
check_attributes(const char *text, gsize length, guint limit, const char *what, DriverFailure **failure)
{
    Rest rest = {text, text + length};

    while ((rest.at = memchr(rest.at, '<', (gsize) (rest.end - rest.at))) != NULL) {
        const char *begin = rest.at;

        if (skip_markup(&rest) > limit) {
            driver_failure_set(failure, "limit-exceeded", what, NULL,
                               "line %u: the %s has an element with more than %u attributes", line_of(text, begin),
                               what, limit);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_bytes(const char *text, gsize length, gsize limit, const char *what, DriverFailure **failure)
{
    const char *bad = NULL;

    if (length > limit) {
        driver_failure_set(failure, "limit-exceeded", what, NULL,
                           "the %s has %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are read", what, length,
                           limit);
        return FALSE;
    }
    if (!g_utf8_validate_len(text, length, &bad)) {
        driver_failure_set(failure, "invalid-xml", what, "Convert it to UTF-8.",
                           "line %u: the %s has a byte 0x%02x that is not UTF-8 text", line_of(text, bad), what,
                           (guint) (guchar) *bad);
        return FALSE;
    }
    return TRUE;
}

xmlDoc *
domain_xml_load(const char *text, gsize length, const DomainXmlLimits *limits, const char *what,
                DriverFailure **failure)
{
    g_autoptr(xmlDoc) document = NULL;
    g_autofree char *complaint = NULL;
    Load load = {0, NULL};

    if (!check_bytes(text, length, limits->bytes, what, failure) ||
        !check_attributes(text, length, limits->attributes, what, failure)) {
        return NULL;
    }
    document = load_document(text, length, &load);
    complaint = load.message;
    if (document == NULL || complaint != NULL) {
        driver_failure_set(failure, "invalid-xml", what, NULL, "line %d: the %s cannot be read: %s", load.line, what,
                           complaint != NULL ? complaint : "unknown error");
        return NULL;
    }
    return check_depth(document, limits->depth, what, failure) ? g_steal_pointer(&document) : NULL;
}

guint
domain_xml_line(const xmlNode *node)
{
    return GPOINTER_TO_UINT(node->psvi);
}

char *
domain_xml_path(const xmlNode *node, const char *attribute)
{
    GString *path = g_string_new(NULL);

    if (attribute != NULL) {
        g_string_append_printf(path, "/@%s", attribute);
    }
    for (const xmlNode *at = node; at != NULL && at->type == XML_ELEMENT_NODE; at = at->parent) {
        g_string_prepend(path, (const char *) at->name);
        if (at->ns != NULL && at->ns->prefix != NULL) {
            g_string_prepend_c(path, ':');
            g_string_prepend(path, (const char *) at->ns->prefix);
        }
        if (at->parent != NULL && at->parent->type == XML_ELEMENT_NODE) {
            g_string_prepend_c(path, '/');
        }
    }
    return g_string_free(path, FALSE);
}

gboolean
domain_xml_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns == NULL && strcmp((const char *) node->name, name) == 0;
}

xmlNode *
domain_xml_child(const xmlNode *parent, const char *name)
{
    xmlNode *node = parent != NULL ? parent->children : NULL;

    while (node != NULL && !domain_xml_is(node, name)) {
        node = node->next;
    }
    return node;
}

void
domain_xml_append(GString *xml, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_markup_vprintf_escaped(format, arguments);
    va_end(arguments);
    (void) g_string_append(xml, text);
}
