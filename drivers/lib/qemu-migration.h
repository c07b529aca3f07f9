// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The steps of a migration in the QEMU engine: see mortise/driver/migration.h for what each has to do.
#pragma once

#include "qemu-engine-private.h"

#define QEMU_MIGRATION_SCHEMA 1

/*
 * How the two sides stay one guest.
 *   The destination's emulator is under a keeper that was not told to commit: it dies with its owner. finish() commits
 *   it, then lets it run, then leaves a marker in its run directory. Who removes a committed guest's directory has
 *   written the marker before.
 *   The source keeps in its running state that it is sending, and where to. Whoever finds that running state asks the
 *   emulator: not all is sent, the migration is cancelled and the guest goes on; all is sent, the destination's files
 *   tell whether it was committed. When they cannot be seen, on another host, the guest stays paused, with that reason,
 *   until a person decides. So that this is rare, an emulator that sends to another host does not send the last part
 *   before its owner tells it to (pause-before-switchover): with its owner dead it never does.
 */

/* Phases that more than one file knows. */
#define QEMU_MIGRATION_SENT "sent"
#define QEMU_MIGRATION_UNDECIDED "undecided"

/* What a destination says of a guest whose memory has not come whole. */
#define QEMU_MIGRATION_INCOMPLETE \
    "It was switched over by postcopy, and memory that has not come is lost. Destroy it, and start it anew."

/* Time for what must be undone, whatever became of the caller's. */
#define QEMU_MIGRATION_PATIENCE (20 * G_USEC_PER_SEC)

/* The functions of the table that is qemu_engine_migration. */
MortiseResult qemu_migration_begin(void *domain, const MortiseMigrationArguments *arguments, MortiseSink *offer);
MortiseResult qemu_migration_judge(void *connection, const MortiseMigrationArguments *arguments, const char *offer,
                                   const char *capabilities, MortiseSink *findings);
MortiseResult qemu_migration_prepare(void *domain, const MortiseMigrationArguments *arguments, const char *offer,
                                     MortiseSink *ticket);
MortiseResult qemu_migration_perform(void *domain, const MortiseMigrationArguments *arguments, const char *ticket,
                                     MortiseSink *outcome);
MortiseResult qemu_migration_finish(void *domain, const MortiseMigrationArguments *arguments, const char *outcome,
                                    uint32_t succeeded);
MortiseResult qemu_migration_confirm(void *domain, const MortiseMigrationArguments *arguments, uint32_t succeeded);
MortiseResult qemu_migration_abort(void *domain);
MortiseResult qemu_migration_set_limits(void *domain, uint64_t bandwidth, uint64_t downtime);
MortiseResult qemu_migration_switch_to_postcopy(void *domain);
MortiseResult qemu_migration_progress(void *domain, MortiseSink *values);
MortiseResult qemu_migration_common_tsc(void *connection, uint64_t frequency, const char *const *capabilities,
                                        uint32_t count, MortiseSink *result);

/* qemu-migration-follow.c */
/* Asks QEMU several times a second how far it is, until the migration has ended. */
void qemu_migration_follow(QemuDomain *domain);
typedef gboolean (*QemuMigrationCondition)(const QemuMigration *migration);
/*
 * Waits until the condition holds, which is asked under the lock. FALSE with reason "timeout" at the deadline (-1:
 * none), "emulator-ended" when there is no guest any more, "cancelled" when the connection closes or, with
 * `abortable`, when abort() was called.
 */
gboolean qemu_migration_await(QemuDomain *domain, QemuMigrationCondition condition, gint64 deadline,
                              gboolean abortable, DriverFailure **failure);
/* qemu_migration_status_is() without holding the lock. */
gboolean qemu_migration_is(QemuDomain *domain, const char *words);
/* Whether postcopy has let the guest go to the destination; without holding the lock. */
gboolean qemu_migration_was_switched(QemuDomain *domain);
/*
 * Breaks the connection to the destination that memory (`copy` NULL) or a copied disk goes by: an emulator that waits
 * for a dead network with all else standing still takes this in spite of it.
 */
void qemu_migration_break(QmpClient *client, const char *copy);
/* Takes down what QEMU says of it now. */
gboolean qemu_migration_refresh(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure);
/* Waits until it is over, which postcopy is, too, when its connection has ended. */
gboolean qemu_migration_await_end(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure);
/* Under the lock: nobody can let it go on, which its state says from now on. */
void qemu_migration_tell_lost(QemuDomain *domain, const char *detail);
/* The deadline of this call, -1 without one. */
gint64 qemu_migration_deadline(const QemuDriver *driver);

/* QEMU's own: connections of multifd, and milliseconds that a guest may stand still. */
#define QEMU_CHANNELS_LIMIT 255u
#define QEMU_DOWNTIME_LIMIT 2000000u

/* qemu-migration-settings.c */
/* Capabilities and parameters, alike on both sides; `pause` before the switchover matters to the source alone. */
gboolean qemu_migration_configure(QmpClient *client, const MortiseMigrationArguments *arguments, gboolean pause,
                                  gint64 deadline, DriverFailure **failure);
JsonObject *qemu_migration_limits(guint64 bandwidth, guint64 downtime);



/* qemu-migration-finish.c */
/*
 * The destination's guest is from now on the one that lives, and runs when it is to. FALSE when that failed: it must
 * be taken away then, and has not run.
 */
gboolean qemu_migration_commit(QemuDomain *domain, gboolean running, DriverFailure **failure);

/* qemu-migration-copies.c: disks, at the source. */
/* Adds virtual_size, backing and backing_format to the offer's disks, where QEMU tells them. */
void qemu_migration_describe_images(QmpClient *client, gint64 deadline, JsonArray *disks);
/* Begins the copies that the ticket wants, and waits until they follow the guest. */
gboolean qemu_migration_copy_disks(QemuDomain *domain, QmpClient *client, const MortiseMigrationArguments *arguments,
                                   JsonObject *ticket, gint64 deadline, DriverFailure **failure);
/* At most so many bytes a second for each of them from now on. */
void qemu_migration_limit_copies(QemuDomain *domain, QmpClient *client, guint64 bandwidth, gint64 deadline);
/* The guest stands still: what it wrote last is copied, and the copies end. */
gboolean qemu_migration_end_copies(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure);
/* Breaks their connections to the destination. */
void qemu_migration_break_copies(QemuDomain *domain, QmpClient *client);
/* Ends what there is of them, however they are. */
void qemu_migration_cancel_copies(QemuDomain *domain, QmpClient *client, gint64 deadline);
