// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers of a container, from files of the kernel that may be given from elsewhere.
#pragma once

#include "lxc-cgroup.h"

typedef struct {
    gboolean known;
    guint64 time;              /* nanoseconds */
    guint64 user;
    guint64 system;
} LxcCpuTimes;

typedef struct {
    gboolean known;
    guint64 current_kib;
    guint64 maximum_kib;       /* 0: no limit */
    guint64 resident_kib;      /* anonymous memory */
} LxcMemory;

typedef struct {
    char device[32];           /* "254:0" */
    guint64 read_bytes;
    guint64 read_requests;
    guint64 written_bytes;
    guint64 write_requests;
} LxcBlock;

typedef struct {
    guint64 bytes;
    guint64 packets;
    guint64 errors;
    guint64 drops;
} LxcTraffic;

void lxc_stats_cpu(const LxcCgroups *cgroups, const char *group, LxcCpuTimes *times);
void lxc_stats_memory(const LxcCgroups *cgroups, const char *group, LxcMemory *memory);
/* LxcBlock, one for a device; to be freed. */
GArray *lxc_stats_blocks(const LxcCgroups *cgroups, const char *group);
/* The line of a device in text of the form of /proc/net/dev. */
gboolean lxc_stats_link(const char *text, const char *name, LxcTraffic *received, LxcTraffic *sent);
