// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A QMP client beside a server of the test's own, and what its listener has heard.
#pragma once

#include "driver-lock.h"
#include "mortise-test.h"
#include "qmp-client.h"
#include "qmp-server.h"

#define SECOND G_USEC_PER_SEC
#define PATIENCE (120 * SECOND)

typedef struct {
    DriverLoop *loop;
    QmpServer server;
    QmpClient *client;
    DriverLock lock;   /* guards what follows */
    GString *heard; /* names of events, and "closed:REASON" */
    char *closed_message;
    guint replies;
} Bench;

/* Client and server, before the greeting; or after it and the negotiation. */
void bench_set_up(Bench *bench);
void bench_set_up_greeted(Bench *bench);
void bench_tear_down(Bench *bench);

/* The listener's part at the end of the client: notes the reason. */
void bench_on_closed(const DriverFailure *cause, gpointer data);

/* Waits until the listener has heard the text. */
gboolean bench_hears(Bench *bench, const char *text);

/* A deadline for what should come at once. */
gint64 bench_soon(void);
