// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The limits and weights that interface tuning/1 knows: their groups, names and ranges.
#pragma once

#include <glib.h>

typedef struct {
    const char *key;
    const char *unit;   /* " KiB"; "" for a plain number */
    gint64 least;
    gint64 most;
    guint group;        /* MORTISE_TUNING_... */
    gboolean unlimited; /* may be MORTISE_TUNING_UNLIMITED too */
} TuningKey;

/* NULL with invalid-argument, which lists those that the group has. */
const TuningKey *tuning_find(guint group, const char *key, GError **error);
/* FALSE with invalid-argument, which says the range. */
gboolean tuning_check(const TuningKey *key, gint64 number, GError **error);
/* "memory", "cpu", "block"; NULL for a group that there is not. */
const char *tuning_group_name(guint group);
