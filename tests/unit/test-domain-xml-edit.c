// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changes of title, description and metadata: the part changes, and every other byte stays.
#include "domain-xml.h"
#include "error.h"
#include "limits.h"
#include "mortise-test.h"

#include <string.h>

#define UUID "6a4296d3-1973-4c06-85fa-15f8265f8b3f"
/* Whatever an editor of trees would write in another way. */
#define HEAD \
    "<!-- c --><?p i?>\n<domain  type = 'x' xmlns:a=\"http://a\" >\n\t<!--<title>no</title>-->\n" \
    "\t<name>a&#x62;</name >"
#define TAIL "\n  <x y = '&lt;\"' ></x><![CDATA[ <title>]]> &#xe4;\r\n<os/>\n</domain>\n<!-- d -->\n"

typedef char *(*SetText)(const char *text, const char *value, GError **error);

static const struct {
    const char *before;
    const char *value;
    const char *after;
} titles[] = {
    {HEAD TAIL, "T", HEAD "\n\t<title>T</title>" TAIL},
    {HEAD "\n\t<uuid>" UUID "</uuid>" TAIL, "T", HEAD "\n\t<uuid>" UUID "</uuid>\n\t<title>T</title>" TAIL},
    {HEAD "\n\t<title>old</title>" TAIL, "new", HEAD "\n\t<title>new</title>" TAIL},
    {HEAD "\n\t<title a='1'/>" TAIL, "new", HEAD "\n\t<title>new</title>" TAIL},
    {HEAD "\n\t<title><![CDATA[old]]></title >" TAIL, "", HEAD "\n\t<title></title>" TAIL},
    {HEAD "\n\t<title>old</title>" TAIL, NULL, HEAD TAIL},
    {HEAD " text <title>old</title>" TAIL, NULL, HEAD " text " TAIL},
    {HEAD TAIL, NULL, HEAD TAIL},
    {HEAD TAIL, "<a> & 'b' \"c\" ]]> \xc3\xa4",
     HEAD "\n\t<title>&lt;a&gt; &amp; &apos;b&apos; &quot;c&quot; ]]&gt; \xc3\xa4</title>" TAIL},
    {"<domain type='x'><name>a</name></domain>", "T", "<domain type='x'><name>a</name><title>T</title></domain>"},
    {"\xef\xbb\xbf<domain type='x'><name>a</name></domain>", "T",
     "<domain type='x'><name>a</name><title>T</title></domain>"},
};

static void
test_title(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(titles); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *made = mortise_domain_xml_set_title(titles[i].before, titles[i].value, &error);
        CHECK_NO_ERROR(error);
        CHECK_TEXT(made, titles[i].after);
        g_autoptr(MortiseDomainXml) xml = made != NULL ? mortise_domain_xml_parse(made, &error) : NULL;
        CHECK_NO_ERROR(error);
        gboolean empty = titles[i].value == NULL || titles[i].value[0] == '\0';
        CHECK_TEXT(xml != NULL ? xml->title : "(none)", empty ? NULL : titles[i].value);
    }
}

static void
test_description(void)
{
    static const char value[] = "two\r\nlines\tand <tags> & \xe2\x82\xac";
    g_autoptr(GError) error = NULL;
    g_autofree char *titled = mortise_domain_xml_set_title(HEAD TAIL, "T", &error);
    g_autofree char *made = mortise_domain_xml_set_description(titled, value, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(made, HEAD "\n\t<title>T</title>\n\t<description>two&#13;\nlines\tand &lt;tags&gt; &amp; \xe2\x82\xac"
                     "</description>" TAIL);
    g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(made, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(xml != NULL ? xml->description : NULL, value);
    g_autofree char *without = mortise_domain_xml_set_description(made, NULL, &error);
    CHECK_TEXT(without, titled);
    g_autofree char *empty = mortise_domain_xml_set_title(without, NULL, &error);
    CHECK_TEXT(empty, HEAD TAIL);
}

static void
test_values_that_cannot_be(void)
{
    static const struct {
        SetText set;
        const char *value;
        const char *said;
    } cases[] = {
        {mortise_domain_xml_set_title, "a\nb", "the title has more than one line; keep more text in the description"},
        {mortise_domain_xml_set_title, "a\rb", "the title has more than one line"},
        {mortise_domain_xml_set_title, "a\x01", "the title is not UTF-8, or has a character that XML cannot hold"},
        {mortise_domain_xml_set_title, "\xff", "the title is not UTF-8"},
        {mortise_domain_xml_set_title, "\xef\xbf\xbf", "the title is not UTF-8, or has a character"},
        {mortise_domain_xml_set_description, "\x1b[0m", "the description is not UTF-8, or has a character"},
        {mortise_domain_xml_set_description, "\xc0\x80", "the description is not UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        CHECK(cases[i].set(HEAD TAIL, cases[i].value, &error) == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_ARGUMENT));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].said);
    }
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_xml_set_title("<domain type='x'><name>a</name>", "T", &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_XML));
    g_clear_error(&error);
    g_autofree char *large = g_strnfill(MORTISE_LIMIT_XML_BYTES, 'x');
    CHECK(mortise_domain_xml_set_description(HEAD TAIL, large, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_LIMIT_EXCEEDED));
}

#define NAME "<domain type='x'>\n  <name>a</name>"
#define END "\n  <os/>\n</domain>\n"

static const struct {
    const char *before;
    const char *element;
    const char *after;
    const char *got;      /* what get says afterwards; NULL: none */
} metadata[] = {
    {NAME END, "<k><l m='1'/></k>",
     NAME "\n  <metadata><b:k xmlns:b=\"http://b\"><b:l m=\"1\"/></b:k></metadata>" END, "<k><l m=\"1\"/></k>"},
    {NAME "<metadata/>" END, "<k/>", NAME "<metadata><b:k xmlns:b=\"http://b\"/></metadata>" END, "<k/>"},
    {NAME "<metadata x='1' />" END, "<k/>", NAME "<metadata x='1' ><b:k xmlns:b=\"http://b\"/></metadata>" END,
     "<k/>"},
    {NAME "<metadata></metadata>" END, "<k/>", NAME "<metadata><b:k xmlns:b=\"http://b\"/></metadata>" END, "<k/>"},
    {NAME "<metadata>\n    <o:o xmlns:o='http://o' ></o:o>\n  </metadata>" END, "<k/>",
     NAME "<metadata>\n    <o:o xmlns:o='http://o' ></o:o>\n  <b:k xmlns:b=\"http://b\"/></metadata>" END, "<k/>"},
    {NAME "<metadata>\n    <o:o xmlns:o='http://b'><x/></o:o>\n  </metadata>" END, "<k>&amp;\xc3\xa4</k>",
     NAME "<metadata>\n    <b:k xmlns:b=\"http://b\">&amp;\xc3\xa4</b:k>\n  </metadata>" END, "<k>&amp;\xc3\xa4</k>"},
    {NAME "<metadata>\n    <o:o xmlns:o='http://b'/>\n    <p/>\n  </metadata>" END, NULL,
     NAME "<metadata>\n    <p/>\n  </metadata>" END, NULL},
    {NAME END, NULL, NAME END, NULL},
    /* A prefix of its own is kept; what is written without one comes back without one. */
    {NAME END, "<q:k xmlns:q='http://b'><q:l/></q:k>",
     NAME "\n  <metadata><q:k xmlns:q=\"http://b\"><q:l/></q:k></metadata>" END, "<k><l/></k>"},
    {NAME END, "<k xmlns='http://b'><l/></k>",
     NAME "\n  <metadata><k xmlns=\"http://b\"><l/></k></metadata>" END, "<k><l/></k>"},
    {NAME END, "<k xmlns:z='http://z'><z:l z:a='1' b='2'/></k>",
     NAME "\n  <metadata><b:k xmlns:z=\"http://z\" xmlns:b=\"http://b\"><z:l z:a=\"1\" b=\"2\"/></b:k></metadata>" END,
     "<k xmlns:z=\"http://z\"><z:l z:a=\"1\" b=\"2\"/></k>"},
    {NAME END, "<q:k xmlns:q='http://b' q:a='1' a='2'/>",
     NAME "\n  <metadata><q:k xmlns:q=\"http://b\" q:a=\"1\" a=\"2\"/></metadata>" END,
     "<k xmlns:q=\"http://b\" q:a=\"1\" a=\"2\"/>"},
    {NAME "<title>t</title>" END, "<?xml version='1.0'?>\n<!-- c --><k><!-- d --><![CDATA[<]]></k>",
     NAME "<title>t</title><metadata><b:k xmlns:b=\"http://b\"><!-- d --><![CDATA[<]]></b:k></metadata>" END,
     "<k><!-- d --><![CDATA[<]]></k>"},
};

static void
test_metadata(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(metadata); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *made = mortise_domain_xml_set_metadata(metadata[i].before, "http://b", "b",
                                                                metadata[i].element,
                                                                &error);
        CHECK_NO_ERROR(error);
        CHECK_TEXT(made, metadata[i].after);
        g_autofree char *got = mortise_domain_xml_get_metadata(made, "http://b", &error);
        CHECK_TEXT(got, metadata[i].got);
        CHECK((error == NULL) == (metadata[i].got != NULL));
        CHECK(error == NULL || g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_NO_METADATA));
        /* What was got can be set again. */
        g_autofree char *again = got != NULL ? mortise_domain_xml_set_metadata(made, "http://b", "b", got,
                                                                               NULL) : NULL;
        g_autofree char *got_again = again != NULL ? mortise_domain_xml_get_metadata(again, "http://b", NULL) : NULL;
        CHECK_TEXT(got_again, got);
    }
}

static void
test_metadata_of_ancestors(void)
{
    static const char text[] =
        "<domain type='x' xmlns:b='http://b' xmlns:z='http://z'>\n<name>a</name>"
        "<metadata><b:k><z:l/></b:k></metadata><other><metadata><o:o xmlns:o='http://o'/></metadata></other></domain>";
    g_autoptr(GError) error = NULL;
    g_autofree char *got = mortise_domain_xml_get_metadata(text, "http://b", &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(got, "<k xmlns:z=\"http://z\"><z:l/></k>");
    CHECK(mortise_domain_xml_get_metadata(text, "http://o", &error) == NULL);
    CHECK_CONTAINS(error->message, "the domain has no metadata of the namespace http://o");
}

static void
test_metadata_that_cannot_be(void)
{
    static const struct {
        const char *uri;
        const char *key;
        const char *element;
        MortiseError code;
        const char *said;
    } cases[] = {
        {"", "b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "the namespace of metadata is empty"},
        {NULL, "b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "the namespace of metadata is empty"},
        {"a\nb", "b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "or not text"},
        {"\xff", "b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "or not text"},
        {"http://b", NULL, "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "\"\" cannot be the prefix of a namespace"},
        {"http://b", "", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "cannot be the prefix"},
        {"http://b", "a b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "\"a b\" cannot be the prefix"},
        {"http://b", "a:b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "cannot be the prefix"},
        {"http://b", "b='u' x", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "cannot be the prefix"},
        {"http://b", "xml", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "cannot be the prefix"},
        {"http://b", "xmlns", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT, "cannot be the prefix"},
        {"http://b", "b", "", MORTISE_ERROR_INVALID_XML, "metadata, line 1: Document is empty"},
        {"http://b", "b", "text", MORTISE_ERROR_INVALID_XML, "metadata, line 1: Start tag expected"},
        {"http://b", "b", "<k/><l/>", MORTISE_ERROR_INVALID_XML, "metadata, line 1: Extra content"},
        {"http://b", "b", "<k>\n</l>", MORTISE_ERROR_INVALID_XML,
         "metadata, line 2: Opening and ending tag mismatch"},
        {"http://b", "b", "</metadata><x>", MORTISE_ERROR_INVALID_XML, "metadata, line 1: "},
        {"http://b", "b", "<q:k/>", MORTISE_ERROR_INVALID_XML, "Namespace prefix q on k is not defined"},
        {"http://b", "b", "<k xmlns='http://c'/>", MORTISE_ERROR_INVALID_XML,
         "<k> is in the namespace http://c, not in http://b"},
        {"http://b", "b", "<k xmlns='c&#10;d'/>", MORTISE_ERROR_INVALID_XML, "<k> is in the namespace c d, not in"},
        {"http://b", "b", "<k xmlns:b='http://c'/>", MORTISE_ERROR_INVALID_ARGUMENT,
         "the prefix \"b\" already stands for another namespace in <k>; use another prefix"},
        {"http://b", "b", "<!DOCTYPE k><k/>", MORTISE_ERROR_INVALID_XML, "metadata, line 1: <!DOCTYPE k> is refused"},
        {"http://www.w3.org/XML/1998/namespace", "b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT,
         "cannot be a namespace of metadata"},
        {"http://www.w3.org/2000/xmlns/", "b", "<k/>", MORTISE_ERROR_INVALID_ARGUMENT,
         "cannot be a namespace of metadata"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *made = mortise_domain_xml_set_metadata(NAME END, cases[i].uri, cases[i].key,
                                                                cases[i].element,
                                                                &error);
        CHECK_TEXT(made, NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, (int) cases[i].code));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].said);
    }
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_xml_set_metadata(NAME "<metadata><x xmlns='u'/><x xmlns='u'/></metadata>" END, "u", "b",
                                          "<k/>",
                                          &error) == NULL);
    CHECK_CONTAINS(error->message, "line 2: <x> is given twice, first in line 2");
}

/* A namespace is data: quotes and angles in it must come out as they went in. */
static void
test_odd_namespaces(void)
{
    static const char *const uris[] = {"urn:x", "a b", "&#38;", "\"'", "\"><evil/>", "'&amp;'",
                                       "http://\xc3\xa4/?a=1&b=2#c"};
    for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *made = mortise_domain_xml_set_metadata(NAME END, uris[i], "b", "<k>v</k>", &error);
        CHECK_NO_ERROR(error);
        g_autofree char *got = made != NULL ? mortise_domain_xml_get_metadata(made, uris[i], &error) : NULL;
        CHECK_NO_ERROR(error);
        CHECK_TEXT(got, "<k>v</k>");
        g_autofree char *without = made != NULL ? mortise_domain_xml_set_metadata(made, uris[i], NULL, NULL,
                                                                                  &error) : NULL;
        CHECK_TEXT(without, NAME "\n  <metadata></metadata>" END);
    }
}

static void
test_depth_of_metadata(void)
{
    g_autoptr(GString) element = g_string_new(NULL);
    for (int i = 0; i < MORTISE_LIMIT_XML_DEPTH - 2; i++) {
        g_string_prepend(element, "<k>");
        g_string_append(element, "</k>");
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *deepest = mortise_domain_xml_set_metadata(NAME END, "u", "b", element->str, &error);
    CHECK_NO_ERROR(error);
    CHECK(deepest != NULL);
    g_string_prepend(element, "<k>");
    g_string_append(element, "</k>");
    CHECK(mortise_domain_xml_set_metadata(NAME END, "u", "b", element->str, &error) == NULL);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "is nested deeper than 64 elements");
}

static const MortiseTest tests[] = {
    {"title", test_title},
    {"description", test_description},
    {"values that cannot be", test_values_that_cannot_be},
    {"metadata", test_metadata},
    {"metadata of ancestors", test_metadata_of_ancestors},
    {"metadata that cannot be", test_metadata_that_cannot_be},
    {"odd namespaces", test_odd_namespaces},
    {"depth of metadata", test_depth_of_metadata},
};

MORTISE_TEST_MAIN("domain-xml-edit", tests)
