// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface namespace/1: what a program needs to run inside a container, under the container's limits.
#include <errno.h>
#include <fcntl.h>
#include <mortise/driver/namespace.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc-engine.h"

/* In the kernel's list of filesystems when SELinux is on, wherever it is mounted, if at all. */
#define SELINUX "selinuxfs"

/* The user namespace first, since it gives the right to the others. */
static const char *const names[] = {"user", "ipc", "uts", "net", "cgroup", "pid", "mnt"};

static void
close_all(const MortiseNamespaces *opened)
{
    for (guint i = 0; i < opened->namespace_count; i++) {
        (void) close(opened->namespaces[i]);
    }
    for (guint i = 0; i < opened->group_count; i++) {
        (void) close(opened->groups[i]);
    }
    if ((opened->flags & MORTISE_NAMESPACE_FILTERED) != 0) {
        (void) close(opened->filter);
    }
}

/* One that is shared with the application would be refused by the kernel, or change nothing. */
static gboolean
is_own(const char *name, int fd)
{
    g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", name);
    struct stat one;
    struct stat other;

    return stat(path, &one) == 0 && fstat(fd, &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

static void
open_namespaces(gint64 init, MortiseNamespaces *opened)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/ns/%s", init, names[i]);
        const int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd >= 0 && is_own(names[i], fd)) {
            (void) close(fd);
        } else if (fd >= 0) {
            opened->namespaces[opened->namespace_count++] = fd;
        }
    }
}

/* Whether a hierarchy neither limits nor freezes containers, as version 2 beside version 1. */
static gboolean
only_names(const LxcEngine *engine, const LxcHierarchy *hierarchy)
{
    static const char *const limiting[] = {"memory", "cpu", "cpuset", "blkio", "io", "devices", "pids"};

    for (guint i = 0; i < G_N_ELEMENTS(limiting); i++) {
        if (g_strv_contains((const char *const *) hierarchy->controllers, limiting[i])) {
            return FALSE;
        }
    }
    return hierarchy != lxc_cgroups_freezer(engine->cgroups);
}

static gboolean
fail_barrier(const LxcRecord *record, const char *membership, const LxcHierarchy *hierarchy, const char *barrier,
             DriverFailure **failure)
{
    g_autofree char *own = lxc_cgroup_of(membership, hierarchy);

    driver_failure_set(failure, "permission-denied", record->group,
                       "Enter it from where it was started, or from a scope beside that: systemd-run --user --scope "
                       "mortise ...",
                       "What enters would have to move from the control group %s to %s, and this user may not write to "
                       "cgroup.procs of %s, which is above both.", own, record->place, barrier);
    return FALSE;
}

/* The group of one hierarchy, if there is one; FALSE when it limits the container and cannot be joined. */
static gboolean
open_group(const LxcEngine *engine, const LxcRecord *record, const LxcHierarchy *hierarchy, MortiseNamespaces *opened,
           DriverFailure **failure)
{
    g_autofree char *group = lxc_cgroup_path(engine->cgroups, hierarchy, record->place);
    g_autofree char *path = g_build_filename(group, LXC_CGROUP_PROCESSES, NULL);
    g_autofree char *membership = lxc_cgroups_membership();
    g_autofree char *barrier = lxc_cgroup_barrier(hierarchy, membership, record->place);
    const int fd = barrier == NULL ? open(path, O_WRONLY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        opened->groups[opened->group_count++] = fd;
    }
    if (fd >= 0 || only_names(engine, hierarchy) || access(group, F_OK) != 0) {
        return TRUE;
    }
    if (barrier != NULL) {
        return fail_barrier(record, membership, hierarchy, barrier, failure);
    }
    driver_failure_set(failure, "permission-denied", record->group, NULL,
                       "The container's control group %s cannot be joined: what enters would not be under its limits.",
                       group);
    return FALSE;
}

static gboolean
open_groups(const LxcEngine *engine, const LxcRecord *record, MortiseNamespaces *opened, DriverFailure **failure)
{
    const GPtrArray *hierarchies = engine->cgroups->hierarchies;

    for (guint i = 0; i < hierarchies->len && opened->group_count < MORTISE_NAMESPACE_LIMIT; i++) {
        if (!open_group(engine, record, hierarchies->pdata[i], opened, failure)) {
            return FALSE;
        }
    }
    if (opened->group_count == 0) {
        driver_failure_set(failure, "permission-denied", record->group, NULL,
                           "The container's control groups cannot be joined: what enters would be under no limit.");
    }
    return opened->group_count > 0;
}

/* The word behind a key of /proc/PID/status. */
static char *
status_word(const char *status, const char *key)
{
    const char *line = strstr(status, key);

    return line != NULL ? g_strndup(line + strlen(key), strcspn(line + strlen(key), "\n")) : g_strdup("");
}

/* A filter of system calls cannot be read from init without stopping it, so it is made again. */
static int
open_filter(const LxcDriver *driver, DriverFailure **failure)
{
    static const char *const words[] = {"filter", NULL};
    const int filter = memfd_create("filter", MFD_CLOEXEC);

    if (filter >= 0 && lxc_helper_run(driver, words, filter, -1, lxc_deadline(driver), NULL, failure) &&
        lseek(filter, 0, SEEK_SET) == 0) {
        return filter;
    }
    if (filter >= 0) {
        (void) close(filter);
    }
    if (*failure == NULL) {
        driver_failure_set(failure, "internal", NULL, NULL, "No file can be made in memory: %s.", g_strerror(errno));
    }
    return -1;
}

/* What init may not do, what enters may not do either. */
static gboolean
take_limits(const LxcEngine *engine, gint64 init, MortiseNamespaces *opened, DriverFailure **failure)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/status", init);
    g_autofree char *text = NULL;
    g_autofree char *bounding = NULL;
    g_autofree char *seccomp = NULL;
    g_autofree char *privileges = NULL;
    guint64 mask = 0;

    (void) g_file_get_contents(path, &text, NULL, NULL);
    bounding = status_word(text != NULL ? text : "", "\nCapBnd:\t");
    seccomp = status_word(text != NULL ? text : "", "\nSeccomp:\t");
    privileges = status_word(text != NULL ? text : "", "\nNoNewPrivs:\t");
    (void) g_ascii_string_to_unsigned(bounding, 16, 0, G_MAXUINT64, &mask, NULL);
    opened->capabilities = mask;
    if (g_str_equal(privileges, "1")) {
        opened->flags |= MORTISE_NAMESPACE_NO_NEW_PRIVILEGES;
    }
    // "0" is what a kernel says that can filter; nothing, what one says that cannot.
    if (*seccomp == '\0' || g_str_equal(seccomp, "0")) {
        return TRUE;
    }
    opened->filter = open_filter(engine->driver, failure);
    opened->flags |= opened->filter >= 0 ? MORTISE_NAMESPACE_FILTERED : 0;
    return opened->filter >= 0;
}

static gboolean
is_selinux_on(void)
{
    g_autofree char *text = NULL;

    return g_file_get_contents("/proc/filesystems", &text, NULL, NULL) && strstr(text, SELINUX) != NULL;
}

static gboolean
take_label(gint64 init, const MortiseNamespaces *room, MortiseNamespaces *opened, DriverFailure **failure)
{
    g_autofree char *attributes = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/attr", init);

    if (!lxc_label_read(attributes, is_selinux_on(), opened, failure)) {
        return FALSE;
    }
    if (*opened->label != '\0' && room->struct_size < sizeof(*opened)) {
        driver_failure_set(failure, "unsupported", opened->label, "Update libmortise.",
                           "The container is confined by a security label, of which this version of the library does "
                           "not know.");
    }
    return *failure == NULL;
}

/* What joined the control groups of a container that is frozen would stand still before its first instruction. */
static gboolean
require_thawed(LxcDomain *domain, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->paused) {
        driver_failure_set(failure, "domain-inactive", domain->name, "Resume it first.",
                           "%s is paused: nothing would run in it.", domain->name);
    }
    return !domain->paused;
}

MortiseResult
lxc_namespaces_open(void *domain, MortiseNamespaces *namespaces)
{
    LxcDomain *entered = domain;
    const LxcEngine *engine = entered->engine;
    MortiseNamespaces opened = {.struct_size = sizeof(opened)};
    DriverFailure *failure = NULL;
    ProcessIdentity init = {0, 0};
    g_autoptr(LxcGuest) guest = lxc_domain_borrow_init(entered, &init, &failure);

    if (guest == NULL || !require_thawed(entered, &failure)) {
        return lxc_fail(engine->driver, failure);
    }
    open_namespaces(init.pid, &opened);
    (void) (take_limits(engine, init.pid, &opened, &failure) && take_label(init.pid, namespaces, &opened, &failure));
    // Asked after all is open: until here its number cannot have been given to another process unseen.
    if (failure == NULL && (process_start_time(init.pid) != init.start || opened.namespace_count == 0)) {
        driver_failure_set(&failure, "domain-inactive", entered->name, NULL,
                           "The namespaces of %s cannot be opened: it has ended, or belongs to another user.",
                           entered->name);
    }
    // The groups could be another life's.
    if (failure != NULL || !open_groups(engine, guest->record, &opened, &failure) ||
        !lxc_domain_require_life(entered, guest, &init, &failure)) {
        (void) lxc_domain_require_life(entered, guest, &init, &failure);
        close_all(&opened);
        return lxc_fail(engine->driver, failure);
    }
    opened.struct_size = MIN(namespaces->struct_size, (uint32_t) sizeof(opened));
    memcpy(namespaces, &opened, opened.struct_size);
    return MORTISE_OK;
}
