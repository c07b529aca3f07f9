// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <qemu:commandline>: arguments and environment that go to QEMU as they are.
#include <string.h>

#include "domain-parser.h"
#include "domain-units.h"
#include "domain-xml.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

static gboolean
is_qemu(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL && strcmp((const char *) node->name, name) == 0 &&
           strcmp((const char *) node->ns->href, QEMU_NAMESPACE) == 0;
}

static void
parse_qemu_argument(DomainDefinition *definition, xmlNode *node)
{
    char *value = domain_take_attribute(node, "value");

    if (value == NULL) {
        domain_report(definition, node, "value", "invalid-xml", NULL, "the attribute value is missing");
        return;
    }
    g_ptr_array_add(definition->qemu_arguments, value);
}

static void
parse_qemu_environment(DomainDefinition *definition, xmlNode *node)
{
    g_autofree char *name = domain_take_needed(definition, node, "name");
    g_autofree char *value = domain_take_attribute(node, "value");
    DomainEnvironment *environment;

    if (name == NULL) {
        return;
    }
    if (!domain_plain_text(name, "_") || g_ascii_isdigit(*name)) {
        domain_report(definition, node, "name", "invalid-xml", NULL, "'%s' is not the name of a variable", name);
        return;
    }
    environment = g_new0(DomainEnvironment, 1);
    environment->line = domain_xml_line(node);
    environment->name = g_steal_pointer(&name);
    environment->value = value != NULL ? g_steal_pointer(&value) : g_strdup("");
    g_ptr_array_add(definition->qemu_environment, environment);
}

static void
parse_command_line(DomainDefinition *definition, xmlNode *node)
{
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        if (is_qemu(child, "arg")) {
            domain_take_node(child);
            parse_qemu_argument(definition, child);
        } else if (is_qemu(child, "env")) {
            domain_take_node(child);
            parse_qemu_environment(definition, child);
        }
    }
}

void
domain_parse_qemu(DomainDefinition *definition, xmlNode *root)
{
    for (xmlNode *child = root->children; child != NULL; child = child->next) {
        if (is_qemu(child, "commandline")) {
            domain_take_node(child);
            parse_command_line(definition, child);
        }
    }
}
