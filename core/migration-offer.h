// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Judging where a domain can go: the driver's checks and the core's own.
#pragma once

#include "domain-xml.h"
#include "migration-request.h"
#include "session.h"

#include <mortise/mortise-migration.h>

/* What a migration would run at the destination, with the name that it would have there. */
MortiseDomainXml *migration_parse_target(DomainRecord *record, const MigrationRequest *request, GError **error);

/*
 * The error of a migration to a host whose connection has no driver for the domain: every reason that its capabilities
 * give as well. @offer is what the source's driver wrote.
 */
void migration_set_refusal(Session *source, DomainRecord *record, MigrationRequest *request, const char *offer,
                           Session *destination, GError **error);

/* The request that the options stand for (may be NULL), referenced. */
MigrationRequest *migration_options_get_request(MortiseMigrationOptions *options);

/* A report without checks; the caller adds them and calls migration_report_close. */
MortiseMigrationReport *migration_report_new(const char *destination);
/* Adds a check; texts but @id and @message may be NULL. Returns it. */
MortiseCheck *migration_report_add(MortiseMigrationReport *self, MortiseVerdict verdict, const char *id,
                                   const char *message, const char *hint);
/* Settles the verdict of all. Checks that no capabilities document can answer do not count when @by_document. */
void migration_report_close(MortiseMigrationReport *self, gboolean by_document);
