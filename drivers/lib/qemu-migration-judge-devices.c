// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of what the guest is connected to: devices and networks of its host.
#include "qemu-migration-judge.h"

#include "domain-xml.h"

static char *
attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = node ? xmlGetNoNsProp(node, (const xmlChar *) name) : NULL;
    char *copy = g_strdup((const char *) value);

    xmlFree(value);
    return copy;
}

static xmlNode *
devices_of(const QemuJudgement *judgement)
{
    return domain_xml_child(xmlDocGetRootElement(judgement->definition->document), "devices");
}

void
qemu_judge_host_devices(QemuJudgement *judgement)
{
    const xmlNode *devices = devices_of(judgement);
    guint found = 0;

    for (const xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        if (domain_xml_is(node, "hostdev") || domain_xml_is(node, "redirdev")) {
            g_autofree char *type = attribute(node, "type");
            (void) qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "host-device", (const char *) node->name,
                                      "Detach it before, and attach one of the destination afterwards.",
                                      "line %u of the XML: a %s device of the host cannot go along",
                                      domain_xml_line(node), type ? type : "real");
            found++;
        }
    }
    if (found == 0) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "host-device", NULL, NULL,
                                  "the guest has no device of the host");
    }
}

/* Why the interfaces cannot be plugged in on this host: how many reasons there are. */
static guint
judge_networks_here(QemuJudgement *judgement)
{
    g_autoptr(DomainFindings) findings = domain_findings_new();

    qemu_network_check(judgement->engine->driver, judgement->definition, findings);
    qemu_network_check_free(judgement->engine->driver, judgement->definition, findings);
    for (guint i = 0; i < domain_findings_count(findings); i++) {
        const DomainFinding *finding = domain_findings_at(findings, i);
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "network", finding->path, finding->hint,
                                  "line %u of the XML: %s on this host", finding->line, finding->message);
    }
    return domain_findings_count(findings);
}

/* A tap that is somebody else's, or a network that the document says nothing of, only that host itself can tell. */
static QemuVerdict *
judge_by_document(QemuJudgement *judgement, const DomainInterface *interface, const char *source)
{
    const QemuPlaces *places = judgement->host->places;
    const QemuPlaceLink *link = interface->source ? qemu_places_link(places, interface->source) : NULL;
    const gboolean bridge = interface->type == DOMAIN_INTERFACE_BRIDGE;
    const char *place = qemu_judgement_place(judgement);
    const guint line = interface->device.line;
    g_autofree char *hint = g_strdup_printf("Create it there with: ip link add %s type bridge", source);

    if (!places->links || (interface->target_exists && interface->target)) {
        return qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "network", source, NULL,
                                  "line %u of the XML: nothing tells whether %s has that network", line, place);
    }
    if (!interface->source) {
        return qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", source, NULL,
                                  "line %u of the XML: the interface is connected to nothing of its host", line);
    }
    if (!link || (bridge && !g_str_equal(link->kind, "bridge"))) {
        return qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "network", source,
                                  bridge && !link ? hint : "Give another one with --xml.",
                                  "line %u of the XML: %s has no %s '%s'", line, place, bridge ? "bridge" : "device",
                                  source);
    }
    // Two links of one device with one address, unless the destination is in another network namespace.
    if (interface->type == DOMAIN_INTERFACE_DIRECT && judgement->host->boot && !judgement->offer->defined &&
        g_strcmp0(judgement->host->boot, judgement->offer->boot) == 0) {
        return qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "network", source, NULL,
                                  "line %u of the XML: %s is the guest's own host, where '%s' may have a macvtap with "
                                  "the address %s already", line, place, source, interface->mac);
    }
    return qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", source, NULL,
                              "line %u of the XML: %s has that network", line, place);
}

static void
judge_interface(QemuJudgement *judgement, const DomainInterface *interface, gboolean refused)
{
    const char *source = interface->source ? interface->source : interface->mac;
    const gboolean here = judgement->host->here;
    QemuVerdict *verdict = NULL;

    if (interface->type == DOMAIN_INTERFACE_USER) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", interface->mac, NULL,
                                  "an interface of type 'user' needs nothing of its host; its connections end");
    } else if (!here) {
        verdict = judge_by_document(judgement, interface, source);
    } else if (!refused) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", source, NULL,
                                     "line %u of the XML: this host has that network", interface->device.line);
    }
    if (verdict && interface->source) {
        const gboolean there = here || qemu_places_link(judgement->host->places, source);
        qemu_verdict_compare(verdict, g_strdup(source), there ? g_strdup(source) : NULL);
    }
}

void
qemu_judge_networks(QemuJudgement *judgement)
{
    const GPtrArray *interfaces = judgement->definition->interfaces;
    const gboolean refused = judgement->host->here && judge_networks_here(judgement) > 0;

    for (guint i = 0; i < interfaces->len; i++) {
        judge_interface(judgement, interfaces->pdata[i], refused);
    }
    if (interfaces->len == 0) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", NULL, NULL, "the guest has no interface");
    }
}
