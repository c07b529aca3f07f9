// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What happens to links: read from a socket of its own when somebody asks, no thread waits for it.
#include "netlink-private.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (32 * 1024)
#define ROOM (1024 * 1024)

typedef struct {
    int fd;
} Listening;

static gboolean
open_listening(gpointer data)
{
    Listening *listening = data;
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    int room = ROOM;

    listening->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (listening->fd < 0) {
        return FALSE;
    }
    // More than the system's limit needs privilege; without, fewer events fit.
    (void) setsockopt(listening->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    return bind(listening->fd, (const struct sockaddr *) &address, sizeof address) == 0;
}

MortiseResult
netlink_subscribe(MortiseNetwork *network, MortiseFileDescriptor *descriptor, MortiseProblem *problem)
{
    Listening listening = {.fd = -1};
    MortiseResult result = MORTISE_OK;

    g_mutex_lock(&network->event_lock);
    if (network->event_socket < 0 && !netlink_run_inside(network->namespace, open_listening, &listening)) {
        result = netlink_fail_system(problem, errno, NULL, "listening to changes of network devices failed");
        if (listening.fd >= 0) {
            (void) close(listening.fd);
        }
    } else {
        network->event_socket = network->event_socket < 0 ? listening.fd : network->event_socket;
        *descriptor = network->event_socket;
    }
    g_mutex_unlock(&network->event_lock);
    return result;
}

static void
queue_event(MortiseNetwork *network, guint kind, const MortiseLink *link)
{
    MortiseLinkEvent *event = g_new0(MortiseLinkEvent, 1);

    event->struct_size = sizeof *event;
    event->kind = kind;
    if (link != NULL) {
        event->link = *link;
    }
    g_queue_push_tail(&network->events, event);
}

static void
queue_messages(MortiseNetwork *network, struct nlmsghdr *header, int length)
{
    NetlinkLink link;

    for (; nlmsg_ok(header, length); header = nlmsg_next(header, &length)) {
        if (netlink_parse_link(header, &link)) {
            queue_event(network, header->nlmsg_type == RTM_NEWLINK ? MORTISE_EVENT_LINK_CHANGED
                                                                   : MORTISE_EVENT_LINK_GONE, &link.link);
        }
    }
}

/* One datagram. 0: there was one; else errno. */
static int
read_datagram(MortiseNetwork *network)
{
    g_autofree char *buffer = g_malloc(READ_SIZE);
    struct sockaddr_nl sender = {.nl_pid = 0};
    struct iovec place = {.iov_base = buffer, .iov_len = READ_SIZE};
    struct msghdr message = {
        .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &place, .msg_iovlen = 1,
    };
    ssize_t length = recvmsg(network->event_socket, &message, 0);

    if (length < 0 && errno != ENOBUFS) {
        return errno;
    }
    if (length < 0 || (message.msg_flags & MSG_TRUNC) != 0) {
        queue_event(network, MORTISE_EVENT_LOST, NULL);
        return 0;
    }
    // Other processes may write to the socket too; only the kernel is believed.
    if (sender.nl_pid == 0) {
        queue_messages(network, (struct nlmsghdr *) buffer, (int) length);
    }
    return 0;
}

static void
give_event(const MortiseLinkEvent *event, MortiseLinkEvent *target)
{
    uint32_t size = target->struct_size;

    memcpy(target, event, MIN(size, sizeof *event));
    target->struct_size = size;
}

MortiseResult
netlink_next_event(MortiseNetwork *network, MortiseLinkEvent *event, MortiseProblem *problem)
{
    const MortiseLinkEvent none = {.struct_size = sizeof none, .kind = MORTISE_EVENT_NONE};
    g_autofree MortiseLinkEvent *next = NULL;
    int number = 0;

    if (event == NULL || event->struct_size < sizeof *event) {
        return netlink_fail(problem, "invalid-argument", NULL, NULL, "the room for an event has no size");
    }
    g_mutex_lock(&network->event_lock);
    if (network->event_socket < 0) {
        number = EBADF;
    }
    while (number == 0 && network->events.length == 0) {
        number = read_datagram(network);
        number = number == EINTR ? 0 : number;
    }
    next = g_queue_pop_head(&network->events);
    g_mutex_unlock(&network->event_lock);
    if (next == NULL && number != EAGAIN) {
        return netlink_fail_system(problem, number, NULL, "reading what happened to network devices failed");
    }
    give_event(next != NULL ? next : &none, event);
    return MORTISE_OK;
}
