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
    guint32 magic;
    const char *name;
    QemuFilePlace place;
} Kind;

static const Kind kinds[] = {
    {NFS_SUPER_MAGIC, "nfs", QEMU_FILE_SHARED},     {MAGIC_CIFS, "cifs", QEMU_FILE_SHARED},
    {MAGIC_SMB2, "smb2", QEMU_FILE_SHARED},         {MAGIC_CEPH, "ceph", QEMU_FILE_SHARED},
    {MAGIC_GFS2, "gfs2", QEMU_FILE_SHARED},         {MAGIC_OCFS2, "ocfs2", QEMU_FILE_SHARED},
    {MAGIC_LUSTRE, "lustre", QEMU_FILE_SHARED},     {MAGIC_GPFS, "gpfs", QEMU_FILE_SHARED},
    {AFS_SUPER_MAGIC, "afs", QEMU_FILE_SHARED},     {V9FS_MAGIC, "9p", QEMU_FILE_UNKNOWN},
    {MAGIC_FUSE, "fuse", QEMU_FILE_UNKNOWN},        {EXT4_SUPER_MAGIC, "ext4", QEMU_FILE_LOCAL},
    {XFS_SUPER_MAGIC, "xfs", QEMU_FILE_LOCAL},      {BTRFS_SUPER_MAGIC, "btrfs", QEMU_FILE_LOCAL},
    {TMPFS_MAGIC, "tmpfs", QEMU_FILE_LOCAL},        {OVERLAYFS_SUPER_MAGIC, "overlay", QEMU_FILE_LOCAL},
    {F2FS_SUPER_MAGIC, "f2fs", QEMU_FILE_LOCAL},    {MAGIC_ZFS, "zfs", QEMU_FILE_LOCAL},
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
