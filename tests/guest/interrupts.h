// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The guest's interrupt table and what its interrupts left to be seen.

#pragma once

#include <stdint.h>

#define TIMER_VECTOR 0x20
#define WAKE_VECTOR 0x30
#define SPURIOUS_VECTOR 0x3f

// Fills the table; once, by the first CPU.
void interrupts_fill(void);

// Loads the table on the calling CPU.
void interrupts_load(void);

// Timer ticks since the start, and non-maskable interrupts taken.
uint32_t interrupts_ticks(void);
uint32_t interrupts_nmis(void);

// Loads an empty table and raises an exception, which no CPU survives.
_Noreturn void interrupts_triple_fault(void);
