// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses of links, and routes.
#include "netlink-private.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/addr.h>
#include <netlink/route/addr.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <string.h>
#include <sys/socket.h>

/* What MortiseAddress and MortiseRoute had in version 1. */
#define ADDRESS_LEAST (offsetof(MortiseAddress, broadcast) + MORTISE_ADDRESS_SIZE)
#define ROUTE_LEAST (offsetof(MortiseRoute, metric) + sizeof(uint32_t))

typedef struct nl_addr Address;
typedef struct rtnl_addr LinkAddress;
typedef struct rtnl_route Route;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Address, nl_addr_put)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LinkAddress, rtnl_addr_put)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Route, rtnl_route_put)

/* NULL with a problem. */
static Address *
parse_address(const char *text, const char *what, MortiseProblem *problem)
{
    Address *address = NULL;

    if (nl_addr_parse(text, AF_UNSPEC, &address) < 0 ||
        (nl_addr_get_family(address) != AF_INET && nl_addr_get_family(address) != AF_INET6)) {
        nl_addr_put(address);
        (void) netlink_fail(problem, "invalid-argument", text, "write it as 192.0.2.1/24 or 2001:db8::1/64",
                            "'%s' is no %s", text, what);
        return NULL;
    }
    return address;
}

typedef struct {
    guint index;
    uint32_t size;
    uint32_t capacity;
    uint32_t count;
    MortiseAddress *addresses;
} Listing;

static void
write_address(Address *address, char *target)
{
    if (address != NULL) {
        (void) nl_addr2str(address, target, MORTISE_ADDRESS_SIZE);
    }
}

/* The kernel calls the other end "address" where there is one, and the link's own "local". */
static void
take_address(const struct nlmsghdr *header, gpointer data)
{
    Listing *listing = data;
    const struct ifaddrmsg *info = nlmsg_data(header);
    struct nlattr *attributes[IFA_MAX + 1];
    MortiseAddress made = {.reserved = 0};
    g_autoptr(Address) local = NULL;
    g_autoptr(Address) other = NULL;
    g_autoptr(Address) broadcast = NULL;

    if (header->nlmsg_type != RTM_NEWADDR ||
        nlmsg_parse((struct nlmsghdr *) header, sizeof *info, attributes, IFA_MAX, NULL) < 0 ||
        info->ifa_index != listing->index) {
        return;
    }
    local = attributes[IFA_LOCAL] != NULL ? nl_addr_alloc_attr(attributes[IFA_LOCAL], info->ifa_family) : NULL;
    other = attributes[IFA_ADDRESS] != NULL ? nl_addr_alloc_attr(attributes[IFA_ADDRESS], info->ifa_family) : NULL;
    broadcast =
        attributes[IFA_BROADCAST] != NULL ? nl_addr_alloc_attr(attributes[IFA_BROADCAST], info->ifa_family) : NULL;
    if (local == NULL || other == NULL || nl_addr_cmp(local, other) == 0) {
        local = local != NULL ? g_steal_pointer(&local) : g_steal_pointer(&other);
        g_clear_pointer(&other, nl_addr_put);
    }
    if (local == NULL) {
        return;
    }
    nl_addr_set_prefixlen(other != NULL ? other : local, info->ifa_prefixlen);
    write_address(local, made.address);
    write_address(other, made.peer);
    write_address(broadcast, made.broadcast);
    if (listing->count < listing->capacity) {
        char *place = (char *) listing->addresses + (gsize) listing->count * listing->size;
        made.struct_size = listing->size;
        memcpy(place, &made, MIN(listing->size, sizeof made));
    }
    listing->count++;
}

MortiseResult
netlink_addresses(MortiseNetwork *network, const char *name, MortiseAddress *addresses, uint32_t capacity,
                  uint32_t *count, MortiseProblem *problem)
{
    const struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};
    Listing listing = {.addresses = addresses, .capacity = capacity};
    NetlinkAnswer answer = {.number = EINTR};
    NetlinkLink link;

    if (!netlink_find(network, name, "device", &link, problem)) {
        return MORTISE_FAILED;
    }
    listing.index = link.link.index;
    listing.size = capacity > 0 && addresses != NULL ? addresses[0].struct_size : ADDRESS_LEAST;
    if ((capacity > 0 && addresses == NULL) || listing.size < ADDRESS_LEAST) {
        return netlink_fail(problem, "invalid-argument", NULL, NULL, "the room for addresses has no size");
    }
    for (guint i = 0; i < 16 && answer.number == EINTR; i++) {
        struct nl_msg *message = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
        listing.count = 0;
        if (message != NULL && nlmsg_append(message, (void *) &all, sizeof all, NLMSG_ALIGNTO) < 0) {
            nlmsg_free(message);
            message = NULL;
        }
        (void) netlink_request(network, message, take_address, &listing, &answer);
    }
    if (answer.number != 0) {
        return netlink_fail_answer(problem, &answer, name, "listing the addresses of '%s' failed", name);
    }
    *count = listing.count;
    return MORTISE_OK;
}

/* The last address of its network; not of networks of one or two. */
static void
set_usual_broadcast(LinkAddress *target, const Address *local)
{
    g_autoptr(Address) broadcast = NULL;
    guint length = nl_addr_get_prefixlen((Address *) local);
    guint32 number;

    if (nl_addr_get_family((Address *) local) != AF_INET || length > 30) {
        return;
    }
    memcpy(&number, nl_addr_get_binary_addr((Address *) local), sizeof number);
    number |= g_htonl(length == 0 ? G_MAXUINT32 : (1u << (32 - length)) - 1);
    broadcast = nl_addr_build(AF_INET, &number, sizeof number);
    if (broadcast != NULL) {
        (void) rtnl_addr_set_broadcast(target, broadcast);
    }
}

static gboolean
fill_address(LinkAddress *target, const MortiseAddress *given, gboolean add, MortiseProblem *problem)
{
    g_autoptr(Address) local = parse_address(given->address, "address of a device", problem);
    g_autoptr(Address) peer = NULL;
    g_autoptr(Address) broadcast = NULL;

    if (local == NULL || rtnl_addr_set_local(target, local) < 0) {
        return FALSE;
    }
    if (*given->peer != '\0') {
        peer = parse_address(given->peer, "address of the other end", problem);
        if (peer == NULL || rtnl_addr_set_peer(target, peer) < 0) {
            return FALSE;
        }
    }
    if (*given->broadcast != '\0') {
        broadcast = parse_address(given->broadcast, "broadcast address", problem);
        return broadcast != NULL && rtnl_addr_set_broadcast(target, broadcast) >= 0;
    }
    if (add && peer == NULL) {
        set_usual_broadcast(target, local);
    }
    return TRUE;
}

static MortiseResult
fail_address(MortiseProblem *problem, const NetlinkAnswer *answer, const char *name, const char *address,
             gboolean remove)
{
    if (remove && (answer->number == EADDRNOTAVAIL || answer->number == ESRCH)) {
        return MORTISE_OK;
    }
    if (answer->number == EEXIST) {
        return netlink_fail(problem, "link-exists", address, NULL, "the device '%s' has the address %s already", name,
                            address);
    }
    return netlink_fail_answer(problem, answer, name, "%s the address %s %s '%s' failed",
                               remove ? "taking" : "giving", address, remove ? "from" : "to", name);
}

/* Texts of the caller that may not end are taken for what they are. */
static gboolean
texts_end(const MortiseAddress *address)
{
    return memchr(address->address, '\0', MORTISE_ADDRESS_SIZE) != NULL &&
           memchr(address->peer, '\0', MORTISE_ADDRESS_SIZE) != NULL &&
           memchr(address->broadcast, '\0', MORTISE_ADDRESS_SIZE) != NULL;
}

MortiseResult
netlink_address(MortiseNetwork *network, const char *name, const MortiseAddress *address, uint32_t remove,
                MortiseProblem *problem)
{
    g_autoptr(LinkAddress) target = rtnl_addr_alloc();
    struct nl_msg *message = NULL;
    NetlinkAnswer answer;
    NetlinkLink link;

    if (address == NULL || address->struct_size < ADDRESS_LEAST || target == NULL || !texts_end(address)) {
        return netlink_fail(problem, "invalid-argument", name, NULL, "the address has no size, or no end");
    }
    if (!netlink_find(network, name, "device", &link, problem)) {
        return MORTISE_FAILED;
    }
    rtnl_addr_set_ifindex(target, (int) link.link.index);
    if (!fill_address(target, address, remove == 0, problem)) {
        return MORTISE_FAILED;
    }
    (void) (remove != 0 ? rtnl_addr_build_delete_request(target, 0, &message)
                        : rtnl_addr_build_add_request(target, NLM_F_EXCL, &message));
    return netlink_request(network, message, NULL, NULL, &answer)
               ? MORTISE_OK
               : fail_address(problem, &answer, name, address->address, remove != 0);
}

static gboolean
add_next_hop(MortiseNetwork *network, Route *target, const MortiseRoute *route, MortiseProblem *problem)
{
    g_autoptr(Address) gateway = NULL;
    struct rtnl_nexthop *hop;
    NetlinkLink link = {.link = {.index = 0}};

    if (route->gateway != NULL) {
        gateway = parse_address(route->gateway, "address of a gateway", problem);
        if (gateway == NULL) {
            return FALSE;
        }
    }
    if (route->link != NULL && !netlink_find(network, route->link, "device", &link, problem)) {
        return FALSE;
    }
    hop = rtnl_route_nh_alloc();
    if (hop == NULL) {
        return FALSE;
    }
    rtnl_route_nh_set_ifindex(hop, (int) link.link.index);
    if (gateway != NULL) {
        rtnl_route_nh_set_gateway(hop, gateway);
    }
    rtnl_route_add_nexthop(target, hop);
    return TRUE;
}

static gboolean
fill_route(MortiseNetwork *network, Route *target, const MortiseRoute *route, MortiseProblem *problem)
{
    g_autoptr(Address) destination = parse_address(route->destination, "destination of a route", problem);
    g_autoptr(Address) source = NULL;

    if (destination == NULL || rtnl_route_set_dst(target, destination) < 0) {
        return FALSE;
    }
    (void) rtnl_route_set_family(target, (guint8) nl_addr_get_family(destination));
    if (route->source != NULL) {
        source = parse_address(route->source, "address to send from", problem);
        if (source == NULL || rtnl_route_set_pref_src(target, source) < 0) {
            return FALSE;
        }
    }
    rtnl_route_set_table(target, route->table != 0 ? route->table : RT_TABLE_MAIN);
    if (route->metric != 0) {
        rtnl_route_set_priority(target, route->metric);
    }
    if ((route->gateway != NULL || route->link != NULL) && !add_next_hop(network, target, route, problem)) {
        return FALSE;
    }
    rtnl_route_set_scope(target, route->gateway != NULL ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK);
    return TRUE;
}

static MortiseResult
fail_route(MortiseProblem *problem, const NetlinkAnswer *answer, const char *destination, gboolean remove)
{
    if (remove && answer->number == ESRCH) {
        return MORTISE_OK;
    }
    if (answer->number == EEXIST) {
        return netlink_fail(problem, "link-exists", destination, NULL, "there is a route to %s already", destination);
    }
    return netlink_fail_answer(problem, answer, destination, "%s the route to %s failed",
                               remove ? "taking away" : "adding", destination);
}

MortiseResult
netlink_route(MortiseNetwork *network, const MortiseRoute *route, uint32_t remove, MortiseProblem *problem)
{
    g_autoptr(Route) target = rtnl_route_alloc();
    struct nl_msg *message = NULL;
    NetlinkAnswer answer;

    if (route == NULL || route->struct_size < ROUTE_LEAST || route->destination == NULL || target == NULL) {
        return netlink_fail(problem, "invalid-argument", NULL, NULL, "the route has no size or no destination");
    }
    if (!fill_route(network, target, route, problem)) {
        return MORTISE_FAILED;
    }
    (void) (remove != 0 ? rtnl_route_build_del_request(target, 0, &message)
                        : rtnl_route_build_add_request(target, NLM_F_EXCL, &message));
    return netlink_request(network, message, NULL, NULL, &answer)
               ? MORTISE_OK
               : fail_route(problem, &answer, route->destination, remove != 0);
}
