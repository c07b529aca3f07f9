// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// From a definition to the text that liblxc reads: what is said once, and the order of the parts.
#include <unistd.h>

#include "lxc-config-parts.h"
#include "lxc-root.h"

/* What root in a container must not have for the host's sake, unless the definition says otherwise. */
static const char *const dropped[] = {
    "audit_control", "block_suspend", "mac_admin", "mac_override", "mknod", "sys_module", "sys_rawio", "sys_time",
    "syslog", "wake_alarm",
};

char *
lxc_config_group(const char *uuid, const char *run_directory)
{
    g_autofree char *digits = g_compute_checksum_for_string(G_CHECKSUM_SHA256, run_directory, -1);

    return g_strdup_printf("mortise-lxc-%s-%.8s", uuid, digits);
}

void
lxc_config_add(GString *text, const char *key, const char *format, ...)
{
    va_list arguments;

    g_string_append_printf(text, "%s = ", key);
    va_start(arguments, format);
    g_string_append_vprintf(text, format, arguments);
    va_end(arguments);
    (void) g_string_append_c(text, '\n');
}

/* A host name of at most 63 letters, digits and hyphens. */
static char *
host_name(const char *name)
{
    char *host = g_strndup(name, 63);

    (void) g_strcanon(host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-.", '-');
    return host;
}

static gboolean
has_routes(const LxcDefinition *definition)
{
    for (guint i = 0; i < definition->interfaces->len; i++) {
        const LxcInterface *interface = definition->interfaces->pdata[i];
        if (interface->routes->len > 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
add_general(GString *text, const LxcDefinition *definition, const LxcConfigContext *context)
{
    g_autofree char *host = host_name(definition->base->name);

    if (context->shares[LXC_SHARE_UTS] == NULL) {
        lxc_config_add(text, "lxc.uts.name", "%s", host);
    }
    if (definition->personality != NULL) {
        lxc_config_add(text, "lxc.arch", "%s", definition->personality);
    }
    lxc_config_add(text, "lxc.hook.version", "1");
    // liblxc has a shell `exec` this, which without a program only redirects: one shell instead of two. Quotes around a
    // whole value would be taken away.
    if (context->paused || has_routes(definition) || geteuid() != 0) {
        g_string_append(text, LXC_CONFIG_HOOK);
    }
    lxc_config_add(text, "lxc.hook.start-host", ">> \"$" HELPER_EVENTS_VARIABLE "\"; echo \"init $LXC_PID\"");
    lxc_config_add(text, "lxc.cgroup.dir.container", "%s", context->group);
    lxc_config_add(text, "lxc.cgroup.dir.monitor", "%s.monitor", context->group);
    lxc_config_add(text, "lxc.cgroup.dir.monitor.pivot", "%s.pivot", context->group);
    if (geteuid() != 0 && !lxc_cgroups_are_unified(context->cgroups)) {
        lxc_config_add(text, "lxc.cgroup.relative", "1");
    }
    lxc_config_add(text, "lxc.seccomp.profile", "%s/" LXC_SECCOMP_FILE, context->directory);
    lxc_config_add(text, "lxc.autodev", "1");
    lxc_config_add(text, "lxc.mount.auto", "proc:mixed sys:mixed cgroup:mixed");
    lxc_config_add(text, "lxc.pty.max", "1024");
    lxc_config_add(text, "lxc.tty.max", "%u", definition->consoles > 1 ? definition->consoles - 1 : 0);
    if (definition->consoles == 0) {
        lxc_config_add(text, "lxc.console.path", "none");
    } else {
        lxc_config_add(text, "lxc.console.buffer.size", "%u", HELPER_CONSOLE_KEPT);
    }
}

static void
add_init(GString *text, const LxcDefinition *definition)
{
    const int root = lxc_open_root(definition);
    guint user = 0;
    guint group = 0;

    if (definition->user != NULL && lxc_root_find_user(root, definition->user, &user, &group)) {
        lxc_config_add(text, "lxc.init.uid", "%u", user);
    }
    if (definition->group != NULL) {
        (void) lxc_root_find_group(root, definition->group, &group);
    }
    if (definition->user != NULL || definition->group != NULL) {
        lxc_config_add(text, "lxc.init.gid", "%u", group);
    }
    if (root >= 0) {
        (void) close(root);
    }
    if (definition->directory != NULL) {
        lxc_config_add(text, "lxc.init.cwd", "%s", definition->directory);
    }
    lxc_config_add(text, "lxc.environment", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    lxc_config_add(text, "lxc.environment", "TERM=linux");
    lxc_config_add(text, "lxc.environment", "HOME=/");
    if (definition->base->uuid != NULL) {
        lxc_config_add(text, "lxc.environment", "container_uuid=%s", definition->base->uuid);
    }
    for (guint i = 0; i < definition->environment->len; i++) {
        lxc_config_add(text, "lxc.environment", "%s", (const char *) definition->environment->pdata[i]);
    }
}

static gboolean
holds(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *) names, name, g_str_equal, NULL);
}

static void
add_capabilities(GString *text, const LxcDefinition *definition)
{
    const gboolean usual = definition->policy == LXC_CAPABILITIES_DEFAULT;

    if (definition->policy == LXC_CAPABILITIES_DENY) {
        for (guint i = 0; i < definition->capabilities_on->len; i++) {
            lxc_config_add(text, "lxc.cap.keep", "%s", (const char *) definition->capabilities_on->pdata[i]);
        }
        if (definition->capabilities_on->len == 0) {
            lxc_config_add(text, "lxc.cap.keep", "none");
        }
        return;
    }
    for (guint i = 0; usual && i < G_N_ELEMENTS(dropped); i++) {
        if (!holds(definition->capabilities_on, dropped[i]) && !holds(definition->capabilities_off, dropped[i])) {
            lxc_config_add(text, "lxc.cap.drop", "%s", dropped[i]);
        }
    }
    for (guint i = 0; i < definition->capabilities_off->len; i++) {
        lxc_config_add(text, "lxc.cap.drop", "%s", (const char *) definition->capabilities_off->pdata[i]);
    }
}

char *
lxc_config_make(const LxcDefinition *definition, const LxcConfigContext *context)
{
    GString *text = g_string_new(NULL);

    add_general(text, definition, context);
    add_init(text, definition);
    lxc_config_add_mounts(text, definition, context);
    lxc_config_add_network(text, definition, context);
    add_capabilities(text, definition);
    lxc_config_add_nodes(text, definition, context->cgroups);
    lxc_config_add_limits(text, definition, context->cgroups);
    for (guint i = 0; i < definition->maps->len; i++) {
        const LxcMap *map = definition->maps->pdata[i];
        lxc_config_add(text, "lxc.idmap", "%c %u %u %u", map->group ? 'g' : 'u', map->start, map->target, map->count);
    }
    return g_string_free(text, FALSE);
}

char *
lxc_config_seccomp(void)
{
    static const char *const calls[] = HELPER_FILTERED_CALLS;
    GString *text = g_string_new("2\ndenylist\nreject_force_umount\n[all]\n");

    for (guint i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_string_append_printf(text, "%s errno 1\n", calls[i]);
    }
    return g_string_free(text, FALSE);
}
