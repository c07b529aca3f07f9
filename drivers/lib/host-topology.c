// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The host's processors and memory, read from sysfs and procfs.
#include "host-topology.h"

#include <string.h>
#include <unistd.h>

#define CPUS "/sys/devices/system/cpu"
#define NODES "/sys/devices/system/node"
#define CPU_LIMIT 65536u

static char *
read_line(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

static gboolean
read_number(const char *text, guint64 *number)
{
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, number, NULL);
}

guint
host_cpu_list_count(const char *list)
{
    g_auto(GStrv) ranges = g_strsplit(list, ",", -1);
    guint count = 0;

    for (guint i = 0; ranges[i]; i++) {
        g_auto(GStrv) ends = g_strsplit(ranges[i], "-", 2);
        guint64 first;
        guint64 last;
        if (!read_number(ends[0], &first) || !read_number(ends[1] ? ends[1] : ends[0], &last) || last < first ||
            last >= CPU_LIMIT) {
            return 0;
        }
        count += (guint) (last - first + 1);
    }
    return count;
}

static guint
at_least_one(guint count)
{
    return count > 0 ? count : 1;
}

static guint
count_nodes(void)
{
    g_autofree char *list = read_line(NODES, "online");

    return at_least_one(host_cpu_list_count(list ? list : ""));
}

/* Distinct sockets, and distinct cores in all of them. */
static void
count_packages(guint *sockets, guint *cores)
{
    g_autoptr(GHashTable) packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GDir) directory = g_dir_open(CPUS, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *topology = g_build_filename(CPUS, name, "topology", NULL);
        g_autofree char *package = read_line(topology, "physical_package_id");
        g_autofree char *core = read_line(topology, "core_id");
        if (package && core) {
            (void) g_hash_table_add(places, g_strconcat(package, ":", core, NULL));
            (void) g_hash_table_add(packages, g_steal_pointer(&package));
        }
    }
    *sockets = at_least_one(g_hash_table_size(packages));
    *cores = at_least_one(g_hash_table_size(places));
}

/* Of the first CPU, as it is now. */
static guint
read_mhz(void)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)) {
        return 0;
    }
    line = strstr(text, "cpu MHz");
    line = line ? strchr(line, ':') : NULL;
    return line ? (guint) g_ascii_strtod(line + 1, NULL) : 0;
}

void
host_topology_read(HostTopology *topology)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    const guint nodes = count_nodes();
    guint sockets = 1;
    guint cores = 1;

    count_packages(&sockets, &cores);
    topology->cpus = (guint) MAX(1, online);
    topology->nodes = nodes;
    topology->sockets = at_least_one(sockets / nodes);
    topology->cores = at_least_one(cores / sockets);
    topology->threads = at_least_one(topology->cpus / nodes / topology->sockets / topology->cores);
    topology->mhz = read_mhz();
    topology->memory_kib = (guint64) MAX(0, sysconf(_SC_PHYS_PAGES)) * ((guint64) sysconf(_SC_PAGESIZE) / 1024);
}
