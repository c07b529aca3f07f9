// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Migrations that fail at the destination: no room for its disks, a state that it does not load, a guest that it
// cannot let run. Each time the guest goes on at the source, and nothing is left of it.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

#define MEBIBYTE (1024u * 1024u)
#define SIZE (8u * MEBIBYTE)
/* How QEMU says by a lock that it lets nobody else write: byte of the image. */
#define NO_OTHER_WRITERS 201

/* A guest that counts and has a disk, of which nothing is zero. */
static int
open_with_disk(Pair *pair, const char *path)
{
    g_autofree char *bytes = g_strnfill(SIZE, 'm');
    g_autofree char *devices = g_strdup_printf(
        "<devices><console type='pty'/><disk type='file' device='disk'><driver name='qemu' type='raw'/>"
        "<source file='%s'/><target dev='vda' bus='virtio'/></disk></devices>", path);

    CHECK(g_file_set_contents(path, bytes, SIZE, NULL));
    return pair_open_counting(pair, devices);
}

static char *
replace(const char *text, const char *part, const char *other)
{
    g_auto(GStrv) parts = g_strsplit(text, part, -1);

    return g_strjoinv(other, parts);
}

/* No copy is under way in the source's emulator, and no door to a destination's disk is left open in it. */
static void
require_no_copies(Pair *pair)
{
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};

    // Jobs and nodes that are left would be in the way of this one.
    pair_migrate(pair, &arguments, -1, NULL, NULL, &result);
    (void) pair_require_migrated(&result);
}

/* The destination's file system is full before the disk is there. */
static void
full_disk(const char *transport)
{
    g_autofree char *root = g_dir_make_tmp("mortise-failures-XXXXXX", NULL);
    g_autofree char *small = g_build_filename(root, "small", NULL);
    g_autofree char *here = g_build_filename(root, "disk.img", NULL);
    g_autofree char *there = g_build_filename(small, "disk.img", NULL);
    g_autofree char *live = NULL;
    g_autofree char *target = NULL;
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_COPY_STORAGE_ALL);
    g_auto(PairResult) result = {0};
    guint64 count;
    Pair pair;
    int console;

    CHECK_INT(g_mkdir_with_parents(small, 0700), 0);
    CHECK_INT(mount("none", small, "tmpfs", 0, "size=3m"), 0);
    console = open_with_disk(&pair, here);
    count = pair_hear_count(console);
    live = fake_domain_live_xml(pair.domains[0]);
    target = replace(live, here, there);
    arguments.xml = target;
    arguments.transport = transport;
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, NULL, NULL, &result);
    CHECK_INT(result.failed, STEP_PERFORM);
    CHECK_TEXT(result.reason, "migration-failed");
    CHECK_CONTAINS(result.message, "disk");
    CHECK_CONTAINS(result.message, "No space left");
    pair_require_back(&pair, console, &count);
    CHECK_INT(migration_count_files(small), 0);
    require_no_copies(&pair);
    (void) close(console);
    pair_close(&pair);
    CHECK_INT(umount(small), 0);
    engine_remove(root);
}

static void
test_full_disk(void)
{
    full_disk(NULL);
    full_disk("tcp:127.0.0.1");
}

/* The run directory of one side takes no running state any more. */
static void
refuse_state(Pair *pair, PairStep step, gpointer data)
{
    const guint side = *(const guint *) data;

    fake_host_refuse_state(pair->hosts[side], step == (side == 0 ? STEP_PERFORM : STEP_PREPARE));
}

static void
test_full_run_directories(void)
{
    static const PairStep steps[] = {STEP_PERFORM, STEP_PREPARE};
    const MortiseMigrationArguments arguments = pair_arguments(0);
    Pair pair;
    const int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    for (guint side = 0; side < G_N_ELEMENTS(steps); side++) {
        g_auto(PairResult) result = {0};
        pair_migrate(&pair, &arguments, -1, refuse_state, &side, &result);
        CHECK_INT(result.failed, steps[side]);
        CHECK_TEXT(result.reason, "file-error");
        CHECK_CONTAINS(result.message, "running state");
        fake_host_refuse_state(pair.hosts[side], FALSE);
        pair_require_back(&pair, console, &count);
    }
    (void) close(console);
    pair_close(&pair);
}

/* A device that only the source has: its state is in the stream, and the destination does not know it. */
static void
test_refused_device(void)
{
    static const char device[] = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                                 "<qemu:arg value='-device'/><qemu:arg value='i6300esb,id=refused'/>"
                                 "</qemu:commandline>";
    g_autofree char *target = NULL;
    MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};
    Pair pair;
    const int console = pair_open_counting(&pair, device);
    guint64 count = pair_hear_count(console);
    g_autofree char *live = fake_domain_live_xml(pair.domains[0]);

    target = replace(live, "i6300esb,id=refused", "ib700");
    CHECK(strlen(target) < strlen(live));
    arguments.xml = target;
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, NULL, NULL, &result);
    // The source sees no more than an end; which device it was is the destination's to say.
    CHECK_INT(result.failed, STEP_PERFORM);
    CHECK_TEXT(result.reason, "migration-failed");
    CHECK_CONTAINS(result.after, "i6300esb");
    pair_require_back(&pair, console, &count);
    (void) close(console);
    pair_close(&pair);
}

typedef struct {
    const char *path;
    int fd;
} Writer;

/* When the guest is to run at the destination, its disk is somebody else's: no emulator gets it there. */
static void
take_the_disk(Pair *pair G_GNUC_UNUSED, PairStep step, gpointer data)
{
    Writer *writer = data;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = NO_OTHER_WRITERS, .l_len = 1};

    if (step == STEP_PERFORM) {
        writer->fd = open(writer->path, O_RDWR | O_CLOEXEC);
        CHECK_INT(fcntl(writer->fd, F_OFD_SETLK, &lock), 0);
    } else if (step == STEP_CONFIRM) {
        (void) close(writer->fd);
    }
}

static void
test_cannot_run(void)
{
    g_autofree char *root = g_dir_make_tmp("mortise-failures-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(root, "disk.img", NULL);
    const MortiseMigrationArguments arguments = pair_arguments(0);
    Writer writer = {.path = path, .fd = -1};
    g_auto(PairResult) result = {0};
    Pair pair;
    const int console = open_with_disk(&pair, path);
    guint64 count = pair_hear_count(console);

    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, take_the_disk, &writer, &result);
    CHECK_INT(result.failed, STEP_FINISH);
    CHECK_CONTAINS(result.message, "lock");
    pair_require_back(&pair, console, &count);
    require_no_copies(&pair);
    (void) close(console);
    pair_close(&pair);
    engine_remove(root);
}

static const MortiseTest tests[] = {
    {"a destination whose disk is full", test_full_disk},
    {"run directories that are full", test_full_run_directories},
    {"a device that the destination refuses", test_refused_device},
    {"a guest that cannot run at the destination", test_cannot_run},
};

int
main(void)
{
    if (!engine_require_guest("migration-failures")) {
        return 77;
    }
    // What is mounted ends with the test.
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        mortise_test_skip("migration-failures", g_strerror(errno));
        return 77;
    }
    return mortise_test_main("migration-failures", tests, G_N_ELEMENTS(tests));
}
