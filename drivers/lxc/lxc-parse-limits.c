// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing how much a container may use: <memtune>, <cputune>, <blkiotune>, the CPUs of <vcpu>.
#include <string.h>

#include "domain-cpus.h"
#include "domain-units.h"
#include "lxc-parser.h"

#define INVALID "invalid-xml"
/* Bounds of the kernel, as libvirt documents them. */
#define SHARES_LEAST 2u
#define SHARES_MOST 262144u
#define PERIOD_LEAST 1000u
#define PERIOD_MOST 1000000u
#define QUOTA_LEAST 1000u
#define WEIGHT_LEAST 10u
#define WEIGHT_MOST 1000u

static void
parse_size(LxcDefinition *definition, xmlNode *parent, const char *name, guint64 *kib)
{
    xmlNode *node = domain_take_child(definition->base, parent, name);
    g_autofree char *unit = node != NULL ? domain_take_attribute(node, "unit") : NULL;
    g_autofree char *text = node != NULL ? domain_take_text(node) : NULL;
    guint64 number;

    if (node == NULL) {
        return;
    }
    if (!domain_number_parse(text, 1, G_MAXINT64, &number) || !domain_memory_scale(number, unit, kib)) {
        domain_report(definition->base, node, NULL, INVALID, LXC_UNITS, "'%s%s%s' is not an amount of memory", text,
                      unit != NULL ? " " : "", unit != NULL ? unit : "");
    }
}

void
lxc_parse_memory_limits(LxcDefinition *definition, xmlNode *node)
{
    LxcLimits *limits = &definition->limits;

    limits->memory_line = domain_xml_line(node);
    parse_size(definition, node, "hard_limit", &limits->hard_kib);
    parse_size(definition, node, "soft_limit", &limits->soft_kib);
    parse_size(definition, node, "swap_hard_limit", &limits->swap_kib);
    if (limits->swap_kib > 0 && limits->swap_kib < lxc_definition_memory(definition)) {
        domain_report(definition->base, node, NULL, INVALID, NULL,
                      "swap_hard_limit is of memory and swap together, and less than the memory alone");
    }
}

static void
parse_number(LxcDefinition *definition, xmlNode *parent, const char *name, guint64 least, guint64 most, guint64 *value)
{
    xmlNode *node = domain_take_child(definition->base, parent, name);
    g_autofree char *text = node != NULL ? domain_take_text(node) : NULL;

    if (node != NULL && !domain_number_parse(text, least, most, value)) {
        domain_report(definition->base, node, NULL, INVALID, NULL,
                      "'%s' is not a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, text, least, most);
    }
}

static void
parse_quota(LxcDefinition *definition, xmlNode *parent)
{
    xmlNode *node = domain_take_child(definition->base, parent, "quota");
    g_autofree char *text = node != NULL ? domain_take_text(node) : NULL;
    guint64 number = 0;

    if (node == NULL) {
        return;
    }
    if (text[0] == '-' && domain_number_parse(text + 1, 1, G_MAXINT64, &number)) {
        definition->limits.quota = -1;
    } else if (domain_number_parse(text, QUOTA_LEAST, G_MAXINT64 / 1000, &number)) {
        definition->limits.quota = (gint64) number;
    } else {
        domain_report(definition->base, node, NULL, INVALID, NULL,
                      "'%s' is not a number of microseconds from %u on, nor negative for no limit", text, QUOTA_LEAST);
    }
}

void
lxc_parse_cpu_limits(LxcDefinition *definition, xmlNode *node)
{
    definition->limits.cpu_line = domain_xml_line(node);
    parse_number(definition, node, "shares", SHARES_LEAST, SHARES_MOST, &definition->limits.shares);
    parse_number(definition, node, "period", PERIOD_LEAST, PERIOD_MOST, &definition->limits.period);
    parse_quota(definition, node);
}

void
lxc_parse_block_limits(LxcDefinition *definition, xmlNode *node)
{
    definition->limits.weight_line = domain_xml_line(node);
    parse_number(definition, node, "weight", WEIGHT_LEAST, WEIGHT_MOST, &definition->limits.weight);
}

void
lxc_parse_cpus(LxcDefinition *definition, xmlNode *root)
{
    xmlNode *node = domain_take_child(definition->base, root, "vcpu");
    g_autofree char *text = node != NULL ? domain_take_attribute(node, "cpuset") : NULL;
    g_autofree char *problem = NULL;
    DomainCpus cpus;

    if (text == NULL) {
        return;
    }
    problem = domain_cpus_parse(text, &cpus);
    if (problem != NULL) {
        // Reported where the number of vCPUs was parsed.
        return;
    }
    // The kernel knows no '^'.
    definition->limits.cpus = domain_cpus_to_text(&cpus);
    definition->limits.cpus_line = domain_xml_line(node);
}

void
lxc_parse_habits(LxcDefinition *definition, xmlNode *root)
{
    static const DomainWord offsets[] = {{"utc", 0}, {NULL, 0}};
    static const DomainWord partitions[] = {{"/machine", 0}, {NULL, 0}};
    static const DomainWord labels[] = {{"none", 0}, {NULL, 0}};
    xmlNode *clock = domain_take_child(definition->base, root, "clock");
    xmlNode *resource = domain_take_child(definition->base, root, "resource");
    xmlNode *partition = resource != NULL ? domain_take_child(definition->base, resource, "partition") : NULL;
    xmlNode *label = domain_take_child(definition->base, root, "seclabel");

    if (clock != NULL) {
        (void) domain_take_needed_word(definition->base, clock, "offset", offsets, 0);
    }
    if (partition != NULL) {
        (void) domain_take_word_text(definition->base, partition, partitions, 0);
    }
    if (label != NULL) {
        (void) domain_take_needed_word(definition->base, label, "type", labels, 0);
    }
}
