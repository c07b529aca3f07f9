// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Everything of this host that keeps a container's definition from starting, told before anything is done.
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain-parser.h"
#include "host-cpus.h"
#include "lxc-config.h"
#include "lxc-inside.h"
#include "lxc-root.h"

#define MISSING "file-missing"
#define HOST "host-unsupported"
#define INVALID "invalid-xml"
#define UNSUPPORTED "element-unsupported"

static void
tell(LxcDefinition *definition, guint line, const char *reason, const char *path, const char *hint, const char *format,
     ...) G_GNUC_PRINTF(6, 7);

static void
tell(LxcDefinition *definition, guint line, const char *reason, const char *path, const char *hint, const char *format,
     ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    domain_findings_add(definition->base->findings, line, reason, path, hint, "%s", message);
}

int
lxc_open_root(const LxcDefinition *definition)
{
    const LxcFilesystem *root = lxc_definition_root(definition);

    if (root == NULL || root->type != LXC_FILESYSTEM_MOUNT || root->source == NULL) {
        return -1;
    }
    return open(root->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The same directory as the host's root, by whatever path or mount, or the device that it is on. */
static gboolean
is_host_root(const LxcFilesystem *root, const struct stat *status)
{
    struct stat host;

    if (stat("/", &host) != 0) {
        return TRUE;
    }
    if (S_ISBLK(status->st_mode)) {
        return status->st_rdev == host.st_dev;
    }
    return root->type == LXC_FILESYSTEM_MOUNT && status->st_dev == host.st_dev && status->st_ino == host.st_ino;
}

/* The program that this host itself began with, by whatever link or mount. */
static gboolean
is_host_init(dev_t device, ino_t number)
{
    static const char *const paths[] = {"/sbin/init", "/proc/1/exe"};
    struct stat host;

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        if (stat(paths[i], &host) == 0 && device == host.st_dev && number == host.st_ino) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Of a root filesystem that can be looked into. */
static void
check_program(LxcDefinition *definition, int root)
{
    struct stat status;
    const int fd = lxc_root_open(root, definition->init, O_PATH);

    if (fd < 0 || fstat(fd, &status) != 0) {
        tell(definition, definition->init_line, MISSING, "domain/os/init",
             "Correct the path, or install the program into the container's root.",
             "%s is not there in the container's root filesystem: %s", definition->init, g_strerror(errno));
    } else if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0) {
        tell(definition, definition->init_line, INVALID, "domain/os/init", NULL,
             "%s of the container's root filesystem is no program", definition->init);
    }
    if (fd >= 0) {
        (void) close(fd);
    }
}

/* The program that will be executed, whichever filesystem it then is on. */
static void
check_init(LxcDefinition *definition, int root)
{
    g_auto(LxcInside) inside = {0};

    if (definition->init == NULL) {
        return;
    }
    if (root >= 0) {
        check_program(definition, root);
    }
    lxc_inside_find(definition, definition->filesystems->len, definition->init, &inside);
    if (inside.state == LXC_INSIDE_FOUND && is_host_init(inside.device, inside.number)) {
        tell(definition, definition->init_line, INVALID, "domain/os/init",
             "Install an init into the container's root: a copy, not a link or a mount of this host's.",
             "%s is this host's own init: a container never runs it", definition->init);
    }
}

static void
check_directory(LxcDefinition *definition)
{
    g_auto(LxcInside) inside = {0};

    // What runs has begun there, and may have removed it.
    if (definition->directory == NULL || definition->running != NULL) {
        return;
    }
    lxc_inside_find(definition, definition->filesystems->len, definition->directory, &inside);
    if (inside.state == LXC_INSIDE_MISSING) {
        tell(definition, definition->directory_line, MISSING, "domain/os/initdir",
             "Correct the path, or make the directory in the container's root.",
             "%s, where init is to begin, is not there in the container", definition->directory);
    } else if (inside.state == LXC_INSIDE_FOUND && inside.mode != 0 && !S_ISDIR(inside.mode)) {
        tell(definition, definition->directory_line, INVALID, "domain/os/initdir", NULL,
             "%s of the container, where init is to begin, is no directory", definition->directory);
    }
}

/* liblxc would make what is missing where a link leads to, on this host, and mount on no link then. */
static void
check_target(LxcDefinition *definition, guint number)
{
    const LxcFilesystem *filesystem = definition->filesystems->pdata[number];
    g_auto(LxcInside) inside = {0};

    if (filesystem->target == NULL) {
        return;
    }
    lxc_inside_find(definition, number, filesystem->target, &inside);
    if (inside.link != NULL) {
        tell(definition, filesystem->device.line, INVALID, "domain/devices/filesystem/target/@dir",
             "Give the path that it leads to in the container.",
             "the target %s is or passes a link of the container, %s to %s, and nothing is mounted on links",
             filesystem->target, inside.link, inside.leads);
    }
}

static void
check_identities(LxcDefinition *definition, int root)
{
    guint user, group;

    if (definition->user != NULL && !lxc_root_find_user(root, definition->user, &user, &group)) {
        tell(definition, definition->user_line, INVALID, "domain/os/inituser", "Give its number.",
             "the container has no user '%s' in its /etc/passwd", definition->user);
    }
    if (definition->group != NULL && !lxc_root_find_group(root, definition->group, &group)) {
        tell(definition, definition->user_line, INVALID, "domain/os/initgroup", "Give its number.",
             "the container has no group '%s' in its /etc/group", definition->group);
    }
}

static void
check_root(LxcDefinition *definition, const LxcFilesystem *root)
{
    const int fd = lxc_open_root(definition);
    struct stat status;

    if (stat(root->source, &status) == 0 && is_host_root(root, &status)) {
        tell(definition, root->device.line, INVALID, "domain/devices/filesystem/source",
             "Give it a directory of its own, such as one made by debootstrap.",
             "%s is this host's own root filesystem: a container never runs on it", root->source);
    } else {
        check_init(definition, fd);
        check_directory(definition);
    }
    check_identities(definition, fd);
    if (fd >= 0) {
        (void) close(fd);
    }
}

/* Of a device or an image file. */
static void
check_content(LxcDefinition *definition, const LxcFilesystem *filesystem, gboolean root)
{
    const char *type = lxc_probe_filesystem(filesystem->source);

    if (g_strcmp0(type, LXC_NO_FILESYSTEM_QCOW2) == 0) {
        tell(definition, filesystem->device.line, UNSUPPORTED, "domain/devices/filesystem/source",
             "Convert it: qemu-img convert -O raw SOURCE TARGET",
             "%s is a qcow2 image; the kernel mounts raw ones only", filesystem->source);
    } else if (type == NULL) {
        tell(definition, filesystem->device.line, HOST, "domain/devices/filesystem/source",
             "Known are ext2 to ext4, xfs, btrfs, squashfs, erofs, iso9660. Of a disk with partitions, give the one.",
             "%s has no filesystem that is known", filesystem->source);
    } else if (!root && definition->maps->len > 0) {
        tell(definition, filesystem->device.line, UNSUPPORTED, "domain/devices/filesystem/@type",
             "Mount it on the host, and give its directory with type='mount'.",
             "the kernel mounts no devices for a container with <idmap>");
    }
}

static void
check_kind(LxcDefinition *definition, const LxcFilesystem *filesystem, const struct stat *status)
{
    const gboolean root = filesystem == lxc_definition_root(definition);

    if (filesystem->type == LXC_FILESYSTEM_BLOCK && !S_ISBLK(status->st_mode)) {
        tell(definition, filesystem->device.line, INVALID, "domain/devices/filesystem/source/@dev", NULL,
             "%s is no block device", filesystem->source);
    } else if (filesystem->type == LXC_FILESYSTEM_FILE && !S_ISREG(status->st_mode)) {
        tell(definition, filesystem->device.line, INVALID, "domain/devices/filesystem/source/@file", NULL,
             "%s is no file", filesystem->source);
    } else if (filesystem->type == LXC_FILESYSTEM_MOUNT && root && !S_ISDIR(status->st_mode)) {
        tell(definition, filesystem->device.line, INVALID, "domain/devices/filesystem/source/@dir", NULL,
             "%s is no directory", filesystem->source);
    } else if (filesystem->type == LXC_FILESYSTEM_BLOCK || filesystem->type == LXC_FILESYSTEM_FILE) {
        check_content(definition, filesystem, root);
    }
}

static void
check_filesystem(LxcDefinition *definition, const LxcFilesystem *filesystem)
{
    struct stat status;
    int root;
    int fd;

    if (filesystem->source == NULL) {
        return;
    }
    if (filesystem->type != LXC_FILESYSTEM_BIND) {
        if (stat(filesystem->source, &status) != 0) {
            tell(definition, filesystem->device.line, MISSING, "domain/devices/filesystem/source", NULL,
                 "%s cannot be used: %s", filesystem->source, g_strerror(errno));
        } else {
            check_kind(definition, filesystem, &status);
        }
        return;
    }
    root = lxc_open_root(definition);
    fd = root >= 0 ? lxc_root_open(root, filesystem->source, O_PATH) : -1;
    if (fd < 0) {
        tell(definition, filesystem->device.line, MISSING, "domain/devices/filesystem/source/@dir",
             "The source of type='bind' is a path in the container's root filesystem.",
             "%s is not there in the container's root filesystem", filesystem->source);
    } else {
        (void) close(fd);
    }
    if (root >= 0) {
        (void) close(root);
    }
}

static void
check_link(LxcDefinition *definition, const LxcInterface *interface)
{
    const gboolean bridge = interface->type == LXC_INTERFACE_BRIDGE;
    g_autofree char *hint = bridge ? g_strdup_printf("Create it with: ip link add %s type bridge && ip link set %s up",
                                                     interface->source, interface->source)
                                   : g_strdup("List the devices of this host with: ip link");

    tell(definition, interface->device.line, "no-device",
         interface->type == LXC_INTERFACE_PHYSICAL ? "domain/devices/hostdev/source/interface"
                                                   : "domain/devices/interface/source",
         hint, "%s '%s' does not exist", bridge ? "bridge" : "network device", interface->source);
}

static void
check_interface(LxcDefinition *definition, const LxcInterface *interface, gboolean starting)
{
    // What a running container has got already is no matter of the host any more.
    if (interface->source != NULL && !lxc_interface_runs(definition, interface) &&
        if_nametoindex(interface->source) == 0) {
        check_link(definition, interface);
    }
    if (geteuid() != 0 && (interface->type == LXC_INTERFACE_DIRECT || interface->routes->len > 0 ||
                           interface->inbound.average > 0 || interface->outbound.average > 0)) {
        tell(definition, interface->device.line, "permission-denied", "domain/devices/interface",
             "Use lxc:///system as root, or a bridge that /etc/lxc/lxc-usernet allows, with nothing but the default "
             "route.", "a user's container can have neither a device of the host, nor bandwidth, nor such routes");
    }
    // Of one that runs it is there, as it should be.
    if (starting && interface->host_name != NULL && if_nametoindex(interface->host_name) != 0) {
        tell(definition, interface->device.line, "resource-busy", "domain/devices/interface/target/@dev",
             "Choose another name.", "this host has a network device '%s' already", interface->host_name);
    }
}

static void
check_node(LxcDefinition *definition, const LxcNode *node)
{
    struct stat status;

    if (node->path == NULL) {
        return;
    }
    if (stat(node->path, &status) != 0) {
        tell(definition, node->device.line, "no-device", "domain/devices/hostdev/source", NULL, "%s: %s", node->path,
             g_strerror(errno));
    } else if (node->block ? !S_ISBLK(status.st_mode) : !S_ISCHR(status.st_mode)) {
        tell(definition, node->device.line, INVALID, "domain/devices/hostdev/source", NULL, "%s is no %s device",
             node->path, node->block ? "block" : "character");
    }
}

static void
need_controller(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean wanted, guint line, const char *one,
                const char *other, const char *path)
{
    if (wanted && lxc_cgroups_find(cgroups, one) == NULL &&
        (other == NULL || lxc_cgroups_find(cgroups, other) == NULL)) {
        tell(definition, line, HOST, path,
             "See 'mortise doctor'. A user's containers need controllers that systemd has delegated.",
             "the controller '%s' of control groups is not there, so that this cannot be limited", one);
    }
}

static void
check_cpus(LxcDefinition *definition)
{
    const LxcLimits *limits = &definition->limits;
    g_autoptr(DriverFailure) failure = NULL;
    DomainCpus cpus;

    if (limits->cpus != NULL && !host_cpus_parse(limits->cpus, "domain/vcpu/@cpuset", &cpus, &failure)) {
        tell(definition, limits->cpus_line, HOST, "domain/vcpu/@cpuset", failure->hint, "%s", failure->message);
    }
}

static void
check_limits(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean starting)
{
    const LxcLimits *limits = &definition->limits;

    need_controller(definition, cgroups, TRUE,
                    limits->memory_line > 0 ? limits->memory_line : definition->base->memory_line, "memory", NULL,
                    "domain/memory");
    need_controller(definition, cgroups, limits->shares > 0 || limits->period > 0 || limits->quota != 0,
                    limits->cpu_line, "cpu", NULL, "domain/cputune");
    need_controller(definition, cgroups, limits->cpus != NULL, limits->cpus_line, "cpuset", NULL,
                    "domain/vcpu/@cpuset");
    check_cpus(definition);
    need_controller(definition, cgroups, limits->weight > 0, limits->weight_line, "blkio", "io", "domain/blkiotune");
    if (geteuid() != 0) {
        lxc_check_user(definition, cgroups, starting);
    }
}

/* What follows an end is done by the monitor beside the container, which cannot keep what has ended. */
static void
check_ends(LxcDefinition *definition)
{
    const DomainEndActions *end = &definition->base->end;
    const gboolean poweroff = end->poweroff == DOMAIN_END_PRESERVE;

    if (poweroff || end->crash == DOMAIN_END_PRESERVE) {
        tell(definition, poweroff ? end->poweroff_line : end->crash_line, UNSUPPORTED,
             poweroff ? "domain/on_poweroff" : "domain/on_crash", "Use destroy or restart.",
             "nothing is left of a container that has ended, so it cannot be preserved");
    }
}

void
lxc_check_host(LxcDefinition *definition, const LxcCgroups *cgroups, gboolean starting)
{
    const LxcFilesystem *root = lxc_definition_root(definition);

    for (guint i = 0; i < definition->filesystems->len; i++) {
        check_filesystem(definition, definition->filesystems->pdata[i]);
        check_target(definition, i);
    }
    if (root != NULL && root->source != NULL) {
        check_root(definition, root);
    }
    for (guint i = 0; i < definition->interfaces->len; i++) {
        check_interface(definition, definition->interfaces->pdata[i], starting);
    }
    for (guint i = 0; i < definition->nodes->len; i++) {
        check_node(definition, definition->nodes->pdata[i]);
    }
    check_limits(definition, cgroups, starting);
    check_ends(definition);
    domain_findings_sort(definition->base->findings);
}
