// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The plain values of definitions: numbers, memory units, UUIDs, MAC addresses, disk names, addresses.
#include "mortise-test.h"

#include <string.h>

#include "domain-address.h"
#include "domain-units.h"

static void
test_numbers(void)
{
    static const struct {
        const char *text;
        gint64 value;    /* -1: refused */
    } rows[] = {
        {"0", 0},    {"42", 42},    {"100", 100}, {"101", -1}, {"0x10", 16}, {"0X1f", 31}, {"0x", -1},  {"0x0x1", -1},
        {"", -1},    {" 1", -1},    {"1 ", -1},   {"-1", -1},  {"+1", -1},   {"1e2", -1},  {"0x-1", -1}, {"0x65", -1},
        {"99999999999999999999", -1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 value = 7;
        gboolean good = domain_number_parse(rows[i].text, 0, 100, &value);

        CHECK_INT(good, rows[i].value >= 0);
        CHECK_INT(value, rows[i].value >= 0 ? rows[i].value : 7);
    }
}

static void
test_memory(void)
{
    static const struct {
        guint64 number;
        const char *unit;
        gint64 kib;    /* -1: refused */
    } rows[] = {
        {1, NULL, 1},
        {2048, "b", 2},
        {2048, "bytes", 2},
        {1, "byte", 1},
        {1025, "b", 2},
        {1, "KB", 1},
        {1024, "KB", 1000},
        {1, "k", 1},
        {1, "K", 1},
        {1, "KiB", 1},
        {1, "kib", 1},
        {1, "MB", 977},
        {1, "M", 1024},
        {1, "MiB", 1024},
        {1, "GB", 976563},
        {1, "g", 1048576},
        {1, "GiB", 1048576},
        {1, "TB", 976562500},
        {1, "T", 1073741824},
        {1, "TiB", 1073741824},
        {1, "PiB", G_GINT64_CONSTANT(1099511627776)},
        {1, "EiB", G_GINT64_CONSTANT(1125899906842624)},
        {7, "E", G_GINT64_CONSTANT(7881299347898368)},
        {8, "E", -1},
        {16, "EiB", -1},
        {G_MAXUINT64, "b", -1},
        {G_MAXINT64, "b", G_GINT64_CONSTANT(9007199254740992)},
        {1, "", -1},
        {1, "KiBi", -1},
        {1, "KBs", -1},
        {1, "x", -1},
        {1, "ib", -1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint64 kib = 7;
        gboolean good = domain_memory_scale(rows[i].number, rows[i].unit, &kib);

        CHECK_INT(good, rows[i].kib >= 0);
        CHECK_INT(kib, rows[i].kib >= 0 ? rows[i].kib : 7);
    }
}

static void
test_uuids(void)
{
    static const char wanted[] = "6695eb01-f6a4-8304-79aa-97f2502e193f";
    static const char *const good[] = {
        "6695eb01-f6a4-8304-79aa-97f2502e193f", "6695EB01F6A4830479AA97F2502E193F",
        "6695-eb01-f6a4-8304-79aa-97f2502e-193f",
    };
    static const char *const bad[] = {
        "", "-", "6695eb01-f6a4-8304-79aa-97f2502e193", "6695eb01-f6a4-8304-79aa-97f2502e193f0",
        "6695eb01--f6a4-8304-79aa-97f2502e193f", "-6695eb01-f6a4-8304-79aa-97f2502e193f",
        "6695eb01-f6a4-8304-79aa-97f2502e193g", "6695eb01 f6a4-8304-79aa-97f2502e193f",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *uuid = domain_uuid_normalize(good[i]);

        CHECK_TEXT(uuid, wanted);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *uuid = domain_uuid_normalize(bad[i]);

        CHECK_TEXT(uuid, NULL);
    }
}

static void
test_macs(void)
{
    static const char *const bad[] = {
        "", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:567", "52-54-00-12-34-56", "5254:00:12:34:56:",
        "g2:54:00:12:34:56", "00:00:00:00:00:00", "01:54:00:12:34:56", "ff:ff:ff:ff:ff:ff",
    };
    g_autofree char *mac = domain_mac_normalize("52:54:00:AB:cD:0e");
    g_autofree char *first = domain_mac_derive("seed", 0);
    g_autofree char *again = domain_mac_derive("seed", 0);
    g_autofree char *second = domain_mac_derive("seed", 1);
    g_autofree char *other = domain_mac_derive("other", 0);
    g_autofree char *derived = domain_mac_normalize(first);

    CHECK_TEXT(mac, "52:54:00:ab:cd:0e");
    CHECK_TEXT(first, again);
    CHECK(strcmp(first, second) != 0);
    CHECK(strcmp(first, other) != 0);
    CHECK_TEXT(derived, first);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *refused = domain_mac_normalize(bad[i]);

        CHECK_TEXT(refused, NULL);
    }
}

static void
test_disk_names(void)
{
    static const struct {
        const char *name;
        int index;    /* -1: refused */
    } rows[] = {
        {"vda", 0},  {"hdb", 1},   {"sdz", 25}, {"vdaa", 26}, {"vdzz", 701}, {"vdaaa", 702}, {"vd", -1}, {"vda1", -1},
        {"VDA", -1}, {"xvda", -1}, {"fda", -1}, {"", -1},     {"vdaaaa", -1}, {"vdä", -1},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint index = 99;
        gboolean good = domain_disk_name_parse(rows[i].name, &index);

        CHECK_INT(good, rows[i].index >= 0);
        CHECK_INT(index, rows[i].index >= 0 ? rows[i].index : 99);
    }
}

static void
test_addresses(void)
{
    DomainAddress pci = {.type = DOMAIN_ADDRESS_PCI, .pci_slot = 31, .pci_function = 2};
    DomainAddress same = {.type = DOMAIN_ADDRESS_PCI, .pci_slot = 31, .pci_function = 2, .multifunction = TRUE};
    DomainAddress drive = {.type = DOMAIN_ADDRESS_DRIVE, .drive_bus = 1, .drive_unit = 1};
    DomainAddress none = {.type = DOMAIN_ADDRESS_NONE};
    g_autofree char *pci_text = domain_address_to_text(&pci);
    g_autofree char *drive_text = domain_address_to_text(&drive);
    g_autofree char *none_text = domain_address_to_text(&none);

    CHECK_TEXT(pci_text, "0000:00:1f.2");
    CHECK_TEXT(drive_text, "0:1:1");
    CHECK_TEXT(none_text, "");
    CHECK(domain_address_equal(&pci, &same));
    CHECK(!domain_address_equal(&pci, &drive));
    same.pci_function = 1;
    CHECK(!domain_address_equal(&pci, &same));
}

static void
test_shortening(void)
{
    g_autofree char *kept = domain_text_shorten("ünï", 5);
    g_autofree char *cut = domain_text_shorten("üüüüü", 8);
    g_autofree char *repaired = domain_text_shorten("a\xff" "b", 10);

    CHECK_TEXT(kept, "ünï");
    CHECK_TEXT(cut, "üü...");
    CHECK_TEXT(repaired, "a\xef\xbf\xbd" "b");
    CHECK(domain_plain_text("a-b", "-"));
    CHECK(!domain_plain_text("a,b", "-"));
    CHECK(!domain_plain_text("", "-"));
}

static const MortiseTest tests[] = {
    {"numbers", test_numbers},       {"memory units", test_memory}, {"UUIDs", test_uuids},
    {"MAC addresses", test_macs},    {"disk names", test_disk_names}, {"addresses", test_addresses},
    {"shortened texts", test_shortening},
};

MORTISE_TEST_MAIN("domain units", tests)
