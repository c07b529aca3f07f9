// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading the command line: options that every verb takes, the verb, and the options of that verb.
#pragma once

#include "mortise-command.h"

/*
 * Reads the options in front of the verb into `command` and returns the rest, the verb first; an empty list when
 * there is no verb. NULL: reported, and command->status is set. `*help` and `*version` say what was asked for
 * instead.
 */
char **options_read_head(Command *command, char **arguments, gboolean *help, gboolean *version);
/* Reads the options and arguments of command->verb. FALSE: reported, and command->status is set. */
gboolean options_read_verb(Command *command, char **words, gboolean *help);
void options_free_values(OptionValues *values);

/* The options that every verb takes; ends with one without a name. */
const VerbOption *options_common(void);
/* How a verb is called, in a line; of the command itself for NULL. Free with g_free. */
char *options_usage(const Verb *verb);
/* The one of `words` (ends with NULL) that `word` was most likely meant to be; NULL when none is near. */
const char *options_nearest(const char *word, const char *const *words);
