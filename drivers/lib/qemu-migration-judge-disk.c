// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of disks: whether the destination means the same file, or gets a copy.
#include "qemu-migration-judge.h"

#define ID "disk"
#define COPIES (MORTISE_MIGRATE_COPY_STORAGE_ALL | MORTISE_MIGRATE_COPY_STORAGE_INC)
#define COPY_IT "Copy it with --copy-storage-all, or put it where both hosts see it."

/* One disk, both sides of it. */
typedef struct {
    const DomainDisk *disk;
    const QemuOfferDisk *offered;   /* NULL: the source does not tell */
    gboolean copied;                /* the flags ask for it, and it is one that is copied */
    gboolean same_host;
    QemuFile file;                  /* at the destination; only looked at when it is this host */
} Disk;

static gboolean
is_same_file(const Disk *disk)
{
    return disk->same_host && disk->offered && disk->offered->file.there && disk->file.there &&
           disk->offered->file.device == disk->file.device && disk->offered->file.inode == disk->file.inode;
}

static QemuVerdict *
add(QemuJudgement *judgement, const Disk *disk, guint verdict, const char *hint, const char *what)
{
    return qemu_judgement_add(judgement, verdict, ID, disk->disk->target, hint, "%s (%s): %s", disk->disk->target,
                              disk->disk->source, what);
}

/* Nothing is there: a copy needs its directory. */
static QemuVerdict *
judge_missing(QemuJudgement *judgement, const Disk *disk)
{
    g_autofree char *directory = g_path_get_dirname(disk->disk->source);

    if (!disk->copied) {
        return add(judgement, disk, MORTISE_VERDICT_BAD, COPY_IT, "there is no such file on this host");
    }
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
        return add(judgement, disk, MORTISE_VERDICT_BAD, "Make the directory.",
                   "it is to be copied, and its directory is not there on this host");
    }
    return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, "it is copied to a new file on this host");
}

static QemuVerdict *
judge_other_file(QemuJudgement *judgement, const Disk *disk)
{
    const QemuFile *source = disk->offered ? &disk->offered->file : NULL;

    if (!source || !source->there) {
        return add(judgement, disk, MORTISE_VERDICT_UNKNOWN, NULL, "the source does not tell which file it has");
    }
    if (disk->same_host) {
        return add(judgement, disk, MORTISE_VERDICT_BAD, COPY_IT,
                   "this is another file than the one that the guest has, and it is not copied");
    }
    if (source->size != disk->file.size) {
        return add(judgement, disk, MORTISE_VERDICT_BAD, COPY_IT,
                   "the file on this host has another size, so it is not the guest's");
    }
    if (source->place == QEMU_FILE_SHARED && disk->file.place == QEMU_FILE_SHARED) {
        return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, "it is on shared storage, and there on this host");
    }
    if (disk->disk->read_only) {
        return add(judgement, disk, MORTISE_VERDICT_WARNING, "Compare them.",
                   "a read-only file of the same size is there on this host; whether it is the same is not seen");
    }
    if (source->place == QEMU_FILE_LOCAL || disk->file.place == QEMU_FILE_LOCAL) {
        return add(judgement, disk, MORTISE_VERDICT_BAD, COPY_IT,
                   "it is on a file system that one host alone has, and is not copied");
    }
    return add(judgement, disk, MORTISE_VERDICT_UNKNOWN, COPY_IT,
               "whether both hosts mean the same storage cannot be told");
}

static QemuVerdict *
judge_here(QemuJudgement *judgement, const Disk *disk)
{
    if (!disk->file.there) {
        return judge_missing(judgement, disk);
    }
    if (is_same_file(disk) && disk->copied) {
        return add(judgement, disk, MORTISE_VERDICT_BAD,
                   "Leave --copy-storage-all away, or give another path with --xml.",
                   "it would be copied onto itself");
    }
    if (is_same_file(disk)) {
        return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, "both sides use the same file on this host");
    }
    if (disk->copied) {
        return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, "it is copied over the file on this host");
    }
    return judge_other_file(judgement, disk);
}

static QemuVerdict *
judge_by_document(QemuJudgement *judgement, const Disk *disk)
{
    const char *place = qemu_judgement_place(judgement);
    const QemuFilePlace kind = disk->offered ? disk->offered->file.place : QEMU_FILE_UNKNOWN;
    const gboolean elsewhere = judgement->host->boot && judgement->offer->boot && !disk->same_host;
    g_autofree char *location = qemu_places_locate(judgement->host->places->mounts, disk->disk->source);
    g_autofree char *words = NULL;

    if (disk->copied) {
        return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, "it is to be copied");
    }
    if (disk->offered && location && g_strcmp0(disk->offered->location, location) == 0) {
        words = g_strdup_printf("it is on storage that both hosts share, %s", location);
        return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, words);
    }
    if (disk->same_host && disk->offered && g_strcmp0(disk->offered->path, disk->disk->source) == 0) {
        return add(judgement, disk, MORTISE_VERDICT_GOOD, NULL, "source and destination are one host");
    }
    if (elsewhere && kind == QEMU_FILE_LOCAL && !disk->disk->read_only) {
        words = g_strdup_printf("it is on %s of the source alone, and is not copied", disk->offered->file.filesystem);
        return add(judgement, disk, MORTISE_VERDICT_BAD, COPY_IT, words);
    }
    words = g_strdup_printf("nothing tells whether %s has it", place);
    return add(judgement, disk, MORTISE_VERDICT_UNKNOWN,
               "Ask that host itself, by its URI; or copy the disk with --copy-storage-all.", words);
}

static char *
describe(const char *path, const QemuFile *file)
{
    if (!file->there) {
        return g_strdup_printf("%s, not there", path);
    }
    return g_strdup_printf("%s, %" G_GUINT64_FORMAT " bytes on %s", path, file->size,
                           *file->filesystem ? file->filesystem : "an unknown file system");
}

static void
judge_disk(QemuJudgement *judgement, const DomainDisk *disk)
{
    Disk both = {
        .disk = disk,
        .offered = qemu_offer_disk(judgement->offer, disk->target),
        .copied = (judgement->flags & COPIES) != 0 && !disk->read_only && disk->type == DOMAIN_DISK_DISK,
        .same_host = judgement->host->boot && g_strcmp0(judgement->host->boot, judgement->offer->boot) == 0,
    };
    QemuVerdict *verdict;

    if (judgement->host->here) {
        qemu_file_look(disk->source, &both.file);
        verdict = judge_here(judgement, &both);
    } else {
        verdict = judge_by_document(judgement, &both);
    }
    qemu_verdict_compare(verdict, both.offered ? describe(both.offered->path, &both.offered->file) : NULL,
                         judgement->host->here ? describe(disk->source, &both.file) : NULL);
}

void
qemu_judge_disks(QemuJudgement *judgement)
{
    const GPtrArray *disks = judgement->definition->disks;
    guint judged = 0;

    for (guint i = 0; i < disks->len; i++) {
        const DomainDisk *disk = disks->pdata[i];
        if (disk->source) {
            judge_disk(judgement, disk);
            judged++;
        }
    }
    if (judged == 0) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, ID, NULL, NULL, "the guest has no disk with a file");
    }
}
