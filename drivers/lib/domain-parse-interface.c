// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <interface>: network cards on the emulator's own network, on taps and on macvtaps.
#include <string.h>

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

/* Names that a driver has given are given anew: they are in a live definition, and say nothing about the next run. */
static gboolean
is_given_name(const char *name)
{
    static const char *const prefixes[] = {"vnet", "macvtap"};

    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        const char *rest = name + strlen(prefixes[i]);

        if (g_str_has_prefix(name, prefixes[i]) && strspn(rest, "0123456789") == strlen(rest)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The name of a network device; NULL when it is absent or reported. */
static char *
take_link_name(DomainDefinition *definition, xmlNode *node, const char *attribute, gboolean needed)
{
    g_autofree char *name = needed ? domain_take_needed(definition, node, attribute)
                                   : domain_take_attribute(node, attribute);

    if (name == NULL) {
        return NULL;
    }
    if (strlen(name) > DOMAIN_LINK_NAME_LIMIT) {
        domain_report(definition, node, attribute, "invalid-xml", "Choose a shorter name.",
                      "'%s' is too long for a network device, which has at most %u bytes", name,
                      DOMAIN_LINK_NAME_LIMIT);
        return NULL;
    }
    if (!domain_plain_text(name, "-_.@+") || g_str_equal(name, ".") || g_str_equal(name, "..")) {
        domain_report(definition, node, attribute, "invalid-xml", NULL,
                      "'%s' cannot be the name of a network device", name);
        return NULL;
    }
    return g_steal_pointer(&name);
}

static void
parse_source(DomainDefinition *definition, xmlNode *element, DomainInterface *interface)
{
    static const DomainWord modes[] = {
        {"bridge", DOMAIN_DIRECT_BRIDGE}, {"vepa", DOMAIN_DIRECT_VEPA}, {"private", DOMAIN_DIRECT_PRIVATE},
        {"passthrough", DOMAIN_DIRECT_PASSTHROUGH}, {NULL, 0},
    };
    const gboolean direct = interface->type == DOMAIN_INTERFACE_DIRECT;
    xmlNode *node = direct || interface->type == DOMAIN_INTERFACE_BRIDGE
                        ? domain_take_child(definition, element, "source")
                        : NULL;

    if (node != NULL) {
        interface->source_line = domain_xml_line(node);
        interface->source = take_link_name(definition, node, direct ? "dev" : "bridge", TRUE);
    } else if (direct || interface->type == DOMAIN_INTERFACE_BRIDGE) {
        domain_report(definition, element, NULL, "invalid-xml",
                      direct ? "Name a device of the host: <source dev='eth0' mode='bridge'/>."
                             : "Name a bridge of the host: <source bridge='br0'/>.",
                      "the interface has no <source>");
    }
    if (node != NULL && direct) {
        interface->mode = (DomainDirectMode) domain_take_word(definition, node, "mode", modes, DOMAIN_DIRECT_VEPA);
    }
}

static void
parse_target(DomainDefinition *definition, xmlNode *element, DomainInterface *interface)
{
    xmlNode *node = domain_take_child(definition, element, "target");

    if (node == NULL) {
        return;
    }
    interface->target = take_link_name(definition, node, "dev", TRUE);
    if (interface->type == DOMAIN_INTERFACE_ETHERNET) {
        interface->target_exists = domain_take_switch(definition, node, "managed") == DOMAIN_SWITCH_OFF;
    }
    if (interface->target != NULL && !interface->target_exists && is_given_name(interface->target)) {
        g_clear_pointer(&interface->target, g_free);
    }
}

static void
parse_mtu(DomainDefinition *definition, xmlNode *element, DomainInterface *interface)
{
    xmlNode *node = domain_take_child(definition, element, "mtu");
    guint64 size;

    if (node == NULL) {
        return;
    }
    if (domain_take_number(definition, node, "size", 68, G_MAXUINT16, &size)) {
        interface->mtu = (guint) size;
    } else if (xmlHasNsProp(node, (const xmlChar *) "size", NULL) == NULL) {
        domain_report(definition, node, "size", "invalid-xml", NULL, "the attribute size is missing");
    }
}

/* libvirt counts a rate in thousands of bytes, and a burst in kibibytes. */
static void
parse_direction(DomainDefinition *definition, xmlNode *parent, const char *name, DomainBandwidth *bandwidth)
{
    xmlNode *node = domain_take_child(definition, parent, name);
    guint64 number;

    if (node == NULL) {
        return;
    }
    if (domain_take_number(definition, node, "average", 1, G_MAXINT / 1000, &number)) {
        bandwidth->average = number * 1000;
    } else if (xmlHasNsProp(node, (const xmlChar *) "average", NULL) == NULL) {
        domain_report(definition, node, "average", "invalid-xml", NULL, "the attribute average is missing");
    }
    if (domain_take_number(definition, node, "peak", 1, G_MAXINT / 1000, &number)) {
        bandwidth->peak = number * 1000;
    }
    if (domain_take_number(definition, node, "burst", 1, G_MAXINT / 1024, &number)) {
        bandwidth->burst = number * 1024;
    }
}

void
domain_parse_bandwidth(DomainDefinition *definition, xmlNode *element, DomainBandwidth *inbound,
                       DomainBandwidth *outbound)
{
    xmlNode *node = domain_take_child(definition, element, "bandwidth");

    if (node != NULL) {
        parse_direction(definition, node, "inbound", inbound);
        parse_direction(definition, node, "outbound", outbound);
    }
}

static void
parse_driver(DomainDefinition *definition, xmlNode *element, DomainInterface *interface)
{
    static const DomainWord names[] = {{"qemu", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, element, "driver");
    guint64 queues = 1;

    if (node == NULL) {
        return;
    }
    (void) domain_take_word(definition, node, "name", names, 0);
    if (domain_take_number(definition, node, "queues", 1, DOMAIN_QUEUES_LIMIT, &queues) && queues > 1 &&
        interface->model != DOMAIN_INTERFACE_VIRTIO) {
        domain_report(definition, node, "queues", "element-unsupported", "Add <model type='virtio'/>.",
                      "only virtio cards have several queues");
    }
    interface->queues = (guint) queues;
}

static void
parse_link(DomainDefinition *definition, xmlNode *element, DomainInterface *interface)
{
    static const DomainWord states[] = {{"up", FALSE}, {"down", TRUE}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, element, "link");

    if (node != NULL) {
        interface->link_down = domain_take_needed_word(definition, node, "state", states, FALSE) != FALSE;
    }
}

/* What only a device of the host has. */
static void
parse_host_side(DomainDefinition *definition, xmlNode *node, DomainInterface *interface)
{
    parse_source(definition, node, interface);
    parse_target(definition, node, interface);
    parse_mtu(definition, node, interface);
    domain_parse_bandwidth(definition, node, &interface->inbound, &interface->outbound);
    parse_driver(definition, node, interface);
}

void
domain_parse_interface(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {
        {"user", DOMAIN_INTERFACE_USER}, {"bridge", DOMAIN_INTERFACE_BRIDGE},
        {"ethernet", DOMAIN_INTERFACE_ETHERNET}, {"direct", DOMAIN_INTERFACE_DIRECT}, {NULL, 0},
    };
    DomainInterface *interface;
    xmlNode *model;
    gint type;

    if (!domain_take_kind(definition, node, "type", types, -1, &type)) {
        return;
    }
    interface = domain_device_new(sizeof(DomainInterface), node);
    interface->type = (DomainInterfaceType) type;
    interface->queues = 1;
    model = domain_take_child(definition, node, "model");
    parse_mac(definition, node, interface);
    derive_mac(definition, interface);
    if (model != NULL) {
        interface->model = (DomainInterfaceModel) domain_take_needed_word(definition, model, "type", model_words,
                                                                          DOMAIN_INTERFACE_DEFAULT);
    }
    parse_link(definition, node, interface);
    if (interface->type != DOMAIN_INTERFACE_USER) {
        parse_host_side(definition, node, interface);
    }
    domain_parse_boot_order(definition, node, &interface->device);
    domain_parse_device(definition, node, &interface->device, DOMAIN_ADDRESS_PCI);
    g_ptr_array_add(definition->interfaces, interface);
}
