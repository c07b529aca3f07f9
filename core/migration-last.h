// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is kept of the last migration of a domain, for processes that come after the one that made it.
#pragma once

#include "migration-job.h"

/*
 * Keeps @values, how it ended (@error, or NULL) and which side this was, as JSON in run_directory/migrations/UUID.json.
 * Only the newest few of a root are kept. Not being able to is no failure of the migration.
 */
void migration_last_write(const char *run_directory, DomainRecord *record, gboolean at_source, const char *other_uri,
                          GVariant *values, const GError *error);

/* The folder of a run directory that they are in. */
#define MIGRATION_FOLDER "migrations"
/*
 * The values of the domain with that name or UUID, with "side", "other" (the other side's URI), "ended" (a time in UTC)
 * and, when it failed, "error" beside them; not floating. NULL when nothing is kept of it. Blocks for the disk.
 */
GVariant *migration_last_read(const char *run_directory, const char *domain);
