// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking at a disk's file: identity, size, and the kind of its file system.
#include "qemu-migration-disk.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Those that linux/magic.h does not have; from the sources of the file systems. */
#define MAGIC_GFS2 0x01161970
#define MAGIC_LUSTRE 0x0bd00bd0
#define MAGIC_GPFS 0x47504653
#define MAGIC_FUSE 0x65735546
#define MAGIC_CIFS 0xff534d42
#define MAGIC_SMB2 0xfe534d42
#define MAGIC_CEPH 0x00c36400
#define MAGIC_OCFS2 0x7461636f
#define MAGIC_ZFS 0x2fc12fc1

typedef struct {
    const char *name;
    guint32 magic;
    QemuFilePlace place;
} Kind;

static const Kind kinds[] = {
    {"nfs", NFS_SUPER_MAGIC, QEMU_FILE_SHARED},     {"cifs", MAGIC_CIFS, QEMU_FILE_SHARED},
    {"smb2", MAGIC_SMB2, QEMU_FILE_SHARED},         {"ceph", MAGIC_CEPH, QEMU_FILE_SHARED},
    {"gfs2", MAGIC_GFS2, QEMU_FILE_SHARED},         {"ocfs2", MAGIC_OCFS2, QEMU_FILE_SHARED},
    {"lustre", MAGIC_LUSTRE, QEMU_FILE_SHARED},     {"gpfs", MAGIC_GPFS, QEMU_FILE_SHARED},
    {"afs", AFS_SUPER_MAGIC, QEMU_FILE_SHARED},     {"9p", V9FS_MAGIC, QEMU_FILE_UNKNOWN},
    {"fuse", MAGIC_FUSE, QEMU_FILE_UNKNOWN},        {"ext4", EXT4_SUPER_MAGIC, QEMU_FILE_LOCAL},
    {"xfs", XFS_SUPER_MAGIC, QEMU_FILE_LOCAL},      {"btrfs", BTRFS_SUPER_MAGIC, QEMU_FILE_LOCAL},
    {"tmpfs", TMPFS_MAGIC, QEMU_FILE_LOCAL},        {"overlay", OVERLAYFS_SUPER_MAGIC, QEMU_FILE_LOCAL},
    {"f2fs", F2FS_SUPER_MAGIC, QEMU_FILE_LOCAL},    {"zfs", MAGIC_ZFS, QEMU_FILE_LOCAL},
};

static void
look_at_filesystem(const char *path, QemuFile *file)
{
    struct statfs status;
    guint32 magic;

    file->place = QEMU_FILE_UNKNOWN;
    if (statfs(path, &status) != 0) {
        return;
    }
    magic = (guint32) status.f_type;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].magic == magic) {
            (void) g_strlcpy(file->filesystem, kinds[i].name, sizeof(file->filesystem));
            file->place = kinds[i].place;
            return;
        }
    }
    (void) g_snprintf(file->filesystem, sizeof(file->filesystem), "0x%x", magic);
}

static guint64
device_size(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;

    if (fd >= 0) {
        (void) close(fd);
    }
    return end > 0 ? (guint64) end : 0;
}

void
qemu_file_look(const char *path, QemuFile *file)
{
    struct stat status;

    *file = (QemuFile){.place = QEMU_FILE_UNKNOWN};
    if (stat(path, &status) != 0) {
        return;
    }
    file->there = TRUE;
    file->device = (guint64) status.st_dev;
    file->inode = (guint64) status.st_ino;
    file->size = (guint64) MAX(status.st_size, 0);
    if (S_ISBLK(status.st_mode)) {
        (void) g_strlcpy(file->filesystem, "block", sizeof(file->filesystem));
        file->size = device_size(path);
    } else {
        look_at_filesystem(path, file);
    }
}

static const char *const place_words[] = {"local", "shared", "unknown"};

const char *
qemu_file_place_word(QemuFilePlace place)
{
    return place_words[place];
}

QemuFilePlace
qemu_file_place(const char *word)
{
    for (guint i = 0; i < G_N_ELEMENTS(place_words); i++) {
        if (g_strcmp0(word, place_words[i]) == 0) {
            return (QemuFilePlace) i;
        }
    }
    return QEMU_FILE_UNKNOWN;
}
