// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The program that talks to liblxc: which of its tasks is asked for.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <lxc/lxccontainer.h>

#include "lxc-helper.h"

#define EXIT_MISUSED 2

int
main(int count, char **arguments)
{
    const char *task = count > 1 ? arguments[1] : "";

    if (strcmp(task, "run") == 0 && count > 7) {
        return helper_run(count - 2, arguments + 2);
    }
    if (strcmp(task, "console") == 0 && count == 6) {
        return helper_console(arguments[2], arguments[3], arguments[4], *arguments[5] == HELPER_CONSOLE_FORCE);
    }
    if (strcmp(task, "hook") == 0 && count > 3) {
        return helper_hook(arguments[2], arguments[3]);
    }
    if (strcmp(task, "filter") == 0 && count == 2) {
        return helper_filter();
    }
    if (strcmp(task, "mount") == 0 && count == 8) {
        const HelperMount mount = {arguments[2], arguments[3], arguments[4], arguments[5],
                                   strchr(arguments[6], HELPER_MOUNT_READ_ONLY) != NULL,
                                   strchr(arguments[6], HELPER_MOUNT_IMAGE) != NULL, arguments[7]};
        return helper_mount(&mount);
    }
    if (strcmp(task, "unmount") == 0 && count == 5) {
        return helper_unmount(arguments[2], strchr(arguments[3], HELPER_UNMOUNT_UNLINK) != NULL,
                              strchr(arguments[3], HELPER_UNMOUNT_NOTED) != NULL, arguments[4]);
    }
    if (strcmp(task, "devices") == 0 && count == 5) {
        return helper_devices(arguments[2], arguments[3], arguments[4]);
    }
    if (strcmp(task, "version") == 0 && count == 2) {
        return dprintf(STDOUT_FILENO, "%s\n", lxc_get_version()) < 0;
    }
    (void) dprintf(STDERR_FILENO, "This program belongs to the LXC driver of Mortise, which runs it.\n");
    return EXIT_MISUSED;
}
