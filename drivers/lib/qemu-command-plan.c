// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Naming the devices of a machine and choosing what it boots from.
#include "qemu-command-plan.h"

#include <string.h>

#include "domain-xml.h"

#define DEVICES_PATH "domain/devices"

static void
planned_device_free(gpointer data)
{
    QemuPlannedDevice *row = data;

    g_free(row->alias);
    g_free(row);
}

void
qemu_plan_free(QemuPlan *plan)
{
    if (plan == NULL) {
        return;
    }
    g_ptr_array_unref(plan->devices);
    g_free(plan);
}

void
qemu_plan_report(DomainFindings *findings, const DomainDevice *device, const char *part, const char *hint,
                 const char *format, ...)
{
    g_autofree char *element = device->node != NULL ? domain_xml_path(device->node, NULL) : g_strdup(DEVICES_PATH);
    g_autofree char *path = part != NULL ? g_strconcat(element, "/", part, NULL) : g_strdup(element);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    domain_findings_add(findings, device->line, "element-unsupported", path, hint, "%s", message);
}

/* Takes `alias`. The user's own name wins. */
static QemuPlannedDevice *
add_device(QemuPlan *plan, QemuDeviceKind kind, const DomainDevice *device, gboolean on_pci, char *alias)
{
    QemuPlannedDevice *row = g_new0(QemuPlannedDevice, 1);

    row->device = device;
    row->kind = kind;
    row->on_pci = on_pci;
    row->address = device->address;
    row->alias = device->user_alias != NULL ? g_strdup(device->user_alias) : g_strdup(alias);
    g_free(alias);
    g_ptr_array_add(plan->devices, row);
    return row;
}

/* libvirt's rule: IDE disks are named hda to hdd after their bus and unit, SATA disks after their port. */
static void
place_drive(DomainAddress *address, const DomainDisk *disk)
{
    if (address->type == DOMAIN_ADDRESS_DRIVE) {
        return;
    }
    address->type = DOMAIN_ADDRESS_DRIVE;
    address->drive_bus = disk->bus == DOMAIN_DISK_BUS_IDE ? disk->target_index / 2 : 0;
    address->drive_unit = disk->bus == DOMAIN_DISK_BUS_IDE ? disk->target_index % 2 : disk->target_index;
}

static void
add_disk(QemuPlan *plan, const DomainDisk *disk)
{
    DomainAddress address = disk->device.address;
    char *alias;

    if (disk->bus == DOMAIN_DISK_BUS_VIRTIO) {
        alias = g_strdup_printf("virtio-disk%u", disk->target_index);
        (void) add_device(plan, QEMU_DEVICE_DISK, &disk->device, TRUE, alias);
        return;
    }
    place_drive(&address, disk);
    alias = g_strdup_printf("%s%u-%u-%u", disk->bus == DOMAIN_DISK_BUS_IDE ? "ide" : "sata", address.drive_controller,
                            address.drive_bus, address.drive_unit);
    add_device(plan, QEMU_DEVICE_DISK, &disk->device, FALSE, alias)->address = address;
}

static void
add_numbered(QemuPlan *plan, QemuDeviceKind kind, const GPtrArray *list, gboolean on_pci, const char *name)
{
    for (guint i = 0; i < list->len; i++) {
        (void) add_device(plan, kind, g_ptr_array_index(list, i), on_pci, g_strdup_printf("%s%u", name, i));
    }
}

/* A console is no device of its own: it shares the name of its port. */
static void
add_consoles(QemuPlan *plan, const GPtrArray *consoles)
{
    for (guint i = 0; i < consoles->len; i++) {
        const DomainConsole *console = g_ptr_array_index(consoles, i);
        const QemuPlannedDevice *serial = qemu_plan_find(plan, &console->serial->device);

        (void) add_device(plan, QEMU_DEVICE_CONSOLE, &console->device, FALSE, g_strdup(serial->alias));
    }
}

static void
add_controllers(QemuPlan *plan, const GPtrArray *controllers)
{
    static const char *const names[] = {
        [DOMAIN_CONTROLLER_PCI_ROOT] = "pci.0", [DOMAIN_CONTROLLER_PCIE_ROOT] = "pcie.0",
        [DOMAIN_CONTROLLER_USB_NONE] = "usb", [DOMAIN_CONTROLLER_IDE] = "ide", [DOMAIN_CONTROLLER_SATA] = "ide",
    };

    for (guint i = 0; i < controllers->len; i++) {
        const DomainController *controller = g_ptr_array_index(controllers, i);

        (void) add_device(plan, QEMU_DEVICE_CONTROLLER, &controller->device, FALSE, g_strdup(names[controller->type]));
    }
}

/* As in libvirt: who asks for a screen and for no card gets one. */
static DomainVideoModel
resolve_video(const DomainDefinition *definition, const QemuMachine *machine)
{
    if (definition->video.model != DOMAIN_VIDEO_DEFAULT) {
        return definition->video.model;
    }
    if (definition->graphics->len == 0 || machine->root_bus == NULL) {
        return DOMAIN_VIDEO_NONE;
    }
    return machine->x86 ? DOMAIN_VIDEO_CIRRUS : DOMAIN_VIDEO_VIRTIO;
}

DomainInterfaceModel
qemu_plan_interface_model(const QemuPlan *plan, const DomainInterface *interface)
{
    if (interface->model != DOMAIN_INTERFACE_DEFAULT) {
        return interface->model;
    }
    return plan->machine->x86 ? DOMAIN_INTERFACE_RTL8139 : DOMAIN_INTERFACE_VIRTIO;
}

gboolean
qemu_plan_wants_balloon(const DomainDefinition *definition, const QemuMachine *machine)
{
    return definition->balloon.model == DOMAIN_BALLOON_VIRTIO ||
           (definition->balloon.model == DOMAIN_BALLOON_DEFAULT && machine->root_bus != NULL);
}

/* The order is that in which free slots are given out, and close to libvirt's. */
static void
add_devices(QemuPlan *plan, const DomainDefinition *definition)
{
    if (plan->video != DOMAIN_VIDEO_NONE) {
        (void) add_device(plan, QEMU_DEVICE_VIDEO, &definition->video.device, TRUE, g_strdup("video0"));
    }
    add_numbered(plan, QEMU_DEVICE_INTERFACE, definition->interfaces, TRUE, "net");
    for (guint i = 0; i < definition->disks->len; i++) {
        add_disk(plan, g_ptr_array_index(definition->disks, i));
    }
    if (plan->balloon) {
        (void) add_device(plan, QEMU_DEVICE_BALLOON, &definition->balloon.device, TRUE, g_strdup("balloon0"));
    }
    add_numbered(plan, QEMU_DEVICE_RNG, definition->rngs, TRUE, "rng");
    add_numbered(plan, QEMU_DEVICE_SERIAL, definition->serials, FALSE, "serial");
    add_consoles(plan, definition->consoles);
    add_controllers(plan, definition->controllers);
    add_numbered(plan, QEMU_DEVICE_INPUT, definition->inputs, FALSE, "input");
}

static void
check_aliases(const QemuPlan *plan, DomainFindings *findings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < plan->devices->len; i++) {
        const QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);

        if (row->kind != QEMU_DEVICE_CONSOLE && row->device->user_alias != NULL &&
            !g_hash_table_add(seen, row->alias)) {
            qemu_plan_report(findings, row->device, "alias", NULL, "two devices have the alias '%s'", row->alias);
        }
    }
}

static gboolean
boots_from(const QemuPlannedDevice *row, DomainBoot boot)
{
    const DomainDisk *disk = (const DomainDisk *) row->device;

    if (boot == DOMAIN_BOOT_NETWORK) {
        return row->kind == QEMU_DEVICE_INTERFACE;
    }
    return row->kind == QEMU_DEVICE_DISK && (disk->type == DOMAIN_DISK_CDROM) == (boot == DOMAIN_BOOT_CDROM);
}

/* <os><boot dev='...'/>: the first device of each kind. */
static void
boot_by_kind(QemuPlan *plan, DomainBoot boot, guint boot_index)
{
    for (guint i = 0; i < plan->devices->len; i++) {
        QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);

        if (boots_from(row, boot)) {
            row->boot_index = boot_index;
            return;
        }
    }
}

/* <boot order='N'/> in devices. Returns how many have one. */
static guint
boot_by_order(QemuPlan *plan, DomainFindings *findings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    guint count = 0;

    for (guint i = 0; i < plan->devices->len; i++) {
        QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);
        guint order = row->device->boot_order;

        if (order > 0 && !g_hash_table_add(seen, GUINT_TO_POINTER(order))) {
            qemu_plan_report(findings, row->device, "boot", NULL, "two devices have the boot order %u", order);
        }
        row->boot_index = order;
        count += order > 0 ? 1 : 0;
    }
    return count;
}

/* Without any choice it is the first hard disk, as in libvirt. */
static void
plan_boot(QemuPlan *plan, const DomainDefinition *definition, DomainFindings *findings)
{
    const DomainOs *os = &definition->os;

    if (boot_by_order(plan, findings) > 0) {
        if (os->boot_count > 0) {
            domain_findings_add(findings, os->boot_line, "invalid-xml", "domain/os/boot", "Keep one of the two ways.",
                                "the boot order is given here and in devices");
        }
        return;
    }
    for (guint i = 0; i < os->boot_count; i++) {
        boot_by_kind(plan, os->boot[i], i + 1);
    }
    if (os->boot_count == 0) {
        boot_by_kind(plan, DOMAIN_BOOT_DISK, 1);
    }
}

QemuPlan *
qemu_plan_new(const DomainDefinition *definition, const QemuMachine *machine, DomainFindings *findings)
{
    QemuPlan *plan = g_new0(QemuPlan, 1);

    plan->machine = machine;
    plan->devices = g_ptr_array_new_with_free_func(planned_device_free);
    plan->video = resolve_video(definition, machine);
    plan->balloon = qemu_plan_wants_balloon(definition, machine);
    add_devices(plan, definition);
    check_aliases(plan, findings);
    plan_boot(plan, definition, findings);
    qemu_plan_place(plan, findings);
    return plan;
}

const QemuPlannedDevice *
qemu_plan_find(const QemuPlan *plan, const DomainDevice *device)
{
    for (guint i = 0; i < plan->devices->len; i++) {
        const QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);

        if (row->device == device) {
            return row;
        }
    }
    return NULL;
}

const QemuPlannedDevice *
qemu_plan_find_alias(const QemuPlan *plan, const char *alias)
{
    for (guint i = 0; i < plan->devices->len; i++) {
        const QemuPlannedDevice *row = g_ptr_array_index(plan->devices, i);

        if (row->kind != QEMU_DEVICE_CONSOLE && strcmp(row->alias, alias) == 0) {
            return row;
        }
    }
    return NULL;
}
