// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of a migration, as the core keeps it: shared by its calls and never changed.
#pragma once

#include <glib.h>
#include <mortise/driver/migration.h>

typedef struct {
    gatomicrefcount references;
    guint flags; /* MortiseMigrationFlags */
    guint64 bandwidth;
    guint64 downtime;
    guint timeout_ms;
    guint channels;
    gboolean to_check;      /* nothing but a judgement is to come of the offer */
    gboolean of_definition; /* `xml` is what the domain, which does not run, would start with */
    char *transport;
    char *name; /* at the destination; NULL: the same */
    char *xml;
} MigrationRequest;

MigrationRequest *migration_request_new(void);
MigrationRequest *migration_request_copy(const MigrationRequest *self);
MigrationRequest *migration_request_ref(MigrationRequest *self);
void migration_request_unref(MigrationRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MigrationRequest, migration_request_unref)

/* What a driver is given; lives as long as the request. */
MortiseMigrationArguments migration_request_get_arguments(const MigrationRequest *self);
