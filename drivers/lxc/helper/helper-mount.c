// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Mounting something into a container that runs, and taking it away again, in its own mount namespace.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
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

/* Nothing is done for an owner that was killed; who comes next waits only for what is under way in the kernel. */
static void
end_with_owner(const char *owner)
{
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (helper_number(owner) != (unsigned long long) getppid()) {
        _exit(EXIT_FAILURE);
    }
}

/* Which mount a descriptor is of; false when the kernel does not tell. */
static bool
look_at(int fd, struct statx *status)
{
    if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, status) != 0) {
        return false;
    }
    errno = ENOSYS;
    return (status->stx_mask & STATX_MNT_ID) != 0;
}

static bool
write_note(const char *note)
{
    const ssize_t length = (ssize_t) strlen(note);

    return pwrite(HELPER_FD_CHANGE, note, (size_t) length, 0) == length;
}

/* Before it is anywhere: from here on a next owner knows it again. */
static bool
note_new(int tree)
{
    struct statx status;
    char note[HELPER_NOTE_SIZE];

    if (!look_at(tree, &status)) {
        return false;
    }
    (void) snprintf(note, sizeof(note), "%llu %u:%u %llu\n", (unsigned long long) status.stx_mnt_id,
                    status.stx_dev_major, status.stx_dev_minor, (unsigned long long) status.stx_ino);
    return write_note(note);
}

/* Whether a descriptor is of the mount that was noted when it was made. */
static bool
is_noted(int fd)
{
    char note[HELPER_NOTE_SIZE] = "";
    struct statx status;
    unsigned long long mount;
    unsigned long long number;
    unsigned int major;
    unsigned int minor;

    return pread(HELPER_FD_CHANGE, note, sizeof(note) - 1, 0) > 0 &&
           // NOLINTNEXTLINE(cert-err34-c): what is no note is none of these numbers
           sscanf(note, "%llu %u:%u %llu", &mount, &major, &minor, &number) == 4 && look_at(fd, &status) &&
           status.stx_mnt_id == mount && status.stx_dev_major == major && status.stx_dev_minor == minor &&
           status.stx_ino == number;
}

/* The line of a mount in a list of them, as far as it says which one it is. */
static bool
note_line(FILE *list, unsigned long long mount)
{
    char line[HELPER_NOTE_SIZE];
    bool found = false;

    while (!found && fgets(line, sizeof(line), list) != NULL) {
        char *end = line;

        for (int field = 0; field < HELPER_NOTE_FIELDS && end != NULL; field++) {
            end = strchr(field > 0 ? end + 1 : end, ' ');
        }
        if (end != NULL && helper_number(line) == mount) {
            *end = '\0';
            found = write_note(line);
        }
    }
    return found;
}

/* Before it is taken away; `self` is this process's folder in the host's /proc. What is no mount is not noted. */
static void
note_old(int self, const char *target)
{
    const int fd = open(target, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    const int mounts = openat(self, "mountinfo", O_RDONLY | O_CLOEXEC);
    FILE *list = mounts >= 0 ? fdopen(mounts, "r") : NULL;
    struct statx status;

    if (fd >= 0 && list != NULL && look_at(fd, &status)) {
        (void) note_line(list, status.stx_mnt_id);
    }
    // While it is open it is in use.
    if (fd >= 0) {
        (void) close(fd);
    }
    if (list != NULL) {
        (void) fclose(list);
    }
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
    int tree;

    end_with_owner(mount->owner);
    tree = open_source(mount);
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
    if (!note_new(tree)) {
        return fail("noting it");
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

/*
 * Takes away what was noted when it was made, if it is there: who is in it already keeps it. A descriptor says which
 * mount is meant, whatever the container does meanwhile.
 */
static bool
unmount_noted(int self, const char *target)
{
    const int fd = open(target, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    char path[32];
    bool good = true;

    if (fd >= 0 && is_noted(fd)) {
        (void) snprintf(path, sizeof(path), "fd/%d", fd);
        good = fchdir(self) == 0 && umount2(path, MNT_DETACH) == 0;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return good;
}

static bool
unmount(int self, const char *target, bool noted)
{
    if (noted) {
        return unmount_noted(self, target);
    }
    note_old(self, target);
    return umount2(target, UMOUNT_NOFOLLOW) == 0;
}

int
helper_unmount(const char *target, bool unlinks, bool noted, const char *owner)
{
    // The container's own /proc knows nothing of this process.
    const int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    end_with_owner(owner);
    if (!enter()) {
        return fail("entering the container");
    }
    if (!unmount(self, target, noted)) {
        return fail("unmounting it");
    }
    if (unlinks && is_made(target)) {
        (void) unlink(target);
    }
    return EXIT_SUCCESS;
}
