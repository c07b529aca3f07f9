// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Filters around a call: told before, may refuse; told after.
#pragma once

#include "call.h"

/* FALSE with @error when a filter refuses. */
gboolean call_filters_before(Call *call, GError **error);
/* @error is NULL when the call succeeded. */
void call_filters_after(Call *call, const GError *error);
