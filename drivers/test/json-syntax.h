// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Says where a text is no JSON: json-glib lets much through that a person would want to be told of.
#pragma once

#include "failure.h"

#define TEST_JSON_DEPTH_LIMIT 32u

/*
 * TRUE when `text` is one JSON value by RFC 8259 with nothing else around it, and with objects that name no key twice.
 * Stricter where json-glib would lose something or fall: integers fit 64 bits, nesting has a bound, no NUL in strings.
 * Else FALSE with reason "invalid-argument" and a message that begins "FILE:LINE:COLUMN: "; columns are characters.
 * `file` is for that message. Any thread; does not block.
 */
gboolean test_json_check(const char *text, gsize length, const char *file, DriverFailure **failure);
