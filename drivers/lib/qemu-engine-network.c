// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The host's side of a guest's interfaces: taps and macvtaps, made by the provider of host networking.
#include "qemu-engine-start.h"
#include "qemu-places.h"

#include <mortise/driver/network.h>
#include <string.h>
#include <unistd.h>

/* Descriptors that the keeper passes on, at most; two of them are monitors. */
#define QUEUES_LIMIT 990u
/* What the kernel keeps beside a macvtap, so that no other is taken for it. */
#define ALIAS_PREFIX "mortise:"

/* The provider, opened for the namespace of this thread. */
typedef struct {
    const MortiseNetworkInterface *table;
    MortiseNetwork *network;
    MortiseProblem problem;
} Provider;

static const char *const type_words[] = {"user", "bridge", "ethernet", "direct"};

static void
provider_clear(Provider *provider)
{
    if (provider->network) {
        provider->table->close(provider->network);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Provider, provider_clear)

/* What is wrong is in the problem, with a reason; else it is open. */
static gboolean
provider_open(const QemuDriver *driver, Provider *provider)
{
    const MortiseHost *host = driver->host;

    provider->problem = (MortiseProblem){.struct_size = sizeof(provider->problem)};
    provider->table = host->provider(driver->self, MORTISE_NETWORK_ID, MORTISE_NETWORK_VERSION);
    if (!provider->table) {
        (void) g_strlcpy(provider->problem.reason, "host-unsupported", sizeof(provider->problem.reason));
        (void) g_strlcpy(provider->problem.message, "the module 'netlink', which connects guests to the host's "
                         "network, cannot be used", sizeof(provider->problem.message));
        (void) g_strlcpy(provider->problem.hint, "Install the package mortise-provider-netlink, or use <interface "
                         "type='user'>; 'mortise drivers' tells the module's state.", sizeof(provider->problem.hint));
        return FALSE;
    }
    return provider->table->open(-1, &provider->network, &provider->problem) == MORTISE_OK;
}

static MortiseLinkSettings
settings_named(const char *name)
{
    return (MortiseLinkSettings){.struct_size = sizeof(MortiseLinkSettings), .name = name, .peer_namespace = -1};
}

/* The link of a name; index 0 when there is none or nobody can tell. */
static MortiseLink
find_link(Provider *provider, const char *name)
{
    MortiseLink link = {.struct_size = sizeof(link)};
    uint32_t count = 0;

    if (provider->table->links(provider->network, &name, &link, 1, &count, &provider->problem) != MORTISE_OK) {
        link.index = 0;
    }
    return link;
}

static void
check_source(Provider *provider, const DomainInterface *interface, DomainFindings *findings)
{
    const gboolean bridge = interface->type == DOMAIN_INTERFACE_BRIDGE;
    const MortiseLink link = interface->source ? find_link(provider, interface->source) : (MortiseLink){.index = 1};
    g_autofree char *hint = g_strdup_printf("create it with: ip link add %s type bridge", interface->source);

    if (link.index == 0) {
        domain_findings_add(findings, interface->source_line, "link-missing", "domain/devices/interface/source",
                            bridge ? hint : "'ip link' lists what there is", "%s '%s' does not exist",
                            bridge ? "bridge" : "device", interface->source);
    }
}

static void
check_target(Provider *provider, const DomainInterface *interface, DomainFindings *findings)
{
    const gboolean there = interface->target && find_link(provider, interface->target).index != 0;

    if (interface->target_exists && interface->target && !there) {
        domain_findings_add(findings, interface->device.line, "link-missing", "domain/devices/interface/target",
                            "create it with: ip tuntap add NAME mode tap, or take managed='no' away",
                            "device '%s' does not exist", interface->target);
    }
}

void
qemu_network_check(const QemuDriver *driver, const DomainDefinition *definition, DomainFindings *findings)
{
    g_auto(Provider) provider = {.table = NULL};
    gboolean opened = FALSE;

    for (guint i = 0; i < definition->interfaces->len; i++) {
        const DomainInterface *interface = definition->interfaces->pdata[i];

        if (interface->type == DOMAIN_INTERFACE_USER) {
            continue;
        }
        if (!opened && !provider_open(driver, &provider)) {
            domain_findings_add(findings, interface->device.line, provider.problem.reason,
                                "domain/devices/interface/@type", provider.problem.hint, "%s",
                                provider.problem.message);
            return;
        }
        opened = TRUE;
        check_source(&provider, interface, findings);
        check_target(&provider, interface, findings);
    }
}

/* One interface on its way, beside all of the start. */
typedef struct {
    QemuStart *start;
    Provider *provider;
    const DomainInterface *interface;
    QemuInterfaceName *name;   /* its place in the record */
} Connecting;

static gboolean
fail(const Connecting *self, const char *part, DriverFailure **failure)
{
    const MortiseProblem *problem = &self->provider->problem;
    g_autofree char *path = g_strconcat("domain/devices/interface", part, NULL);

    driver_failure_set(failure, problem->reason, path, *problem->hint ? problem->hint : NULL, "line %u, %s: %s",
                       self->interface->device.line, path, problem->message);
    return FALSE;
}

static void
set_mac(MortiseLinkSettings *settings, const char *text, gboolean of_host)
{
    guint64 byte = 0;

    for (guint i = 0; i < sizeof(settings->mac); i++) {
        g_autofree char *pair = g_strndup(text + 3 * i, 2);
        (void) g_ascii_string_to_unsigned(pair, 16, 0, G_MAXUINT8, &byte, NULL);
        settings->mac[i] = (uint8_t) byte;
    }
    // The host's end has an address of its own, the highest of all: a bridge takes the lowest of its ports.
    if (of_host) {
        settings->mac[0] = 0xfe;
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
    MortiseLinkSettings settings = settings_named(interface->target ? interface->target : "vnet%d");

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
    const MortiseLinkSettings opening = settings_named(self->interface->target);
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

/* A macvtap does not end with its emulator: what is about to be made is written down first. */
static gboolean
connect_direct(Connecting *self, DriverFailure **failure)
{
    const DomainInterface *interface = self->interface;
    const QemuDomain *domain = self->start->domain;
    g_autofree char *alias = g_strconcat(ALIAS_PREFIX, domain->uuid, NULL);
    MortiseLinkSettings settings = settings_named(interface->target ? interface->target : "macvtap%d");
    MortiseLink made = {.struct_size = sizeof(made)};
    const Provider *provider = self->provider;

    settings.kind = MORTISE_LINK_MACVTAP;
    settings.mode = (uint32_t) interface->mode;
    settings.parent = interface->source;
    settings.alias = alias;
    settings.set = MORTISE_LINK_SET_ALIAS;
    set_common(&settings, interface);
    set_mac(&settings, interface->mac, FALSE);
    if (!qemu_start_keep(self->start, failure)) {
        return FALSE;
    }
    if (provider->table->create(provider->network, &settings, &made, &self->provider->problem) != MORTISE_OK) {
        // Nothing was made, and nothing is to be looked for.
        g_ptr_array_set_size(self->start->guest->record->interfaces,
                             (gint) self->start->guest->record->interfaces->len - 1);
        return fail(self, "", failure);
    }
    g_free(self->name->target);
    self->name->target = g_strdup(made.name);
    self->name->index = made.index;
    settings = settings_named(self->name->target);
    return open_queues(self, &settings, 0, failure);
}

static void
fill_bandwidth(const DomainBandwidth *from, MortiseBandwidth *to)
{
    *to = (MortiseBandwidth){
        .struct_size = sizeof(*to), .average = from->average, .peak = from->peak, .burst = from->burst,
    };
}

/* The host's end of a tap sends what the guest receives; a macvtap is the guest's own end. */
static gboolean
limit_bandwidth(Connecting *self, DriverFailure **failure)
{
    const DomainInterface *interface = self->interface;
    const gboolean own_end = interface->type == DOMAIN_INTERFACE_DIRECT;
    const DomainBandwidth *sent = own_end ? &interface->outbound : &interface->inbound;
    const DomainBandwidth *received = own_end ? &interface->inbound : &interface->outbound;
    MortiseBandwidth in;
    MortiseBandwidth out;

    fill_bandwidth(received, &in);
    fill_bandwidth(sent, &out);
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
    g_auto(Provider) provider = {.table = NULL};

    start->queues = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < start->definition->interfaces->len; i++) {
        const DomainInterface *interface = start->definition->interfaces->pdata[i];
        const QemuInterfaceName name = {
            .alias = qemu_plan_find(start->command->plan, &interface->device)->alias,
            .type = (char *) type_words[interface->type], .source = interface->source, .mac = interface->mac,
        };
        Connecting connecting = {.start = start, .provider = &provider, .interface = interface};

        connecting.name = qemu_record_add_interface(start->guest->record, &name);
        if (interface->type != DOMAIN_INTERFACE_USER && !provider.network &&
            !provider_open(start->driver, &provider)) {
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
    MortiseLinkSettings settings = {.set = 0};
    const gboolean tagged = g_str_equal(link->alias, alias);

    set_mac(&settings, name->mac, FALSE);
    return link->kind == MORTISE_LINK_MACVTAP && memcmp(link->mac, settings.mac, sizeof(settings.mac)) == 0 &&
           (name->index != 0 ? tagged && link->index == name->index : tagged || !*link->alias);
}

static MortiseLink *
list_links(Provider *provider, uint32_t *count)
{
    g_autofree MortiseLink *links = NULL;
    uint32_t room = 64;

    do {
        room *= 2;
        links = g_renew(MortiseLink, g_steal_pointer(&links), room);
        links[0].struct_size = sizeof(links[0]);
        if (provider->table->links(provider->network, NULL, links, room, count, NULL) != MORTISE_OK) {
            *count = 0;
        }
    } while (*count > room);
    return g_steal_pointer(&links);
}

/* Those of guests, and of nobody but the host itself, are named by no definition. */
static gboolean
is_for_guests(const MortiseLink *link)
{
    return link->kind != MORTISE_LINK_LOOPBACK && link->kind != MORTISE_LINK_VETH && link->kind != MORTISE_LINK_TAP &&
           link->kind != MORTISE_LINK_MACVTAP;
}

GPtrArray *
qemu_network_list(const QemuDriver *driver)
{
    g_auto(Provider) provider = {.table = NULL};
    g_autofree MortiseLink *links = NULL;
    GPtrArray *list = NULL;
    uint32_t count = 0;

    if (!provider_open(driver, &provider)) {
        return NULL;
    }
    list = qemu_places_new_links();
    links = list_links(&provider, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_for_guests(&links[i])) {
            qemu_places_add_link(list, links[i].name, links[i].kind_name);
        }
    }
    return list;
}

static void
forget_one(const QemuEngine *engine, Provider *provider, const QemuInterfaceName *name, const char *alias)
{
    uint32_t count = 0;
    g_autofree MortiseLink *links = list_links(provider, &count);

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
    g_autofree char *alias = g_strconcat(ALIAS_PREFIX, uuid, NULL);
    g_auto(Provider) provider = {.table = NULL};

    // After a boot nothing is left, and an index may be another's.
    if (g_strcmp0(record->boot, engine->boot) != 0) {
        return;
    }
    for (guint i = 0; i < record->interfaces->len; i++) {
        const QemuInterfaceName *name = record->interfaces->pdata[i];
        if (!g_str_equal(name->type, type_words[DOMAIN_INTERFACE_DIRECT])) {
            continue;
        }
        if (!provider.network && !provider_open(engine->driver, &provider)) {
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
    g_auto(Provider) provider = {.table = NULL};
    gboolean any = FALSE;
    uint32_t count = 0;

    (void) g_array_set_size(links, record->interfaces->len);
    for (guint i = 0; i < record->interfaces->len; i++) {
        const QemuInterfaceName *name = record->interfaces->pdata[i];
        g_ptr_array_add(names, name->target);
        any |= *name->target != '\0';
    }
    if (!any || !provider_open(driver, &provider)) {
        return g_steal_pointer(&links);
    }
    g_array_index(links, MortiseLink, 0).struct_size = sizeof(MortiseLink);
    if (provider.table->links(provider.network, (const char *const *) names->pdata,
                              (MortiseLink *) (void *) links->data, links->len, &count, NULL) != MORTISE_OK) {
        memset(links->data, 0, links->len * sizeof(MortiseLink));
    }
    return g_steal_pointer(&links);
}
