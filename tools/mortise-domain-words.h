// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How domains are described, the same by every verb.
#pragma once

#include <json-glib/json-glib.h>
#include <mortise/mortise.h>

/* "3", or "-" of a domain that does not run. Free with g_free. */
char *words_of_id(gint64 id);
/* "running", "running (start late for 12 s)". Free with g_free. */
char *words_of_state(const MortiseDomainInfo *info);
/* "start late for 12 s"; NULL when nothing is late. Free with g_free. */
char *words_of_hung(const char *operation, gint64 for_ms);
/* "850 ms", "12 s", "2 h 5 min". Free with g_free. */
char *words_of_duration(gint64 milliseconds);
/* The state that a word means, spelled as virsh prints it, with or without spaces and hyphens. */
gboolean words_read_state(const char *word, MortiseDomainState *state);

/* Adds "hung": null, or what is late and for how long. */
void words_add_hung(JsonBuilder *builder, const char *operation, gint64 for_ms);
