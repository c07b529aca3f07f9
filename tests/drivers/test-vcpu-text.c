// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Sets of CPUs, and definitions in which only what was asked for changes.
#include "domain-cpus.h"
#include "domain-text.h"
#include "domain-vcpus.h"
#include "mortise-test.h"
#include "qemu-monitor-hotplug.h"

#include <string.h>

/* A definition with everything in it that can lead an editor astray. */
#define HEAD \
    "<?xml version='1.0'?>\n<!-- <domain><vcpu>9</vcpu> -->\n<domain type='kvm'\n>\r\n  <name>a&amp;b</name>\n" \
    "  <metadata><x:vcpu xmlns:x='urn:x' current='7'>8</x:vcpu><vcpu xmlns='urn:y'>6</vcpu></metadata>\n" \
    "  <description><![CDATA[<vcpu>5</vcpu></domain>]]></description>\n  <memory unit=\"MiB\" >32</memory>\n"
#define TAIL "  <os><type>hvm</type></os>\n  <!-- the end -->\n</domain>\n<!-- behind -->\n"

static void
test_sets(void)
{
    static const char *const good[][2] = {
        {"0", "0"}, {"0-3", "0-3"}, {"0-3,^2", "0-1,3"}, {"5,1,3-4", "1,3-5"}, {" 1 , 2 ", "1-2"}, {"7,7,7", "7"},
        {"4095", "4095"}, {"^1,1", "1"}, {"0-4095", "0-4095"}, {"0-1,62-65", "0-1,62-65"},
    };
    static const char *const bad[] = {"", ",", "a", "1-", "-1", "3-1", "4096", "1,^1", "0x1", "+1", "1 2", "^", "1,,2"};

    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        DomainCpus cpus;
        g_autofree char *wrong = domain_cpus_parse(good[i][0], &cpus);
        g_autofree char *text = domain_cpus_to_text(&cpus);
        CHECK_TEXT(wrong, NULL);
        CHECK_TEXT(text, good[i][1]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        DomainCpus cpus;
        g_autofree char *wrong = domain_cpus_parse(bad[i], &cpus);
        CHECK(wrong != NULL);
    }
}

static void
check_count(const char *before, guint current, guint maximum, const char *after)
{
    g_autofree char *xml = g_strconcat(HEAD, before, TAIL, NULL);
    g_autofree char *wanted = g_strconcat(HEAD, after, TAIL, NULL);
    g_autofree char *changed = domain_text_set_vcpus(xml, current, maximum);

    CHECK_TEXT(changed, wanted);
}

static void
test_counts(void)
{
    check_count("  <vcpu>2</vcpu>\n", 1, 2, "  <vcpu current='1'>2</vcpu>\n");
    check_count("  <vcpu current='1'>2</vcpu>\n", 2, 2, "  <vcpu>2</vcpu>\n");
    check_count("<vcpu\tplacement='static'  current = \"1\" cpuset='0-1' > 2 </vcpu >", 3, 4,
                "<vcpu\tplacement='static'  current = \"3\" cpuset='0-1' >4</vcpu >");
    check_count("<vcpu current='1' cpuset='>'>2<!-- few --></vcpu>", 2, 2, "<vcpu cpuset='>'>2</vcpu>");
    check_count("  <vcpu/>\n", 1, 1, "  <vcpu>1</vcpu>\n");
    check_count("  <vcpu cpuset='1' />\n", 1, 3, "  <vcpu current='1' cpuset='1' >3</vcpu>\n");
    check_count("", 2, 3, "  <vcpu current='2'>3</vcpu>\n");
}

/* Without the element it stands on a line of its own behind the memory, as what it stands behind does. */
static void
test_new_count(void)
{
    static const char xml[] = "<domain type='qemu'>\n  <name>x</name>\n  <memory>1</memory>\n</domain>";
    g_autofree char *changed = domain_text_set_vcpus(xml, 2, 3);
    g_autofree char *flat = domain_text_set_vcpus("<domain><name>x</name></domain>", 2, 2);

    CHECK_TEXT(changed, "<domain type='qemu'>\n  <name>x</name>\n  <memory>1</memory>\n"
                        "  <vcpu current='2'>3</vcpu>\n</domain>");
    CHECK_TEXT(flat, "<domain><name>x</name><vcpu>2</vcpu></domain>");
}

static void
check_pin(const char *before, guint vcpu, const char *cpus, const char *after)
{
    g_autofree char *xml = g_strconcat(HEAD "  <vcpu>4</vcpu>\n", before, TAIL, NULL);
    g_autofree char *wanted = g_strconcat(HEAD "  <vcpu>4</vcpu>\n", after, TAIL, NULL);
    g_autofree char *changed = domain_text_set_pin(xml, vcpu, cpus);

    CHECK_TEXT(changed, wanted);
}

#define ONE "  <cputune>\n    <vcpupin vcpu='1' cpuset='0'/>\n  </cputune>\n"

static void
test_pins(void)
{
    check_pin("", 1, "0", ONE);
    check_pin(ONE, 1, NULL, "");
    check_pin(ONE, 1, "0-1", "  <cputune>\n    <vcpupin vcpu='1' cpuset='0-1'/>\n  </cputune>\n");
    check_pin(ONE, 2, "1",
              "  <cputune>\n    <vcpupin vcpu='1' cpuset='0'/>\n    <vcpupin vcpu='2' cpuset='1'/>\n  </cputune>\n");
    check_pin("  <cputune>\n    <emulatorpin cpuset='0'/>\n  </cputune>\n", 2, "1",
              "  <cputune>\n    <vcpupin vcpu='2' cpuset='1'/>\n    <emulatorpin cpuset='0'/>\n  </cputune>\n");
    check_pin("  <cputune/>\n", DOMAIN_TEXT_EMULATOR, "1", "  <cputune><emulatorpin cpuset='1'/></cputune>\n");
    check_pin("<cputune><shares>5</shares><vcpupin cpuset=\"3\" vcpu=\"01\"/></cputune>\n", 1, NULL,
              "<cputune><shares>5</shares></cputune>\n");
    check_pin("<cputune><vcpupin vcpu='10' cpuset='3'/></cputune>\n", 1, NULL,
              "<cputune><vcpupin vcpu='10' cpuset='3'/></cputune>\n");
    check_pin(ONE, DOMAIN_TEXT_EMULATOR, NULL, ONE);
}

static void
check_cpus(const char *before, const char *cpus, const char *after)
{
    g_autofree char *xml = g_strconcat(HEAD, before, TAIL, NULL);
    g_autofree char *wanted = g_strconcat(HEAD, after, TAIL, NULL);
    g_autofree char *changed = domain_text_set_cpus(xml, cpus);

    CHECK_TEXT(changed, wanted);
}

static void
test_cpus_of_all(void)
{
    check_cpus("", "0-3,^2", "  <vcpu cpuset='0-3,^2'>1</vcpu>\n");
    check_cpus("", NULL, "");
    check_cpus("<vcpu>2</vcpu>", "1", "<vcpu cpuset='1'>2</vcpu>");
    check_cpus("<vcpu\tcpuset = \"0\"\n>2</vcpu >", "1", "<vcpu\tcpuset = \"1\"\n>2</vcpu >");
    check_cpus("<vcpu placement='static' cpuset='0' current='1'>2</vcpu>", NULL,
               "<vcpu placement='static' current='1'>2</vcpu>");
    check_cpus("<vcpu>2</vcpu>", NULL, "<vcpu>2</vcpu>");
    check_cpus("<vcpu/><cputune><emulatorpin cpuset='3'/></cputune>", "1",
               "<vcpu cpuset='1'/><cputune><emulatorpin cpuset='3'/></cputune>");
    CHECK_TEXT(domain_text_set_cpus("<network/>", "1"), NULL);
}

#define WHOLE(middle) "<domain type='kvm'><name>x</name><memory>1</memory>" middle "<os><type>hvm</type></os></domain>"

static void
check_refused(char *changed, DriverFailure *made, const char *reason, const char *part)
{
    g_autofree char *text = changed;
    g_autoptr(DriverFailure) failure = made;

    CHECK_TEXT(text, NULL);
    CHECK_TEXT(failure ? failure->reason : NULL, reason);
    CHECK_CONTAINS(failure ? failure->message : "", part);
}

static void
count_refused(const char *xml, guint count, guint maximum, const char *reason, const char *part)
{
    DriverFailure *failure = NULL;
    char *changed = domain_vcpus_edit_count(xml, count, maximum, &failure);

    check_refused(changed, failure, reason, part);
}

static void
pin_refused(const char *xml, guint vcpu, const char *cpus, const char *reason, const char *part)
{
    DriverFailure *failure = NULL;
    char *changed = domain_vcpus_edit_pin(xml, vcpu, cpus, &failure);

    check_refused(changed, failure, reason, part);
}

static void
cpus_refused(const char *xml, const char *cpus, const char *reason, const char *part)
{
    DriverFailure *failure = NULL;
    char *changed = domain_vcpus_edit_cpus(xml, cpus, &failure);

    check_refused(changed, failure, reason, part);
}

static void
test_contradictions(void)
{
    static const char topology[] = WHOLE("<vcpu>4</vcpu><cpu><topology sockets='1' cores='4' threads='1'/></cpu>");
    static const char pinned[] = WHOLE("<vcpu>4</vcpu><cputune><vcpupin vcpu='3' cpuset='0'/></cputune>");
    static const char twice[] = WHOLE("<vcpu>4</vcpu><vcpu>2</vcpu>");
    static const char hidden[] = WHOLE("<cputune><vcpupin vcpu='&#48;' cpuset='0'/></cputune>");
    DriverFailure *failure = NULL;
    g_autofree char *lower = domain_vcpus_edit_count(topology, 2, 0, &failure);
    g_autofree char *less = domain_vcpus_edit_count(WHOLE("<vcpu current='3'>4</vcpu>"), 0, 2, &failure);

    CHECK_CONTAINS(lower, "<vcpu current='2'>4</vcpu>");
    CHECK_TEXT(less, WHOLE("<vcpu>2</vcpu>"));
    count_refused(topology, 0, 6, "invalid-argument", "the topology has 4 vCPUs and the domain has 6");
    count_refused(pinned, 0, 2, "invalid-argument", "vCPU 3 is pinned, and the domain has vCPUs 0 to 1");
    count_refused(pinned, 5, 0, "invalid-argument", "allows 4 vCPUs, which is fewer than 5");
    count_refused(pinned, 0, 5000, "invalid-argument", "at most 4096");
    count_refused("<domain", 1, 0, "invalid-xml", "line 1");
    pin_refused(pinned, 4, "0", "invalid-argument", "vCPUs 0 to 3, and 4 is none of them");
    pin_refused(pinned, 0, "x", "invalid-argument", "'x' is no set");
    pin_refused(hidden, 0, "1", "invalid-xml", "cannot be changed");
    cpus_refused(pinned, "1,^1", "invalid-argument", "leaves no CPU");
    cpus_refused("<domain", "1", "invalid-xml", "line 1");
    g_free(domain_vcpus_edit_count(twice, 1, 0, NULL));
}

static char *
pinned(const char *xml, guint vcpu, const char *cpus)
{
    g_autoptr(DriverFailure) failure = NULL;
    char *changed = domain_vcpus_edit_pin(xml, vcpu, cpus, &failure);

    if (!changed) {
        fprintf(stderr, "%s\nin %s\n", failure->message, xml);
    }
    return changed;
}

/* What is pinned and unpinned again is as it was, byte by byte. */
static void
check_there_and_back(const char *path)
{
    g_autofree char *xml = NULL;
    g_autoptr(DomainDefinition) definition = NULL;

    CHECK(g_file_get_contents(path, &xml, NULL, NULL));
    definition = domain_definition_parse(xml, -1, NULL);
    if (!definition || definition->vcpu_pins->len > 0 || definition->emulator_cpus || strstr(xml, "cputune")) {
        return;
    }
    g_autofree char *first = pinned(xml, 0, "0-3,^2");
    g_autofree char *second = pinned(first, DOMAIN_TEXT_EMULATOR, "1");
    g_autofree char *third = pinned(second, 0, NULL);
    g_autofree char *back = pinned(third, DOMAIN_TEXT_EMULATOR, NULL);
    CHECK_TEXT(back, xml);
    CHECK(strlen(second) > strlen(xml));
}

static void
test_all_definitions(void)
{
    g_autofree char *folder = g_build_filename(g_getenv("MORTISE_TEST_SOURCE"), "tests/drivers/data/domains", NULL);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    guint count = 0;
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        check_there_and_back(path);
        count++;
    }
    CHECK(count > 5);
}

/* In the order in which QEMU fills them, however it lists them. */
static void
test_places(void)
{
    static const char reply[] =
        "[{\"props\": {\"socket-id\": 1, \"core-id\": 0, \"thread-id\": 0}, \"vcpus-count\": 1, \"type\": \"t\"},"
        " {\"props\": {\"socket-id\": 0, \"core-id\": 1, \"thread-id\": 0}, \"vcpus-count\": 1, \"type\": \"t\"},"
        " {\"props\": {\"socket-id\": 0, \"core-id\": 0, \"thread-id\": 0}, \"vcpus-count\": 1, \"type\": \"t\","
        "  \"qom-path\": \"/machine/unattached/device[0]\"},"
        " {\"props\": {}, \"vcpus-count\": 0, \"type\": \"t\"}, {\"vcpus-count\": 1, \"type\": \"t\"}, 7]";
    g_autoptr(JsonNode) value = json_from_string(reply, NULL);
    g_autoptr(GPtrArray) places = qemu_monitor_vcpu_places(value);
    const QemuVcpuPlace *last;
    g_autoptr(JsonObject) arguments = NULL;

    CHECK_INT(places->len, 3);
    CHECK_TEXT(((const QemuVcpuPlace *) places->pdata[0])->path, "/machine/unattached/device[0]");
    last = places->pdata[2];
    CHECK_TEXT(last->path, NULL);
    arguments = qemu_vcpu_place_arguments(last, 2);
    CHECK_TEXT(json_object_get_string_member(arguments, "id"), "vcpu2");
    CHECK_TEXT(json_object_get_string_member(arguments, "driver"), "t");
    CHECK_INT(json_object_get_int_member(arguments, "socket-id"), 1);
}

static const MortiseTest tests[] = {
    {"sets of CPUs", test_sets},
    {"numbers of vCPUs", test_counts},
    {"a number where there was none", test_new_count},
    {"pins", test_pins},
    {"CPUs of all", test_cpus_of_all},
    {"contradictions", test_contradictions},
    {"every definition of the tests", test_all_definitions},
    {"places for vCPUs", test_places},
};

MORTISE_TEST_MAIN("vcpu-text", tests)
