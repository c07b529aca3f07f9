// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The few requests to the kernel's network that a container needs when no application is there: routes, removals.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lxc-helper.h"

#define ATTRIBUTES_LIMIT 256u
#define ADDRESS_LIMIT 16u

typedef struct {
    struct nlmsghdr head;
    struct rtmsg body;
    char attributes[ATTRIBUTES_LIMIT];
} RouteRequest;

int
helper_netlink(const void *request, unsigned int length)
{
    const int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
        char more[512];
    } reply;
    ssize_t got;
    int error;

    if (route < 0) {
        return errno;
    }
    error = send(route, request, length, 0) != (ssize_t) length ? errno : 0;
    got = error == 0 ? recv(route, &reply, sizeof(reply), 0) : 0;
    (void) close(route);
    if (error != 0 || got < (ssize_t) (sizeof(reply.head) + sizeof(reply.body))) {
        return error != 0 ? error : EIO;
    }
    return reply.head.nlmsg_type == NLMSG_ERROR ? -reply.body.error : EPROTO;
}

static void
add_attribute(RouteRequest *request, unsigned short type, const void *data, unsigned short size)
{
    struct rtattr head = {.rta_len = (unsigned short) RTA_LENGTH(size), .rta_type = type};
    char *at = (char *) request + NLMSG_ALIGN(request->head.nlmsg_len);

    (void) memcpy(at, &head, sizeof(head));
    (void) memcpy(at + RTA_LENGTH(0), data, size);
    request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + (unsigned int) RTA_ALIGN(head.rta_len);
}

int
helper_add_route(const char *line)
{
    RouteRequest request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)), .nlmsg_type = RTM_NEWROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
        .body = {.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST},
    };
    char device[IF_NAMESIZE];
    char network[64];
    char gateway[64];
    unsigned char address[ADDRESS_LIMIT];
    unsigned int length;
    unsigned int metric;
    unsigned int index;
    unsigned short size;

    // NOLINTNEXTLINE(cert-err34-c): digits that the driver has written, each a number that fits
    if (sscanf(line, "%15s %63[^/]/%u %63s %u", device, network, &length, gateway, &metric) != 5) {
        return EINVAL;
    }
    request.body.rtm_family = strchr(network, ':') != NULL ? AF_INET6 : AF_INET;
    request.body.rtm_dst_len = (unsigned char) length;
    size = request.body.rtm_family == AF_INET6 ? 16 : 4;
    index = if_nametoindex(device);
    if (index == 0 || inet_pton(request.body.rtm_family, network, address) != 1) {
        return index == 0 ? ENODEV : EINVAL;
    }
    if (length > 0) {
        add_attribute(&request, RTA_DST, address, size);
    }
    if (inet_pton(request.body.rtm_family, gateway, address) != 1) {
        return EINVAL;
    }
    add_attribute(&request, RTA_GATEWAY, address, size);
    add_attribute(&request, RTA_OIF, &index, sizeof(index));
    if (metric > 0) {
        add_attribute(&request, RTA_PRIORITY, &metric, sizeof(metric));
    }
    return helper_netlink(&request, request.head.nlmsg_len);
}
