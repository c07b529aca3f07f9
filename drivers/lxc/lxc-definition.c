// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The life of a container's definition: made empty, filled by the parsers, freed.
#include "lxc-definition.h"

#include <string.h>

#include "lxc-parser.h"

#define WHAT "domain definition"

static void
filesystem_free(gpointer data)
{
    LxcFilesystem *filesystem = data;

    g_free(filesystem->device.user_alias);
    g_free(filesystem->source);
    g_free(filesystem->target);
    g_free(filesystem);
}

static void
interface_free(gpointer data)
{
    LxcInterface *interface = data;

    g_free(interface->device.user_alias);
    g_free(interface->source);
    g_free(interface->mac);
    g_free(interface->host_name);
    g_free(interface->handed_name);
    g_free(interface->guest_name);
    g_ptr_array_unref(interface->addresses);
    g_free(interface->gateway);
    g_free(interface->gateway6);
    g_ptr_array_unref(interface->routes);
    g_free(interface);
}

static void
node_free(gpointer data)
{
    LxcNode *node = data;

    g_free(node->device.user_alias);
    g_free(node->path);
    g_free(node);
}

static LxcDefinition *
definition_new(void)
{
    LxcDefinition *definition = g_new0(LxcDefinition, 1);

    definition->base = domain_definition_new();
    definition->arguments = g_ptr_array_new_with_free_func(g_free);
    definition->environment = g_ptr_array_new_with_free_func(g_free);
    definition->capabilities_on = g_ptr_array_new_with_free_func(g_free);
    definition->capabilities_off = g_ptr_array_new_with_free_func(g_free);
    definition->maps = g_ptr_array_new_with_free_func(g_free);
    definition->filesystems = g_ptr_array_new_with_free_func(filesystem_free);
    definition->interfaces = g_ptr_array_new_with_free_func(interface_free);
    definition->nodes = g_ptr_array_new_with_free_func(node_free);
    return definition;
}

static void
free_texts(LxcDefinition *definition)
{
    g_free(definition->personality);
    g_free(definition->init);
    g_free(definition->directory);
    g_free(definition->user);
    g_free(definition->group);
    g_free(definition->limits.cpus);
    for (guint i = 0; i < LXC_SHARES; i++) {
        g_free(definition->shares[i].value);
    }
}

void
lxc_definition_free(LxcDefinition *definition)
{
    if (definition == NULL) {
        return;
    }
    g_ptr_array_unref(definition->arguments);
    g_ptr_array_unref(definition->environment);
    g_ptr_array_unref(definition->capabilities_on);
    g_ptr_array_unref(definition->capabilities_off);
    g_ptr_array_unref(definition->maps);
    g_ptr_array_unref(definition->filesystems);
    g_ptr_array_unref(definition->interfaces);
    g_ptr_array_unref(definition->nodes);
    free_texts(definition);
    domain_definition_free(definition->base);
    g_free(definition);
}

typedef void (*PartParser)(LxcDefinition *definition, xmlNode *node);

static gboolean
parse_part(LxcDefinition *definition, xmlNode *root, const char *name, PartParser parse)
{
    xmlNode *node = domain_take_child(definition->base, root, name);

    if (node != NULL) {
        parse(definition, node);
    }
    return node != NULL;
}

static void
require_root(LxcDefinition *definition, const xmlNode *root)
{
    if (lxc_definition_root(definition) == NULL) {
        domain_report(definition->base, root, NULL, "invalid-xml",
                      "Add <filesystem type='mount'><source dir='/srv/NAME'/><target dir='/'/></filesystem> to its "
                      "<devices>.",
                      "the container has no root filesystem of its own: it would see all files of this host");
    }
}

static void
parse_all(LxcDefinition *definition, xmlNode *root)
{
    DomainDefinition *base = definition->base;

    domain_parse_general(base, root);
    lxc_parse_cpus(definition, root);
    if (!parse_part(definition, root, "os", lxc_parse_os)) {
        domain_report(base, root, NULL, "invalid-xml", NULL, "the domain has no <os>");
    }
    (void) parse_part(definition, root, "memtune", lxc_parse_memory_limits);
    (void) parse_part(definition, root, "cputune", lxc_parse_cpu_limits);
    (void) parse_part(definition, root, "blkiotune", lxc_parse_block_limits);
    (void) parse_part(definition, root, "features", lxc_parse_features);
    (void) parse_part(definition, root, "idmap", lxc_parse_maps);
    (void) parse_part(definition, root, "devices", lxc_parse_devices);
    lxc_parse_shares(definition, root);
    lxc_parse_habits(definition, root);
    domain_parse_end_actions(base, root);
    lxc_name_interfaces(definition);
    require_root(definition, root);
    domain_report_rest(base, root);
    domain_findings_sort(base->findings);
}

static gboolean
check_root(xmlNode *root, DriverFailure **failure)
{
    if (!domain_xml_is(root, "domain")) {
        driver_failure_set(failure, "invalid-xml", WHAT, NULL,
                           "line %u: the outermost element of a %s is <domain>, without a namespace",
                           domain_xml_line(root), WHAT);
        return FALSE;
    }
    for (xmlNode *child = root->children; child != NULL; child = child->next) {
        if (domain_xml_is(child, "devices") && xmlChildElementCount(child) > DOMAIN_CHILD_LIMIT) {
            driver_failure_set(failure, "limit-exceeded", WHAT, NULL, "line %u: <devices> has more than %u elements "
                               "in it", domain_xml_line(child), DOMAIN_CHILD_LIMIT);
            return FALSE;
        }
    }
    return TRUE;
}

LxcDefinition *
lxc_definition_parse(const char *text, DriverFailure **failure)
{
    return lxc_definition_parse_live(text, NULL, failure);
}

LxcDefinition *
lxc_definition_parse_live(const char *text, const GPtrArray *interfaces, DriverFailure **failure)
{
    static const DomainXmlLimits limits = {DOMAIN_TEXT_LIMIT, DOMAIN_DEPTH_LIMIT, DOMAIN_ATTRIBUTE_LIMIT};
    g_autoptr(LxcDefinition) definition = NULL;
    xmlDoc *document = domain_xml_load(text, strlen(text), &limits, WHAT, failure);

    if (document == NULL) {
        return NULL;
    }
    definition = definition_new();
    definition->running = interfaces;
    definition->base->text = g_strdup(text);
    definition->base->document = document;
    if (!check_root(xmlDocGetRootElement(document), failure)) {
        return NULL;
    }
    parse_all(definition, xmlDocGetRootElement(document));
    return g_steal_pointer(&definition);
}

guint64
lxc_definition_memory(const LxcDefinition *definition)
{
    return definition->limits.hard_kib > 0 ? definition->limits.hard_kib : definition->base->current_memory_kib;
}

const LxcFilesystem *
lxc_definition_root(const LxcDefinition *definition)
{
    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        if (g_strcmp0(filesystem->target, "/") == 0) {
            return filesystem;
        }
    }
    return NULL;
}
