// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Tap devices: made with their descriptors, made to stay, or opened where they are.
#include "netlink-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TUN_DEVICE "/dev/net/tun"

/* Queues being opened, in the namespace. */
typedef struct {
    const char *name;          /* or a pattern, for the first */
    gboolean make;
    short flags;
    int *descriptors;
    guint count;
    char opened[IFNAMSIZ];     /* the name that it has */
    const char *step;          /* that failed */
} Opening;

static void
close_all(int *descriptors, guint count)
{
    int number = errno;

    for (guint i = 0; i < count; i++) {
        if (descriptors[i] >= 0) {
            (void) close(descriptors[i]);
        }
        descriptors[i] = -1;
    }
    errno = number;
}

static gboolean
attach_queue(Opening *self, guint number)
{
    struct ifreq request = {.ifr_flags = self->flags};
    int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    self->step = "opening " TUN_DEVICE;
    self->descriptors[number] = fd;
    if (fd < 0) {
        return FALSE;
    }
    // Only the first may find nothing of that name, and with "exclusive" nothing else either.
    if (self->make && number == 0) {
        request.ifr_flags = (short) (request.ifr_flags | IFF_TUN_EXCL);
    }
    (void) g_strlcpy(request.ifr_name, number == 0 ? self->name : self->opened, sizeof request.ifr_name);
    self->step = self->make ? "making the tap device" : "opening the tap device";
    if (ioctl(fd, TUNSETIFF, &request) != 0) {
        return FALSE;
    }
    (void) g_strlcpy(self->opened, request.ifr_name, sizeof self->opened);
    return TRUE;
}

static gboolean
attach_all(gpointer data)
{
    Opening *self = data;

    for (guint i = 0; i < self->count; i++) {
        if (!attach_queue(self, i)) {
            close_all(self->descriptors, self->count);
            return FALSE;
        }
    }
    return TRUE;
}

static MortiseResult
fail_attach(const Opening *opening, int number, MortiseProblem *problem)
{
    if (number == EBUSY && opening->make) {
        return netlink_fail(problem, "link-exists", opening->name, "choose another name",
                            "there is a device '%s' already", opening->name);
    }
    if (number == EBUSY) {
        return netlink_fail(problem, "resource-busy", opening->name, "end what uses it; 'ss' and 'lsof' may tell",
                            "the tap device '%s' is used by another program", opening->name);
    }
    if (number == EINVAL && !opening->make) {
        return netlink_fail(problem, "invalid-argument", opening->name,
                            "make it with: ip tuntap add NAME mode tap [multi_queue]",
                            "the device '%s' is a tun, or has not as many queues as are asked for", opening->name);
    }
    if (number == ENOENT || number == ENXIO) {
        return netlink_fail(problem, "unsupported", TUN_DEVICE, "load the module: modprobe tun",
                            "this host has no tap devices: " TUN_DEVICE " is missing");
    }
    return netlink_fail_system(problem, number, opening->name, "%s '%s' failed", opening->step, opening->name);
}

static short
tap_flags(guint32 flags, guint count)
{
    gboolean several = (flags & MORTISE_TAP_MULTI_QUEUE) != 0 || count > 1;

    return (short) (IFF_TAP | IFF_NO_PI | (several ? IFF_MULTI_QUEUE : 0) |
                    ((flags & MORTISE_TAP_VNET_HEADER) != 0 ? IFF_VNET_HDR : 0));
}

/* The kernel would attach to a tap that is there; one that is meant to be new must not be. */
static MortiseResult
make_tap(MortiseNetwork *network, const MortiseLinkSettings *settings, Opening *opening, NetlinkLink *made,
         MortiseProblem *problem)
{
    MortiseResult result;

    if (!netlink_look(network, settings->name, made, problem)) {
        return MORTISE_FAILED;
    }
    if (made->link.index != 0) {
        return fail_attach(opening, EBUSY, problem);
    }
    if (!netlink_run_inside(network->namespace, attach_all, opening)) {
        return fail_attach(opening, errno, problem);
    }
    result = netlink_find(network, opening->opened, "device", made, problem)
                 ? netlink_apply(network, made, settings, problem)
                 : MORTISE_FAILED;
    if (result == MORTISE_OK && !netlink_find(network, opening->opened, "device", made, problem)) {
        result = MORTISE_FAILED;
    }
    if (result != MORTISE_OK) {
        close_all(opening->descriptors, opening->count);
    }
    return result;
}

static gboolean
make_stay(int fd, const MortiseLinkSettings *settings)
{
    gboolean owned = (settings->set & MORTISE_LINK_SET_OWNER) != 0;

    return (!owned || (ioctl(fd, TUNSETOWNER, (unsigned long) settings->user) == 0 &&
                       ioctl(fd, TUNSETGROUP, (unsigned long) settings->group) == 0)) &&
           ioctl(fd, TUNSETPERSIST, 1ul) == 0;
}

/* It becomes one that stays as the last of all, so that nothing stays of one that failed. */
MortiseResult
netlink_create_tap(MortiseNetwork *network, const MortiseLinkSettings *settings, MortiseLink *made,
                   MortiseProblem *problem)
{
    MortiseLinkSettings rest = *settings;
    int fd = -1;
    Opening opening = {
        .name = settings->name, .make = TRUE, .flags = tap_flags(0, 1), .descriptors = &fd, .count = 1,
    };
    NetlinkLink link;
    MortiseResult result;

    rest.set &= ~MORTISE_LINK_SET_OWNER;
    result = make_tap(network, &rest, &opening, &link, problem);
    if (result != MORTISE_OK) {
        return result;
    }
    if (!make_stay(fd, settings)) {
        result = netlink_fail_system(problem, errno, opening.opened, "making the tap device '%s' stay failed",
                                     opening.opened);
    } else {
        netlink_give_link(&link.link, made);
    }
    (void) close(fd);
    return result;
}

static MortiseResult
open_existing(MortiseNetwork *network, Opening *opening, NetlinkLink *link, MortiseProblem *problem)
{
    if (!netlink_find(network, opening->name, "device", link, problem)) {
        return MORTISE_FAILED;
    }
    if (link->link.kind == MORTISE_LINK_MACVTAP) {
        return netlink_open_macvtap(network, &link->link, opening->flags, opening->descriptors, opening->count,
                                    &opening->step)
                   ? MORTISE_OK
                   : netlink_fail_system(problem, errno, opening->name, "%s of the macvtap device '%s' failed",
                                         opening->step, opening->name);
    }
    if (link->link.kind != MORTISE_LINK_TAP) {
        return netlink_fail(problem, "invalid-argument", opening->name, "name a tap or macvtap device",
                            "the device '%s' is no tap device", opening->name);
    }
    return netlink_run_inside(network->namespace, attach_all, opening) ? MORTISE_OK
                                                                       : fail_attach(opening, errno, problem);
}

static gboolean
check_opening(const MortiseLinkSettings *settings, guint32 flags, guint count, MortiseProblem *problem)
{
    gboolean make = (flags & MORTISE_TAP_CREATE) != 0;

    if ((flags & ~MORTISE_TAP_FLAGS_ALL) != 0 || count == 0 || count > MORTISE_TAP_QUEUES_LIMIT) {
        (void) netlink_fail(problem, "invalid-argument", settings->name, NULL,
                            "a tap device is opened with 1 to %u queues and no flags beyond %#x",
                            MORTISE_TAP_QUEUES_LIMIT, MORTISE_TAP_FLAGS_ALL);
        return FALSE;
    }
    if (make && settings->kind != MORTISE_LINK_TAP) {
        (void) netlink_fail(problem, "invalid-argument", settings->name, "make a macvtap first, then open it",
                            "only a tap device can be made by opening it");
        return FALSE;
    }
    return netlink_check_name(settings->name, make, problem);
}

MortiseResult
netlink_open_tap(MortiseNetwork *network, const MortiseLinkSettings *given, uint32_t flags,
                 MortiseFileDescriptor *descriptors, uint32_t count, MortiseLink *opened, MortiseProblem *problem)
{
    const guint32 allowed = MORTISE_LINK_SET_UP | MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_MTU |
                            MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_ALIAS;
    gboolean make = (flags & MORTISE_TAP_CREATE) != 0;
    MortiseLinkSettings settings;
    NetlinkLink link;
    MortiseResult result;
    int made[MORTISE_TAP_QUEUES_LIMIT];

    if (!netlink_take_settings(given, make ? allowed : 0, &settings, problem) ||
        !check_opening(&settings, flags, count, problem)) {
        return MORTISE_FAILED;
    }
    memset(made, -1, sizeof made);
    Opening opening = {
        .name = settings.name, .make = make, .flags = tap_flags(flags, count), .descriptors = made, .count = count,
    };
    result = make ? make_tap(network, &settings, &opening, &link, problem)
                  : open_existing(network, &opening, &link, problem);
    if (result == MORTISE_OK) {
        memcpy(descriptors, made, count * sizeof made[0]);
        netlink_give_link(&link.link, opened);
    }
    return result;
}
