// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the multiboot loader told the guest: its memory and its command line.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_LINE_SIZE 1024

struct boot_info {
    bool by_multiboot;
    uint32_t memory_kib;                   // usable memory in all
    uint32_t free_begin;                   // page-aligned memory after the kernel and below 4 GiB that nobody else uses
    uint32_t free_pages;
    char command_line[COMMAND_LINE_SIZE];  // without the kernel's own name, cut off when longer
};

// Copies what matters, since the loader's tables lie in memory that the guest then overwrites.
void boot_info_read(struct boot_info *info, uint32_t magic, uint32_t address);
