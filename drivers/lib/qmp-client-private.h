// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the two halves of the QMP client share: qmp-client.c has the socket, qmp-request.c the commands.
#pragma once

#include "driver-lock.h"
#include "qmp-client.h"

struct QmpRequest {
    QmpClient *client;         /* a reference */
    guint64 id;
    char *command;
    gint64 since;
    QmpReply reply;            /* may be NULL */
    gpointer data;

    gboolean abandoned;        /* no thread waits; of the client's lock, like what follows */
    gboolean done;
    JsonNode *value;
    DriverFailure *failure;
};

struct QmpClient {
    DriverLoop *loop;
    char *name;
    QmpListener listener;
    gpointer listener_data;

    DriverLock lock;              /* guards what follows, up to the blank line */
    guint references;
    int fd;                    /* -1 when closed */
    GHashTable *waiting;       /* id -> QmpRequest */
    GString *output;           /* not yet taken by the socket */
    guint64 last_id;
    guint64 negotiation;       /* id of qmp_capabilities */
    guint version;             /* 0: not greeted yet */
    guint stale;               /* messages before the greeting; the loop's thread only */
    gboolean ready;
    gboolean write_asked;
    DriverFailure *cause;      /* why it is closed; written by the loop's thread */

    GSource *reading;          /* the loop's thread only, like what follows */
    GSource *writing;
    GByteArray *input;
    gsize scanned;             /* bytes of the input without an end of line */
    gboolean muted;
};

/* qmp-request.c */
DriverFailure *qmp_failure_copy(const DriverFailure *failure);
/* Under the lock. Returns the request when the caller is to qmp_request_deliver() it without the lock. */
QmpRequest *qmp_request_finish(QmpClient *client, QmpRequest *request);
/* The loop's thread: the end of a command that no thread waits for. */
void qmp_request_deliver(QmpRequest *request);

/* qmp-client.c */
/* Under the lock: gives the socket what it takes. TRUE when something is left. */
gboolean qmp_client_flush(QmpClient *client);
/* The loop's thread; takes the reference over that `data` is. */
void qmp_client_begin_writing(gpointer data);
