// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Limits and weights of a container that runs, in the words of interface tuning/1, as its control groups hold them.
#pragma once

#include <mortise/driver/tuning.h>

#include "lxc-cgroup.h"

/* Keys of a group of tuning/1, ended by NULL; NULL: there is no such group. */
const char *const *lxc_limits_keys(guint group);

/* What the kernel holds; FALSE: this host has no such limit. */
gboolean lxc_limit_read(const LxcCgroups *cgroups, const char *group, const char *key, gint64 *number);

/*
 * Sets all, or none: those that were set before one was refused are put back. `files`, unless NULL, gets what was
 * written to, as liblxc names it: "lxc.cgroup.cpu.shares = 1024", a line for each. "resource-busy" when a limit is
 * below what is in use.
 */
gboolean lxc_limits_write(const LxcCgroups *cgroups, const char *group, const MortiseValue *values, guint count,
                          GString *files, DriverFailure **failure);

/*
 * The text of liblxc's configuration with these lines in place of those of the same keys; one without a value takes
 * them out. To be freed.
 */
char *lxc_limits_configure(const char *config, const char *lines);
