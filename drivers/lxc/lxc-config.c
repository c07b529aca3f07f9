// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// From a definition to the text that liblxc reads.
#include "lxc-config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-network.h"
#include "lxc-root.h"

/* What root in a container must not have for the host's sake, unless the definition says otherwise. */
static const char *const dropped[] = {
    "audit_control", "block_suspend", "mac_admin", "mac_override", "mknod", "sys_module", "sys_rawio", "sys_time",
    "syslog", "wake_alarm",
};

/* Devices that every container has: null, zero, full, random, urandom, tty, console, ptmx, terminals. */
static const char *const usual_devices[] = {
    "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm",
    "c 136:* rwm",
};

char *
lxc_config_group(const char *uuid, const char *run_directory)
{
    g_autofree char *digits = g_compute_checksum_for_string(G_CHECKSUM_SHA256, run_directory, -1);

    return g_strdup_printf("mortise-lxc-%s-%.8s", uuid, digits);
}

static void
add(GString *text, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
add(GString *text, const char *key, const char *format, ...)
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

/* As fstab writes it. */
char *
lxc_config_escape(const char *path)
{
    GString *text = g_string_new(NULL);

    for (; *path != '\0'; path++) {
        if (*path == ' ' || *path == '\t' || *path == '\n' || *path == '\\' || *path == '#') {
            g_string_append_printf(text, "\\%03o", (guint) *path);
        } else {
            (void) g_string_append_c(text, *path);
        }
    }
    return g_string_free(text, FALSE);
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
        add(text, "lxc.uts.name", "%s", host);
    }
    if (definition->personality != NULL) {
        add(text, "lxc.arch", "%s", definition->personality);
    }
    add(text, "lxc.hook.version", "1");
    // liblxc has a shell `exec` this, which without a program only redirects: one shell instead of two. Quotes around a
    // whole value would be taken away.
    if (context->paused || has_routes(definition) || geteuid() != 0) {
        g_string_append(text, LXC_CONFIG_HOOK);
    }
    add(text, "lxc.hook.start-host", ">> \"$" HELPER_EVENTS_VARIABLE "\"; echo \"init $LXC_PID\"");
    add(text, "lxc.cgroup.dir.container", "%s", context->group);
    add(text, "lxc.cgroup.dir.monitor", "%s.monitor", context->group);
    add(text, "lxc.cgroup.dir.monitor.pivot", "%s.pivot", context->group);
    if (geteuid() != 0 && !lxc_cgroups_are_unified(context->cgroups)) {
        add(text, "lxc.cgroup.relative", "1");
    }
    add(text, "lxc.seccomp.profile", "%s/" LXC_SECCOMP_FILE, context->directory);
    add(text, "lxc.autodev", "1");
    add(text, "lxc.mount.auto", "proc:mixed sys:mixed cgroup:mixed");
    add(text, "lxc.pty.max", "1024");
    add(text, "lxc.tty.max", "%u", definition->consoles > 1 ? definition->consoles - 1 : 0);
    if (definition->consoles == 0) {
        add(text, "lxc.console.path", "none");
    }
}

static void
add_init(GString *text, const LxcDefinition *definition)
{
    const int root = lxc_open_root(definition);
    guint user = 0;
    guint group = 0;

    if (definition->user != NULL && lxc_root_find_user(root, definition->user, &user, &group)) {
        add(text, "lxc.init.uid", "%u", user);
    }
    if (definition->group != NULL) {
        (void) lxc_root_find_group(root, definition->group, &group);
    }
    if (definition->user != NULL || definition->group != NULL) {
        add(text, "lxc.init.gid", "%u", group);
    }
    if (root >= 0) {
        (void) close(root);
    }
    if (definition->directory != NULL) {
        add(text, "lxc.init.cwd", "%s", definition->directory);
    }
    add(text, "lxc.environment", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    add(text, "lxc.environment", "TERM=linux");
    add(text, "lxc.environment", "HOME=/");
    if (definition->base->uuid != NULL) {
        add(text, "lxc.environment", "container_uuid=%s", definition->base->uuid);
    }
    for (guint i = 0; i < definition->environment->len; i++) {
        add(text, "lxc.environment", "%s", (const char *) definition->environment->pdata[i]);
    }
}

static void
add_root(GString *text, const LxcDefinition *definition)
{
    const LxcFilesystem *root = lxc_definition_root(definition);

    add(text, "lxc.rootfs.path", "%s%s", root->type == LXC_FILESYSTEM_MOUNT ? "dir:"
                                         : root->type == LXC_FILESYSTEM_FILE ? "loop:" : "", root->source);
    if (root->read_only) {
        add(text, "lxc.rootfs.options", "ro");
    }
}

/* Whether what of the container is bound elsewhere in it is a directory now. */
static gboolean
is_inner_folder(const LxcDefinition *definition, const char *path)
{
    const int root = lxc_open_root(definition);
    const int fd = root >= 0 ? lxc_root_open(root, path, O_PATH) : -1;
    struct stat status;
    const gboolean folder = fd < 0 || fstat(fd, &status) != 0 || S_ISDIR(status.st_mode);

    if (fd >= 0) {
        (void) close(fd);
    }
    if (root >= 0) {
        (void) close(root);
    }
    return folder;
}

/* An image file that is no root, which liblxc mounts by itself. */
static gboolean
is_image(const LxcDefinition *definition, const LxcFilesystem *filesystem)
{
    return filesystem->type == LXC_FILESYSTEM_FILE && filesystem != lxc_definition_root(definition);
}

char *
lxc_config_image(const LxcFilesystem *image, guint number)
{
    return g_strdup_printf("%u %s %s\n", number, image->read_only ? "ro" : "rw", image->source);
}

char *
lxc_config_images(const LxcDefinition *definition)
{
    GString *text = g_string_new(NULL);
    guint number = 0;

    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        if (is_image(definition, filesystem)) {
            g_autofree char *line = lxc_config_image(filesystem, number++);
            g_string_append(text, line);
        }
    }
    return g_string_free(text, text->len == 0);
}

/* The link that the helper makes to the device of what may be an image. */
static char *
image_path(const LxcDefinition *definition, const LxcFilesystem *image, const LxcConfigContext *context)
{
    guint number = 0;

    if (!is_image(definition, image)) {
        return NULL;
    }
    for (guint i = 0; definition->filesystems->pdata[i] != image; i++) {
        number += is_image(definition, definition->filesystems->pdata[i]);
    }
    return g_strdup_printf("%s/" HELPER_IMAGE "%u", context->directory, number);
}

static void
add_device_mount(GString *text, const LxcFilesystem *filesystem, const char *path)
{
    g_autofree char *target = lxc_config_escape(filesystem->target + 1);
    g_autofree char *source = lxc_config_escape(path);

    add(text, "lxc.mount.entry", "%s %s %s nodev,create=dir%s 0 0", source, target,
        lxc_probe_filesystem(filesystem->source), filesystem->read_only ? ",ro" : "");
}

static void
add_filesystem(GString *text, const LxcDefinition *definition, const LxcFilesystem *filesystem, const char *image)
{
    g_autofree char *target = lxc_config_escape(filesystem->target + 1);
    g_autofree char *source = lxc_config_escape(filesystem->source != NULL ? filesystem->source : "none");
    const char *more = filesystem->read_only ? ",ro" : "";

    if (filesystem->type == LXC_FILESYSTEM_RAM) {
        add(text, "lxc.mount.entry", "none %s tmpfs nosuid,nodev,size=%" G_GUINT64_FORMAT "k,mode=755,create=dir%s 0 0",
            target, filesystem->size_kib, more);
    } else if (filesystem->type == LXC_FILESYSTEM_BLOCK) {
        add_device_mount(text, filesystem, filesystem->source);
    } else if (filesystem->type == LXC_FILESYSTEM_FILE) {
        add_device_mount(text, filesystem, image);
    } else if (filesystem->type == LXC_FILESYSTEM_BIND) {
        // The helper knows where that is, in each life anew.
        g_string_append_printf(text, HELPER_BIND "%s %s none bind,create=%s%s 0 0\n", source, target,
                               is_inner_folder(definition, filesystem->source) ? "dir" : "file", more);
    } else {
        add(text, "lxc.mount.entry", "%s %s none bind,create=%s%s 0 0", source, target,
            g_file_test(filesystem->source, G_FILE_TEST_IS_DIR) ? "dir" : "file", more);
    }
}

char *
lxc_config_filesystem(const LxcDefinition *definition, const LxcFilesystem *filesystem, const char *image)
{
    GString *text = g_string_new(NULL);

    add_filesystem(text, definition, filesystem, image);
    return g_string_free(text, FALSE);
}

static void
add_addresses(GString *text, const LxcInterface *interface, guint number)
{
    for (guint i = 0; i < interface->addresses->len; i++) {
        const char *address = interface->addresses->pdata[i];
        g_string_append_printf(text, "lxc.net.%u.%s.address = %s\n", number, strchr(address, ':') ? "ipv6" : "ipv4",
                               address);
    }
    if (interface->gateway != NULL) {
        g_string_append_printf(text, "lxc.net.%u.ipv4.gateway = %s\n", number, interface->gateway);
    }
    if (interface->gateway6 != NULL) {
        g_string_append_printf(text, "lxc.net.%u.ipv6.gateway = %s\n", number, interface->gateway6);
    }
}

/* What liblxc's own program for users makes of it. */
static void
add_users_pair(GString *text, const LxcInterface *interface, guint number)
{
    g_string_append_printf(text, "lxc.net.%u.type = veth\n", number);
    if (interface->source != NULL) {
        g_string_append_printf(text, "lxc.net.%u.link = %s\n", number, interface->source);
    }
    g_string_append_printf(text, "lxc.net.%u.hwaddr = %s\n", number, interface->mac);
    if (interface->mtu > 0) {
        g_string_append_printf(text, "lxc.net.%u.mtu = %" G_GUINT64_FORMAT "\n", number, interface->mtu);
    }
}

static void
add_interface(GString *text, const LxcInterface *interface, guint number)
{
    if (lxc_network_is_made(interface) || interface->type == LXC_INTERFACE_PHYSICAL) {
        g_string_append_printf(text, "lxc.net.%u.type = phys\nlxc.net.%u.link = %s\n", number, number,
                               interface->handed_name);
    } else {
        add_users_pair(text, interface, number);
    }
    g_string_append_printf(text, "lxc.net.%u.name = %s\n", number, interface->guest_name);
    if (interface->host_name != NULL || !interface->down) {
        g_string_append_printf(text, "lxc.net.%u.flags = up\n", number);
    }
    add_addresses(text, interface, number);
}

char *
lxc_config_interface(const LxcInterface *interface, guint number)
{
    GString *text = g_string_new(NULL);

    add_interface(text, interface, number);
    return g_string_free(text, FALSE);
}

static void
add_network(GString *text, const LxcDefinition *definition, const LxcConfigContext *context)
{
    static const char *const names[LXC_SHARES] = {"net", "ipc", "uts"};

    for (guint i = 0; i < LXC_SHARES; i++) {
        if (context->shares[i] != NULL) {
            g_string_append_printf(text, "lxc.namespace.share.%s = %s\n", names[i], context->shares[i]);
        }
    }
    for (guint i = 0; i < definition->interfaces->len; i++) {
        add_interface(text, definition->interfaces->pdata[i], i);
    }
    // Without this liblxc would leave the container in the host's network.
    if (definition->interfaces->len == 0 && context->shares[LXC_SHARE_NET] == NULL) {
        add(text, "lxc.net.0.type", "empty");
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
            add(text, "lxc.cap.keep", "%s", (const char *) definition->capabilities_on->pdata[i]);
        }
        if (definition->capabilities_on->len == 0) {
            add(text, "lxc.cap.keep", "none");
        }
        return;
    }
    for (guint i = 0; usual && i < G_N_ELEMENTS(dropped); i++) {
        if (!holds(definition->capabilities_on, dropped[i]) && !holds(definition->capabilities_off, dropped[i])) {
            add(text, "lxc.cap.drop", "%s", dropped[i]);
        }
    }
    for (guint i = 0; i < definition->capabilities_off->len; i++) {
        add(text, "lxc.cap.drop", "%s", (const char *) definition->capabilities_off->pdata[i]);
    }
}

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
    add(text, "lxc.mount.entry", "%s %s none bind,create=file 0 0", path, path + 1);
    return g_string_free(text, FALSE);
}

static void
add_devices(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups)
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

static void
add_memory(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups)
{
    const LxcHierarchy *memory = lxc_cgroups_find(cgroups, "memory");
    const LxcLimits *limits = &definition->limits;
    const guint64 hard = (limits->hard_kib > 0 ? limits->hard_kib : definition->base->memory_kib) * 1024;

    if (memory == NULL) {
        return;
    }
    if (memory->unified) {
        add(text, "lxc.cgroup2.memory.max", "%" G_GUINT64_FORMAT, hard);
        if (limits->soft_kib > 0) {
            add(text, "lxc.cgroup2.memory.high", "%" G_GUINT64_FORMAT, limits->soft_kib * 1024);
        }
        if (limits->swap_kib > 0) {
            add(text, "lxc.cgroup2.memory.swap.max", "%" G_GUINT64_FORMAT, limits->swap_kib * 1024 - hard);
        }
        return;
    }
    add(text, "lxc.cgroup.memory.limit_in_bytes", "%" G_GUINT64_FORMAT, hard);
    if (limits->soft_kib > 0) {
        add(text, "lxc.cgroup.memory.soft_limit_in_bytes", "%" G_GUINT64_FORMAT, limits->soft_kib * 1024);
    }
    if (limits->swap_kib > 0) {
        add(text, "lxc.cgroup.memory.memsw.limit_in_bytes", "%" G_GUINT64_FORMAT, limits->swap_kib * 1024);
    }
}

static void
add_cpu(GString *text, const LxcLimits *limits, const LxcCgroups *cgroups)
{
    const LxcHierarchy *cpu = lxc_cgroups_find(cgroups, "cpu");
    const LxcHierarchy *cpuset = lxc_cgroups_find(cgroups, "cpuset");

    if (limits->cpus != NULL && cpuset != NULL) {
        add(text, cpuset->unified ? "lxc.cgroup2.cpuset.cpus" : "lxc.cgroup.cpuset.cpus", "%s", limits->cpus);
    }
    if (cpu == NULL) {
        return;
    }
    if (limits->shares > 0 && cpu->unified) {
        // The kernel's own way from the one scale, 2 to 262144, to the other, 1 to 10000.
        add(text, "lxc.cgroup2.cpu.weight", "%" G_GUINT64_FORMAT, 1 + (limits->shares - 2) * 9999 / 262142);
    } else if (limits->shares > 0) {
        add(text, "lxc.cgroup.cpu.shares", "%" G_GUINT64_FORMAT, limits->shares);
    }
    if (cpu->unified && limits->quota > 0) {
        add(text, "lxc.cgroup2.cpu.max", "%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, limits->quota,
            limits->period > 0 ? limits->period : 100000);
    } else if (cpu->unified && limits->period > 0) {
        add(text, "lxc.cgroup2.cpu.max", "max %" G_GUINT64_FORMAT, limits->period);
    }
    if (!cpu->unified && limits->period > 0) {
        add(text, "lxc.cgroup.cpu.cfs_period_us", "%" G_GUINT64_FORMAT, limits->period);
    }
    if (!cpu->unified && limits->quota != 0) {
        add(text, "lxc.cgroup.cpu.cfs_quota_us", "%" G_GINT64_FORMAT, limits->quota);
    }
}

static void
add_block(GString *text, const LxcLimits *limits, const LxcCgroups *cgroups)
{
    const LxcHierarchy *block = lxc_cgroups_find(cgroups, "io");
    const LxcHierarchy *old = lxc_cgroups_find(cgroups, "blkio");

    if (limits->weight == 0) {
        return;
    }
    if (old != NULL) {
        add(text, "lxc.cgroup.blkio.bfq.weight", "%" G_GUINT64_FORMAT, limits->weight);
    } else if (block != NULL) {
        add(text, "lxc.cgroup2.io.weight", "default %" G_GUINT64_FORMAT, limits->weight);
    }
}

char *
lxc_config_make(const LxcDefinition *definition, const LxcConfigContext *context)
{
    GString *text = g_string_new(NULL);

    add_general(text, definition, context);
    add_init(text, definition);
    add_root(text, definition);
    for (guint i = 0; i < definition->filesystems->len; i++) {
        const LxcFilesystem *filesystem = definition->filesystems->pdata[i];
        if (filesystem != lxc_definition_root(definition)) {
            g_autofree char *image = image_path(definition, filesystem, context);
            add_filesystem(text, definition, filesystem, image);
        }
    }
    add_network(text, definition, context);
    add_capabilities(text, definition);
    add_devices(text, definition, context->cgroups);
    add_memory(text, definition, context->cgroups);
    add_cpu(text, &definition->limits, context->cgroups);
    add_block(text, &definition->limits, context->cgroups);
    for (guint i = 0; i < definition->maps->len; i++) {
        const LxcMap *map = definition->maps->pdata[i];
        add(text, "lxc.idmap", "%c %u %u %u", map->group ? 'g' : 'u', map->start, map->target, map->count);
    }
    return g_string_free(text, FALSE);
}

char *
lxc_config_routes_of(const LxcInterface *interface)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < interface->routes->len; i++) {
        const LxcRoute *route = interface->routes->pdata[i];
        g_string_append_printf(text, "%s %s %s %u\n", interface->guest_name, route->destination, route->gateway,
                               route->metric);
    }
    return g_string_free(text, FALSE);
}

char *
lxc_config_routes(const LxcDefinition *definition)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < definition->interfaces->len; i++) {
        g_autofree char *lines = lxc_config_routes_of(definition->interfaces->pdata[i]);
        g_string_append(text, lines);
    }
    return g_string_free(text, text->len == 0);
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
