// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <disk>: images in files on virtio, IDE and SATA.
#include <string.h>

#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

static const DomainWord device_words[] = {
    {"disk", DOMAIN_DISK_DISK}, {"cdrom", DOMAIN_DISK_CDROM}, {NULL, 0},
};

static const DomainWord bus_words[] = {
    {"virtio", DOMAIN_DISK_BUS_VIRTIO}, {"ide", DOMAIN_DISK_BUS_IDE}, {"sata", DOMAIN_DISK_BUS_SATA}, {NULL, 0},
};

static const DomainWord format_words[] = {{"raw", DOMAIN_DISK_RAW}, {"qcow2", DOMAIN_DISK_QCOW2}, {NULL, 0}};

static const DomainWord cache_words[] = {
    {"default", DOMAIN_CACHE_DEFAULT},         {"none", DOMAIN_CACHE_NONE},
    {"writethrough", DOMAIN_CACHE_WRITETHROUGH}, {"writeback", DOMAIN_CACHE_WRITEBACK},
    {"directsync", DOMAIN_CACHE_DIRECTSYNC},   {"unsafe", DOMAIN_CACHE_UNSAFE},
    {NULL, 0},
};

static const DomainWord io_words[] = {
    {"threads", DOMAIN_IO_THREADS}, {"native", DOMAIN_IO_NATIVE}, {"io_uring", DOMAIN_IO_URING}, {NULL, 0},
};

static const DomainWord discard_words[] = {
    {"unmap", DOMAIN_DISCARD_UNMAP}, {"ignore", DOMAIN_DISCARD_IGNORE}, {NULL, 0},
};

static void
parse_driver(DomainDefinition *definition, xmlNode *element, DomainDisk *disk)
{
    static const DomainWord names[] = {{"qemu", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, element, "driver");

    if (node == NULL) {
        return;
    }
    (void) domain_take_word(definition, node, "name", names, 0);
    disk->format = (DomainDiskFormat) domain_take_word(definition, node, "type", format_words, DOMAIN_DISK_RAW);
    disk->cache = (DomainCache) domain_take_word(definition, node, "cache", cache_words, DOMAIN_CACHE_DEFAULT);
    disk->io = (DomainIo) domain_take_word(definition, node, "io", io_words, DOMAIN_IO_DEFAULT);
    disk->discard = (DomainDiscard) domain_take_word(definition, node, "discard", discard_words,
                                                     DOMAIN_DISCARD_DEFAULT);
    if (disk->io == DOMAIN_IO_NATIVE && disk->cache != DOMAIN_CACHE_NONE && disk->cache != DOMAIN_CACHE_DIRECTSYNC) {
        domain_report(definition, node, "io", "invalid-xml", "Add cache='none' or cache='directsync'.",
                      "native I/O goes past the host's cache, and this cache mode does not");
    }
}

static void
parse_source(DomainDefinition *definition, xmlNode *element, DomainDisk *disk)
{
    xmlNode *node = domain_take_child(definition, element, "source");

    if (node != NULL) {
        disk->source_line = domain_xml_line(node);
        disk->source = domain_take_path(definition, node, "file");
    }
    if (node != NULL && xmlHasNsProp(node, (const xmlChar *) "file", NULL) == NULL) {
        domain_report(definition, node, "file", "invalid-xml", NULL, "the attribute file is missing");
    } else if (node == NULL && disk->type == DOMAIN_DISK_DISK) {
        domain_report(definition, element, NULL, "invalid-xml", NULL, "the disk has no <source>");
    }
}

static gboolean
target_is_used(const DomainDefinition *definition, const char *target)
{
    for (guint i = 0; i < definition->disks->len; i++) {
        const DomainDisk *other = g_ptr_array_index(definition->disks, i);

        if (g_strcmp0(other->target, target) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Without a bus the name tells, as in libvirt; "sd" could be SCSI, USB or SATA and does not tell. */
static void
parse_bus(DomainDefinition *definition, xmlNode *target, DomainDisk *disk)
{
    gint bus = domain_take_word(definition, target, "bus", bus_words, -1);

    if (bus >= 0) {
        disk->bus = (DomainDiskBus) bus;
    } else if (g_str_has_prefix(disk->target, "hd")) {
        disk->bus = DOMAIN_DISK_BUS_IDE;
    } else if (g_str_has_prefix(disk->target, "sd") && xmlHasNsProp(target, (const xmlChar *) "bus", NULL) == NULL) {
        domain_report(definition, target, NULL, "element-unsupported", "Add bus='sata' or bus='virtio'.",
                      "'%s' without a bus is SCSI, which is not supported", disk->target);
    }
}

static void
parse_target(DomainDefinition *definition, xmlNode *element, DomainDisk *disk)
{
    xmlNode *node = domain_take_child(definition, element, "target");

    if (node == NULL) {
        domain_report(definition, element, NULL, "invalid-xml", NULL, "the disk has no <target>");
        return;
    }
    disk->target = domain_take_needed(definition, node, "dev");
    if (disk->target == NULL) {
        domain_take_ignored(node, "bus");
        return;
    }
    if (!domain_disk_name_parse(disk->target, &disk->target_index)) {
        domain_report(definition, node, "dev", "invalid-xml", "Names go from vda, hda or sda on.",
                      "'%s' is not the name of a disk", disk->target);
    } else if (target_is_used(definition, disk->target)) {
        domain_report(definition, node, "dev", "invalid-xml", NULL, "two disks are named '%s'", disk->target);
    }
    parse_bus(definition, node, disk);
}

static void
parse_serial(DomainDefinition *definition, xmlNode *element, DomainDisk *disk)
{
    xmlNode *node = domain_take_child(definition, element, "serial");

    if (node == NULL) {
        return;
    }
    disk->serial = domain_take_text(node);
    if (!domain_plain_text(disk->serial, "-_.+ ") || strlen(disk->serial) > DOMAIN_DISK_SERIAL_LIMIT) {
        domain_report(definition, node, NULL, "invalid-xml", NULL,
                      "a serial number has 1 to %u letters, digits, spaces and -_.+", DOMAIN_DISK_SERIAL_LIMIT);
    }
}

static void
check_combination(DomainDefinition *definition, xmlNode *element, const DomainDisk *disk)
{
    if (disk->type == DOMAIN_DISK_CDROM && disk->bus == DOMAIN_DISK_BUS_VIRTIO) {
        domain_report(definition, element, NULL, "element-unsupported", "Put it on the bus ide or sata.",
                      "virtio has no CD-ROM drives");
    } else if (disk->type == DOMAIN_DISK_DISK && disk->read_only && disk->bus != DOMAIN_DISK_BUS_VIRTIO) {
        domain_report(definition, element, NULL, "element-unsupported", "Put it on the bus virtio.",
                      "hard disks on IDE and SATA cannot be read-only");
    }
}

void
domain_parse_disk(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {{"file", 0}, {NULL, 0}};
    DomainDisk *disk;
    gint type, device;

    if (!domain_take_kind(definition, node, "type", types, 0, &type) ||
        !domain_take_kind(definition, node, "device", device_words, DOMAIN_DISK_DISK, &device)) {
        return;
    }
    disk = domain_device_new(sizeof(DomainDisk), node);
    disk->type = (DomainDiskDevice) device;
    parse_driver(definition, node, disk);
    parse_source(definition, node, disk);
    parse_target(definition, node, disk);
    parse_serial(definition, node, disk);
    disk->read_only = domain_take_child(definition, node, "readonly") != NULL || disk->type == DOMAIN_DISK_CDROM;
    domain_parse_boot_order(definition, node, &disk->device);
    domain_parse_device(definition, node, &disk->device,
                        disk->bus == DOMAIN_DISK_BUS_VIRTIO ? DOMAIN_ADDRESS_PCI : DOMAIN_ADDRESS_DRIVE);
    check_combination(definition, node, disk);
    g_ptr_array_add(definition->disks, disk);
}
