// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading a container's numbers from control groups of both versions, and from its list of network devices.
#include <string.h>
#include <unistd.h>

#include "lxc-stats.h"

/* What version 1 says when there is no limit: all that fits, in whole pages. */
#define UNLIMITED (G_MAXINT64 / 2)
#define NET_FIELDS 16u

void
lxc_stats_cpu(const LxcCgroups *cgroups, const char *group, LxcCpuTimes *times)
{
    const LxcHierarchy *account = lxc_cgroups_find(cgroups, "cpuacct");
    const LxcHierarchy *cpu = account != NULL ? account : lxc_cgroups_find(cgroups, "cpu");
    g_autofree char *text = cpu != NULL ? lxc_cgroup_read(cgroups, cpu, group,
                                                          cpu->unified ? "cpu.stat" : "cpuacct.stat") : NULL;
    const guint64 tick = G_GUINT64_CONSTANT(1000000000) / (guint64) sysconf(_SC_CLK_TCK);
    const guint64 scale = cpu != NULL && cpu->unified ? 1000 : tick;

    *times = (LxcCpuTimes){.known = FALSE};
    if (text == NULL) {
        return;
    }
    if (cpu->unified) {
        times->known = lxc_cgroup_member(text, "usage_usec", &times->time);
        times->time *= 1000;
    } else {
        times->known = lxc_cgroup_number(cgroups, cpu, group, "cpuacct.usage", &times->time);
    }
    (void) lxc_cgroup_member(text, cpu->unified ? "user_usec" : "user", &times->user);
    (void) lxc_cgroup_member(text, cpu->unified ? "system_usec" : "system", &times->system);
    times->user *= scale;
    times->system *= scale;
}

void
lxc_stats_memory(const LxcCgroups *cgroups, const char *group, LxcMemory *memory)
{
    const LxcHierarchy *hierarchy = lxc_cgroups_find(cgroups, "memory");
    const gboolean unified = hierarchy != NULL && hierarchy->unified;
    g_autofree char *text = hierarchy != NULL ? lxc_cgroup_read(cgroups, hierarchy, group, "memory.stat") : NULL;
    guint64 number = 0;

    *memory = (LxcMemory){.known = FALSE};
    if (!lxc_cgroup_number(cgroups, hierarchy, group, unified ? "memory.current" : "memory.usage_in_bytes", &number)) {
        return;
    }
    memory->known = TRUE;
    memory->current_kib = number / 1024;
    if (lxc_cgroup_number(cgroups, hierarchy, group, unified ? "memory.max" : "memory.limit_in_bytes", &number) &&
        number < UNLIMITED) {
        memory->maximum_kib = number / 1024;
    }
    if (text != NULL && lxc_cgroup_member(text, unified ? "anon" : "total_rss", &number)) {
        memory->resident_kib = number / 1024;
    }
}

static LxcBlock *
block_of(GArray *blocks, const char *device)
{
    LxcBlock block = {.read_bytes = 0};

    for (guint i = 0; i < blocks->len; i++) {
        if (strcmp(g_array_index(blocks, LxcBlock, i).device, device) == 0) {
            return &g_array_index(blocks, LxcBlock, i);
        }
    }
    (void) g_strlcpy(block.device, device, sizeof(block.device));
    (void) g_array_append_val(blocks, block);
    return &g_array_index(blocks, LxcBlock, blocks->len - 1);
}

static gboolean
number_of(const char *text, guint64 *number)
{
    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, number, NULL);
}

/* Version 1: "254:0 Read 4096". */
static void
take_old(GArray *blocks, const char *text, gboolean bytes)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
        guint64 number;
        LxcBlock *block;

        if (g_strv_length(words) != 3 || !number_of(words[2], &number)) {
            continue;
        }
        block = block_of(blocks, words[0]);
        if (strcmp(words[1], "Read") == 0) {
            *(bytes ? &block->read_bytes : &block->read_requests) = number;
        } else if (strcmp(words[1], "Write") == 0) {
            *(bytes ? &block->written_bytes : &block->write_requests) = number;
        }
    }
}

/* Version 2: "254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0". */
static void
take_unified(GArray *blocks, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
        LxcBlock *block = g_strv_length(words) > 1 ? block_of(blocks, words[0]) : NULL;

        for (guint word = 1; block != NULL && words[word] != NULL; word++) {
            const char *value = strchr(words[word], '=');
            guint64 *place = g_str_has_prefix(words[word], "rbytes=")   ? &block->read_bytes
                             : g_str_has_prefix(words[word], "wbytes=") ? &block->written_bytes
                             : g_str_has_prefix(words[word], "rios=")   ? &block->read_requests
                             : g_str_has_prefix(words[word], "wios=")   ? &block->write_requests
                                                                        : NULL;
            if (place != NULL) {
                (void) number_of(value + 1, place);
            }
        }
    }
}

GArray *
lxc_stats_blocks(const LxcCgroups *cgroups, const char *group)
{
    GArray *blocks = g_array_new(FALSE, TRUE, sizeof(LxcBlock));
    const LxcHierarchy *old = lxc_cgroups_find(cgroups, "blkio");
    const LxcHierarchy *unified = lxc_cgroups_find(cgroups, "io");

    if (old != NULL) {
        g_autofree char *bytes = lxc_cgroup_read(cgroups, old, group, "blkio.throttle.io_service_bytes_recursive");
        g_autofree char *requests = lxc_cgroup_read(cgroups, old, group, "blkio.throttle.io_serviced_recursive");
        take_old(blocks, bytes, TRUE);
        take_old(blocks, requests, FALSE);
    } else if (unified != NULL) {
        g_autofree char *text = lxc_cgroup_read(cgroups, unified, group, "io.stat");
        take_unified(blocks, text);
    }
    return blocks;
}

static gboolean
take_link(const char *numbers, LxcTraffic *received, LxcTraffic *sent)
{
    g_auto(GStrv) words = g_strsplit_set(numbers, " \t", -1);
    guint64 values[NET_FIELDS] = {0};
    guint count = 0;

    for (guint i = 0; words[i] != NULL && count < NET_FIELDS; i++) {
        if (*words[i] != '\0' && !number_of(words[i], &values[count++])) {
            return FALSE;
        }
    }
    *received = (LxcTraffic){values[0], values[1], values[2], values[3]};
    *sent = (LxcTraffic){values[8], values[9], values[10], values[11]};
    return count == NET_FIELDS;
}

gboolean
lxc_stats_link(const char *text, const char *name, LxcTraffic *received, LxcTraffic *sent)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        char *colon = strrchr(lines[i], ':');
        if (colon == NULL) {
            continue;
        }
        *colon = '\0';
        if (strcmp(g_strstrip(lines[i]), name) == 0) {
            return take_link(colon + 1, received, sent);
        }
    }
    return FALSE;
}
