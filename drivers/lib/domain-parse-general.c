// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing who a domain is, how much it has, and how it ends.
#include <string.h>

#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

static char *
take_child_text(DomainDefinition *definition, xmlNode *root, const char *name)
{
    xmlNode *node = domain_take_child(definition, root, name);

    return node != NULL ? domain_take_text(node) : NULL;
}

static void
parse_type(DomainDefinition *definition, xmlNode *root)
{
    g_autofree char *type = domain_take_needed(definition, root, "type");

    definition->type = g_strdup(type != NULL ? type : "");
    definition->type_line = domain_xml_line(root);
    domain_take_ignored(root, "id");
}

static void
parse_name(DomainDefinition *definition, xmlNode *root)
{
    xmlNode *node = domain_take_child(definition, root, "name");

    if (node == NULL) {
        definition->name = g_strdup("");
        domain_report(definition, root, NULL, "invalid-xml", NULL, "the domain has no <name>");
        return;
    }
    definition->name = domain_take_exact_text(node);
    if (definition->name[strspn(definition->name, " \t\r\n")] == '\0') {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "the name is empty");
    } else if (strlen(definition->name) > DOMAIN_NAME_LIMIT) {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "the name is longer than %u bytes",
                      DOMAIN_NAME_LIMIT);
    } else if (strpbrk(definition->name, "/\n\r") != NULL) {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "the name contains a slash or a line break");
    }
}

static void
parse_uuid(DomainDefinition *definition, xmlNode *root)
{
    xmlNode *node = domain_take_child(definition, root, "uuid");
    g_autofree char *text = node != NULL ? domain_take_text(node) : NULL;

    if (node == NULL) {
        return;
    }
    definition->uuid = domain_uuid_normalize(text);
    if (definition->uuid == NULL) {
        domain_report(definition, node, NULL, "invalid-xml", "Write 32 hexadecimal digits in the usual groups.",
                      "'%s' is not a UUID", text);
    }
}

static gboolean
take_memory(DomainDefinition *definition, xmlNode *node, guint64 *kib)
{
    g_autofree char *unit = domain_take_attribute(node, "unit");
    g_autofree char *text = domain_take_text(node);
    guint64 number;

    if (!domain_number_parse(text, 1, G_MAXINT64, &number)) {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "'%s' is not an amount of memory", text);
        return FALSE;
    }
    if (!domain_memory_scale(number, unit, kib)) {
        domain_report(definition, node, NULL, "invalid-xml", "Known units: b, KB, KiB, MB, MiB, GB, GiB, TB, TiB, ...",
                      "%s %s is no amount of memory that can be counted", text, unit != NULL ? unit : "KiB");
        return FALSE;
    }
    return TRUE;
}

static void
parse_memory(DomainDefinition *definition, xmlNode *root)
{
    xmlNode *node = domain_take_child(definition, root, "memory");
    xmlNode *current = domain_take_child(definition, root, "currentMemory");

    if (node == NULL) {
        domain_report(definition, root, NULL, "invalid-xml", NULL, "the domain has no <memory>");
    } else {
        definition->memory_line = domain_xml_line(node);
        (void) take_memory(definition, node, &definition->memory_kib);
    }
    definition->current_memory_kib = definition->memory_kib;
    if (current == NULL || !take_memory(definition, current, &definition->current_memory_kib)) {
        return;
    }
    definition->current_memory_line = domain_xml_line(current);
    if (definition->current_memory_kib > definition->memory_kib && definition->memory_kib > 0) {
        domain_report(definition, current, NULL, "invalid-xml", NULL,
                      "current memory is more than the %" G_GUINT64_FORMAT " KiB of <memory>", definition->memory_kib);
    }
}

static void
parse_vcpus(DomainDefinition *definition, xmlNode *root)
{
    static const DomainWord placements[] = {{"static", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition, root, "vcpu");
    g_autofree char *text = node != NULL ? domain_take_text(node) : NULL;
    guint64 number = 1;

    definition->maximum_vcpus = 1;
    definition->current_vcpus = 1;
    if (node == NULL) {
        return;
    }
    definition->vcpus_line = domain_xml_line(node);
    (void) domain_take_word(definition, node, "placement", placements, 0);
    definition->cpus = domain_take_cpus(definition, node, "cpuset");
    if (!domain_number_parse(text, 1, DOMAIN_VCPU_LIMIT, &number)) {
        domain_report(definition, node, NULL, "invalid-xml", NULL, "'%s' is not a number of vCPUs from 1 to %u", text,
                      DOMAIN_VCPU_LIMIT);
        return;
    }
    definition->maximum_vcpus = (guint) number;
    (void) domain_take_number(definition, node, "current", 1, number, &number);
    definition->current_vcpus = (guint) number;
}

void
domain_parse_general(DomainDefinition *definition, xmlNode *root)
{
    xmlNode *metadata = domain_take_child(definition, root, "metadata");

    parse_type(definition, root);
    parse_name(definition, root);
    parse_uuid(definition, root);
    definition->title = take_child_text(definition, root, "title");
    definition->description = take_child_text(definition, root, "description");
    if (metadata != NULL) {
        domain_take_whole(metadata);
    }
    parse_memory(definition, root);
    parse_vcpus(definition, root);
}

static DomainEndAction
take_end_action(DomainDefinition *definition, xmlNode *root, const char *name, const DomainWord *words,
                DomainEndAction fallback, guint *line)
{
    xmlNode *node = domain_take_child(definition, root, name);

    *line = node != NULL ? domain_xml_line(node) : 0;
    return node != NULL ? (DomainEndAction) domain_take_word_text(definition, node, words, fallback) : fallback;
}

void
domain_parse_end_actions(DomainDefinition *definition, xmlNode *root)
{
    static const DomainWord ends[] = {
        {"destroy", DOMAIN_END_DESTROY}, {"restart", DOMAIN_END_RESTART}, {"preserve", DOMAIN_END_PRESERVE},
        {NULL, 0},
    };
    static const DomainWord reboots[] = {
        {"destroy", DOMAIN_END_DESTROY}, {"restart", DOMAIN_END_RESTART}, {NULL, 0},
    };
    guint line;

    definition->end.poweroff = take_end_action(definition, root, "on_poweroff", ends, DOMAIN_END_DESTROY,
                                               &definition->end.poweroff_line);
    definition->end.reboot = take_end_action(definition, root, "on_reboot", reboots, DOMAIN_END_RESTART, &line);
    definition->end.crash = take_end_action(definition, root, "on_crash", ends, DOMAIN_END_DESTROY,
                                            &definition->end.crash_line);
}
