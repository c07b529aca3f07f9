// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Links as the kernel has them: one by its name, or all in one dump, with what they counted.
#include "netlink-private.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>
#include <sys/socket.h>

/* Up to here, asking for each is cheaper than a dump of what may be thousands. */
#define SINGLE_REQUESTS 4
/* A dump that links came into or went from meanwhile is made again, this often. */
#define DUMP_TRIES 16

static const struct {
    const char *name;
    guint kind;
} kinds[] = {
    {"bridge", MORTISE_LINK_BRIDGE}, {"veth", MORTISE_LINK_VETH}, {"tun", MORTISE_LINK_TAP},
    {"macvlan", MORTISE_LINK_MACVLAN}, {"macvtap", MORTISE_LINK_MACVTAP},
};

static guint
number_in(struct nlattr *attribute)
{
    return attribute != NULL && nla_len(attribute) >= 4 ? nla_get_u32(attribute) : 0;
}

static void
parse_macvlan(struct nlattr *data, MortiseLink *link)
{
    static const guint modes[] = {MACVLAN_MODE_BRIDGE, MACVLAN_MODE_VEPA, MACVLAN_MODE_PRIVATE, MACVLAN_MODE_PASSTHRU};
    guint mode = number_in(nla_find(nla_data(data), nla_len(data), IFLA_MACVLAN_MODE));

    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        link->mode = modes[i] == mode ? i : link->mode;
    }
}

static void
parse_kind(struct nlattr *information, NetlinkLink *self)
{
    struct nlattr *kind = nla_find(nla_data(information), nla_len(information), IFLA_INFO_KIND);
    struct nlattr *data = nla_find(nla_data(information), nla_len(information), IFLA_INFO_DATA);
    MortiseLink *link = &self->link;

    if (kind != NULL) {
        (void) nla_strlcpy(link->kind_name, kind, sizeof link->kind_name);
    }
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        link->kind = strcmp(kinds[i].name, link->kind_name) == 0 ? kinds[i].kind : link->kind;
    }
    if (data == NULL) {
        return;
    }
    if (link->kind == MORTISE_LINK_MACVLAN || link->kind == MORTISE_LINK_MACVTAP) {
        parse_macvlan(data, link);
    }
    if (link->kind == MORTISE_LINK_BRIDGE) {
        struct nlattr *filtering = nla_find(nla_data(data), nla_len(data), IFLA_BR_VLAN_FILTERING);
        self->stp = number_in(nla_find(nla_data(data), nla_len(data), IFLA_BR_STP_STATE)) != 0;
        self->vlan_filtering = filtering != NULL && nla_get_u8(filtering) != 0;
    }
}

static void
parse_counters(struct nlattr *attribute, MortiseLink *link)
{
    struct rtnl_link_stats64 counters = {.rx_packets = 0};

    (void) nla_memcpy(&counters, attribute, sizeof counters);
    link->rx_bytes = counters.rx_bytes;
    link->rx_packets = counters.rx_packets;
    link->rx_errors = counters.rx_errors;
    link->rx_dropped = counters.rx_dropped;
    link->tx_bytes = counters.tx_bytes;
    link->tx_packets = counters.tx_packets;
    link->tx_errors = counters.tx_errors;
    link->tx_dropped = counters.tx_dropped;
}

static void
parse_attributes(struct nlattr **attributes, NetlinkLink *self)
{
    MortiseLink *link = &self->link;

    (void) nla_strlcpy(link->name, attributes[IFLA_IFNAME], sizeof link->name);
    link->mtu = number_in(attributes[IFLA_MTU]);
    link->master = number_in(attributes[IFLA_MASTER]);
    link->lower = number_in(attributes[IFLA_LINK]);
    if (attributes[IFLA_ADDRESS] != NULL && nla_len(attributes[IFLA_ADDRESS]) == (int) sizeof link->mac) {
        (void) nla_memcpy(link->mac, attributes[IFLA_ADDRESS], sizeof link->mac);
    }
    if (attributes[IFLA_IFALIAS] != NULL) {
        (void) nla_strlcpy(link->alias, attributes[IFLA_IFALIAS], sizeof link->alias);
    }
    if (attributes[IFLA_LINKINFO] != NULL) {
        parse_kind(attributes[IFLA_LINKINFO], self);
    }
    if (attributes[IFLA_STATS64] != NULL) {
        parse_counters(attributes[IFLA_STATS64], link);
    }
}

gboolean
netlink_parse_link(const struct nlmsghdr *header, NetlinkLink *link)
{
    struct nlattr *attributes[IFLA_MAX + 1];
    const struct ifinfomsg *info;

    *link = (NetlinkLink){.link = {.struct_size = sizeof link->link}};
    if ((header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK) ||
        nlmsg_parse((struct nlmsghdr *) header, sizeof *info, attributes, IFLA_MAX, NULL) < 0) {
        return FALSE;
    }
    info = nlmsg_data(header);
    // A bridge speaks of its ports in the same messages.
    if (info->ifi_family != AF_UNSPEC || attributes[IFLA_IFNAME] == NULL) {
        return FALSE;
    }
    link->link.index = (guint) info->ifi_index;
    link->link.kind = info->ifi_type == ARPHRD_LOOPBACK ? MORTISE_LINK_LOOPBACK : MORTISE_LINK_ANY;
    link->link.flags = ((info->ifi_flags & IFF_UP) != 0 ? MORTISE_LINK_FLAG_UP : 0) |
                       ((info->ifi_flags & IFF_RUNNING) != 0 ? MORTISE_LINK_FLAG_RUNNING : 0);
    parse_attributes(attributes, link);
    return TRUE;
}

static void
take_one(const struct nlmsghdr *header, gpointer data)
{
    NetlinkLink link;

    if (netlink_parse_link(header, &link)) {
        *(NetlinkLink *) data = link;
    }
}

gboolean
netlink_look(MortiseNetwork *network, const char *name, NetlinkLink *link, MortiseProblem *problem)
{
    struct nl_msg *message = netlink_link_message(RTM_GETLINK, 0, 0);
    NetlinkAnswer answer;

    *link = (NetlinkLink){.link = {.struct_size = sizeof link->link}};
    netlink_put_text(&message, IFLA_IFNAME, name);
    if (netlink_request(network, message, take_one, link, &answer) || answer.number == ENODEV) {
        return TRUE;
    }
    (void) netlink_fail_answer(problem, &answer, name, "asking for the device '%s' failed", name);
    return FALSE;
}

gboolean
netlink_find(MortiseNetwork *network, const char *name, const char *what, NetlinkLink *link, MortiseProblem *problem)
{
    if (!netlink_check_name(name, FALSE, problem) || !netlink_look(network, name, link, problem)) {
        return FALSE;
    }
    if (link->link.index == 0) {
        (void) netlink_fail(problem, "link-missing", name, "'ip link' lists what there is", "%s '%s' does not exist",
                            what, name);
        return FALSE;
    }
    return TRUE;
}

gboolean
netlink_find_bridge(MortiseNetwork *network, const char *name, NetlinkLink *link, MortiseProblem *problem)
{
    g_autofree char *hint = g_strdup_printf("create it with: ip link add %s type bridge", name);

    if (!netlink_check_name(name, FALSE, problem) || !netlink_look(network, name, link, problem)) {
        return FALSE;
    }
    if (link->link.index == 0) {
        (void) netlink_fail(problem, "link-missing", name, hint, "bridge '%s' does not exist", name);
        return FALSE;
    }
    // Open vSwitch's and others take ports too; loopback, taps and the like never do.
    if (link->link.kind != MORTISE_LINK_BRIDGE && link->link.kind != MORTISE_LINK_ANY) {
        (void) netlink_fail(problem, "invalid-argument", name, "name a bridge, or attach by macvtap (type='direct')",
                            "the device '%s' is no bridge", name);
        return FALSE;
    }
    return TRUE;
}

static void
take_many(const struct nlmsghdr *header, gpointer data)
{
    NetlinkLink link;

    if (netlink_parse_link(header, &link)) {
        (void) g_array_append_val((GArray *) data, link);
    }
}

static int
compare_index(const void *one, const void *other)
{
    guint first = ((const NetlinkLink *) one)->link.index;
    guint second = ((const NetlinkLink *) other)->link.index;

    return first < second ? -1 : first > second;
}

GArray *
netlink_list(MortiseNetwork *network, MortiseProblem *problem)
{
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(NetlinkLink));
    NetlinkAnswer answer = {.number = EINTR};

    for (guint i = 0; i < DUMP_TRIES && answer.number == EINTR; i++) {
        (void) g_array_set_size(links, 0);
        (void) netlink_request(network, netlink_link_message(RTM_GETLINK, NLM_F_DUMP, 0), take_many, links, &answer);
    }
    if (answer.number != 0) {
        (void) netlink_fail_answer(problem, &answer, NULL, "listing the network devices failed");
        return NULL;
    }
    g_array_sort(links, compare_index);
    return g_steal_pointer(&links);
}

void
netlink_give_link(const MortiseLink *link, MortiseLink *target)
{
    uint32_t size = target != NULL ? target->struct_size : 0;

    if (size >= sizeof link->struct_size) {
        memcpy(target, link, MIN(size, sizeof *link));
        target->struct_size = size;
    }
}

/* The place of a link in the caller's array, whose items have the size that the first one says. */
static void
put_at(MortiseLink *links, uint32_t size, uint32_t number, const MortiseLink *link)
{
    MortiseLink *place = (MortiseLink *) ((char *) links + (gsize) number * size);

    place->struct_size = size;
    netlink_give_link(link, place);
}

static MortiseResult
give_all(MortiseNetwork *network, MortiseLink *links, uint32_t size, uint32_t capacity, uint32_t *count,
         MortiseProblem *problem)
{
    g_autoptr(GArray) all = netlink_list(network, problem);

    if (all == NULL) {
        return MORTISE_FAILED;
    }
    for (guint i = 0; i < MIN(all->len, capacity); i++) {
        put_at(links, size, i, &g_array_index(all, NetlinkLink, i).link);
    }
    *count = all->len;
    return MORTISE_OK;
}

static void
put_named(MortiseLink *links, uint32_t size, uint32_t number, const char *name, const NetlinkLink *found)
{
    MortiseLink none = {.struct_size = sizeof none};

    (void) g_strlcpy(none.name, name, sizeof none.name);
    put_at(links, size, number, found != NULL && found->link.index != 0 ? &found->link : &none);
}

static MortiseResult
give_single(MortiseNetwork *network, const char *const *names, MortiseLink *links, uint32_t size, uint32_t count,
            MortiseProblem *problem)
{
    for (guint i = 0; i < count; i++) {
        NetlinkLink link = {.link = {.index = 0}};
        // No link can have a name that is none.
        if (netlink_check_name(names[i], FALSE, NULL) && !netlink_look(network, names[i], &link, problem)) {
            return MORTISE_FAILED;
        }
        put_named(links, size, i, names[i], &link);
    }
    return MORTISE_OK;
}

static MortiseResult
give_many(MortiseNetwork *network, const char *const *names, MortiseLink *links, uint32_t size, uint32_t count,
          MortiseProblem *problem)
{
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) all = netlink_list(network, problem);

    if (all == NULL) {
        return MORTISE_FAILED;
    }
    for (guint i = 0; i < all->len; i++) {
        NetlinkLink *link = &g_array_index(all, NetlinkLink, i);
        (void) g_hash_table_insert(by_name, link->link.name, link);
    }
    for (guint i = 0; i < count; i++) {
        put_named(links, size, i, names[i], g_hash_table_lookup(by_name, names[i]));
    }
    return MORTISE_OK;
}

MortiseResult
netlink_links(MortiseNetwork *network, const char *const *names, MortiseLink *links, uint32_t capacity,
              uint32_t *count, MortiseProblem *problem)
{
    uint32_t size = capacity > 0 && links != NULL ? links[0].struct_size : sizeof(MortiseLink);
    MortiseResult result;

    if ((capacity > 0 && links == NULL) || size < offsetof(MortiseLink, name) + MORTISE_LINK_NAME_SIZE) {
        return netlink_fail(problem, "invalid-argument", NULL, NULL, "the room for links has no size");
    }
    if (names == NULL) {
        return give_all(network, links, size, capacity, count, problem);
    }
    result = capacity <= SINGLE_REQUESTS ? give_single(network, names, links, size, capacity, problem)
                                         : give_many(network, names, links, size, capacity, problem);
    *count = result == MORTISE_OK ? capacity : *count;
    return result;
}
