// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices, memory and limits in a domain's XML: only what was asked for changes, and what makes no sense is refused.
#include "domain-device-match.h"
#include "domain-edit.h"
#include "mortise-test.h"

#include <string.h>

/* A definition with things in it that can lead an editor astray. */
#define HEAD \
    "<!-- <domain><devices><disk/></devices> -->\n<domain type='test'\n>\r\n  <name>a&amp;b</name>\n" \
    "  <metadata><x:devices xmlns:x='urn:x'><disk/></x:devices><devices xmlns='urn:y'><rng/></devices></metadata>\n" \
    "  <description><![CDATA[<devices><rng/></devices>]]></description>\n"
#define MEMORY "  <memory unit='MiB'>32</memory>\n"
#define TAIL "  <!-- the end -->\n</domain>\n<!-- behind -->\n"
#define DEVICES(inside) "  <devices>\n" inside "  </devices>\n"
#define CARD_1 \
    "    <interface type='bridge'>\n      <mac address='52:54:00:00:00:01'/>\n      <target dev='t1'/>\n" \
    "    </interface>\n"
#define CARD_2 "    <interface type='user'><!-- > --><mac address=\"52:54:00:AB:00:02\" /></interface>\n"
#define PLAIN "    <interface type='user'/>\n"
#define DISK "    <disk type='file'><source file='a>b'/><target dev='vda'/></disk>\n"
#define RNG "    <rng model='virtio'><backend model='random'>/dev/urandom</backend><alias name='rng0'/></rng>\n"
#define FOLDER "    <filesystem><source dir='/a'/><target dir='/b'/></filesystem>\n"
#define PASSED \
    "    <hostdev mode='capabilities' type='misc'><source><char>/dev/null</char></source><alias name='h0'/></hostdev>\n"

static void
check_device(const char *before, guint action, const char *device, const char *after, const char *name)
{
    g_autofree char *xml = g_strconcat(HEAD, before, TAIL, NULL);
    g_autofree char *wanted = g_strconcat(HEAD, after, TAIL, NULL);
    g_autofree char *what = NULL;
    g_autoptr(DriverFailure) failure = NULL;
    g_autofree char *changed = domain_edit_device(xml, action, device, &what, &failure);

    CHECK_TEXT(failure != NULL ? failure->message : NULL, NULL);
    CHECK_TEXT(changed, wanted);
    CHECK_TEXT(what, name);
}

static void
check_refused(const char *before, guint action, const char *device, const char *reason, const char *part)
{
    g_autofree char *xml = g_strconcat(HEAD, before, TAIL, NULL);
    g_autofree char *what = NULL;
    g_autoptr(DriverFailure) failure = NULL;
    g_autofree char *changed = domain_edit_device(xml, action, device, &what, &failure);

    CHECK_TEXT(changed, NULL);
    CHECK_TEXT(what, NULL);
    CHECK_TEXT(failure != NULL ? failure->reason : NULL, reason);
    CHECK_CONTAINS(failure != NULL ? failure->message : "", part);
}

static void
test_attach(void)
{
    static const char *const disk = "<disk type='file'><source file='x'/><target dev='vdb'/></disk>";

    check_device(DEVICES(DISK RNG), MORTISE_DEVICE_ATTACH, disk,
                 DEVICES(DISK "    <disk type=\"file\">\n      <source file=\"x\"/>\n      <target dev=\"vdb\"/>\n"
                         "    </disk>\n" RNG),
                 "disk vdb");
    check_device(DEVICES(RNG), MORTISE_DEVICE_ATTACH, "\n<!-- a --><watchdog model='i6300esb'/>\n",
                 DEVICES(RNG "    <watchdog model=\"i6300esb\"/>\n"), "watchdog");
    check_device("  <devices/>\n", MORTISE_DEVICE_ATTACH, "<rng/>", DEVICES("    <rng/>\n"), "rng");
    check_device("  <devices a='/>'></devices>\n", MORTISE_DEVICE_ATTACH, "<rng/>",
                 "  <devices a='/>'>\n    <rng/>\n  </devices>\n", "rng");
    check_device("", MORTISE_DEVICE_ATTACH, "<rng/>", DEVICES("    <rng/>\n"), "rng");
    // Without anything of its own, there may be two of a kind.
    check_device(DEVICES("    <rng/>\n"), MORTISE_DEVICE_ATTACH, "<rng/>", DEVICES("    <rng/>\n    <rng/>\n"), "rng");
    check_refused(DEVICES(DISK), MORTISE_DEVICE_ATTACH, "<disk><target dev='vda'/></disk>", "invalid-argument",
                  "line 8 has that device already: disk vda");
    check_refused(DEVICES(CARD_2), MORTISE_DEVICE_ATTACH, "<interface><mac address='52:54:00:ab:00:02'/></interface>",
                  "invalid-argument", "interface 52:54:00:ab:00:02");
    check_refused(DEVICES(PASSED), MORTISE_DEVICE_ATTACH,
                  "<hostdev mode='capabilities' type='misc'><source><char>/dev/null</char></source></hostdev>",
                  "invalid-argument", "hostdev");
}

static void
test_detach(void)
{
    check_device(DEVICES(CARD_1 CARD_2 DISK), MORTISE_DEVICE_DETACH,
                 "<interface><mac address='52:54:00:ab:00:02'/></interface>", DEVICES(CARD_1 DISK),
                 "interface 52:54:00:ab:00:02");
    check_device(DEVICES(CARD_1 CARD_2), MORTISE_DEVICE_DETACH, "<interface><target dev='t1'/></interface>",
                 DEVICES(CARD_2), "interface t1");
    check_device(DEVICES(RNG DISK FOLDER), MORTISE_DEVICE_DETACH,
                 "<disk type='block'><source file='other'/><target dev='vda'/></disk>", DEVICES(RNG FOLDER),
                 "disk vda");
    check_device(DEVICES(FOLDER RNG), MORTISE_DEVICE_DETACH, "<filesystem><target dir='/b'/></filesystem>",
                 DEVICES(RNG), "filesystem /b");
    check_device(DEVICES(RNG PASSED), MORTISE_DEVICE_DETACH,
                 "<hostdev mode='capabilities' type='misc'><source>\n<char> /dev/null </char></source></hostdev>",
                 DEVICES(RNG), "hostdev");
    check_device(DEVICES(RNG), MORTISE_DEVICE_DETACH,
                 "<rng model='virtio'> <backend model='random'>/dev/urandom</backend></rng>",
                 "  <devices>\n  </devices>\n", "rng");
    check_refused(DEVICES(RNG), MORTISE_DEVICE_DETACH, "<rng model='virtio'><backend>/dev/random</backend></rng>",
                  "no-device", "there is no such device: rng");
    check_refused(DEVICES(PASSED), MORTISE_DEVICE_DETACH,
                  "<hostdev mode='capabilities' type='misc'><source><char>/dev/zero</char></source></hostdev>",
                  "no-device", "hostdev");
    // One that is all that was said, among those of which more is said.
    check_device(DEVICES(CARD_2 PLAIN), MORTISE_DEVICE_DETACH, "<interface type='user'/>", DEVICES(CARD_2),
                 "interface");
    check_refused(DEVICES(PLAIN PLAIN), MORTISE_DEVICE_DETACH, "<interface type='user'/>", "invalid-argument",
                  "more than one");
    check_refused(DEVICES(CARD_1 CARD_2), MORTISE_DEVICE_DETACH, "<interface/>", "invalid-argument",
                  "those in lines 8 and 12");
    check_refused("", MORTISE_DEVICE_DETACH, "<interface/>", "no-device", "interface");
}

static void
test_update(void)
{
    check_device(DEVICES(CARD_1 CARD_2), MORTISE_DEVICE_UPDATE,
                 "<interface type='user'><mac address='52:54:00:AB:00:02'/><link state='down'/></interface>",
                 DEVICES(CARD_1 "    <interface type=\"user\">\n      <mac address=\"52:54:00:AB:00:02\"/>\n"
                         "      <link state=\"down\"/>\n    </interface>\n"),
                 "interface 52:54:00:ab:00:02");
    check_refused(DEVICES(CARD_1), MORTISE_DEVICE_UPDATE, "<interface><mac address='52:54:00:00:00:09'/></interface>",
                  "no-device", "52:54:00:00:00:09");
}

static void
test_bad_devices(void)
{
    static const char *const bad[][2] = {
        {"", "cannot be read"},
        {"<disk>", "cannot be read"},
        {"<disk/><disk/>", "cannot be read"},
        {"<!DOCTYPE disk [<!ENTITY e 'x'>]><disk>&e;</disk>", "document type"},
        {"<disk>\xff</disk>", "not UTF-8"},
        {"<d:disk xmlns:d='urn:d'/>", "namespace 'urn:d'"},
        {"<disk xmlns='urn:d'/>", "namespace 'urn:d'"},
        {"<x:disk/>", "cannot be read"},
        {"<domain/>", "<domain> is no device"},
        {"<devices><disk/></devices>", "<devices> is no device"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        for (guint action = 0; action <= MORTISE_DEVICE_ACTION_LAST; action++) {
            check_refused(DEVICES(DISK), action, bad[i][0], "invalid-xml", bad[i][1]);
        }
    }
    g_autofree char *spaces = g_strnfill(70000, ' ');
    g_autofree char *large = g_strconcat("<disk>", spaces, "</disk>", NULL);
    check_refused(DEVICES(DISK), MORTISE_DEVICE_ATTACH, large, "limit-exceeded", "at most");
    check_refused("<devices>", MORTISE_DEVICE_ATTACH, "<disk/>", "invalid-xml", "domain XML cannot be read");
}

static void
check_difference(const char *node, const char *device, const char *wanted)
{
    g_auto(DomainDeviceXml) left = {.document = NULL};
    g_auto(DomainDeviceXml) right = {.document = NULL};

    CHECK(domain_device_xml_read(&left, node, NULL) && domain_device_xml_read(&right, device, NULL));
    g_autofree char *difference = domain_device_difference(left.element, right.element, "link");
    CHECK_TEXT(difference, wanted);
}

static void
test_differences(void)
{
    static const char *const card
        = "<interface type='user'><mac address='52:54:00:00:00:01'/><mtu size='1'/><alias name='n'/></interface>";

    check_difference(card, card, NULL);
    check_difference(card, "<interface><mac address='52:54:00:00:00:01'/><link state='up'/></interface>", NULL);
    check_difference(card, "<interface type='bridge'/>", "the attribute type");
    check_difference(card, "<interface managed='no'/>", "the attribute managed");
    check_difference(card, "<interface><mtu size='2'/></interface>", "<mtu>");
    check_difference(card, "<interface><boot order='1'/></interface>", "<boot>");
}

static void
check_memory(const char *before, guint64 current, guint64 maximum, const char *after, const char *part)
{
    g_autofree char *xml = g_strconcat(HEAD, before, TAIL, NULL);
    g_autofree char *wanted = after != NULL ? g_strconcat(HEAD, after, TAIL, NULL) : NULL;
    g_autoptr(DriverFailure) failure = NULL;
    g_autofree char *changed = domain_edit_memory(xml, current, maximum, &failure);

    CHECK_TEXT(changed, wanted);
    CHECK((failure == NULL) == (after != NULL));
    CHECK_CONTAINS(failure != NULL ? failure->message : "", part);
}

static void
test_memory(void)
{
    check_memory(MEMORY, 1024, 0, MEMORY "  <currentMemory>1024</currentMemory>\n", "");
    check_memory(MEMORY "  <currentMemory unit='MiB'>2</currentMemory>\n", 1024, 0,
                 MEMORY "  <currentMemory unit='KiB'>1024</currentMemory>\n", "");
    check_memory(MEMORY, 0, 65536, "  <memory unit='KiB'>65536</memory>\n", "");
    check_memory(MEMORY "  <currentMemory unit='MiB'>20</currentMemory>\n", 0, 10240,
                 "  <memory unit='KiB'>10240</memory>\n  <currentMemory unit='KiB'>10240</currentMemory>\n", "");
    check_memory(MEMORY "  <currentMemory unit='MiB'>20</currentMemory>\n", 0, 32767,
                 "  <memory unit='KiB'>32767</memory>\n  <currentMemory unit='MiB'>20</currentMemory>\n", "");
    check_memory("  <memory dumpCore='on'><!-- few -->7</memory><vcpu>1</vcpu>\n", 8, 9,
                 "  <memory dumpCore='on'>9</memory>\n  <currentMemory>8</currentMemory><vcpu>1</vcpu>\n", "");
    check_memory(MEMORY, 32769, 0, NULL, "can have 32768 KiB, which is less than 32769 KiB");
    check_memory(MEMORY, 2048, 1024, NULL, "can have 1024 KiB");
    check_memory("", 1024, 0, NULL, "has no <memory>");
    check_memory("<memory>lots</memory>", 1024, 0, NULL, "'lots' is not a number");
    check_memory("<memory unit='acre'>1</memory>", 1024, 0, NULL, "is not a number");
    check_memory("<memory>1</memory", 1024, 0, NULL, "cannot be read");
}

static char *
edit_one(const char *xml, guint group, const char *key, gint64 number, DriverFailure **failure)
{
    const MortiseValue value = {
        .struct_size = sizeof value, .type = MORTISE_VALUE_SIGNED, .key = key, .number = (uint64_t) number,
    };

    return domain_edit_tuning(xml, group, &value, 1, failure);
}

static void
check_tuning(const char *before, guint group, const char *key, gint64 number, const char *after, const char *part)
{
    g_autofree char *xml = g_strconcat(HEAD, before, TAIL, NULL);
    g_autofree char *wanted = after != NULL ? g_strconcat(HEAD, after, TAIL, NULL) : NULL;
    g_autoptr(DriverFailure) failure = NULL;
    g_autofree char *changed = edit_one(xml, group, key, number, &failure);

    CHECK_TEXT(changed, wanted);
    CHECK((failure == NULL) == (after != NULL));
    CHECK_CONTAINS(failure != NULL ? failure->message : "", part);
}

#define LIMITS(inside) MEMORY "  <memtune>\n" inside "  </memtune>\n"
#define HARD(kib) "    <hard_limit unit='KiB'>" kib "</hard_limit>\n"

static void
test_tuning(void)
{
    check_tuning(MEMORY, MORTISE_TUNING_MEMORY, "hard_limit", 4096,
                 LIMITS("    <hard_limit>4096</hard_limit>\n"), "");
    check_tuning(LIMITS(HARD("1")), MORTISE_TUNING_MEMORY, "soft_limit", 5,
                 LIMITS(HARD("1") "    <soft_limit>5</soft_limit>\n"), "");
    check_tuning(LIMITS("    <hard_limit unit='MiB'>1</hard_limit>\n"), MORTISE_TUNING_MEMORY, "hard_limit", 5,
                 LIMITS(HARD("5")), "");
    check_tuning(LIMITS(HARD("1") "    <soft_limit>5</soft_limit>\n"), MORTISE_TUNING_MEMORY, "hard_limit", -1,
                 LIMITS("    <soft_limit>5</soft_limit>\n"), "");
    check_tuning(LIMITS(HARD("1")), MORTISE_TUNING_MEMORY, "hard_limit", -1, MEMORY, "");
    check_tuning(MEMORY, MORTISE_TUNING_MEMORY, "hard_limit", -1, MEMORY, "");
    check_tuning(LIMITS(HARD("9")), MORTISE_TUNING_MEMORY, "swap_hard_limit", 8, NULL,
                 "swap_hard_limit is 8 KiB, and hard_limit more: 9 KiB");
    check_tuning(MEMORY, MORTISE_TUNING_MEMORY, "swap_hard_limit", 8, NULL, "hard_limit more: no limit");
    check_tuning(MEMORY "  <cputune><shares>3</shares></cputune>\n", MORTISE_TUNING_CPU, "cpu_shares", 512,
                 MEMORY "  <cputune><shares>512</shares></cputune>\n", "");
    check_tuning(MEMORY, MORTISE_TUNING_CPU, "vcpu_quota", -1,
                 MEMORY "  <cputune>\n    <quota>-1</quota>\n  </cputune>\n", "");
    check_tuning(MEMORY "  <blkiotune/>\n", MORTISE_TUNING_BLOCK, "weight", 300,
                 MEMORY "  <blkiotune>\n    <weight>300</weight>\n  </blkiotune>\n", "");
    check_tuning(MEMORY, MORTISE_TUNING_BLOCK, "hard_limit", 300, NULL, "knows no 'hard_limit'");
    check_tuning("  <cputune><shares>many</shares></cputune>\n", MORTISE_TUNING_CPU, "vcpu_period", 1000, NULL,
                 "line 7, domain/cputune/shares: 'many' is not a number");
    check_tuning("<cputune>", MORTISE_TUNING_CPU, "vcpu_period", 1000, NULL, "cannot be read");
}

static void
test_read(void)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(GArray) values = domain_read_tuning(
        "<domain><cputune><quota> -7 </quota><shares>12</shares></cputune><memtune><soft_limit unit='MiB'>2"
        "</soft_limit></memtune></domain>", MORTISE_TUNING_CPU, &failure);
    g_autoptr(GArray) memory = domain_read_tuning(
        "<domain><memtune><soft_limit unit='MiB'>2</soft_limit></memtune></domain>", MORTISE_TUNING_MEMORY, &failure);

    CHECK_INT(values->len, 2);
    CHECK_TEXT(g_array_index(values, DomainTuningValue, 0).key, "cpu_shares");
    CHECK_INT(g_array_index(values, DomainTuningValue, 0).number, 12);
    CHECK_TEXT(g_array_index(values, DomainTuningValue, 1).key, "vcpu_quota");
    CHECK_INT(g_array_index(values, DomainTuningValue, 1).number, MORTISE_TUNING_UNLIMITED);
    CHECK_INT(memory->len, 1);
    CHECK_INT(g_array_index(memory, DomainTuningValue, 0).number, 2048);
    CHECK(domain_read_tuning("<domain><memtune><soft_limit unit='acre'>2</soft_limit></memtune></domain>",
                             MORTISE_TUNING_MEMORY, &failure) == NULL);
    CHECK_TEXT(failure->reason, "invalid-xml");
}

static const MortiseTest tests[] = {
    {"devices are attached", test_attach},
    {"devices are detached", test_detach},
    {"devices are updated", test_update},
    {"malformed devices", test_bad_devices},
    {"differences", test_differences},
    {"memory", test_memory},
    {"limits and weights", test_tuning},
    {"reading", test_read},
};

MORTISE_TEST_MAIN("domain-edit", tests)
