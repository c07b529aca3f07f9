// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What QEMU's answers say: replies of the monitor read into plain data.
#pragma once

#include <json-glib/json-glib.h>

/* One vCPU of query-cpus-fast. */
typedef struct {
    guint id;              /* cpu-index */
    gint64 thread;         /* thread-id as QEMU says it, which may be bogus; -1: none */
    char *path;            /* qom-path; never NULL */
} QemuMonitorCpu;

/* One disk of query-blockstats. */
typedef struct {
    char *device;          /* qom path or name of the device it belongs to; never NULL */
    gint64 read_bytes, read_requests, read_nanoseconds;
    gint64 written_bytes, write_requests, write_nanoseconds;
    gint64 flush_requests, flush_nanoseconds;
} QemuMonitorDisk;

/*
 * All are pure: `value` is the "return" of the command of that name. What is not there or of another type is left
 * out. Results are to be freed.
 */
/* QemuMonitorCpu, sorted by id. */
GPtrArray *qemu_monitor_cpus(JsonNode *value);
/* QemuMonitorDisk, of devices only. */
GPtrArray *qemu_monitor_disks(JsonNode *value);
/* Alias -> path of each pty, from query-chardev: labels are "char" and the alias. */
GHashTable *qemu_monitor_ptys(JsonNode *value);
/* "pc-i440fx-7.2", from qom-get of /machine type; NULL: not said. */
char *qemu_monitor_machine(JsonNode *value);
/* Port of the VNC server, from query-vnc; 0: none. */
guint qemu_monitor_vnc_port(JsonNode *value);
/* The strings of a list, from qom-get of unavailable-features. */
char **qemu_monitor_strings(JsonNode *value);
/* A member of an object, -1 when it has none. */
gint64 qemu_monitor_number(JsonNode *value, const char *member);
