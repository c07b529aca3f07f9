// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The character device of a macvtap link, found and opened without the host's /dev and /sys.
#include "netlink-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Where sysfs is mounted, in mounts that this thread alone sees, and then a file system for the device node. */
#define PLACE "/sys"
#define NODE PLACE "/tap"

typedef struct {
    const MortiseLink *link;
    short flags;
    int *descriptors;
    guint count;
    const char *step;
} Opening;

/* The number of the device is told by the sysfs of its own namespace only: indexes are the same in several. */
static gboolean
read_number(const Opening *self, dev_t *number)
{
    g_autofree char *path =
        g_strdup_printf(PLACE "/class/net/%s/tap%u/dev", self->link->name, self->link->index);
    g_autofree char *text = NULL;
    g_auto(GStrv) parts = NULL;
    guint64 major_number;
    guint64 minor_number;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        errno = ENODEV;
        return FALSE;
    }
    parts = g_strsplit(g_strstrip(text), ":", 2);
    if (g_strv_length(parts) != 2 || !g_ascii_string_to_unsigned(parts[0], 10, 0, G_MAXUINT32, &major_number, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, G_MAXUINT32, &minor_number, NULL)) {
        errno = EPROTO;
        return FALSE;
    }
    *number = makedev((guint) major_number, (guint) minor_number);
    return TRUE;
}

static gboolean
open_queues(Opening *self)
{
    struct ifreq request = {.ifr_flags = self->flags};

    for (guint i = 0; i < self->count; i++) {
        self->descriptors[i] = open(NODE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        if (self->descriptors[i] < 0 || ioctl(self->descriptors[i], TUNSETIFF, &request) != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
open_node(gpointer data)
{
    Opening *self = data;
    dev_t number;

    self->step = "looking for the character device";
    if (mount("sysfs", PLACE, "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) != 0 || !read_number(self, &number)) {
        return FALSE;
    }
    self->step = "making a node of the character device";
    if (mount("tmpfs", PLACE, "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k") != 0 ||
        mknod(NODE, S_IFCHR | 0600, number) != 0) {
        return FALSE;
    }
    self->step = "opening the character device";
    return open_queues(self);
}

gboolean
netlink_open_macvtap(const MortiseNetwork *network, const MortiseLink *link, short flags, int *descriptors, guint count,
                     const char **step)
{
    Opening opening = {
        .link = link, .flags = flags, .descriptors = descriptors, .count = count, .step = "entering the namespace",
    };
    gboolean good = netlink_run_apart(network->namespace, open_node, &opening);
    int number = errno;

    *step = opening.step;
    for (guint i = 0; i < count && !good; i++) {
        if (descriptors[i] >= 0) {
            (void) close(descriptors[i]);
        }
        descriptors[i] = -1;
    }
    errno = number;
    return good;
}
