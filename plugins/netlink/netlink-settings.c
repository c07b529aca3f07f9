// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Changing a link step by step, and setting back what was changed when a step fails.
#include "netlink-private.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define MTU_LIMIT 65535u

static gboolean
check_members(const MortiseLinkSettings *settings, MortiseProblem *problem)
{
    guint32 set = settings->set;

    if ((set & MORTISE_LINK_SET_MTU) != 0 && (settings->mtu < 68 || settings->mtu > MTU_LIMIT)) {
        (void) netlink_fail(problem, "invalid-argument", settings->name, NULL,
                            "%u cannot be the MTU of a device: it is from 68 to %u", settings->mtu, MTU_LIMIT);
        return FALSE;
    }
    if ((set & MORTISE_LINK_SET_MAC) != 0 && (settings->mac[0] & 1) != 0) {
        (void) netlink_fail(problem, "invalid-argument", settings->name, "take one whose first byte is even",
                            "a multicast address cannot be the address of a device");
        return FALSE;
    }
    if ((set & MORTISE_LINK_SET_ALIAS) != 0 &&
        (settings->alias == NULL || strlen(settings->alias) >= MORTISE_LINK_ALIAS_SIZE)) {
        (void) netlink_fail(problem, "invalid-argument", settings->name, NULL, "the alias is missing or too long");
        return FALSE;
    }
    return (set & MORTISE_LINK_SET_NAME) == 0 || netlink_check_name(settings->new_name, FALSE, problem);
}

gboolean
netlink_take_settings(const MortiseLinkSettings *given, guint32 allowed, MortiseLinkSettings *settings,
                      MortiseProblem *problem)
{
    *settings = (MortiseLinkSettings){.peer_namespace = -1};
    if (given == NULL || given->struct_size < MORTISE_NETWORK_SETTINGS_LEAST) {
        (void) netlink_fail(problem, "invalid-argument", NULL, NULL, "the settings of the device have no size");
        return FALSE;
    }
    memcpy(settings, given, MIN(given->struct_size, sizeof *settings));
    if ((settings->set & ~allowed) != 0) {
        (void) netlink_fail(problem, "unsupported", settings->name, NULL,
                            "a device of this kind cannot be given what bits %#x of its settings ask for",
                            settings->set & ~allowed);
        return FALSE;
    }
    return check_members(settings, problem);
}

static void
put_bridge_setting(struct nl_msg **message, guint32 bit, const MortiseLinkSettings *settings)
{
    struct nlattr *information = netlink_enter(message, IFLA_LINKINFO);
    guint8 filtering = settings->vlan_filtering != 0;
    struct nlattr *data;

    netlink_put_text(message, IFLA_INFO_KIND, "bridge");
    data = netlink_enter(message, IFLA_INFO_DATA);
    if (bit == MORTISE_LINK_SET_STP) {
        netlink_put_number(message, IFLA_BR_STP_STATE, settings->stp != 0);
    } else {
        netlink_put(message, IFLA_BR_VLAN_FILTERING, &filtering, sizeof filtering);
    }
    netlink_leave(*message, data);
    netlink_leave(*message, information);
}

static struct nl_msg *
state_message(guint index, gboolean up)
{
    const struct ifinfomsg info = {
        .ifi_family = AF_UNSPEC, .ifi_index = (int) index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP,
    };
    struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWLINK, 0);

    if (message != NULL && nlmsg_append(message, (void *) &info, sizeof info, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(message);
        return NULL;
    }
    return message;
}

/* One setting; `master` is the bridge's index when that is it. */
static gboolean
set_one(MortiseNetwork *network, guint index, guint32 bit, const MortiseLinkSettings *settings, guint master,
        NetlinkAnswer *answer)
{
    struct nl_msg *message = bit == MORTISE_LINK_SET_UP ? state_message(index, settings->up != 0)
                                                        : netlink_link_message(RTM_NEWLINK, 0, index);

    switch (bit) {
    case MORTISE_LINK_SET_MAC:
        netlink_put(&message, IFLA_ADDRESS, settings->mac, sizeof settings->mac);
        break;
    case MORTISE_LINK_SET_MTU:
        netlink_put_number(&message, IFLA_MTU, settings->mtu);
        break;
    case MORTISE_LINK_SET_MASTER:
        netlink_put_number(&message, IFLA_MASTER, master);
        break;
    case MORTISE_LINK_SET_NAME:
        netlink_put_text(&message, IFLA_IFNAME, settings->new_name);
        break;
    case MORTISE_LINK_SET_ALIAS:
        netlink_put(&message, IFLA_IFALIAS, settings->alias, strlen(settings->alias));
        break;
    case MORTISE_LINK_SET_STP:
    case MORTISE_LINK_SET_VLAN_FILTERING:
        put_bridge_setting(&message, bit, settings);
        break;
    default:
        break;
    }
    return netlink_request(network, message, NULL, NULL, answer);
}

/* Before Linux 6.2 only a link that is down can be renamed. */
static const struct {
    guint32 bit;
    const char *what;
} steps[] = {
    {MORTISE_LINK_SET_ALIAS, "setting the alias of"},
    {MORTISE_LINK_SET_MAC, "setting the address of"},
    {MORTISE_LINK_SET_MTU, "setting the MTU of"},
    {MORTISE_LINK_SET_STP, "setting STP of"},
    {MORTISE_LINK_SET_VLAN_FILTERING, "setting VLAN filtering of"},
    {MORTISE_LINK_SET_MASTER, "making a port of a bridge of"},
    {MORTISE_LINK_SET_NAME, "renaming"},
    {MORTISE_LINK_SET_UP, "setting the state of"},
};

static MortiseLinkSettings
settings_of(const NetlinkLink *link)
{
    MortiseLinkSettings settings = {
        .new_name = link->link.name, .alias = link->link.alias, .mtu = link->link.mtu, .stp = link->stp,
        .up = (link->link.flags & MORTISE_LINK_FLAG_UP) != 0, .vlan_filtering = link->vlan_filtering,
    };

    memcpy(settings.mac, link->link.mac, sizeof settings.mac);
    return settings;
}

static void
set_back(MortiseNetwork *network, const NetlinkLink *link, guint32 changed, guint failed)
{
    const MortiseLinkSettings old = settings_of(link);
    NetlinkAnswer ignored;

    for (guint i = failed; i > 0; i--) {
        if ((changed & steps[i - 1].bit) != 0) {
            (void) set_one(network, link->link.index, steps[i - 1].bit, &old, link->link.master, &ignored);
        }
    }
}

MortiseResult
netlink_apply(MortiseNetwork *network, const NetlinkLink *link, const MortiseLinkSettings *settings,
              MortiseProblem *problem)
{
    NetlinkLink master = {.link = {.index = 0}};
    NetlinkAnswer answer;

    if ((settings->set & MORTISE_LINK_SET_MASTER) != 0 && settings->master != NULL &&
        !netlink_find_bridge(network, settings->master, &master, problem)) {
        return MORTISE_FAILED;
    }
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        if ((settings->set & steps[i].bit) == 0 ||
            set_one(network, link->link.index, steps[i].bit, settings, master.link.index, &answer)) {
            continue;
        }
        set_back(network, link, settings->set, i);
        return netlink_fail_answer(problem, &answer, link->link.name, "%s '%s' failed", steps[i].what,
                                   link->link.name);
    }
    return MORTISE_OK;
}

MortiseResult
netlink_change(MortiseNetwork *network, const MortiseLinkSettings *given, MortiseProblem *problem)
{
    const guint32 of_all = MORTISE_LINK_SET_UP | MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_MTU |
                           MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_NAME | MORTISE_LINK_SET_ALIAS;
    const guint32 of_bridges = MORTISE_LINK_SET_STP | MORTISE_LINK_SET_VLAN_FILTERING;
    MortiseLinkSettings settings;
    NetlinkLink link;

    if (!netlink_take_settings(given, of_all | of_bridges, &settings, problem)) {
        return MORTISE_FAILED;
    }
    if (!netlink_find(network, settings.name, "device", &link, problem)) {
        return MORTISE_FAILED;
    }
    if ((settings.set & of_bridges) != 0 && link.link.kind != MORTISE_LINK_BRIDGE) {
        return netlink_fail(problem, "invalid-argument", settings.name, NULL,
                            "the device '%s' is no bridge: it has neither STP nor VLAN filtering", settings.name);
    }
    return netlink_apply(network, &link, &settings, problem);
}
