// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The checks of what the guest needs of its host: devices, networks, the files that it boots from, the emulator.
#include "qemu-migration-judge.h"

#include <unistd.h>

#include "domain-xml.h"

static xmlNode *
child_of(const xmlNode *parent, const char *name)
{
    xmlNode *node = parent ? parent->children : NULL;

    while (node && !domain_xml_is(node, name)) {
        node = node->next;
    }
    return node;
}

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
    return child_of(xmlDocGetRootElement(judgement->definition->document), "devices");
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
    for (guint i = 0; i < domain_findings_count(findings); i++) {
        const DomainFinding *finding = domain_findings_at(findings, i);
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_BAD, "network", finding->path, finding->hint,
                                  "line %u of the XML: %s on this host", finding->line, finding->message);
    }
    return domain_findings_count(findings);
}

static void
judge_interface(QemuJudgement *judgement, const DomainInterface *interface, gboolean refused)
{
    const char *source = interface->source ? interface->source : interface->mac;
    QemuVerdict *verdict = NULL;

    if (interface->type == DOMAIN_INTERFACE_USER) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", interface->mac, NULL,
                                  "an interface of type 'user' needs nothing of its host; its connections end");
    } else if (!judgement->host->here) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, "network", source, "Ask that host itself.",
                                     "line %u of the XML: whether %s has that network, no capabilities document tells",
                                     interface->device.line, qemu_judgement_place(judgement));
    } else if (!refused) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "network", source, NULL,
                                     "line %u of the XML: this host has that network", interface->device.line);
    }
    if (verdict && interface->source) {
        qemu_verdict_compare(verdict, g_strdup(source), judgement->host->here ? g_strdup(source) : NULL);
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

static guint
judge_file(QemuJudgement *judgement, const char *id, const char *path, const char *what, int mode)
{
    QemuVerdict *verdict;
    gboolean good;

    if (!path) {
        return 0;
    }
    if (!judgement->host->here) {
        verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_UNKNOWN, id, path, "Ask that host itself.",
                                     "whether %s has the %s %s, no capabilities document tells",
                                     qemu_judgement_place(judgement), what, path);
        qemu_verdict_compare(verdict, g_strdup(path), NULL);
        return 1;
    }
    good = access(path, mode) == 0;
    verdict = qemu_judgement_add(judgement, good ? MORTISE_VERDICT_GOOD : MORTISE_VERDICT_BAD, id, path,
                                 good ? NULL : "Install or copy it there, or give another path with --xml.",
                                 good ? "this host has the %s %s" : "this host has no %s %s that can be used", what,
                                 path);
    qemu_verdict_compare(verdict, g_strdup(path), g_strdup(good ? path : "not there"));
    return 1;
}

static char *
text_of(const xmlNode *node)
{
    xmlChar *value = node ? xmlNodeGetContent(node) : NULL;
    char *copy = value ? g_strstrip(g_strdup((const char *) value)) : NULL;

    xmlFree(value);
    return copy && g_path_is_absolute(copy) ? copy : (g_free(copy), NULL);
}

static void
judge_emulator(QemuJudgement *judgement)
{
    const char *path = judgement->definition->emulator;
    const QemuHostGuests *guests = judgement->guests;

    if (!path) {
        return;
    }
    if (!judgement->host->here && guests && g_strcmp0(guests->emulator, path) == 0) {
        QemuVerdict *verdict = qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "emulator", path, NULL,
                                                  "%s has the emulator %s", qemu_judgement_place(judgement), path);
        qemu_verdict_compare(verdict, g_strdup(path), g_strdup(path));
        return;
    }
    (void) judge_file(judgement, "emulator", path, "emulator", X_OK);
}

/* Also what the parser does not know yet: such a domain cannot run here, but an offer may come from elsewhere. */
void
qemu_judge_firmware(QemuJudgement *judgement)
{
    const DomainOs *os = &judgement->definition->os;
    const xmlNode *node = child_of(xmlDocGetRootElement(judgement->definition->document), "os");
    g_autofree char *loader = text_of(child_of(node, "loader"));
    g_autofree char *tree = text_of(child_of(node, "dtb"));
    guint found = 0;

    judge_emulator(judgement);
    found += judge_file(judgement, "firmware", loader, "firmware", R_OK);
    found += judge_file(judgement, "firmware", os->kernel, "kernel", R_OK);
    found += judge_file(judgement, "firmware", os->initrd, "initial RAM disk", R_OK);
    found += judge_file(judgement, "firmware", tree, "device tree", R_OK);
    if (found == 0) {
        (void) qemu_judgement_add(judgement, MORTISE_VERDICT_GOOD, "firmware", NULL, NULL,
                                  "the guest boots by the emulator's own firmware");
    }
}
