// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the parts of the netlink provider share.
#pragma once

#include <glib.h>
#include <mortise/driver/network.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

/*
 * One instance. Requests go over one socket, one at a time under the lock; events have a socket and a lock of their
 * own. Both sockets were made in the namespace and stay there, whatever thread uses them.
 */
struct MortiseNetwork {
    int namespace;             /* descriptor of the network namespace */
    GMutex lock;               /* guards the socket */
    struct nl_sock *socket;
    GMutex event_lock;         /* guards what follows */
    int event_socket;          /* -1: nobody has subscribed */
    GQueue events;             /* MortiseLinkEvent, read and not yet told */
};

/* What the kernel answered to a request. */
typedef struct {
    int number;                /* errno; 0: done */
    char text[256];            /* its own words, "" when it has none */
} NetlinkAnswer;

/* netlink.c */
MortiseResult netlink_open(MortiseFileDescriptor network_namespace, MortiseNetwork **network, MortiseProblem *problem);
void netlink_close(MortiseNetwork *network);

/* netlink-problem.c: each writes the problem, when there is one, and returns MORTISE_FAILED. */
MortiseResult netlink_fail(MortiseProblem *problem, const char *reason, const char *object, const char *hint,
                           const char *format, ...) G_GNUC_PRINTF(5, 6);
/* A system call failed: reason and hint follow from `number`. MORTISE_UNSUPPORTED when the kernel cannot do it. */
MortiseResult netlink_fail_system(MortiseProblem *problem, int number, const char *object, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The same for a request, with the kernel's words. */
MortiseResult netlink_fail_answer(MortiseProblem *problem, const NetlinkAnswer *answer, const char *object,
                                  const char *format, ...) G_GNUC_PRINTF(4, 5);
/* A name that is no name of a link: TRUE, or the problem. `pattern`: one "%d" may be in it. */
gboolean netlink_check_name(const char *name, gboolean pattern, MortiseProblem *problem);

/* netlink-namespace.c */
typedef gboolean (*NetlinkFunction)(gpointer data);
/*
 * Runs the function in the namespace: in a thread of its own, unless the caller's is there already. FALSE when the
 * namespace cannot be entered, with errno; what the function returned is kept in its data.
 */
gboolean netlink_run_inside(int network_namespace, NetlinkFunction function, gpointer data);
/* Always in a thread of its own, whose mounts nobody else sees. */
gboolean netlink_run_apart(int network_namespace, NetlinkFunction function, gpointer data);

/* netlink-request.c */
typedef void (*NetlinkParser)(const struct nlmsghdr *header, gpointer data);
struct nl_sock *netlink_socket_new(NetlinkAnswer *answer);
/*
 * Sends the message (consumed) and waits for the answer; each message of a reply goes to the parser, which may be
 * NULL. TRUE when the kernel did it. An interrupted dump is reported as EINTR.
 */
gboolean netlink_request(MortiseNetwork *network, struct nl_msg *message, NetlinkParser parser, gpointer data,
                         NetlinkAnswer *answer);
/*
 * Making a message. One for which there is no memory or no room becomes NULL; what is put into NULL is dropped, and
 * sending it fails with ENOMEM.
 */
struct nl_msg *netlink_link_message(int type, int flags, guint index);
void netlink_put(struct nl_msg **message, int type, const void *data, gsize size);
void netlink_put_text(struct nl_msg **message, int type, const char *text);
void netlink_put_number(struct nl_msg **message, int type, guint32 number);
/* Attributes from here to netlink_leave() are inside of this one. */
struct nlattr *netlink_enter(struct nl_msg **message, int type);
void netlink_leave(struct nl_msg *message, struct nlattr *nest);

/* netlink-link.c */
/* A link and what else of it is needed to set it back. */
typedef struct {
    MortiseLink link;
    guint stp;
    guint vlan_filtering;
} NetlinkLink;

/* FALSE for a message that is no link of this family. */
gboolean netlink_parse_link(const struct nlmsghdr *header, NetlinkLink *link);
/* TRUE, with index 0 when there is no such link; FALSE with a problem when the kernel does not tell. */
gboolean netlink_look(MortiseNetwork *network, const char *name, NetlinkLink *link, MortiseProblem *problem);
/* As above, and none is a problem, in which it is called `what` ("device", "bridge"). */
gboolean netlink_find(MortiseNetwork *network, const char *name, const char *what, NetlinkLink *link,
                      MortiseProblem *problem);
/* A bridge; a hint tells how to make one. */
gboolean netlink_find_bridge(MortiseNetwork *network, const char *name, NetlinkLink *link, MortiseProblem *problem);
/* All links (NetlinkLink), by index; NULL with a problem. */
GArray *netlink_list(MortiseNetwork *network, MortiseProblem *problem);
/* Copies as much as the caller's struct has. `target` may be NULL. */
void netlink_give_link(const MortiseLink *link, MortiseLink *target);
MortiseResult netlink_links(MortiseNetwork *network, const char *const *names, MortiseLink *links, uint32_t capacity,
                            uint32_t *count, MortiseProblem *problem);

/* netlink-settings.c */
/* What MortiseLinkSettings had in version 1. */
#define MORTISE_NETWORK_SETTINGS_LEAST (offsetof(MortiseLinkSettings, group) + sizeof(uint32_t))
/* The caller's struct in today's size; FALSE with a problem when it says what cannot be. `allowed`: bits of set. */
gboolean netlink_take_settings(const MortiseLinkSettings *given, guint32 allowed, MortiseLinkSettings *settings,
                               MortiseProblem *problem);
/* Changes what the settings name of a link that is there; sets everything back on failure. */
MortiseResult netlink_apply(MortiseNetwork *network, const NetlinkLink *link, const MortiseLinkSettings *settings,
                            MortiseProblem *problem);
MortiseResult netlink_change(MortiseNetwork *network, const MortiseLinkSettings *given, MortiseProblem *problem);
/* netlink-move.c */
MortiseResult netlink_move(MortiseNetwork *network, const char *name, MortiseFileDescriptor network_namespace,
                           int64_t pid, const char *new_name, MortiseProblem *problem);

/* netlink-create.c */
MortiseResult netlink_create(MortiseNetwork *network, const MortiseLinkSettings *given, MortiseLink *made,
                             MortiseProblem *problem);
MortiseResult netlink_remove(MortiseNetwork *network, const char *name, uint32_t index, MortiseProblem *problem);

/* netlink-tap.c */
MortiseResult netlink_create_tap(MortiseNetwork *network, const MortiseLinkSettings *settings, MortiseLink *made,
                                 MortiseProblem *problem);
MortiseResult netlink_open_tap(MortiseNetwork *network, const MortiseLinkSettings *given, uint32_t flags,
                               MortiseFileDescriptor *descriptors, uint32_t count, MortiseLink *opened,
                               MortiseProblem *problem);
/* netlink-macvtap.c: TRUE when all are open; else none, errno and where it failed in `*step`. */
gboolean netlink_open_macvtap(const MortiseNetwork *network, const MortiseLink *link, short flags, int *descriptors,
                              guint count, const char **step);

/* netlink-address.c */
MortiseResult netlink_addresses(MortiseNetwork *network, const char *name, MortiseAddress *addresses,
                                uint32_t capacity, uint32_t *count, MortiseProblem *problem);
MortiseResult netlink_address(MortiseNetwork *network, const char *name, const MortiseAddress *address,
                              uint32_t remove, MortiseProblem *problem);
MortiseResult netlink_route(MortiseNetwork *network, const MortiseRoute *route, uint32_t remove,
                            MortiseProblem *problem);

/* netlink-vlan.c, netlink-bandwidth.c, netlink-event.c */
MortiseResult netlink_vlans(MortiseNetwork *network, const char *port, const MortiseVlan *vlans, uint32_t count,
                            MortiseProblem *problem);
MortiseResult netlink_bandwidth(MortiseNetwork *network, const char *name, const MortiseBandwidth *received,
                                const MortiseBandwidth *sent, MortiseProblem *problem);
MortiseResult netlink_subscribe(MortiseNetwork *network, MortiseFileDescriptor *descriptor, MortiseProblem *problem);
MortiseResult netlink_next_event(MortiseNetwork *network, MortiseLinkEvent *event, MortiseProblem *problem);
