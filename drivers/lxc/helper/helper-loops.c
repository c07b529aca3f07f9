// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Image files as block devices, which the kernel takes away by itself when nobody uses them any more.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc-helper.h"

/* How often another process may be given the device that was found free. */
#define TRIES 64
#define BLOCK_DEVICES "/sys/block"
/* "ro" and "rw" are as long, and a space follows. */
#define ACCESS_LENGTH 3

static bool
is_device_of(int device, const struct stat *image, bool *read_only)
{
    struct loop_info64 information = {.lo_flags = 0};

    if (ioctl(device, LOOP_GET_STATUS64, &information) != 0) {
        return false;
    }
    *read_only = (information.lo_flags & LO_FLAGS_READ_ONLY) != 0;
    return information.lo_device == image->st_dev && information.lo_inode == image->st_ino &&
           information.lo_offset == 0 && information.lo_sizelimit == 0;
}

/*
 * Descriptor of a device that is that whole file already, -1: there is none. Two devices of one file would know nothing
 * of what the other has not written yet; and what another life of the container has used may still be there. While it
 * is open the kernel does not take it away.
 */
static int
find_device(const struct stat *image, bool *read_only, char *path, size_t size)
{
    DIR *folder = opendir(BLOCK_DEVICES);
    const struct dirent *entry;
    char used[300];
    int device = -1;

    while (folder != NULL && device < 0 && (entry = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        (void) snprintf(used, sizeof(used), "%s/loop", entry->d_name);
        if (strncmp(entry->d_name, "loop", strlen("loop")) != 0 || faccessat(dirfd(folder), used, F_OK, 0) != 0 ||
            snprintf(path, size, "/dev/%s", entry->d_name) >= (int) size) {
            continue;
        }
        device = open(path, O_RDONLY | O_CLOEXEC);
        if (device >= 0 && !is_device_of(device, image, read_only)) {
            (void) close(device);
            device = -1;
        }
    }
    if (folder != NULL) {
        (void) closedir(folder);
    }
    return device;
}

/* Descriptor of a new device on that file, and its path; -1 with errno. */
static int
configure(int image, bool read_only, char *path, size_t size)
{
    const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    struct loop_config config = {.fd = (unsigned int) image};
    int device = -1;
    int error = control < 0 ? errno : EBUSY;

    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
    for (int i = 0; control >= 0 && device < 0 && error == EBUSY && i < TRIES; i++) {
        const int number = ioctl(control, LOOP_CTL_GET_FREE);
        (void) snprintf(path, size, "/dev/loop%d", number);
        device = number >= 0 ? open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC) : -1;
        error = device < 0 ? errno : 0;
        if (device >= 0 && ioctl(device, LOOP_CONFIGURE, &config) != 0) {
            error = errno;
            (void) close(device);
            device = -1;
        }
    }
    if (control >= 0) {
        (void) close(control);
    }
    errno = error;
    return device;
}

int
helper_open_loop(const char *file, bool read_only, char *path, size_t size)
{
    const int image = open(file, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    bool is_read_only = false;
    struct stat status;
    int device = -1;
    int error;

    if (image < 0 || fstat(image, &status) != 0) {
        error = errno;
    } else {
        device = find_device(&status, &is_read_only, path, size);
        if (device >= 0 && is_read_only && !read_only) {
            (void) close(device);
            device = -1;
            errno = EBUSY;
        } else if (device < 0) {
            device = configure(image, read_only, path, size);
        }
        error = errno;
    }
    if (image >= 0) {
        (void) close(image);
    }
    errno = error;
    return device;
}

/* Keeps a device open: without users it would be taken away. */
static bool
hold(HelperImages *images, int device)
{
    int *more = realloc(images->devices, (images->count + 1) * sizeof(int));

    if (more == NULL) {
        (void) close(device);
        errno = ENOMEM;
        return false;
    }
    images->devices = more;
    images->devices[images->count++] = device;
    return true;
}

static bool
open_image(HelperImages *images, int directory, const char *line, const char *access)
{
    char name[32];
    char path[32];
    int device;

    if (access == NULL || strlen(access) <= ACCESS_LENGTH) {
        errno = EINVAL;
        return false;
    }
    device = helper_open_loop(access + ACCESS_LENGTH, strncmp(access, "ro ", ACCESS_LENGTH) == 0, path, sizeof(path));
    if (device < 0 || !hold(images, device)) {
        return false;
    }
    (void) snprintf(name, sizeof(name), HELPER_IMAGE "%llu", helper_number(line));
    // That of an earlier life may be another device.
    return (unlinkat(directory, name, 0) == 0 || errno == ENOENT) && symlinkat(path, directory, name) == 0;
}

bool
helper_open_images(HelperImages *images, int directory, const char *log)
{
    const int fd = openat(directory, HELPER_IMAGES, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[4200];
    bool good = fd < 0 || file != NULL;

    while (good && file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *space = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        good = open_image(images, directory, line, space != NULL ? space + 1 : NULL);
        if (!good) {
            helper_complain(log, "The image file %s cannot be made a block device: %s",
                            strchr(line, '/') != NULL ? strchr(line, '/') : line, strerrordesc_np(errno));
        }
    }
    if (file != NULL) {
        (void) fclose(file);
    }
    return good;
}

void
helper_close_images(HelperImages *images)
{
    for (size_t i = 0; i < images->count; i++) {
        (void) close(images->devices[i]);
    }
    free(images->devices);
    *images = (HelperImages){.devices = NULL};
}
