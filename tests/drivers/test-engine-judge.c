// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Offers of real guests, and the judgement of this host and of described ones: all checks, the values, the words.
#include "judge-test.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define COPY MORTISE_MIGRATE_COPY_STORAGE_ALL
/* Of this process alone. */
#define DISK "/var/tmp/mortise-judge-%d-%s.img"

/* A file of one MiB, to be removed and freed. */
static char *
make_disk(const char *name)
{
    char *path = g_strdup_printf(DISK, (int) getpid(), name);
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
check_offer(const JudgeScene *scene, const char *disk)
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
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autoptr(MortiseSink) here = judge(&scene, NULL);
        g_autoptr(MortiseSink) described = judge(&scene, scene.capabilities);
        check_offer(&scene, disk);
        judge_check_complete(here);
        judge_check_none(here, MORTISE_VERDICT_BAD);
        judge_check_none(here, MORTISE_VERDICT_UNKNOWN);
        CHECK(judge_find(here->findings, "0 disk 0 vda: vda") != NULL);
        CHECK(judge_find(here->findings, "both sides use the same file on this host") != NULL);
        judge_check_complete(described);
        judge_check_none(described, MORTISE_VERDICT_BAD);
        judge_check_none(described, MORTISE_VERDICT_UNKNOWN);
        judge_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

/* Another host without the machine type, the memory, the CPU features and the migration capability. To be freed. */
static char *
poor_host(const char *capabilities)
{
    g_autofree char *other = judge_replace(capabilities, " boot='", " boot='0");
    g_autofree char *small = judge_replace(other, "memory='[0-9]+'", "memory='16'");
    g_autofree char *slow = judge_replace(small, "<mortise:features>", "<mortise:features>fpu</mortise:features><x>");
    g_autofree char *well = judge_replace(slow, "</mortise:features>\n", "</x>");
    g_autofree char *strange = judge_replace(well, "pc-i440fx-", "pc-other-");

    return judge_replace(strange, "multifd", "otherfd");
}

static void
check_poor(const JudgeScene *scene)
{
    g_autofree char *poor = poor_host(scene->capabilities);
    g_autoptr(MortiseSink) sink = judge_with(scene, MORTISE_MIGRATE_MULTIFD, NULL, scene->offer, poor);

    judge_check_complete(sink);
    CHECK(judge_find(sink->findings, "2 cpu-features ") != NULL);
    CHECK(judge_find(sink->findings, "2 machine-type ") != NULL);
    CHECK(judge_find(sink->findings, "2 memory ") != NULL);
    CHECK(judge_find(sink->findings, "2 migration-capabilities 0 multifd") != NULL);
    CHECK(judge_find(sink->findings, "2 disk 0 vda") != NULL);
    CHECK(judge_find(sink->compared, "memory [32768 KiB] [16 KiB]") != NULL);
    CHECK_INT(judge_count(sink, MORTISE_VERDICT_BAD), 5);
}

static void
test_all_reasons(void)
{
    g_autofree char *disk = make_disk("b");
    g_autofree char *xml = disk_xml(disk);
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        check_poor(&scene);
        judge_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

/* Where a disk is to be found there. */
static void
check_disks(const JudgeScene *scene, const char *xml, const char *disk)
{
    g_autofree char *second = make_disk("d");
    g_autofree char *missing = judge_replace(xml, "-c[.]img", "-none.img");
    g_autofree char *nowhere = judge_replace(xml, "/mortise-judge-[0-9]+-c[.]img", "/mortise-judge-none/c.img");
    g_autofree char *other = judge_replace(xml, "-c[.]img", "-d.img");
    g_autoptr(MortiseSink) absent = judge_with(scene, 0, missing, scene->offer, NULL);
    g_autoptr(MortiseSink) copied = judge_with(scene, COPY, missing, scene->offer, NULL);
    g_autoptr(MortiseSink) homeless = judge_with(scene, COPY, nowhere, scene->offer, NULL);
    g_autoptr(MortiseSink) wrong = judge_with(scene, 0, other, scene->offer, NULL);
    g_autoptr(MortiseSink) over = judge_with(scene, COPY, other, scene->offer, NULL);
    g_autoptr(MortiseSink) itself = judge_with(scene, COPY, NULL, scene->offer, NULL);

    CHECK(judge_find(absent->findings, "there is no such file on this host | Copy it with --copy-storage-all") != NULL);
    CHECK_INT(judge_count(absent, MORTISE_VERDICT_BAD), 1);
    CHECK(judge_find(copied->findings, "it is copied to a new file on this host") != NULL);
    judge_check_none(copied, MORTISE_VERDICT_BAD);
    CHECK(judge_find(homeless->findings, "2 disk 0 vda: vda") != NULL);
    CHECK(judge_find(wrong->findings, "another file than the one that the guest has") != NULL);
    judge_check_none(over, MORTISE_VERDICT_BAD);
    CHECK(judge_find(itself->findings, "it would be copied onto itself") != NULL);
    CHECK_CONTAINS(judge_find(itself->compared, "disk ["), disk);
    CHECK_INT(g_unlink(second), 0);
}

static void
test_disks(void)
{
    g_autofree char *disk = make_disk("c");
    g_autofree char *xml = disk_xml(disk);
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autofree char *live = judge_offered_xml(scene.offer);
        check_disks(&scene, live, disk);
        judge_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

static void
refuse(const JudgeScene *scene, const char *xml, const char *offer, const char *capabilities, const char *words)
{
    const MortiseMigrationArguments arguments = {.struct_size = sizeof(arguments), .xml = xml};
    g_autoptr(MortiseSink) sink = fake_sink_new();

    fake_call_begin(FAKE_AMPLE_MS);
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
    JudgeScene scene;

    if (!judge_open(&scene, "tcg", xml)) {
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
    judge_close(&scene);
}

/* A document that says nothing makes nothing compatible. */
static void
test_silence(void)
{
    g_autofree char *xml = engine_xml(133, "");
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autoptr(MortiseSink) silent = judge(&scene, "<capabilities/>");
        judge_check_complete(silent);
        judge_check_none(silent, MORTISE_VERDICT_BAD);
        CHECK(judge_find(silent->findings, "3 accelerator ") != NULL);
        CHECK(judge_find(silent->findings, "3 machine-type ") != NULL);
        CHECK(judge_find(silent->findings, "3 cpu-features ") != NULL);
        CHECK(judge_find(silent->findings, "3 memory ") != NULL);
        CHECK(judge_find(silent->findings, "3 qemu-version ") != NULL);
        judge_close(&scene);
    }
}

/* Documents of several drivers put together: the guests of another type come first. */
static void
test_merged(void)
{
    g_autofree char *xml = engine_xml(138, "");
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autofree char *merged = judge_replace(scene.capabilities, "</host>",
                                              "</host><guest><arch name='x86_64'><domain type='kvm'/></arch></guest>");
        g_autofree char *only = judge_replace(merged, "<domain type='qemu'/>", "");
        g_autoptr(MortiseSink) both = judge(&scene, merged);
        g_autoptr(MortiseSink) other = judge(&scene, only);
        judge_check_none(both, MORTISE_VERDICT_BAD);
        judge_check_none(both, MORTISE_VERDICT_UNKNOWN);
        CHECK(judge_find(other->findings, "2 accelerator ") != NULL);
        CHECK(judge_find(other->compared, "accelerator [qemu] [kvm]") != NULL);
        CHECK(judge_find(other->findings, "3 cpu-features ") != NULL);
        judge_close(&scene);
    }
}

static void
test_many(void)
{
    g_autofree char *xml = engine_xml(134, "");
    gint64 started;
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        started = g_get_monotonic_time();
        for (guint i = 0; i < 100; i++) {
            g_autoptr(MortiseSink) sink = judge(&scene, scene.capabilities);
            judge_check_none(sink, MORTISE_VERDICT_BAD);
        }
        fprintf(stderr, "100 documents of %" G_GSIZE_FORMAT " bytes: %" G_GINT64_FORMAT " us\n",
                strlen(scene.capabilities), g_get_monotonic_time() - started);
        judge_close(&scene);
    }
}

static void
check_accelerator(const char *xml, const char *version, const char *expected)
{
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autofree char *offer = judge_replace(scene.offer, "\"qemu_version\" ?: ?[0-9]+", version);
        g_autoptr(MortiseSink) sink = judge_with(&scene, 0, NULL, offer, scene.capabilities);
        CHECK(judge_find(sink->findings, expected) != NULL);
        judge_close(&scene);
    }
}

/* QEMU 7.2 overlooks them under TCG, when the size of the memory is a multiple of 256 KiB. */
static void
test_overlooked_writes(void)
{
    static const char overlooks[] = "\"qemu_version\":7002022";
    static const char another[] = "\"qemu_version\":8002000";
    g_autofree char *xml = engine_xml(140, "");
    g_autofree char *odd = judge_replace(xml, "<memory unit='MiB'>32<", "<memory unit='KiB'>32772<");

    check_accelerator(xml, overlooks, "1 accelerator ");
    check_accelerator(xml, another, "0 accelerator ");
    check_accelerator(odd, overlooks, "0 accelerator ");
}

static const MortiseTest tests[] = {
    {"this host takes its own guest", test_this_host},
    {"each reason is told, not the first", test_all_reasons},
    {"disks: the same, another, a copy", test_disks},
    {"offers and documents that are none", test_bad_input},
    {"a document that says nothing", test_silence},
    {"documents of several drivers", test_merged},
    {"a hundred documents", test_many},
    {"writes that are overlooked", test_overlooked_writes},
};

int
main(void)
{
    return mortise_test_main("engine-judge", tests, G_N_ELEMENTS(tests));
}
