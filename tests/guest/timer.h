// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Time for the guest: short delays, the frequency of the TSC, the periodic tick.

#pragma once

#include <stdint.h>

#define TICK_MS 20

// Waits by the PIT's second counter, interrupts on or off; at most 50000 microseconds.
void delay_us(uint32_t microseconds);

// The TSC's frequency in kHz as the PIT sees it over about 10 ms, or 0 when the CPU has no TSC.
uint32_t tsc_khz(void);

// Makes the PIT interrupt by vector TIMER_VECTOR every TICK_MS milliseconds; all other lines stay masked.
void timer_start(void);
