// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One message of a QMP server: read, checked and told apart; and one command written.
#pragma once

#include <json-glib/json-glib.h>

#include "failure.h"

typedef enum { QMP_GREETING, QMP_EVENT, QMP_RETURN, QMP_ERROR } QmpMessageKind;

typedef struct {
    QmpMessageKind kind;
    guint64 id;            /* of a return or error: as it was given to the command */
    JsonNode *value;       /* "return" of a return; "data" of an event, NULL when it has none */
    char *name;            /* of an event: "STOP"; of an error: its class, "GenericError" */
    char *text;            /* of an error: what QEMU says about it */
    gint64 time;           /* of an event: microseconds since 1970; 0 when it has none */
    guint version[3];      /* of a greeting: major, minor, micro of QEMU */
} QmpMessage;

/*
 * Reads one line, without its end. NULL with reason "monitor-reply" when it is no QMP message; the message of the
 * failure says what is wrong with it and quotes its beginning. Any thread; does not block.
 */
QmpMessage *qmp_message_parse(const char *line, gsize length, DriverFailure **failure);
void qmp_message_free(QmpMessage *message);

/* The member of the event's or return's object, NULL when there is none of that type. Borrowed. */
const char *qmp_message_text(const QmpMessage *message, const char *member);

/* The line of a command, with its end, to be freed. `arguments` (consumed) may be NULL. */
char *qmp_command_text(const char *command, JsonObject *arguments, guint64 id);

/* A command's arguments: {"key": "value"}, to be given away. */
JsonObject *qmp_argument(const char *key, const char *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpMessage, qmp_message_free)
