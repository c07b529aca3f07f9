// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// From XML text to a definition, by libxml2, with nothing read from outside the text.
#include "definition-private.h"
#include "xml-read.h"

#include <libxml/parser.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlBuffer, xmlBufferFree)
typedef xmlChar TestXmlText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestXmlText, xmlFree)

/* Children of <domain> that a world without a hypervisor has; whatever they ask for is granted. */
static const char *const honoured[] = {
    "name", "uuid", "title", "description", "metadata", "memory", "currentMemory", "vcpu", "cputune", "memtune",
    "blkiotune", "os", "features", "cpu", "clock", "on_poweroff", "on_reboot", "on_crash", "devices", NULL,
};

static const struct {
    const char *word;
    guint64 bytes;
} units[] = {
    {"b", 1}, {"bytes", 1}, {"KB", 1000}, {"k", 1024}, {"KiB", 1024}, {"MB", 1000000}, {"M", 1u << 20},
    {"MiB", 1u << 20}, {"GB", 1000000000}, {"G", 1u << 30}, {"GiB", 1u << 30},
    {"TB", G_GUINT64_CONSTANT(1000000000000)}, {"T", G_GUINT64_CONSTANT(1) << 40}, {"TiB", G_GUINT64_CONSTANT(1) << 40},
};

static void G_GNUC_PRINTF(5, 6)
find(TestDefinition *definition, const xmlNode *node, const char *object, const char *hint, const char *format, ...)
{
    TestFinding *finding = g_new0(TestFinding, 1);
    va_list arguments;

    va_start(arguments, format);
    finding->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    finding->verdict = MORTISE_VERDICT_BAD;
    finding->line = (guint) MAX(xmlGetLineNo(node), 0);
    finding->id = g_strdup("element-unsupported");
    finding->object = g_strdup(object);
    finding->hint = g_strdup(hint);
    g_ptr_array_add(definition->findings, finding);
}

/* A document type is where entities come from: the parser stops before it has seen one. */
static void
refuse_document_type(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxt *parser = context;

    (void) name;
    (void) external;
    (void) system;
    *(gboolean *) parser->_private = TRUE;
    xmlStopParser(parser);
}

xmlDoc *
test_xml_read(const char *text, const char *what, DriverFailure **failure)
{
    gsize length = strlen(text);
    gboolean document_type = FALSE;
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;

    if (length > TEST_XML_LIMIT) {
        driver_failure_set(failure, "limit-exceeded", NULL, NULL, "the %s has more than %u bytes", what,
                           TEST_XML_LIMIT);
        return NULL;
    }
    g_autoptr(xmlParserCtxt) parser = xmlNewParserCtxt();
    if (parser == NULL) {
        driver_failure_set(failure, "internal", NULL, NULL, "there is no memory for an XML parser");
        return NULL;
    }
    parser->_private = &document_type;
    parser->sax->internalSubset = refuse_document_type;
    g_autoptr(xmlDoc) document = xmlCtxtReadMemory(parser, text, (int) length, NULL, "UTF-8", options);
    if (document_type) {
        driver_failure_set(failure, "invalid-xml", NULL, "remove <!DOCTYPE ...>",
                           "the %s has a document type, which nothing here needs", what);
        return NULL;
    }
    if (document == NULL) {
        const xmlError *error = xmlCtxtGetLastError(parser);
        g_autofree char *words = g_strdup(error != NULL && error->message != NULL ? error->message : "empty");
        driver_failure_set(failure, "invalid-xml", NULL, "correct the XML", "line %d: %s",
                           error != NULL ? error->line : 1, g_strchomp(words));
        return NULL;
    }
    return g_steal_pointer(&document);
}

gboolean
test_xml_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns == NULL && g_str_equal((const char *) node->name, name);
}

static xmlNode *
child(const xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent->children; node != NULL; node = node->next) {
        if (test_xml_is(node, name)) {
            return node;
        }
    }
    return NULL;
}

static char *
content(const xmlNode *node)
{
    g_autoptr(TestXmlText) text = node != NULL ? xmlNodeGetContent(node) : NULL;

    return g_strdup(text != NULL ? (const char *) text : "");
}

static char *
attribute(xmlNode *node, const char *name)
{
    g_autoptr(TestXmlText) text = xmlGetNoNsProp(node, (const xmlChar *) name);

    return g_strdup((const char *) text);
}

/* Who the domain is; FALSE with @failure when that cannot be told. `given` says whether it brought a UUID along. */
static gboolean
read_identity(TestDefinition *definition, xmlNode *root, gboolean *given, DriverFailure **failure)
{
    g_autofree char *type = attribute(root, "type");
    const xmlNode *name = child(root, "name");
    const xmlNode *uuid = child(root, "uuid");
    guint8 bytes[16];

    if (g_strcmp0(type, TEST_DOMAIN_TYPE) != 0) {
        driver_failure_set(failure, "invalid-xml", "domain/@type", "write <domain type='test'>",
                           "line %ld: the type of the domain is '%s', and this driver serves only 'test'",
                           xmlGetLineNo(root), type != NULL ? type : "");
        return FALSE;
    }
    definition->name = content(name);
    const char *wrong = name == NULL ? "a domain needs a <name>" : test_name_check(definition->name);
    if (wrong != NULL) {
        driver_failure_set(failure, "invalid-xml", "domain/name", NULL, "line %ld: %s",
                           xmlGetLineNo(name != NULL ? name : root), wrong);
        return FALSE;
    }
    *given = uuid != NULL;
    g_autofree char *text = content(uuid);
    if (*given && !test_uuid_parse(g_strstrip(text), bytes)) {
        driver_failure_set(failure, "invalid-xml", "domain/uuid", "leave <uuid> out to have one made",
                           "line %ld: '%.60s' is no UUID", xmlGetLineNo(uuid), text);
        return FALSE;
    }
    test_definition_set_uuid(definition, *given ? bytes : NULL);
    return TRUE;
}

/* KiB, rounded up; 0 with a finding when it is no amount of memory. */
static guint64
read_memory(TestDefinition *definition, xmlNode *node, const char *object)
{
    g_autofree char *text = content(node);
    g_autofree char *unit = attribute(node, "unit");
    guint64 number = 0;
    guint64 bytes = unit == NULL ? 1024 : 0;

    for (guint i = 0; unit != NULL && i < G_N_ELEMENTS(units); i++) {
        bytes = g_str_equal(unit, units[i].word) ? units[i].bytes : bytes;
    }
    if (bytes == 0) {
        find(definition, node, object, "use KiB, MiB, GiB or TiB", "'%.60s' is no unit of memory", unit);
        return 0;
    }
    if (!g_ascii_string_to_unsigned(g_strstrip(text), 10, 1, TEST_MEMORY_LIMIT_KIB / bytes * 1024, &number, NULL)) {
        find(definition, node, object, NULL, "'%.60s' is no amount of memory, or a larger one than can be", text);
        return 0;
    }
    return (number * bytes + 1023) / 1024;
}

static void
read_vcpus(TestDefinition *definition, xmlNode *node)
{
    g_autofree char *text = content(node);
    g_autofree char *current = attribute(node, "current");
    guint64 maximum = 1;
    guint64 now = 0;

    if (!g_ascii_string_to_unsigned(g_strstrip(text), 10, 1, TEST_VCPU_LIMIT, &maximum, NULL)) {
        find(definition, node, "domain/vcpu", NULL, "'%.60s' is no number of vCPUs; there can be 1 to %u", text,
             TEST_VCPU_LIMIT);
        return;
    }
    now = maximum;
    if (current != NULL && !g_ascii_string_to_unsigned(current, 10, 1, maximum, &now, NULL)) {
        find(definition, node, "domain/vcpu/@current", NULL, "'%.60s' is no number from 1 to %" G_GUINT64_FORMAT,
             current, maximum);
        return;
    }
    definition->maximum_vcpus = (guint) maximum;
    definition->vcpus = (guint) now;
}

static void
read_sizes(TestDefinition *definition, xmlNode *root)
{
    xmlNode *memory = child(root, "memory");
    xmlNode *current = child(root, "currentMemory");
    xmlNode *vcpu = child(root, "vcpu");

    definition->vcpus = 1;
    definition->maximum_vcpus = 1;
    if (memory == NULL) {
        find(definition, root, "domain/memory", "add <memory unit='MiB'>512</memory>", "a domain needs <memory>");
    } else {
        definition->memory_kib = read_memory(definition, memory, "domain/memory");
    }
    definition->current_memory_kib = definition->memory_kib;
    if (current != NULL) {
        definition->current_memory_kib = read_memory(definition, current, "domain/currentMemory");
    }
    if (definition->memory_kib > 0 && definition->current_memory_kib > definition->memory_kib) {
        find(definition, current, "domain/currentMemory", NULL, "<currentMemory> is more than <memory>");
    }
    if (vcpu != NULL) {
        read_vcpus(definition, vcpu);
    }
}

static void
read_devices(TestDefinition *definition, const xmlNode *devices)
{
    guint serials = 0;
    guint consoles = 0;

    for (const xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && node->ns == NULL) {
            serials += g_str_equal((const char *) node->name, "serial");
            consoles += g_str_equal((const char *) node->name, "console");
        }
    }
    definition->consoles = MAX(serials, consoles);
}

/* What the guest wants of the host's time stamp counter. */
static void
read_tsc(TestDefinition *definition, const xmlNode *clock, const xmlNode *cpu)
{
    for (xmlNode *node = clock != NULL ? clock->children : NULL; node != NULL; node = node->next) {
        g_autofree char *name = test_xml_is(node, "timer") ? attribute(node, "name") : NULL;
        g_autofree char *frequency = g_strcmp0(name, "tsc") == 0 ? attribute(node, "frequency") : NULL;
        if (frequency != NULL
            && !g_ascii_string_to_unsigned(frequency, 10, 1, G_MAXINT64, &definition->tsc_hz, NULL)) {
            find(definition, node, "domain/clock/timer/@frequency", "write it in Hz", "'%.60s' is no frequency",
                 frequency);
        }
    }
    for (xmlNode *node = cpu != NULL ? cpu->children : NULL; node != NULL; node = node->next) {
        g_autofree char *name = test_xml_is(node, "feature") ? attribute(node, "name") : NULL;
        g_autofree char *policy = g_strcmp0(name, "invtsc") == 0 ? attribute(node, "policy") : NULL;
        gboolean refused = g_strcmp0(policy, "disable") == 0 || g_strcmp0(policy, "forbid") == 0;
        definition->invtsc = definition->invtsc || (g_strcmp0(name, "invtsc") == 0 && !refused);
    }
}

static void
find_unsupported(TestDefinition *definition, const xmlNode *root)
{
    for (const xmlNode *node = root->children; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE) {
            continue;
        }
        gboolean foreign = node->ns != NULL;
        if (foreign || !g_strv_contains(honoured, (const char *) node->name)) {
            g_autofree char *object = g_strdup_printf("domain/%s%s%s", foreign && node->ns->prefix != NULL
                                                      ? (const char *) node->ns->prefix : "",
                                                      foreign && node->ns->prefix != NULL ? ":" : "",
                                                      (const char *) node->name);
            find(definition, node, object, "remove the element", "the test driver does not know <%s>",
                 object + strlen("domain/"));
        }
    }
}

/* Where the root element begins in a text that was found well formed and without a document type. */
static gsize
find_root(const char *text)
{
    const char *at = text;

    while (*at != '\0' && !g_str_has_prefix(at, "<domain")) {
        const char *end = g_str_has_prefix(at, "<!--") ? "-->" : g_str_has_prefix(at, "<?") ? "?>" : NULL;
        const char *found = end != NULL ? strstr(at, end) : NULL;
        at = found != NULL ? found + strlen(end) : at + 1;
    }
    return (gsize) (at - text);
}

/* The text that is kept: the user's own, or a written one where something had to be added or taken away. */
static char *
kept_text(const TestDefinition *definition, const char *text, xmlNode *root, gboolean uuid_given)
{
    const char *declared = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text;

    if (uuid_given && xmlHasProp(root, (const xmlChar *) "id") == NULL) {
        const char *end = g_str_has_prefix(declared, "<?xml ") ? strstr(declared, "?>") : NULL;
        return g_strdup(end != NULL ? end + strlen("?>") + strspn(end + strlen("?>"), " \t\r\n") : declared);
    }
    (void) xmlUnsetProp(root, (const xmlChar *) "id");
    if (!uuid_given) {
        const xmlChar *text_of_uuid = (const xmlChar *) definition->uuid_text;
        xmlNode *uuid = xmlNewDocNode(root->doc, NULL, (const xmlChar *) "uuid", text_of_uuid);
        (void) xmlAddNextSibling(child(root, "name"), uuid);
    }
    g_autoptr(xmlBuffer) buffer = xmlBufferCreate();
    (void) xmlNodeDump(buffer, root->doc, root, 0, 0);
    return g_strdup((const char *) xmlBufferContent(buffer));
}

TestDefinition *
test_definition_parse(const char *text, DriverFailure **failure)
{
    g_autoptr(TestDefinition) definition = test_definition_alloc();
    gboolean uuid_given = FALSE;

    g_autoptr(xmlDoc) document = test_xml_read(text, "definition", failure);
    if (document == NULL) {
        return NULL;
    }
    xmlNode *root = xmlDocGetRootElement(document);
    if (root == NULL || root->ns != NULL || !g_str_equal((const char *) root->name, "domain")) {
        driver_failure_set(failure, "invalid-xml", NULL, "begin with <domain type='test'>",
                           "line %ld: the document is a <%s>, not a plain <domain>", xmlGetLineNo(root),
                           root != NULL ? (const char *) root->name : "");
        return NULL;
    }
    if (!read_identity(definition, root, &uuid_given, failure)) {
        return NULL;
    }
    read_sizes(definition, root);
    read_devices(definition, child(root, "devices"));
    read_tsc(definition, child(root, "clock"), child(root, "cpu"));
    find_unsupported(definition, root);
    definition->text = kept_text(definition, text, root, uuid_given);
    definition->root = find_root(definition->text);
    return g_steal_pointer(&definition);
}

TestDefinition *
test_definition_rename(const TestDefinition *definition, const char *name, DriverFailure **failure)
{
    g_autoptr(xmlDoc) document = test_xml_read(definition->text, "definition", failure);
    g_autoptr(xmlBuffer) buffer = xmlBufferCreate();

    if (document == NULL) {
        return NULL;
    }
    xmlNode *root = xmlDocGetRootElement(document);
    xmlNode *element = child(root, "name");
    xmlNodeSetContent(element, NULL);
    xmlNodeAddContent(element, (const xmlChar *) name);
    (void) xmlNodeDump(buffer, document, root, 0, 0);
    return test_definition_parse((const char *) xmlBufferContent(buffer), failure);
}
