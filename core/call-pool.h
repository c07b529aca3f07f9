// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Worker threads of calls: a bounded pool that does not count workers stuck in late calls.
#pragma once

typedef struct Call Call;

/* Runs call_work on a worker, soon. Takes a reference. */
void call_pool_push(Call *call);

/* A worker is stuck in a late call, or is back from one: another takes its place, or leaves again. */
void call_pool_lend(void);
void call_pool_return(void);
