// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <interface>: network cards on the emulator's own user network.
#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

static const DomainWord model_words[] = {
    {"virtio", DOMAIN_INTERFACE_VIRTIO}, {"e1000", DOMAIN_INTERFACE_E1000}, {"e1000e", DOMAIN_INTERFACE_E1000E},
    {"rtl8139", DOMAIN_INTERFACE_RTL8139}, {NULL, 0},
};

static gboolean
mac_is_used(const DomainDefinition *definition, const char *mac)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const DomainInterface *other = g_ptr_array_index(definition->interfaces, i);

        if (g_strcmp0(other->mac, mac) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
parse_mac(DomainDefinition *definition, xmlNode *element, DomainInterface *interface)
{
    xmlNode *node = domain_take_child(definition, element, "mac");
    g_autofree char *text = node != NULL ? domain_take_needed(definition, node, "address") : NULL;

    interface->mac = text != NULL ? domain_mac_normalize(text) : NULL;
    interface->mac_given = interface->mac != NULL;
    if (text != NULL && interface->mac == NULL) {
        domain_report(definition, node, "address", "invalid-xml", "Write it as 52:54:00:12:34:56.",
                      "'%s' is not the address of a network card", text);
    } else if (text != NULL && mac_is_used(definition, interface->mac)) {
        domain_report(definition, node, "address", "invalid-xml", NULL, "two interfaces have the address %s",
                      interface->mac);
    }
}

/* The definition is not written back, so an address that was left out must come out the same each time. */
static void
derive_mac(const DomainDefinition *definition, DomainInterface *interface)
{
    const char *seed = definition->uuid != NULL ? definition->uuid : definition->name;

    if (interface->mac == NULL) {
        interface->mac = domain_mac_derive(seed, definition->interfaces->len);
    }
}

void
domain_parse_interface(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {{"user", 0}, {NULL, 0}};
    DomainInterface *interface;
    xmlNode *model;
    gint type;

    if (!domain_take_kind(definition, node, "type", types, -1, &type)) {
        return;
    }
    interface = domain_device_new(sizeof(DomainInterface), node);
    model = domain_take_child(definition, node, "model");
    parse_mac(definition, node, interface);
    derive_mac(definition, interface);
    if (model != NULL) {
        interface->model = (DomainInterfaceModel) domain_take_needed_word(definition, model, "type", model_words,
                                                                          DOMAIN_INTERFACE_DEFAULT);
    }
    domain_parse_boot_order(definition, node, &interface->device);
    domain_parse_device(definition, node, &interface->device, DOMAIN_ADDRESS_PCI);
    g_ptr_array_add(definition->interfaces, interface);
}
