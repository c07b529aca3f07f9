// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing where vCPUs and the emulator may run: <cputune>, and sets of host CPUs.
#include "domain-cpus.h"
#include "domain-parser.h"
#include "domain-text.h"
#include "domain-xml.h"

char *
domain_take_cpus(DomainDefinition *definition, xmlNode *node, const char *name)
{
    g_autofree char *text = domain_take_attribute(node, name);
    g_autofree char *wrong = NULL;
    DomainCpus cpus;

    if (text == NULL) {
        return NULL;
    }
    wrong = domain_cpus_parse(text, &cpus);
    if (wrong != NULL) {
        domain_report(definition, node, name, "invalid-xml", NULL, "%s", wrong);
        return NULL;
    }
    return g_steal_pointer(&text);
}

static char *
take_needed_cpus(DomainDefinition *definition, xmlNode *node)
{
    if (xmlHasNsProp(node, (const xmlChar *) "cpuset", NULL) == NULL) {
        domain_report(definition, node, "cpuset", "invalid-xml", NULL, "the attribute cpuset is missing");
        return NULL;
    }
    return domain_take_cpus(definition, node, "cpuset");
}

const DomainVcpuPin *
domain_definition_vcpu_pin(const DomainDefinition *definition, guint vcpu)
{
    for (guint i = 0; i < definition->vcpu_pins->len; i++) {
        const DomainVcpuPin *pin = g_ptr_array_index(definition->vcpu_pins, i);

        if (pin->vcpu == vcpu) {
            return pin;
        }
    }
    return NULL;
}

const char *
domain_definition_cpus(const DomainDefinition *definition, guint vcpu)
{
    const DomainVcpuPin *pin = vcpu != DOMAIN_TEXT_EMULATOR ? domain_definition_vcpu_pin(definition, vcpu) : NULL;
    const char *own = vcpu == DOMAIN_TEXT_EMULATOR ? definition->emulator_cpus : pin != NULL ? pin->cpus : NULL;

    return own != NULL ? own : definition->cpus;
}

static void
parse_vcpu_pin(DomainDefinition *definition, xmlNode *node)
{
    g_autofree char *cpus = take_needed_cpus(definition, node);
    guint64 vcpu = G_MAXUINT64;
    DomainVcpuPin *pin;

    if (!domain_take_number(definition, node, "vcpu", 0, DOMAIN_VCPU_LIMIT - 1, &vcpu)) {
        if (xmlHasNsProp(node, (const xmlChar *) "vcpu", NULL) == NULL) {
            domain_report(definition, node, "vcpu", "invalid-xml", NULL, "the attribute vcpu is missing");
        }
        return;
    }
    if (vcpu >= definition->maximum_vcpus) {
        domain_report(definition, node, "vcpu", "invalid-xml", "Remove the pin, or raise the number in <vcpu>.",
                      "vCPU %" G_GUINT64_FORMAT " is pinned, and the domain has vCPUs 0 to %u", vcpu,
                      definition->maximum_vcpus - 1);
        return;
    }
    if (domain_definition_vcpu_pin(definition, (guint) vcpu) != NULL) {
        domain_report(definition, node, "vcpu", "invalid-xml", "Keep one of them.",
                      "vCPU %" G_GUINT64_FORMAT " is pinned more than once", vcpu);
        return;
    }
    if (cpus == NULL) {
        return;
    }
    pin = g_new0(DomainVcpuPin, 1);
    pin->line = domain_xml_line(node);
    pin->vcpu = (guint) vcpu;
    pin->cpus = g_steal_pointer(&cpus);
    g_ptr_array_add(definition->vcpu_pins, pin);
}

void
domain_parse_cpu_tuning(DomainDefinition *definition, xmlNode *node)
{
    xmlNode *emulator = domain_take_child(definition, node, "emulatorpin");

    for (xmlNode *pin = domain_take_next(node, NULL, "vcpupin"); pin != NULL;
         pin = domain_take_next(node, pin, "vcpupin")) {
        parse_vcpu_pin(definition, pin);
    }
    if (emulator != NULL) {
        definition->emulator_cpus = take_needed_cpus(definition, emulator);
        definition->emulator_cpus_line = domain_xml_line(emulator);
    }
}
