// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The tables of functions that the driver offers.
#pragma once

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/migration.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/vcpu.h>

extern const MortiseLifecycle test_lifecycle_interface;
extern const MortiseConfig test_config_interface;
extern const MortiseVcpuInterface test_vcpu_interface;
extern const MortiseStats test_stats_interface;
extern const MortiseConsole test_console_interface;
extern const MortiseMigration test_migration_interface;
