// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which events are wanted.
#pragma once

#include <mortise/mortise.h>

typedef struct {
    const char *name; /* a kind, "lifecycle", a guest's event, or "guest:WORD"; NULL for every event */
    const char *uuid; /* of the one domain; NULL for all */
} EventFilter;

/* Names that are known, ended by NULL. */
const char *const *event_filter_names(void);
/* Whether a name is one of them, or a guest event that a driver names by itself. */
gboolean event_filter_knows(const char *name);
/* That events were lost matches always: nobody knows of which domain and kind they were. */
gboolean event_filter_matches(const EventFilter *self, const MortiseEvent *event);
