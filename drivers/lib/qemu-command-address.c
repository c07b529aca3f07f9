// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Placing devices: those with a given address first, the others into free slots.
#include "qemu-command-plan.h"

/* Who sits where on the root bus. */
typedef struct {
    const DomainDevice *owners[DOMAIN_PCI_SLOTS][DOMAIN_PCI_FUNCTIONS];
} Bus;

static gboolean
slot_is_free(const Bus *bus, guint slot)
{
    for (guint function = 0; function < DOMAIN_PCI_FUNCTIONS; function++) {
        if (bus->owners[slot][function] != NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
is_reserved(const QemuMachine *machine, guint slot)
{
    return (machine->reserved_slots & (1u << slot)) != 0;
}

static gboolean
check_given(const QemuMachine *machine, const DomainDevice *device, DomainFindings *findings)
{
    const DomainAddress *address = &device->address;
    g_autofree char *text = domain_address_to_text(address);

    if (address->pci_domain != 0 || address->pci_bus != 0) {
        qemu_plan_report(findings, device, "address", "Use domain 0 and bus 0, or leave the address out.",
                         "%s is not on the root bus, the only one of this machine", text);
        return FALSE;
    }
    if (is_reserved(machine, address->pci_slot)) {
        qemu_plan_report(findings, device, "address", NULL, "slot %u of the root bus belongs to the machine itself",
                         address->pci_slot);
        return FALSE;
    }
    return TRUE;
}

static void
place_given(QemuPlan *plan, Bus *bus, QemuPlannedDevice *row, DomainFindings *findings)
{
    const DomainAddress *address = &row->address;
    const DomainDevice **owner = &bus->owners[address->pci_slot][address->pci_function];

    if (!check_given(plan->machine, row->device, findings)) {
        return;
    }
    if (*owner != NULL) {
        g_autofree char *text = domain_address_to_text(address);

        qemu_plan_report(findings, row->device, "address", NULL, "the device of line %u is at %s already",
                         (*owner)->line, text);
        return;
    }
    *owner = row->device;
}

/* A card that asks for nothing gets its usual slot; others leave that one alone, whether there is a card or not. */
static guint
find_slot(const QemuMachine *machine, const Bus *bus, QemuDeviceKind kind)
{
    if (kind == QEMU_DEVICE_VIDEO && machine->video_slot > 0 && slot_is_free(bus, machine->video_slot)) {
        return machine->video_slot;
    }
    for (guint slot = 0; slot < DOMAIN_PCI_SLOTS; slot++) {
        if (!is_reserved(machine, slot) && slot != machine->video_slot && slot_is_free(bus, slot)) {
            return slot;
        }
    }
    return DOMAIN_PCI_SLOTS;
}

static void
place_free(QemuPlan *plan, Bus *bus, QemuPlannedDevice *row, DomainFindings *findings)
{
    guint slot = find_slot(plan->machine, bus, row->kind);

    if (slot == DOMAIN_PCI_SLOTS) {
        qemu_plan_report(findings, row->device, NULL, NULL, "no slot of the root bus is left for this device");
        return;
    }
    row->address.type = DOMAIN_ADDRESS_PCI;
    row->address.pci_slot = slot;
    bus->owners[slot][0] = row->device;
}

static void
check_drives(const QemuPlan *plan, const QemuPlannedDevice *row, guint before, DomainFindings *findings)
{
    for (guint i = 0; i < before; i++) {
        const QemuPlannedDevice *other = g_ptr_array_index(plan->devices, i);
        const DomainDisk *disk = (const DomainDisk *) row->device;
        const DomainDisk *taken = (const DomainDisk *) other->device;

        if (other->kind == QEMU_DEVICE_DISK && taken->bus == disk->bus &&
            domain_address_equal(&other->address, &row->address)) {
            g_autofree char *text = domain_address_to_text(&row->address);

            qemu_plan_report(findings, row->device, "address", NULL, "the disk of line %u is at %s already",
                             other->device->line, text);
            return;
        }
    }
}

void
qemu_plan_place(QemuPlan *plan, DomainFindings *findings)
{
    Bus bus = {0};

    for (guint i = 0; i < plan->devices->len; i++) {
        QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);

        if (row->on_pci && plan->machine->root_bus == NULL) {
            qemu_plan_report(findings, row->device, NULL, NULL,
                             "the device needs a PCI bus, and this machine has none");
        } else if (row->on_pci && row->address.type == DOMAIN_ADDRESS_PCI) {
            place_given(plan, &bus, row, findings);
        } else if (row->kind == QEMU_DEVICE_DISK && !row->on_pci) {
            check_drives(plan, row, i, findings);
        }
    }
    for (guint i = 0; plan->machine->root_bus != NULL && i < plan->devices->len; i++) {
        QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);

        if (row->on_pci && row->address.type == DOMAIN_ADDRESS_NONE) {
            place_free(plan, &bus, row, findings);
        }
    }
}
