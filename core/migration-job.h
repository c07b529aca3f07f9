// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One migration under way: its two sides, its steps, and who wants to know how it ends.
#pragma once

#include "migration-request.h"

#include <mortise/mortise-error.h>

typedef struct MigrationJob MigrationJob;
typedef struct Session Session;
typedef struct MortiseHostDomain DomainRecord;

/* Told once, in any thread: with the domain at the destination (not referenced), or with @error. */
typedef void (*MigrationDone)(DomainRecord *record, const GError *error, gpointer data);

/* Starts the migration in a thread of its own; @done is told how it ends. */
MigrationJob *migration_job_start(Session *source, DomainRecord *record, Session *destination,
                                  MigrationRequest *request, MigrationDone done, gpointer data);
MigrationJob *migration_job_ref(MigrationJob *self);
void migration_job_unref(MigrationJob *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MigrationJob, migration_job_unref)

/*
 * Asks for an end, once; @reason is the error that it will be: cancelled, timeout, connection-closed. Without effect
 * when the guest has been sent. Never blocks.
 */
void migration_job_stop(MigrationJob *self, MortiseError reason);

/* The word of the step that it is at: "begin", ... */
const char *migration_job_get_phase(MigrationJob *self);
/* The domain at the source; lives as long as the job. */
DomainRecord *migration_job_get_source(MigrationJob *self);
/* Milliseconds since it was started. */
gint64 migration_job_get_age_ms(MigrationJob *self);
/* Whether the source is sending: limits may be changed. */
gboolean migration_job_is_sending(MigrationJob *self);
