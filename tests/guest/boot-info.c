// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the multiboot (version 1) information structure.

#include "boot-info.h"

#define PAGE_SIZE 4096u
#define LOADER_MAGIC 0x2badb002u
#define HAS_MEMORY (1u << 0)
#define HAS_COMMAND_LINE (1u << 2)
#define HAS_MAP (1u << 6)
#define USABLE 1

struct multiboot_table {
    uint32_t flags;
    uint32_t lower_kib;
    uint32_t upper_kib;
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t modules[2];
    uint32_t symbols[4];
    uint32_t map_length;
    uint32_t map;
};

struct map_entry {
    uint32_t size; // of what follows
    uint64_t base;
    uint64_t length;
    uint32_t type;
} __attribute__((packed));

extern char kernel_end[];

static void
take_area(struct boot_info *info, uint64_t base, uint64_t length)
{
    uint64_t end = base + length;

    if (base <= info->free_begin && end > info->free_begin) {
        end = end > UINT32_MAX ? UINT32_MAX : end;
        info->free_pages = ((uint32_t) end - info->free_begin) / PAGE_SIZE;
    }
}

static void
read_map(struct boot_info *info, const struct multiboot_table *table)
{
    uint32_t end = table->map + table->map_length;
    uint64_t bytes = 0;

    for (uint32_t at = table->map; at < end;) {
        const struct map_entry *entry = (const struct map_entry *) at;

        if (entry->type == USABLE) {
            bytes += entry->length;
            take_area(info, entry->base, entry->length);
        }
        at += entry->size + sizeof(entry->size);
    }
    info->memory_kib = (uint32_t) (bytes >> 10);
}

// The loader puts the kernel's file name first.
static void
copy_command_line(struct boot_info *info, const char *line)
{
    uint32_t length = 0;

    while (*line != '\0' && *line != ' ') {
        line++;
    }
    while (*line == ' ') {
        line++;
    }
    for (; *line != '\0' && length < COMMAND_LINE_SIZE - 1; line++) {
        info->command_line[length++] = *line;
    }
    info->command_line[length] = '\0';
}

void
boot_info_read(struct boot_info *info, uint32_t magic, uint32_t address)
{
    const struct multiboot_table *table = (const struct multiboot_table *) address;

    if (magic != LOADER_MAGIC) {
        return;
    }
    info->by_multiboot = true;
    info->free_begin = (uint32_t) kernel_end;
    if ((table->flags & HAS_MAP) != 0) {
        read_map(info, table);
    } else if ((table->flags & HAS_MEMORY) != 0) {
        info->memory_kib = table->lower_kib + table->upper_kib;
        take_area(info, 1u << 20, (uint64_t) table->upper_kib << 10);
    }
    if ((table->flags & HAS_COMMAND_LINE) != 0) {
        copy_command_line(info, (const char *) table->command_line);
    }
}
