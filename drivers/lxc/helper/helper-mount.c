// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Mounting something into a container that runs, and taking it away again, in its own mount namespace.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc-helper.h"

/* Says what has failed, for the driver. */
static int
fail(const char *step)
{
    (void) dprintf(STDOUT_FILENO, "%d %s", errno, step);
    return EXIT_FAILURE;
}

static bool
enter(void)
{
    return setns(HELPER_FD_NAMESPACE, CLONE_NEWNS) == 0;
}

/* A filesystem that is in no namespace yet. */
static int
make_filesystem(const char *type, const char *source, const char *size, bool read_only)
{
    const int context = fsopen(type, FSOPEN_CLOEXEC);
    int made = -1;
    int error;

    if (context < 0) {
        return -1;
    }
    if (fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) == 0 &&
        (*size == '\0' || (fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) == 0 &&
                           fsconfig(context, FSCONFIG_SET_STRING, "mode", "755", 0) == 0)) &&
        (!read_only || fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0) &&
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
        made = fsmount(context, FSMOUNT_CLOEXEC,
                       MOUNT_ATTR_NODEV | (*size != '\0' ? MOUNT_ATTR_NOSUID : 0u) |
                           (read_only ? MOUNT_ATTR_RDONLY : 0u));
    }
    error = errno;
    (void) close(context);
    errno = error;
    return made;
}

/* All folders on the way to the target, and the target itself, as it is at a start. */
static bool
make_target(const char *target, bool folder)
{
    char path[4096];
    int fd;

    if (snprintf(path, sizeof(path), "%s", target) >= (int) sizeof(path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void) mkdir(path, 0755);
        *at = '/';
    }
    if (folder) {
        return mkdir(path, 0755) == 0 || errno == EEXIST;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0) {
        (void) close(fd);
    }
    return fd >= 0 || errno == EEXIST;
}

static bool
is_folder(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What is mounted holds the device. */
static int
open_image(const HelperMount *mount)
{
    char path[32];
    const int device = helper_open_loop(mount->source, mount->read_only, path, sizeof(path));
    const int made = device >= 0 ? make_filesystem(mount->kind, path, "", mount->read_only) : -1;
    const int error = errno;

    if (device >= 0) {
        (void) close(device);
    }
    errno = error;
    return made;
}

static int
open_source(const HelperMount *mount)
{
    if (mount->image) {
        return open_image(mount);
    }
    if (strcmp(mount->kind, HELPER_MOUNT_TREE) == 0) {
        return open_tree(AT_FDCWD, mount->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    }
    if (strcmp(mount->kind, HELPER_MOUNT_INSIDE) == 0) {
        return -1;
    }
    return make_filesystem(mount->kind, mount->source, mount->size, mount->read_only);
}

int
helper_mount(const HelperMount *mount)
{
    const bool inside = strcmp(mount->kind, HELPER_MOUNT_INSIDE) == 0;
    int tree = open_source(mount);

    if (!inside && tree < 0) {
        return fail("opening the source");
    }
    if (!enter()) {
        return fail("entering the container");
    }
    tree = inside ? open_tree(AT_FDCWD, mount->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE) : tree;
    if (tree < 0) {
        return fail("opening the source in the container");
    }
    // Before the container sees it, which could write, or show another place by that path.
    if (mount->read_only && (inside || strcmp(mount->kind, HELPER_MOUNT_TREE) == 0) &&
        mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY},
                      sizeof(struct mount_attr)) != 0) {
        return fail("making it read-only");
    }
    if (!make_target(mount->target, is_folder(tree))) {
        return fail("making the target in the container");
    }
    if (move_mount(tree, "", AT_FDCWD, mount->target, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        return fail("mounting it");
    }
    return EXIT_SUCCESS;
}

/* Nothing that was there before has to go: only an empty file can be one that was made to be mounted on. */
static bool
is_made(const char *target)
{
    struct stat status;

    return lstat(target, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
}

int
helper_unmount(const char *target, bool unlinks)
{
    if (!enter()) {
        return fail("entering the container");
    }
    if (umount2(target, UMOUNT_NOFOLLOW) != 0) {
        return fail("unmounting it");
    }
    if (unlinks && is_made(target)) {
        (void) unlink(target);
    }
    return EXIT_SUCCESS;
}
