// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The end of a container's control groups: its processes killed, its directories removed.
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "lxc-cgroup.h"
#include "process-identity.h"

#define DEPTH_LIMIT 16u

/* Kills one process and waits for its end. A pid is taken from the group's own list a moment ago. */
static gboolean
kill_process(const char *text, gint64 deadline)
{
    guint64 pid;
    int process;
    gboolean ended;

    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &pid, NULL)) {
        return TRUE;
    }
    process = pidfd_open((pid_t) pid, 0);
    if (process < 0) {
        return TRUE;
    }
    (void) process_signal(process, SIGKILL);
    ended = process_has_ended(process, deadline);
    (void) close(process);
    return ended;
}

/* One round; TRUE when the group was empty. */
static gboolean
kill_all(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, gint64 deadline)
{
    g_autofree char *text = lxc_cgroup_read(cgroups, hierarchy, group, "cgroup.procs");
    g_auto(GStrv) pids = g_strsplit(text != NULL ? g_strstrip(text) : "", "\n", -1);

    for (guint i = 0; pids[i] != NULL; i++) {
        (void) kill_process(pids[i], deadline);
    }
    return pids[0] == NULL;
}

gboolean
lxc_cgroup_kill(const LxcCgroups *cgroups, const char *group, gint64 deadline)
{
    const LxcHierarchy *hierarchy = lxc_cgroups_freezer(cgroups);

    if (hierarchy == NULL) {
        return TRUE;
    }
    // In version 1, what is frozen cannot even be killed.
    if (lxc_cgroup_is_frozen(cgroups, group)) {
        (void) lxc_cgroup_freeze(cgroups, group, FALSE, deadline, NULL);
    }
    while (!kill_all(cgroups, hierarchy, group, deadline)) {
        if (g_get_monotonic_time() >= deadline) {
            return FALSE;
        }
    }
    return TRUE;
}

static void
remove_tree(const char *path, guint depth)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    const char *name;

    while (directory != NULL && depth < DEPTH_LIMIT && (name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK)) {
            remove_tree(below, depth + 1);
        }
    }
    (void) rmdir(path);
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
            remove_tree(path, 0);
        }
    }
}
