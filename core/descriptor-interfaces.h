// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of the descriptor check that looks at interface tables.
#pragma once

#include "descriptor.h"

/*
 * Checks the table at `interface`, number `number` of its list. `flags` are those of the driver. NULL when it
 * is good, else a sentence to be freed.
 */
char *mortise_descriptor_check_interface(const MortiseInterface *interface, guint number, guint32 flags);
