// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A QMP monitor: commands from any thread, many in flight, replies matched by id, events while commands wait.
#pragma once

#include "driver-loop.h"
#include "qmp-message.h"

/* Commands that may wait for their reply at once; more fail with "monitor-timeout". */
#define QMP_REQUEST_LIMIT 256u

/*
 * A connection to one monitor. All its I/O happens in the thread of its DriverLoop, except that a command is written by
 * the thread that gives it when the socket takes it at once. One lock, held for moments only, guards what the threads
 * share; no function of others is called under it.
 */
typedef struct QmpClient QmpClient;

/* What becomes of a command. Owned by the client until it is waited for. */
typedef struct QmpRequest QmpRequest;

/* Both are called in the loop's thread and must not block. They may send, and may close the client. */
typedef struct {
    /* An event, in the order in which QEMU sent it among the replies; borrowed. */
    void (*event)(const QmpMessage *event, gpointer data);
    /* The monitor is gone (end of file, or something that is not QMP); once. Not called after qmp_client_close(). */
    void (*closed)(const DriverFailure *cause, gpointer data);
} QmpListener;

/*
 * Takes over `fd`, a connected stream socket, and negotiates at once: commands may be given before the greeting came.
 * `name` is whose monitor it is, for failures. Any thread; does not block.
 */
QmpClient *qmp_client_new(DriverLoop *loop, int fd, const char *name, const QmpListener *listener, gpointer data);
/*
 * Ends it: what still waits in a thread fails with "monitor-closed"; no listener and no reply is called once this has
 * returned. Any thread that holds no lock; from within a listener or reply too. The second time does nothing.
 */
void qmp_client_close(QmpClient *client);

/* Ends it with a cause of the owner's choice, which is told to all that wait and to the listener. Only in the loop. */
void qmp_client_abort(QmpClient *client, const char *reason, const char *message);

/* Whoever uses a client holds a reference. It must have been closed before the last one is given up. */
QmpClient *qmp_client_ref(QmpClient *client);
void qmp_client_unref(QmpClient *client);

/*
 * Sends a command; `arguments` (consumed) may be NULL. The request must be given to qmp_request_wait(). Never NULL,
 * never fails: what goes wrong is told by the wait. Does not block.
 */
QmpRequest *qmp_client_send(QmpClient *client, const char *command, JsonObject *arguments);
/*
 * Waits for the reply until `deadline` (g_get_monotonic_time(); -1: for ever) and frees the request. TRUE with the
 * value in `*value` (NULL allowed, to be unreffed). FALSE with reason
 *   monitor-timeout  no answer in time (a late one is thrown away), or too many commands wait already
 *   monitor-closed   the monitor is gone; monitor-reply: it sent something else than QMP
 *   program-failed   QEMU refuses the command: its own words are in the message, its error class is the object
 * Not in the loop's thread.
 */
gboolean qmp_request_wait(QmpRequest *request, gint64 deadline, JsonNode **value, DriverFailure **failure);
/* Both in one. */
gboolean qmp_client_call(QmpClient *client, const char *command, JsonObject *arguments, gint64 deadline,
                         JsonNode **value, DriverFailure **failure);

/*
 * Sends a command whose end is told in the loop's thread: `value` or, when it failed, `failure`; both borrowed.
 * `reply` is called exactly once, unless qmp_client_close() comes before.
 */
typedef void (*QmpReply)(JsonNode *value, const DriverFailure *failure, gpointer data);
void qmp_client_send_async(QmpClient *client, const char *command, JsonObject *arguments, QmpReply reply,
                           gpointer data);

/* Microseconds that the oldest command waits for its reply; 0 when none waits. */
gint64 qmp_client_oldest(QmpClient *client);
/* Whether QEMU has greeted and accepted the negotiation. */
gboolean qmp_client_is_ready(QmpClient *client);
/* QEMU's version as major * 1000000 + minor * 1000 + micro; 0 before the greeting. */
guint qmp_client_version(QmpClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpClient, qmp_client_unref)
