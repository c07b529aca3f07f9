// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How far a migration has come, followed through the events and answers of an emulator; plain data, no locks, no I/O.
#pragma once

#include "qemu-migration-record.h"

/* Bytes, milliseconds and counts, as QEMU tells them. */
typedef struct {
    guint64 memory_total, memory_processed, memory_remaining, memory_constant, memory_normal_bytes;
    guint64 dirty_rate, page_size, passes;
    guint64 throttle;              /* per cent; 0: none */
    guint64 bandwidth;
    guint64 disk_total, disk_processed;
    guint64 elapsed, downtime, expected_downtime, setup;
} QemuMigrationNumbers;

/* A job that copies one disk. */
typedef enum { QEMU_COPY_RUNNING, QEMU_COPY_READY, QEMU_COPY_ENDED } QemuCopyState;

typedef struct {
    QemuCopyState state;
    guint64 total;             /* bytes, of which so many are copied */
    guint64 processed;
    char *error;               /* NULL: none */
} QemuCopy;

typedef struct {
    QemuMigrationRecord *record;   /* as it is kept on disk; NULL: none is under way */
    const char *phase;             /* a word for progress(); constant */
    char *status;                  /* QEMU's word, "" before it has one */
    gboolean stopped;              /* the source's guest was stopped for the last part */
    gboolean aborted;
    gboolean postcopy;             /* the guest may have begun to run at the destination */
    gboolean unconfirmed;          /* source: the call that sends was made here, and confirm() is still to come */
    gboolean settling;             /* whoever was here before has left it: what became of it is found out */
    gboolean committed;            /* destination: the guest lives here */
    gboolean commit_failed;
    gboolean closing;              /* the domain is being closed: nobody waits any longer */
    int control;                   /* destination: hold on the keeper before that; -1: none */
    GHashTable *copies;            /* id of the job -> QemuCopy */
    char *end;                     /* how the emulator has ended while it received; NULL: it has not */
    gint64 begun;                  /* monotonic; 0: never */
    gint64 moved;                  /* monotonic: when more of it was seen to have been sent */
    gint64 stopped_at;
    gint64 ended;                  /* 0: not yet */
    QemuMigrationNumbers numbers;
    gboolean asked;                /* an answer to query-migrate is on its way */
} QemuMigration;

void qemu_migration_init(QemuMigration *migration);
/* Closes the hold on the keeper, too. */
void qemu_migration_clear(QemuMigration *migration);
/* A new one begins; `record` is taken. */
void qemu_migration_enter(QemuMigration *migration, QemuMigrationRecord *record, const char *phase);
/* It has ended; its numbers stay. */
void qemu_migration_leave(QemuMigration *migration, const char *phase);

/* A job is to be followed. */
void qemu_migration_add_copy(QemuMigration *migration, const char *id);
/* Whether all copies have come at least that far, and the error of the first that failed (borrowed). */
gboolean qemu_migration_copies_are(const QemuMigration *migration, QemuCopyState state);
const char *qemu_migration_copy_error(const QemuMigration *migration);

/* Takes an event; `data` may be NULL. TRUE when it was one of these and something has changed. */
gboolean qemu_migration_take_event(QemuMigration *migration, const char *event, JsonObject *data);
/* Takes the answers to query-migrate and query-block-jobs. */
void qemu_migration_take_answer(QemuMigration *migration, JsonObject *answer);
void qemu_migration_take_copies(QemuMigration *migration, JsonArray *jobs);

/*
 * When (monotonic) it counts as cut off, if nothing more is sent until then: of a source that sends. -1: never, as
 * after the switch to postcopy, which nothing can undo.
 */
#define QEMU_MIGRATION_STALL (30 * G_TIME_SPAN_SECOND)
gint64 qemu_migration_stalls(const QemuMigration *migration);

/* Of a source: the guest was switched over by postcopy, and not all of it has followed. */
gboolean qemu_migration_is_lost(const QemuMigration *migration);

/* Whether QEMU's word is one of those, separated by spaces. */
gboolean qemu_migration_status_is(const QemuMigration *migration, const char *words);
