// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the guest wants to know from ACPI: the CPUs present, the power registers, how to power off and reset.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

struct acpi {
    bool found;                 // an RSDP and its table of tables were there
    uint32_t apic_address;      // of the local APICs, 0 without a MADT
    uint32_t cpus;              // enabled entries of the MADT, at most MAX_CPUS
    uint8_t apic_ids[MAX_CPUS];
    uint16_t event_ports[2];    // PM1a and PM1b, 0 when absent
    uint16_t control_ports[2];
    uint8_t event_length;
    uint16_t enable_port;       // SMI_CMD and the byte that turns ACPI on, 0 when it always is
    uint8_t enable_value;
    uint16_t reset_port;        // 0 when there is no reset register in I/O space
    uint8_t reset_value;
    uint8_t sleep_types[2];     // SLP_TYPa and SLP_TYPb of S5
};

// Reads the tables; leaves zeros where there are none.
void acpi_read(struct acpi *acpi);
