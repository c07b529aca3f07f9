// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A strict look at JSON text before json-glib reads it: what is wrong and where, and where each key stands.
#pragma once

#include <glib.h>

/* A place in a text; both count from 1, columns in characters. */
typedef struct {
    guint line;
    guint column;
} MortiseTextPosition;

/*
 * Whether `text` is one JSON object (RFC 8259) and nothing else, in UTF-8, nested at most `depth` deep, without
 * a key that comes twice in one object, an escape in a key, a zero character, or a number longer than 18
 * characters. json-glib alone takes comments, hexadecimal and overflowing numbers, and several values in a row,
 * and recurses as deep as it is told.
 *
 * `keys` (may be NULL) gets the position (MortiseTextPosition, g_free) of each key of the outermost object, by
 * its name. On FALSE `position` is where, and `problem` a clause to be freed: "a comma or a closing bracket is
 * missing".
 */
gboolean mortise_json_text_check(const char *text, gsize length, guint depth, GHashTable *keys,
                                 MortiseTextPosition *position, char **problem);
