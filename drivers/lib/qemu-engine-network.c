// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The host's side of a guest's interfaces: taps and macvtaps, made by the provider of host networking.
#include "qemu-engine-network.h"
#include "qemu-engine-start.h"

#include <string.h>
#include <unistd.h>

/* Descriptors that the keeper passes on, at most; two of them are monitors. */
#define QUEUES_LIMIT 990u
#define MACVTAPS 65536u

static const char *const type_words[] = {"user", "bridge", "ethernet", "direct"};

/* One interface on its way, beside all of the start. */
typedef struct {
    QemuStart *start;
    NetworkProvider *provider;
    const DomainInterface *interface;
    QemuInterfaceName *name;   /* its place in the record */
} Connecting;

static gboolean
fail(const Connecting *self, const char *part, DriverFailure **failure)
{
    g_autofree char *path = g_strconcat("domain/devices/interface", part, NULL);

    return network_provider_fail(self->provider, self->interface->device.line, path, failure);
}

static void
set_mac(MortiseLinkSettings *settings, const char *text, gboolean of_host)
{
    network_mac_read(text, settings->mac);
    if (of_host) {
        settings->mac[0] = NETWORK_HOST_MAC_FIRST;
    }
    settings->set |= MORTISE_LINK_SET_MAC;
}

static void
set_common(MortiseLinkSettings *settings, const DomainInterface *interface)
{
    settings->set |= MORTISE_LINK_SET_UP;
    settings->up = 1;
    if (interface->mtu > 0) {
        settings->set |= MORTISE_LINK_SET_MTU;
        settings->mtu = interface->mtu;
    }
}

static gboolean
open_queues(Connecting *self, const MortiseLinkSettings *settings, guint flags, DriverFailure **failure)
{
    const guint count = self->interface->queues;
    g_autofree int *queues = g_new0(int, count);
    MortiseLink opened = {.struct_size = sizeof(opened)};

    flags |= MORTISE_TAP_VNET_HEADER;
    if (self->provider->table->open_tap(self->provider->network, settings, flags, queues, count, &opened,
                                        &self->provider->problem) != MORTISE_OK) {
        return fail(self, "", failure);
    }
    (void) g_array_append_vals(self->start->queues, queues, count);
    g_free(self->name->target);
    self->name->target = g_strdup(opened.name);
    self->name->index = opened.index;
    return TRUE;
}

static gboolean
connect_tap(Connecting *self, DriverFailure **failure)
{
    const DomainInterface *interface = self->interface;
    MortiseLinkSettings settings = network_link_settings(interface->target ? interface->target : "vnet%d");

    settings.kind = MORTISE_LINK_TAP;
    set_common(&settings, interface);
    set_mac(&settings, interface->mac, TRUE);
    if (interface->type == DOMAIN_INTERFACE_BRIDGE) {
        settings.set |= MORTISE_LINK_SET_MASTER;
        settings.master = interface->source;
    }
    return open_queues(self, &settings, MORTISE_TAP_CREATE, failure);
}

/* Somebody else's tap is used as it is; only what the definition asks for is changed. */
static gboolean
connect_existing(Connecting *self, DriverFailure **failure)
{
    const MortiseLinkSettings opening = network_link_settings(self->interface->target);
    MortiseLinkSettings settings = opening;

    if (!open_queues(self, &opening, 0, failure)) {
        return FALSE;
    }
    if (self->interface->mtu == 0) {
        return TRUE;
    }
    settings.set = MORTISE_LINK_SET_MTU;
    settings.mtu = self->interface->mtu;
    return self->provider->table->change(self->provider->network, &settings, &self->provider->problem) == MORTISE_OK ||
           fail(self, "/mtu", failure);
}

/*
 * Another root's guest may have the same UUID and address, as both sides of a migration on one host do: the token is
 * this start's alone. To be freed.
 */
static char *
alias_of(const char *uuid, const QemuRecord *record)
{
    return g_strconcat(NETWORK_ALIAS_PREFIX, uuid, ":", record->link_token, NULL);
}

/* The name until the alias is there, which nobody else's link has; what is about to be made is written down first. */
static gboolean
announce_direct(Connecting *self, DriverFailure **failure)
{
    QemuRecord *record = self->start->guest->record;

    if (!record->link_token) {
        record->link_token = g_strdup_printf("%08x", g_random_int());
    }
    g_free(self->name->target);
    self->name->target = g_strdup_printf("mt%s-%u", record->link_token, record->interfaces->len - 1);
    return qemu_start_keep(self->start, failure);
}

static gboolean
make_direct(Connecting *self, DriverFailure **failure)
{
    const DomainInterface *interface = self->interface;
    QemuRecord *record = self->start->guest->record;
    g_autofree char *alias = alias_of(self->start->domain->uuid, record);
    MortiseLinkSettings settings = network_link_settings(self->name->target);
    MortiseLink made = {.struct_size = sizeof(made)};
    const NetworkProvider *provider = self->provider;

    settings.kind = MORTISE_LINK_MACVTAP;
    settings.mode = (uint32_t) interface->mode;
    settings.parent = interface->source;
    settings.alias = alias;
    settings.set = MORTISE_LINK_SET_ALIAS;
    set_common(&settings, interface);
    // Before Linux 6.2 nothing that is up gets another name.
    settings.set &= ~MORTISE_LINK_SET_UP;
    set_mac(&settings, interface->mac, FALSE);
    if (provider->table->create(provider->network, &settings, &made, &self->provider->problem) != MORTISE_OK) {
        // Nothing was made, and nothing is to be looked for.
        g_ptr_array_set_size(record->interfaces, (gint) record->interfaces->len - 1);
        return fail(self, "", failure);
    }
    self->name->index = made.index;
    return TRUE;
}

static gboolean
is_taken(const MortiseLink *links, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (g_str_equal(links[i].name, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* FALSE with "link-exists" in the problem when the name is another's. */
static gboolean
bring_up_as(Connecting *self, const char *name)
{
    MortiseLinkSettings settings = network_link_settings(self->name->target);
    MortiseProblem *problem = &self->provider->problem;

    settings.set = MORTISE_LINK_SET_NAME | MORTISE_LINK_SET_UP;
    settings.new_name = name;
    settings.up = 1;
    if (self->provider->table->change(self->provider->network, &settings, problem) != MORTISE_OK) {
        if (g_str_equal(problem->reason, "link-exists")) {
            (void) g_snprintf(problem->message, sizeof(problem->message), "there is a device '%s' already", name);
            (void) g_strlcpy(problem->hint, "Choose another name, or delete it with: ip link del NAME",
                             sizeof(problem->hint));
        }
        return FALSE;
    }
    g_free(self->name->target);
    self->name->target = g_strdup(name);
    return TRUE;
}

static gboolean
bring_up_as_first_free(Connecting *self)
{
    uint32_t count = 0;
    g_autofree MortiseLink *links = network_links(self->provider, &count);

    for (guint i = 0; i < MACVTAPS; i++) {
        g_autofree char *name = g_strdup_printf("macvtap%u", i);
        if (is_taken(links, count, name)) {
            continue;
        }
        if (bring_up_as(self, name)) {
            return TRUE;
        }
        if (!g_str_equal(self->provider->problem.reason, "link-exists")) {
            return FALSE;
        }
    }
    return FALSE;
}

/* A macvtap does not end with its emulator. */
static gboolean
connect_direct(Connecting *self, DriverFailure **failure)
{
    const char *target = self->interface->target;
    MortiseLinkSettings opening;

    if (!announce_direct(self, failure) || !make_direct(self, failure)) {
        return FALSE;
    }
    if (!(target ? bring_up_as(self, target) : bring_up_as_first_free(self))) {
        return fail(self, "", failure);
    }
    opening = network_link_settings(self->name->target);
    return open_queues(self, &opening, 0, failure);
}

/* The host's end of a tap sends what the guest receives; a macvtap is the guest's own end. */
static gboolean
limit_bandwidth(Connecting *self, DriverFailure **failure)
{
    const DomainInterface *interface = self->interface;
    const gboolean own_end = interface->type == DOMAIN_INTERFACE_DIRECT;
    const DomainBandwidth *sent = own_end ? &interface->outbound : &interface->inbound;
    const DomainBandwidth *received = own_end ? &interface->inbound : &interface->outbound;
    const MortiseBandwidth in = network_bandwidth(received);
    const MortiseBandwidth out = network_bandwidth(sent);

    if (in.average == 0 && out.average == 0) {
        return TRUE;
    }
    return self->provider->table->bandwidth(self->provider->network, self->name->target, in.average > 0 ? &in : NULL,
                                            out.average > 0 ? &out : NULL, &self->provider->problem) == MORTISE_OK ||
           fail(self, "/bandwidth", failure);
}

static gboolean
connect_one(Connecting *self, DriverFailure **failure)
{
    gboolean good;

    switch (self->interface->type) {
    case DOMAIN_INTERFACE_DIRECT:
        good = connect_direct(self, failure);
        break;
    case DOMAIN_INTERFACE_BRIDGE:
    case DOMAIN_INTERFACE_ETHERNET:
        good = self->interface->target_exists ? connect_existing(self, failure) : connect_tap(self, failure);
        break;
    case DOMAIN_INTERFACE_USER:
    default:
        return TRUE;
    }
    return good && limit_bandwidth(self, failure);
}

gboolean
qemu_start_connect(QemuStart *start, DriverFailure **failure)
{
    g_auto(NetworkProvider) provider = {.table = NULL};

    start->queues = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < start->definition->interfaces->len; i++) {
        const DomainInterface *interface = start->definition->interfaces->pdata[i];
        const QemuInterfaceName name = {
            .alias = qemu_plan_find(start->command->plan, &interface->device)->alias,
            .type = (char *) type_words[interface->type], .source = interface->source, .mac = interface->mac,
        };
        Connecting connecting = {.start = start, .provider = &provider, .interface = interface};

        connecting.name = qemu_record_add_interface(start->guest->record, &name);
        if (interface->type != DOMAIN_INTERFACE_USER && !qemu_network_open(start->driver, &provider)) {
            return fail(&connecting, "/@type", failure);
        }
        if (!connect_one(&connecting, failure)) {
            return FALSE;
        }
    }
    if (start->queues->len > QUEUES_LIMIT) {
        driver_failure_set(failure, "limit-exceeded", "domain/devices/interface", "Give it fewer queues.",
                           "All interfaces together have %u queues, and at most %u can be passed to the emulator.",
                           start->queues->len, QUEUES_LIMIT);
        return FALSE;
    }
    return TRUE;
}

void
qemu_start_disconnect(QemuStart *start)
{
    for (guint i = 0; start->queues && i < start->queues->len; i++) {
        (void) close(g_array_index(start->queues, int, i));
    }
    g_clear_pointer(&start->queues, g_array_unref);
}

/* Whether the link is what the record speaks of; without an index, its making may have been cut off half way. */
static gboolean
is_remembered(const QemuInterfaceName *name, const MortiseLink *link, const char *alias)
{
    const gboolean tagged = g_str_equal(link->alias, alias);

    return link->kind == MORTISE_LINK_MACVTAP && network_link_has_mac(link, name->mac) &&
           (name->index != 0 ? tagged && link->index == name->index
                             : tagged || (!*link->alias && g_str_equal(link->name, name->target)));
}

static void
forget_one(const QemuEngine *engine, NetworkProvider *provider, const QemuInterfaceName *name, const char *alias)
{
    uint32_t count = 0;
    g_autofree MortiseLink *links = network_links(provider, &count);

    for (uint32_t i = 0; i < count; i++) {
        if (is_remembered(name, &links[i], alias) &&
            provider->table->remove(provider->network, links[i].name, links[i].index, &provider->problem) !=
                MORTISE_OK) {
            qemu_engine_log(engine->driver, MORTISE_LOG_WARNING, "%s of an ended guest is left: %s", links[i].name,
                            provider->problem.message);
        }
    }
}

void
qemu_network_forget(const QemuEngine *engine, const char *uuid, const QemuRecord *record)
{
    g_auto(NetworkProvider) provider = {.table = NULL};
    g_autofree char *alias = NULL;

    // After a boot nothing is left, and an index may be another's.
    if (g_strcmp0(record->boot, engine->boot) != 0 || !record->link_token) {
        return;
    }
    alias = alias_of(uuid, record);
    for (guint i = 0; i < record->interfaces->len; i++) {
        const QemuInterfaceName *name = record->interfaces->pdata[i];
        if (!g_str_equal(name->type, type_words[DOMAIN_INTERFACE_DIRECT])) {
            continue;
        }
        if (!qemu_network_open(engine->driver, &provider)) {
            qemu_engine_log(engine->driver, MORTISE_LOG_WARNING, "the macvtap of an ended guest is left: %s",
                            provider.problem.message);
            return;
        }
        forget_one(engine, &provider, name, alias);
    }
}

GArray *
qemu_network_links(const QemuDriver *driver, const QemuRecord *record)
{
    g_autoptr(GArray) links = g_array_new(FALSE, TRUE, sizeof(MortiseLink));
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_auto(NetworkProvider) provider = {.table = NULL};
    gboolean any = FALSE;
    uint32_t count = 0;

    (void) g_array_set_size(links, record->interfaces->len);
    for (guint i = 0; i < record->interfaces->len; i++) {
        const QemuInterfaceName *name = record->interfaces->pdata[i];
        g_ptr_array_add(names, name->target);
        any |= *name->target != '\0';
    }
    if (!any || !qemu_network_open(driver, &provider)) {
        return g_steal_pointer(&links);
    }
    g_array_index(links, MortiseLink, 0).struct_size = sizeof(MortiseLink);
    if (provider.table->links(provider.network, (const char *const *) names->pdata,
                              (MortiseLink *) (void *) links->data, links->len, &count, NULL) != MORTISE_OK) {
        memset(links->data, 0, links->len * sizeof(MortiseLink));
    }
    return g_steal_pointer(&links);
}
