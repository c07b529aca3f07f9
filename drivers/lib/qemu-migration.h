// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The steps of a migration in the QEMU engine: see mortise/driver/migration.h for what each has to do.
#pragma once

#include "qemu-engine-private.h"

#define QEMU_MIGRATION_SCHEMA 1

/* The functions of the table that is qemu_engine_migration. */
MortiseResult qemu_migration_begin(void *domain, const MortiseMigrationArguments *arguments, MortiseSink *offer);
MortiseResult qemu_migration_judge(void *connection, const MortiseMigrationArguments *arguments, const char *offer,
                                   const char *capabilities, MortiseSink *findings);
MortiseResult qemu_migration_common_tsc(void *connection, uint64_t frequency, const char *const *capabilities,
                                        uint32_t count, MortiseSink *result);
