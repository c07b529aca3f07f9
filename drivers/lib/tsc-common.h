// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One TSC frequency for several hosts: what MortiseMigration.common_tsc answers, from what is known of each host.
#pragma once

#include "failure.h"
#include "tsc-verdict.h"

/* FALSE with "invalid-argument" or "limit-exceeded" when so few Hz or so many hosts make no sense. */
gboolean tsc_common_check(guint64 frequency, guint count, DriverFailure **failure);

/*
 * The JSON object of MortiseMigration.common_tsc for `hosts` (TscHost), to be freed. The window is what those hosts
 * share that take the frequency; null when none is limited or takes it. Pure; any thread.
 */
char *tsc_common_find(const GArray *hosts, guint64 frequency);
