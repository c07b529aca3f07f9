// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Identity in a domain's XML: what is read, what is kept byte by byte, and what is said of each kind of mistake.
#include "domain-xml.h"
#include "domain-xml-private.h"
#include "error.h"
#include "limits.h"
#include "mortise-test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define UUID "6a4296d3-1973-4c06-85fa-15f8265f8b3f"

static MortiseDomainXml *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    MortiseDomainXml *xml = mortise_domain_xml_parse(text, &error);
    CHECK_NO_ERROR(error);
    if (xml == NULL) {
        abort();
    }
    return xml;
}

static const char full[] =
    "<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
    "  <!-- a comment -->\n"
    "  <name>vm&amp;1</name>\n"
    "  <uuid>" UUID "</uuid>\n"
    "  <title>One <![CDATA[<line>]]></title>\n"
    "  <description>Two\n lines</description>\n"
    "  <memory unit='MiB'>1024</memory>\n"
    "  <currentMemory unit='GB'>1</currentMemory>\n"
    "  <vcpu placement='static' current='2'>4</vcpu>\n"
    "  <unknown   attribute = \"'quoted'\" ><deep/></unknown>\n"
    "  <?instruction kept?>\n"
    "  <devices><disk><name>not this</name></disk></devices>\n"
    "  <qemu:commandline><qemu:arg value='-x'/></qemu:commandline>\n"
    "</domain>\n"
    "<!-- behind -->\n";

static void
test_identity(void)
{
    g_autoptr(MortiseDomainXml) xml = parse(full);
    g_autofree char *uuid = mortise_uuid_to_text(xml->uuid);
    CHECK_TEXT(xml->type, "kvm");
    CHECK_TEXT(xml->name, "vm&1");
    CHECK_TEXT(uuid, UUID);
    CHECK_TEXT(xml->title, "One <line>");
    CHECK_TEXT(xml->description, "Two\n lines");
    CHECK_INT(xml->memory_kib, 1048576);
    CHECK_INT(xml->current_memory_kib, 976563);
    CHECK_INT(xml->vcpus, 2);
    CHECK_TEXT(xml->text, full);
}

static void
test_least(void)
{
    g_autoptr(MortiseDomainXml) xml = parse("<domain type='test'><name>a</name><title/><description></description>"
                                              "</domain>");
    CHECK_TEXT(xml->name, "a");
    CHECK(xml->title == NULL);
    CHECK(xml->description == NULL);
    CHECK_INT(xml->memory_kib, 0);
    CHECK_INT(xml->current_memory_kib, 0);
    CHECK_INT(xml->vcpus, 1);
}

static void
test_uuid_is_added(void)
{
    static const struct {
        const char *before;
        const char *between;
        const char *behind;
    } cases[] = {
        {"<domain type='x'>\n  <name>a</name>", "\n  ", "\n</domain>\n"},
        {"<domain type='x'>\n\t<memory>1</memory>\n\n\t<name>a</name>", "\n\n\t", "<!-- c -->\n</domain>"},
        {"<domain type='x'><name>a</name>", "", "</domain>"},
        {"<domain type='x'>text <name>a</name>", "", "</domain>"},
        {"<!-- c --><?p i?>\n<domain type='x'><!-- > --> <name >a</name >", " ", "</domain><!-- d --><?q?>"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat(cases[i].before, cases[i].behind, NULL);
        g_autoptr(MortiseDomainXml) one = parse(text);
        g_autoptr(MortiseDomainXml) other = parse(text);
        g_autofree char *uuid = mortise_uuid_to_text(one->uuid);
        g_autofree char *expected = g_strconcat(cases[i].before, cases[i].between, "<uuid>", uuid, "</uuid>",
                                                cases[i].behind, NULL);
        CHECK_TEXT(one->text, expected);
        CHECK(memcmp(one->uuid, other->uuid, 16) != 0);
        CHECK_INT(one->uuid[6] >> 4, 4);
        g_autoptr(MortiseDomainXml) again = parse(one->text);
        CHECK_TEXT(again->text, one->text);
        CHECK(memcmp(one->uuid, again->uuid, 16) == 0);
    }
}

/* What stands before the root element and is not of the document goes; all else stays. */
static void
test_declaration_is_dropped(void)
{
    static const char *const heads[] = {
        "<?xml version='1.0'?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n\n",
        "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n",
        "<?xml version='1.0' encoding='ISO-8859-1'?>\n",
        "\xef\xbb\xbf",
        "<?mortise schema=\"1\" autostart=\"no\"?>\n",
        "<?xml version='1.0'?>\n<?mortise schema=\"1\" autostart=\"no\"?>\n",
    };
    static const char *const documents[] = {
        "<domain type='x'><name>\xc3\xa4</name><uuid>" UUID "</uuid></domain>",
        "<!-- c -->\n<?xmlish?><domain type='x'>\n<name>\xc3\xa4</name><uuid>" UUID "</uuid></domain>\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(heads) * G_N_ELEMENTS(documents); i++) {
        const char *document = documents[i % G_N_ELEMENTS(documents)];
        g_autofree char *text = g_strconcat(heads[i / G_N_ELEMENTS(documents)], document, NULL);
        g_autoptr(MortiseDomainXml) xml = parse(text);
        CHECK_TEXT(xml->text, document);
        CHECK_TEXT(xml->name, "\xc3\xa4");
    }
    /* Inside the root such an instruction is a part of the document like any other. */
    static const char inside[] =
        "<domain type='x'><?mortise x?><name>a</name><uuid>" UUID "</uuid></domain><?mortise y?>";
    g_autoptr(MortiseDomainXml) xml = parse(inside);
    CHECK_TEXT(xml->text, inside);
}

static void
test_uuid_text(void)
{
    guint8 uuid[16];
    CHECK(mortise_uuid_from_text(UUID, uuid));
    g_autofree char *text = mortise_uuid_to_text(uuid);
    CHECK_TEXT(text, UUID);
    CHECK(mortise_uuid_from_text("6A4296D319734C0685FA15F8265F8B3F", uuid));
    g_autofree char *plain = mortise_uuid_to_text(uuid);
    CHECK_TEXT(plain, UUID);
    static const char *const bad[] = {
        "", "-", "6a4296d3", "6a4296d3-1973-4c06-85fa-15f8265f8b3", "6a4296d3-1973-4c06-85fa-15f8265f8b3f0",
        "6a4296d3-1973-4c06-85fa-15f8265f8b3g", "6a4296d31973-4c06-85fa-15f8265f8b3f0",
            "{6a4296d319734c0685fa15f8265f8b3f}",
        "6a4296d3_1973_4c06_85fa_15f8265f8b3f", "6a4296d319734c0685fa15f8265f8b3",
            "6a4296d319734c0685fa15f8265f8b3ff",
        "------------------------------------", " 6a4296d3-1973-4c06-85fa-15f8265f8b3",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        CHECK(!mortise_uuid_from_text(bad[i], uuid));
    }
    CHECK(memcmp(uuid, "\x6a\x42", 2) == 0);
}

static void
test_memory_units(void)
{
    static const struct {
        const char *amount;
        const char *unit;
        guint64 kib;
    } cases[] = {
        {"1024", NULL, 1024},       {" 1024\n", NULL, 1024},    {"1", "b", 1},           {"1024", "bytes", 1},
        {"1025", "bytes", 2},       {"0", "bytes", 0},          {"1024", "KB", 1000},    {"7", "k", 7},
        {"7", "K", 7},              {"7", "KiB", 7},            {"7", "kib", 7},         {"1", "MB", 977},
        {"3", "M", 3072},           {"3", "MiB", 3072},         {"1", "GB", 976563},     {"2", "G", 2097152},
        {"2", "GiB", 2097152},      {"1", "TB", 976562500},     {"1", "T", 1073741824},  {"1", "TiB", 1073741824},
        {"1", "PiB", 1099511627776}, {"1", "EiB", 1125899906842624},
        {"18446744073709551615", "b", 18014398509481984},       {"18014398509481983", "KiB", 18014398509481983},
        /* not understood, or too large */
        {"18014398509481984", "KiB", 0}, {"18446744073709551616", "b", 0}, {"16", "EiB", 0},
        {"99999999999", "TiB", 0},  {"", NULL, 0},              {"-1", NULL, 0},         {"1.5", "GiB", 0},
        {"1e3", NULL, 0},           {"0x10", NULL, 0},          {"1 2", NULL, 0},        {"1", "", 0},
        {"1", "iB", 0},             {"1", "KiBs", 0},           {"1", "Kb/s", 0},        {"1", "Z", 0},
        {"1", " KiB", 0},           {"ten", NULL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        CHECK_INT(mortise_xml_memory_kib(cases[i].amount, cases[i].unit), cases[i].kib);
    }
}

static void
test_vcpus(void)
{
    static const struct {
        const char *element;
        guint vcpus;
    } cases[] = {
        {"<vcpu>4</vcpu>", 4},
        {"<vcpu> 4\n</vcpu>", 4},
        {"<vcpu current='3'>4</vcpu>", 3},
        {"<vcpu>0</vcpu>", 1},
        {"<vcpu>many</vcpu>", 1},
        {"<vcpu>99999999999999999999</vcpu>", 1},
        {"<vcpu>4097</vcpu>", 1},
        {"<vcpu/>", 1},
        {"<x:vcpu xmlns:x='u'>4</x:vcpu>", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("<domain type='x'><name>a</name>%s</domain>", cases[i].element);
        g_autoptr(MortiseDomainXml) xml = parse(text);
        CHECK_INT(xml->vcpus, cases[i].vcpus);
    }
}

#define DOMAIN(inside) "<domain type='x'><name>a</name>" inside "</domain>"

static const struct {
    const char *text;
    const char *said;
} malformed[] = {
    {"", "line 1: Document is empty"},
    {" \n ", "line 2: "},
    {"text", "line 1: Start tag expected, '<' not found"},
    {"<", "line 1: "},
    {"<domain", "line 1: "},
    {"<domain type='x'>", "line 1: Premature end of data in tag domain line 1"},
    {"<domain type='x'>\n<name>a</name>\n", "line 3: Premature end of data in tag domain line 1"},
    {"<domain type='x'><name>a</name></domain", "line 1: expected '>'"},
    {"<domain type='x'>\n<name>a</title>\n</domain>",
     "line 2: Opening and ending tag mismatch: name line 2 and title"},
    {"<domain type='x' type='y'><name>a</name></domain>", "Attribute type redefined"},
    {"<domain type=x><name>a</name></domain>", "AttValue: \" or ' expected"},
    {"<domain type='a<b'><name>a</name></domain>", "Unescaped '<' not allowed in attributes values"},
    {"<domain type='x'><name>a</name></domain><domain/>", "Extra content at the end of the document"},
    {"<domain type='x'><name>a</name></domain>text", "Extra content at the end of the document"},
    {"x<domain type='x'><name>a</name></domain>", "Start tag expected, '<' not found"},
    {DOMAIN("<!-- -- -->"), "Double hyphen within comment"},
    {DOMAIN("<!-- "), "Comment not terminated"},
    {DOMAIN("<![CDATA[ "), "CData section not finished"},
    {DOMAIN("<?x "), "ParsePI: PI x never end"},
    {DOMAIN("<?xml version='1.0'?>"), "XML declaration allowed only at the start of the document"},
    {DOMAIN("\n<title>&nbsp;</title>"), "line 2: Entity 'nbsp' not defined"},
    {DOMAIN("<title>& b</title>"), "xmlParseEntityRef: no name"},
    {DOMAIN("<title>&amp</title>"), "EntityRef: expecting ';'"},
    {DOMAIN("<title>&#0;</title>"), "xmlParseCharRef: invalid xmlChar value 0"},
    {DOMAIN("<title>&#x110000;</title>"), "character reference out of bounds"},
    {DOMAIN("<title>\x01</title>"), "PCDATA invalid Char value 1"},
    {DOMAIN("<title a='\x02'/>"), "invalid character in attribute value"},
    {DOMAIN("<title>]]></title>"), "Sequence ']]>' not allowed in content"},
    {DOMAIN("<1/>"), "StartTag: invalid element name"},
    {DOMAIN("<a b/>"), "Specification mandates value for attribute b"},
    {DOMAIN("\n<qemu:commandline/>"), "line 2: Namespace prefix qemu on commandline is not defined"},
    {DOMAIN("<a q:b='c'/>"), "Namespace prefix q for b on a is not defined"},
    {DOMAIN("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>"), "Namespaced Attribute b in 'u' redefined"},
    {"<domain type='x'>\n<name>\xff</name></domain>",
     "line 2: byte 0xff is not UTF-8; convert the document to UTF-8"},
    {"<domain type='x'><name>\xc3</name></domain>", "line 1: byte 0xc3 is not UTF-8"},
    {"<domain type='x'><name>\xed\xa0\x80</name></domain>", "byte 0xed is not UTF-8"},
    {"<?xml version='1.0' encoding='UTF-16'?>\n<domain/>", "line 2: <domain> has no type attribute"},
    {"<!DOCTYPE domain>\n<domain type='x'><name>a</name></domain>", "line 1: <!DOCTYPE domain> is refused"},
    {"<!DOCTYPE domain SYSTEM 'http://x.invalid/d.dtd'><domain/>", "take the DOCTYPE out"},
    {"<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<domain type='x'><name>&x;</name></domain>",
     "is refused"},
    {"<!DOCTYPE d PUBLIC 'a' 'b' [ broken", "<!DOCTYPE d> is refused"},
    {"<!ENTITY x 'y'><domain/>", "StartTag: invalid element name"},
    {"<network type='x'><name>a</name></network>", "line 1: the root element is <network>, not <domain>"},
    {"\n\n<Domain/>", "line 3: the root element is <Domain>, not <domain>"},
    {"<domain xmlns='u' type='x'><name>a</name></domain>",
     "the root element is <domain> of a namespace, not <domain>"},
    {"<d:domain xmlns:d='u' type='x'/>", "of a namespace, not <domain>"},
    {"<domain><name>a</name></domain>", "<domain> has no type attribute"},
    {"<domain x:type='x' xmlns:x='u'><name>a</name></domain>", "<domain> has no type attribute"},
    {"<domain type=''><name>a</name></domain>", "the type of <domain> is not 1 to 32 letters"},
    {"<domain type='../x'><name>a</name></domain>", "the type of <domain> is not"},
    {"<domain type='abcdefghijabcdefghijabcdefghijabc'><name>a</name></domain>", "the type of <domain> is not"},
    {"<domain type='x'/>", "line 1: <domain> has no <name>"},
    {"<domain type='x'><x:name xmlns:x='u'>a</x:name></domain>", "<domain> has no <name>"},
    {"<domain type='x'><devices><name>a</name></devices></domain>", "<domain> has no <name>"},
    {"<domain type='x'><name/></domain>", "the name is empty"},
    {"<domain type='x'><name> \t</name></domain>", "the name is empty"},
    {"<domain type='x'>\n\n<name>a/b</name></domain>", "line 3: the name \"a/b\" has a '/' in it"},
    {"<domain type='x'><name>a\nb</name></domain>", "the name has a line break or another control character"},
    {"<domain type='x'><name>a&#9;b</name></domain>", "the name has a line break or another control character"},
    {"<domain type='x'><name>a\xc2\x85</name></domain>", "the name has a line break or another control character"},
    {"<domain type='x'><name>.</name></domain>", "\".\" cannot be a name"},
    {"<domain type='x'><name>..</name></domain>", "\"..\" cannot be a name"},
    {"<domain type='x'><name>a<b/></name></domain>", "<b> stands in an element of line 1 that holds only text"},
    {"<domain type='x'>\n<name>a</name>\n<name>b</name></domain>", "line 3: <name> is given twice, first in line 2"},
    {DOMAIN("<uuid/>"), "\"\" is no UUID, which has 32 hexadecimal digits"},
    {DOMAIN("<uuid>123</uuid>"), "\"123\" is no UUID"},
    {DOMAIN("<uuid>1\n2\xc3\xa4</uuid>"), "\"1 2\xc3\xa4\" is no UUID"},
    {DOMAIN("<uuid>" UUID "</uuid><uuid>" UUID "</uuid>"), "<uuid> is given twice"},
    {DOMAIN("<title>a\nb</title>"), "the title has more than one line"},
    {DOMAIN("<title><b>a</b></title>"), "<b> stands in an element"},
    {DOMAIN("<metadata/><metadata/>"), "<metadata> is given twice"},
    {DOMAIN("<memory>1</memory><memory>1</memory>"), "<memory> is given twice"},
};

static void
test_malformed(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(malformed); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(malformed[i].text, &error);
        CHECK(xml == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_XML));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, malformed[i].said);
        CHECK_CONTAINS(error != NULL ? error->message : NULL, "domain XML, line ");
        CHECK(error != NULL && g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
    }
}

static void
test_all_errors_are_in_the_details(void)
{
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_xml_parse("<domain type='x'>\n<q:a/>\n<r:b/>\n</domain>", &error) == NULL);
    CHECK_TEXT(error->message, "domain XML, line 2: Namespace prefix q on a is not defined");
    CHECK_TEXT(mortise_error_get_details(error), "line 2: Namespace prefix q on a is not defined\n"
                                                 "line 3: Namespace prefix r on b is not defined");
    g_autoptr(GString) many = g_string_new("<domain type='x'>");
    for (int i = 0; i < 1000; i++) {
        g_string_append(many, "<q:a/>");
    }
    g_string_append(many, "</domain>");
    g_clear_error(&error);
    CHECK(mortise_domain_xml_parse(many->str, &error) == NULL);
    CHECK(strlen(mortise_error_get_details(error)) < 2000);
}

/* The text with `count` elements around its inside. */
static char *
nested(int count)
{
    g_autoptr(GString) text = g_string_new("<domain type='x'><name>a</name>");
    for (int i = 0; i < count; i++) {
        g_string_append(text, "<n>");
    }
    for (int i = 0; i < count; i++) {
        g_string_append(text, "</n>");
    }
    g_string_append(text, "</domain>");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
check_limit(const char *text, MortiseError code, const char *said)
{
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_xml_parse(text, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, (int) code));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, said);
}

static void
test_limits(void)
{
    g_autofree char *deep = nested(MORTISE_LIMIT_XML_DEPTH - 1);
    g_autoptr(MortiseDomainXml) deepest = parse(deep);
    CHECK_TEXT(deepest->name, "a");
    g_autofree char *deeper = nested(MORTISE_LIMIT_XML_DEPTH);
    check_limit(deeper, MORTISE_ERROR_LIMIT_EXCEEDED, "<n> is nested deeper than 64 elements");
    g_autofree char *deepest_of_all = nested(500000);
    check_limit(deepest_of_all, MORTISE_ERROR_LIMIT_EXCEEDED, "<n> is nested deeper than 64 elements");

    g_autofree char *name = g_strnfill(MORTISE_LIMIT_NAME_BYTES, 'n');
    g_autofree char *named = g_strdup_printf("<domain type='x'><name>%s</name></domain>", name);
    g_autoptr(MortiseDomainXml) longest = parse(named);
    CHECK_TEXT(longest->name, name);
    g_autofree char *too_long = g_strdup_printf("<domain type='x'><name>%s\xc3\xa4</name></domain>", name);
    check_limit(too_long, MORTISE_ERROR_INVALID_XML, "the name has 257 bytes, at most 255 are allowed");

    g_autoptr(GString) spaces = g_string_new("<domain type='x'><name>a</name><m xmlns:a='u'/><n");
    for (int i = 0; i < 256; i++) {
        g_string_append_printf(spaces, " xmlns:a%d='u'", i);
    }
    g_autofree char *most_spaces = g_strconcat(spaces->str, "><o/></n></domain>", NULL);
    g_autoptr(MortiseDomainXml) spaced = parse(most_spaces);
    CHECK_TEXT(spaced->name, "a");
    g_autofree char *more_spaces = g_strconcat(spaces->str, "><o xmlns='u'/></n></domain>", NULL);
    check_limit(more_spaces, MORTISE_ERROR_LIMIT_EXCEEDED, "more than 256 namespaces are declared in and around <o>");

    g_autofree char *huge_name = g_strnfill(100000, 'n');
    g_autofree char *huge = g_strdup_printf("<domain type='x'><name>a</name><%s/></domain>", huge_name);
    check_limit(huge, MORTISE_ERROR_INVALID_XML, "domain XML, line 1: ");
}

/* A text that the parser would compare with itself for hours is refused beforehand; nothing else is taken for one. */
static void
test_attributes(void)
{
    g_autoptr(GString) attributes = g_string_new(NULL);
    for (int i = 0; i < 200000; i++) {
        g_string_append_printf(attributes, " a%d='>'", i);
    }
    static const char *const refused[] = {
        "<domain type='x'>\n<name>a</name>\n<b%s/></domain>", "<b%s", "<!---->\n<?p?>\n<b c='<!--'%s/>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_auto(GStrv) parts = g_strsplit(refused[i], "%s", 2);
        g_autofree char *text = g_strjoinv(attributes->str, parts);
        check_limit(text, MORTISE_ERROR_LIMIT_EXCEEDED, "an element has more than 512 attributes");
    }
    static const char *const taken[] = {
        DOMAIN("<!-- <b%s/> -->"), DOMAIN("<x><![CDATA[<b%s/>]]></x>"), DOMAIN("<?p <b%s/> ?>"), DOMAIN("<x>%s</x>"),
        DOMAIN("<x y=\"%s\"/>"),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(taken); i++) {
        g_auto(GStrv) parts = g_strsplit(taken[i], "%s", 2);
        g_autofree char *text = g_strjoinv(attributes->str, parts);
        g_autoptr(MortiseDomainXml) xml = parse(text);
        CHECK_TEXT(xml->name, "a");
    }
    g_string_truncate(attributes, 0);
    for (int i = 0; i < 512; i++) {
        g_string_append_printf(attributes, " a%d='='", i);
    }
    g_autofree char *most = g_strdup_printf("<domain type='x'><name>a</name><b%s/></domain>", attributes->str);
    g_autoptr(MortiseDomainXml) xml = parse(most);
    CHECK_TEXT(xml->name, "a");
}

static void
test_size(void)
{
    g_autofree char *filling = g_strnfill(MORTISE_LIMIT_XML_BYTES, ' ');
    g_autofree char *large = g_strconcat(DOMAIN("<uuid>" UUID "</uuid>"), filling, NULL);
    check_limit(large, MORTISE_ERROR_LIMIT_EXCEEDED, "it has more than 4194304 bytes");
    large[MORTISE_LIMIT_XML_BYTES] = '\0';
    g_autoptr(MortiseDomainXml) largest = parse(large);
    CHECK_INT(strlen(largest->text), MORTISE_LIMIT_XML_BYTES);
    /* Without a UUID it would fit, but what is kept would not. */
    g_autofree char *grown = g_strconcat(DOMAIN(""), filling, NULL);
    grown[MORTISE_LIMIT_XML_BYTES] = '\0';
    check_limit(grown, MORTISE_ERROR_LIMIT_EXCEEDED, "more than 4194304 bytes with its UUID");
}

/* A gigabyte of laughs, and files of the host, stay where they are; refused before any of it is read. */
static void
test_entities_are_not_expanded(void)
{
    g_autoptr(GString) laughs = g_string_new("<!DOCTYPE d [<!ENTITY e0 'ha'>");
    for (int i = 1; i < 10; i++) {
        g_string_append_printf(laughs, "<!ENTITY e%d '&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;'>", i,
                               i - 1, i - 1,
                               i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    g_string_append(laughs, "]><domain type='x'><name>&e9;</name></domain>");
    check_limit(laughs->str, MORTISE_ERROR_INVALID_XML, "<!DOCTYPE d> is refused");
    g_autoptr(GError) error = NULL;
    CHECK(mortise_domain_xml_get_metadata(laughs->str, "u", &error) == NULL);
    CHECK_CONTAINS(error->message, "<!DOCTYPE d> is refused");
    g_clear_error(&error);
    CHECK(mortise_domain_xml_set_metadata(DOMAIN(""), "u", "k", laughs->str, &error) == NULL);
    CHECK_CONTAINS(error->message, "<!DOCTYPE d> is refused");
}

/* Nothing may appear on standard error, whatever the parser thinks of a document. */
static void
test_nothing_is_printed(void)
{
    int ends[2];
    CHECK_INT(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    int saved = dup(STDERR_FILENO);
    (void) fflush(stderr);
    (void) dup2(ends[1], STDERR_FILENO);
    for (gsize i = 0; i < G_N_ELEMENTS(malformed); i++) {
        mortise_domain_xml_free(mortise_domain_xml_parse(malformed[i].text, NULL));
        g_free(mortise_domain_xml_get_metadata(malformed[i].text, "u", NULL));
        g_free(mortise_domain_xml_set_metadata(DOMAIN(""), "u", "k", malformed[i].text, NULL));
    }
    (void) fflush(stderr);
    (void) dup2(saved, STDERR_FILENO);
    char printed[200] = {0};
    CHECK(read(ends[0], printed, sizeof printed - 1) <= 0);
    CHECK_TEXT(printed, "");
    (void) close(saved);
    (void) close(ends[0]);
    (void) close(ends[1]);
}

static gpointer
parse_in_thread(gpointer data)
{
    guint *good = data;
    for (int i = 0; i < 200; i++) {
        g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(full, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseDomainXml) bad = mortise_domain_xml_parse(malformed[i % G_N_ELEMENTS(malformed)].text,
                                                                   &error);
        *good += xml != NULL && bad == NULL && strstr(error->message,
                                                      malformed[i % G_N_ELEMENTS(malformed)].said) != NULL;
    }
    return NULL;
}

static void
test_threads(void)
{
    guint good[4] = {0};
    GThread *threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = g_thread_new("parse", parse_in_thread, &good[i]);
    }
    for (int i = 0; i < 4; i++) {
        (void) g_thread_join(threads[i]);
        CHECK_INT(good[i], 200);
    }
}

static const MortiseTest tests[] = {
    {"identity", test_identity},
    {"least", test_least},
    {"uuid is added", test_uuid_is_added},
    {"declaration is dropped", test_declaration_is_dropped},
    {"uuid text", test_uuid_text},
    {"memory units", test_memory_units},
    {"vcpus", test_vcpus},
    {"malformed", test_malformed},
    {"all errors are in the details", test_all_errors_are_in_the_details},
    {"limits", test_limits},
    {"attributes", test_attributes},
    {"size", test_size},
    {"entities are not expanded", test_entities_are_not_expanded},
    {"nothing is printed", test_nothing_is_printed},
    {"threads", test_threads},
};

MORTISE_TEST_MAIN("domain-xml", tests)
