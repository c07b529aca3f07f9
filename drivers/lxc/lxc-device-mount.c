// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Filesystems and device nodes of a container that runs: mounted by the helper in its mount namespace.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-device.h"

/* What the helper has printed: an errno, and what it was doing. */
static void
explain(const char *output, const char *target, gboolean mounts, DriverFailure *cause, DriverFailure **failure)
{
    const char *space = output != NULL ? strchr(output, ' ') : NULL;
    guint64 error = 0;
    g_autofree char *number = space != NULL ? g_strndup(output, (gsize) (space - output)) : NULL;

    if (number == NULL || !g_ascii_string_to_unsigned(number, 10, 0, G_MAXINT, &error, NULL)) {
        driver_failure_propagate(failure, cause);
        return;
    }
    driver_failure_free(cause);
    if (error == EBUSY && !mounts) {
        driver_failure_set(failure, "resource-busy", target, "End what uses it in the container, and try again.",
                           "%s cannot be taken away: something in the container uses it.", target);
        return;
    }
    if (error == EBUSY) {
        driver_failure_set(failure, "resource-busy", target,
                           "What is used twice is read-only for both, or for neither.",
                           "%s of the container: %s failed: it is in use otherwise.", target, space + 1);
        return;
    }
    driver_failure_set(failure, error == ENOENT ? "file-missing" : "file-error", target, NULL,
                       "%s of the container: %s failed: %s.", target, space + 1, g_strerror((gint) error));
}

/* `words` has room for one more, the process number of the helper's owner. */
static gboolean
run_helper(const LxcChange *change, const char **words, const char *target, DriverFailure **failure)
{
    g_autofree char *owner = g_strdup_printf("%ld", (long) getpid());
    const LxcEngine *engine = change->domain->engine;
    const int namespace = lxc_change_namespace(change, "mnt", failure);
    g_autofree char *output = NULL;
    DriverFailure *cause = NULL;
    gboolean good;

    if (namespace < 0) {
        return FALSE;
    }
    words[g_strv_length((char **) words)] = owner;
    good = lxc_helper_run_with(engine->driver, words, &(LxcInherited){namespace, change->lock}, change->interrupt,
                               change->deadline, &output, &cause);
    (void) close(namespace);
    if (!good) {
        explain(output, target, g_str_equal(words[0], "mount"), cause, failure);
    }
    return good;
}

gboolean
lxc_mount_attach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure)
{
    g_autofree char *size = filesystem->type == LXC_FILESYSTEM_RAM
                                ? g_strdup_printf("%" G_GUINT64_FORMAT "k", filesystem->size_kib) : g_strdup("");
    const char flags[] = {filesystem->read_only ? HELPER_MOUNT_READ_ONLY : '-',
                          filesystem->type == LXC_FILESYSTEM_FILE ? HELPER_MOUNT_IMAGE : '-', '\0'};
    const char *words[8] = {"mount", HELPER_MOUNT_TREE, filesystem->source, filesystem->target, size, flags};

    switch (filesystem->type) {
    case LXC_FILESYSTEM_BIND:
        words[1] = HELPER_MOUNT_INSIDE;
        break;
    case LXC_FILESYSTEM_RAM:
        words[1] = "tmpfs";
        words[2] = "none";
        break;
    case LXC_FILESYSTEM_BLOCK:
    case LXC_FILESYSTEM_FILE:
        words[1] = lxc_probe_filesystem(filesystem->source);
        break;
    case LXC_FILESYSTEM_MOUNT:
    default:
        break;
    }
    if (words[1] == NULL) {
        driver_failure_set(failure, "unsupported", filesystem->target,
                           "Mount it on the host, and give its directory with type='mount'.",
                           "%s is nothing that can be mounted into a running container.", filesystem->source);
        return FALSE;
    }
    return run_helper(change, words, filesystem->target, failure);
}

static gboolean
unmount(const LxcChange *change, const char *target, gboolean unlinks, gboolean noted, DriverFailure **failure)
{
    const char flags[] = {unlinks ? HELPER_UNMOUNT_UNLINK : '-', noted ? HELPER_UNMOUNT_NOTED : '-', '\0'};
    const char *words[5] = {"unmount", target, flags};

    return run_helper(change, words, target, failure);
}

/* What a helper has noted, to be freed; NULL: nothing, so that it has changed nothing either. */
static char *
read_note(const LxcChange *change)
{
    g_autofree char *path = g_build_filename(change->guest->directory.path, HELPER_CHANGE, NULL);
    char *note = NULL;

    if (g_file_get_contents(path, &note, NULL, NULL) && *note == '\0') {
        g_clear_pointer(&note, g_free);
    }
    return note;
}

gboolean
lxc_mount_settle(const LxcChange *change, const char *target, gboolean unlinks, DriverFailure **failure)
{
    g_autofree char *note = read_note(change);

    return note == NULL || unmount(change, target, unlinks, TRUE, failure);
}

gboolean
lxc_mount_is_gone(const LxcChange *change)
{
    g_autofree char *note = read_note(change);
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/mountinfo", change->init.pid);
    g_autofree char *text = NULL;
    g_autofree char *line = g_strconcat("\n", note, " ", NULL);
    g_autofree char *list = NULL;

    if (note == NULL || !g_file_get_contents(path, &text, NULL, NULL)) {
        return FALSE;
    }
    list = g_strconcat("\n", text, NULL);
    return strstr(list, line) == NULL;
}

gboolean
lxc_mount_detach(const LxcChange *change, const LxcFilesystem *filesystem, DriverFailure **failure)
{
    if (g_str_equal(filesystem->target, "/")) {
        driver_failure_set(failure, "unsupported", "/", NULL, "A container's root filesystem cannot be taken away.");
        return FALSE;
    }
    return unmount(change, filesystem->target, FALSE, FALSE, failure);
}

char *
lxc_node_rule(const LxcDefinition *definition, const LxcNode *node)
{
    struct stat other;
    struct stat own;

    if (stat(node->path, &own) != 0 || lxc_config_has_device(node->block, own.st_rdev)) {
        return NULL;
    }
    for (guint i = 0; i < definition->nodes->len; i++) {
        const LxcNode *one = definition->nodes->pdata[i];
        if (one != node && one->block == node->block && stat(one->path, &other) == 0 &&
            other.st_rdev == own.st_rdev) {
            return NULL;
        }
    }
    return lxc_config_rule(node->block, own.st_rdev);
}

/* Where version 2 is alone it is liblxc who knows what the kernel was told, and tells it anew. */
static gboolean
ask_liblxc(const LxcChange *change, const char *action, const char *rule, DriverFailure **failure)
{
    const LxcEngine *engine = change->domain->engine;
    const char *const words[] = {"devices", change->guest->record->group, action, rule, NULL};
    DriverFailure *cause = NULL;

    if (change->guest->record->held) {
        driver_failure_set(failure, "domain-busy", change->domain->name, "Resume it first.",
                           "The init of %s is not executed yet; until then liblxc changes no devices.",
                           change->domain->name);
        return FALSE;
    }
    if (lxc_helper_run(engine->driver, words, change->lock, change->interrupt, change->deadline, NULL, &cause)) {
        return TRUE;
    }
    if (!g_str_equal(cause->reason, "program-failed")) {
        driver_failure_propagate(failure, cause);
        return FALSE;
    }
    driver_failure_free(cause);
    driver_failure_set(failure, "host-unsupported", rule, "Change the definition, and start it again.",
                       "liblxc could not change what devices the running container may use (%s).", rule);
    return FALSE;
}

gboolean
lxc_node_permit(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node, const char *action,
                DriverFailure **failure)
{
    const LxcCgroups *cgroups = change->domain->engine->cgroups;
    const LxcHierarchy *devices = lxc_cgroups_find(cgroups, "devices");
    g_autofree char *rule = NULL;

    if (access(node->path, F_OK) != 0) {
        driver_failure_set(failure, "no-device", node->path, NULL, "%s: %s.", node->path, g_strerror(errno));
        return FALSE;
    }
    rule = lxc_node_rule(definition, node);
    if (rule == NULL) {
        return TRUE;
    }
    if (devices != NULL) {
        return lxc_cgroup_write(cgroups, devices, change->guest->record->place, action, rule, failure);
    }
    if (lxc_cgroups_are_pure(cgroups)) {
        return ask_liblxc(change, action, rule, failure);
    }
    driver_failure_set(failure, "host-unsupported", node->path, "Add it to the definition, and start it again.",
                       "Where version 1 of control groups is mounted, but without its devices controller, the devices "
                       "of a running container cannot change.");
    return FALSE;
}

gboolean
lxc_node_attach(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node,
                DriverFailure **failure)
{
    const char *words[8] = {"mount", HELPER_MOUNT_TREE, node->path, node->path, "", "-"};

    return lxc_node_permit(change, definition, node, HELPER_ALLOW, failure) &&
           run_helper(change, words, node->path, failure);
}

gboolean
lxc_node_detach(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node,
                DriverFailure **failure)
{
    return lxc_node_permit(change, definition, node, HELPER_DENY, failure) &&
           unmount(change, node->path, TRUE, FALSE, failure);
}
