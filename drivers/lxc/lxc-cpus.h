// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The CPUs of a container that runs, as its control groups hold them.
#pragma once

#include "domain-cpus.h"
#include "lxc-cgroup.h"

/* On which CPUs what is in the group may run. FALSE: this host's control groups do not say. */
gboolean lxc_cpus_read(const LxcCgroups *cgroups, const char *group, DomainCpus *cpus);

/*
 * Lets it run on these only; NULL: on all of the group above it. `line` gets what liblxc has to read for that when the
 * container reboots, as of lxc_limits_configure. Of version 1, groups that the container has made in its own are
 * narrowed with it, and not widened again. "host-unsupported" or "permission-denied" without the controller,
 * "domain-busy" while there is no group, "invalid-argument" when the group above it has not all of them, else the
 * kernel's own refusal; nothing has changed then. Blocks.
 */
gboolean lxc_cpus_write(const LxcCgroups *cgroups, const char *group, const DomainCpus *cpus, GString *line,
                        DriverFailure **failure);
