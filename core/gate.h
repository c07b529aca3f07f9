// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A gate lets one call through at a time; the others stand in a queue and hold no thread.
#pragma once

#include <glib.h>

typedef struct Call Call;

typedef struct {
    GMutex lock;
    Call *holder;   /* referenced; NULL when the gate is free */
    GQueue waiting; /* of Call, referenced, in order of arrival */
} Gate;

void gate_init(Gate *self);
/* Nobody may hold it or wait at it any more. */
void gate_clear(Gate *self);

/* TRUE when the call holds the gate now; FALSE when it was queued and will be handed out by a gate_leave. */
gboolean gate_enter(Gate *self, Call *call);
/* The holder leaves. Returns the call (transfer full) that holds the gate now and must go on; NULL when nobody
 * waited. */
Call *gate_leave(Gate *self);
/* The call that holds the gate (transfer full); NULL when it is free. For messages only. */
Call *gate_get_holder(Gate *self);
