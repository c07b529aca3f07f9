// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading XML from outside by libxml2's SAX interface, with every guard in the parser context and none in globals.
#include "domain-xml-reader.h"

#include "error.h"
#include "limits.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <string.h>

/* libxml2 2.9 compares each attribute of an element with all others, so that very many would take hours. */
#define ATTRIBUTES 512
/* And it looks for the prefix of each element among all declarations around it. */
#define NAMESPACES 256
#define MESSAGES 16
#define MESSAGE_BYTES 240
/* DTDATTR, NOENT and DTDLOAD stay off. The text is UTF-8 by contract, whatever its declaration says. */
#define OPTIONS (XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT)

typedef struct {
    const char *text;
    const char *what;
    const MortiseXmlHandlers *handlers;   /* NULL: build a tree */
    gpointer data;
    gsize length;                         /* of the text */
    guint depth;
    guint declared[MORTISE_LIMIT_XML_DEPTH + 1];   /* namespaces, by depth */
    guint in_scope;                       /* the sum of them */
    GString *messages;                    /* what the parser says, a line each */
    guint count;
    char *first;
    GError *refusal;                      /* of a guard or a handler: comes before what the parser says */
} Reading;

char *
mortise_xml_plain(const char *value)
{
    if (value == NULL || strstr(value, "&#38;") == NULL) {
        return g_strdup(value);
    }
    g_auto(GStrv) parts = g_strsplit(value, "&#38;", -1);
    return g_strjoinv("&", parts);
}

char *
mortise_xml_attribute(const MortiseXmlElement *element, const char *name)
{
    for (int i = 0; i < element->attributes; i++) {
        const char *const *field = element->fields + i * 5;
        if (field[1] == NULL && g_str_equal(field[0], name)) {
            g_autofree char *value = g_strndup(field[3], (gsize) (field[4] - field[3]));
            return mortise_xml_plain(value);
        }
    }
    return NULL;
}

guint
mortise_xml_line(const char *text, gsize offset)
{
    guint line = 1;
    for (gsize i = 0; i < offset && text[i] != '\0'; i++) {
        line += text[i] == '\n';
    }
    return line;
}

gboolean
mortise_xml_is_text(const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!IS_CHAR(character)) {
            return FALSE;
        }
    }
    return TRUE;
}

char *
mortise_xml_one_line(const char *message)
{
    g_autofree char *begin = g_strndup(message, MESSAGE_BYTES);
    char *line = g_utf8_make_valid(g_strchomp(begin), -1);
    for (char *at = line; *at != '\0'; at++) {
        if (g_ascii_iscntrl(*at)) {
            *at = ' ';
        }
    }
    return line;
}

#if LIBXML_VERSION >= 21200
typedef const xmlError *ErrorPointer;
#else
typedef xmlErrorPtr ErrorPointer;
#endif

static void
on_error(void *data, ErrorPointer cause)
{
    xmlParserCtxtPtr context = data;
    Reading *reading = context->_private;
    if (cause == NULL || cause->level < XML_ERR_ERROR || reading->refusal != NULL || reading->count == MESSAGES) {
        return;
    }
    /* A namespace is a name: that it is no good URI does not matter. */
    if (cause->domain == XML_FROM_NAMESPACE && cause->code == XML_WAR_NS_URI) {
        return;
    }
    g_autofree char *message = mortise_xml_one_line(cause->message != NULL ? cause->message : "unknown error");
    g_autofree char *line = g_strdup_printf("line %d: %s", cause->line, message);
    if (reading->count++ == 0) {
        reading->first = g_strdup(line);
    } else {
        g_string_append_c(reading->messages, '\n');
    }
    g_string_append(reading->messages, line);
}

static void
stop(xmlParserCtxtPtr context)
{
    xmlStopParser(context);
}

static void
on_doctype(void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxtPtr context = data;
    Reading *reading = context->_private;
    (void) external;
    (void) system;
    mortise_error_set(&reading->refusal, MORTISE_ERROR_INVALID_XML, "DOCTYPE",
                      "take the DOCTYPE out, and write the text of its entities where they are used",
                      "%s, line %d: <!DOCTYPE %.64s> is refused: it could read files and grow without end",
                      reading->what, context->input->line, (const char *) name);
    stop(context);
}

/* Where the parser stands in the text. */
static gsize
offset_of(xmlParserCtxtPtr context)
{
    const Reading *reading = context->_private;
    long consumed = xmlByteConsumed(context);
    /* An unfinished tag ends in the padding. */
    return consumed > 0 ? MIN((gsize) consumed, reading->length) : 0;
}

/* The start of the tag that ends before `offset`: no other '<' can stand in a tag. */
static gsize
tag_begin(const char *text, gsize offset)
{
    const char *found = memrchr(text, '<', offset);
    return found != NULL ? (gsize) (found - text) : 0;
}

static gboolean
go_deeper(Reading *reading, xmlParserCtxtPtr context, const xmlChar *name, int namespaces)
{
    const char *shown = (const char *) name;
    if (++reading->depth > MORTISE_LIMIT_XML_DEPTH) {
        mortise_error_set(&reading->refusal, MORTISE_ERROR_LIMIT_EXCEEDED, shown, NULL,
                          "%s, line %d: <%.64s> is nested deeper than %d elements", reading->what,
                          context->input->line, shown, MORTISE_LIMIT_XML_DEPTH);
        stop(context);
        return FALSE;
    }
    reading->declared[reading->depth] = (guint) namespaces;
    reading->in_scope += (guint) namespaces;
    if (reading->in_scope > NAMESPACES) {
        mortise_error_set(&reading->refusal, MORTISE_ERROR_LIMIT_EXCEEDED, shown, NULL,
                          "%s, line %d: more than %d namespaces are declared in and around <%.64s>", reading->what,
                          context->input->line, NAMESPACES, shown);
        stop(context);
        return FALSE;
    }
    return TRUE;
}

static void
on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
         const xmlChar **namespace_fields, int attributes, int defaulted, const xmlChar **fields)
{
    xmlParserCtxtPtr context = data;
    Reading *reading = context->_private;
    if (!go_deeper(reading, context, name, namespaces)) {
        return;
    }
    if (reading->handlers == NULL) {
        xmlSAX2StartElementNs(data, name, prefix, uri, namespaces, namespace_fields, attributes, defaulted, fields);
        return;
    }
    /* The parser stands before the '>' or "/>" of the tag. */
    gsize offset = offset_of(context);
    offset += strcspn(reading->text + offset, ">");
    g_autofree char *plain_uri = mortise_xml_plain((const char *) uri);
    MortiseXmlElement element = {
        .name = (const char *) name,
        .prefix = (const char *) prefix,
        .uri = plain_uri,
        .fields = (const char *const *) fields,
        .attributes = attributes,
        .depth = reading->depth,
        .begin = tag_begin(reading->text, offset),
        .inside = offset + 1,
    };
    if (!reading->handlers->start(&element, reading->data, &reading->refusal)) {
        stop(context);
    }
}

static void
on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    xmlParserCtxtPtr context = data;
    Reading *reading = context->_private;
    guint depth = reading->depth--;
    reading->in_scope -= reading->declared[depth];
    if (reading->handlers == NULL) {
        xmlSAX2EndElementNs(data, name, prefix, uri);
    } else if (!reading->handlers->end(depth, offset_of(context), reading->data, &reading->refusal)) {
        stop(context);
    }
}

static void
on_text(void *data, const xmlChar *text, int length)
{
    xmlParserCtxtPtr context = data;
    Reading *reading = context->_private;
    reading->handlers->text((const char *) text, (gsize) length, reading->data);
}

static void
on_instruction(void *data, const xmlChar *target, const xmlChar *content)
{
    xmlParserCtxtPtr context = data;
    Reading *reading = context->_private;
    (void) content;
    reading->handlers->instruction((const char *) target, reading->depth, offset_of(context), reading->data);
}

static void
set_handlers(xmlSAXHandler *sax, gboolean tree)
{
    sax->serror = on_error;
    sax->internalSubset = on_doctype;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    if (!tree) {
        sax->characters = on_text;
        sax->ignorableWhitespace = on_text;
        sax->cdataBlock = on_text;
        sax->processingInstruction = on_instruction;
        sax->comment = NULL;
    }
}

/* Behind the next `mark`, or the end. */
static const char *
behind(const char *at, const char *end, const char *mark)
{
    const char *found = memmem(at, (gsize) (end - at), mark, strlen(mark));
    return found != NULL ? found + strlen(mark) : end;
}

static gboolean
begins_with(const char *at, const char *end, const char *mark)
{
    gsize length = strlen(mark);
    return (gsize) (end - at) >= length && memcmp(at, mark, length) == 0;
}

/* How many attributes the tag at `*at` has, as far as it is one; `*at` is moved to its end. */
static guint
count_attributes(const char **at, const char *end)
{
    guint count = 0;
    const char *text = *at;
    while (text < end && *text != '>') {
        if (*text == '"' || *text == '\'') {
            const char *quote = memchr(text + 1, *text, (gsize) (end - text - 1));
            text = quote != NULL ? quote : end - 1;
        }
        count += *text++ == '=';
    }
    *at = text;
    return count;
}

static gboolean
check_attributes(const char *text, gsize length, const char *what, GError **error)
{
    const char *end = text + length;
    const char *at = text;
    while ((at = memchr(at, '<', (gsize) (end - at))) != NULL) {
        const char *tag = at;
        if (begins_with(at, end, "<!--")) {
            at = behind(at, end, "-->");
        } else if (begins_with(at, end, "<![CDATA[")) {
            at = behind(at, end, "]]>");
        } else if (begins_with(at, end, "<?")) {
            at = behind(at, end, "?>");
        } else if (count_attributes(&at, end) > ATTRIBUTES) {
            mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, what, NULL,
                              "%s, line %u: an element has more than %d attributes", what,
                              mortise_xml_line(text, (gsize) (tag - text)), ATTRIBUTES);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_text(const char *text, const char *what, gsize *length, GError **error)
{
    *length = strnlen(text, MORTISE_LIMIT_XML_BYTES + 1);
    if (*length > MORTISE_LIMIT_XML_BYTES) {
        mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, what, NULL, "%s: it has more than %d bytes", what,
                          MORTISE_LIMIT_XML_BYTES);
        return FALSE;
    }
    const char *bad = NULL;
    if (!g_utf8_validate_len(text, *length, &bad)) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_XML, what, "convert the document to UTF-8",
                          "%s, line %u: byte 0x%02x is not UTF-8", what,
                          mortise_xml_line(text, (gsize) (bad - text)), (unsigned) (guchar) *bad);
        return FALSE;
    }
    return check_attributes(text, *length, what, error);
}

static void
report(Reading *reading, GError **error)
{
    if (reading->refusal != NULL) {
        g_propagate_error(error, g_steal_pointer(&reading->refusal));
        return;
    }
    g_autoptr(GError) made = NULL;
    mortise_error_set(&made, MORTISE_ERROR_INVALID_XML, reading->what, NULL, "%s, %s", reading->what,
                      reading->first != NULL ? reading->first : "line 1: it is not well formed");
    if (reading->count > 1) {
        mortise_error_set_details(made, reading->messages->str);
    }
    g_propagate_error(error, g_steal_pointer(&made));
}

/*
 * With fewer bytes than this before the end, libxml2 asks at every token for more, in vain: a definition of usual size
 * would be read under such questions from its middle on. White space behind the root element means nothing.
 */
#define PADDING 256

static char *
pad(const char *text, gsize *length)
{
    char *padded = g_malloc(*length + PADDING + 1);
    memcpy(padded, text, *length);
    memset(padded + *length, ' ', PADDING);
    *length += PADDING;
    padded[*length] = '\0';
    return padded;
}

/* NULL with an error. In a reading with handlers the document is empty. */
static xmlDocPtr
parse(Reading *reading, GError **error)
{
    if (!check_text(reading->text, reading->what, &reading->length, error)) {
        return NULL;
    }
    gsize length = reading->length;
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    if (context == NULL) {
        mortise_error_set(error, MORTISE_ERROR_INTERNAL, reading->what, NULL,
                          "%s: no memory for a parser", reading->what);
        return NULL;
    }
    context->_private = reading;
    set_handlers(context->sax, reading->handlers == NULL);
    reading->messages = g_string_new(NULL);
    g_autofree char *padded = length > 0 ? pad(reading->text, &length) : NULL;
    xmlDocPtr document = xmlCtxtReadMemory(context, padded != NULL ? padded : "", (int) length, NULL, NULL, OPTIONS);
    gboolean good = context->wellFormed && reading->refusal == NULL && reading->count == 0;
    xmlFreeParserCtxt(context);
    if (!good) {
        report(reading, error);
        g_clear_pointer(&document, xmlFreeDoc);
    }
    g_string_free(reading->messages, TRUE);
    g_clear_error(&reading->refusal);
    g_free(reading->first);
    return document;
}

gboolean
mortise_xml_read(const char *text, const char *what, const MortiseXmlHandlers *handlers, gpointer data, GError **error)
{
    Reading reading = {.text = text, .what = what, .handlers = handlers, .data = data};
    xmlDocPtr document = parse(&reading, error);
    if (document == NULL) {
        return FALSE;
    }
    xmlFreeDoc(document);
    return TRUE;
}

xmlDocPtr
mortise_xml_read_tree(const char *text, const char *what, GError **error)
{
    Reading reading = {.text = text, .what = what};
    return parse(&reading, error);
}
