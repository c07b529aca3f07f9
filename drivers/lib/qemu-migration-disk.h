// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which file a disk is, so that two hosts can find out whether they mean the same one.
#pragma once

#include <glib.h>

typedef enum {
    QEMU_FILE_LOCAL,       /* on a file system that one host alone has */
    QEMU_FILE_SHARED,      /* on one that several hosts can mount: NFS, CephFS, GFS2, ... */
    QEMU_FILE_UNKNOWN      /* FUSE, a block device, or not there */
} QemuFilePlace;

typedef struct {
    gboolean there;
    guint64 device;        /* of its file system */
    guint64 inode;
    guint64 size;          /* bytes; of a block device too */
    QemuFilePlace place;
    char filesystem[32];   /* "ext4", "nfs", "block"; "0x..." of one that has no name here */
} QemuFile;

/* Looks at it; nothing is opened for writing. [blocks for the file system] */
void qemu_file_look(const char *path, QemuFile *file);
/* "local", "shared", "unknown"; and back, unknown for anything else. */
const char *qemu_file_place_word(QemuFilePlace place);
QemuFilePlace qemu_file_place(const char *word);
