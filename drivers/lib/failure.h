// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Why something failed, in the four parts that a driver hands to its host: reason id, object, message and hint.
#pragma once

#include <glib.h>

/*
 * Plain data, no GError: two modules carry this code in one process and must not share an error domain.
 * `reason` is an id of docs/errors.md ("element-unsupported"); `object` names what it is about (an element, a file, a
 * domain) and may be NULL; `message` is one sentence for a person; `hint` says what to do next and may be NULL.
 */
typedef struct {
    char *reason;
    char *object;
    char *message;
    char *hint;
} DriverFailure;

/*
 * Fills `*failure` with copies. `failure` may be NULL: nobody asks for the cause. A cause that is already there is
 * kept, since the first one explains the later ones. Any thread; does not block.
 */
void driver_failure_set(DriverFailure **failure, const char *reason, const char *object, const char *hint,
                        const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Puts `prefix` (formatted) before the message of `failure`; nothing happens when it is NULL. */
void driver_failure_prefix(DriverFailure *failure, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Moves `source` to `*destination`, or frees it when nobody asks or a cause is already there. NULL is allowed. */
void driver_failure_propagate(DriverFailure **destination, DriverFailure *source);

/* NULL is allowed. */
void driver_failure_free(DriverFailure *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverFailure, driver_failure_free)
