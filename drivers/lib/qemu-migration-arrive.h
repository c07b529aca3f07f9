// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A guest on its way to this host: what prepare has made so far, for its steps.
#pragma once

#include "qemu-engine-start.h"
#include "qemu-migration.h"

typedef struct {
    QemuDomain *domain;
    const MortiseMigrationArguments *arguments;
    gint64 deadline;
    JsonNode *offer;
    JsonObject *ticket;        /* in the making */
    char *host;                /* where to listen; NULL: a socket in the run directory */
    char *port;                /* "0": any */
} QemuMigrationArrival;

/* qemu-migration-disks.c: disks that are copied, at the destination. */
gboolean qemu_migration_wants_copies(const QemuMigrationArrival *arrival);
/* Makes the images that are missing, as large as at the source; a QemuIncoming function. */
gboolean qemu_migration_make_disks(QemuStart *start, DriverFailure **failure);
/* Lets the source write into each disk that is to be copied; the ticket names them. */
gboolean qemu_migration_export_disks(QemuStart *start, QemuMigrationArrival *arrival, DriverFailure **failure);
