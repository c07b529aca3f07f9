// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Aliases, addresses and resolved settings of devices, as they are in the running machine.
#include "qemu-live-xml-device.h"

#include "qemu-live-xml-tree.h"

static void
set_hex(xmlNode *node, const char *attribute, guint value, int digits)
{
    g_autofree char *text = g_strdup_printf("0x%0*x", digits, value);

    qemu_live_set(node, attribute, text);
}

static void
write_address(xmlNode *node, const DomainAddress *address)
{
    xmlNode *element;

    if (address->type == DOMAIN_ADDRESS_NONE) {
        return;
    }
    element = qemu_live_child(node, "address");
    if (address->type == DOMAIN_ADDRESS_PCI) {
        qemu_live_set(element, "type", "pci");
        set_hex(element, "domain", address->pci_domain, 4);
        set_hex(element, "bus", address->pci_bus, 2);
        set_hex(element, "slot", address->pci_slot, 2);
        set_hex(element, "function", address->pci_function, 1);
    } else {
        qemu_live_set(element, "type", "drive");
        qemu_live_set_number(element, "controller", address->drive_controller);
        qemu_live_set_number(element, "bus", address->drive_bus);
        qemu_live_set_number(element, "target", 0);
        qemu_live_set_number(element, "unit", address->drive_unit);
    }
}

static void
write_interface(xmlNode *node, const QemuPlan *plan, const QemuPlannedDevice *row, const QemuLiveFacts *facts)
{
    static const char *const models[] = {
        [DOMAIN_INTERFACE_VIRTIO] = "virtio", [DOMAIN_INTERFACE_E1000] = "e1000",
        [DOMAIN_INTERFACE_E1000E] = "e1000e", [DOMAIN_INTERFACE_RTL8139] = "rtl8139",
    };

    const DomainInterface *interface = (const DomainInterface *) row->device;
    const char *target = facts->targets != NULL ? g_hash_table_lookup(facts->targets, row->alias) : NULL;

    qemu_live_set(qemu_live_child(node, "mac"), "address", interface->mac);
    qemu_live_set(qemu_live_child(node, "model"), "type", models[qemu_plan_interface_model(plan, interface)]);
    if (target != NULL) {
        qemu_live_set(qemu_live_child(node, "target"), "dev", target);
    }
}

static const char *
find_pty(const QemuLiveFacts *facts, const char *alias)
{
    return facts->ptys != NULL ? g_hash_table_lookup(facts->ptys, alias) : NULL;
}

static void
write_source(xmlNode *node, const DomainSerial *serial, const char *pty)
{
    const char *path = serial->type == DOMAIN_CHARACTER_PTY ? pty : serial->path;

    qemu_live_set(node, "type", serial->type == DOMAIN_CHARACTER_PTY ? "pty" : "file");
    if (path != NULL) {
        qemu_live_set(qemu_live_child(node, "source"), "path", path);
    }
    if (serial->append != DOMAIN_SWITCH_DEFAULT) {
        qemu_live_set(qemu_live_child(node, "source"), "append",
                      serial->append == DOMAIN_SWITCH_ON ? "on" : "off");
    }
}

static void
write_serial(xmlNode *node, const QemuPlan *plan, const QemuPlannedDevice *row, const QemuLiveFacts *facts)
{
    const DomainSerial *serial = (const DomainSerial *) row->device;
    xmlNode *target = qemu_live_child(node, "target");

    write_source(node, serial, find_pty(facts, row->alias));
    qemu_live_set_number(target, "port", serial->port);
    if (plan->machine->serial == QEMU_SERIAL_ISA) {
        qemu_live_set(target, "type", "isa-serial");
        qemu_live_set(qemu_live_child(target, "model"), "name", "isa-serial");
    }
}

static void
write_console(xmlNode *node, const QemuPlan *plan, const QemuPlannedDevice *row, const QemuLiveFacts *facts)
{
    const DomainConsole *console = (const DomainConsole *) row->device;
    const QemuPlannedDevice *serial = qemu_plan_find(plan, &console->serial->device);
    const char *pty = find_pty(facts, serial->alias);
    xmlNode *target = qemu_live_child(node, "target");

    write_source(node, console->serial, pty);
    if (pty != NULL && console->serial->type == DOMAIN_CHARACTER_PTY) {
        qemu_live_set(node, "tty", pty);
    }
    qemu_live_set(target, "type", "serial");
    qemu_live_set_number(target, "port", console->serial->port);
}

static void
write_video(xmlNode *node, const QemuPlan *plan)
{
    static const char *const models[] = {
        [DOMAIN_VIDEO_VGA] = "vga", [DOMAIN_VIDEO_CIRRUS] = "cirrus", [DOMAIN_VIDEO_VIRTIO] = "virtio",
    };

    qemu_live_set(qemu_live_child(node, "model"), "type", models[plan->video]);
}

/* Devices that no element asks for. */
static xmlNode *
add_element(xmlNode *devices, QemuDeviceKind kind)
{
    switch (kind) {
    case QEMU_DEVICE_SERIAL:
        return qemu_live_add_child(devices, "serial");
    case QEMU_DEVICE_VIDEO:
        return qemu_live_add_child(devices, "video");
    case QEMU_DEVICE_BALLOON:
        return qemu_live_add_child(devices, "memballoon");
    case QEMU_DEVICE_DISK:
    case QEMU_DEVICE_INTERFACE:
    case QEMU_DEVICE_CONSOLE:
    case QEMU_DEVICE_RNG:
    case QEMU_DEVICE_CONTROLLER:
    case QEMU_DEVICE_INPUT:
    default:
        return NULL;
    }
}

static void
write_settings(xmlNode *node, const QemuPlan *plan, const QemuPlannedDevice *row, const QemuLiveFacts *facts)
{
    switch (row->kind) {
    case QEMU_DEVICE_INTERFACE:
        write_interface(node, plan, row, facts);
        break;
    case QEMU_DEVICE_SERIAL:
        write_serial(node, plan, row, facts);
        break;
    case QEMU_DEVICE_CONSOLE:
        write_console(node, plan, row, facts);
        break;
    case QEMU_DEVICE_VIDEO:
        write_video(node, plan);
        break;
    case QEMU_DEVICE_BALLOON:
        qemu_live_set(node, "model", "virtio");
        break;
    case QEMU_DEVICE_DISK:
    case QEMU_DEVICE_RNG:
    case QEMU_DEVICE_CONTROLLER:
    case QEMU_DEVICE_INPUT:
    default:
        break;
    }
}

void
qemu_live_write_device(xmlNode *devices, const QemuPlan *plan, const QemuPlannedDevice *row,
                       const QemuLiveFacts *facts)
{
    xmlNode *node = row->device->node != NULL ? row->device->node : add_element(devices, row->kind);

    if (node == NULL) {
        return;
    }
    write_settings(node, plan, row, facts);
    qemu_live_set(qemu_live_child(node, "alias"), "name", row->alias);
    write_address(node, &row->address);
}

/* autoport='yes' beside the port says that the next start may find another one. */
void
qemu_live_write_graphics(const DomainGraphics *graphics, const QemuLiveFacts *facts)
{
    xmlNode *node = graphics->device.node;

    if (graphics->port < 0) {
        qemu_live_set(node, "autoport", "yes");
    }
    if (graphics->port < 0 && facts->vnc_port > 0) {
        qemu_live_set_number(node, "port", facts->vnc_port);
    }
    if (graphics->listen == NULL) {
        qemu_live_set(node, "listen", "127.0.0.1");
    }
}
