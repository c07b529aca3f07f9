// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Offers of real guests, and the judgement of this host and of described ones: all checks, the values, the words.
#include "engine-test.h"
#include "mortise-test.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <mortise/driver/migration.h>
#include <string.h>
#include <unistd.h>

#define COPY MORTISE_MIGRATE_COPY_STORAGE_ALL
#define DISK "/var/tmp/mortise-judge-%s.img"

static const char *const all_checks[] = {
    "tsc-frequency", "cpu-model", "cpu-features", "accelerator", "machine-type", "memory", "vcpus", "qemu-version",
    "migration-capabilities", "definition", "disk", "host-device", "network", "firmware",
};

/* A running guest, what it offers, and what judges it. */
typedef struct {
    FakeHost *host;
    FakeDomain *domain;
    const MortiseMigration *migration;
    char *offer;
    char *capabilities;
} Scene;

static char *
begin(const Scene *scene)
{
    const MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments)};
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(20000);
    if (scene->migration->begin(fake_domain_handle(scene->domain), &arguments, sink) != MORTISE_OK) {
        return NULL;
    }
    return g_strdup(sink->text->str);
}

static char *
capabilities_of(FakeHost *host)
{
    const MortiseDriverOperations *operations = fake_host_descriptor(host)->operations;
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(20000);
    CHECK_INT(operations->capabilities(fake_host_connection(host), sink), MORTISE_OK);
    return g_strdup(sink->text->str);
}

/* FALSE when there is nothing to judge here; the guest is then skipped by name. */
static gboolean
scene_open(Scene *scene, const char *driver, const char *xml)
{
    *scene = (Scene){NULL, NULL, NULL, NULL, NULL};
    scene->host = engine_require(driver) ? fake_host_new(driver, NULL) : NULL;
    if (!scene->host) {
        return FALSE;
    }
    scene->migration = fake_host_interface(scene->host, MORTISE_MIGRATION_ID);
    scene->domain = fake_domain_open(scene->host, xml);
    CHECK_INT(fake_start(scene->domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    scene->offer = begin(scene);
    scene->capabilities = capabilities_of(scene->host);
    return TRUE;
}

static void
scene_close(Scene *scene)
{
    CHECK_INT(fake_stop(scene->domain, 0), MORTISE_OK);
    CHECK(engine_is_clean(scene->host));
    fake_host_free(scene->host);
    g_free(scene->offer);
    g_free(scene->capabilities);
}

static MortiseSink *
judge_with(const Scene *scene, guint flags, const char *xml, const char *offer, const char *capabilities)
{
    const MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments), .flags = flags, .xml = xml};
    MortiseSink *sink = fake_sink_new();

    fake_call_begin(20000);
    CHECK_INT(scene->migration->judge(fake_host_connection(scene->host), &arguments, offer, capabilities, sink),
              MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    return sink;
}

static MortiseSink *
judge(const Scene *scene, const char *capabilities)
{
    return judge_with(scene, 0, NULL, scene->offer, capabilities);
}

static const char *
find(const GPtrArray *lines, const char *part)
{
    for (guint i = 0; i < lines->len; i++) {
        if (strstr(lines->pdata[i], part)) {
            return lines->pdata[i];
        }
    }
    for (guint i = 0; i < lines->len; i++) {
        fprintf(stderr, "no '%s' in: %s\n", part, (const char *) lines->pdata[i]);
    }
    return NULL;
}

static guint
count_of(const MortiseSink *sink, guint verdict)
{
    const char prefix[] = {(char) ('0' + verdict), ' ', '\0'};
    guint count = 0;

    for (guint i = 0; i < sink->findings->len; i++) {
        count += g_str_has_prefix(sink->findings->pdata[i], prefix);
    }
    return count;
}

static void
check_none(const MortiseSink *sink, guint verdict)
{
    for (guint i = 0; i < sink->findings->len && count_of(sink, verdict) > 0; i++) {
        fprintf(stderr, "%s\n", (const char *) sink->findings->pdata[i]);
    }
    CHECK_INT(count_of(sink, verdict), 0);
}

static void
check_complete(const MortiseSink *sink)
{
    for (guint i = 0; i < G_N_ELEMENTS(all_checks); i++) {
        g_autofree char *id = g_strdup_printf(" %s ", all_checks[i]);
        CHECK(find(sink->findings, id) != NULL);
    }
}

/* A file of one MiB, to be removed and freed. */
static char *
make_disk(const char *name)
{
    char *path = g_strdup_printf(DISK, name);
    g_autofree char *content = g_malloc0(1024 * 1024);

    CHECK(g_file_set_contents(path, content, 1024 * 1024, NULL));
    return path;
}

static char *
disk_xml(const char *path)
{
    g_autofree char *more = g_strdup_printf("<devices><disk type='file' device='disk'><driver name='qemu' type='raw'/>"
                                            "<source file='%s'/><target dev='vda' bus='virtio'/></disk>"
                                            "<interface type='user'/></devices>", path);

    return engine_xml(131, more);
}

static void
check_offer(const Scene *scene, const char *disk)
{
    CHECK_CONTAINS(scene->offer, "\"schema\":1");
    CHECK_CONTAINS(scene->offer, "machine=\\\"pc-i440fx-");
    CHECK_CONTAINS(scene->offer, "<alias name=\\\"virtio-disk0\\\"/>");
    CHECK_CONTAINS(scene->offer, "<address type=\\\"pci\\\"");
    CHECK_CONTAINS(scene->offer, "<model>qemu64</model>");
    CHECK_CONTAINS(scene->offer, "\"qemu_version\":");
    CHECK_CONTAINS(scene->offer, "\"cpu_features\":[");
    CHECK_CONTAINS(scene->offer, "\"multifd\"");
    CHECK_CONTAINS(scene->offer, disk);
    CHECK_CONTAINS(scene->offer, "\"size\":1048576");
    CHECK(!strstr(scene->offer, "<domain type=\\\"qemu\\\" id="));
}

static void
test_this_host(void)
{
    g_autofree char *disk = make_disk("a");
    g_autofree char *xml = disk_xml(disk);
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autoptr(MortiseSink) here = judge(&scene, NULL);
        g_autoptr(MortiseSink) described = judge(&scene, scene.capabilities);
        check_offer(&scene, disk);
        check_complete(here);
        check_none(here, MORTISE_VERDICT_BAD);
        check_none(here, MORTISE_VERDICT_UNKNOWN);
        CHECK(find(here->findings, "0 disk 0 vda: vda") != NULL);
        CHECK(find(here->findings, "both sides use the same file on this host") != NULL);
        check_complete(described);
        check_none(described, MORTISE_VERDICT_BAD);
        check_none(described, MORTISE_VERDICT_UNKNOWN);
        scene_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

static char *
replace_all(const char *text, const char *pattern, const char *other)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);

    CHECK(g_regex_match(regex, text, 0, NULL));
    return g_regex_replace_literal(regex, text, -1, 0, other, 0, NULL);
}

/* Another host without the machine type, the memory, the CPU features and the migration capability. To be freed. */
static char *
poor_host(const char *capabilities)
{
    g_autofree char *other = replace_all(capabilities, " boot='", " boot='0");
    g_autofree char *small = replace_all(other, "memory='[0-9]+'", "memory='16'");
    g_autofree char *slow = replace_all(small, "<mortise:features>", "<mortise:features>fpu</mortise:features><x>");
    g_autofree char *well = replace_all(slow, "</mortise:features>\n", "</x>");
    g_autofree char *strange = replace_all(well, "pc-i440fx-", "pc-other-");

    return replace_all(strange, "multifd", "otherfd");
}

static void
check_poor(const Scene *scene)
{
    g_autofree char *poor = poor_host(scene->capabilities);
    g_autoptr(MortiseSink) sink = judge_with(scene, MORTISE_MIGRATE_MULTIFD, NULL, scene->offer, poor);

    check_complete(sink);
    CHECK(find(sink->findings, "2 cpu-features ") != NULL);
    CHECK(find(sink->findings, "2 machine-type ") != NULL);
    CHECK(find(sink->findings, "2 memory ") != NULL);
    CHECK(find(sink->findings, "2 migration-capabilities 0 multifd") != NULL);
    CHECK(find(sink->findings, "2 disk 0 vda") != NULL);
    CHECK(find(sink->compared, "memory [32768 KiB] [16 KiB]") != NULL);
    CHECK_INT(count_of(sink, MORTISE_VERDICT_BAD), 5);
}

static void
test_all_reasons(void)
{
    g_autofree char *disk = make_disk("b");
    g_autofree char *xml = disk_xml(disk);
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        check_poor(&scene);
        scene_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

/* Where a disk is to be found there. */
static void
check_disks(const Scene *scene, const char *xml, const char *disk)
{
    g_autofree char *missing = replace_all(xml, "mortise-judge-c.img", "mortise-judge-none.img");
    g_autofree char *nowhere = replace_all(xml, "/var/tmp/mortise-judge-c.img", "/var/tmp/mortise-judge-none/c.img");
    g_autofree char *other = replace_all(xml, "mortise-judge-c.img", "mortise-judge-d.img");
    g_autofree char *second = make_disk("d");
    g_autoptr(MortiseSink) absent = judge_with(scene, 0, missing, scene->offer, NULL);
    g_autoptr(MortiseSink) copied = judge_with(scene, COPY, missing, scene->offer, NULL);
    g_autoptr(MortiseSink) homeless = judge_with(scene, COPY, nowhere, scene->offer, NULL);
    g_autoptr(MortiseSink) wrong = judge_with(scene, 0, other, scene->offer, NULL);
    g_autoptr(MortiseSink) over = judge_with(scene, COPY, other, scene->offer, NULL);
    g_autoptr(MortiseSink) itself = judge_with(scene, COPY, NULL, scene->offer, NULL);

    CHECK(find(absent->findings, "there is no such file on this host | Copy it with --copy-storage-all") != NULL);
    CHECK_INT(count_of(absent, MORTISE_VERDICT_BAD), 1);
    CHECK(find(copied->findings, "it is copied to a new file on this host") != NULL);
    check_none(copied, MORTISE_VERDICT_BAD);
    CHECK(find(homeless->findings, "2 disk 0 vda: vda") != NULL);
    CHECK(find(wrong->findings, "another file than the one that the guest has") != NULL);
    check_none(over, MORTISE_VERDICT_BAD);
    CHECK(find(itself->findings, "it would be copied onto itself") != NULL);
    CHECK_CONTAINS(find(itself->compared, "disk ["), disk);
    CHECK_INT(g_unlink(second), 0);
}

/* The XML in an offer, to be freed. */
static char *
offered_xml(const char *offer)
{
    g_autoptr(JsonNode) root = json_from_string(offer, NULL);

    return g_strdup(json_object_get_string_member(json_node_get_object(root), "xml"));
}

static void
test_disks(void)
{
    g_autofree char *disk = make_disk("c");
    g_autofree char *xml = disk_xml(disk);
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autofree char *live = offered_xml(scene.offer);
        check_disks(&scene, live, disk);
        scene_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

static void
refuse(const Scene *scene, const char *xml, const char *offer, const char *capabilities, const char *words)
{
    const MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments), .xml = xml};
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(20000);
    CHECK_INT(scene->migration->judge(fake_host_connection(scene->host), &arguments, offer, capabilities, sink),
              MORTISE_FAILED);
    CHECK_CONTAINS(fake_call_error()->message, words);
    CHECK_INT(sink->findings->len, 0);
}

static void
test_bad_input(void)
{
    g_autofree char *xml = engine_xml(132, "");
    g_autoptr(GString) deep = g_string_new(NULL);
    Scene scene;

    if (!scene_open(&scene, "tcg", xml)) {
        return;
    }
    for (guint i = 0; i < 100000; i++) {
        (void) g_string_append(deep, "[");
    }
    refuse(&scene, NULL, "", NULL, "no offer of a migration");
    refuse(&scene, NULL, deep->str, NULL, "no offer of a migration");
    refuse(&scene, NULL, "[1]", NULL, "no offer of a migration");
    refuse(&scene, NULL, "{\"schema\":2,\"xml\":\"\"}", NULL, "of schema 2, and this side knows 1");
    refuse(&scene, NULL, "{\"schema\":1,\"xml\":\"<x/>\"}", NULL, "The XML of the offer");
    refuse(&scene, "<domain", scene.offer, NULL, "The XML for the destination");
    refuse(&scene, NULL, scene.offer, "", "capabilities document");
    refuse(&scene, NULL, scene.offer, "<capabilities>\n<host>\n</capabilities>", "line 3");
    refuse(&scene, NULL, scene.offer, "<domain/>", "it begins with <domain>");
    refuse(&scene, NULL, scene.offer, "<!DOCTYPE a []><capabilities/>", "capabilities document");
    refuse(&scene, NULL, scene.offer,
           "<capabilities>\n<host><cpu>\n<counter name='tsc' frequency='fast'/></cpu></host></capabilities>",
           "Line 3 of the capabilities document, capabilities/host/cpu/counter/@frequency: 'fast' is not a number");
    refuse(&scene, NULL, scene.offer,
           "<capabilities><host><cpu><counter name='tsc' frequency='1000' scaling='perhaps'/></cpu></host>"
           "</capabilities>", "scaling is 'perhaps'");
    scene_close(&scene);
}

/* A document that says nothing makes nothing compatible. */
static void
test_silence(void)
{
    g_autofree char *xml = engine_xml(133, "");
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autoptr(MortiseSink) silent = judge(&scene, "<capabilities/>");
        check_complete(silent);
        check_none(silent, MORTISE_VERDICT_BAD);
        CHECK(find(silent->findings, "3 accelerator ") != NULL);
        CHECK(find(silent->findings, "3 machine-type ") != NULL);
        CHECK(find(silent->findings, "3 cpu-features ") != NULL);
        CHECK(find(silent->findings, "3 memory ") != NULL);
        CHECK(find(silent->findings, "3 qemu-version ") != NULL);
        scene_close(&scene);
    }
}

/* Documents of several drivers put together: the guests of another type come first. */
static void
test_merged(void)
{
    g_autofree char *xml = engine_xml(138, "");
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        g_autofree char *merged = replace_all(scene.capabilities, "</host>",
                                              "</host><guest><arch name='x86_64'><domain type='kvm'/></arch></guest>");
        g_autofree char *only = replace_all(merged, "<domain type='qemu'/>", "");
        g_autoptr(MortiseSink) both = judge(&scene, merged);
        g_autoptr(MortiseSink) other = judge(&scene, only);
        check_none(both, MORTISE_VERDICT_BAD);
        check_none(both, MORTISE_VERDICT_UNKNOWN);
        CHECK(find(other->findings, "2 accelerator ") != NULL);
        CHECK(find(other->compared, "accelerator [qemu] [kvm]") != NULL);
        CHECK(find(other->findings, "3 cpu-features ") != NULL);
        scene_close(&scene);
    }
}

static void
test_many(void)
{
    g_autofree char *xml = engine_xml(134, "");
    gint64 started;
    Scene scene;

    if (scene_open(&scene, "tcg", xml)) {
        started = g_get_monotonic_time();
        for (guint i = 0; i < 100; i++) {
            g_autoptr(MortiseSink) sink = judge(&scene, scene.capabilities);
            check_none(sink, MORTISE_VERDICT_BAD);
        }
        fprintf(stderr, "100 documents of %" G_GSIZE_FORMAT " bytes: %" G_GINT64_FORMAT " us\n",
                strlen(scene.capabilities), g_get_monotonic_time() - started);
        scene_close(&scene);
    }
}

static gboolean
has_kvm(void)
{
    if (access("/dev/kvm", R_OK | W_OK) != 0) {
        mortise_test_skip("invariant TSC", "/dev/kvm cannot be used");
        return FALSE;
    }
    return engine_require("qemu");
}

/* A small guest under KVM with an invariant TSC; `timer` is the content of <clock>. To be freed. */
static char *
invariant_xml(guint number, const char *timer)
{
    g_autofree char *more = g_strdup_printf("<cpu mode='custom'><model>qemu64</model>"
                                            "<feature policy='require' name='invtsc'/></cpu><clock offset='utc'>%s"
                                            "</clock>", timer);

    return engine_any_xml(number, "kvm", 1, "<type arch='x86_64' machine='pc'>hvm</type>", more);
}

static char *
counter_of(const char *capabilities)
{
    g_autoptr(GRegex) regex = g_regex_new("<counter name='tsc' frequency='([0-9]+)' scaling='no'/>", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    return g_regex_match(regex, capabilities, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* The host's frequency in Hz, to be freed; NULL with a line when the rest cannot be shown here. */
static char *
own_frequency(void)
{
    FakeHost *host = has_kvm() ? fake_host_new("qemu", NULL) : NULL;
    g_autofree char *text = NULL;
    char *frequency;

    if (!host) {
        return NULL;
    }
    text = capabilities_of(host);
    frequency = counter_of(text);
    if (!frequency) {
        mortise_test_skip("invariant TSC", "this host does not tell its TSC, or scales it");
    }
    fake_host_free(host);
    return frequency;
}

static void
test_unnamed_frequency(void)
{
    g_autofree char *frequency = own_frequency();
    g_autofree char *xml = invariant_xml(135, "");
    Scene scene;

    if (frequency && scene_open(&scene, "qemu", xml)) {
        CHECK(scene.offer == NULL);
        CHECK(begin(&scene) == NULL);
        CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
        CHECK_CONTAINS(fake_call_error()->message, "has the CPU feature invtsc and names no TSC frequency");
        CHECK_CONTAINS(fake_call_error()->hint, "<timer name='tsc' frequency='HZ'/>");
        scene_close(&scene);
    }
}

static void
check_other_hosts(const Scene *scene, const char *frequency)
{
    const guint64 khz = g_ascii_strtoull(frequency, NULL, 10) / 1000;
    g_autofree char *slow = replace_all(scene->capabilities, "frequency='[0-9]+'", "frequency='1000000000'");
    g_autofree char *scaling = replace_all(slow, "scaling='no'", "scaling='yes'");
    g_autofree char *unclear = replace_all(slow, " scaling='no'", "");
    g_autofree char *silent = replace_all(scene->capabilities, "<counter [^/]*/>", "");
    g_autoptr(MortiseSink) same = judge(scene, scene->capabilities);
    g_autoptr(MortiseSink) bad = judge(scene, slow);
    g_autoptr(MortiseSink) good = judge(scene, scaling);
    g_autoptr(MortiseSink) perhaps = judge(scene, unclear);
    g_autoptr(MortiseSink) unknown = judge(scene, silent);
    g_autofree char *values = g_strdup_printf("tsc-frequency [%" G_GUINT64_FORMAT " kHz] [1000000 kHz, scaling no] "
                                              "requested_khz=%" G_GUINT64_FORMAT " host_khz=1000000 window_khz=999750 "
                                              "window_khz=1000250 difference_ppm=", khz, khz);

    check_none(same, MORTISE_VERDICT_BAD);
    CHECK(find(bad->findings, "2 tsc-frequency ") != NULL);
    CHECK_INT(count_of(bad, MORTISE_VERDICT_BAD), 1);
    CHECK(find(bad->compared, values) != NULL);
    CHECK(find(bad->compared, "scaling=no host_khz_source=the capabilities document") != NULL);
    check_complete(bad);
    CHECK(find(good->findings, "0 tsc-frequency ") != NULL);
    check_none(good, MORTISE_VERDICT_BAD);
    CHECK(find(perhaps->findings, "3 tsc-frequency ") != NULL);
    CHECK(find(unknown->findings, "3 tsc-frequency ") != NULL);
}

/* What judge says of this host is what a start says. */
static void
check_same_words(const Scene *scene)
{
    g_autofree char *live = offered_xml(scene->offer);
    g_autofree char *other = replace_all(live, "frequency=\"[0-9]+\"", "frequency=\"1000000000\"");
    g_autofree char *third = replace_all(other, "<uuid>e0e0", "<uuid>e0e1");
    g_autofree char *named = replace_all(third, "<name>engine-", "<name>other-");
    g_autoptr(MortiseSink) sink = judge_with(scene, 0, other, scene->offer, NULL);
    const char *finding = find(sink->findings, "2 tsc-frequency ");
    g_autofree char *words = g_strdup(strstr(finding, ": ") + 2);
    FakeDomain *domain = fake_domain_open(scene->host, named);

    CHECK_INT(count_of(sink, MORTISE_VERDICT_BAD), 1);
    *strstr(words, " | ") = '\0';
    CHECK_INT(fake_start(domain, 0), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
    CHECK_TEXT(strstr(fake_call_error()->message, "a TSC of 1000000 kHz"), words);
}

static void
test_invariant(void)
{
    g_autofree char *frequency = own_frequency();
    g_autofree char *timer = g_strdup_printf("<timer name='tsc' frequency='%s'/>", frequency ? frequency : "");
    g_autofree char *xml = invariant_xml(136, timer);
    Scene scene;

    if (frequency && scene_open(&scene, "qemu", xml)) {
        g_autoptr(MortiseSink) here = judge(&scene, NULL);
        check_none(here, MORTISE_VERDICT_BAD);
        CHECK(find(here->compared, "host_khz_source=KVM_GET_TSC_KHZ") != NULL);
        check_other_hosts(&scene, frequency);
        check_same_words(&scene);
        scene_close(&scene);
    }
}

/* A guest that names no frequency is not held to its host's. */
static void
test_plain(void)
{
    g_autofree char *frequency = own_frequency();
    g_autofree char *xml = engine_any_xml(137, "kvm", 1, "<type arch='x86_64' machine='pc'>hvm</type>",
                                          "<cpu mode='custom'><model>qemu64</model></cpu>");
    Scene scene;

    if (frequency && scene_open(&scene, "qemu", xml)) {
        g_autofree char *slow = replace_all(scene.capabilities, "frequency='[0-9]+'", "frequency='1000000000'");
        g_autofree char *live = offered_xml(scene.offer);
        g_autoptr(MortiseSink) sink = judge(&scene, slow);
        CHECK(!strstr(live, "frequency="));
        CHECK(find(sink->findings, "1 tsc-frequency ") != NULL);
        check_none(sink, MORTISE_VERDICT_BAD);
        scene_close(&scene);
    }
}

static const MortiseTest tests[] = {
    {"this host takes its own guest", test_this_host},
    {"each reason is told, not the first", test_all_reasons},
    {"disks: the same, another, a copy", test_disks},
    {"offers and documents that are none", test_bad_input},
    {"a document that says nothing", test_silence},
    {"documents of several drivers", test_merged},
    {"a hundred documents", test_many},
    {"invtsc without a frequency", test_unnamed_frequency},
    {"invtsc with the host's frequency", test_invariant},
    {"no invtsc and no frequency", test_plain},
};

int
main(void)
{
    return mortise_test_main("engine-judge", tests, G_N_ELEMENTS(tests));
}
