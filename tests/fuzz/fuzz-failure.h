// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What every refusal of a driver is held to, whatever the bytes were.
#pragma once

#include <string.h>

#include "failure.h"

/* The ABI's limit, without the end. */
#define MESSAGE_LIMIT 4095u

static inline void
check_failure(const DriverFailure *failure)
{
    g_assert_nonnull(failure);
    g_assert_nonnull(failure->reason);
    g_assert_true(strlen(failure->message) <= MESSAGE_LIMIT);
    g_assert_true(g_utf8_validate(failure->message, -1, NULL));
}
