// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the verbs of migration share: hosts named on the command line, numbers of a migration, reports.
#pragma once

#include "mortise-command.h"

/* Whether a word is a URI; else it is a file with capabilities. */
gboolean host_is_uri(const char *word);
/* The capabilities of a host that is named by its URI or by a file; NULL with @error. */
char *host_read_capabilities(Command *command, const char *word, GError **error);
/* A connection to another host or root; the command's own when the URI is the same. NULL with @error. */
MortiseConnection *host_open(Command *command, const char *uri, GError **error);

/* Prints reports (of MortiseMigrationReport), and returns the exit code: all, some or none are compatible. */
int reports_print(Command *command, GPtrArray *reports, gboolean all);

/* A number of a migration; FALSE when it is not known. */
gboolean progress_number(GVariant *values, const char *key, guint64 *number);
/* "45 %, 1.2 GiB of 2.6 GiB, 118.0 MiB/s, ..."; free with g_free. */
char *progress_line(GVariant *values);
/* Prints everything that is known, for a person or for a program. */
void progress_print(Command *command, const char *domain, GVariant *values);
