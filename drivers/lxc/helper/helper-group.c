// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The control group of version 2 beside which liblxc makes a user's groups: each life of a container begins in it.
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lxc-helper.h"

bool
helper_enter_group(int directory, const char *log)
{
    const int file = openat(directory, HELPER_GROUP, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char path[4096];
    ssize_t length;
    bool entered;
    int fd;

    if (file < 0) {
        return errno == ENOENT;
    }
    length = read(file, path, sizeof(path) - 1);
    (void) close(file);
    path[length > 0 ? length : 0] = '\0';
    fd = open(path, O_WRONLY | O_CLOEXEC);
    // The kernel takes 0 for who writes it.
    entered = fd >= 0 && write(fd, "0", 1) == 1;
    if (!entered) {
        helper_complain(log, "The control group of %s cannot be entered: %s", path, strerrordesc_np(errno));
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return entered;
}
