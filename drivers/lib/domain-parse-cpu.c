// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <cpu>: mode, model, topology and features.
#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

/* QEMU cuts -cpu at commas and has no way to quote one, so a name must not carry any. */
#define NAME_CHARACTERS "-_."

static const DomainWord mode_words[] = {
    {"custom", DOMAIN_CPU_CUSTOM},
    {"host-passthrough", DOMAIN_CPU_HOST_PASSTHROUGH},
    {"host-model", DOMAIN_CPU_HOST_MODEL},
    {"maximum", DOMAIN_CPU_MAXIMUM},
    {NULL, 0},
};

static const DomainWord policy_words[] = {
    {"require", DOMAIN_CPU_FEATURE_REQUIRE},
    {"force", DOMAIN_CPU_FEATURE_FORCE},
    {"optional", DOMAIN_CPU_FEATURE_OPTIONAL},
    {"disable", DOMAIN_CPU_FEATURE_DISABLE},
    {NULL, 0},
};

static void
parse_attributes(DomainDefinition *definition, xmlNode *node)
{
    static const DomainWord matches[] = {{"exact", 0}, {NULL, 0}};
    static const DomainWord checks[] = {{"none", FALSE}, {"partial", FALSE}, {"full", TRUE}, {NULL, 0}};
    DomainCpu *cpu = &definition->cpu;

    cpu->mode = (DomainCpuMode) domain_take_word(definition, node, "mode", mode_words, DOMAIN_CPU_DEFAULT);
    cpu->check_full = domain_take_word(definition, node, "check", checks, FALSE);
    cpu->migratable = domain_take_switch(definition, node, "migratable");
    (void) domain_take_word(definition, node, "match", matches, 0);
    if (cpu->migratable != DOMAIN_SWITCH_DEFAULT && cpu->mode != DOMAIN_CPU_HOST_PASSTHROUGH &&
        cpu->mode != DOMAIN_CPU_MAXIMUM) {
        domain_report(definition, node, "migratable", "invalid-xml", NULL,
                      "only the modes host-passthrough and maximum can be migratable or not");
    }
}

/* As in libvirt, a <model> without a mode is a custom CPU, and host-model may carry an empty one. */
static void
parse_model(DomainDefinition *definition, xmlNode *cpu)
{
    static const DomainWord fallbacks[] = {{"allow", 0}, {"forbid", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, cpu, "model");
    g_autofree char *model = node != NULL ? domain_take_text(node) : NULL;
    gboolean named = model != NULL && *model != '\0';
    DomainCpuMode mode = definition->cpu.mode;

    if (node != NULL) {
        (void) domain_take_word(definition, node, "fallback", fallbacks, 0);
    }
    if (named && !domain_plain_text(model, NAME_CHARACTERS)) {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "'%s' is not the name of a CPU model", model);
    } else if (named && (mode == DOMAIN_CPU_DEFAULT || mode == DOMAIN_CPU_CUSTOM)) {
        definition->cpu.mode = DOMAIN_CPU_CUSTOM;
        definition->cpu.model = g_steal_pointer(&model);
    } else if (named) {
        domain_report(definition, node, NULL, "element-unsupported", "Use mode='custom', or leave the model out.",
                      "a model cannot be named with this mode");
    } else if (mode == DOMAIN_CPU_CUSTOM) {
        domain_report(definition, cpu, NULL, "invalid-xml", NULL, "mode='custom' needs a <model>");
    }
}

static void
take_count(DomainDefinition *definition, xmlNode *node, const char *name, guint64 *count)
{
    *count = 1;
    (void) domain_take_number(definition, node, name, 1, DOMAIN_VCPU_LIMIT, count);
}

static void
parse_topology(DomainDefinition *definition, xmlNode *cpu)
{
    xmlNode *node = domain_take_child(definition, cpu, "topology");
    guint64 sockets, dies, cores, threads;

    if (node == NULL) {
        return;
    }
    take_count(definition, node, "sockets", &sockets);
    take_count(definition, node, "dies", &dies);
    take_count(definition, node, "cores", &cores);
    take_count(definition, node, "threads", &threads);
    if (sockets * dies * cores * threads != definition->maximum_vcpus) {
        domain_report(definition, node, NULL, "invalid-xml", "sockets * dies * cores * threads must be that number.",
                      "the topology has %" G_GUINT64_FORMAT " vCPUs and the domain has %u",
                      sockets * dies * cores * threads, definition->maximum_vcpus);
        return;
    }
    definition->cpu.sockets = (guint) sockets;
    definition->cpu.dies = (guint) dies;
    definition->cpu.cores = (guint) cores;
    definition->cpu.threads = (guint) threads;
}

static void
parse_feature(DomainDefinition *definition, xmlNode *node)
{
    gint policy = domain_take_word(definition, node, "policy", policy_words, DOMAIN_CPU_FEATURE_REQUIRE);
    g_autofree char *name = domain_take_needed(definition, node, "name");
    DomainCpuFeature *feature;

    if (name == NULL) {
        return;
    }
    if (!domain_plain_text(name, NAME_CHARACTERS)) {
        domain_report(definition, node, "name", "invalid-xml", NULL, "'%s' is not the name of a CPU feature", name);
        return;
    }
    if (domain_definition_cpu_feature(definition, name) != NULL) {
        domain_report(definition, node, "name", "invalid-xml", "Keep one of them.",
                      "the feature %s is given more than once", name);
        return;
    }
    feature = g_new0(DomainCpuFeature, 1);
    feature->line = domain_xml_line(node);
    feature->name = g_steal_pointer(&name);
    feature->policy = (DomainCpuFeaturePolicy) policy;
    g_ptr_array_add(definition->cpu.features, feature);
}

void
domain_parse_cpu(DomainDefinition *definition, xmlNode *node)
{
    definition->cpu.line = domain_xml_line(node);
    parse_attributes(definition, node);
    parse_model(definition, node);
    parse_topology(definition, node);
    for (xmlNode *feature = NULL; (feature = domain_take_next(node, feature, "feature")) != NULL;) {
        parse_feature(definition, feature);
    }
}
