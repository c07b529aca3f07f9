// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts the other CPUs by INIT-SIPI-SIPI through the local APIC and wakes them on each tick.

#include "cpus.h"

#include "cpu.h"
#include "interrupts.h"
#include "serial.h"
#include "timer.h"

#define APIC_ID 0x20
#define APIC_TASK_PRIORITY 0x80
#define APIC_END_OF_INTERRUPT 0xb0
#define APIC_SPURIOUS 0xf0
#define APIC_COMMAND_LOW 0x300
#define APIC_COMMAND_HIGH 0x310
#define APIC_LINE0 0x350
#define APIC_LINE1 0x360

#define COMMAND_PENDING (1u << 12)
#define COMMAND_INIT 0x4500u
#define COMMAND_STARTUP 0x4600u
#define COMMAND_FIXED 0x4000u

#define WAIT_MS 10000

extern const char trampoline[];
extern const uint32_t trampoline_size;
void other_cpu_main(uint32_t cpu);

static volatile uint32_t *apic;
static uint8_t apic_ids[MAX_CPUS]; // by the guest's own CPU number
static uint32_t running = 1;
static void (*other_cpu_work)(uint32_t cpu);

static uint32_t
apic_read(uint32_t offset)
{
    return apic[offset / 4];
}

static void
apic_write(uint32_t offset, uint32_t value)
{
    apic[offset / 4] = value;
}

static void
apic_enable(void)
{
    apic_write(APIC_TASK_PRIORITY, 0);
    apic_write(APIC_SPURIOUS, 0x100 | SPURIOUS_VECTOR);
}

static void
apic_send(uint8_t id, uint32_t command)
{
    while ((apic_read(APIC_COMMAND_LOW) & COMMAND_PENDING) != 0) {
        relax();
    }
    apic_write(APIC_COMMAND_HIGH, (uint32_t) id << 24);
    apic_write(APIC_COMMAND_LOW, command);
}

static void
send_to_others(const struct acpi *acpi, uint32_t command)
{
    for (uint32_t i = 0; i < acpi->cpus; i++) {
        if (acpi->apic_ids[i] != apic_ids[0]) {
            apic_send(acpi->apic_ids[i], command);
        }
    }
}

static void
copy_trampoline(void)
{
    volatile char *target = (volatile char *) TRAMPOLINE;

    for (uint32_t i = 0; i < trampoline_size; i++) {
        target[i] = trampoline[i];
    }
}

static uint32_t
count_running(void)
{
    return __atomic_load_n(&running, __ATOMIC_ACQUIRE);
}

static void
start_others(const struct acpi *acpi)
{
    const uint32_t startup = COMMAND_STARTUP | TRAMPOLINE >> 12;

    copy_trampoline();
    send_to_others(acpi, COMMAND_INIT);
    delay_us(10000);
    send_to_others(acpi, startup);
    delay_us(200);
    send_to_others(acpi, startup);
    for (uint32_t waited = 0; waited < WAIT_MS && count_running() < acpi->cpus; waited++) {
        delay_us(1000);
    }
}

uint32_t
cpus_start(const struct acpi *acpi, void (*other)(uint32_t cpu))
{
    uint32_t up;

    if (acpi->apic_address == 0 || (cpu_features() & 1u << 9) == 0) {
        return 1;
    }
    other_cpu_work = other;
    apic = (volatile uint32_t *) acpi->apic_address;
    apic_enable();
    apic_write(APIC_LINE0, 0x700);
    apic_write(APIC_LINE1, 0x400);
    apic_ids[0] = (uint8_t) (apic_read(APIC_ID) >> 24);
    if (acpi->cpus > 1) {
        start_others(acpi);
    }
    up = count_running();
    if (up < acpi->cpus) {
        say("error: only %u of %u cpus came up", up, acpi->cpus);
    }
    return up;
}

void
cpus_wake(void)
{
    uint32_t up = count_running();

    for (uint32_t i = 1; i < up; i++) {
        apic_send(apic_ids[i], COMMAND_FIXED | WAKE_VECTOR);
    }
}

void
cpus_end_of_interrupt(void)
{
    apic_write(APIC_END_OF_INTERRUPT, 0);
}

void
other_cpu_main(uint32_t cpu)
{
    interrupts_load();
    apic_enable();
    apic_ids[cpu] = (uint8_t) (apic_read(APIC_ID) >> 24);
    (void) __atomic_add_fetch(&running, 1, __ATOMIC_ACQ_REL);
    other_cpu_work(cpu);
}
