// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// ACPI's fixed power registers, the reset lines and the pvpanic port.

#include "power.h"

#include "cpu.h"
#include "interrupts.h"
#include "timer.h"

#define POWER_BUTTON (1u << 8)
#define ACPI_ON 1u
#define SLEEP_ENABLE (1u << 13)
#define SLEEP_TYPE_SHIFT 10
#define ACPI_ON_TRIES 300

#define KEYBOARD_STATUS 0x64
#define KEYBOARD_BUSY 0x02
#define KEYBOARD_RESET 0xfe

#define PVPANIC_PORT 0x505
#define PVPANIC_PANICKED 0x01

static bool
turn_acpi_on(const struct acpi *acpi)
{
    uint16_t control = acpi->control_ports[0];

    if ((read_port16(control) & ACPI_ON) != 0 || acpi->enable_port == 0) {
        return true;
    }
    write_port8(acpi->enable_port, acpi->enable_value);
    for (int i = 0; i < ACPI_ON_TRIES; i++) {
        if ((read_port16(control) & ACPI_ON) != 0) {
            return true;
        }
        delay_us(1000);
    }
    return false;
}

bool
power_start(const struct acpi *acpi)
{
    uint16_t status = acpi->event_ports[0];
    uint16_t enable = (uint16_t) (status + acpi->event_length / 2);

    if (status == 0 || acpi->control_ports[0] == 0 || !turn_acpi_on(acpi)) {
        return false;
    }
    write_port16(status, POWER_BUTTON);
    write_port16(enable, POWER_BUTTON);
    return true;
}

bool
power_button_pressed(const struct acpi *acpi)
{
    uint16_t status = acpi->event_ports[0];

    if (status == 0 || (read_port16(status) & POWER_BUTTON) == 0) {
        return false;
    }
    write_port16(status, POWER_BUTTON);
    return true;
}

void
power_off(const struct acpi *acpi)
{
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t type = (uint32_t) acpi->sleep_types[i] << SLEEP_TYPE_SHIFT;

        if (acpi->control_ports[i] != 0) {
            write_port16(acpi->control_ports[i], (uint16_t) (type | ACPI_ON | SLEEP_ENABLE));
        }
    }
    // QEMU stops a little after the instruction that asked for it.
    delay_us(50000);
}

_Noreturn void
power_reboot(const struct acpi *acpi)
{
    interrupts_off();
    if (acpi->reset_port != 0) {
        write_port8(acpi->reset_port, acpi->reset_value);
        delay_us(50000);
    }
    for (int i = 0; i < 100 && (read_port8(KEYBOARD_STATUS) & KEYBOARD_BUSY) != 0; i++) {
        delay_us(100);
    }
    write_port8(KEYBOARD_STATUS, KEYBOARD_RESET);
    delay_us(50000);
    interrupts_triple_fault();
}

void
power_panic(void)
{
    uint8_t known = read_port8(PVPANIC_PORT);

    if (known == 0xff || (known & PVPANIC_PANICKED) == 0) {
        return;
    }
    write_port8(PVPANIC_PORT, PVPANIC_PANICKED);
    halt_forever();
}
