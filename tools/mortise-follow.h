// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Waiting on a watch, with an end.
#pragma once

#include <mortise/mortise.h>

typedef enum {
    FOLLOW_SATISFIED,
    FOLLOW_TIMED_OUT,
    FOLLOW_CANCELLED,
} FollowEnd;

/* TRUE to go on. */
typedef gboolean (*FollowFunction)(const MortiseEvent *event, gpointer data);

/* Hands events to `function` until it returns FALSE, `timeout_ms` have passed (0: never), or it is cancelled. */
FollowEnd
follow(MortiseWatch *watch, FollowFunction function, gpointer data, guint64 timeout_ms, GCancellable *cancellable);
