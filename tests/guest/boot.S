// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What C cannot say: the multiboot header, the first instructions of each CPU, and the interrupt entries.

#include "layout.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x3 /* page-aligned modules, memory information */

    .section .multiboot, "a"
    .align 4
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .text
    .code32
    .globl start
start:
    cli
    cld
    lgdt gdt_pointer
    ljmp $CODE_SEGMENT, $flat
flat:
    movw $DATA_SEGMENT, %dx
    movw %dx, %ss
    movl $(boot_stack + STACK_SIZE), %esp
    call load_data_segments
    pushl %ebx
    pushl %eax
    call guest_main
stopped:
    cli
    hlt
    jmp stopped

load_data_segments:
    movw $DATA_SEGMENT, %dx
    movw %dx, %ds
    movw %dx, %es
    movw %dx, %fs
    movw %dx, %gs
    ret

// The other CPUs start here in real mode, at TRAMPOLINE, where a copy of these bytes was put.
    .code16
    .globl trampoline
trampoline:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl trampoline_gdt_pointer - trampoline
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $CODE_SEGMENT, $other_cpu
    .align 4
trampoline_gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt
trampoline_end:

    .code32
other_cpu:
    movw $DATA_SEGMENT, %dx
    movw %dx, %ds
    movw %dx, %ss
    movl $1, %eax
    lock xaddl %eax, next_cpu
    cmpl $MAX_CPUS, %eax
    jae stopped
    movl %eax, %ecx
    imull $STACK_SIZE, %ecx
    leal boot_stack + STACK_SIZE(%ecx), %esp
    pushl %eax
    call load_data_segments
    call other_cpu_main
    jmp stopped

// One entry for each vector; exceptions are never returned from (but the NMI), so their error codes do no harm.
    .set vector, 0
    .align ENTRY_SIZE
    .globl interrupt_entries
interrupt_entries:
    .rept VECTORS
    .align ENTRY_SIZE
    pushl $vector
    jmp interrupt_common
    .set vector, vector + 1
    .endr

interrupt_common:
    pushal
    cld
    pushl 32(%esp)
    call interrupt
    addl $4, %esp
    popal
    cmpl $NMI_VECTOR, (%esp)
    leal 4(%esp), %esp
    je return_from_nmi
// No IRET: KVM's instruction emulator, which runs all 32-bit code where the CPU cannot, does not know it.
    pushl 8(%esp)
    popfl
    ret $8
// Only IRET lets the next NMI in.
return_from_nmi:
    iret

    .data
    .align 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff
    .quad 0x00cf92000000ffff
gdt_end:
gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt

    .align 4
next_cpu:
    .long 1
    .globl trampoline_size
trampoline_size:
    .long trampoline_end - trampoline

    .bss
    .align 16
boot_stack:
    .skip STACK_SIZE * MAX_CPUS

    .section .note.GNU-stack, "", @progbits
