// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <interface>: a container's network devices, their addresses and names.
#include <gio/gio.h>
#include <mortise/driver/network.h>
#include <net/if.h>
#include <string.h>

#include "domain-units.h"
#include "lxc-parser.h"

#define INVALID "invalid-xml"
#define MTU_LEAST 68u
#define MTU_MOST 65535u
#define ADDRESS_LIMIT 32u
/* of the ends that stay on the host, and of those that go to the container, before digits of the UUID */
#define HOST_PREFIX "mlx"
#define HANDED_PREFIX "mlp"

gboolean
lxc_is_link_name(const char *name)
{
    return domain_plain_text(name, "-_.@+") && strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

LxcInterface *
lxc_interface_new(LxcDefinition *definition, xmlNode *node, LxcInterfaceType type)
{
    LxcInterface *interface = domain_device_new(sizeof(LxcInterface), node);

    interface->type = type;
    interface->addresses = g_ptr_array_new_with_free_func(g_free);
    interface->routes = g_ptr_array_new_with_free_func(lxc_route_free);
    g_ptr_array_add(definition->interfaces, interface);
    if (definition->interfaces->len == LXC_INTERFACE_LIMIT + 1) {
        domain_report(definition->base, node, NULL, "limit-exceeded", NULL, "a container has at most %u interfaces",
                      LXC_INTERFACE_LIMIT);
    }
    return interface;
}

static char *
take_link_name(LxcDefinition *definition, xmlNode *node, const char *attribute)
{
    g_autofree char *name = domain_take_needed(definition->base, node, attribute);

    if (name != NULL && !lxc_is_link_name(name)) {
        domain_report(definition->base, node, attribute, INVALID, NULL,
                      "'%s' is no name of a network device: at most %d letters, digits, and some signs", name,
                      IFNAMSIZ - 1);
        return NULL;
    }
    return g_steal_pointer(&name);
}

static void
parse_source(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    static const DomainWord words[] = {
        {"vepa", MORTISE_MACVLAN_VEPA}, {"bridge", MORTISE_MACVLAN_BRIDGE}, {"private", MORTISE_MACVLAN_PRIVATE},
        {"passthrough", MORTISE_MACVLAN_PASSTHROUGH}, {NULL, 0},
    };
    const gboolean direct = interface->type == LXC_INTERFACE_DIRECT;
    xmlNode *source = interface->type == LXC_INTERFACE_ETHERNET
                          ? NULL : domain_take_child(definition->base, node, "source");

    if (source != NULL) {
        interface->source = take_link_name(definition, source, direct ? "dev" : "bridge");
    } else if (interface->type != LXC_INTERFACE_ETHERNET) {
        domain_report(definition->base, node, NULL, INVALID, NULL, "the interface has no <source>");
    }
    if (direct && source != NULL) {
        interface->mode = (guint) domain_take_word(definition->base, source, "mode", words, MORTISE_MACVLAN_VEPA);
    }
}

static gboolean
mac_is_used(const LxcDefinition *definition, const LxcInterface *interface)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *other = definition->interfaces->pdata[i];
        if (other != interface && g_strcmp0(other->mac, interface->mac) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
parse_mac(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    const DomainDefinition *base = definition->base;
    xmlNode *mac = domain_take_child(definition->base, node, "mac");
    g_autofree char *text = mac != NULL ? domain_take_needed(definition->base, mac, "address") : NULL;

    interface->mac = text != NULL ? domain_mac_normalize(text) : NULL;
    if (text != NULL && interface->mac == NULL) {
        domain_report(definition->base, mac, "address", INVALID, "Write it as 00:16:3e:12:34:56.",
                      "'%s' is not the address of a network card", text);
    }
    // The definition is not written back, so that an address that was left out has to come out the same each time.
    if (interface->mac == NULL) {
        guint number = definition->interfaces->len;
        do {
            g_free(interface->mac);
            interface->mac = domain_mac_derive(base->uuid != NULL ? base->uuid : base->name, number++);
        } while (mac_is_used(definition, interface));
    }
}

/* Two of them in one container: the kernel has names once. */
static gboolean
has_namesake(const LxcDefinition *definition, const LxcInterface *interface)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *other = definition->interfaces->pdata[i];
        if (other != interface && other->guest_name != NULL &&
            g_strcmp0(other->guest_name, interface->guest_name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
parse_names(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    xmlNode *target = domain_take_child(definition->base, node, "target");
    xmlNode *guest = domain_take_child(definition->base, node, "guest");

    if (target != NULL) {
        interface->host_name = take_link_name(definition, target, "dev");
        // Names of that kind were made by whoever ran it last, and may be those of another one now.
        if (definition->running == NULL && interface->host_name != NULL &&
            (g_str_has_prefix(interface->host_name, HOST_PREFIX) ||
             g_str_has_prefix(interface->host_name, HANDED_PREFIX) ||
             g_str_has_prefix(interface->host_name, "vnet"))) {
            g_clear_pointer(&interface->host_name, g_free);
        }
    }
    if (guest != NULL) {
        interface->guest_name = take_link_name(definition, guest, "dev");
        domain_take_ignored(guest, "actual");
        if (has_namesake(definition, interface)) {
            domain_report(definition->base, guest, "dev", INVALID, "Choose another name, or none.",
                          "two interfaces have the name '%s' in the container", interface->guest_name);
        }
    }
}

GSocketFamily
lxc_take_family(LxcDefinition *definition, xmlNode *node, const char *text)
{
    static const DomainWord families[] = {
        {"ipv4", G_SOCKET_FAMILY_IPV4}, {"ipv6", G_SOCKET_FAMILY_IPV6}, {NULL, 0},
    };
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(text);
    const gint said = domain_take_word(definition->base, node, "family", families, G_SOCKET_FAMILY_INVALID);
    const GSocketFamily family = address != NULL ? g_inet_address_get_family(address) : G_SOCKET_FAMILY_INVALID;

    return said != G_SOCKET_FAMILY_INVALID && (GSocketFamily) said != family ? G_SOCKET_FAMILY_INVALID : family;
}

static void
parse_address(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    g_autofree char *text = domain_take_needed(definition->base, node, "address");
    guint64 prefix;
    GSocketFamily family;

    if (text == NULL) {
        return;
    }
    family = lxc_take_family(definition, node, text);
    if (family == G_SOCKET_FAMILY_INVALID) {
        domain_report(definition->base, node, "address", INVALID, NULL, "'%s' is no IP address of that family", text);
        return;
    }
    prefix = family == G_SOCKET_FAMILY_IPV4 ? 24 : 64;
    (void) domain_take_number(definition->base, node, "prefix", 0, family == G_SOCKET_FAMILY_IPV4 ? 32 : 128,
                              &prefix);
    g_ptr_array_add(interface->addresses, g_strdup_printf("%s/%" G_GUINT64_FORMAT, text, prefix));
}

void
lxc_parse_addresses(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    for (xmlNode *ip = NULL; (ip = domain_take_next(node, ip, "ip")) != NULL;) {
        parse_address(definition, ip, interface);
    }
    for (xmlNode *route = NULL; (route = domain_take_next(node, route, "route")) != NULL;) {
        lxc_parse_route(definition, route, interface);
    }
    if (interface->addresses->len > ADDRESS_LIMIT || interface->routes->len > ADDRESS_LIMIT) {
        domain_report(definition->base, node, NULL, "limit-exceeded", NULL,
                      "an interface has at most %u addresses, and as many routes", ADDRESS_LIMIT);
    }
}

static void
parse_link(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    static const DomainWord states[] = {{"up", FALSE}, {"down", TRUE}, {NULL, 0}};
    xmlNode *mtu = domain_take_child(definition->base, node, "mtu");
    xmlNode *link = domain_take_child(definition->base, node, "link");

    if (mtu != NULL) {
        (void) domain_take_number(definition->base, mtu, "size", MTU_LEAST, MTU_MOST, &interface->mtu);
    }
    if (link != NULL) {
        interface->down = domain_take_needed_word(definition->base, link, "state", states, FALSE) != 0;
    }
}

void
lxc_parse_interface(LxcDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {
        {"bridge", LXC_INTERFACE_BRIDGE}, {"ethernet", LXC_INTERFACE_ETHERNET}, {"direct", LXC_INTERFACE_DIRECT},
        {NULL, 0},
    };
    LxcInterface *interface;
    gint type;

    if (!domain_take_kind(definition->base, node, "type", types, -1, &type)) {
        return;
    }
    interface = lxc_interface_new(definition, node, (LxcInterfaceType) type);
    parse_source(definition, node, interface);
    parse_mac(definition, node, interface);
    parse_names(definition, node, interface);
    lxc_parse_addresses(definition, node, interface);
    parse_link(definition, node, interface);
    if (interface->type != LXC_INTERFACE_DIRECT) {
        // Limits are those of the end that stays on the host; the container's own loses them on its way.
        domain_parse_bandwidth(definition->base, node, &interface->inbound, &interface->outbound);
    }
    domain_parse_device(definition->base, node, &interface->device, DOMAIN_ADDRESS_NONE);
}

/* What the record of a running container says of a name: "GUEST=HOST" or "GUEST==SOURCE". */
static gboolean
is_running(const LxcDefinition *definition, guint field, const char *name)
{
    for (guint i = 0; definition->running != NULL && i < definition->running->len; i++) {
        g_auto(GStrv) fields = g_strsplit(definition->running->pdata[i], "=", 3);
        if (g_strv_length(fields) > field && g_str_equal(fields[field], name)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
guest_name_is_used(const LxcDefinition *definition, const char *name)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *other = definition->interfaces->pdata[i];
        if (g_strcmp0(other->guest_name, name) == 0) {
            return TRUE;
        }
    }
    return is_running(definition, 0, name);
}

/* The name that a device of the host got in a running container. */
static char *
find_running(const LxcDefinition *definition, const LxcInterface *interface)
{
    for (guint i = 0; definition->running != NULL && i < definition->running->len; i++) {
        g_auto(GStrv) fields = g_strsplit(definition->running->pdata[i], "=", 3);
        if (interface->type == LXC_INTERFACE_PHYSICAL && g_strv_length(fields) == 3 &&
            g_strcmp0(fields[2], interface->source) == 0) {
            return g_strdup(fields[0]);
        }
    }
    return NULL;
}

gboolean
lxc_interface_runs(const LxcDefinition *definition, const LxcInterface *interface)
{
    g_autofree char *moved = find_running(definition, interface);

    return moved != NULL || (interface->type != LXC_INTERFACE_PHYSICAL && interface->host_name != NULL &&
                             is_running(definition, 1, interface->host_name));
}

static void
name_host_ends(const LxcDefinition *definition, LxcInterface *interface, guint number)
{
    const DomainDefinition *base = definition->base;
    g_autofree char *digits = g_strndup(base->uuid != NULL ? base->uuid : "", 8);
    g_autofree char *host = NULL;

    do {
        g_free(host);
        host = g_strdup_printf(HOST_PREFIX "%s.%u", digits, number++);
    } while (interface->host_name == NULL && is_running(definition, 1, host));
    if (interface->type == LXC_INTERFACE_PHYSICAL) {
        interface->handed_name = g_strdup(interface->source);
    } else if (interface->type == LXC_INTERFACE_DIRECT && interface->host_name != NULL) {
        interface->handed_name = g_steal_pointer(&interface->host_name);
    } else {
        interface->handed_name = g_strconcat(HANDED_PREFIX, host + strlen(HOST_PREFIX), NULL);
    }
    if (interface->host_name == NULL &&
        (interface->type == LXC_INTERFACE_BRIDGE || interface->type == LXC_INTERFACE_ETHERNET)) {
        interface->host_name = g_steal_pointer(&host);
    }
}

void
lxc_name_interfaces(LxcDefinition *definition)
{
    guint next = 0;

    for (guint i = 0; i < definition->interfaces->len; i++) {
        LxcInterface *interface = definition->interfaces->pdata[i];

        if (interface->guest_name == NULL) {
            interface->guest_name = find_running(definition, interface);
        }
        while (interface->guest_name == NULL) {
            g_autofree char *name = g_strdup_printf("eth%u", next++);
            interface->guest_name = guest_name_is_used(definition, name) ? NULL : g_steal_pointer(&name);
        }
        name_host_ends(definition, interface, i);
    }
}
