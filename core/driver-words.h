// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a driver says during one call: the cause of a failure, and what of it broke the ABI.
#pragma once

#include <mortise/driver/abi.h>

#include <glib.h>

typedef struct DriverWords DriverWords;
struct DriverWords {
    char *reason;
    char *object;
    char *message;
    char *hint;
    char *misbehaved;   /* first breach of the ABI seen during the call; NULL when none */
    gint64 deadline;    /* monotonic microseconds; 0 without one */
    DriverWords *outer; /* of the call that this thread was in before */
};

/* From now on this thread's driver speaks into `self`; calls nest. */
void driver_words_begin(DriverWords *self, gint64 deadline);
/* Ends it; `self` keeps what was said until driver_words_clear. */
void driver_words_end(DriverWords *self);
void driver_words_clear(DriverWords *self);

/* Of the call that this thread is in; NULL outside of one. */
DriverWords *driver_words_current(void);

/* Notes a breach of the ABI by the driver of this thread's call. */
void driver_words_misbehaved(const char *format, ...) G_GNUC_PRINTF(1, 2);

/*
 * FALSE with @error when `result` is a failure or the driver broke the ABI: its own words, "unsupported", or that
 * it said nothing. `function` names the call for such sentences.
 */
gboolean driver_words_judge(DriverWords *self, MortiseResult result, const char *driver, const char *function,
                            GError **error);
