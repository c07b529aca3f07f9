// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Removing network devices that a monitor which was killed has left.
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lxc-helper.h"

static int
remove_link(int route, unsigned int index)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg body;
    } request = {
        .head = {.nlmsg_len = sizeof(request), .nlmsg_type = RTM_DELLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .body = {.ifi_family = AF_UNSPEC, .ifi_index = (int) index},
    };
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
        char more[512];
    } reply;

    if (send(route, &request, sizeof(request), 0) != (ssize_t) sizeof(request) ||
        recv(route, &reply, sizeof(reply), 0) < (ssize_t) (sizeof(reply.head) + sizeof(reply.body))) {
        return EXIT_FAILURE;
    }
    return reply.head.nlmsg_type == NLMSG_ERROR && reply.body.error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
helper_remove_links(int count, char **names)
{
    const int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int status = EXIT_SUCCESS;

    for (int i = 0; route >= 0 && i < count; i++) {
        const unsigned int index = if_nametoindex(names[i]);
        if (index > 0 && remove_link(route, index) != EXIT_SUCCESS) {
            status = EXIT_FAILURE;
        }
    }
    return route < 0 ? EXIT_FAILURE : status;
}
