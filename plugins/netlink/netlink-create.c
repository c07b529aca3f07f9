// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Making bridges, veth pairs, macvlan and macvtap links in one request each, and deleting links.
#include "netlink-private.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>

/* How often another number is tried when somebody was faster with a name. */
#define NAME_TRIES 64

/* What a link is made from, found before the first request. */
typedef struct {
    MortiseNetwork *network;
    const MortiseLinkSettings *settings;
    guint parent;
} Making;

static const struct {
    const char *name;
    guint32 allowed;           /* beside what all can be given */
} kinds[MORTISE_LINK_LAST + 1] = {
    [MORTISE_LINK_BRIDGE] = {"bridge", MORTISE_LINK_SET_STP | MORTISE_LINK_SET_VLAN_FILTERING},
    [MORTISE_LINK_VETH] = {"veth", MORTISE_LINK_SET_PEER_MAC | MORTISE_LINK_SET_PEER_NAMESPACE},
    [MORTISE_LINK_TAP] = {"tap", MORTISE_LINK_SET_OWNER},
    [MORTISE_LINK_MACVLAN] = {"macvlan", 0},
    [MORTISE_LINK_MACVTAP] = {"macvtap", 0},
};

static void
put_bridge(struct nl_msg **message, const MortiseLinkSettings *settings)
{
    guint8 filtering = settings->vlan_filtering != 0;

    if ((settings->set & MORTISE_LINK_SET_STP) != 0) {
        netlink_put_number(message, IFLA_BR_STP_STATE, settings->stp != 0);
    }
    if ((settings->set & MORTISE_LINK_SET_VLAN_FILTERING) != 0) {
        netlink_put(message, IFLA_BR_VLAN_FILTERING, &filtering, sizeof filtering);
    }
}

static void
put_peer(struct nl_msg **message, const MortiseLinkSettings *settings, const char *name)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    struct nlattr *peer = netlink_enter(message, VETH_INFO_PEER);

    if (*message != NULL && nlmsg_append(*message, (void *) &info, sizeof info, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(*message);
        *message = NULL;
    }
    netlink_put_text(message, IFLA_IFNAME, name);
    if ((settings->set & MORTISE_LINK_SET_PEER_MAC) != 0) {
        netlink_put(message, IFLA_ADDRESS, settings->peer_mac, sizeof settings->peer_mac);
    }
    if ((settings->set & MORTISE_LINK_SET_MTU) != 0) {
        netlink_put_number(message, IFLA_MTU, settings->mtu);
    }
    if ((settings->set & MORTISE_LINK_SET_PEER_NAMESPACE) != 0) {
        netlink_put_number(message, IFLA_NET_NS_FD, (guint32) settings->peer_namespace);
    }
    netlink_leave(*message, peer);
}

static void
put_kind(struct nl_msg **message, const MortiseLinkSettings *settings, const char *peer)
{
    static const guint32 modes[] = {
        MACVLAN_MODE_BRIDGE, MACVLAN_MODE_VEPA, MACVLAN_MODE_PRIVATE, MACVLAN_MODE_PASSTHRU,
    };
    struct nlattr *information = netlink_enter(message, IFLA_LINKINFO);
    struct nlattr *data;

    netlink_put_text(message, IFLA_INFO_KIND, kinds[settings->kind].name);
    data = netlink_enter(message, IFLA_INFO_DATA);
    if (settings->kind == MORTISE_LINK_BRIDGE) {
        put_bridge(message, settings);
    } else if (settings->kind == MORTISE_LINK_VETH) {
        put_peer(message, settings, peer);
    } else {
        netlink_put_number(message, IFLA_MACVLAN_MODE, modes[settings->mode]);
    }
    netlink_leave(*message, data);
    netlink_leave(*message, information);
}

static struct nl_msg *
create_message(const Making *making, const char *name, const char *peer)
{
    const MortiseLinkSettings *settings = making->settings;
    struct nl_msg *message = netlink_link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

    netlink_put_text(&message, IFLA_IFNAME, name);
    if ((settings->set & MORTISE_LINK_SET_MAC) != 0) {
        netlink_put(&message, IFLA_ADDRESS, settings->mac, sizeof settings->mac);
    }
    if ((settings->set & MORTISE_LINK_SET_MTU) != 0) {
        netlink_put_number(&message, IFLA_MTU, settings->mtu);
    }
    if (making->parent != 0) {
        netlink_put_number(&message, IFLA_LINK, making->parent);
    }
    put_kind(&message, settings, peer);
    return message;
}

/* The first name of the pattern that nothing has; the pattern itself when it is a name. */
static char *
free_name(const char *pattern, const char *other, const GArray *links)
{
    const char *place = strstr(pattern, "%d");
    gboolean taken = place != NULL;
    g_autofree char *name = g_strdup(pattern);

    for (guint number = 0; taken; number++) {
        g_free(name);
        name = g_strdup_printf("%.*s%u%s", (int) (place - pattern), pattern, number, place + 2);
        taken = g_strcmp0(name, other) == 0;
        for (guint i = 0; i < links->len && !taken; i++) {
            taken = g_str_equal(g_array_index(links, NetlinkLink, i).link.name, name);
        }
    }
    return g_steal_pointer(&name);
}

static MortiseResult
fail_create(const Making *making, const NetlinkAnswer *answer, const char *name, const char *peer,
            MortiseProblem *problem)
{
    const char *kind = kinds[making->settings->kind].name;
    NetlinkLink link;
    const char *taken = peer != NULL && netlink_look(making->network, name, &link, NULL) && link.link.index == 0
                            ? peer
                            : name;

    if (answer->number == EEXIST) {
        return netlink_fail(problem, "link-exists", taken, "choose another name, or delete it with: ip link del NAME",
                            "there is a device '%s' already", taken);
    }
    return netlink_fail_answer(problem, answer, name, "making the %s '%s' failed", kind, name);
}

static gboolean
is_pattern(const MortiseLinkSettings *settings)
{
    return strchr(settings->name, '%') != NULL || (settings->peer != NULL && strchr(settings->peer, '%') != NULL);
}

/* Makes it under a name that is returned; NULL with a problem. */
static char *
make(const Making *making, MortiseResult *result, MortiseProblem *problem)
{
    const MortiseLinkSettings *settings = making->settings;
    guint tries = is_pattern(settings) ? NAME_TRIES : 1;
    NetlinkAnswer answer;

    for (guint i = 1; i <= tries; i++) {
        g_autoptr(GArray) links = tries > 1 ? netlink_list(making->network, problem) : g_array_new(FALSE, FALSE, 1);
        g_autofree char *name = links != NULL ? free_name(settings->name, NULL, links) : NULL;
        g_autofree char *peer = name != NULL && settings->peer != NULL ? free_name(settings->peer, name, links) : NULL;
        if (links == NULL) {
            return NULL;
        }
        if (!netlink_check_name(name, FALSE, problem) ||
            (peer != NULL && !netlink_check_name(peer, FALSE, problem))) {
            return NULL;
        }
        if (netlink_request(making->network, create_message(making, name, peer), NULL, NULL, &answer)) {
            return g_steal_pointer(&name);
        }
        if (answer.number != EEXIST || i == tries) {
            *result = fail_create(making, &answer, name, peer, problem);
            return NULL;
        }
    }
    return NULL;
}

static gboolean
check_shape(const MortiseLinkSettings *settings, MortiseProblem *problem)
{
    gboolean has_parent = settings->kind == MORTISE_LINK_MACVLAN || settings->kind == MORTISE_LINK_MACVTAP;
    gboolean has_peer = settings->kind == MORTISE_LINK_VETH;

    if ((settings->parent != NULL) != has_parent || (settings->peer != NULL) != has_peer ||
        settings->mode > MORTISE_MACVLAN_LAST) {
        (void) netlink_fail(problem, "invalid-argument", settings->name, NULL,
                            "a %s is made with%s parent and with%s peer, in a mode up to %u",
                            kinds[settings->kind].name, has_parent ? " a" : "out", has_peer ? " a" : "out",
                            MORTISE_MACVLAN_LAST);
        return FALSE;
    }
    return netlink_check_name(settings->name, TRUE, problem) &&
           (!has_peer || netlink_check_name(settings->peer, TRUE, problem));
}

static gboolean
take_shape(const MortiseLinkSettings *given, MortiseLinkSettings *settings, MortiseProblem *problem)
{
    const guint32 of_all = MORTISE_LINK_SET_UP | MORTISE_LINK_SET_MAC | MORTISE_LINK_SET_MTU |
                           MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_ALIAS;
    guint kind = given != NULL && given->struct_size >= MORTISE_NETWORK_SETTINGS_LEAST ? given->kind : 0;

    if (kind > MORTISE_LINK_LAST || kinds[kind].name == NULL) {
        (void) netlink_fail(problem, "invalid-argument", NULL, NULL, "there is no kind %u of devices to make", kind);
        return FALSE;
    }
    return netlink_take_settings(given, of_all | kinds[kind].allowed, settings, problem) &&
           check_shape(settings, problem);
}

/* What the one request cannot carry, or not on every kernel; the link is deleted again when it fails. */
static MortiseResult
complete(MortiseNetwork *network, const char *name, const MortiseLinkSettings *settings, MortiseLink *made,
         MortiseProblem *problem)
{
    MortiseLinkSettings rest = *settings;
    NetlinkLink link;
    MortiseResult result;

    rest.set &= MORTISE_LINK_SET_ALIAS | MORTISE_LINK_SET_MASTER | MORTISE_LINK_SET_UP;
    if (!netlink_find(network, name, "device", &link, problem)) {
        return MORTISE_FAILED;
    }
    result = netlink_apply(network, &link, &rest, problem);
    if (result != MORTISE_OK) {
        (void) netlink_remove(network, name, link.link.index, NULL);
        return result;
    }
    if (!netlink_find(network, name, "device", &link, problem)) {
        return MORTISE_FAILED;
    }
    netlink_give_link(&link.link, made);
    return MORTISE_OK;
}

MortiseResult
netlink_create(MortiseNetwork *network, const MortiseLinkSettings *given, MortiseLink *made, MortiseProblem *problem)
{
    MortiseLinkSettings settings;
    Making making = {.network = network, .settings = &settings};
    MortiseResult result = MORTISE_FAILED;
    NetlinkLink found;
    g_autofree char *name = NULL;

    if (!take_shape(given, &settings, problem)) {
        return MORTISE_FAILED;
    }
    // Looked for first: nothing has to be taken back when it is missing.
    if ((settings.set & MORTISE_LINK_SET_MASTER) != 0 && settings.master != NULL &&
        !netlink_find_bridge(network, settings.master, &found, problem)) {
        return MORTISE_FAILED;
    }
    if (settings.kind == MORTISE_LINK_TAP) {
        return netlink_create_tap(network, &settings, made, problem);
    }
    if (settings.parent != NULL) {
        if (!netlink_find(network, settings.parent, "device", &found, problem)) {
            return MORTISE_FAILED;
        }
        making.parent = found.link.index;
    }
    name = make(&making, &result, problem);
    return name != NULL ? complete(network, name, &settings, made, problem) : result;
}

MortiseResult
netlink_remove(MortiseNetwork *network, const char *name, uint32_t index, MortiseProblem *problem)
{
    NetlinkAnswer answer;
    NetlinkLink link;

    if (!netlink_check_name(name, FALSE, problem) || !netlink_look(network, name, &link, problem)) {
        return MORTISE_FAILED;
    }
    if (link.link.index == 0 || (index != 0 && link.link.index != index)) {
        return MORTISE_OK;
    }
    if (netlink_request(network, netlink_link_message(RTM_DELLINK, 0, link.link.index), NULL, NULL, &answer) ||
        answer.number == ENODEV) {
        return MORTISE_OK;
    }
    return netlink_fail_answer(problem, &answer, name, "deleting the device '%s' failed", name);
}
