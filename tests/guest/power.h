// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The ways out of the guest: power off, reboot, crash, panic; and the power button.

#pragma once

#include <stdbool.h>

#include "acpi.h"

// Turns ACPI on and lets the power button set its status bit. False when there is no ACPI to do so.
bool power_start(const struct acpi *acpi);

// True once for each press of the power button.
bool power_button_pressed(const struct acpi *acpi);

// Enters S5. Comes back only when the machine has no power registers.
void power_off(const struct acpi *acpi);

// Resets by ACPI's reset register, the keyboard controller or a triple fault, whichever works first.
_Noreturn void power_reboot(const struct acpi *acpi);

// Tells QEMU's pvpanic device of a panic and stops. Comes back only when there is no such device.
void power_panic(void);
