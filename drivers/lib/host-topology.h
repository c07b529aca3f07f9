// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The host's processors and memory, read from sysfs and procfs.
#pragma once

#include <glib.h>

typedef struct {
    guint cpus;            /* online */
    guint nodes;           /* of NUMA; at least 1 */
    guint sockets;         /* for each node; these three are at least 1 */
    guint cores;
    guint threads;
    guint mhz;             /* 0: not known */
    guint64 memory_kib;
} HostTopology;

/* Reads now; what cannot be read is as small as it can be. [blocks for file reads] */
void host_topology_read(HostTopology *topology);

/* Number of CPUs in a list such as "0-3,8"; 0 when it is none. */
guint host_cpu_list_count(const char *list);
