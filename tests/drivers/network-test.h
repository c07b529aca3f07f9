// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// For tests of host networking: the built provider, and network namespaces that end with the test.
#pragma once

#include "mortise-test.h"

#include <mortise/driver/network.h>

/* The provider's table; NULL when the module cannot be loaded. */
const MortiseNetworkInterface *network_provider(const char *module);
/* Takes this thread into a new, empty network namespace; FALSE with the reason printed when that is not allowed. */
gboolean network_enter_new(void);
/* Whether this host has that kind of device; says by name what is skipped when not. */
gboolean network_has(const MortiseNetworkInterface *table, MortiseNetwork *network, guint32 kind, const char *test);

/* What is expected of a failure: reason, and a part of message and hint (NULL: not looked at). */
void network_check_problem(const MortiseProblem *problem, const char *reason, const char *message, const char *hint);

MortiseLinkSettings network_settings(guint32 kind, const char *name);
/* A link by name; index 0 without. */
MortiseLink network_link(const MortiseNetworkInterface *table, MortiseNetwork *network, const char *name);
/* How many links there are. */
guint network_count(const MortiseNetworkInterface *table, MortiseNetwork *network);
