// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the ACPI tables in memory and reads the few fields that the guest needs (field offsets: ACPI 6.4, chapter 5).

#include "acpi.h"

#include <stddef.h>

#define BIOS_BEGIN 0xe0000u
#define BIOS_END 0x100000u
#define EBDA_SEARCH 1024u
#define HEADER_SIZE 36u
#define RESET_SUPPORTED (1u << 10)

// Placed by the linker script: compilers take a constant address as low as this for a mistake.
extern char bios_ebda_segment[];

static uint8_t
byte_at(uint32_t address)
{
    return *(const volatile uint8_t *) address;
}

static uint16_t
word_at(uint32_t address)
{
    return (uint16_t) (byte_at(address) | byte_at(address + 1) << 8);
}

static uint32_t
long_at(uint32_t address)
{
    return word_at(address) | (uint32_t) word_at(address + 2) << 16;
}

static bool
matches(uint32_t address, const char *text)
{
    for (; *text != '\0'; text++, address++) {
        if (byte_at(address) != (uint8_t) *text) {
            return false;
        }
    }
    return true;
}

static bool
sums_to_zero(uint32_t address, uint32_t length)
{
    uint8_t sum = 0;

    for (uint32_t i = 0; i < length; i++) {
        sum = (uint8_t) (sum + byte_at(address + i));
    }
    return sum == 0;
}

static uint32_t
find_root_pointer_in(uint32_t begin, uint32_t end)
{
    for (uint32_t at = begin; at < end; at += 16) {
        if (matches(at, "RSD PTR ") && sums_to_zero(at, 20)) {
            return at;
        }
    }
    return 0;
}

static uint32_t
find_root_pointer(void)
{
    uint32_t ebda = (uint32_t) word_at((uint32_t) bios_ebda_segment) << 4;
    uint32_t found = find_root_pointer_in(BIOS_BEGIN, BIOS_END);

    if (found == 0 && ebda != 0) {
        found = find_root_pointer_in(ebda, ebda + EBDA_SEARCH);
    }
    return found;
}

// Looks through an RSDT (entry_size 4) or an XSDT (8), of which only tables below 4 GiB can be reached.
static uint32_t
find_table_in(uint32_t list, uint32_t entry_size, const char *signature)
{
    uint32_t end = list + long_at(list + 4);

    for (uint32_t at = list + HEADER_SIZE; at + entry_size <= end; at += entry_size) {
        if (entry_size == 8 && long_at(at + 4) != 0) {
            continue;
        }
        if (matches(long_at(at), signature)) {
            return long_at(at);
        }
    }
    return 0;
}

static uint32_t
find_table(uint32_t root, const char *signature)
{
    uint32_t rsdt = long_at(root + 16);

    if (rsdt != 0) {
        return find_table_in(rsdt, 4, signature);
    }
    if (byte_at(root + 15) >= 2 && long_at(root + 28) == 0) {
        return find_table_in(long_at(root + 24), 8, signature);
    }
    return 0;
}

// Entries that are not enabled are CPUs that could be plugged in later: nobody waits for them.
static void
read_madt_entry(struct acpi *acpi, uint32_t entry)
{
    uint32_t id = 0;
    bool enabled = false;

    if (byte_at(entry) == 0) {
        id = byte_at(entry + 3);
        enabled = (long_at(entry + 4) & 1) != 0;
    } else if (byte_at(entry) == 9) {
        id = long_at(entry + 4);
        enabled = (long_at(entry + 8) & 1) != 0;
    }
    if (enabled && id < 255 && acpi->cpus < MAX_CPUS) {
        acpi->apic_ids[acpi->cpus++] = (uint8_t) id;
    }
}

static void
read_madt(struct acpi *acpi, uint32_t madt)
{
    uint32_t end = madt + long_at(madt + 4);
    uint32_t at = madt + HEADER_SIZE + 8;

    acpi->apic_address = long_at(madt + HEADER_SIZE);
    while (at + 2 <= end && byte_at(at + 1) >= 2) {
        read_madt_entry(acpi, at);
        at += byte_at(at + 1);
    }
}

// One element of a package of small numbers; returns the address of the next.
static uint32_t
read_small_number(uint32_t at, uint8_t *number)
{
    if (byte_at(at) == 0x0a) {
        *number = byte_at(at + 1);
        return at + 2;
    }
    *number = byte_at(at) == 0x01 ? 1 : 0;
    return at + 1;
}

// Searches for Name (_S5, Package () { ... }) as bytes; what QEMU's firmware has is always in this form.
static void
read_sleep_types(struct acpi *acpi, uint32_t dsdt)
{
    uint32_t end = dsdt + long_at(dsdt + 4);

    for (uint32_t at = dsdt + HEADER_SIZE; at + 12 <= end; at++) {
        if (matches(at, "_S5_\x12")) {
            uint32_t length_bytes = 1 + (byte_at(at + 5) >> 6);
            uint32_t next = read_small_number(at + 5 + length_bytes + 1, &acpi->sleep_types[0]);

            (void) read_small_number(next, &acpi->sleep_types[1]);
            return;
        }
    }
}

static void
read_fadt(struct acpi *acpi, uint32_t fadt)
{
    bool has_reset = long_at(fadt + 4) >= 129 && (long_at(fadt + 112) & RESET_SUPPORTED) != 0;
    uint32_t dsdt = long_at(fadt + 40);

    acpi->enable_port = word_at(fadt + 48);
    acpi->enable_value = byte_at(fadt + 52);
    for (uint32_t i = 0; i < 2; i++) {
        acpi->event_ports[i] = word_at(fadt + 56 + 4 * i);
        acpi->control_ports[i] = word_at(fadt + 64 + 4 * i);
    }
    acpi->event_length = byte_at(fadt + 88);
    if (has_reset && byte_at(fadt + 116) == 1) {
        acpi->reset_port = word_at(fadt + 120);
        acpi->reset_value = byte_at(fadt + 128);
    }
    if (dsdt != 0 && matches(dsdt, "DSDT")) {
        read_sleep_types(acpi, dsdt);
    }
}

void
acpi_read(struct acpi *acpi)
{
    uint32_t root = find_root_pointer();
    uint32_t madt;
    uint32_t fadt;

    if (root == 0) {
        return;
    }
    acpi->found = true;
    madt = find_table(root, "APIC");
    fadt = find_table(root, "FACP");
    if (madt != 0) {
        read_madt(acpi, madt);
    }
    if (fadt != 0) {
        read_fadt(acpi, fadt);
    }
}
