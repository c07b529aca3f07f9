// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The other end of a monitor, played by a test: reads commands and says whatever the test wants.
#pragma once

#include <glib.h>

#define QMP_SERVER_GREETING \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"\"}, " \
    "\"capabilities\": [\"oob\"]}}\n"

typedef struct {
    int fd;
    GString *input;
} QmpServer;

/* A socket pair: one end is the server's, the other is returned. */
int qmp_server_open(QmpServer *server);
/* Writes all of the text. */
void qmp_server_say(QmpServer *server, const char *text);
/* The next line without its end; NULL after ten seconds or at the end of file. To be freed. */
char *qmp_server_hear(QmpServer *server);
/* Hears a command and returns its id; "" as `command` accepts any. -1 when it is another. */
gint64 qmp_server_expect(QmpServer *server, const char *command);
/* Greets and accepts the negotiation. */
void qmp_server_greet(QmpServer *server);
/* Answers a command with {"return": VALUE}. */
void qmp_server_return(QmpServer *server, gint64 id, const char *value);
/* Whether the other end has been closed, waited for up to ten seconds. */
gboolean qmp_server_sees_end(QmpServer *server);
void qmp_server_close(QmpServer *server);
