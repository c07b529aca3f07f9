// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reports of a preflight: all checks of one destination, and the verdict that they give together.
#include "migration-offer.h"

#include <mortise/mortise-check.h>

G_DEFINE_BOXED_TYPE(MortiseMigrationReport, mortise_migration_report, mortise_migration_report_copy,
                    mortise_migration_report_free)

const char *
mortise_migration_verdict_to_string(MortiseMigrationVerdict verdict)
{
    switch (verdict) {
    case MORTISE_MIGRATION_COMPATIBLE:
        return "compatible";
    case MORTISE_MIGRATION_INCOMPATIBLE:
        return "incompatible";
    default:
        return "unknown";
    }
}

MortiseMigrationReport *
migration_report_new(const char *destination)
{
    MortiseMigrationReport *self = g_new0(MortiseMigrationReport, 1);
    self->verdict = MORTISE_MIGRATION_UNKNOWN;
    self->destination = g_strdup(destination);
    self->checked_us = g_get_real_time();
    self->checks = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_check_free);
    return self;
}

MortiseMigrationReport *
mortise_migration_report_copy(const MortiseMigrationReport *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    MortiseMigrationReport *copy = g_memdup2(self, sizeof(*self));
    copy->destination = g_strdup(self->destination);
    copy->checks = g_ptr_array_ref(self->checks);
    return copy;
}

void
mortise_migration_report_free(MortiseMigrationReport *self)
{
    if (self != NULL) {
        g_free(self->destination);
        g_ptr_array_unref(self->checks);
        g_free(self);
    }
}

MortiseCheck *
migration_report_add(MortiseMigrationReport *self, MortiseVerdict verdict, const char *id, const char *message,
                     const char *hint)
{
    MortiseCheck *check = g_new0(MortiseCheck, 1);
    check->id = g_strdup(id);
    check->verdict = verdict;
    check->message = g_strdup(message);
    check->hint = g_strdup(hint);
    g_ptr_array_add(self->checks, check);
    return check;
}

/* Who has a name is nothing that a document about a host could tell. */
static gboolean
is_beyond_documents(const MortiseCheck *check)
{
    return g_str_equal(check->id, "domain-name") || g_str_equal(check->id, "domain-uuid");
}

void
migration_report_close(MortiseMigrationReport *self, gboolean by_document)
{
    gboolean bad = FALSE;
    gboolean unknown = FALSE;
    for (guint i = 0; i < self->checks->len; i++) {
        const MortiseCheck *check = g_ptr_array_index(self->checks, i);
        bad = bad || check->verdict == MORTISE_CHECK_BAD;
        unknown = unknown
                  || (check->verdict == MORTISE_CHECK_UNKNOWN && !(by_document && is_beyond_documents(check)));
    }
    self->verdict = bad ? MORTISE_MIGRATION_INCOMPATIBLE
                        : (unknown ? MORTISE_MIGRATION_UNKNOWN : MORTISE_MIGRATION_COMPATIBLE);
}
