// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A container's links: veth pairs and macvlans, made before it starts, so that liblxc has only to move them in.
#include "lxc-network.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

/* What can be done where there is no provider. */
#define OTHERWISE "leave out <interface>"

gboolean
lxc_provider_open(const LxcDriver *driver, int namespace, NetworkProvider *provider, DriverFailure **failure)
{
    if (!network_provider_open(provider, driver->host, driver->self, namespace, OTHERWISE)) {
        driver_failure_set(failure, provider->problem.reason, "netlink",
                           *provider->problem.hint != '\0' ? provider->problem.hint : NULL, "%s",
                           provider->problem.message);
        return FALSE;
    }
    return TRUE;
}

gboolean
lxc_network_is_made(const LxcInterface *interface)
{
    return interface->type != LXC_INTERFACE_PHYSICAL && geteuid() == 0;
}

char *
lxc_network_names(const LxcInterface *interface)
{
    const gboolean physical = interface->type == LXC_INTERFACE_PHYSICAL;

    return g_strconcat(interface->guest_name, "=", interface->host_name != NULL ? interface->host_name : "",
                       physical ? "=" : NULL, interface->source, NULL);
}

char *
lxc_network_entry(const LxcInterface *interface)
{
    const gboolean pair = interface->host_name != NULL;

    // With the address, by which a link is known whose making was cut off before it got its alias.
    return pair ? g_strdup_printf("%s %02x%s", interface->host_name, NETWORK_HOST_MAC_FIRST, interface->mac + 2)
                : g_strdup_printf("%s %s", interface->handed_name, interface->mac);
}

static gboolean
fail(const NetworkProvider *provider, const LxcInterface *interface, const char *part, DriverFailure **failure)
{
    g_autofree char *path = g_strconcat("domain/devices/interface", part, NULL);

    return network_provider_fail(provider, interface->device.line, path, failure);
}

static void
fill_pair(MortiseLinkSettings *settings, const LxcInterface *interface)
{
    settings->kind = MORTISE_LINK_VETH;
    settings->name = interface->host_name;
    settings->peer = interface->handed_name;
    settings->set |= MORTISE_LINK_SET_PEER_MAC | MORTISE_LINK_SET_UP;
    // An end that is down takes the carrier from the other one, like a cable that is pulled out.
    settings->up = !interface->down;
    network_mac_read(interface->mac, settings->mac);
    settings->mac[0] = NETWORK_HOST_MAC_FIRST;
    network_mac_read(interface->mac, settings->peer_mac);
    if (interface->type == LXC_INTERFACE_BRIDGE) {
        settings->set |= MORTISE_LINK_SET_MASTER;
        settings->master = interface->source;
    }
}

static void
fill_macvlan(MortiseLinkSettings *settings, const LxcInterface *interface)
{
    settings->kind = MORTISE_LINK_MACVLAN;
    settings->name = interface->handed_name;
    settings->mode = interface->mode;
    settings->parent = interface->source;
    network_mac_read(interface->mac, settings->mac);
}

/* The host's end sends what the container receives. */
static gboolean
limit_pair(NetworkProvider *provider, const LxcInterface *interface, DriverFailure **failure)
{
    const MortiseBandwidth received = network_bandwidth(&interface->outbound);
    const MortiseBandwidth sent = network_bandwidth(&interface->inbound);
    const gboolean receives = received.average > 0;
    const gboolean sends = sent.average > 0;

    if (!receives && !sends) {
        return TRUE;
    }
    return provider->table->bandwidth(provider->network, interface->host_name, receives ? &received : NULL,
                                      sends ? &sent : NULL, &provider->problem) == MORTISE_OK ||
           fail(provider, interface, "/bandwidth", failure);
}

gboolean
lxc_network_make(NetworkProvider *provider, const LxcInterface *interface, const char *uuid, guint *index,
                 DriverFailure **failure)
{
    g_autofree char *alias = g_strconcat(NETWORK_ALIAS_PREFIX, uuid, NULL);
    MortiseLinkSettings settings = network_link_settings(NULL);
    MortiseLink made = {.struct_size = sizeof(made)};

    settings.set = MORTISE_LINK_SET_ALIAS | MORTISE_LINK_SET_MAC;
    settings.alias = alias;
    if (interface->mtu > 0) {
        settings.set |= MORTISE_LINK_SET_MTU;
        settings.mtu = (uint32_t) interface->mtu;
    }
    if (interface->host_name != NULL) {
        fill_pair(&settings, interface);
    } else {
        fill_macvlan(&settings, interface);
    }
    if (provider->table->create(provider->network, &settings, &made, &provider->problem) != MORTISE_OK) {
        return fail(provider, interface, "", failure);
    }
    *index = interface->host_name != NULL ? made.index : 0;
    if (interface->host_name != NULL && !limit_pair(provider, interface, failure)) {
        (void) provider->table->remove(provider->network, made.name, made.index, NULL);
        return FALSE;
    }
    return TRUE;
}

gboolean
lxc_network_make_all(const LxcEngine *engine, const LxcDefinition *definition, const char *uuid, GString *made,
                     DriverFailure **failure)
{
    g_auto(NetworkProvider) provider = {.table = NULL};

    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        guint index = 0;

        if (!lxc_network_is_made(interface)) {
            continue;
        }
        if (!network_provider_open(&provider, engine->driver->host, engine->driver->self, -1, OTHERWISE)) {
            return fail(&provider, interface, "/@type", failure);
        }
        if (!lxc_network_make(&provider, interface, uuid, &index, failure)) {
            return FALSE;
        }
        g_string_append_printf(made, "%s %u\n",
                               interface->host_name != NULL ? interface->host_name : interface->handed_name, index);
    }
    return TRUE;
}

gboolean
lxc_network_is_ours(const MortiseLink *link, const char *mac, const char *uuid)
{
    g_autofree char *alias = g_strconcat(NETWORK_ALIAS_PREFIX, uuid, NULL);

    if (link->index == 0 || (link->kind != MORTISE_LINK_VETH && link->kind != MORTISE_LINK_MACVLAN)) {
        return FALSE;
    }
    return mac == NULL ||
           (network_link_has_mac(link, mac) && (*link->alias == '\0' || g_str_equal(link->alias, alias)));
}

static void
remove_one(const LxcEngine *engine, NetworkProvider *provider, const char *entry, const char *uuid)
{
    g_auto(GStrv) words = g_strsplit(entry, " ", 2);
    const MortiseLink link = network_link_find(provider, words[0]);

    if (lxc_network_is_ours(&link, words[1], uuid) &&
        provider->table->remove(provider->network, words[0], link.index, &provider->problem) != MORTISE_OK) {
        lxc_log(engine->driver, MORTISE_LOG_WARNING, "the network device %s of a container is left: %s", words[0],
                provider->problem.message);
    }
}

void
lxc_network_remove(const LxcEngine *engine, const char *uuid, const LxcRecord *record)
{
    g_auto(NetworkProvider) provider = {.table = NULL};
    DriverFailure *failure = NULL;

    // After a boot nothing is left of it.
    if (record->links->len == 0 || g_strcmp0(record->boot, engine->boot) != 0) {
        return;
    }
    if (!lxc_provider_open(engine->driver, -1, &provider, &failure)) {
        lxc_log(engine->driver, MORTISE_LOG_WARNING, "network devices may be left: %s", failure->message);
        driver_failure_free(failure);
        return;
    }
    for (guint i = 0; i < record->links->len; i++) {
        remove_one(engine, &provider, record->links->pdata[i], uuid);
    }
}

char *
lxc_network_broadcast(const char *address)
{
    const char *slash = strchr(address, '/');
    g_autofree char *written = g_strndup(address, (gsize) (slash - address));
    g_autoptr(GInetAddress) parsed = g_inet_address_new_from_string(written);
    g_autoptr(GInetAddress) broadcast = NULL;
    guint64 prefix = 0;
    guint8 bytes[4];

    if (g_inet_address_get_family(parsed) != G_SOCKET_FAMILY_IPV4 ||
        !g_ascii_string_to_unsigned(slash + 1, 10, 0, 30, &prefix, NULL)) {
        return NULL;
    }
    (void) memcpy(bytes, g_inet_address_to_bytes(parsed), sizeof bytes);
    for (gsize bit = prefix; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] |= (guint8) (0x80 >> bit % 8);
    }
    broadcast = g_inet_address_new_from_bytes(bytes, G_SOCKET_FAMILY_IPV4);
    return g_inet_address_to_string(broadcast);
}
