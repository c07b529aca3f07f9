// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Control groups of version 1 and 2: where a controller is, and what a container's group says.
#include "lxc-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Version 1 does not tell when it has frozen: how long until it is asked again. */
#define ASK_AGAIN_MILLISECONDS 1
/* Where liblxc looks for them. */
#define PLACE "/sys/fs/cgroup"

static void
hierarchy_free(gpointer data)
{
    LxcHierarchy *hierarchy = data;

    g_free(hierarchy->path);
    g_strfreev(hierarchy->controllers);
    g_free(hierarchy);
}

static char **
unified_controllers(const char *path)
{
    g_autofree char *file = g_build_filename(path, "cgroup.controllers", NULL);
    g_autofree char *text = NULL;

    (void) g_file_get_contents(file, &text, NULL, NULL);
    return g_strsplit(text != NULL ? g_strstrip(text) : "", " ", -1);
}

static void
add_mount(LxcCgroups *cgroups, char **fields)
{
    const gboolean unified = g_str_equal(fields[2], "cgroup2");
    LxcHierarchy *hierarchy;

    if (!unified && !g_str_equal(fields[2], "cgroup")) {
        return;
    }
    hierarchy = g_new0(LxcHierarchy, 1);
    hierarchy->path = g_strcompress(fields[1]);
    hierarchy->unified = unified;
    hierarchy->controllers = unified ? unified_controllers(hierarchy->path) : g_strsplit(fields[3], ",", -1);
    g_ptr_array_add(cgroups->hierarchies, hierarchy);
}

LxcCgroups *
lxc_cgroups_new(const char *mounts, const char *base)
{
    LxcCgroups *cgroups = g_new0(LxcCgroups, 1);
    g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);

    cgroups->hierarchies = g_ptr_array_new_with_free_func(hierarchy_free);
    cgroups->base = g_strdup(base);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], " ", -1);
        if (g_strv_length(fields) >= 4) {
            add_mount(cgroups, fields);
        }
    }
    return cgroups;
}

/* Where liblxc makes this process's groups: that of its limits decides. */
static char *
own_group(const LxcCgroups *cgroups)
{
    const LxcHierarchy *memory = lxc_cgroups_find(cgroups, "memory");
    g_autofree char *membership = lxc_cgroups_membership();
    char *group = memory != NULL ? lxc_cgroup_of(membership, memory) : NULL;

    return group != NULL ? group : g_strdup("");
}

/* The base of a user whose process is in the group that was delegated, or, by an earlier start, where such belong. */
static char *
own_base(const char *group)
{
    static const char leaf[] = "/" LXC_CGROUP_OWN "/" LXC_CGROUP_LEAF;
    const gsize length = strlen(group) - (g_str_has_suffix(group, leaf) ? strlen(leaf) : 0);

    return g_strdup_printf("%.*s/" LXC_CGROUP_OWN, (int) length, group);
}

LxcCgroups *
lxc_cgroups_new_host(void)
{
    g_autofree char *mounts = NULL;
    LxcCgroups *cgroups;

    (void) g_file_get_contents("/proc/self/mounts", &mounts, NULL, NULL);
    cgroups = lxc_cgroups_new(mounts != NULL ? mounts : "", "");
    if (geteuid() != 0) {
        g_autofree char *group = own_group(cgroups);

        g_free(cgroups->base);
        cgroups->base = lxc_cgroups_are_unified(cgroups) ? own_base(group) : g_steal_pointer(&group);
    }
    return cgroups;
}

gboolean
lxc_cgroups_are_unified(const LxcCgroups *cgroups)
{
    const LxcHierarchy *memory = lxc_cgroups_find(cgroups, "memory");

    return memory != NULL && memory->unified && lxc_cgroups_freezer(cgroups)->unified;
}

gboolean
lxc_cgroups_are_pure(const LxcCgroups *cgroups)
{
    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const LxcHierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        if (hierarchy->unified && g_str_equal(hierarchy->path, PLACE)) {
            return TRUE;
        }
    }
    return FALSE;
}

void
lxc_cgroups_free(LxcCgroups *cgroups)
{
    if (cgroups == NULL) {
        return;
    }
    g_ptr_array_unref(cgroups->hierarchies);
    g_free(cgroups->base);
    g_free(cgroups);
}

const LxcHierarchy *
lxc_cgroups_find(const LxcCgroups *cgroups, const char *controller)
{
    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const LxcHierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        if (g_strv_contains((const char *const *) hierarchy->controllers, controller)) {
            return hierarchy;
        }
    }
    return NULL;
}

const LxcHierarchy *
lxc_cgroups_freezer(const LxcCgroups *cgroups)
{
    const LxcHierarchy *found = lxc_cgroups_find(cgroups, "freezer");

    for (guint i = 0; found == NULL && i < cgroups->hierarchies->len; i++) {
        const LxcHierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        found = hierarchy->unified ? hierarchy : NULL;
    }
    return found;
}

char *
lxc_cgroup_path(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group)
{
    return g_build_filename(hierarchy->path, *group == '/' ? "" : cgroups->base, group, NULL);
}

char *
lxc_cgroup_place(const LxcCgroups *cgroups, const char *group)
{
    return g_build_filename("/", cgroups->base, group, NULL);
}

static char *
file_path(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file)
{
    g_autofree char *path = lxc_cgroup_path(cgroups, hierarchy, group);

    return g_build_filename(path, file, NULL);
}

char *
lxc_cgroup_read(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file)
{
    g_autofree char *path = file_path(cgroups, hierarchy, group, file);
    char *text = NULL;

    (void) g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

gboolean
lxc_cgroup_write(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file,
                 const char *value, DriverFailure **failure)
{
    g_autofree char *path = file_path(cgroups, hierarchy, group, file);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const gssize length = (gssize) strlen(value);
    const gboolean good = fd >= 0 && write(fd, value, (gsize) length) == length;
    const int error = errno;

    if (fd >= 0) {
        (void) close(fd);
    }
    if (!good) {
        const char *reason = error == EBUSY ? "resource-busy" : "file-error";

        driver_failure_set(failure, error == EACCES || error == EPERM ? "permission-denied" : reason, path, NULL,
                           "Writing '%s' to %s failed: %s.", value, path, g_strerror(error));
    }
    return good;
}

gboolean
lxc_cgroup_number(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file,
                  guint64 *number)
{
    g_autofree char *text = hierarchy != NULL ? lxc_cgroup_read(cgroups, hierarchy, group, file) : NULL;

    return text != NULL && g_ascii_string_to_unsigned(g_strstrip(text), 10, 0, G_MAXUINT64, number, NULL);
}

gboolean
lxc_cgroup_member(const char *text, const char *word, guint64 *number)
{
    const gsize length = strlen(word);

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, length) == 0 && line[length] == ' ') {
            g_autofree char *value = g_strndup(line + length + 1, strcspn(line + length + 1, " \n"));
            return g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, number, NULL);
        }
    }
    return FALSE;
}

static gboolean
is_frozen(const LxcCgroups *cgroups, const LxcHierarchy *freezer, const char *group, gboolean *known)
{
    g_autofree char *text = lxc_cgroup_read(cgroups, freezer, group,
                                            freezer->unified ? "cgroup.events" : "freezer.state");
    guint64 number = 0;

    *known = text != NULL;
    if (text == NULL) {
        return FALSE;
    }
    return freezer->unified ? lxc_cgroup_member(text, "frozen", &number) && number == 1
                            : g_str_has_prefix(text, "FROZEN");
}

gboolean
lxc_cgroup_is_frozen(const LxcCgroups *cgroups, const char *group)
{
    const LxcHierarchy *freezer = lxc_cgroups_freezer(cgroups);
    gboolean known;

    return freezer != NULL && is_frozen(cgroups, freezer, group, &known);
}

/* Waits for the kernel's word that something has changed, or a moment where it gives none. */
static void
await_change(int events, gint64 deadline)
{
    const gint64 left = (deadline - g_get_monotonic_time()) / 1000;
    struct pollfd watched = {events, POLLPRI, 0};

    (void) poll(&watched, 1, events >= 0 ? (int) CLAMP(left, 0, 1000) : ASK_AGAIN_MILLISECONDS);
}

static gboolean
await_frozen(const LxcCgroups *cgroups, const LxcHierarchy *freezer, const char *group, gboolean frozen,
             gint64 deadline, DriverFailure **failure)
{
    g_autofree char *path = file_path(cgroups, freezer, group, "cgroup.events");
    const int events = freezer->unified ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    gboolean known = TRUE;
    gboolean done = is_frozen(cgroups, freezer, group, &known) == frozen;

    while (!done && known && g_get_monotonic_time() < deadline) {
        await_change(events, deadline);
        done = is_frozen(cgroups, freezer, group, &known) == frozen;
    }
    if (events >= 0) {
        (void) close(events);
    }
    if (!done || !known) {
        driver_failure_set(failure, known ? "timeout" : "domain-inactive", group,
                           known ? "A process in it may be waiting for a disk or a network file system." : NULL,
                           known ? "The container's processes did not all stop in time."
                                 : "The container has ended.");
    }
    return done && known;
}

char *
lxc_cgroup_freezer_file(const LxcCgroups *cgroups, const char *group)
{
    const LxcHierarchy *freezer = lxc_cgroups_freezer(cgroups);
    g_autofree char *path = NULL;

    if (freezer == NULL) {
        return NULL;
    }
    path = file_path(cgroups, freezer, group, freezer->unified ? "cgroup.freeze" : "freezer.state");
    return g_strconcat(freezer->unified ? "1 " : "FROZEN ", path, NULL);
}

gboolean
lxc_cgroup_freeze(const LxcCgroups *cgroups, const char *group, gboolean frozen, gint64 deadline,
                  DriverFailure **failure)
{
    const LxcHierarchy *freezer = lxc_cgroups_freezer(cgroups);
    const char *value;

    if (freezer == NULL) {
        driver_failure_set(failure, "host-unsupported", "freezer", "Mount the freezer, or control groups of version 2.",
                           "This host's control groups cannot freeze.");
        return FALSE;
    }
    if (freezer->unified) {
        value = frozen ? "1" : "0";
    } else {
        value = frozen ? "FROZEN" : "THAWED";
    }
    return lxc_cgroup_write(cgroups, freezer, group, freezer->unified ? "cgroup.freeze" : "freezer.state", value,
                            failure) &&
           await_frozen(cgroups, freezer, group, frozen, deadline, failure);
}
