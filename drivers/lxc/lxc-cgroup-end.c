// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The end of a container's control groups: its processes killed, its directories removed.
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "lxc-cgroup.h"
#include "process-identity.h"

/* So many are killed at once; the rest follows. */
#define TOGETHER 64u

/* Directories of a group and of all groups in it, each behind the one that it is in, however deep they are. */
static GPtrArray *
find_groups(const char *path)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(found, g_strdup(path));
    for (guint i = 0; i < found->len; i++) {
        const char *parent = found->pdata[i];
        g_autoptr(GDir) directory = g_dir_open(parent, 0, NULL);
        const char *name;

        while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
            g_autofree char *below = g_build_filename(parent, name, NULL);
            if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK)) {
                g_ptr_array_add(found, g_steal_pointer(&below));
            }
        }
    }
    return found;
}

static char **
read_processes(const char *path)
{
    g_autofree char *file = g_build_filename(path, LXC_CGROUP_PROCESSES, NULL);
    g_autofree char *text = NULL;

    (void) g_file_get_contents(file, &text, NULL, NULL);
    return g_strsplit(text != NULL ? g_strstrip(text) : "", "\n", -1);
}

static int
open_process(const char *text)
{
    guint64 pid;

    return g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &pid, NULL) ? pidfd_open((pid_t) pid, 0) : -1;
}

/* Kills the first ones of a group and waits for their end. TRUE when the group was empty. */
static gboolean
kill_some(const char *path, gint64 deadline)
{
    g_auto(GStrv) pids = read_processes(path);
    g_auto(GStrv) still = NULL;
    int opened[TOGETHER];
    guint count;

    for (count = 0; count < TOGETHER && pids[count] != NULL; count++) {
        opened[count] = open_process(pids[count]);
    }
    // Asked after they are open: what is in the list now is no other process that was given the number meanwhile.
    still = read_processes(path);
    for (guint i = 0; i < count; i++) {
        if (opened[i] >= 0 && g_strv_contains((const char *const *) still, pids[i])) {
            (void) process_signal(opened[i], SIGKILL);
            (void) process_has_ended(opened[i], deadline);
        }
        if (opened[i] >= 0) {
            (void) close(opened[i]);
        }
    }
    return count == 0;
}

/* One round; TRUE when all groups were empty. */
static gboolean
kill_all(const char *path, gint64 deadline)
{
    g_autoptr(GPtrArray) groups = find_groups(path);
    gboolean empty = TRUE;

    for (guint i = 0; i < groups->len; i++) {
        empty &= kill_some(groups->pdata[i], deadline);
    }
    return empty;
}

gboolean
lxc_cgroup_kill(const LxcCgroups *cgroups, const char *group, gint64 deadline)
{
    const LxcHierarchy *hierarchy = lxc_cgroups_freezer(cgroups);
    g_autofree char *path = hierarchy != NULL ? lxc_cgroup_path(cgroups, hierarchy, group) : NULL;

    if (hierarchy == NULL) {
        return TRUE;
    }
    // In version 1, what is frozen cannot even be killed.
    if (lxc_cgroup_is_frozen(cgroups, group)) {
        (void) lxc_cgroup_freeze(cgroups, group, FALSE, deadline, NULL);
    }
    while (!kill_all(path, deadline)) {
        if (g_get_monotonic_time() >= deadline) {
            return FALSE;
        }
    }
    return TRUE;
}

static void
remove_tree(const char *path)
{
    g_autoptr(GPtrArray) groups = find_groups(path);

    for (guint i = groups->len; i > 0; i--) {
        (void) rmdir(groups->pdata[i - 1]);
    }
}

void
lxc_cgroup_remove(const LxcCgroups *cgroups, const char *group)
{
    static const char *const kinds[] = {"", ".monitor", ".pivot"};

    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const LxcHierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        for (guint kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
            g_autofree char *name = g_strconcat(group, kinds[kind], NULL);
            g_autofree char *path = lxc_cgroup_path(cgroups, hierarchy, name);
            remove_tree(path);
        }
    }
}
