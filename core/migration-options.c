// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// MortiseMigrationOptions: what is asked of a migration, set one by one.
#include "migration-offer.h"

struct _MortiseMigrationOptions {
    GObject parent_instance;
    MigrationRequest *request;
};

G_DEFINE_FINAL_TYPE(MortiseMigrationOptions, mortise_migration_options, G_TYPE_OBJECT)

static void
mortise_migration_options_finalize(GObject *object)
{
    MortiseMigrationOptions *self = MORTISE_MIGRATION_OPTIONS(object);
    migration_request_unref(self->request);
    G_OBJECT_CLASS(mortise_migration_options_parent_class)->finalize(object);
}

static void
mortise_migration_options_class_init(MortiseMigrationOptionsClass *class)
{
    G_OBJECT_CLASS(class)->finalize = mortise_migration_options_finalize;
}

static void
mortise_migration_options_init(MortiseMigrationOptions *self)
{
    self->request = migration_request_new();
}

MortiseMigrationOptions *
mortise_migration_options_new(void)
{
    return g_object_new(MORTISE_TYPE_MIGRATION_OPTIONS, NULL);
}

/* Calls hold what they were made with: it is copied before it changes. */
MigrationRequest *
migration_options_get_request(MortiseMigrationOptions *options)
{
    return options != NULL ? migration_request_copy(options->request) : migration_request_new();
}

void
mortise_migration_options_set_flags(MortiseMigrationOptions *self, MortiseMigrationFlags flags)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    self->request->flags = flags;
}

void
mortise_migration_options_set_bandwidth(MortiseMigrationOptions *self, guint64 bytes)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    self->request->bandwidth = bytes;
}

void
mortise_migration_options_set_downtime(MortiseMigrationOptions *self, guint64 milliseconds)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    self->request->downtime = milliseconds;
}

void
mortise_migration_options_set_timeout(MortiseMigrationOptions *self, guint milliseconds)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    self->request->timeout_ms = milliseconds;
}

void
mortise_migration_options_set_channels(MortiseMigrationOptions *self, guint channels)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    self->request->channels = channels;
}

static void
set_text(char **field, const char *text)
{
    g_autofree char *old G_GNUC_UNUSED = *field;
    *field = g_strdup(text);
}

void
mortise_migration_options_set_transport(MortiseMigrationOptions *self, const char *transport)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    set_text(&self->request->transport, transport);
}

void
mortise_migration_options_set_name(MortiseMigrationOptions *self, const char *name)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    set_text(&self->request->name, name);
}

void
mortise_migration_options_set_xml(MortiseMigrationOptions *self, const char *xml)
{
    g_return_if_fail(MORTISE_IS_MIGRATION_OPTIONS(self));
    set_text(&self->request->xml, xml);
}
