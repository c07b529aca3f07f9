// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One request to the kernel and its answer, with the kernel's own words of a refusal.
#include "netlink-private.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>
#include <sys/socket.h>

/* Of one read; the kernel fills what it is given in a dump. */
#define BUFFER_SIZE (64 * 1024)

typedef struct {
    NetlinkParser parser;
    gpointer data;
    NetlinkAnswer *answer;
    gboolean done;
} Exchange;

static void
take_words(const struct nlmsgerr *error, const struct nlmsghdr *header, NetlinkAnswer *answer)
{
    gsize skipped = sizeof *error;
    const struct nlattr *text;

    if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) {
        return;
    }
    if ((header->nlmsg_flags & NLM_F_CAPPED) == 0) {
        skipped += error->msg.nlmsg_len - NLMSG_HDRLEN;
    }
    text = nlmsg_find_attr((struct nlmsghdr *) header, (int) NLMSG_ALIGN(skipped), NLMSGERR_ATTR_MSG);
    if (text != NULL) {
        (void) nla_strlcpy(answer->text, text, sizeof answer->text);
    }
}

static int
handle_error(struct sockaddr_nl *from G_GNUC_UNUSED, struct nlmsgerr *error, void *data)
{
    Exchange *exchange = data;
    const struct nlmsghdr *header = (const struct nlmsghdr *) ((const char *) error - NLMSG_HDRLEN);

    exchange->answer->number = -error->error;
    take_words(error, header, exchange->answer);
    exchange->done = TRUE;
    return NL_STOP;
}

static int
handle_end(struct nl_msg *message G_GNUC_UNUSED, void *data)
{
    Exchange *exchange = data;

    exchange->done = TRUE;
    return NL_STOP;
}

static int
handle_valid(struct nl_msg *message, void *data)
{
    const Exchange *exchange = data;

    if (exchange->parser != NULL) {
        exchange->parser(nlmsg_hdr(message), exchange->data);
    }
    return NL_OK;
}

/* The library has numbers of its own; the few that matter here are told from one another. */
static int
number_of(int library_error)
{
    switch (-library_error) {
    case NLE_DUMP_INTR:
        return EINTR;
    case NLE_NOMEM:
        return ENOMEM;
    case NLE_PERM:
        return EPERM;
    default:
        return EIO;
    }
}

static void
fail_library(NetlinkAnswer *answer, int library_error)
{
    answer->number = number_of(library_error);
    (void) g_strlcpy(answer->text, nl_geterror(library_error), sizeof answer->text);
}

struct nl_sock *
netlink_socket_new(NetlinkAnswer *answer)
{
    struct nl_sock *made = nl_socket_alloc();
    int result = made != NULL ? nl_connect(made, NETLINK_ROUTE) : -NLE_NOMEM;
    int one = 1;

    if (result < 0) {
        fail_library(answer, result);
        nl_socket_free(made);
        return NULL;
    }
    // Kernels that do not know these answer without words.
    (void) setsockopt(nl_socket_get_fd(made), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
    (void) setsockopt(nl_socket_get_fd(made), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    (void) nl_socket_set_msg_buf_size(made, BUFFER_SIZE);
    return made;
}

static gboolean
exchange_locked(MortiseNetwork *network, struct nl_msg *message, struct nl_cb *callbacks, Exchange *exchange)
{
    int result = nl_send_auto(network->socket, message);

    while (result >= 0 && !exchange->done) {
        result = nl_recvmsgs(network->socket, callbacks);
    }
    // What a callback has stopped on is an answer, whatever the library makes of it.
    if (result < 0 && exchange->answer->number == 0 && (!exchange->done || result == -NLE_DUMP_INTR)) {
        fail_library(exchange->answer, result);
    }
    return exchange->answer->number == 0;
}

gboolean
netlink_request(MortiseNetwork *network, struct nl_msg *message, NetlinkParser parser, gpointer data,
                NetlinkAnswer *answer)
{
    Exchange exchange = {.parser = parser, .data = data, .answer = answer};
    struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
    gboolean good;

    *answer = (NetlinkAnswer){.number = 0};
    if (callbacks == NULL || message == NULL) {
        nl_cb_put(callbacks);
        nlmsg_free(message);
        answer->number = ENOMEM;
        return FALSE;
    }
    (void) nl_cb_err(callbacks, NL_CB_CUSTOM, handle_error, &exchange);
    (void) nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, handle_valid, &exchange);
    (void) nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, handle_end, &exchange);
    (void) nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, handle_end, &exchange);
    g_mutex_lock(&network->lock);
    good = exchange_locked(network, message, callbacks, &exchange);
    g_mutex_unlock(&network->lock);
    nl_cb_put(callbacks);
    nlmsg_free(message);
    return good;
}

struct nl_msg *
netlink_link_message(int type, int flags, guint index)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = (int) index};
    struct nl_msg *message = nlmsg_alloc_simple(type, flags);

    if (message == NULL || nlmsg_append(message, (void *) &info, sizeof info, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(message);
        return NULL;
    }
    return message;
}

static void
drop(struct nl_msg **message)
{
    nlmsg_free(*message);
    *message = NULL;
}

void
netlink_put(struct nl_msg **message, int type, const void *data, gsize size)
{
    if (*message != NULL && nla_put(*message, type, (int) size, data) < 0) {
        drop(message);
    }
}

void
netlink_put_text(struct nl_msg **message, int type, const char *text)
{
    netlink_put(message, type, text, strlen(text) + 1);
}

void
netlink_put_number(struct nl_msg **message, int type, guint32 number)
{
    netlink_put(message, type, &number, sizeof number);
}

struct nlattr *
netlink_enter(struct nl_msg **message, int type)
{
    struct nlattr *nest = *message != NULL ? nla_nest_start(*message, type) : NULL;

    if (*message != NULL && nest == NULL) {
        drop(message);
    }
    return nest;
}

void
netlink_leave(struct nl_msg *message, struct nlattr *nest)
{
    if (message != NULL) {
        (void) nla_nest_end(message, nest);
    }
}
