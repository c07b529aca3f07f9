// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The network devices and routes of a container in what liblxc and the helper read.
#include <string.h>

#include "lxc-config-parts.h"
#include "lxc-network.h"

static void
add_addresses(GString *text, const LxcInterface *interface, guint number)
{
    for (guint i = 0; i < interface->addresses->len; i++) {
        const char *address = interface->addresses->pdata[i];
        // liblxc 5.0 makes 0.0.0.255 of one that is left to it.
        g_autofree char *broadcast = lxc_network_broadcast(address);
        g_string_append_printf(text, "lxc.net.%u.%s.address = %s%s%s\n", number,
                               strchr(address, ':') ? "ipv6" : "ipv4", address, broadcast != NULL ? " " : "",
                               broadcast != NULL ? broadcast : "");
    }
    if (interface->gateway != NULL) {
        g_string_append_printf(text, "lxc.net.%u.ipv4.gateway = %s\n", number, interface->gateway);
    }
    if (interface->gateway6 != NULL) {
        g_string_append_printf(text, "lxc.net.%u.ipv6.gateway = %s\n", number, interface->gateway6);
    }
}

/* What liblxc's own program for users makes of it. */
static void
add_users_pair(GString *text, const LxcInterface *interface, guint number)
{
    g_string_append_printf(text, "lxc.net.%u.type = veth\n", number);
    if (interface->source != NULL) {
        g_string_append_printf(text, "lxc.net.%u.link = %s\n", number, interface->source);
    }
    g_string_append_printf(text, "lxc.net.%u.hwaddr = %s\n", number, interface->mac);
    if (interface->mtu > 0) {
        g_string_append_printf(text, "lxc.net.%u.mtu = %" G_GUINT64_FORMAT "\n", number, interface->mtu);
    }
}

static void
add_interface(GString *text, const LxcInterface *interface, guint number)
{
    if (lxc_network_is_made(interface) || interface->type == LXC_INTERFACE_PHYSICAL) {
        g_string_append_printf(text, "lxc.net.%u.type = phys\nlxc.net.%u.link = %s\n", number, number,
                               interface->handed_name);
    } else {
        add_users_pair(text, interface, number);
    }
    g_string_append_printf(text, "lxc.net.%u.name = %s\n", number, interface->guest_name);
    if (interface->host_name != NULL || !interface->down) {
        g_string_append_printf(text, "lxc.net.%u.flags = up\n", number);
    }
    add_addresses(text, interface, number);
}

char *
lxc_config_interface(const LxcInterface *interface, guint number)
{
    GString *text = g_string_new(NULL);

    add_interface(text, interface, number);
    return g_string_free(text, FALSE);
}

void
lxc_config_add_network(GString *text, const LxcDefinition *definition, const LxcConfigContext *context)
{
    static const char *const names[LXC_SHARES] = {"net", "ipc", "uts"};

    for (guint i = 0; i < LXC_SHARES; i++) {
        if (context->shares[i] != NULL) {
            g_string_append_printf(text, "lxc.namespace.share.%s = %s\n", names[i], context->shares[i]);
        }
    }
    for (guint i = 0; i < definition->interfaces->len; i++) {
        add_interface(text, definition->interfaces->pdata[i], i);
    }
    // Without this liblxc would leave the container in the host's network.
    if (definition->interfaces->len == 0 && context->shares[LXC_SHARE_NET] == NULL) {
        g_string_append(text, LXC_CONFIG_NO_NETWORK);
    }
}

char *
lxc_config_routes_of(const LxcInterface *interface)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < interface->routes->len; i++) {
        const LxcRoute *route = interface->routes->pdata[i];
        g_string_append_printf(text, "%s %s %s %u\n", interface->guest_name, route->destination, route->gateway,
                               route->metric);
    }
    return g_string_free(text, FALSE);
}

char *
lxc_config_routes(const LxcDefinition *definition)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < definition->interfaces->len; i++) {
        g_autofree char *lines = lxc_config_routes_of(definition->interfaces->pdata[i]);
        g_string_append(text, lines);
    }
    return g_string_free(text, text->len == 0);
}
