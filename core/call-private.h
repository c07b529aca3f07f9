// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The steps of a call that its own files share.
#pragma once

#include "call.h"

/*
 * Gives the caller its answer, once; later answers of the same call are dropped, and freed. TRUE when this was the
 * one. The caller's side (a thread in call_run, or `done`) reads results only after an answer without error, which
 * only the worker gives. Takes the error.
 */
gboolean call_settle(Call *self, GError *error);

/* The caller stops waiting. A call that has not begun never will; one that has is late from now on. */
void call_give_up(Call *self, gboolean cancelled);
/* The error of a call that is given up in that phase. */
GError *call_give_up_error(Call *self, gboolean cancelled, CallPhase phase);
