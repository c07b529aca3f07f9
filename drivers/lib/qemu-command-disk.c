// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Disks on the command line: a node for the file, a node for its format, a device that the guest sees.
#include "qemu-command-private.h"

/* Nodes are named after the disk's target, so that they are the same for a person and after every start. */
static char *
file_node(const DomainDisk *disk)
{
    return g_strdup_printf("disk-%s-file", disk->target);
}

static char *
format_node(const DomainDisk *disk)
{
    return g_strdup_printf("disk-%s", disk->target);
}

/* Both nodes get the same, as in libvirt. */
static void
set_cache(JsonObject *node, const DomainDisk *disk)
{
    gboolean direct = disk->cache == DOMAIN_CACHE_NONE || disk->cache == DOMAIN_CACHE_DIRECTSYNC;
    JsonObject *cache;

    if (disk->cache == DOMAIN_CACHE_DEFAULT) {
        return;
    }
    cache = json_object_new();
    json_object_set_boolean_member(cache, "direct", direct);
    json_object_set_boolean_member(cache, "no-flush", disk->cache == DOMAIN_CACHE_UNSAFE);
    json_object_set_object_member(node, "cache", cache);
}

static void
add_file_node(QemuCommandBuilder *builder, const DomainDisk *disk)
{
    static const char *const engines[] = {
        [DOMAIN_IO_THREADS] = "threads", [DOMAIN_IO_NATIVE] = "native", [DOMAIN_IO_URING] = "io_uring",
    };
    JsonObject *node = json_object_new();
    g_autofree char *name = file_node(disk);

    json_object_set_string_member(node, "driver", "file");
    json_object_set_string_member(node, "filename", disk->source);
    json_object_set_string_member(node, "node-name", name);
    json_object_set_boolean_member(node, "auto-read-only", TRUE);
    json_object_set_string_member(node, "discard", "unmap");
    if (disk->io != DOMAIN_IO_DEFAULT) {
        json_object_set_string_member(node, "aio", engines[disk->io]);
    }
    set_cache(node, disk);
    qemu_arguments_take_json(builder, "-blockdev", node);
}

static void
add_format_node(QemuCommandBuilder *builder, const DomainDisk *disk)
{
    JsonObject *node = json_object_new();
    g_autofree char *name = format_node(disk);
    g_autofree char *file = file_node(disk);

    json_object_set_string_member(node, "driver", disk->format == DOMAIN_DISK_QCOW2 ? "qcow2" : "raw");
    json_object_set_string_member(node, "node-name", name);
    json_object_set_boolean_member(node, "read-only", disk->read_only);
    if (disk->discard != DOMAIN_DISCARD_DEFAULT) {
        json_object_set_string_member(node, "discard", disk->discard == DOMAIN_DISCARD_UNMAP ? "unmap" : "ignore");
    }
    set_cache(node, disk);
    json_object_set_string_member(node, "file", file);
    qemu_arguments_take_json(builder, "-blockdev", node);
}

static const char *
device_driver(const DomainDisk *disk)
{
    if (disk->bus == DOMAIN_DISK_BUS_VIRTIO) {
        return "virtio-blk-pci";
    }
    return disk->type == DOMAIN_DISK_CDROM ? "ide-cd" : "ide-hd";
}

/* Each port of AHCI is an IDE bus with one unit. */
static void
set_drive_place(JsonObject *object, const DomainDisk *disk, const DomainAddress *address)
{
    gboolean ide = disk->bus == DOMAIN_DISK_BUS_IDE;
    g_autofree char *bus = g_strdup_printf("ide.%u", ide ? address->drive_bus : address->drive_unit);

    json_object_set_string_member(object, "bus", bus);
    if (ide) {
        json_object_set_int_member(object, "unit", address->drive_unit);
    }
}

static void
add_device(QemuCommandBuilder *builder, const DomainDisk *disk)
{
    const QemuPlannedDevice *row = qemu_plan_find(builder->plan, &disk->device);
    JsonObject *object = qemu_device_object(builder, device_driver(disk), row);
    gboolean through = disk->cache == DOMAIN_CACHE_WRITETHROUGH || disk->cache == DOMAIN_CACHE_DIRECTSYNC;

    if (row->address.type == DOMAIN_ADDRESS_DRIVE) {
        set_drive_place(object, disk, &row->address);
    }
    if (disk->source != NULL) {
        g_autofree char *node = format_node(disk);

        json_object_set_string_member(object, "drive", node);
    }
    if (disk->source != NULL && disk->cache != DOMAIN_CACHE_DEFAULT) {
        json_object_set_string_member(object, "write-cache", through ? "off" : "on");
    }
    if (disk->serial != NULL) {
        json_object_set_string_member(object, "serial", disk->serial);
    }
    qemu_arguments_take_json(builder, "-device", object);
}

void
qemu_command_add_disks(QemuCommandBuilder *builder)
{
    const GPtrArray *disks = builder->definition->disks;

    for (guint i = 0; i < disks->len; i++) {
        const DomainDisk *disk = g_ptr_array_index(disks, i);

        if (disk->source != NULL) {
            add_file_node(builder, disk);
            add_format_node(builder, disk);
        }
        add_device(builder, disk);
    }
}
