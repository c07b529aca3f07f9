// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The PIT (counter 0 ticks, counter 2 measures) and the interrupt controller before it.

#include "timer.h"

#include "cpu.h"
#include "interrupts.h"

#define PIT_HZ 1193182u
#define PIT_COUNTER0 0x40
#define PIT_COUNTER2 0x42
#define PIT_COMMAND 0x43
#define GATE 0x61
#define GATE_OUT 0x20
#define PIC_MAIN 0x20
#define PIC_SECOND 0xa0

#define SAMPLE_COUNTS 12000u
#define SAMPLE_TRIES 5

static void
start_counter2(uint16_t count)
{
    write_port8(GATE, (uint8_t) ((read_port8(GATE) & 0xfc) | 0x01));
    write_port8(PIT_COMMAND, 0xb0);
    write_port8(PIT_COUNTER2, (uint8_t) count);
    write_port8(PIT_COUNTER2, (uint8_t) (count >> 8));
}

static uint16_t
read_counter2(void)
{
    uint8_t low;

    write_port8(PIT_COMMAND, 0x80);
    low = read_port8(PIT_COUNTER2);
    return (uint16_t) (low | read_port8(PIT_COUNTER2) << 8);
}

static bool
counter2_ran_out(void)
{
    return (read_port8(GATE) & GATE_OUT) != 0;
}

void
delay_us(uint32_t microseconds)
{
    uint64_t counts = (uint64_t) microseconds * PIT_HZ;

    (void) divide(&counts, 1000000);
    start_counter2((uint16_t) (counts + 1));
    while (!counter2_ran_out()) {
        relax();
    }
}

// Zero when the host took the CPU away for so long that the counter went round.
static uint32_t
sample_tsc_khz(void)
{
    uint16_t first;
    uint32_t counts = 0;
    uint64_t begin;
    uint64_t scaled;

    start_counter2(0xffff);
    first = read_counter2();
    begin = read_tsc();
    while (counts < SAMPLE_COUNTS && !counter2_ran_out()) {
        counts = (uint16_t) (first - read_counter2());
    }
    scaled = (read_tsc() - begin) * (PIT_HZ / 2);
    if (counter2_ran_out()) {
        return 0;
    }
    (void) divide(&scaled, counts * 500);
    return (uint32_t) scaled;
}

uint32_t
tsc_khz(void)
{
    uint32_t khz = 0;

    if ((cpu_features() & 1u << 4) == 0) {
        return 0;
    }
    for (int i = 0; i < SAMPLE_TRIES && khz == 0; i++) {
        khz = sample_tsc_khz();
    }
    return khz;
}

void
timer_start(void)
{
    const uint16_t divisor = PIT_HZ / (1000 / TICK_MS);

    write_port8(PIC_MAIN, 0x11);
    write_port8(PIC_SECOND, 0x11);
    write_port8(PIC_MAIN + 1, TIMER_VECTOR);
    write_port8(PIC_SECOND + 1, TIMER_VECTOR + 8);
    write_port8(PIC_MAIN + 1, 0x04);
    write_port8(PIC_SECOND + 1, 0x02);
    write_port8(PIC_MAIN + 1, 0x01);
    write_port8(PIC_SECOND + 1, 0x01);
    write_port8(PIC_MAIN + 1, 0xfe);
    write_port8(PIC_SECOND + 1, 0xff);

    write_port8(PIT_COMMAND, 0x34);
    write_port8(PIT_COUNTER0, (uint8_t) divisor);
    write_port8(PIT_COUNTER0, (uint8_t) (divisor >> 8));
}
