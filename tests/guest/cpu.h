// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Single x86 instructions for the guest's C: ports, waiting, time stamp, CPUID, exchange.

#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline void
write_port8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void
write_port16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void
write_port32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
read_port8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline uint16_t
read_port16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void
interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void
interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

// Enables interrupts and waits for one; none can slip in between the two instructions.
static inline void
wait_for_interrupt(void)
{
    __asm__ volatile("sti\n\thlt" : : : "memory");
}

static inline void
relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

// Never comes back; an NMI only makes it go round once.
static inline _Noreturn void
halt_forever(void)
{
    for (;;) {
        __asm__ volatile("cli\n\thlt" : : : "memory");
    }
}

static inline uint64_t
read_tsc(void)
{
    uint64_t value;
    __asm__ volatile("rdtsc" : "=A"(value) : : "memory");
    return value;
}

// The EDX word of CPUID leaf 1: bit 4 is the TSC, bit 9 the local APIC.
static inline uint32_t
cpu_features(void)
{
    uint32_t eax = 1;
    uint32_t edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=d"(edx) : : "ebx", "ecx");
    return edx;
}

static inline void
copy_words(uint32_t *target, const uint32_t *source, uint32_t count)
{
    __asm__ volatile("rep movsl" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
}

// The index of the first word that differs, or count when none does; count must not be 0.
static inline uint32_t
first_difference(const uint32_t *one, const uint32_t *other, uint32_t count)
{
    uint32_t left = count;
    bool same;

    __asm__ volatile("repe cmpsl" : "+D"(one), "+S"(other), "+c"(left), "=@ccz"(same) : : "memory");
    return same ? count : count - left - 1;
}

static inline bool
take_lock(volatile uint32_t *lock)
{
    uint32_t value = 1;
    __asm__ volatile("xchgl %0, %1" : "+r"(value), "+m"(*lock) : : "memory");
    return value == 0;
}

// Divides *value in place and returns the remainder; the compiler's own 64-bit division would need libgcc.
static inline uint32_t
divide(uint64_t *value, uint32_t divisor)
{
    uint32_t high = (uint32_t) (*value >> 32);
    uint32_t low = (uint32_t) *value;
    uint32_t remainder = high % divisor;

    high /= divisor;
    __asm__("divl %2" : "+a"(low), "+d"(remainder) : "rm"(divisor) : "cc");
    *value = (uint64_t) high << 32 | low;
    return remainder;
}
