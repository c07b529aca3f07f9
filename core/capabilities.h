// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Capabilities documents of several drivers made into one.
#pragma once

#include <glib.h>

/* `documents` are texts of <capabilities>, at least one. NULL with invalid-xml. */
char *capabilities_merge(GPtrArray *documents, GError **error);
