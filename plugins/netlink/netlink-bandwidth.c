// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Limits of bandwidth: a token bucket for what is sent into a link, a policeman for what is received from it.
#include "netlink-private.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/route/tc.h>
#include <netlink/utils.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel's structs count in 32 bits; nearly 17 Gbit/s. */
#define RATE_LIMIT ((guint64) G_MAXINT)
#define LEAST_BURST 3200u      /* two packets of the usual size */
/* How long a packet may wait in the bucket's queue, in microseconds. */
#define LATENCY 50000
#define CELLS 256

static gboolean
take_limit(const MortiseBandwidth *given, MortiseBandwidth *limit, MortiseProblem *problem)
{
    *limit = (MortiseBandwidth){.average = 0};
    if (given == NULL) {
        return TRUE;
    }
    if (given->struct_size < sizeof *limit) {
        (void) netlink_fail(problem, "invalid-argument", NULL, NULL, "the limit of bandwidth has no size");
        return FALSE;
    }
    memcpy(limit, given, sizeof *limit);
    if (limit->burst == 0) {
        limit->burst = MAX(limit->average / 10, LEAST_BURST);
    }
    if (limit->average > RATE_LIMIT || limit->peak > RATE_LIMIT || limit->burst > RATE_LIMIT) {
        (void) netlink_fail(problem, "limit-exceeded", NULL, "leave the limit out",
                            "bandwidth can be limited to %" G_GUINT64_FORMAT " bytes a second at most", RATE_LIMIT);
        return FALSE;
    }
    return TRUE;
}

static struct nl_msg *
traffic_message(int type, int flags, guint index, guint parent, guint handle)
{
    const struct tcmsg head = {
        .tcm_family = AF_UNSPEC, .tcm_ifindex = (int) index, .tcm_parent = parent, .tcm_handle = handle,
    };
    struct nl_msg *message = nlmsg_alloc_simple(type, flags);

    if (message == NULL || nlmsg_append(message, (void *) &head, sizeof head, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(message);
        return NULL;
    }
    return message;
}

/* Whether nothing of it is there any more. */
static gboolean
clear(MortiseNetwork *network, guint index, guint parent, NetlinkAnswer *answer)
{
    return netlink_request(network, traffic_message(RTM_DELQDISC, 0, index, parent, 0), NULL, NULL, answer) ||
           answer->number == ENOENT || answer->number == EINVAL;
}

/* In ticks of the kernel's packet scheduler. */
static guint32
time_to_send(guint64 bytes, guint64 rate)
{
    return nl_us2ticks((guint32) rtnl_tc_calc_txtime((int) bytes, (int) rate));
}

static struct tc_ratespec
rate_of(guint64 rate)
{
    return (struct tc_ratespec){.rate = (guint32) rate, .cell_log = 8, .linklayer = TC_LINKLAYER_ETHERNET};
}

/* How long packets of so many cells take: what the kernel has long computed by itself, and still asks for. */
static void
put_table(struct nl_msg **message, int type, guint64 rate)
{
    guint32 table[CELLS];

    for (guint i = 0; i < CELLS; i++) {
        table[i] = time_to_send((guint64) (i + 1) << 8, rate);
    }
    netlink_put(message, type, table, sizeof table);
}

static struct nl_msg *
bucket_message(const NetlinkLink *link, const MortiseBandwidth *limit)
{
    struct nl_msg *message =
        traffic_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, link->link.index, TC_H_ROOT, 0);
    guint packet = MAX(link->link.mtu + ETH_HLEN, 1514u);
    gboolean peak = limit->peak > limit->average;
    struct tc_tbf_qopt bucket = {
        .rate = rate_of(limit->average),
        .limit = (guint32) (limit->average * LATENCY / G_USEC_PER_SEC + limit->burst),
        .buffer = time_to_send(limit->burst, limit->average),
    };
    struct nlattr *options;

    if (peak) {
        bucket.peakrate = rate_of(limit->peak);
        bucket.mtu = time_to_send(packet, limit->peak);
    }
    netlink_put_text(&message, TCA_KIND, "tbf");
    options = netlink_enter(&message, TCA_OPTIONS);
    netlink_put(&message, TCA_TBF_PARMS, &bucket, sizeof bucket);
    put_table(&message, TCA_TBF_RTAB, limit->average);
    if (peak) {
        put_table(&message, TCA_TBF_PTAB, limit->peak);
    }
    netlink_leave(message, options);
    return message;
}

static gboolean
limit_sent(MortiseNetwork *network, const NetlinkLink *link, const MortiseBandwidth *limit, NetlinkAnswer *answer)
{
    if (!clear(network, link->link.index, TC_H_ROOT, answer)) {
        return FALSE;
    }
    return limit->average == 0 ||
           netlink_request(network, bucket_message(link, limit), NULL, NULL, answer);
}

static void
put_policeman(struct nl_msg **message, const MortiseBandwidth *limit)
{
    const struct tc_police police = {
        .action = TC_POLICE_SHOT,
        .burst = time_to_send(limit->burst, limit->average),
        .rate = rate_of(limit->average),
    };
    struct nlattr *options;

    netlink_put_text(message, TCA_ACT_KIND, "police");
    options = netlink_enter(message, TCA_ACT_OPTIONS);
    netlink_put(message, TCA_POLICE_TBF, &police, sizeof police);
    put_table(message, TCA_POLICE_RATE, limit->average);
    netlink_leave(*message, options);
}

static struct nl_msg *
police_message(guint index, const MortiseBandwidth *limit)
{
    struct nl_msg *message = traffic_message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, index,
                                             TC_H_MAKE(TC_H_INGRESS, 0), 0);
    struct nlattr *options;
    struct nlattr *actions;
    struct nlattr *first;

    if (message != NULL) {
        struct tcmsg *head = nlmsg_data(nlmsg_hdr(message));
        head->tcm_info = TC_H_MAKE(1u << 16, g_htons(ETH_P_ALL));
    }
    netlink_put_text(&message, TCA_KIND, "matchall");
    options = netlink_enter(&message, TCA_OPTIONS);
    actions = netlink_enter(&message, TCA_MATCHALL_ACT);
    first = netlink_enter(&message, 1);
    put_policeman(&message, limit);
    netlink_leave(message, first);
    netlink_leave(message, actions);
    netlink_leave(message, options);
    return message;
}

/* The kernel loads classifier and action on demand, and says ENOENT of those that it has not. */
static gboolean
limit_received(MortiseNetwork *network, const NetlinkLink *link, const MortiseBandwidth *limit, NetlinkAnswer *answer)
{
    guint handle = TC_H_MAKE(TC_H_INGRESS, 0);
    struct nl_msg *message;
    NetlinkAnswer ignored;

    if (!clear(network, link->link.index, TC_H_INGRESS, answer)) {
        return FALSE;
    }
    if (limit->average == 0) {
        return TRUE;
    }
    message = traffic_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, link->link.index, TC_H_INGRESS, handle);
    netlink_put_text(&message, TCA_KIND, "ingress");
    if (netlink_request(network, message, NULL, NULL, answer) &&
        netlink_request(network, police_message(link->link.index, limit), NULL, NULL, answer)) {
        return TRUE;
    }
    (void) clear(network, link->link.index, TC_H_INGRESS, &ignored);
    answer->number = answer->number == ENOENT ? EOPNOTSUPP : answer->number;
    return FALSE;
}

MortiseResult
netlink_bandwidth(MortiseNetwork *network, const char *name, const MortiseBandwidth *received,
                  const MortiseBandwidth *sent, MortiseProblem *problem)
{
    MortiseBandwidth in;
    MortiseBandwidth out;
    NetlinkAnswer answer;
    NetlinkAnswer ignored;
    NetlinkLink link;

    if (!take_limit(received, &in, problem) || !take_limit(sent, &out, problem) ||
        !netlink_find(network, name, "device", &link, problem)) {
        return MORTISE_FAILED;
    }
    // First what a kernel is more likely not to have.
    if (received != NULL && !limit_received(network, &link, &in, &answer)) {
        return netlink_fail_answer(problem, &answer, name, "limiting what is received from '%s' failed", name);
    }
    if (sent != NULL && !limit_sent(network, &link, &out, &answer)) {
        if (received != NULL) {
            (void) clear(network, link.link.index, TC_H_INGRESS, &ignored);
        }
        answer.number = answer.number == ENOENT ? EOPNOTSUPP : answer.number;
        return netlink_fail_answer(problem, &answer, name, "limiting what is sent to '%s' failed", name);
    }
    return MORTISE_OK;
}
