// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers that the assembly and the C of the guest share.

#pragma once

#define CODE_SEGMENT 0x08
#define DATA_SEGMENT 0x10
#define MAX_CPUS 64
#define STACK_SIZE 4096
#define TRAMPOLINE 0x8000 /* a free page: the loader's multiboot information begins at 0x9000 under QEMU */
#define VECTORS 64
#define ENTRY_SIZE 16
#define NMI_VECTOR 2
