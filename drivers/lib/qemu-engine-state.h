// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What state a guest is in, followed through the events of its emulator; plain data, no locks, no I/O.
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

/* Reason of a guest that is just being received, until it runs. */
#define QEMU_REASON_INCOMING "incoming"

typedef struct {
    guint state;               /* MORTISE_STATE_... */
    const char *reason;        /* "booted", "user", "io-error", ...; constant */
    const char *stop_cause;    /* why the next STOP comes, when an event before it told; constant, or NULL */
    char *shutdown_reason;     /* QEMU's word in the last SHUTDOWN, "guest-shutdown"; NULL: none since the last reset */
    gboolean panicked;         /* since the last reset */
} QemuState;

/* Paused before its first instruction; *state is overwritten. */
void qemu_state_init(QemuState *state);
void qemu_state_clear(QemuState *state);

/* The state of a guest that came by a migration, when its events are all that is known: it has not booted here. */
void qemu_state_set_arrived(QemuState *state);

/* Takes an event; `data` may be NULL. TRUE when state or reason have changed. */
gboolean qemu_state_take_event(QemuState *state, const char *event, JsonObject *data);

/* Takes the status of query-status ("running", "paused", ...). TRUE when state or reason have changed. */
gboolean qemu_state_take_status(QemuState *state, const char *status);

/*
 * The kind of event that an application hears of ("reboot", "io-error", ...), with its detail in `*detail` (to be
 * freed, may become NULL). NULL for an event that is told as a change of state or not at all.
 */
const char *qemu_state_event_kind(const char *event, JsonObject *data, char **detail);
