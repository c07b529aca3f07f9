// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of QEMU's machine families. A new one is a row here.
#include "qemu-command-machine.h"

#define SLOT(number) (1u << (number))
#define PATTERNS 10

typedef struct {
    const char *architectures[4];    /* libvirt's names; ends with NULL */
    const char *patterns[PATTERNS];  /* of machine types; ends with NULL */
    QemuMachine machine;
} Family;

/* For each architecture the family of its usual machine comes first. */
static const Family families[] = {
    {
        /* Slot 1 has the ISA bridge, IDE, USB and power management, slot 2 the graphics card by old habit. */
        {"x86_64", "i686", NULL},
        {"pc", "pc-i440fx-*", NULL},
        {.usual = "pc", .root_bus = "pci.0", .reserved_slots = SLOT(0) | SLOT(1), .video_slot = 2, .ide_buses = 2,
         .disk_controller_slot = 1, .disk_controller_function = 1, .serial = QEMU_SERIAL_ISA, .serial_ports = 4,
         .x86 = TRUE, .acpi_switch = TRUE},
    },
    {
        /* Slot 31 has the ISA bridge, SATA and SMBus. */
        {"x86_64", "i686", NULL},
        {"q35", "pc-q35-*", NULL},
        {.usual = "q35", .root_bus = "pcie.0", .reserved_slots = SLOT(0) | SLOT(31), .video_slot = 1, .sata_ports = 6,
         .disk_controller_slot = 31, .disk_controller_function = 2, .serial = QEMU_SERIAL_ISA, .serial_ports = 4,
         .x86 = TRUE, .acpi_switch = TRUE},
    },
    {
        {"aarch64", "armv7l", NULL},
        {"virt", "virt-*", NULL},
        {.usual = "virt", .root_bus = "pcie.0", .reserved_slots = SLOT(0), .serial = QEMU_SERIAL_BUILTIN,
         .serial_ports = 1, .acpi_switch = TRUE},
    },
    {
        {"riscv64", "riscv32", NULL},
        {"virt", NULL},
        {.usual = "virt", .root_bus = "pcie.0", .reserved_slots = SLOT(0), .serial = QEMU_SERIAL_BUILTIN,
         .serial_ports = 1},
    },
    {
        {"sparc", NULL},
        {"SS-5", "SS-4", "SS-10", "SS-20", "SS-600MP", "LX", "SPARCClassic", "SPARCbook", "Voyager", NULL},
        {.usual = "SS-5", .serial = QEMU_SERIAL_BUILTIN, .serial_ports = 2},
    },
};

static gboolean
serves(const Family *family, const char *architecture)
{
    return g_strv_contains(family->architectures, architecture);
}

static gboolean
matches(const Family *family, const char *machine)
{
    for (guint i = 0; machine != NULL && family->patterns[i] != NULL; i++) {
        if (g_pattern_match_simple(family->patterns[i], machine)) {
            return TRUE;
        }
    }
    return machine == NULL;
}

const QemuMachine *
qemu_machine_find(const char *architecture, const char *machine)
{
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
        if (serves(&families[i], architecture) && matches(&families[i], machine)) {
            return &families[i].machine;
        }
    }
    return NULL;
}

char *
qemu_machine_list(const char *architecture)
{
    GString *list = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
        for (guint j = 0; serves(&families[i], architecture) && families[i].patterns[j] != NULL; j++) {
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", families[i].patterns[j]);
        }
    }
    return g_string_free(list, FALSE);
}

char *
qemu_emulator_name(const char *architecture)
{
    static const struct {
        const char *architecture;
        const char *suffix;
    } others[] = {
        {"i686", "i386"}, {"armv7l", "arm"}, {"ppc64le", "ppc64"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        if (g_strcmp0(others[i].architecture, architecture) == 0) {
            return g_strconcat("qemu-system-", others[i].suffix, NULL);
        }
    }
    return g_strconcat("qemu-system-", architecture, NULL);
}

const char *
qemu_usual_cpu(const char *architecture)
{
    if (g_strcmp0(architecture, "x86_64") == 0) {
        return "qemu64";
    }
    return g_strcmp0(architecture, "i686") == 0 ? "qemu32" : NULL;
}
