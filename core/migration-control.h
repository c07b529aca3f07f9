// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A door for other processes to a migration under way: a root has one owner, and that one is busy with it.
#pragma once

#include "migration-job.h"

#include <gio/gio.h>

/*
 * A socket in run_directory/migrations, named by the domain's UUID, which only the root's user can reach. A request is
 * one line, the GVariant text of (sstt): domain (name, UUID or number), "abort", "progress", "limits" or "postcopy",
 * and two numbers; so is the answer, of (bsssa{sv}): whether it was done, else reason id, message and hint; values.
 */
typedef struct MigrationControl MigrationControl;

/* NULL when no door can be made, which keeps nobody from migrating. */
MigrationControl *migration_control_open(MigrationJob *job, const char *run_directory);
/* Waits for the request that is being answered. */
void migration_control_close(MigrationControl *self);

/* What the job does for others, in any thread; NULL with @error. Values are empty but of "progress". */
GVariant *migration_job_steer(MigrationJob *self, const char *action, guint64 first, guint64 second,
                              GCancellable *cancellable, GError **error);
