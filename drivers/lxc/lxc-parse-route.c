// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <route> of a container's interface: the default route, and those to single networks.
#include <string.h>

#include "domain-units.h"
#include "lxc-parser.h"

#define INVALID "invalid-xml"

void
lxc_route_free(gpointer data)
{
    LxcRoute *route = data;

    g_free(route->destination);
    g_free(route->gateway);
    g_free(route);
}

/* The length of the prefix that an IPv4 netmask stands for; FALSE when it is none. */
static gboolean
measure_netmask(const char *text, guint64 *prefix)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(text);
    guint64 bits = 0;

    if (address == NULL || g_inet_address_get_family(address) != G_SOCKET_FAMILY_IPV4) {
        return FALSE;
    }
    for (guint i = 0; i < 4; i++) {
        bits = bits << 8 | g_inet_address_to_bytes(address)[i];
    }
    // The ones come first: what follows them, one added, is a power of two.
    *prefix = bits == 0 ? 0 : 32 - (guint64) g_bit_nth_lsf((gulong) bits, -1);
    return ((~bits & G_MAXUINT32) & ((~bits & G_MAXUINT32) + 1)) == 0;
}

/* As libvirt: without a prefix or netmask, a destination is a single host, and 0.0.0.0 or :: is everything. */
static gboolean
take_prefix(LxcDefinition *definition, xmlNode *node, GSocketFamily family, gboolean everything, guint64 *prefix)
{
    const guint64 most = family == G_SOCKET_FAMILY_IPV4 ? 32 : 128;
    g_autofree char *netmask = domain_take_attribute(node, "netmask");

    *prefix = everything ? 0 : most;
    (void) domain_take_number(definition->base, node, "prefix", 0, most, prefix);
    if (netmask != NULL && (family != G_SOCKET_FAMILY_IPV4 || !measure_netmask(netmask, prefix))) {
        domain_report(definition->base, node, "netmask", INVALID, "Give the attribute prefix instead.",
                      "'%s' is no netmask of an IPv4 route", netmask);
        return FALSE;
    }
    return TRUE;
}

static void
add_route(LxcInterface *interface, const char *destination, guint64 prefix, const char *gateway, guint64 metric)
{
    LxcRoute *route;

    if (prefix == 0 && metric == 0) {
        char **place = strchr(gateway, ':') != NULL ? &interface->gateway6 : &interface->gateway;
        g_free(*place);
        *place = g_strdup(gateway);
        return;
    }
    route = g_new0(LxcRoute, 1);
    route->destination = g_strdup_printf("%s/%" G_GUINT64_FORMAT, destination, prefix);
    route->gateway = g_strdup(gateway);
    route->metric = (guint) metric;
    g_ptr_array_add(interface->routes, route);
}

/* The network that an address is in: what the prefix does not cover is zero. */
static char *
network_of(const char *text, guint64 prefix)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(text);
    g_autoptr(GInetAddress) network = NULL;
    const gsize size = g_inet_address_get_native_size(address);
    guint8 bytes[16];

    (void) memcpy(bytes, g_inet_address_to_bytes(address), size);
    for (gsize bit = prefix; bit < size * 8; bit++) {
        bytes[bit / 8] &= (guint8) ~(0x80 >> bit % 8);
    }
    network = g_inet_address_new_from_bytes(bytes, g_inet_address_get_family(address));
    return g_inet_address_to_string(network);
}

void
lxc_parse_route(LxcDefinition *definition, xmlNode *node, LxcInterface *interface)
{
    g_autofree char *gateway = domain_take_needed(definition->base, node, "gateway");
    g_autofree char *address = domain_take_attribute(node, "address");
    g_autofree char *network = NULL;
    guint64 metric = 0;
    guint64 prefix = 0;
    GSocketFamily family;

    if (gateway == NULL) {
        return;
    }
    family = lxc_take_family(definition, node, gateway);
    (void) domain_take_number(definition->base, node, "metric", 1, G_MAXINT, &metric);
    if (family == G_SOCKET_FAMILY_INVALID) {
        domain_report(definition->base, node, "gateway", INVALID, NULL, "'%s' is no IP address of that family",
                      gateway);
        return;
    }
    if (address == NULL) {
        address = g_strdup(family == G_SOCKET_FAMILY_IPV4 ? "0.0.0.0" : "::");
    }
    if (lxc_take_family(definition, node, address) != family) {
        domain_report(definition->base, node, "address", INVALID, NULL,
                      "'%s' is no IP address of the same family as the gateway", address);
        return;
    }
    if (take_prefix(definition, node, family, g_str_equal(address, "0.0.0.0") || g_str_equal(address, "::"),
                    &prefix)) {
        network = network_of(address, prefix);
        add_route(interface, network, prefix, gateway, metric);
    }
}
