// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The VLANs of a bridge's port: what is wanted is compared with what is, and only the difference is told.
#include "netlink-private.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>
#include <sys/socket.h>

#define VLAN_LAST 4094u
#define MEMBER 4u              /* beside MORTISE_VLAN_... */
/* A message with one entry for each VLAN. */
#define MESSAGE_SIZE (128 * 1024)

/* For each VLAN its flags; 0: the port has no part in it. */
typedef struct {
    guint index;
    guint8 flags[VLAN_LAST + 1];
} Membership;

static void
take_entry(struct nlattr *entry, Membership *membership, guint *first)
{
    struct bridge_vlan_info info = {.flags = 0};
    guint flags = MEMBER;

    (void) nla_memcpy(&info, entry, sizeof info);
    flags |= (info.flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0 ? MORTISE_VLAN_UNTAGGED : 0;
    flags |= (info.flags & BRIDGE_VLAN_INFO_PVID) != 0 ? MORTISE_VLAN_NATIVE : 0;
    if ((info.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) != 0) {
        *first = info.vid;
        return;
    }
    if ((info.flags & BRIDGE_VLAN_INFO_RANGE_END) == 0) {
        *first = info.vid;
    }
    for (guint i = *first; i <= MIN(info.vid, VLAN_LAST); i++) {
        membership->flags[i] = (guint8) flags;
    }
}

static void
take_port(const struct nlmsghdr *header, gpointer data)
{
    Membership *membership = data;
    const struct ifinfomsg *info = nlmsg_data(header);
    struct nlattr *entries = nlmsg_find_attr((struct nlmsghdr *) header, sizeof *info, IFLA_AF_SPEC);
    struct nlattr *entry;
    guint first = 0;
    int left;

    if (info->ifi_family != AF_BRIDGE || (guint) info->ifi_index != membership->index || entries == NULL) {
        return;
    }
    nla_for_each_nested(entry, entries, left)
    {
        if (nla_type(entry) == IFLA_BRIDGE_VLAN_INFO) {
            take_entry(entry, membership, &first);
        }
    }
}

static struct nl_msg *
bridge_message(int type, int flags, guint index)
{
    const struct ifinfomsg info = {.ifi_family = AF_BRIDGE, .ifi_index = (int) index};
    struct nl_msg *message = nlmsg_alloc_size(MESSAGE_SIZE);

    if (message == NULL || nlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags) == NULL ||
        nlmsg_append(message, (void *) &info, sizeof info, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(message);
        return NULL;
    }
    return message;
}

static gboolean
read_membership(MortiseNetwork *network, guint index, Membership *membership, NetlinkAnswer *answer)
{
    answer->number = EINTR;
    for (guint i = 0; i < 16 && answer->number == EINTR; i++) {
        struct nl_msg *message = bridge_message(RTM_GETLINK, NLM_F_DUMP, 0);
        memset(membership, 0, sizeof *membership);
        membership->index = index;
        netlink_put_number(&message, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
        (void) netlink_request(network, message, take_port, membership, answer);
    }
    return answer->number == 0;
}

/* Tells the kernel of all VLANs that are in `to` and otherwise in `from`; `type` says whether they come or go. */
static gboolean
tell(MortiseNetwork *network, int type, const Membership *from, const Membership *to, NetlinkAnswer *answer)
{
    struct nl_msg *message = bridge_message(type, 0, to->index);
    struct nlattr *entries = netlink_enter(&message, IFLA_AF_SPEC);
    gboolean any = FALSE;

    *answer = (NetlinkAnswer){.number = 0};
    for (guint i = 1; i <= VLAN_LAST; i++) {
        gboolean gone = type == RTM_DELLINK && to->flags[i] != 0 && from->flags[i] == 0;
        gboolean come = type == RTM_SETLINK && to->flags[i] != 0 && from->flags[i] != to->flags[i];
        struct bridge_vlan_info info = {.vid = (guint16) i};
        if (!gone && !come) {
            continue;
        }
        any = TRUE;
        info.flags = (to->flags[i] & MORTISE_VLAN_UNTAGGED) != 0 ? BRIDGE_VLAN_INFO_UNTAGGED : 0;
        info.flags |= (to->flags[i] & MORTISE_VLAN_NATIVE) != 0 ? BRIDGE_VLAN_INFO_PVID : 0;
        netlink_put(&message, IFLA_BRIDGE_VLAN_INFO, &info, sizeof info);
    }
    netlink_leave(message, entries);
    if (!any) {
        nlmsg_free(message);
        return TRUE;
    }
    return netlink_request(network, message, NULL, NULL, answer);
}

static gboolean
take_wish(const MortiseVlan *vlans, uint32_t count, Membership *wanted, MortiseProblem *problem)
{
    uint32_t size = count > 0 && vlans != NULL ? vlans[0].struct_size : sizeof(MortiseVlan);
    guint natives = 0;

    if ((count > 0 && vlans == NULL) || size < sizeof(MortiseVlan)) {
        (void) netlink_fail(problem, "invalid-argument", NULL, NULL, "the VLANs have no size");
        return FALSE;
    }
    for (guint i = 0; i < count; i++) {
        const MortiseVlan *vlan = (const MortiseVlan *) ((const char *) vlans + (gsize) i * size);
        natives += (vlan->flags & MORTISE_VLAN_NATIVE) != 0;
        if (vlan->first < 1 || vlan->last < vlan->first || vlan->last > VLAN_LAST || natives > 1 ||
            (vlan->flags & ~MORTISE_VLAN_FLAGS_ALL) != 0 ||
            ((vlan->flags & MORTISE_VLAN_NATIVE) != 0 && vlan->first != vlan->last)) {
            (void) netlink_fail(problem, "invalid-argument", NULL, NULL,
                                "VLANs are numbered 1 to %u, and one of them at most is the native one; this is %u to "
                                "%u", VLAN_LAST, vlan->first, vlan->last);
            return FALSE;
        }
        memset(wanted->flags + vlan->first, (int) (vlan->flags | MEMBER), vlan->last - vlan->first + 1);
    }
    return TRUE;
}

static MortiseResult
replace(MortiseNetwork *network, const char *port, const Membership *wanted, MortiseProblem *problem)
{
    g_autofree Membership *now = g_new0(Membership, 1);
    NetlinkAnswer answer;
    NetlinkAnswer ignored;

    if (!read_membership(network, wanted->index, now, &answer)) {
        return netlink_fail_answer(problem, &answer, port, "reading the VLANs of '%s' failed", port);
    }
    // Those to leave are what is in `now` and not in `wanted`.
    if (tell(network, RTM_SETLINK, now, wanted, &answer) && tell(network, RTM_DELLINK, wanted, now, &answer)) {
        return MORTISE_OK;
    }
    (void) tell(network, RTM_DELLINK, now, wanted, &ignored);
    (void) tell(network, RTM_SETLINK, wanted, now, &ignored);
    return netlink_fail_answer(problem, &answer, port, "setting the VLANs of the port '%s' failed", port);
}

MortiseResult
netlink_vlans(MortiseNetwork *network, const char *port, const MortiseVlan *vlans, uint32_t count,
              MortiseProblem *problem)
{
    g_autofree Membership *wanted = g_new0(Membership, 1);
    NetlinkLink link;

    if (!netlink_find(network, port, "device", &link, problem) || !take_wish(vlans, count, wanted, problem)) {
        return MORTISE_FAILED;
    }
    if (link.link.master == 0) {
        return netlink_fail(problem, "invalid-argument", port, "make it one with: ip link set NAME master BRIDGE",
                            "the device '%s' is no port of a bridge", port);
    }
    wanted->index = link.link.index;
    return replace(network, port, wanted, problem);
}
