// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// CPUs that the machine wants back (QEMU's ACPI CPU hotplug registers: docs/specs/acpi_cpu_hotplug of QEMU).

#pragma once

#include <stdint.h>

// Finds the registers of a pc or q35 and has the machine ask through them. Without them nothing is ever asked for.
void hotplug_start(void);

// The number of a CPU that the machine wants back; 0 for none, since the first one always stays.
uint32_t hotplug_wanted(void);

// Gives it back: it stops at once.
void hotplug_eject(uint32_t cpu);
