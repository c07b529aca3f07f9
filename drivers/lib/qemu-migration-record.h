// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a running state says of a migration under way, and how its source finds out where the guest lives.
#pragma once

#include <json-glib/json-glib.h>

#include "failure.h"

typedef enum {
    QEMU_MIGRATION_SENDING,    /* source: QEMU knows how far it came */
    QEMU_MIGRATION_DEPARTED,   /* source: the guest lives elsewhere, what is here is to be ended */
    QEMU_MIGRATION_RECEIVING   /* destination: the keeper's log knows whether the guest was committed */
} QemuMigrationStep;

/* A disk image that the destination makes: found again after a crash by its inode, or by its temporary name. */
typedef struct {
    char *path;
    char *temporary;           /* in the same directory, a name of nobody else */
    guint64 device;            /* 0: not made yet */
    guint64 inode;
} QemuArrivingFile;

typedef struct {
    QemuMigrationStep step;
    gboolean serves;           /* destination: the source writes disks through its NBD server */
    gboolean running;          /* the guest is to run in the end, on whichever side */
    char *where;               /* the other side, for persons; never NULL */
    /* Of the destination. */
    char *boot;                /* boot identity of its host; never NULL */
    char *run_directory;       /* absolute; never NULL */
    char *directory;           /* the guest's, a name inside of it; never NULL */
    char *marker;              /* file that is there once the guest lives there; NULL: source on another host */
    GPtrArray *files;          /* QemuArrivingFile */
} QemuMigrationRecord;

QemuMigrationRecord *qemu_migration_record_new(QemuMigrationStep step);
QemuMigrationRecord *qemu_migration_record_copy(const QemuMigrationRecord *record);
void qemu_migration_record_free(QemuMigrationRecord *record);
void qemu_migration_record_add_file(QemuMigrationRecord *record, const char *path, const char *temporary,
                                    guint64 device, guint64 inode);

/* As a member's value; the reader gets NULL from what is no such value. */
JsonNode *qemu_migration_record_to_json(const QemuMigrationRecord *record);
QemuMigrationRecord *qemu_migration_record_from_json(JsonObject *object);

/* Whether a marker's path is one that qemu_migration_marker() made. */
gboolean qemu_migration_is_marker(const char *path);
/* A new name for a marker; to be freed. */
char *qemu_migration_marker(const char *run_directory);
/* Says that the guest lives here; FALSE when it could not be written. */
gboolean qemu_migration_write_marker(const QemuMigrationRecord *record);
/* Adds since when it runs (monotonic), where it was said that it lives here. */
void qemu_migration_mark_running(const QemuMigrationRecord *record, gint64 since);
/* The source, on the same host: what was added; 0: nothing was. */
gint64 qemu_migration_running_since(const QemuMigrationRecord *record);
/* The source's last act. */
void qemu_migration_remove_marker(const QemuMigrationRecord *record);

typedef enum {
    QEMU_ARRIVED,          /* it lives at the destination, or has lived there */
    QEMU_NOT_ARRIVED,      /* it does not, and never will */
    QEMU_ARRIVING,         /* something of it is there, and nothing is decided yet */
    QEMU_ARRIVAL_UNKNOWN   /* another host, or a directory that cannot be read */
} QemuArrival;

/* What the destination's files say, on the host with that boot identity. Any thread; reads at most 128 KiB. */
QemuArrival qemu_migration_look(const QemuMigrationRecord *record, const char *boot);

/* Removes the images that were made for a guest that has not come. */
void qemu_migration_remove_files(const QemuMigrationRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuMigrationRecord, qemu_migration_record_free)
