// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of interface migration/1, for one another.
#pragma once

#include "domain.h"

#include <mortise/driver/migration.h>

/* What one host offers another. */
typedef struct {
    TestDefinition *definition;   /* that runs there, or is to run here */
    guint state;                  /* MORTISE_STATE_RUNNING, _PAUSED, or _SHUTOFF: it is there to be judged only */
} TestOffer;

void test_offer_clear(TestOffer *offer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestOffer, test_offer_clear)

/* The offer as JSON, to be freed. */
char *test_offer_format(const char *xml, guint state);
/* Reads one, and puts what `arguments` ask for in its place. FALSE with "invalid-argument" or "invalid-xml". */
gboolean test_offer_parse(const char *text, const MortiseMigrationArguments *arguments, TestOffer *offer,
                          DriverFailure **failure);

/* See mortise/driver/migration.h. */
MortiseResult test_migration_judge(void *handle, const MortiseMigrationArguments *arguments, const char *offer,
                                   const char *capabilities, MortiseSink *findings);
MortiseResult test_migration_common_tsc(void *handle, uint64_t frequency, const char *const *capabilities,
                                        uint32_t count, MortiseSink *result);
MortiseResult test_migration_abort(void *handle);
MortiseResult test_migration_set_limits(void *handle, uint64_t bandwidth, uint64_t downtime);
MortiseResult test_migration_postcopy(void *handle);
MortiseResult test_migration_progress(void *handle, MortiseSink *values);

/* MORTISE_FAILED, with every bad finding in the message, when this host cannot take what is offered. */
MortiseResult test_migration_require(TestConnection *connection, const TestOffer *offer);
/* Sends the guest; takes as long as its world says. MORTISE_FAILED when that was aborted. Call it with no lock held. */
MortiseResult test_transfer_run(TestDomain *domain, const MortiseMigrationArguments *arguments, guint64 bytes);
