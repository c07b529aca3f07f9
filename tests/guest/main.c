// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The guest itself: says what it finds, starts everything, counts, and listens to letters and the power button.

#include "acpi.h"
#include "boot-info.h"
#include "counting.h"
#include "cpu.h"
#include "cpus.h"
#include "hotplug.h"
#include "interrupts.h"
#include "options.h"
#include "power.h"
#include "serial.h"
#include "timer.h"

void guest_main(uint32_t magic, uint32_t table);

static struct boot_info boot;
static struct options options;
static struct acpi acpi;
static uint32_t cpus;

static void
other_cpu(uint32_t cpu)
{
    for (;;) {
        if (!options.busy || !__atomic_load_n(&cpus, __ATOMIC_ACQUIRE)) {
            wait_for_interrupt();
        }
        counting_work(cpu);
    }
}

static void
report(void)
{
    say("count %llu", (unsigned long long) counting_total());
}

static void
report_everything(void)
{
    report();
    for (uint32_t i = 0; i < cpus; i++) {
        say("cpu %u count %u", i, counting_by_cpu(i));
    }
    say("memory errors %u", counting_errors());
}

static void
shut_down(void)
{
    power_off(&acpi);
    say("error: cannot power off, no ACPI or it does not answer");
}

static void
press_power_button(void)
{
    if (options.ignore_power_button) {
        say("power button, ignored");
        return;
    }
    say("power button, shutting down");
    shut_down();
}

static void
answer_unplug(void)
{
    static uint32_t ignored;
    uint32_t cpu = hotplug_wanted();

    if (cpu != 0 && options.unplug) {
        say("giving cpu %u back", cpu);
        hotplug_eject(cpu);
    } else if (cpu != 0 && ignored != cpu) {
        ignored = cpu;
        say("cpu %u is wanted back, ignored", cpu);
    }
}

static void
obey(char letter)
{
    switch (letter) {
    case 'c':
        report_everything();
        break;
    case 'r':
        say("rebooting");
        power_reboot(&acpi);
    case 'p':
        say("powering off");
        shut_down();
        break;
    case 't':
        say("triple fault");
        interrupts_triple_fault();
    case 'h':
        say("hanging with interrupts off");
        halt_forever();
    case 'u':
        say("cpus are given back from now on");
        options.unplug = true;
        break;
    case 'k':
        say("panic");
        power_panic();
        say("no pvpanic device at port 0x505");
        break;
    case '?':
        say("c count, r reboot, p power off, t triple fault, h hang, k panic, u unplug");
        break;
    case '\r':
    case '\n':
        break;
    default:
        say("unknown command %c, ? for help", letter);
    }
}

static void
listen(void)
{
    for (int letter = serial_read(); letter >= 0; letter = serial_read()) {
        obey((char) letter);
    }
}

static void
notice_nmis(void)
{
    static uint32_t noticed;

    for (uint32_t seen = interrupts_nmis(); noticed != seen; noticed++) {
        say("non-maskable interrupt");
    }
}

static void
do_tick(void)
{
    static uint32_t since_report_ms;

    if (!options.busy) {
        cpus_wake();
    }
    listen();
    notice_nmis();
    if (power_button_pressed(&acpi)) {
        press_power_button();
    }
    answer_unplug();
    since_report_ms += TICK_MS;
    if (options.report_ms != 0 && since_report_ms >= options.report_ms) {
        since_report_ms = 0;
        report();
    }
}

static void
introduce(void)
{
    uint32_t khz = tsc_khz();

    say("starting");
    if (!boot.by_multiboot) {
        say("error: not started by a multiboot loader, stopped");
        halt_forever();
    }
    say("memory %u KiB", boot.memory_kib);
    say("command line: %s", boot.command_line);
    if (khz != 0) {
        say("tsc about %u kHz", khz);
    }
    options_read(&options, boot.command_line);
    if (options.pages > boot.free_pages) {
        say("only %u pages are free, not %u", boot.free_pages, options.pages);
        options.pages = boot.free_pages;
    }
    say("counting in %u pages at 0x%x", options.pages, boot.free_begin);
}

static void
start_machine(void)
{
    uint32_t up;

    interrupts_fill();
    interrupts_load();
    acpi_read(&acpi);
    if (!power_start(&acpi)) {
        say("no ACPI power management: deaf to the power button");
    }
    if (options.unplug || options.ignore_unplug) {
        hotplug_start();
    }
    up = cpus_start(&acpi, other_cpu);
    counting_start(boot.free_begin, options.pages, up);
    __atomic_store_n(&cpus, up, __ATOMIC_RELEASE);
    timer_start();
    cpus_wake();
    say("ready, %u cpus", up);
}

void
guest_main(uint32_t magic, uint32_t table)
{
    uint32_t done = 0;

    serial_start();
    boot_info_read(&boot, magic, table);
    introduce();
    start_machine();
    interrupts_on();
    for (;;) {
        interrupts_off();
        while (!options.busy && interrupts_ticks() == done) {
            wait_for_interrupt();
            interrupts_off();
        }
        interrupts_on();
        counting_work(0);
        if (interrupts_ticks() != done) {
            done = interrupts_ticks();
            do_tick();
        }
    }
}
