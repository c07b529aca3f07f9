// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which filesystem is on a device: told by the marks that each kind leaves at its own place.
#include "lxc-config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *type;
    off_t offset;
    const char *mark;
    gsize length;
} Mark;

/* From the documentation of the kernel for each; ext4's driver mounts ext2 and ext3 as well. */
static const Mark marks[] = {
    {LXC_NO_FILESYSTEM_QCOW2, 0, "QFI\xfb", 4},
    {"ext4", 1080, "\x53\xef", 2},
    {"xfs", 0, "XFSB", 4},
    {"btrfs", 65600, "_BHRfS_M", 8},
    {"squashfs", 0, "hsqs", 4},
    {"erofs", 1024, "\xe2\xe1\xf5\xe0", 4},
    {"iso9660", 32769, "CD001", 5},
};

const char *
lxc_probe_filesystem(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *found = NULL;
    char bytes[8];

    for (guint i = 0; fd >= 0 && found == NULL && i < G_N_ELEMENTS(marks); i++) {
        const Mark *mark = &marks[i];
        if (pread(fd, bytes, mark->length, mark->offset) == (gssize) mark->length &&
            memcmp(bytes, mark->mark, mark->length) == 0) {
            found = mark->type;
        }
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return found;
}
