// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Disks that are copied by a migration: whole or above their backing files, into images that are made for them.
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

#define MEBIBYTE (1024u * 1024u)
#define SIZE (8u * MEBIBYTE)

static guint
own_number(void)
{
    return 0x8000u | ((guint) getpid() & 0x7fffu);
}

/* Images of the two sides, in a directory of their own. */
typedef struct {
    char *root;
    char *raw[2];
    char *qcow2[2];
    char *base;
} Images;

static gboolean
run_image_tool(const char *const *words)
{
    gint status = 1;

    return g_spawn_sync("/", (char **) words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                        NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

static void
write_pattern(const char *path, guint seed)
{
    g_autofree guint8 *bytes = g_malloc0(SIZE);

    // Not everywhere: holes are copied, too.
    for (guint i = 0; i < SIZE / 4; i++) {
        bytes[i * 2] = (guint8) (i * seed + i / 251);
    }
    CHECK(g_file_set_contents(path, (const char *) bytes, SIZE, NULL));
}

static void
images_make(Images *images)
{
    *images = (Images){.root = g_dir_make_tmp("mortise-disks-XXXXXX", NULL)};
    for (guint i = 0; i < 2; i++) {
        g_autofree char *raw = g_strdup_printf("raw-%u.img", i);
        g_autofree char *qcow2 = g_strdup_printf("disk-%u.qcow2", i);
        images->raw[i] = g_build_filename(images->root, raw, NULL);
        images->qcow2[i] = g_build_filename(images->root, qcow2, NULL);
    }
    images->base = g_build_filename(images->root, "base.img", NULL);
    write_pattern(images->raw[0], 7);
    write_pattern(images->base, 13);
    {
        const char *above[] = {"qemu-img", "create", "-q", "-f", "qcow2", "-b", images->base, "-F", "raw",
                               images->qcow2[0], NULL};
        const char *filled[] = {"qemu-io", "-f", "qcow2", "-c", "write -P 99 1M 1M", images->qcow2[0], NULL};
        CHECK(run_image_tool(above));
        CHECK(run_image_tool(filled));
    }
}

static void
images_clear(Images *images)
{
    engine_remove(images->root);
    for (guint i = 0; i < 2; i++) {
        g_free(images->raw[i]);
        g_free(images->qcow2[i]);
    }
    g_free(images->base);
    g_free(images->root);
}

static char *
disks_xml(const Images *images)
{
    g_autofree char *devices = g_strdup_printf(
        "<devices><console type='pty'/>"
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>"
        "<target dev='vda' bus='virtio'/></disk>"
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='%s'/>"
        "<target dev='vdb' bus='virtio'/></disk></devices>",
        images->raw[0], images->qcow2[0]);

    return engine_guest_xml(own_number(), devices);
}

static gboolean
images_are_equal(const char *format, const char *one, const char *other)
{
    const char *words[] = {"qemu-img", "compare", "-f", format, "-F", format, one, other, NULL};

    return run_image_tool(words);
}

static char *
replace(const char *text, const char *part, const char *other)
{
    g_auto(GStrv) parts = g_strsplit(text, part, -1);

    return g_strjoinv(other, parts);
}

/* The running machine with the second images. */
static char *
target_xml(const Pair *pair, const Images *images)
{
    g_autofree char *live = fake_domain_live_xml(pair->domains[0]);
    g_autofree char *half = replace(live, images->raw[0], images->raw[1]);

    return replace(half, images->qcow2[0], images->qcow2[1]);
}

/* A guest with the first images, which is to move to the second ones. */
static void
open_with_disks(Pair *pair, const Images *images)
{
    g_autofree char *xml = disks_xml(images);

    CHECK(pair_open(pair, xml, NULL));
    CHECK_INT(fake_start(pair->domains[0], 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
}

static void
copy(guint flags, const char *transport)
{
    g_autofree char *target = NULL;
    MortiseMigrationArguments arguments = pair_arguments(flags);
    g_auto(PairResult) result = {0};
    g_autofree char *live = NULL;
    Images images;
    Pair pair;

    images_make(&images);
    open_with_disks(&pair, &images);
    target = target_xml(&pair, &images);
    arguments.xml = target;
    arguments.transport = transport;
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, NULL, NULL, &result);
    CHECK_TEXT(result.message, NULL);
    CHECK_INT(result.failed, MIGRATED);
    CHECK(pair_progress(&pair, 0, "disk.total") >= SIZE);
    live = fake_domain_live_xml(pair.domains[1]);
    CHECK_CONTAINS(live, images.raw[1]);
    CHECK(engine_wait_guest(pair.domains[1], "count "));
    pair_close(&pair);
    CHECK(images_are_equal("raw", images.raw[0], images.raw[1]));
    CHECK(images_are_equal("qcow2", images.qcow2[0], images.qcow2[1]));
    images_clear(&images);
}

static void
test_whole(void)
{
    copy(MORTISE_MIGRATE_COPY_STORAGE_ALL, NULL);
}

static void
test_above(void)
{
    copy(MORTISE_MIGRATE_COPY_STORAGE_INC, "tcp:127.0.0.1");
}

static gboolean
exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void
kill_destination(Pair *pair, PairStep step, gpointer data G_GNUC_UNUSED)
{
    if (step == STEP_FINISH) {
        (void) engine_signal(fake_domain_id(pair->domains[1]), SIGKILL);
    }
}

/* Images that were made for it go with it; those that were there stay. */
static void
test_failure(void)
{
    g_autofree char *target = NULL;
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_COPY_STORAGE_ALL);
    g_auto(PairResult) result = {0};
    Images images;
    Pair pair;

    images_make(&images);
    write_pattern(images.raw[1], 3);
    open_with_disks(&pair, &images);
    target = target_xml(&pair, &images);
    arguments.xml = target;
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, kill_destination, NULL, &result);
    CHECK_INT(result.failed, STEP_FINISH);
    CHECK(pair_wait_state(&pair, 0, "running"));
    CHECK(exists(images.raw[1]));
    CHECK(!exists(images.qcow2[1]));
    CHECK_INT(migration_count_files(images.root), 4);
    CHECK(engine_is_clean(pair.hosts[1]));
    CHECK(engine_wait_guest(pair.domains[0], "count "));
    pair_close(&pair);
    images_clear(&images);
}

/* An image of another size is refused by the copy, and the guest has not noticed. */
static void
test_wrong_size(void)
{
    g_autofree char *target = NULL;
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_COPY_STORAGE_ALL);
    g_auto(PairResult) result = {0};
    Images images;
    Pair pair;

    images_make(&images);
    CHECK(g_file_set_contents(images.raw[1], "short", -1, NULL));
    open_with_disks(&pair, &images);
    target = target_xml(&pair, &images);
    arguments.xml = target;
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, NULL, NULL, &result);
    CHECK_INT(result.failed, STEP_PERFORM);
    CHECK_CONTAINS(result.message, "disk");
    CHECK(pair_wait_state(&pair, 0, "running"));
    CHECK(engine_wait_guest(pair.domains[0], "count "));
    // And once more, right.
    CHECK_INT(g_unlink(images.raw[1]), 0);
    pair_result_clear(&result);
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, NULL, NULL, &result);
    CHECK_TEXT(result.message, NULL);
    CHECK_INT(result.failed, MIGRATED);
    pair_close(&pair);
    images_clear(&images);
}

static const MortiseTest tests[] = {
    {"whole disks", test_whole},
    {"what is above the backing files", test_above},
    {"images of a failure", test_failure},
    {"an image of another size", test_wrong_size},
};

int
main(void)
{
    g_autofree char *tool = g_find_program_in_path("qemu-io");

    if (!engine_require_guest("migration-disks")) {
        return 77;
    }
    if (tool == NULL) {
        mortise_test_skip("migration-disks", "qemu-io is not installed (Debian: qemu-utils)");
        return 77;
    }
    return mortise_test_main("migration-disks", tests, G_N_ELEMENTS(tests));
}
