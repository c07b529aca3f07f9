// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The control groups below or beside which liblxc makes a user's groups: each life of a container begins in them.
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc-helper.h"

/* systemd removes from what it has delegated what is empty for a while: who comes back makes it again. */
static int
open_group(char *path)
{
    char *name = strrchr(path, '/');
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && name != NULL) {
        *name = '\0';
        (void) mkdir(path, 0755);
        *name = '/';
        fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    return fd;
}

static bool
enter(char *path, const char *log)
{
    const int fd = open_group(path);
    // The kernel takes 0 for who writes it.
    const bool entered = fd >= 0 && write(fd, "0", 1) == 1;

    if (!entered) {
        helper_complain(log, "The control group of %s cannot be entered: %s", path, strerrordesc_np(errno));
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return entered;
}

bool
helper_enter_groups(int directory, const char *log)
{
    const int fd = openat(directory, HELPER_GROUPS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *file;
    char path[4096];
    bool entered;

    if (fd < 0) {
        return errno == ENOENT;
    }
    file = fdopen(fd, "r");
    entered = file != NULL;
    while (entered && fgets(path, sizeof(path), file) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        entered = enter(path, log);
    }
    if (file != NULL) {
        (void) fclose(file);
    }
    return entered;
}
