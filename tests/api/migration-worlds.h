// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Two worlds of the test driver, between which domains are moved.
#pragma once

#include "../mortise-test.h"

#include <mortise/mortise.h>

typedef struct {
    MortiseConnection *source;
    MortiseConnection *destination;
    MortiseDomain *domain; /* "web" at the source */
    char *paths[2];
} Worlds;

/* Members of the world's JSON beside format and domains; NULL for none. The source has "web", running. */
Worlds *worlds_new(const char *source, const char *destination);
/* The same with domains of one's own: the JSON of the array. */
Worlds *worlds_new_with(const char *source, const char *source_domains, const char *destination,
                        const char *destination_domains);
void worlds_free(Worlds *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worlds, worlds_free)

/* The state of a domain as a word; "none" when it is not listed. */
const char *worlds_state(MortiseConnection *connection, const char *name);
/* That "web" runs at the source, and nothing of it is at the destination. */
void worlds_check_untouched(Worlds *self);
/* Waits until `done` says so, for at most two minutes; FALSE then. Runs the default main context meanwhile. */
gboolean worlds_wait(gboolean (*done)(gpointer data), gpointer data);
