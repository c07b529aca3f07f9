// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Control groups of version 1 and 2: where a controller is, and what a container's group says.
#pragma once

#include "failure.h"

typedef struct {
    char *path;            /* where the hierarchy is mounted */
    gboolean unified;      /* version 2 */
    char **controllers;    /* "memory", ... */
} LxcHierarchy;

/* Constant once made; several threads may read it. */
typedef struct {
    GPtrArray *hierarchies;   /* LxcHierarchy */
    char *base;               /* below which groups of containers are, in each hierarchy; "" or "/..." */
} LxcCgroups;

/* What `mounts` (of the form of /proc/self/mounts) shows; `base` as above. Reads cgroup.controllers. */
LxcCgroups *lxc_cgroups_new(const char *mounts, const char *base);
/* Of this host and this user: root's containers are below the top, a user's below the group of this process. */
LxcCgroups *lxc_cgroups_new_host(void);
void lxc_cgroups_free(LxcCgroups *cgroups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LxcCgroups, lxc_cgroups_free)

/* Whether it is version 2 that limits and freezes. */
gboolean lxc_cgroups_are_unified(const LxcCgroups *cgroups);
/* Whether liblxc sees nothing but version 2: as it does when that is mounted where all control groups are. */
gboolean lxc_cgroups_are_pure(const LxcCgroups *cgroups);

/*
 * With version 2, the base of a user is this group in the one that was delegated: liblxc makes nothing in a group of
 * which not each file is the user's, and systemd gives a few away, while all is the user's in what the user has made.
 */
#define LXC_CGROUP_OWN "mortise.own"
/*
 * The kernel hands controllers on from no group that has processes, so ours are below the base, in this one. The name
 * is liblxc's: it makes groups beside a group of this name, and below any other.
 */
#define LXC_CGROUP_LEAF "init.scope"

/* The file of a group that lists its processes, and moves those whose numbers are written to it. */
#define LXC_CGROUP_PROCESSES "cgroup.procs"

/* The hierarchy that has a controller, NULL: none. */
const LxcHierarchy *lxc_cgroups_find(const LxcCgroups *cgroups, const char *controller);
/* The hierarchy that can freeze: version 1's freezer, or version 2. */
const LxcHierarchy *lxc_cgroups_freezer(const LxcCgroups *cgroups);

/*
 * A group is named below the base, or with a slash in front from the top of each hierarchy on: a user who comes later
 * may stand elsewhere. Its directory, to be freed.
 */
char *lxc_cgroup_path(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group);
/* The name from the top of a group below the base, to be freed. */
char *lxc_cgroup_place(const LxcCgroups *cgroups, const char *group);
/* A file of a group, whole, to be freed; NULL when it cannot be read. */
char *lxc_cgroup_read(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group, const char *file);
gboolean lxc_cgroup_write(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group,
                          const char *file, const char *value, DriverFailure **failure);
/* The number that a file consists of; FALSE also for "max". */
gboolean lxc_cgroup_number(const LxcCgroups *cgroups, const LxcHierarchy *hierarchy, const char *group,
                           const char *file, guint64 *number);
/* The number behind a word at the beginning of a line: "usage_usec 12". */
gboolean lxc_cgroup_member(const char *text, const char *word, guint64 *number);

/* The file and word by which all in a group are stopped, "WORD PATH"; to be freed. NULL where nothing can freeze. */
char *lxc_cgroup_freezer_file(const LxcCgroups *cgroups, const char *group);
/* Freezes or thaws, and waits until it is done, at most until the deadline. */
gboolean lxc_cgroup_freeze(const LxcCgroups *cgroups, const char *group, gboolean frozen, gint64 deadline,
                           DriverFailure **failure);
gboolean lxc_cgroup_is_frozen(const LxcCgroups *cgroups, const char *group);

/*
 * Kills all processes in a group, frozen or not, and waits until they have ended, at most until the deadline; FALSE
 * then. Blocks.
 */
gboolean lxc_cgroup_kill(const LxcCgroups *cgroups, const char *group, gint64 deadline);

/* lxc-cgroup-member.c: which groups a process is in. */
/* /proc/self/cgroup, whole, to be freed; `membership` is such a text. */
char *lxc_cgroups_membership(void);
/* The group in one hierarchy from its top on, to be freed; NULL when the text does not say. */
char *lxc_cgroup_of(const char *membership, const LxcHierarchy *hierarchy);
/* Lines: the lists of processes of these groups, where this user may make others below; to be freed. */
char *lxc_cgroups_own_lists(const LxcCgroups *cgroups, const char *membership);
/*
 * Version 2 lets nobody move a process but who may write to the group that is above both ends of the way: that group's
 * directory, to be freed, when it keeps this user from `place` (from the top on); else NULL.
 */
char *lxc_cgroup_barrier(const LxcHierarchy *hierarchy, const char *membership, const char *place);

/* lxc-cgroup-own.c: what is around the base of a user, with version 2. */
/*
 * Whether the group above it was delegated, and no process is in it but this one and its helpers: "permission-denied",
 * "resource-busy". Changes nothing.
 */
gboolean lxc_cgroups_check_own(const LxcCgroups *cgroups, DriverFailure **failure);
/*
 * Makes the base, moves these processes to LXC_CGROUP_LEAF and hands controllers on; does nothing where this was done.
 * After a failure, one of those above or the kernel's, all is as it was. Any thread.
 */
gboolean lxc_cgroups_take_own(const LxcCgroups *cgroups, DriverFailure **failure);
/* Whether a controller was delegated. */
gboolean lxc_cgroups_offer(const LxcCgroups *cgroups, const char *controller);

/* Removes the three groups of a container, with all below them, as far as no process is in them. */
void lxc_cgroup_remove(const LxcCgroups *cgroups, const char *group);
