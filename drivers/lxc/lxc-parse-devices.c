// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing <devices>: filesystems, consoles, and what of the host a container may use.
#include <string.h>

#include "domain-units.h"
#include "lxc-parser.h"

#define INVALID "invalid-xml"

static gboolean
is_plain_path(LxcDefinition *definition, const xmlNode *node, const char *attribute, const char *path)
{
    if (strpbrk(path, "\n\r") != NULL) {
        domain_report(definition->base, node, attribute, INVALID, NULL, "the path contains a line break");
        return FALSE;
    }
    return TRUE;
}

static char *
take_path(LxcDefinition *definition, xmlNode *node, const char *attribute)
{
    g_autofree char *path = NULL;

    if (xmlHasNsProp(node, (const xmlChar *) attribute, NULL) == NULL) {
        domain_report(definition->base, node, attribute, INVALID, NULL, "the attribute %s is missing", attribute);
        return NULL;
    }
    path = domain_take_path(definition->base, node, attribute);
    return path != NULL && is_plain_path(definition, node, attribute, path) ? g_steal_pointer(&path) : NULL;
}

static void
parse_usage(LxcDefinition *definition, xmlNode *source, LxcFilesystem *filesystem)
{
    g_autofree char *usage = domain_take_needed(definition->base, source, "usage");
    g_autofree char *unit = domain_take_attribute(source, "units");
    guint64 number;

    if (usage != NULL && (!domain_number_parse(usage, 1, G_MAXINT64, &number) ||
                          !domain_memory_scale(number, unit, &filesystem->size_kib))) {
        domain_report(definition->base, source, "usage", INVALID, LXC_UNITS, "'%s%s%s' is not an amount of memory",
                      usage, unit != NULL ? " " : "", unit != NULL ? unit : "");
    }
}

static void
parse_source(LxcDefinition *definition, xmlNode *node, LxcFilesystem *filesystem)
{
    static const char *const attributes[] = {"dir", "dir", "dev", "file"};
    xmlNode *source = domain_take_child(definition->base, node, "source");

    if (source == NULL) {
        domain_report(definition->base, node, NULL, INVALID, NULL, "the filesystem has no <source>");
    } else if (filesystem->type == LXC_FILESYSTEM_RAM) {
        parse_usage(definition, source, filesystem);
    } else {
        filesystem->source = take_path(definition, source, attributes[filesystem->type]);
    }
}

/* <driver type='loop' format='raw'/>, which is all that a file can be here. */
static void
parse_driver(LxcDefinition *definition, xmlNode *node, const LxcFilesystem *filesystem)
{
    static const DomainWord types[] = {{"loop", 0}, {NULL, 0}};
    static const DomainWord formats[] = {{"raw", 0}, {NULL, 0}};
    xmlNode *driver = filesystem->type == LXC_FILESYSTEM_FILE
                          ? domain_take_child(definition->base, node, "driver") : NULL;

    if (driver != NULL) {
        (void) domain_take_word(definition->base, driver, "type", types, 0);
        (void) domain_take_word(definition->base, driver, "format", formats, 0);
    }
}

static gboolean
target_is_used(const LxcDefinition *definition, const char *target)
{
    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *other = definition->filesystems->pdata[i];
        if (g_strcmp0(other->target, target) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
parse_target(LxcDefinition *definition, xmlNode *node, LxcFilesystem *filesystem)
{
    xmlNode *target = domain_take_child(definition->base, node, "target");
    g_autofree char *path = NULL;
    const char *begin;

    if (target == NULL) {
        domain_report(definition->base, node, NULL, INVALID, NULL, "the filesystem has no <target>");
        return;
    }
    path = take_path(definition, target, "dir");
    // GLib keeps two slashes at the beginning, which are one to Linux.
    begin = path != NULL ? path + strspn(path, "/") - 1 : NULL;
    filesystem->target = begin != NULL ? g_canonicalize_filename(begin, "/") : NULL;
    if (filesystem->target != NULL && target_is_used(definition, filesystem->target)) {
        domain_report(definition->base, target, "dir", INVALID, NULL, "two filesystems have the target %s",
                      filesystem->target);
    }
    if (g_strcmp0(filesystem->target, "/") == 0 &&
        (filesystem->type == LXC_FILESYSTEM_RAM || filesystem->type == LXC_FILESYSTEM_BIND)) {
        domain_report(definition->base, target, "dir", INVALID, NULL,
                      "this type of filesystem cannot be the root of a container");
    }
}

static void
parse_filesystem(LxcDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {
        {"mount", LXC_FILESYSTEM_MOUNT}, {"bind", LXC_FILESYSTEM_BIND}, {"block", LXC_FILESYSTEM_BLOCK},
        {"file", LXC_FILESYSTEM_FILE}, {"ram", LXC_FILESYSTEM_RAM}, {NULL, 0},
    };
    static const DomainWord modes[] = {{"passthrough", 0}, {NULL, 0}};
    LxcFilesystem *filesystem;
    gint type;

    if (!domain_take_kind(definition->base, node, "type", types, LXC_FILESYSTEM_MOUNT, &type)) {
        return;
    }
    filesystem = domain_device_new(sizeof(LxcFilesystem), node);
    filesystem->type = (LxcFilesystemType) type;
    filesystem->read_only = domain_take_child(definition->base, node, "readonly") != NULL;
    (void) domain_take_word(definition->base, node, "accessmode", modes, 0);
    parse_driver(definition, node, filesystem);
    parse_source(definition, node, filesystem);
    parse_target(definition, node, filesystem);
    domain_parse_device(definition->base, node, &filesystem->device, DOMAIN_ADDRESS_NONE);
    g_ptr_array_add(definition->filesystems, filesystem);
}

static void
parse_console(LxcDefinition *definition, xmlNode *node)
{
    static const DomainWord types[] = {{"pty", 0}, {NULL, 0}};
    static const DomainWord targets[] = {{"lxc", 0}, {"virtio", 0}, {NULL, 0}};
    xmlNode *target = domain_take_child(definition->base, node, "target");
    xmlNode *source = domain_take_child(definition->base, node, "source");
    DomainDevice device = {.line = 0};
    guint64 port;

    (void) domain_take_needed_word(definition->base, node, "type", types, 0);
    // Paths of terminals are those of a container that ran.
    domain_take_ignored(node, "tty");
    if (source != NULL) {
        domain_take_ignored(source, "path");
    }
    if (target != NULL) {
        (void) domain_take_word(definition->base, target, "type", targets, 0);
        (void) domain_take_number(definition->base, target, "port", definition->consoles, definition->consoles, &port);
    }
    domain_parse_device(definition->base, node, &device, DOMAIN_ADDRESS_NONE);
    g_free(device.user_alias);
    if (++definition->consoles == LXC_CONSOLE_LIMIT + 1) {
        domain_report(definition->base, node, NULL, "limit-exceeded", NULL, "a container has at most %u consoles",
                      LXC_CONSOLE_LIMIT);
    }
}

static void
parse_node(LxcDefinition *definition, xmlNode *hostdev, xmlNode *source, gboolean block)
{
    xmlNode *element = domain_take_child(definition->base, source, block ? "block" : "char");
    LxcNode *node;

    if (element == NULL) {
        domain_report(definition->base, source, NULL, INVALID, NULL, "there is no <%s> in it",
                      block ? "block" : "char");
        return;
    }
    node = domain_device_new(sizeof(LxcNode), hostdev);
    node->block = block;
    node->path = domain_take_path_text(definition->base, element);
    if (node->path != NULL && (!is_plain_path(definition, element, NULL, node->path) ||
                               !g_str_has_prefix(node->path, "/dev/") || strstr(node->path, "/../") != NULL)) {
        domain_report(definition->base, element, NULL, INVALID, NULL, "'%s' is no device below /dev", node->path);
    }
    domain_parse_device(definition->base, hostdev, &node->device, DOMAIN_ADDRESS_NONE);
    g_ptr_array_add(definition->nodes, node);
}

static void
parse_link(LxcDefinition *definition, xmlNode *hostdev, xmlNode *source)
{
    xmlNode *element = domain_take_child(definition->base, source, "interface");
    LxcInterface *interface;

    if (element == NULL) {
        domain_report(definition->base, source, NULL, INVALID, NULL, "there is no <interface> in it");
        return;
    }
    interface = lxc_interface_new(definition, hostdev, LXC_INTERFACE_PHYSICAL);
    interface->source = domain_take_text(element);
    if (!lxc_is_link_name(interface->source)) {
        domain_report(definition->base, element, NULL, INVALID, NULL, "'%s' is no name of a network device",
                      interface->source);
    }
    lxc_parse_addresses(definition, hostdev, interface);
    domain_parse_device(definition->base, hostdev, &interface->device, DOMAIN_ADDRESS_NONE);
}

static void
parse_hostdev(LxcDefinition *definition, xmlNode *node)
{
    enum { STORAGE, MISC, NET };
    static const DomainWord modes[] = {{"capabilities", 0}, {NULL, 0}};
    static const DomainWord types[] = {{"storage", STORAGE}, {"misc", MISC}, {"net", NET}, {NULL, 0}};
    xmlNode *source;
    gint mode, type;

    if (!domain_take_kind(definition->base, node, "mode", modes, -1, &mode) ||
        !domain_take_kind(definition->base, node, "type", types, -1, &type)) {
        return;
    }
    source = domain_take_child(definition->base, node, "source");
    if (source == NULL) {
        domain_report(definition->base, node, NULL, INVALID, NULL, "the device has no <source>");
    } else if (type == NET) {
        parse_link(definition, node, source);
    } else {
        parse_node(definition, node, source, type == STORAGE);
    }
}

void
lxc_parse_devices(LxcDefinition *definition, xmlNode *node)
{
    static const struct {
        const char *name;
        void (*parse)(LxcDefinition *definition, xmlNode *node);
    } kinds[] = {
        {"filesystem", parse_filesystem}, {"interface", lxc_parse_interface}, {"console", parse_console},
        {"hostdev", parse_hostdev},
    };
    xmlNode *emulator = domain_take_child(definition->base, node, "emulator");

    // libvirt writes its own program here; there is none to choose.
    if (emulator != NULL) {
        g_free(domain_take_text(emulator));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        for (xmlNode *child = NULL; (child = domain_take_next(node, child, kinds[i].name)) != NULL;) {
            kinds[i].parse(definition, child);
        }
    }
}
