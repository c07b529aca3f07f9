// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The CPUs of a container that runs: read from and written to control groups of both versions.
#include "lxc-cpus.h"

#include <string.h>
#include <unistd.h>

#define FILE_NAME "cpuset.cpus"
/* How often groups are narrowed that the container goes on making, and how many of them. */
#define ROUNDS 4u
#define GROUPS_LIMIT 4096u

/* The container's group, or one that the container has made in it. */
typedef struct {
    char *group;
    DomainCpus old;
    DomainCpus wanted;
} Group;

static void
group_free(gpointer data)
{
    Group *group = data;

    g_free(group->group);
    g_free(group);
}

static gboolean
read_set(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file,
         DomainCpus *cpus)
{
    g_autofree char *text = lxc_cgroup_read(cgroups, hierarchy, group, file);
    g_autofree char *problem = text != NULL ? domain_cpus_parse(g_strstrip(text), cpus) : NULL;

    return text != NULL && problem == NULL;
}

/* Where a group has no such file, those of the one above it count. */
static gboolean
read_effective(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, DomainCpus *cpus)
{
    g_autofree char *at = *group == '/' ? g_strdup(group) : lxc_cgroup_place(cgroups, group);
    const char *file = hierarchy->unified ? "cpuset.cpus.effective" : "cpuset.effective_cpus";

    while (!read_set(cgroups, hierarchy, at, file, cpus)) {
        char *above = g_path_get_dirname(at);
        const gboolean top = g_str_equal(above, at);

        g_free(at);
        at = above;
        if (top) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
lxc_cpus_read(const LxcCgroups *cgroups, const char *group, DomainCpus *cpus)
{
    const LxcHierarchy *hierarchy = lxc_cgroups_find(cgroups, "cpuset");

    return hierarchy != NULL && read_effective(cgroups, hierarchy, group, cpus);
}

/* Whether there is no group at all: one life has ended and the next one has not begun. */
static gboolean
is_between_lives(const LxcCgroups *cgroups, const char *group)
{
    const LxcHierarchy *freezer = lxc_cgroups_freezer(cgroups);
    g_autofree char *path = freezer != NULL ? lxc_cgroup_path(cgroups, freezer, group) : NULL;

    return path != NULL && access(path, F_OK) != 0;
}

static gboolean
refuse_controller(const LxcCgroups *cgroups, const char *group, DriverFailure **failure)
{
    if (is_between_lives(cgroups, group)) {
        driver_failure_set(failure, "domain-busy", group, "Try again in a moment.",
                           "The container is just being started again, or has ended.");
    } else if (geteuid() != 0) {
        driver_failure_set(failure, "permission-denied", "cpuset",
                           "Let root say so in /etc/systemd/system/user@.service.d/delegate.conf: [Service] "
                           "Delegate=cpu cpuset io memory pids",
                           "The controller 'cpuset' was not delegated to this user, so that a container's CPUs cannot "
                           "be chosen.");
    } else {
        driver_failure_set(failure, "host-unsupported", "cpuset", "See 'mortise doctor'.",
                           "The container's control groups have no controller 'cpuset'.");
    }
    return FALSE;
}

/* Version 2 would take any set, and use what is left of it. */
static gboolean
require_above(const char *above, const DomainCpus *allowed, const DomainCpus *cpus, DriverFailure **failure)
{
    const gint beyond = domain_cpus_first_beyond(cpus, allowed);
    g_autofree char *known = NULL;

    if (beyond < 0) {
        return TRUE;
    }
    known = domain_cpus_to_text(allowed);
    driver_failure_set(failure, "invalid-argument", above, "Choose among these, or give that group more CPUs first.",
                       "CPU %d cannot be used: the control group %s has %s.", beyond, above, known);
    return FALSE;
}

/* What both have; all of `other` when that is nothing. */
static DomainCpus
common(const DomainCpus *cpus, const DomainCpus *other)
{
    DomainCpus both = {.words = {0}};
    gulong any = 0;

    for (guint i = 0; i < G_N_ELEMENTS(both.words); i++) {
        both.words[i] = cpus->words[i] & other->words[i];
        any |= both.words[i];
    }
    return any != 0 ? both : *other;
}

static void
add_group(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, char *name, const DomainCpus *limit,
          GPtrArray *found)
{
    Group *group = g_new0(Group, 1);

    group->group = name;
    if (!read_set(cgroups, hierarchy, name, FILE_NAME, &group->old)) {
        group_free(group);
        return;
    }
    group->wanted = found->len > 0 ? common(&group->old, limit) : *limit;
    g_ptr_array_add(found, group);
}

static void
add_children(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, GPtrArray *found, guint place)
{
    const Group *group = found->pdata[place];
    g_autofree char *path = lxc_cgroup_path(cgroups, hierarchy, group->group);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    const char *name;

    while (directory != NULL && found->len < GROUPS_LIMIT && (name = g_dir_read_name(directory)) != NULL) {
        add_group(cgroups, hierarchy, g_build_filename(group->group, name, NULL), &group->wanted, found);
    }
}

/* The container's group and all in it, each behind the one that it is in, with what each is to have. */
static GPtrArray *
find_groups(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const DomainCpus *cpus)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(group_free);

    add_group(cgroups, hierarchy, g_strdup(group), cpus, found);
    for (guint i = 0; i < found->len; i++) {
        add_children(cgroups, hierarchy, found, i);
    }
    return found;
}

static gboolean
write_set(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const DomainCpus *cpus,
          DriverFailure **failure)
{
    g_autofree char *text = domain_cpus_to_text(cpus);

    return lxc_cgroup_write(cgroups, hierarchy, group, FILE_NAME, text, failure);
}

/* Each is given what is new from the top on, then loses what is old from the innermost on. */
static gboolean
write_groups(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const GPtrArray *groups, gboolean back,
             DriverFailure **failure)
{
    gboolean good = FALSE;

    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        DomainCpus both = group->old;

        for (guint word = 0; word < G_N_ELEMENTS(both.words); word++) {
            both.words[word] |= group->wanted.words[word];
        }
        (void) write_set(cgroups, hierarchy, group->group, &both, NULL);
    }
    for (guint i = groups->len; i > 0; i--) {
        const Group *group = groups->pdata[i - 1];
        good = write_set(cgroups, hierarchy, group->group, back ? &group->old : &group->wanted,
                         i == 1 ? failure : NULL);
    }
    return good;
}

/*
 * Version 1 takes no CPU from a group that one in it has. Were that an error, a container could keep its owner from
 * taking CPUs away.
 */
static gboolean
write_narrowing(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const DomainCpus *cpus,
                DriverFailure **failure)
{
    g_autoptr(GPtrArray) groups = find_groups(cgroups, hierarchy, group, cpus);

    if (!write_groups(cgroups, hierarchy, groups, FALSE, failure)) {
        (void) write_groups(cgroups, hierarchy, groups, TRUE, NULL);
        return FALSE;
    }
    return TRUE;
}

static gboolean
write_legacy(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const DomainCpus *cpus,
             DriverFailure **failure)
{
    g_autoptr(DriverFailure) cause = NULL;

    if (write_set(cgroups, hierarchy, group, cpus, &cause)) {
        return TRUE;
    }
    for (guint round = 0; round < ROUNDS && cause != NULL && g_str_equal(cause->reason, "resource-busy"); round++) {
        g_clear_pointer(&cause, driver_failure_free);
        if (write_narrowing(cgroups, hierarchy, group, cpus, &cause)) {
            return TRUE;
        }
    }
    driver_failure_propagate(failure, g_steal_pointer(&cause));
    return FALSE;
}

static void
tell_line(const LxcHierarchy *hierarchy, const DomainCpus *cpus, GString *line)
{
    g_autofree char *text = cpus != NULL ? domain_cpus_to_text(cpus) : g_strdup("");

    g_string_append_printf(line, "lxc.cgroup%s." FILE_NAME " = %s\n", hierarchy->unified ? "2" : "", text);
}

gboolean
lxc_cpus_write(const LxcCgroups *cgroups, const char *group, const DomainCpus *cpus, GString *line,
               DriverFailure **failure)
{
    const LxcHierarchy *hierarchy = lxc_cgroups_find(cgroups, "cpuset");
    g_autofree char *old = hierarchy != NULL ? lxc_cgroup_read(cgroups, hierarchy, group, FILE_NAME) : NULL;
    g_autofree char *place = *group == '/' ? g_strdup(group) : lxc_cgroup_place(cgroups, group);
    g_autofree char *above = g_path_get_dirname(place);
    DomainCpus allowed;
    gboolean good;

    if (old == NULL || !read_effective(cgroups, hierarchy, above, &allowed)) {
        return refuse_controller(cgroups, group, failure);
    }
    if (cpus != NULL && !require_above(above, &allowed, cpus, failure)) {
        return FALSE;
    }
    // Of version 2 none means all, but not every kernel takes the last one from a group with processes.
    if (hierarchy->unified) {
        good = (cpus == NULL && lxc_cgroup_write(cgroups, hierarchy, group, FILE_NAME, "\n", NULL)) ||
               write_set(cgroups, hierarchy, group, cpus != NULL ? cpus : &allowed, failure);
    } else {
        good = write_legacy(cgroups, hierarchy, group, cpus != NULL ? cpus : &allowed, failure);
    }
    if (good) {
        tell_line(hierarchy, cpus, line);
    }
    return good;
}
