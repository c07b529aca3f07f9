// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Image files as block devices, which the kernel takes away by itself when nobody uses them any more.
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lxc-helper.h"

/* How often another process may be given the device that was found free. */
#define TRIES 64

/* Descriptor of a device on that file, and its number; -1 with errno. */
static int
configure(int image, bool read_only, int *number)
{
    const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    struct loop_config config = {.fd = (unsigned int) image};
    char path[32];
    int device = -1;
    int error = control < 0 ? errno : EBUSY;

    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
    for (int i = 0; control >= 0 && device < 0 && error == EBUSY && i < TRIES; i++) {
        *number = ioctl(control, LOOP_CTL_GET_FREE);
        (void) snprintf(path, sizeof(path), "/dev/loop%d", *number);
        device = *number >= 0 ? open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC) : -1;
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

static bool
open_image(int directory, unsigned int count, const char *path, bool read_only)
{
    const int image = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    char name[32];
    char target[32];
    int number = -1;
    int device;
    int error;

    if (image < 0) {
        return false;
    }
    // It stays open: a device without users would be taken away.
    device = configure(image, read_only, &number);
    error = errno;
    (void) close(image);
    (void) snprintf(name, sizeof(name), HELPER_IMAGE "%u", count);
    (void) snprintf(target, sizeof(target), "/dev/loop%d", number);
    errno = error;
    return device >= 0 && symlinkat(target, directory, name) == 0;
}

bool
helper_open_images(int directory, const char *log)
{
    const int fd = openat(directory, HELPER_IMAGES, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[4200];
    bool good = fd < 0 || file != NULL;

    for (unsigned int count = 0; good && file != NULL && fgets(line, sizeof(line), file) != NULL; count++) {
        line[strcspn(line, "\n")] = '\0';
        good = strlen(line) > 3 && open_image(directory, count, line + 3, strncmp(line, "ro ", 3) == 0);
        if (!good) {
            helper_complain(log, "The image file %s cannot be made a block device: %s", line + 3,
                            strerrordesc_np(errno));
        }
    }
    if (file != NULL) {
        (void) fclose(file);
    }
    return good;
}
