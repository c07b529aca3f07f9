// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Moving a link into another network namespace, under a name that is free there.
#include "netlink-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

static MortiseResult
fail_taken(MortiseProblem *problem, const char *moved, const char *taken)
{
    return netlink_fail(problem, "link-exists", taken, "choose another name",
                        "the other namespace has a device '%s' already; '%s' was not moved", taken, moved);
}

static gboolean
request_move(MortiseNetwork *from, guint index, int to, const char *name, NetlinkAnswer *answer)
{
    struct nl_msg *message = netlink_link_message(RTM_NEWLINK, 0, index);

    netlink_put_number(&message, IFLA_NET_NS_FD, (guint32) to);
    netlink_put_text(&message, IFLA_IFNAME, name);
    return netlink_request(from, message, NULL, NULL, answer);
}

/* The kernel moves it first and renames it then; one that arrived without its name goes home. */
static void
take_back(MortiseNetwork *network, MortiseNetwork *there, const char *name)
{
    NetlinkAnswer ignored;
    NetlinkLink link;

    if (netlink_look(network, name, &link, NULL) && link.link.index == 0 &&
        netlink_look(there, name, &link, NULL) && link.link.index != 0) {
        (void) request_move(there, link.link.index, network->namespace, name, &ignored);
    }
}

static MortiseResult
move_there(MortiseNetwork *network, MortiseNetwork *there, const NetlinkLink *link, const char *name,
           MortiseProblem *problem)
{
    const char *old = link->link.name;
    NetlinkAnswer answer;
    NetlinkLink other;

    if (!netlink_look(there, name, &other, problem)) {
        return MORTISE_FAILED;
    }
    if (other.link.index != 0) {
        return fail_taken(problem, old, name);
    }
    if (request_move(network, link->link.index, there->namespace, name, &answer)) {
        return MORTISE_OK;
    }
    take_back(network, there, old);
    return answer.number == EEXIST ? fail_taken(problem, old, name)
                                   : netlink_fail_answer(problem, &answer, old,
                                                         "moving the device '%s' to another namespace failed", old);
}

/* The descriptor of the namespace, to be closed; -1 with a problem. */
static int
open_namespace(const char *name, MortiseFileDescriptor network_namespace, int64_t pid, MortiseProblem *problem)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/ns/net", pid);
    int fd;

    if (network_namespace < 0 && (pid < 1 || pid > G_MAXINT)) {
        (void) netlink_fail(problem, "invalid-argument", name, NULL,
                            "neither a namespace nor a process was given to move '%s' to", name);
        return -1;
    }
    fd = network_namespace >= 0 ? fcntl(network_namespace, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && network_namespace < 0 && errno == ENOENT) {
        (void) netlink_fail(problem, "invalid-argument", name, NULL,
                            "there is no process %" G_GINT64_FORMAT " to whose namespace '%s' could be moved", pid,
                            name);
    } else if (fd < 0) {
        (void) netlink_fail_system(problem, errno, name, "opening the namespace to move '%s' to failed", name);
    }
    return fd;
}

MortiseResult
netlink_move(MortiseNetwork *network, const char *name, MortiseFileDescriptor network_namespace, int64_t pid,
             const char *new_name, MortiseProblem *problem)
{
    MortiseNetwork *there = NULL;
    MortiseResult result;
    NetlinkLink link;
    int fd;

    if (!netlink_find(network, name, "device", &link, problem) ||
        (new_name != NULL && !netlink_check_name(new_name, FALSE, problem))) {
        return MORTISE_FAILED;
    }
    fd = open_namespace(name, network_namespace, pid, problem);
    if (fd < 0) {
        return MORTISE_FAILED;
    }
    result = netlink_open(fd, &there, problem);
    (void) close(fd);
    if (result == MORTISE_OK) {
        result = move_there(network, there, &link, new_name != NULL ? new_name : name, problem);
    }
    netlink_close(there);
    return result;
}
