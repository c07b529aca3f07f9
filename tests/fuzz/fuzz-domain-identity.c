// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as a domain's XML for the core: refused with a line, or read, changed, and changed back byte by byte.
#include "domain-xml.h"
#include "error.h"
#include "limits.h"

#include <stdint.h>
#include <string.h>

#define URI "http://example.org/?a=1&b='2'"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Large documents may reach the limit by what is added. */
static gboolean
is_too_large(const GError *error)
{
    return g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_LIMIT_EXCEEDED);
}

static void
check_error(const GError *error)
{
    g_assert_true(is_too_large(error) || g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_XML));
    g_assert_true(g_str_has_prefix(error->message, "domain XML"));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_null(strpbrk(error->message, "\r\n"));
}

static MortiseDomainXml *
parse_again(const char *text, const MortiseDomainXml *before)
{
    g_autoptr(GError) error = NULL;
    MortiseDomainXml *xml = mortise_domain_xml_parse(text, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(xml->text, ==, text);
    g_assert_cmpstr(xml->name, ==, before->name);
    g_assert_cmpstr(xml->type, ==, before->type);
    g_assert_cmpint(memcmp(xml->uuid, before->uuid, sizeof xml->uuid), ==, 0);
    g_assert_cmpuint(xml->memory_kib, ==, before->memory_kib);
    g_assert_cmpuint(xml->vcpus, ==, before->vcpus);
    return xml;
}

static void
try_title(const MortiseDomainXml *before)
{
    static const char title[] = "<\xc3\xa4 & \"'>]]>";
    g_autoptr(GError) error = NULL;
    g_autofree char *titled = mortise_domain_xml_set_title(before->text, title, &error);
    if (is_too_large(error)) {
        return;
    }
    g_assert_no_error(error);
    g_autoptr(MortiseDomainXml) after = parse_again(titled, before);
    g_assert_cmpstr(after->title, ==, title);
    g_assert_cmpstr(after->description, ==, before->description);
    g_autofree char *without = mortise_domain_xml_set_title(titled, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(MortiseDomainXml) untitled = parse_again(without, before);
    g_assert_null(untitled->title);
    g_autofree char *plain = mortise_domain_xml_set_title(before->text, NULL, &error);
    g_assert_cmpstr(without, ==, plain);
}

static void
try_description(const MortiseDomainXml *before)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *described = mortise_domain_xml_set_description(before->text, "a\r\n\tb", &error);
    if (is_too_large(error)) {
        return;
    }
    g_assert_no_error(error);
    g_autoptr(MortiseDomainXml) after = parse_again(described, before);
    g_assert_cmpstr(after->description, ==, "a\r\n\tb");
    g_assert_cmpstr(after->title, ==, before->title);
    g_autofree char *without = mortise_domain_xml_set_description(described, NULL, &error);
    g_autofree char *plain = mortise_domain_xml_set_description(before->text, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(without, ==, plain);
}

static void
try_metadata(const MortiseDomainXml *before)
{
    static const char element[] = "<a b=\"&lt;\"><c/>\xc3\xa4</a>";
    g_autoptr(GError) error = NULL;
    g_autofree char *set = mortise_domain_xml_set_metadata(before->text, URI, "key", element, &error);
    if (error != NULL) {
        /* Two of one namespace are too many to be changed. */
        g_assert_true(is_too_large(error) || strstr(error->message, "given twice") != NULL);
        return;
    }
    g_autoptr(MortiseDomainXml) after = parse_again(set, before);
    g_autofree char *got = mortise_domain_xml_get_metadata(set, URI, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(got, ==, element);
    g_autofree char *without = mortise_domain_xml_set_metadata(set, URI, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(MortiseDomainXml) last = parse_again(without, before);
    g_assert_null(mortise_domain_xml_get_metadata(without, URI, &error));
    g_assert_true(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_NO_METADATA));
    g_assert_cmpstr(after->title, ==, last->title);
}

/* The same bytes as an application's element: what is taken comes out as something that is taken again. */
static void
try_element(const char *element)
{
    static const char domain[] = "<domain type='x'><name>a</name></domain>";
    g_autoptr(GError) error = NULL;
    g_autofree char *set = mortise_domain_xml_set_metadata(domain, URI, "key", element, &error);
    if (set == NULL) {
        g_assert_nonnull(error);
        return;
    }
    g_autofree char *got = mortise_domain_xml_get_metadata(set, URI, &error);
    g_assert_no_error(error);
    g_autofree char *again = mortise_domain_xml_set_metadata(domain, URI, "key", got, &error);
    g_assert_no_error(error);
    g_autofree char *got_again = mortise_domain_xml_get_metadata(again, URI, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(got_again, ==, got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(text, &error);
    try_element(text);
    if (xml == NULL) {
        check_error(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(xml->name), <=, MORTISE_LIMIT_NAME_BYTES);
    g_assert_null(strpbrk(xml->name, "/\r\n"));
    g_assert_true(xml->title == NULL || strpbrk(xml->title, "\r\n") == NULL);
    g_autoptr(MortiseDomainXml) again = parse_again(xml->text, xml);
    g_assert_cmpstr(again->title, ==, xml->title);
    try_title(xml);
    try_description(xml);
    try_metadata(xml);
    return 0;
}
