// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a mistyped word was most likely meant to be.
#include "mortise-options.h"

#include <string.h>

#define LONGEST 32

/* Letters to insert, take away, replace or swap with their neighbour until one word is the other. */
static guint
distance(const char *left, const char *right)
{
    gsize rows = strlen(left);
    gsize columns = strlen(right);
    if (rows > LONGEST || columns > LONGEST) {
        return LONGEST;
    }
    guint cells[LONGEST + 1][LONGEST + 1];
    for (gsize i = 0; i <= rows; i++) {
        for (gsize j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                cells[i][j] = (guint) (i + j);
                continue;
            }
            guint replaced = cells[i - 1][j - 1] + (left[i - 1] != right[j - 1] ? 1 : 0);
            guint moved = MIN(cells[i - 1][j], cells[i][j - 1]) + 1;
            cells[i][j] = MIN(replaced, moved);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                cells[i][j] = MIN(cells[i][j], cells[i - 2][j - 2] + 1);
            }
        }
    }
    return cells[rows][columns];
}

const char *
options_nearest(const char *word, const char *const *words)
{
    /* A third of the letters may be wrong: further away, a guess is noise. */
    guint best = (guint) MIN(strlen(word), LONGEST) / 3 + 1;
    const char *nearest = NULL;
    for (guint i = 0; words[i] != NULL; i++) {
        guint away = distance(word, words[i]);
        if (away < best || (away == best && nearest == NULL)) {
            best = away;
            nearest = words[i];
        }
    }
    return nearest;
}
