// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking into a container's root filesystem without being led out of it by links that are in it.
#pragma once

#include <glib.h>

/*
 * Opens `path` as a process with that root would (openat2 with RESOLVE_IN_ROOT): links and ".." end at `root`, which
 * is a descriptor. -1 with errno. `flags` as of open(2); close-on-exec is added. Any thread; does not block on FIFOs.
 */
int lxc_root_open(int root, const char *path, int flags);

/* Number of a user (/etc/passwd) or group (/etc/group) of that root, or the number that `name` is. */
gboolean lxc_root_find_user(int root, const char *name, guint *user, guint *group);
gboolean lxc_root_find_group(int root, const char *name, guint *group);
