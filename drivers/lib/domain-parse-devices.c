// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <devices>: which parser reads which element, and what all devices share.
#include <string.h>

#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

#define USER_ALIAS_PREFIX "ua-"
/* A long id would not fit into QEMU's names that are made of it. */
#define USER_ALIAS_LIMIT 64u

typedef void (*DeviceParser)(DomainDefinition *definition, xmlNode *node);

/* Serial ports come before the consoles that stand for them. */
static const struct {
    const char *element;
    DeviceParser parse;
} device_parsers[] = {
    {"disk", domain_parse_disk},
    {"interface", domain_parse_interface},
    {"serial", domain_parse_serial},
    {"console", domain_parse_console},
    {"graphics", domain_parse_graphics},
    {"video", domain_parse_video},
    {"rng", domain_parse_rng},
    {"memballoon", domain_parse_balloon},
    {"controller", domain_parse_controller},
    {"input", domain_parse_input},
};

gpointer
domain_device_new(gsize size, xmlNode *node)
{
    DomainDevice *device = g_malloc0(size);

    device->node = node;
    device->line = domain_xml_line(node);
    return device;
}

static const DomainWord address_words[] = {
    {"pci", DOMAIN_ADDRESS_PCI}, {"drive", DOMAIN_ADDRESS_DRIVE}, {NULL, 0},
};

/* FALSE when it is given and wrong; 0 when it is not given. */
static gboolean
take_part(DomainDefinition *definition, xmlNode *node, const char *name, guint64 maximum, guint *part)
{
    guint64 number = 0;
    gboolean good = domain_take_number(definition, node, name, 0, maximum, &number) ||
                    xmlHasNsProp(node, (const xmlChar *) name, NULL) == NULL;

    *part = (guint) number;
    return good;
}

/* <address type='pci'/> alone asks for any place on PCI. */
static void
parse_pci(DomainDefinition *definition, xmlNode *node, DomainAddress *address)
{
    gboolean placed = xmlHasNsProp(node, (const xmlChar *) "slot", NULL) != NULL;

    placed &= take_part(definition, node, "domain", 0xffff, &address->pci_domain);
    placed &= take_part(definition, node, "bus", 0xff, &address->pci_bus);
    placed &= take_part(definition, node, "slot", DOMAIN_PCI_SLOTS - 1, &address->pci_slot);
    placed &= take_part(definition, node, "function", DOMAIN_PCI_FUNCTIONS - 1, &address->pci_function);
    address->multifunction = domain_take_switch(definition, node, "multifunction") == DOMAIN_SWITCH_ON;
    address->type = placed ? DOMAIN_ADDRESS_PCI : DOMAIN_ADDRESS_NONE;
}

static void
parse_drive(DomainDefinition *definition, xmlNode *node, DomainAddress *address)
{
    guint target;
    gboolean placed = take_part(definition, node, "controller", G_MAXUINT16, &address->drive_controller);

    placed &= take_part(definition, node, "bus", G_MAXUINT16, &address->drive_bus);
    placed &= take_part(definition, node, "target", 0, &target);
    placed &= take_part(definition, node, "unit", G_MAXUINT16, &address->drive_unit);
    address->type = placed ? DOMAIN_ADDRESS_DRIVE : DOMAIN_ADDRESS_NONE;
}

static void
parse_address(DomainDefinition *definition, xmlNode *node, DomainAddress *address, DomainAddressType wanted)
{
    gint type;

    if (!domain_take_kind(definition, node, "type", address_words, -1, &type)) {
        return;
    }
    if (type != (gint) wanted) {
        domain_take_whole(node);
        domain_report(definition, node, "type", "element-unsupported", NULL, "this device has %s address here",
                      wanted == DOMAIN_ADDRESS_NONE ? "no" : wanted == DOMAIN_ADDRESS_PCI ? "a pci" : "a drive");
    } else if (wanted == DOMAIN_ADDRESS_PCI) {
        parse_pci(definition, node, address);
    } else {
        parse_drive(definition, node, address);
    }
}

/* Aliases that are not the user's are names of a machine that ran, and are made anew. */
static void
parse_alias(DomainDefinition *definition, xmlNode *node, DomainDevice *device)
{
    g_autofree char *name = domain_take_attribute(node, "name");

    if (name == NULL || !g_str_has_prefix(name, USER_ALIAS_PREFIX)) {
        return;
    }
    if (!domain_plain_text(name, "-_") || strlen(name) > USER_ALIAS_LIMIT) {
        domain_report(definition, node, "name", "invalid-xml", NULL,
                      "an alias has at most %u letters, digits, hyphens and underscores", USER_ALIAS_LIMIT);
        return;
    }
    device->user_alias = g_steal_pointer(&name);
}

void
domain_parse_device(DomainDefinition *definition, xmlNode *node, DomainDevice *device, DomainAddressType type)
{
    xmlNode *alias = domain_take_child(definition, node, "alias");
    xmlNode *address = domain_take_child(definition, node, "address");

    if (alias != NULL) {
        parse_alias(definition, alias, device);
    }
    if (address != NULL) {
        parse_address(definition, address, &device->address, type);
    }
}

void
domain_parse_boot_order(DomainDefinition *definition, xmlNode *node, DomainDevice *device)
{
    xmlNode *boot = domain_take_child(definition, node, "boot");
    guint64 order = 0;

    if (boot == NULL) {
        return;
    }
    if (!domain_take_number(definition, boot, "order", 1, G_MAXUINT16, &order) &&
        xmlHasNsProp(boot, (const xmlChar *) "order", NULL) == NULL) {
        domain_report(definition, boot, "order", "invalid-xml", NULL, "the attribute order is missing");
    }
    device->boot_order = (guint) order;
}

static void
parse_emulator(DomainDefinition *definition, xmlNode *devices)
{
    xmlNode *node = domain_take_child(definition, devices, "emulator");

    if (node != NULL) {
        definition->emulator_line = domain_xml_line(node);
        definition->emulator = domain_take_path_text(definition, node);
    }
}

void
domain_parse_devices(DomainDefinition *definition, xmlNode *node)
{
    parse_emulator(definition, node);
    for (gsize i = 0; i < G_N_ELEMENTS(device_parsers); i++) {
        for (xmlNode *child = NULL; (child = domain_take_next(node, child, device_parsers[i].element)) != NULL;) {
            device_parsers[i].parse(definition, child);
        }
    }
}
