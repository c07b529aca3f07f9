// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The guest's CPUs: starting the others, waking them, telling them apart.

#pragma once

#include <stdint.h>

#include "acpi.h"

// Starts every CPU that ACPI lists as enabled and waits until each is up, for 10 s at most.
// Returns how many run, the caller's included. Each other CPU then runs OTHER with its number, from 1 up.
uint32_t cpus_start(const struct acpi *acpi, void (*other)(uint32_t cpu));

// Interrupts every other running CPU.
void cpus_wake(void);

// Acknowledges an interrupt that came by the local APIC.
void cpus_end_of_interrupt(void);
