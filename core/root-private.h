// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the directories of a root are, and how one is made and checked.
#pragma once

#include "root.h"

typedef enum {
    MORTISE_PLACE_CONFIG,
    MORTISE_PLACE_STATE,
    MORTISE_PLACE_RUN,
    MORTISE_PLACE_CACHE,
    MORTISE_PLACE_COUNT,
} MortisePlaceKind;

typedef struct {
    char *base;              /* absolute; may be reached through symbolic links */
    char *below;             /* "mortise/SCHEME": made below the base, part by part */
    guint parts_mode;        /* of what is made, but for the last part */
    guint mode;              /* of the last part */
    gboolean private;        /* belongs to this user, mode 0700, and no part below the base is a symbolic link */
} MortisePlace;

void mortise_place_clear(MortisePlace *self);

/* The four places of a URI's root. FALSE with invalid-argument or file-missing (no home directory is known). */
gboolean mortise_root_find_places(const MortiseUri *uri, MortisePlace places[MORTISE_PLACE_COUNT], GError **error);

/*
 * Makes what is missing and checks who may write it. Returns a descriptor of the directory, or -1 with
 * permission-denied or file-error; `hint` (may be NULL) is added to the former.
 */
int mortise_place_open(const MortisePlace *self, const char *hint, GError **error);
