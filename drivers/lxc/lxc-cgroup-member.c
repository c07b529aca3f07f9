// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which control groups a process is in, and to which ones it may go from there.
#include <string.h>
#include <unistd.h>

#include "lxc-cgroup.h"

char *
lxc_cgroups_membership(void)
{
    char *text = NULL;

    return g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL) ? text : g_strdup("");
}

/* Whether a line's "memory" or "cpu,cpuacct" is what the hierarchy was mounted with; version 2 has none. */
static gboolean
is_of(const LxcHierarchy *hierarchy, const char *names)
{
    g_auto(GStrv) words = g_strsplit(names, ",", 2);

    return hierarchy->unified ? words[0] == NULL
                              : words[0] != NULL && g_strv_contains((const char *const *) hierarchy->controllers,
                                                                    words[0]);
}

char *
lxc_cgroup_of(const char *membership, const LxcHierarchy *hierarchy)
{
    g_auto(GStrv) lines = g_strsplit(membership, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", 3);
        if (g_strv_length(fields) == 3 && is_of(hierarchy, fields[1])) {
            return g_strdup(fields[2]);
        }
    }
    return NULL;
}

char *
lxc_cgroups_own_lists(const LxcCgroups *cgroups, const char *membership)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const LxcHierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        g_autofree char *group = lxc_cgroup_of(membership, hierarchy);
        g_autofree char *path = group != NULL ? g_build_filename(hierarchy->path, group, NULL) : NULL;
        if (path != NULL && access(path, W_OK) == 0) {
            g_string_append_printf(text, "%s/" LXC_CGROUP_PROCESSES "\n", path);
        }
    }
    return g_string_free(text, FALSE);
}

/* The group that is above both, or is one of them, to be freed. */
static char *
common_group(const char *one, const char *other)
{
    g_auto(GStrv) first = g_strsplit(one, "/", -1);
    g_auto(GStrv) second = g_strsplit(other, "/", -1);
    GString *common = g_string_new(NULL);

    for (guint i = 0; first[i] != NULL && g_strcmp0(first[i], second[i]) == 0; i++) {
        if (*first[i] != '\0') {
            g_string_append_printf(common, "/%s", first[i]);
        }
    }
    return g_string_free(common, FALSE);
}

char *
lxc_cgroup_barrier(const LxcHierarchy *hierarchy, const char *membership, const char *place)
{
    g_autofree char *own = hierarchy->unified ? lxc_cgroup_of(membership, hierarchy) : NULL;
    g_autofree char *common = own != NULL ? common_group(own, place) : NULL;
    g_autofree char *path = common != NULL ? g_build_filename(hierarchy->path, common, NULL) : NULL;
    g_autofree char *list = path != NULL ? g_build_filename(path, LXC_CGROUP_PROCESSES, NULL) : NULL;

    return list != NULL && access(list, W_OK) != 0 ? g_steal_pointer(&path) : NULL;
}
