// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The limits and weights of a container in what liblxc reads, for both versions of control groups.
#include "lxc-config-parts.h"

static void
add_memory(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups)
{
    const LxcHierarchy *memory = lxc_cgroups_find(cgroups, "memory");
    const LxcLimits *limits = &definition->limits;
    const guint64 hard = lxc_definition_memory(definition) * 1024;

    if (memory == NULL) {
        return;
    }
    if (memory->unified) {
        lxc_config_add(text, "lxc.cgroup2.memory.max", "%" G_GUINT64_FORMAT, hard);
        if (limits->soft_kib > 0) {
            lxc_config_add(text, "lxc.cgroup2.memory.high", "%" G_GUINT64_FORMAT, limits->soft_kib * 1024);
        }
        if (limits->swap_kib > 0) {
            lxc_config_add(text, "lxc.cgroup2.memory.swap.max", "%" G_GUINT64_FORMAT, limits->swap_kib * 1024 - hard);
        }
        return;
    }
    lxc_config_add(text, "lxc.cgroup.memory.limit_in_bytes", "%" G_GUINT64_FORMAT, hard);
    if (limits->soft_kib > 0) {
        lxc_config_add(text, "lxc.cgroup.memory.soft_limit_in_bytes", "%" G_GUINT64_FORMAT, limits->soft_kib * 1024);
    }
    if (limits->swap_kib > 0) {
        lxc_config_add(text, "lxc.cgroup.memory.memsw.limit_in_bytes", "%" G_GUINT64_FORMAT, limits->swap_kib * 1024);
    }
}

static void
add_cpu(GString *text, const LxcLimits *limits, const LxcCgroups *cgroups)
{
    const LxcHierarchy *cpu = lxc_cgroups_find(cgroups, "cpu");
    const LxcHierarchy *cpuset = lxc_cgroups_find(cgroups, "cpuset");

    if (limits->cpus != NULL && cpuset != NULL) {
        lxc_config_add(text, cpuset->unified ? "lxc.cgroup2.cpuset.cpus" : "lxc.cgroup.cpuset.cpus", "%s",
                       limits->cpus);
    }
    if (cpu == NULL) {
        return;
    }
    if (limits->shares > 0 && cpu->unified) {
        // The kernel's own way from the one scale, 2 to 262144, to the other, 1 to 10000.
        lxc_config_add(text, "lxc.cgroup2.cpu.weight", "%" G_GUINT64_FORMAT, 1 + (limits->shares - 2) * 9999 / 262142);
    } else if (limits->shares > 0) {
        lxc_config_add(text, "lxc.cgroup.cpu.shares", "%" G_GUINT64_FORMAT, limits->shares);
    }
    if (cpu->unified && limits->quota > 0) {
        lxc_config_add(text, "lxc.cgroup2.cpu.max", "%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, limits->quota,
                       limits->period > 0 ? limits->period : 100000);
    } else if (cpu->unified && limits->period > 0) {
        lxc_config_add(text, "lxc.cgroup2.cpu.max", "max %" G_GUINT64_FORMAT, limits->period);
    }
    if (!cpu->unified && limits->period > 0) {
        lxc_config_add(text, "lxc.cgroup.cpu.cfs_period_us", "%" G_GUINT64_FORMAT, limits->period);
    }
    if (!cpu->unified && limits->quota != 0) {
        lxc_config_add(text, "lxc.cgroup.cpu.cfs_quota_us", "%" G_GINT64_FORMAT, limits->quota);
    }
}

static void
add_block(GString *text, const LxcLimits *limits, const LxcCgroups *cgroups)
{
    const LxcHierarchy *block = lxc_cgroups_find(cgroups, "io");
    const LxcHierarchy *old = lxc_cgroups_find(cgroups, "blkio");

    if (limits->weight == 0) {
        return;
    }
    if (old != NULL) {
        lxc_config_add(text, "lxc.cgroup.blkio.bfq.weight", "%" G_GUINT64_FORMAT, limits->weight);
    } else if (block != NULL) {
        lxc_config_add(text, "lxc.cgroup2.io.weight", "default %" G_GUINT64_FORMAT, limits->weight);
    }
}

void
lxc_config_add_limits(GString *text, const LxcDefinition *definition, const LxcCgroups *cgroups)
{
    add_memory(text, definition, cgroups);
    add_cpu(text, &definition->limits, cgroups);
    add_block(text, &definition->limits, cgroups);
}
