// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The interrupt table and the one C function that every vector comes to.

#include "interrupts.h"

#include "cpu.h"
#include "cpus.h"
#include "layout.h"
#include "serial.h"

#define EXCEPTIONS 32

struct gate {
    uint16_t offset_low;
    uint16_t segment;
    uint16_t type;
    uint16_t offset_high;
} __attribute__((packed));

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

extern char interrupt_entries[];
void interrupt(uint32_t vector);

static struct gate table[VECTORS];
static volatile uint32_t ticks;
static volatile uint32_t nmis;

void
interrupts_fill(void)
{
    for (uint32_t i = 0; i < VECTORS; i++) {
        uint32_t entry = (uint32_t) interrupt_entries + i * ENTRY_SIZE;

        table[i] = (struct gate) { (uint16_t) entry, CODE_SEGMENT, 0x8e00, (uint16_t) (entry >> 16) };
    }
}

static void
load_table(uint16_t limit)
{
    struct table_pointer pointer = { limit, (uint32_t) table };

    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void
interrupts_load(void)
{
    load_table(sizeof(table) - 1);
}

uint32_t
interrupts_ticks(void)
{
    return ticks;
}

uint32_t
interrupts_nmis(void)
{
    return nmis;
}

_Noreturn void
interrupts_triple_fault(void)
{
    load_table(0);
    __asm__ volatile("int3");
    halt_forever();
}

void
interrupt(uint32_t vector)
{
    if (vector == TIMER_VECTOR) {
        ticks++;
        write_port8(0x20, 0x20);
    } else if (vector == WAKE_VECTOR) {
        cpus_end_of_interrupt();
    } else if (vector == NMI_VECTOR) {
        nmis++;
    } else if (vector < EXCEPTIONS) {
        say("exception %u, stopped", vector);
        halt_forever();
    }
}
