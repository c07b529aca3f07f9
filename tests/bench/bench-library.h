// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the worker of the library shares between its verbs.
#pragma once

#include "bench-worker.h"

#include <mortise/mortise.h>

typedef struct {
    MortiseConnection *connection;
    MortiseDomain *domain; /* that the verbs on one domain are about */
} Library;

/* bench-library-calls.c: verbs that use the open connection. */
extern const BenchVerb library_calls[];
extern const gsize library_calls_count;
