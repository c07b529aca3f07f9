// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking at the host's links by the provider of host networking: what there is, and whether a guest fits in.
#include "qemu-engine-network.h"
#include "qemu-places.h"

gboolean
qemu_network_open(const QemuDriver *driver, NetworkProvider *provider)
{
    return network_provider_open(provider, driver->host, driver->self, -1, "use <interface type='user'>");
}

static void
check_source(NetworkProvider *provider, const DomainInterface *interface, DomainFindings *findings)
{
    const gboolean bridge = interface->type == DOMAIN_INTERFACE_BRIDGE;
    const MortiseLink link = interface->source ? network_link_find(provider, interface->source)
                                               : (MortiseLink){.index = 1};
    g_autofree char *hint = g_strdup_printf("create it with: ip link add %s type bridge", interface->source);

    if (link.index == 0) {
        domain_findings_add(findings, interface->source_line, "link-missing", "domain/devices/interface/source",
                            bridge ? hint : "'ip link' lists what there is", "%s '%s' does not exist",
                            bridge ? "bridge" : "device", interface->source);
    }
}

static void
check_target(NetworkProvider *provider, const DomainInterface *interface, DomainFindings *findings)
{
    const gboolean there = interface->target && network_link_find(provider, interface->target).index != 0;

    if (interface->target_exists && interface->target && !there) {
        domain_findings_add(findings, interface->device.line, "link-missing", "domain/devices/interface/target",
                            "create it with: ip tuntap add NAME mode tap, or take managed='no' away",
                            "device '%s' does not exist", interface->target);
    }
}

void
qemu_network_check(const QemuDriver *driver, const DomainDefinition *definition, DomainFindings *findings)
{
    g_auto(NetworkProvider) provider = {.table = NULL};

    for (guint i = 0; i < definition->interfaces->len; i++) {
        const DomainInterface *interface = definition->interfaces->pdata[i];

        if (interface->type == DOMAIN_INTERFACE_USER) {
            continue;
        }
        if (!qemu_network_open(driver, &provider)) {
            domain_findings_add(findings, interface->device.line, provider.problem.reason,
                                "domain/devices/interface/@type", provider.problem.hint, "%s",
                                provider.problem.message);
            return;
        }
        check_source(&provider, interface, findings);
        check_target(&provider, interface, findings);
    }
}

/* What two guests cannot have of one host: a name, and on one device an address. */
static void
check_free(NetworkProvider *provider, const DomainInterface *interface, DomainFindings *findings)
{
    const gboolean named = interface->target && !interface->target_exists;
    const guint line = interface->device.line;
    const guint parent = interface->type == DOMAIN_INTERFACE_DIRECT
                             ? network_link_find(provider, interface->source).index : 0;
    uint32_t count = 0;
    g_autofree MortiseLink *links = network_links(provider, &count);

    for (uint32_t i = 0; i < count; i++) {
        const MortiseLink *link = &links[i];
        if (named && g_str_equal(link->name, interface->target)) {
            domain_findings_add(findings, line, "link-exists", "domain/devices/interface/target",
                                "Give the destination another name with --xml, or none.",
                                "there is a device '%s' already", link->name);
        }
        if (parent != 0 && link->kind == MORTISE_LINK_MACVTAP && link->lower == parent &&
            network_link_has_mac(link, interface->mac)) {
            domain_findings_add(findings, line, "resource-busy", "domain/devices/interface/mac",
                                "Give the destination another device with --xml: on one host, both sides cannot have "
                                "their macvtap on the same one.",
                                "the device '%s' has a macvtap with the address %s already, '%s'", interface->source,
                                interface->mac, link->name);
        }
    }
}

void
qemu_network_check_free(const QemuDriver *driver, const DomainDefinition *definition, DomainFindings *findings)
{
    g_auto(NetworkProvider) provider = {.table = NULL};

    // Without a provider there is a finding already.
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const DomainInterface *interface = definition->interfaces->pdata[i];
        if (interface->type != DOMAIN_INTERFACE_USER) {
            if (!qemu_network_open(driver, &provider)) {
                return;
            }
            check_free(&provider, interface, findings);
        }
    }
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
    g_auto(NetworkProvider) provider = {.table = NULL};
    g_autofree MortiseLink *links = NULL;
    GPtrArray *list = NULL;
    uint32_t count = 0;

    if (!qemu_network_open(driver, &provider)) {
        return NULL;
    }
    list = qemu_places_new_links();
    links = network_links(&provider, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_for_guests(&links[i])) {
            qemu_places_add_link(list, links[i].name, links[i].kind_name);
        }
    }
    return list;
}
