// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Talks to QEMU's ACPI CPU hotplug registers as an operating system's ACPI driver would.

#include "hotplug.h"

#include "cpu.h"
#include "layout.h"

#define PC_PORT 0xaf00
#define Q35_PORT 0x0cd8

#define SELECTOR 0
#define FLAGS 4

#define FLAG_ENABLED (1u << 0)
#define FLAG_REMOVE (1u << 2)
#define FLAG_EJECT (1u << 3)
#define NO_DEVICE 0xff

static uint16_t port;

static void
choose(uint16_t base, uint32_t cpu)
{
    write_port32((uint16_t) (base + SELECTOR), cpu);
}

static uint8_t
flags_of(uint16_t base, uint32_t cpu)
{
    choose(base, cpu);
    return read_port8((uint16_t) (base + FLAGS));
}

void
hotplug_start(void)
{
    static const uint16_t ports[] = {PC_PORT, Q35_PORT};

    for (uint32_t i = 0; i < 2; i++) {
        // The first write of zero turns the old registers, a map of CPUs, into the new ones.
        choose(ports[i], 0);
        if (flags_of(ports[i], 0) != NO_DEVICE && (flags_of(ports[i], 0) & FLAG_ENABLED) != 0) {
            port = ports[i];
            return;
        }
    }
}

uint32_t
hotplug_wanted(void)
{
    for (uint32_t cpu = 1; port != 0 && cpu < MAX_CPUS; cpu++) {
        uint8_t flags = flags_of(port, cpu);

        if (flags != NO_DEVICE && (flags & FLAG_REMOVE) != 0) {
            return cpu;
        }
    }
    return 0;
}

void
hotplug_eject(uint32_t cpu)
{
    choose(port, cpu);
    // Or whatever is plugged in its place would be wanted back as well.
    write_port8((uint16_t) (port + FLAGS), FLAG_REMOVE);
    write_port8((uint16_t) (port + FLAGS), FLAG_EJECT);
}
