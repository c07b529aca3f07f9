// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of a migration.
#include "migration-request.h"

MigrationRequest *
migration_request_new(void)
{
    MigrationRequest *self = g_new0(MigrationRequest, 1);
    g_atomic_ref_count_init(&self->references);
    return self;
}

MigrationRequest *
migration_request_copy(const MigrationRequest *self)
{
    MigrationRequest *copy = migration_request_new();
    copy->flags = self->flags;
    copy->bandwidth = self->bandwidth;
    copy->downtime = self->downtime;
    copy->timeout_ms = self->timeout_ms;
    copy->channels = self->channels;
    copy->to_check = self->to_check;
    copy->of_definition = self->of_definition;
    copy->transport = g_strdup(self->transport);
    copy->name = g_strdup(self->name);
    copy->xml = g_strdup(self->xml);
    return copy;
}

MigrationRequest *
migration_request_ref(MigrationRequest *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
migration_request_unref(MigrationRequest *self)
{
    if (self != NULL && g_atomic_ref_count_dec(&self->references)) {
        g_free(self->transport);
        g_free(self->name);
        g_free(self->xml);
        g_free(self);
    }
}

MortiseMigrationArguments
migration_request_get_arguments(const MigrationRequest *self)
{
    return (MortiseMigrationArguments){
        .struct_size = sizeof(MortiseMigrationArguments),
        .flags = (self->flags & MORTISE_MIGRATE_FLAGS_ALL & ~(MORTISE_MIGRATE_DEFINITION | MORTISE_MIGRATE_CHECK))
                 | (self->of_definition ? MORTISE_MIGRATE_DEFINITION : 0)
                 | (self->to_check ? MORTISE_MIGRATE_CHECK : 0),
        .bandwidth = self->bandwidth,
        .downtime = self->downtime,
        .channels = self->channels,
        .transport = self->transport,
        .name = self->name,
        .xml = self->xml,
    };
}
