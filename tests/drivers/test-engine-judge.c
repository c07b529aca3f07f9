// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Offers of real guests, and the judgement of this host and of described ones: all checks, the values, the words.
#include "engine-test.h"
#include "mortise-test.h"

#include <glib/gstdio.h>
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

static const MortiseTest tests[] = {
    {"this host takes its own guest", test_this_host},
    {"each reason is told, not the first", test_all_reasons},
};

int
main(void)
{
    return mortise_test_main("engine-judge", tests, G_N_ELEMENTS(tests));
}
