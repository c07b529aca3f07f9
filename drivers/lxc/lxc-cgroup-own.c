// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A user's own control group of version 2: freed of processes, so that the kernel hands its controllers on.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-cgroup.h"
#include "process-identity.h"

/* What the kernel keeps of a program's name. */
#define COMMAND_LENGTH 15u

#define HINT_SCOPE \
    "Start it where systemd delegates control groups: " \
    "systemd-run --user --scope --property=Delegate=yes mortise ...; " \
    "or use lxc:///system as root."

/* Those that a container's limits and numbers are of. */
static const char *const wanted_controllers[] = {"memory", "pids", "cpu", "io", "cpuset"};

static char **
read_words(const LxcCgroups *cgroups, const char *group, const char *file)
{
    g_autofree char *text = lxc_cgroup_read(cgroups, lxc_cgroups_find(cgroups, "memory"), group, file);

    return g_strsplit_set(text != NULL ? g_strstrip(text) : "", " \n", -1);
}

gboolean
lxc_cgroups_offer(const LxcCgroups *cgroups, const char *controller)
{
    g_autofree char *given = g_path_get_dirname(cgroups->base);
    g_auto(GStrv) offered = read_words(cgroups, given, "cgroup.controllers");

    return g_strv_contains((const char *const *) offered, controller);
}

static char *
read_command(const char *pid)
{
    g_autofree char *path = g_build_filename("/proc", pid, "comm", NULL);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? g_strchomp(text) : g_strdup("?");
}

static gboolean
is_child(const char *pid)
{
    guint64 number = 0;

    return g_ascii_string_to_unsigned(pid, 10, 1, G_MAXINT, &number, NULL) &&
           process_parent((gint64) number) == (gint64) getpid();
}

/* Whether a child still is what it was made from: one that is about to become our helper. */
static gboolean
is_copy(const char *pid)
{
    g_autofree char *path = g_build_filename("/proc", pid, "exe", NULL);
    struct stat one;
    struct stat other;

    return stat(path, &one) == 0 && stat("/proc/self/exe", &other) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

static gboolean
is_ours(const char *pid)
{
    g_autofree char *own = g_strdup_printf("%d", (int) getpid());
    g_autofree char *command = read_command(pid);

    return g_str_equal(pid, own) || strncmp(command, HELPER_PROGRAM, COMMAND_LENGTH) == 0 ||
           (is_child(pid) && is_copy(pid));
}

static gboolean
is_delegated(const LxcCgroups *cgroups, const char *given, DriverFailure **failure)
{
    static const char *const files[] = {"", LXC_CGROUP_PROCESSES, "cgroup.subtree_control"};
    g_autofree char *path = lxc_cgroup_path(cgroups, lxc_cgroups_find(cgroups, "memory"), given);

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *file = g_build_filename(path, files[i], NULL);
        if (access(file, W_OK) != 0) {
            driver_failure_set(failure, "permission-denied", path, HINT_SCOPE,
                               "The control group %s does not belong to this user, so that nothing could be limited.",
                               path);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
lxc_cgroups_check_own(const LxcCgroups *cgroups, DriverFailure **failure)
{
    g_autofree char *given = g_path_get_dirname(cgroups->base);
    g_auto(GStrv) pids = NULL;

    if (!is_delegated(cgroups, given, failure)) {
        return FALSE;
    }
    pids = read_words(cgroups, given, LXC_CGROUP_PROCESSES);
    for (guint i = 0; pids[i] != NULL; i++) {
        if (*pids[i] != '\0' && !is_ours(pids[i])) {
            g_autofree char *command = read_command(pids[i]);
            driver_failure_set(failure, "resource-busy", given, HINT_SCOPE,
                               "Other processes are in the control group %s as well (%s, process %s), and the kernel "
                               "limits nothing below a group that has processes.", given, command, pids[i]);
            return FALSE;
        }
    }
    return TRUE;
}

/* "+memory +pids": what is offered, and not handed on yet. */
static char *
missing_controllers(const LxcCgroups *cgroups, const char *given)
{
    g_auto(GStrv) offered = read_words(cgroups, given, "cgroup.controllers");
    g_auto(GStrv) enabled = read_words(cgroups, given, "cgroup.subtree_control");
    GString *missing = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(wanted_controllers); i++) {
        const char *name = wanted_controllers[i];
        if (g_strv_contains((const char *const *) offered, name) &&
            !g_strv_contains((const char *const *) enabled, name)) {
            g_string_append_printf(missing, "%s+%s", missing->len > 0 ? " " : "", name);
        }
    }
    return g_string_free(missing, FALSE);
}

static gboolean
move(const LxcCgroups *cgroups, const char *pid, const char *group, DriverFailure **failure)
{
    return lxc_cgroup_write(cgroups, lxc_cgroups_find(cgroups, "memory"), group, LXC_CGROUP_PROCESSES, pid, failure);
}

/* Empties the group that was delegated, of this process first: what it starts from then on is born below. */
static gboolean
move_down(const LxcCgroups *cgroups, const char *given, GPtrArray *moved, DriverFailure **failure)
{
    g_autofree char *own = g_strdup_printf("%d", (int) getpid());
    g_auto(GStrv) before = read_words(cgroups, given, LXC_CGROUP_PROCESSES);
    g_auto(GStrv) others = NULL;

    if (g_strv_contains((const char *const *) before, own)) {
        if (!move(cgroups, own, LXC_CGROUP_LEAF, failure)) {
            return FALSE;
        }
        g_ptr_array_add(moved, g_steal_pointer(&own));
    }
    others = read_words(cgroups, given, LXC_CGROUP_PROCESSES);
    for (guint i = 0; others[i] != NULL; i++) {
        // One that has ended meanwhile is in nobody's way.
        if (*others[i] != '\0' && is_ours(others[i]) && move(cgroups, others[i], LXC_CGROUP_LEAF, NULL)) {
            g_ptr_array_add(moved, g_strdup(others[i]));
        }
    }
    return TRUE;
}

static void
take_back(const LxcCgroups *cgroups, const char *given, const GPtrArray *moved)
{
    static const char *const made[] = {LXC_CGROUP_LEAF, ""};

    for (guint i = 0; i < moved->len; i++) {
        (void) move(cgroups, moved->pdata[i], given, NULL);
    }
    for (guint i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree char *path = lxc_cgroup_path(cgroups, lxc_cgroups_find(cgroups, "memory"), made[i]);
        // Not when others are in it.
        (void) rmdir(path);
    }
}

static gboolean
make_groups(const LxcCgroups *cgroups, DriverFailure **failure)
{
    g_autofree char *leaf = lxc_cgroup_path(cgroups, lxc_cgroups_find(cgroups, "memory"), LXC_CGROUP_LEAF);

    if (g_mkdir_with_parents(leaf, 0755) != 0) {
        driver_failure_set(failure, "file-error", leaf, NULL, "The control group %s cannot be made: %s.", leaf,
                           g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

static gboolean
hand_on(const LxcCgroups *cgroups, const char *given, DriverFailure **failure)
{
    g_autofree char *missing = missing_controllers(cgroups, given);

    return *missing == '\0' || lxc_cgroup_write(cgroups, lxc_cgroups_find(cgroups, "memory"), given,
                                                "cgroup.subtree_control", missing, failure);
}

gboolean
lxc_cgroups_take_own(const LxcCgroups *cgroups, DriverFailure **failure)
{
    g_autofree char *given = g_path_get_dirname(cgroups->base);
    g_autoptr(GPtrArray) moved = g_ptr_array_new_with_free_func(g_free);

    if (!lxc_cgroups_check_own(cgroups, failure)) {
        return FALSE;
    }
    if (make_groups(cgroups, failure) && move_down(cgroups, given, moved, failure) &&
        hand_on(cgroups, given, failure)) {
        return TRUE;
    }
    take_back(cgroups, given, moved);
    return FALSE;
}
