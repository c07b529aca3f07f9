// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a capabilities document tells of networks, shared storage and files to boot from, and what follows for a guest.
#include "judge-test.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

#include "qemu-migration-host.h"
#include "qemu-places.h"

/* The same kind of host after another boot: another host. To be freed. */
static char *
like_host(const char *capabilities, const char *places)
{
    g_autofree char *other = judge_replace(capabilities, " boot='", " boot='0");
    g_autofree char *marked = judge_replace(other, "</mortise:host>", "</mortise:host><mortise:rest/>");
    g_autofree char *head = g_strconcat("<mortise:host name='like' boot='other' cpus='2' memory='99999999'>", places,
                                        "</mortise:host>", NULL);

    return places ? judge_replace(marked, "<mortise:host (.|\n)*</mortise:host>", head) : g_steal_pointer(&other);
}

static void
test_like_host(void)
{
    g_autofree char *xml = engine_xml(150, "");
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autofree char *other = like_host(scene.capabilities, NULL);
        g_autoptr(MortiseSink) sink = judge(&scene, other);
        judge_check_complete(sink);
        judge_check_none(sink, MORTISE_VERDICT_BAD);
        judge_check_none(sink, MORTISE_VERDICT_UNKNOWN);
        judge_close(&scene);
    }
}

/* The verdict on one guest by one document, whose places are given. */
static void
expect(const JudgeScene *scene, const char *xml, const char *offer, const char *places, const char *words)
{
    g_autofree char *document = like_host(scene->capabilities, places);
    g_autoptr(MortiseSink) sink = judge_with(scene, 0, xml, offer, document);

    CHECK(judge_find(sink->findings, words) != NULL);
}

#define NETWORK "<mortise:network><mortise:link name='br0' kind='bridge'/><mortise:link name='eth0' kind=''/>" \
                "</mortise:network>"

static void
check_networks(const JudgeScene *scene, const char *live)
{
    g_autofree char *bridged = judge_replace(live, "<interface type=\"user\">",
                                             "<interface type=\"bridge\"><source bridge=\"br0\"/>");
    g_autofree char *wrong = judge_replace(bridged, "bridge=\"br0\"", "bridge=\"eth0\"");
    g_autofree char *absent = judge_replace(bridged, "bridge=\"br0\"", "bridge=\"br1\"");

    expect(scene, bridged, scene->offer, NETWORK, "0 network 0 br0: ");
    expect(scene, wrong, scene->offer, NETWORK, "like has no bridge 'eth0'");
    expect(scene, absent, scene->offer, NETWORK, "2 network 0 br1: ");
    expect(scene, absent, scene->offer, NETWORK, "ip link add br1 type bridge");
    expect(scene, bridged, scene->offer, "<mortise:network/>", "2 network 0 br0: ");
    expect(scene, bridged, scene->offer, "", "3 network 0 br0: ");
    expect(scene, bridged, scene->offer, "", "| Ask that host itself");
}

/* A macvtap by a document of the guest's own host, which cannot tell whether that is in the same namespace. */
static void
check_own_host(const JudgeScene *scene, const char *live)
{
    g_autofree char *direct = judge_replace(live, "<interface type=\"user\">",
                                            "<interface type=\"direct\"><source dev=\"eth0\"/>");
    g_autofree char *elsewhere = like_host(scene->capabilities, NETWORK);
    g_autoptr(JsonNode) offer = json_from_string(scene->offer, NULL);
    g_autofree char *identity = g_strdup_printf("boot='%s'",
                                                json_object_get_string_member(json_node_get_object(offer), "boot"));
    g_autofree char *own = judge_replace(elsewhere, "boot='other'", identity);
    g_autoptr(MortiseSink) there = judge_with(scene, 0, direct, scene->offer, elsewhere);
    g_autoptr(MortiseSink) here = judge_with(scene, 0, direct, scene->offer, own);

    CHECK(judge_find(there->findings, "0 network 0 eth0: ") != NULL);
    CHECK(judge_find(here->findings, "3 network 0 eth0: ") != NULL);
    CHECK(judge_find(here->findings, "the guest's own host") != NULL);
}

static void
test_networks(void)
{
    g_autofree char *xml = engine_xml(151, "<devices><interface type='user'/></devices>");
    JudgeScene scene;

    if (judge_open(&scene, "tcg", xml)) {
        g_autofree char *live = judge_offered_xml(scene.offer);
        check_networks(&scene, live);
        check_own_host(&scene, live);
        judge_close(&scene);
    }
}

static void
check_boot_files(const JudgeScene *scene, const char *kernel, const char *digest)
{
    g_autofree char *same = g_strdup_printf("<mortise:boot-files><mortise:file path='%s' size='5' sha256='%s'/>"
                                            "</mortise:boot-files>", kernel, digest);
    g_autofree char *other = judge_replace(same, "sha256='.", "sha256='x");
    g_autofree char *larger = judge_replace(same, "size='5'", "size='6'");
    g_autofree char *quiet = judge_replace(same, " sha256='[^']*'", "");
    g_autofree char *live = judge_offered_xml(scene->offer);
    g_autofree char *booting = g_strdup_printf("<kernel>%s</kernel></os>", kernel);
    g_autofree char *loading = g_strdup_printf("<loader>%s</loader></os>", kernel);
    g_autofree char *with_kernel = judge_replace(live, "</os>", booting);
    g_autofree char *with_loader = judge_replace(live, "</os>", loading);
    g_autofree char *told = g_strdup_printf("\"files\":[{\"path\":\"%s\",\"size\":5,\"sha256\":\"%s\"}]", kernel,
                                            digest);
    g_autofree char *offer = judge_replace(scene->offer, "\"files\":\\[\\]", told);

    expect(scene, with_kernel, offer, same, "it is there, the same");
    expect(scene, with_kernel, offer, other, "1 firmware ");
    expect(scene, with_kernel, offer, other, "which the guest boots from when it is reset");
    expect(scene, with_kernel, offer, larger, "1 firmware ");
    expect(scene, with_loader, offer, larger, "2 firmware ");
    expect(scene, with_loader, offer, larger, "it has another size there");
    expect(scene, with_kernel, offer, quiet, "it is too large to be compared");
    expect(scene, with_kernel, offer, "", "3 firmware ");
    expect(scene, with_kernel, offer, "<mortise:boot-files/>", "3 firmware ");
    expect(scene, with_kernel, scene->offer, same, "0 firmware ");
}

static void
test_boot_files(void)
{
    g_autofree char *xml = engine_xml(152, "");
    g_autofree char *path = g_strdup_printf("/var/tmp/mortise-judge-%d-kernel", (int) getpid());
    JudgeScene scene;

    CHECK(g_file_set_contents(path, "abcde", 5, NULL));
    if (judge_open(&scene, "tcg", xml)) {
        check_boot_files(&scene, path, "36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c");
        judge_close(&scene);
    }
    CHECK_INT(g_unlink(path), 0);
}

#define MOUNTED(path) \
    "<mortise:storage><mortise:mount path='" path "' source='nas:/images'/></mortise:storage>"

static void
check_storage(const JudgeScene *scene, const char *disk)
{
    g_autofree char *told = g_strdup_printf("\"location\":\"nas:/images/%s\",\"target\":\"vda\"",
                                             strrchr(disk, '/') + 1);
    g_autofree char *shared = judge_replace(scene->offer, "\"target\":\"vda\"", told);
    g_autofree char *offer = judge_replace(shared, "\"place\":\"local\"", "\"place\":\"shared\"");

    expect(scene, NULL, offer, MOUNTED("/var/tmp"), "it is on storage that both hosts share, nas:/images/");
    expect(scene, NULL, offer, MOUNTED("/var"), "3 disk ");
    expect(scene, NULL, offer, MOUNTED("/var/tm"), "3 disk ");
    expect(scene, NULL, offer, "<mortise:storage/>", "3 disk ");
    expect(scene, NULL, scene->offer, "<mortise:storage/>", "2 disk ");
}

static void
test_storage(void)
{
    g_autofree char *disk = g_strdup_printf("/var/tmp/mortise-judge-%d-places.img", (int) getpid());
    g_autofree char *more = g_strdup_printf("<devices><disk type='file' device='disk'><source file='%s'/>"
                                            "<target dev='vda' bus='virtio'/></disk></devices>", disk);
    g_autofree char *xml = engine_xml(153, more);
    g_autofree char *content = g_malloc0(65536);
    JudgeScene scene;

    CHECK(g_file_set_contents(disk, content, 65536, NULL));
    if (judge_open(&scene, "tcg", xml)) {
        check_storage(&scene, disk);
        judge_close(&scene);
    }
    CHECK_INT(g_unlink(disk), 0);
}

static const char mountinfo[] =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "40 22 0:50 / /srv rw,relatime shared:9 - nfs4 nas:/images rw,vers=4.2\n"
    "41 22 0:51 /deep/down /srv/my\\040pool rw - ceph mon:/ rw\n"
    "42 40 8:2 / /srv/local rw master:3 - xfs /dev/sdb1 rw\n"
    "43 22 0:52 / /srv/local/back rw - cifs //nas/share rw\n"
    "44 22 8:3 / /srvother rw - ext4 /dev/sdc1 rw\n"
    "not a line\n";

static void
check_location(const GPtrArray *mounts, const char *path, const char *location)
{
    g_autofree char *found = qemu_places_locate(mounts, path);

    CHECK_TEXT(found, location);
}

static void
test_mounts(void)
{
    g_autoptr(GPtrArray) mounts = qemu_mounts_parse(mountinfo);
    g_autoptr(GPtrArray) whole = qemu_mounts_parse("1 0 0:2 / / rw - nfs nas:/ rw\n");

    CHECK_INT(mounts->len, 4);
    check_location(mounts, "/srv/a.img", "nas:/images/a.img");
    check_location(mounts, "/srv", "nas:/images");
    check_location(mounts, "/srv/my pool/a.img", "mon:/deep/down/a.img");
    check_location(mounts, "/srv/local/a.img", NULL);
    check_location(mounts, "/srv/local/back/a.img", "//nas/share/a.img");
    check_location(mounts, "/srvother/a.img", NULL);
    check_location(mounts, "/etc/passwd", NULL);
    check_location(whole, "/a/b", "nas:/a/b");
}

/* What is written can be read again, and what is wrong is refused. */
static void
test_document(void)
{
    static const char form[] = "<capabilities xmlns:mortise='urn:mortise:capabilities:1'><host><mortise:host name='a'>"
                               "%s</mortise:host></host></capabilities>";
    g_autoptr(QemuPlaces) places = qemu_places_new();
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *document = NULL;
    g_autofree char *wrong = g_strdup_printf(form, "<mortise:boot-files><mortise:file path='/a' size='big'/>"
                                                   "</mortise:boot-files>");
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QemuHost) host = NULL;

    places->links = qemu_places_new_links();
    places->mounts = qemu_mounts_parse(mountinfo);
    qemu_places_add_link(places->links, "a<b", "bridge");
    qemu_places_write(places, text, "");
    document = g_strdup_printf(form, text->str);
    host = qemu_host_parse(document, &failure);
    CHECK(host != NULL && failure == NULL);
    CHECK(host && qemu_places_link(host->places, "a<b") != NULL);
    CHECK(host && host->places->files == NULL);
    if (host) {
        check_location(host->places->mounts, "/srv/my pool/a.img", "mon:/deep/down/a.img");
        check_location(host->places->mounts, "/srv/local/a.img", NULL);
    }
    CHECK(qemu_host_parse(wrong, &failure) == NULL);
    CHECK_CONTAINS(failure->message, "the size 'big' is no number");
}

static const MortiseTest tests[] = {
    {"a host of the same kind takes a guest that needs nothing by name", test_like_host},
    {"networks", test_networks},
    {"files to boot from", test_boot_files},
    {"shared storage", test_storage},
    {"mounts", test_mounts},
    {"writing and reading", test_document},
};

int
main(void)
{
    return mortise_test_main("engine-judge-places", tests, G_N_ELEMENTS(tests));
}
