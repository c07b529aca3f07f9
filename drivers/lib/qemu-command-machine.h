// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the command line has to know of QEMU's architectures and machine types.
#pragma once

#include <glib.h>

typedef enum { QEMU_SERIAL_ISA, QEMU_SERIAL_BUILTIN } QemuSerialKind;

/* A family of machine types. Constant; strings and tables live as long as the program. */
typedef struct {
    const char *usual;                /* machine type when none is asked for */
    const char *root_bus;             /* "pci.0", "pcie.0"; NULL: no PCI that a device could be placed on */
    guint32 reserved_slots;           /* bit N: slot N of the root bus is taken by the machine */
    guint video_slot;                 /* kept for the graphics card; 0: it may be anywhere */
    guint ide_buses;                  /* with two units each; 0: no IDE */
    guint sata_ports;                 /* 0: no SATA */
    guint disk_controller_slot;       /* of the IDE or SATA controller on the root bus */
    guint disk_controller_function;
    QemuSerialKind serial;
    guint serial_ports;
    gboolean x86;
    gboolean acpi_switch;             /* -machine acpi=on|off exists */
} QemuMachine;

/* The family of `machine` ("pc-i440fx-7.2"; NULL: the usual one) for `architecture`; NULL: not known. */
const QemuMachine *qemu_machine_find(const char *architecture, const char *machine);

/* Machine types known for the architecture, for a message ("pc, pc-i440fx-*, ..."), "" for none; to be freed. */
char *qemu_machine_list(const char *architecture);

/* Name of the emulator program, "qemu-system-x86_64"; to be freed. */
char *qemu_emulator_name(const char *architecture);

/* The CPU that a definition without a model gets, when it has to be named; NULL: only the machine knows. */
const char *qemu_usual_cpu(const char *architecture);
