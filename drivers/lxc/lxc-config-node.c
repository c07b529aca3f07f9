// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The devices that a container may use in what liblxc reads.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lxc-config-parts.h"

/* Devices that every container has: null, zero, full, random, urandom, tty, console, ptmx, terminals. */
static const char *const usual_devices[] = {
    "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm",
    "c 136:* rwm",
};

/* In the keys of the devices controller. */
static const char *
version_of_devices(const LxcCgroups *cgroups)
{
    const LxcHierarchy *hierarchy = lxc_cgroups_find(cgroups, "devices");

    return hierarchy != NULL && !hierarchy->unified ? "" : "2";
}

char *
lxc_config_rule(gboolean block, dev_t device)
{
    return g_strdup_printf("%c %u:%u rw", block ? 'b' : 'c', major(device), minor(device));
}

gboolean
lxc_config_has_device(gboolean block, dev_t device)
{
    g_autofree char *rule = g_strdup_printf("%c %u:%u rwm", block ? 'b' : 'c', major(device), minor(device));
    g_autofree char *all = g_strdup_printf("%c %u:* rwm", block ? 'b' : 'c', major(device));

    for (guint i = 0; i < G_N_ELEMENTS(usual_devices); i++) {
        if (g_str_equal(usual_devices[i], rule) || g_str_equal(usual_devices[i], all)) {
            return TRUE;
        }
    }
    return FALSE;
}

char *
lxc_config_node(const LxcNode *node, const LxcCgroups *cgroups)
{
    GString *text = g_string_new(NULL);
    g_autofree char *path = lxc_config_escape(node->path);
    struct stat status;

    if (stat(node->path, &status) == 0) {
        g_autofree char *rule = lxc_config_rule(node->block, status.st_rdev);
        g_string_append_printf(text, "lxc.cgroup%s.devices.allow = %s\n", version_of_devices(cgroups), rule);
    }
    lxc_config_add(text, "lxc.mount.entry", "%s %s none bind,create=file 0 0", path, path + 1);
    return g_string_free(text, FALSE);
}

void
lxc_config_add_nodes(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups)
{
    const char *version = version_of_devices(cgroups);

    // A user's containers have a user namespace, and are given no device numbers by the kernel.
    if (geteuid() == 0) {
        g_string_append_printf(text, "lxc.cgroup%s.devices.deny = a\n", version);
    }
    for (guint i = 0; geteuid() == 0 && i < G_N_ELEMENTS(usual_devices); i++) {
        g_string_append_printf(text, "lxc.cgroup%s.devices.allow = %s\n", version, usual_devices[i]);
    }
    for (guint i = 0; i < definition->nodes->len; i++) {
        g_autofree char *lines = lxc_config_node(definition->nodes->pdata[i], cgroups);
        g_string_append(text, lines);
    }
}
