// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The guest's work: each CPU rewrites its share of an area page by page and checks what it wrote the time before.

#pragma once

#include <stdint.h>

// Sets the area and over how many CPUs it is spread; before any counting_work().
void counting_start(uint32_t begin, uint32_t pages, uint32_t cpus);

// Checks and rewrites the next few pages of one CPU's share; says so when a page does not hold what it must.
void counting_work(uint32_t cpu);

// Pages written since the start by all CPUs, and by one (which wraps at 2^32). Only for the first CPU.
uint64_t counting_total(void);
uint32_t counting_by_cpu(uint32_t cpu);

// Pages that did not hold what they must.
uint32_t counting_errors(void);
