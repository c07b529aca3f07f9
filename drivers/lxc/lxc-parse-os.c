// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parsing what runs in a container and what it may do: <os>, <features>, <idmap>, <lxc:namespace>.
#include <string.h>
#include <sys/utsname.h>

#include "domain-units.h"
#include "lxc-parser.h"

#define INVALID "invalid-xml"
#define UNSUPPORTED "element-unsupported"
#define LXC_NAMESPACE "http://libvirt.org/schemas/domain/lxc/1.0"
#define MAP_LIMIT 340u     /* of the kernel, for each kind */

/* Values end up in a file of lines. */
static gboolean
is_one_line(LxcDefinition *definition, const xmlNode *node, const char *value)
{
    if (strpbrk(value, "\n\r") == NULL) {
        return TRUE;
    }
    domain_report(definition->base, node, NULL, INVALID, NULL, "the value contains a line break");
    return FALSE;
}

static void
parse_architecture(LxcDefinition *definition, xmlNode *type)
{
    g_autofree char *architecture = domain_take_attribute(type, "arch");
    struct utsname host;

    if (architecture == NULL || uname(&host) != 0 || g_str_equal(architecture, host.machine)) {
        return;
    }
    if (g_str_equal(host.machine, "x86_64") && g_str_equal(architecture, "i686")) {
        definition->personality = g_steal_pointer(&architecture);
        return;
    }
    domain_report(definition->base, type, "arch", "host-unsupported", "Leave it out.",
                  "programs of '%s' do not run in containers of this host, which is '%s'", architecture, host.machine);
}

static void
parse_type(LxcDefinition *definition, xmlNode *os)
{
    static const DomainWord types[] = {{"exe", 0}, {NULL, 0}};
    xmlNode *node = domain_take_child(definition->base, os, "type");

    if (node == NULL) {
        domain_report(definition->base, os, NULL, INVALID, "Add <type>exe</type>.",
                      "the operating system has no <type>");
        return;
    }
    (void) domain_take_word_text(definition->base, node, types, 0);
    parse_architecture(definition, node);
}

static void
parse_init(LxcDefinition *definition, xmlNode *os)
{
    xmlNode *node = domain_take_child(definition->base, os, "init");
    g_autofree char *init = node != NULL ? domain_take_path_text(definition->base, node) : NULL;

    if (node == NULL) {
        domain_report(definition->base, os, NULL, INVALID, "Add <init>/sbin/init</init>, or another program.",
                      "there is no <init>: nothing would run in the container");
    } else if (init != NULL && is_one_line(definition, node, init)) {
        definition->init = g_steal_pointer(&init);
        definition->init_line = domain_xml_line(node);
    }
    for (xmlNode *argument = NULL; (argument = domain_take_next(os, argument, "initarg")) != NULL;) {
        g_ptr_array_add(definition->arguments, domain_take_exact_text(argument));
    }
}

static void
parse_environment(LxcDefinition *definition, xmlNode *os)
{
    for (xmlNode *node = NULL; (node = domain_take_next(os, node, "initenv")) != NULL;) {
        g_autofree char *name = domain_take_needed(definition->base, node, "name");
        g_autofree char *value = domain_take_exact_text(node);

        if (name != NULL && (!domain_plain_text(name, "_") || g_ascii_isdigit(*name))) {
            domain_report(definition->base, node, "name", INVALID, NULL, "'%s' is not the name of a variable", name);
        } else if (name != NULL && is_one_line(definition, node, value)) {
            g_ptr_array_add(definition->environment, g_strdup_printf("%s=%s", name, value));
        }
    }
}

static char *
take_name(LxcDefinition *definition, xmlNode *os, const char *element)
{
    xmlNode *node = domain_take_child(definition->base, os, element);
    g_autofree char *name = node != NULL ? domain_take_text(node) : NULL;

    if (name == NULL) {
        return NULL;
    }
    if (!domain_plain_text(name, "-_.+")) {
        domain_report(definition->base, node, NULL, INVALID, NULL, "'%s' is neither a name nor a number", name);
        return NULL;
    }
    definition->user_line = domain_xml_line(node);
    // libvirt's sign for "this is a number".
    return g_strdup(*name == '+' ? name + 1 : name);
}

void
lxc_parse_os(LxcDefinition *definition, xmlNode *node)
{
    xmlNode *directory = domain_take_child(definition->base, node, "initdir");

    parse_type(definition, node);
    parse_init(definition, node);
    parse_environment(definition, node);
    definition->user = take_name(definition, node, "inituser");
    definition->group = take_name(definition, node, "initgroup");
    if (directory != NULL) {
        g_autofree char *path = domain_take_path_text(definition->base, directory);
        if (path != NULL && is_one_line(definition, directory, path)) {
            definition->directory = g_steal_pointer(&path);
            definition->directory_line = domain_xml_line(directory);
        }
    }
}

/* Those that Linux has; a definition names them without "cap_". */
static const char *const known_capabilities[] = {
    "audit_control", "audit_read", "audit_write", "block_suspend", "chown", "dac_override", "dac_read_search",
    "fowner", "fsetid", "ipc_lock", "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin", "mac_override",
    "mknod", "net_admin", "net_bind_service", "net_broadcast", "net_raw", "setgid", "setfcap", "setpcap", "setuid",
    "sys_admin", "sys_boot", "sys_chroot", "sys_module", "sys_nice", "sys_pacct", "sys_ptrace", "sys_rawio",
    "sys_resource", "sys_time", "sys_tty_config", "syslog", "wake_alarm", NULL,
};

static void
parse_capabilities(LxcDefinition *definition, xmlNode *node)
{
    static const DomainWord policies[] = {
        {"default", LXC_CAPABILITIES_DEFAULT}, {"allow", LXC_CAPABILITIES_ALLOW}, {"deny", LXC_CAPABILITIES_DENY},
        {NULL, 0},
    };

    definition->policy = (LxcCapabilityPolicy) domain_take_word(definition->base, node, "policy", policies,
                                                                LXC_CAPABILITIES_DEFAULT);
    for (guint i = 0; known_capabilities[i] != NULL; i++) {
        xmlNode *capability = domain_take_child(definition->base, node, known_capabilities[i]);
        DomainSwitch state = capability != NULL ? domain_take_switch(definition->base, capability, "state")
                                                : DOMAIN_SWITCH_DEFAULT;
        if (state != DOMAIN_SWITCH_DEFAULT) {
            g_ptr_array_add(state == DOMAIN_SWITCH_ON ? definition->capabilities_on : definition->capabilities_off,
                            g_strdup(known_capabilities[i]));
        }
    }
}

void
lxc_parse_features(LxcDefinition *definition, xmlNode *node)
{
    xmlNode *capabilities = domain_take_child(definition->base, node, "capabilities");

    // A network namespace of its own is what every container has here.
    (void) domain_take_child(definition->base, node, "privnet");
    if (capabilities != NULL) {
        parse_capabilities(definition, capabilities);
    }
}

static gboolean
take_identity(LxcDefinition *definition, xmlNode *node, const char *name, guint64 minimum, guint *value)
{
    guint64 number = 0;

    if (!domain_take_number(definition->base, node, name, minimum, G_MAXUINT32, &number)) {
        if (xmlHasNsProp(node, (const xmlChar *) name, NULL) == NULL) {
            domain_report(definition->base, node, name, INVALID, NULL, "the attribute %s is missing", name);
        }
        return FALSE;
    }
    *value = (guint) number;
    return TRUE;
}

static guint
parse_map(LxcDefinition *definition, xmlNode *idmap, const char *name, gboolean group)
{
    guint found = 0;

    for (xmlNode *node = NULL; (node = domain_take_next(idmap, node, name)) != NULL && found <= MAP_LIMIT; found++) {
        LxcMap map = {.line = domain_xml_line(node), .group = group};
        gboolean good = take_identity(definition, node, "start", 0, &map.start);

        good = take_identity(definition, node, "target", 0, &map.target) && good;
        good = take_identity(definition, node, "count", 1, &map.count) && good;
        if (good) {
            g_ptr_array_add(definition->maps, g_memdup2(&map, sizeof(map)));
        }
    }
    return found;
}

/* Root is who makes what a container has before its init is executed. */
static gboolean
maps_root(const LxcDefinition *definition, gboolean group)
{
    for (guint i = 0; i < definition->maps->len; i++) {
        const LxcMap *map = definition->maps->pdata[i];
        if (map->group == group && map->start == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

void
lxc_parse_maps(LxcDefinition *definition, xmlNode *node)
{
    const guint users = parse_map(definition, node, "uid", FALSE);
    const guint groups = parse_map(definition, node, "gid", TRUE);

    if (users == 0 || groups == 0 || users > MAP_LIMIT || groups > MAP_LIMIT) {
        domain_report(definition->base, node, NULL, INVALID, NULL,
                      "there must be <uid> and <gid> in it, each at most %u times", MAP_LIMIT);
    } else if (!maps_root(definition, FALSE) || !maps_root(definition, TRUE)) {
        domain_report(definition->base, node, NULL, INVALID, "Let one <uid> and one <gid> have start='0'.",
                      "the container's root, user and group 0, is not mapped");
    }
}

static gboolean
is_lxc(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL && strcmp((const char *) node->name, name) == 0 &&
           strcmp((const char *) node->ns->href, LXC_NAMESPACE) == 0;
}

static void
parse_share(LxcDefinition *definition, xmlNode *node, LxcShareWhat what)
{
    static const DomainWord sources[] = {
        {"name", LXC_SHARE_NAME}, {"pid", LXC_SHARE_PID}, {"netns", LXC_SHARE_NETNS}, {NULL, 0},
    };
    LxcShare *share = &definition->shares[what];
    gint from;

    domain_take_node(node);
    if (!domain_take_kind(definition->base, node, "type", sources, -1, &from)) {
        return;
    }
    g_free(share->value);
    share->value = domain_take_needed(definition->base, node, "value");
    share->line = domain_xml_line(node);
    share->from = share->value != NULL ? (LxcShareFrom) from : LXC_SHARE_NONE;
    if (from == LXC_SHARE_NETNS && what != LXC_SHARE_NET) {
        domain_report(definition->base, node, "type", INVALID, NULL, "only network namespaces have such names");
        share->from = LXC_SHARE_NONE;
    }
}

void
lxc_parse_shares(LxcDefinition *definition, xmlNode *root)
{
    static const char *const names[LXC_SHARES] = {"sharenet", "shareipc", "shareuts"};

    for (xmlNode *child = root->children; child != NULL; child = child->next) {
        if (!is_lxc(child, "namespace")) {
            continue;
        }
        domain_take_node(child);
        for (xmlNode *node = child->children; node != NULL; node = node->next) {
            for (guint what = 0; what < LXC_SHARES; what++) {
                if (is_lxc(node, names[what])) {
                    parse_share(definition, node, (LxcShareWhat) what);
                }
            }
        }
    }
    if (definition->shares[LXC_SHARE_NET].from != LXC_SHARE_NONE && definition->interfaces->len > 0) {
        const LxcInterface *first = definition->interfaces->pdata[0];
        domain_report(definition->base, first->device.node, NULL, UNSUPPORTED, "Leave out one of them.",
                      "a container that shares another network namespace has no interfaces of its own");
    }
}
