// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Network devices of a container that runs: made and moved in, changed, and taken out again.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lxc-device.h"

/* The host's network and the container's, both opened. */
typedef struct {
    const LxcChange *change;
    const LxcInterface *interface;
    NetworkProvider outside;
    NetworkProvider inside;
    int namespace;
} Link;

static void
link_clear(Link *link)
{
    network_provider_clear(&link->outside);
    network_provider_clear(&link->inside);
    if (link->namespace >= 0) {
        (void) close(link->namespace);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Link, link_clear)

static gboolean
link_open(Link *link, DriverFailure **failure)
{
    const LxcDriver *driver = link->change->domain->engine->driver;

    link->namespace = lxc_change_namespace(link->change, "net", failure);
    return link->namespace >= 0 && lxc_provider_open(driver, -1, &link->outside, failure) &&
           lxc_provider_open(driver, link->namespace, &link->inside, failure);
}

static gboolean
fail(const NetworkProvider *provider, const char *what, DriverFailure **failure)
{
    return network_provider_fail(provider, 0, what, failure);
}

static gboolean
add_route(NetworkProvider *inside, const char *link, const char *destination, const char *gateway, guint metric,
          DriverFailure **failure)
{
    const MortiseRoute route = {
        .struct_size = sizeof(route), .destination = destination, .gateway = gateway, .link = link, .metric = metric,
    };

    return gateway == NULL || inside->table->route(inside->network, &route, 0, &inside->problem) == MORTISE_OK ||
           fail(inside, "route", failure);
}

static gboolean
add_addresses(NetworkProvider *inside, const LxcInterface *interface, DriverFailure **failure)
{
    for (guint i = 0; interface->addresses != NULL && i < interface->addresses->len; i++) {
        MortiseAddress address = {.struct_size = sizeof(address)};

        (void) g_strlcpy(address.address, interface->addresses->pdata[i], sizeof(address.address));
        if (inside->table->address(inside->network, interface->guest_name, &address, 0, &inside->problem) !=
            MORTISE_OK) {
            return fail(inside, "ip", failure);
        }
    }
    return TRUE;
}

/* What liblxc and the hook do at a start. */
static gboolean
settle(NetworkProvider *inside, const LxcInterface *interface, DriverFailure **failure)
{
    MortiseLinkSettings settings = network_link_settings(interface->guest_name);

    settings.set = MORTISE_LINK_SET_UP;
    settings.up = interface->host_name != NULL || !interface->down;
    if (!add_addresses(inside, interface, failure)) {
        return FALSE;
    }
    if (inside->table->change(inside->network, &settings, &inside->problem) != MORTISE_OK) {
        return fail(inside, "interface", failure);
    }
    if (!add_route(inside, interface->guest_name, "0.0.0.0/0", interface->gateway, 0, failure) ||
        !add_route(inside, interface->guest_name, "::/0", interface->gateway6, 0, failure)) {
        return FALSE;
    }
    for (guint i = 0; i < interface->routes->len; i++) {
        const LxcRoute *route = interface->routes->pdata[i];
        if (!add_route(inside, interface->guest_name, route->destination, route->gateway, route->metric, failure)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Back to the host with a device of the host; anything else is deleted, wherever its ends are. */
static gboolean
take_out(Link *link, DriverFailure **failure)
{
    const LxcInterface *interface = link->interface;
    int home;
    gboolean good;

    if (interface->host_name != NULL) {
        return link->outside.table->remove(link->outside.network, interface->host_name, 0, &link->outside.problem) ==
                   MORTISE_OK || fail(&link->outside, "interface", failure);
    }
    if (interface->type != LXC_INTERFACE_PHYSICAL) {
        return link->inside.table->remove(link->inside.network, interface->guest_name, 0, &link->inside.problem) ==
                   MORTISE_OK || fail(&link->inside, "interface", failure);
    }
    home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    good = home >= 0 && link->inside.table->move(link->inside.network, interface->guest_name, home, 0,
                                                 interface->source, &link->inside.problem) == MORTISE_OK;
    if (home >= 0) {
        (void) close(home);
    }
    return good || fail(&link->inside, "hostdev", failure);
}

static gboolean
move_in(Link *link, DriverFailure **failure)
{
    const LxcInterface *interface = link->interface;

    return link->outside.table->move(link->outside.network, interface->handed_name, link->namespace, 0,
                                     interface->guest_name, &link->outside.problem) == MORTISE_OK ||
           fail(&link->outside, "interface", failure);
}

gboolean
lxc_link_attach(const LxcChange *change, const LxcInterface *interface, guint *index, DriverFailure **failure)
{
    g_auto(Link) link = {.change = change, .interface = interface, .namespace = -1};

    if (geteuid() != 0) {
        driver_failure_set(failure, "permission-denied", "interface", "Use lxc:///system as root.",
                           "Only root can give a running container a network device.");
        return FALSE;
    }
    return link_open(&link, failure) &&
           (!lxc_network_is_made(interface) ||
            lxc_network_make(&link.outside, interface, change->domain->uuid, index, failure)) &&
           move_in(&link, failure) && settle(&link.inside, interface, failure);
}

gboolean
lxc_link_detach(const LxcChange *change, const LxcInterface *interface, DriverFailure **failure)
{
    g_auto(Link) link = {.change = change, .interface = interface, .namespace = -1};

    return link_open(&link, failure) && take_out(&link, failure);
}

/* Whether a link of the container is the one that is meant, and nothing that it has made itself. */
static gboolean
is_inside(Link *link, const char *mac)
{
    const LxcInterface *interface = link->interface;
    const MortiseLink found = network_link_find(&link->inside, interface->guest_name);

    if (interface->type != LXC_INTERFACE_PHYSICAL) {
        return interface->host_name == NULL &&
               lxc_network_is_ours(&found, interface->mac, link->change->domain->uuid);
    }
    return found.index > 0 && mac != NULL && network_link_has_mac(&found, mac) &&
           network_link_find(&link->outside, interface->source).index == 0;
}

/* What of one that was made is on the host: the end that stays, or what was not moved yet. */
static gboolean
remove_outside(Link *link, DriverFailure **failure)
{
    const LxcInterface *interface = link->interface;
    g_autofree char *entry = lxc_network_entry(interface);
    const char *mac = strchr(entry, ' ') + 1;
    const char *name = interface->host_name != NULL ? interface->host_name : interface->handed_name;
    const MortiseLink found = network_link_find(&link->outside, name);

    return !lxc_network_is_ours(&found, mac, link->change->domain->uuid) ||
           link->outside.table->remove(link->outside.network, name, found.index, &link->outside.problem) ==
               MORTISE_OK || fail(&link->outside, "interface", failure);
}

gboolean
lxc_link_settle(const LxcChange *change, const LxcInterface *interface, const char *mac, DriverFailure **failure)
{
    g_auto(Link) link = {.change = change, .interface = interface, .namespace = -1};

    // Nobody else could have begun anything.
    if (geteuid() != 0) {
        return TRUE;
    }
    return link_open(&link, failure) && (!lxc_network_is_made(interface) || remove_outside(&link, failure)) &&
           (!is_inside(&link, mac) || take_out(&link, failure));
}

char *
lxc_link_mac(const LxcChange *change, const LxcInterface *interface, gboolean inside)
{
    g_auto(Link) link = {.change = change, .interface = interface, .namespace = -1};
    MortiseLink found;

    if (geteuid() != 0 || interface->type != LXC_INTERFACE_PHYSICAL || !link_open(&link, NULL)) {
        return NULL;
    }
    found = network_link_find(inside ? &link.inside : &link.outside,
                              inside ? interface->guest_name : interface->source);
    return found.index == 0 ? NULL
                            : g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", found.mac[0], found.mac[1],
                                              found.mac[2], found.mac[3], found.mac[4], found.mac[5]);
}

static gboolean
same_list(const GPtrArray *one, const GPtrArray *other)
{
    gboolean same = one->len == other->len;

    for (guint i = 0; same && i < one->len; i++) {
        same = g_str_equal(one->pdata[i], other->pdata[i]);
    }
    return same;
}

static gboolean
same_routes(const LxcInterface *first, const LxcInterface *second)
{
    gboolean same = first->routes->len == second->routes->len && g_strcmp0(first->gateway, second->gateway) == 0 &&
                    g_strcmp0(first->gateway6, second->gateway6) == 0;

    for (guint i = 0; same && i < first->routes->len; i++) {
        const LxcRoute *one = first->routes->pdata[i];
        const LxcRoute *other = second->routes->pdata[i];
        same = g_str_equal(one->destination, other->destination) && g_str_equal(one->gateway, other->gateway) &&
               one->metric == other->metric;
    }
    return same;
}

/* What cannot change while it runs, by its element; NULL: nothing of that differs. */
static const char *
find_difference(const LxcInterface *old, const LxcInterface *new)
{
    const struct {
        gboolean differs;
        const char *element;
    } parts[] = {
        {old->type != new->type, "type"},
        {old->type != LXC_INTERFACE_BRIDGE && g_strcmp0(old->source, new->source) != 0, "source"},
        {old->mode != new->mode, "source mode"},
        {g_strcmp0(old->mac, new->mac) != 0, "mac"},
        {g_strcmp0(old->host_name, new->host_name) != 0, "target"},
        {g_strcmp0(old->guest_name, new->guest_name) != 0, "guest"},
        {old->mtu != new->mtu, "mtu"},
        {!same_list(old->addresses, new->addresses), "ip"},
        {!same_routes(old, new), "route"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].differs) {
            return parts[i].element;
        }
    }
    return NULL;
}

static gboolean
same_bandwidth(const DomainBandwidth *one, const DomainBandwidth *other)
{
    return one->average == other->average && one->peak == other->peak && one->burst == other->burst;
}

/* The host's end sends what the container receives. */
static gboolean
set_bandwidth(NetworkProvider *outside, const LxcInterface *has, const LxcInterface *wanted, DriverFailure **failure)
{
    const MortiseBandwidth received = network_bandwidth(&wanted->outbound);
    const MortiseBandwidth sent = network_bandwidth(&wanted->inbound);
    const gboolean receives = !same_bandwidth(&has->outbound, &wanted->outbound);
    const gboolean sends = !same_bandwidth(&has->inbound, &wanted->inbound);

    return (!receives && !sends) ||
           outside->table->bandwidth(outside->network, wanted->host_name, receives ? &received : NULL,
                                     sends ? &sent : NULL, &outside->problem) == MORTISE_OK ||
           fail(outside, "bandwidth", failure);
}

static gboolean
set_state(Link *link, const LxcInterface *interface, DriverFailure **failure)
{
    const gboolean pair = interface->host_name != NULL;
    NetworkProvider *provider = pair ? &link->outside : &link->inside;
    MortiseLinkSettings settings = network_link_settings(pair ? interface->host_name : interface->guest_name);

    settings.set = MORTISE_LINK_SET_UP;
    settings.up = !interface->down;
    if (interface->type == LXC_INTERFACE_BRIDGE) {
        settings.set |= MORTISE_LINK_SET_MASTER;
        settings.master = interface->source;
    }
    return provider->table->change(provider->network, &settings, &provider->problem) == MORTISE_OK ||
           fail(provider, "link", failure);
}

gboolean
lxc_link_update(const LxcChange *change, const LxcInterface *old, const LxcInterface *new, DriverFailure **failure)
{
    g_auto(Link) link = {.change = change, .interface = new, .namespace = -1};
    const char *difference = find_difference(old, new);

    if (difference != NULL) {
        driver_failure_set(failure, "unsupported", difference,
                           "Detach it and attach it again; link, bandwidth and bridge change while it runs.",
                           "The %s of an interface cannot change while the container runs.", difference);
        return FALSE;
    }
    if (!link_open(&link, failure) || !set_state(&link, new, failure)) {
        return FALSE;
    }
    if (new->host_name != NULL && !set_bandwidth(&link.outside, old, new, failure)) {
        (void) set_bandwidth(&link.outside, new, old, NULL);
        (void) set_state(&link, old, NULL);
        return FALSE;
    }
    return TRUE;
}
