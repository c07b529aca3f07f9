// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// COM1 by polling, and the small printf that writes to it.

#include "serial.h"

#include <stdarg.h>

#include "cpu.h"

#define COM1 0x3f8
#define LINE_STATUS (COM1 + 5)
#define RECEIVED 0x01
#define TRANSMITTER_EMPTY 0x20
#define ABSENT 0xff /* what a port without a device reads */
#define PATIENCE 200000

static volatile uint32_t line_lock;
static bool stalled;

void
serial_start(void)
{
    write_port8(COM1 + 1, 0x00);
    write_port8(COM1 + 3, 0x80);
    write_port8(COM1 + 0, 0x01);
    write_port8(COM1 + 1, 0x00);
    write_port8(COM1 + 3, 0x03);
    write_port8(COM1 + 2, 0x07);
    write_port8(COM1 + 4, 0x03);
}

static bool
transmitter_ready(void)
{
    return (read_port8(LINE_STATUS) & TRANSMITTER_EMPTY) != 0;
}

// A reader that stopped reading must not stop the guest: after one long wait, letters are dropped until it reads again.
static void
write_letter(char letter)
{
    for (uint32_t left = stalled ? 1 : PATIENCE; left > 0; left--) {
        if (transmitter_ready()) {
            stalled = false;
            write_port8(COM1, (uint8_t) letter);
            return;
        }
        relax();
    }
    stalled = true;
}

static void
write_text(const char *text)
{
    for (; *text != '\0'; text++) {
        write_letter(*text);
    }
}

static void
write_number(uint64_t value, uint32_t base)
{
    char digits[24];
    uint32_t at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[divide(&value, base)];
    } while (value != 0);
    write_text(&digits[at]);
}

// Writes what one conversion asks for and returns its last letter.
static const char *
write_conversion(const char *at, va_list *arguments)
{
    switch (*at) {
    case 's':
        write_text(va_arg(*arguments, const char *));
        return at;
    case 'c':
        write_letter((char) va_arg(*arguments, int));
        return at;
    case 'u':
        write_number(va_arg(*arguments, unsigned), 10);
        return at;
    case 'x':
        write_number(va_arg(*arguments, unsigned), 16);
        return at;
    case 'l':
        write_number(va_arg(*arguments, unsigned long long), 10);
        return at + 2;
    default:
        write_letter(*at);
        return at;
    }
}

void
say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    while (!take_lock(&line_lock)) {
        relax();
    }
    write_text("mortise-guest: ");
    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '%') {
            at = write_conversion(at + 1, &arguments);
        } else {
            write_letter(*at);
        }
    }
    write_text("\r\n");
    __atomic_store_n(&line_lock, 0, __ATOMIC_RELEASE);
    va_end(arguments);
}

int
serial_read(void)
{
    const uint8_t status = read_port8(LINE_STATUS);

    if (status == ABSENT || (status & RECEIVED) == 0) {
        return -1;
    }
    return read_port8(COM1);
}
