// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The provider of host networking: its descriptor, its table, and instances.
#include "netlink-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct {
    struct nl_sock *socket;
    NetlinkAnswer answer;
} Connecting;

static gboolean
connect_inside(gpointer data)
{
    Connecting *connecting = data;

    connecting->socket = netlink_socket_new(&connecting->answer);
    errno = connecting->answer.number;
    return connecting->socket != NULL;
}

void
netlink_close(MortiseNetwork *network)
{
    if (network == NULL) {
        return;
    }
    nl_socket_free(network->socket);
    if (network->event_socket >= 0) {
        (void) close(network->event_socket);
    }
    if (network->namespace >= 0) {
        (void) close(network->namespace);
    }
    g_queue_clear_full(&network->events, g_free);
    g_mutex_clear(&network->lock);
    g_mutex_clear(&network->event_lock);
    g_free(network);
}

MortiseResult
netlink_open(MortiseFileDescriptor network_namespace, MortiseNetwork **network, MortiseProblem *problem)
{
    MortiseNetwork *made = g_new0(MortiseNetwork, 1);
    Connecting connecting = {.socket = NULL};
    MortiseResult result = MORTISE_OK;

    made->event_socket = -1;
    g_mutex_init(&made->lock);
    g_mutex_init(&made->event_lock);
    g_queue_init(&made->events);
    made->namespace = network_namespace >= 0 ? fcntl(network_namespace, F_DUPFD_CLOEXEC, 0)
                                             : open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (made->namespace < 0) {
        result = netlink_fail_system(problem, errno, NULL, "opening the network namespace failed");
    } else if (!netlink_run_inside(made->namespace, connect_inside, &connecting)) {
        result = netlink_fail_system(problem, errno, NULL, "connecting to the kernel in the network namespace failed");
    }
    made->socket = connecting.socket;
    if (result != MORTISE_OK) {
        netlink_close(made);
        return result;
    }
    *network = made;
    return MORTISE_OK;
}

static const MortiseNetworkInterface network_interface = {
    .head = {sizeof(MortiseNetworkInterface), MORTISE_NETWORK_VERSION, MORTISE_NETWORK_ID},
    .open = netlink_open,
    .close = netlink_close,
    .create = netlink_create,
    .remove = netlink_remove,
    .change = netlink_change,
    .move = netlink_move,
    .open_tap = netlink_open_tap,
    .links = netlink_links,
    .addresses = netlink_addresses,
    .address = netlink_address,
    .route = netlink_route,
    .vlans = netlink_vlans,
    .bandwidth = netlink_bandwidth,
    .subscribe = netlink_subscribe,
    .next_event = netlink_next_event,
};

static const MortiseInterface *const interfaces[] = {&network_interface.head, NULL};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_PROVIDER,
    .thread_model = MORTISE_THREADS_PARALLEL,
    .name = "netlink",
    .version = "0.1.0",
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "Host networking for drivers: bridges, veth, tap, macvtap, addresses, statistics",
    .package = "mortise-provider-netlink",
    .interfaces = interfaces,
};
