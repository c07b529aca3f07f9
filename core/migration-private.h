// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of a migration, for the files that make it up.
#pragma once

#include "bodies.h"
#include "migration-job.h"

#include <mortise/mortise-migration.h>

typedef enum {
    MIGRATION_BEGIN,
    MIGRATION_PREPARE,
    MIGRATION_PERFORM,
    MIGRATION_FINISH,
    MIGRATION_CONFIRM,
    MIGRATION_COMPLETED,
    MIGRATION_FAILED,
} MigrationStep;

/* One side of it. */
typedef struct {
    Session *session;     /* referenced */
    DomainRecord *record; /* referenced; NULL of a destination that does not list the domain yet */
    Call *hold;           /* that has the domain's job; NULL before */
    gboolean late;        /* its session counts the hold as late */
} MigrationSide;

struct MigrationJob {
    gatomicrefcount references;
    MigrationRequest *request;
    MigrationSide source;
    MigrationSide destination;
    Binding *binding;     /* of the destination, from when it is known */
    gboolean was_listed;  /* the destination had the domain before, defined and not running */
    char *offer;
    char *ticket;
    char *outcome;
    gint64 begun;         /* monotonic microseconds */
    GSource *timeout;     /* NULL without one */
    struct MigrationControl *control; /* NULL without one */

    GMutex lock;          /* of everything below */
    MigrationStep step;
    gboolean stopped;
    MortiseError stop_reason;
    gboolean abort_asked; /* the driver is being told */
    MigrationDone done;   /* NULL when it has been told */
    gpointer done_data;
};

const char *migration_step_to_string(MigrationStep step);

/* FALSE with @error when an end was asked for; else the job is at that step from now on. */
gboolean migration_job_enter(MigrationJob *self, MigrationStep step, GError **error);
/* A driver says that it was cancelled; who asked for it, and why, is known here. */
void migration_job_explain(MigrationJob *self, GError **cause);
/* The step that nothing stops any more. */
void migration_job_set_step(MigrationJob *self, MigrationStep step);
/* Tells whoever waits, if nobody has. */
void migration_job_answer(MigrationJob *self, DomainRecord *record, const GError *error);
/* The same for a side that hangs: what is left to do is done later, and sessions may be closed meanwhile. */
void migration_job_answer_late(MigrationJob *self, const GError *error);

/* An error of @step out of its cause, with the sides' names in it. */
void migration_set_error(MigrationJob *self, MigrationStep step, const GError *cause, GError **error);
/* The same, that also says what else did not go as it should. */
void migration_add_detail(GError *error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The steps, in the job's thread. */
gboolean migration_run_steps(MigrationJob *self, GError **error);
gboolean migration_run_offline(MigrationJob *self, GError **error);

/* Takes the job of the domain at the source. */
gboolean migration_hold_source(MigrationJob *self, GError **error);
/* Lists the domain at the destination, if need be, and takes its job there. */
gboolean migration_list_incoming(MigrationJob *self, GError **error);
/* Takes it off the list again, unless it was there before. */
void migration_unlist_incoming(MigrationJob *self);
/* Defines the domain at the destination. */
gboolean migration_define(MigrationJob *self, GError **error);
/* Finds the destination's driver for the definition, has it checked there, and finds its domain if it has one. */
gboolean migration_find_offline(MigrationJob *self, GError **error);
/* Removes the definition at the source. */
gboolean migration_undefine_source(MigrationJob *self, GError **error);
/* Gives both jobs back. */
void migration_release(MigrationJob *self, const GError *outcome);
/* What is left to say of the source when its guest lives elsewhere, if its driver has not. */
void migration_end_source(MigrationJob *self);
/* Reads the driver's numbers, with what the core knows. Never NULL; not floating. */
GVariant *migration_collect(DomainRecord *record, const char *phase, gint64 total_ms);

/* Bodies of its calls; see body-migration.c. */
gboolean body_migrate_begin(Call *call, GError **error);      /* out_text: the offer */
gboolean body_migrate_judge(Call *call, GError **error);      /* text: the offer; second_text: capabilities or NULL */
gboolean body_migrate_prepare(Call *call, GError **error);    /* text: the offer; out_text: the ticket */
gboolean body_migrate_perform(Call *call, GError **error);    /* text: the ticket; out_text: the outcome */
gboolean body_migrate_finish(Call *call, GError **error);     /* text: the outcome or NULL; flags: succeeded */
gboolean body_migrate_confirm(Call *call, GError **error);    /* flags: succeeded */
gboolean body_migrate_abort(Call *call, GError **error);
gboolean body_migrate_limits(Call *call, GError **error);     /* numbers: bandwidth, downtime */
gboolean body_migrate_postcopy(Call *call, GError **error);
gboolean body_migrate_progress(Call *call, GError **error);   /* out_values */
gboolean body_common_tsc(Call *call, GError **error);         /* numbers: Hz; texts: capabilities; out_text */
