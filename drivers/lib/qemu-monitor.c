// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What QEMU's answers say: replies of the monitor read into plain data.
#include "qemu-monitor.h"

#include <string.h>

#include "driver-json.h"

#define MACHINE_SUFFIX "-machine"
#define LABEL_PREFIX "char"
#define PTY_PREFIX "pty:"

static void
cpu_free(gpointer data)
{
    QemuMonitorCpu *cpu = data;

    g_free(cpu->path);
    g_free(cpu);
}

static gint
compare_cpus(gconstpointer one, gconstpointer other)
{
    const QemuMonitorCpu *first = *(QemuMonitorCpu *const *) one;
    const QemuMonitorCpu *second = *(QemuMonitorCpu *const *) other;

    return (first->id > second->id) - (first->id < second->id);
}

GPtrArray *
qemu_monitor_cpus(JsonNode *value)
{
    GPtrArray *cpus = g_ptr_array_new_with_free_func(cpu_free);
    JsonArray *array = driver_json_array(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = driver_json_object(json_array_get_element(array, i));
        const gint64 id = driver_json_number(object, "cpu-index", -1);
        QemuMonitorCpu *cpu;

        if (id < 0 || id > G_MAXINT) {
            continue;
        }
        cpu = g_new0(QemuMonitorCpu, 1);
        cpu->id = (guint) id;
        cpu->thread = driver_json_number(object, "thread-id", -1);
        cpu->path = g_strdup(driver_json_text(object, "qom-path", ""));
        g_ptr_array_add(cpus, cpu);
    }
    g_ptr_array_sort(cpus, compare_cpus);
    return cpus;
}

static void
disk_free(gpointer data)
{
    QemuMonitorDisk *disk = data;

    g_free(disk->device);
    g_free(disk);
}

GPtrArray *
qemu_monitor_disks(JsonNode *value)
{
    GPtrArray *disks = g_ptr_array_new_with_free_func(disk_free);
    JsonArray *array = driver_json_array(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = driver_json_object(json_array_get_element(array, i));
        JsonObject *stats = driver_json_object_member(object, "stats");
        const char *device = *driver_json_text(object, "qdev", "") ? driver_json_text(object, "qdev", "")
                                                                : driver_json_text(object, "device", "");
        QemuMonitorDisk *disk;

        if (!stats || !*device) {
            continue;
        }
        disk = g_new0(QemuMonitorDisk, 1);
        disk->device = g_strdup(device);
        disk->read_bytes = driver_json_number(stats, "rd_bytes", 0);
        disk->read_requests = driver_json_number(stats, "rd_operations", 0);
        disk->read_nanoseconds = driver_json_number(stats, "rd_total_time_ns", 0);
        disk->written_bytes = driver_json_number(stats, "wr_bytes", 0);
        disk->write_requests = driver_json_number(stats, "wr_operations", 0);
        disk->write_nanoseconds = driver_json_number(stats, "wr_total_time_ns", 0);
        disk->flush_requests = driver_json_number(stats, "flush_operations", 0);
        disk->flush_nanoseconds = driver_json_number(stats, "flush_total_time_ns", 0);
        g_ptr_array_add(disks, disk);
    }
    return disks;
}

GHashTable *
qemu_monitor_ptys(JsonNode *value)
{
    GHashTable *ptys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    JsonArray *array = driver_json_array(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = driver_json_object(json_array_get_element(array, i));
        const char *label = driver_json_text(object, "label", "");
        const char *file = driver_json_text(object, "filename", "");

        if (g_str_has_prefix(label, LABEL_PREFIX) && g_str_has_prefix(file, PTY_PREFIX "/dev/")) {
            (void) g_hash_table_insert(ptys, g_strdup(label + strlen(LABEL_PREFIX)),
                                       g_strdup(file + strlen(PTY_PREFIX)));
        }
    }
    return ptys;
}

char *
qemu_monitor_machine(JsonNode *value)
{
    const char *type = driver_json_string(value);

    if (!type || !g_str_has_suffix(type, MACHINE_SUFFIX)) {
        return g_strdup(type);
    }
    return g_strndup(type, strlen(type) - strlen(MACHINE_SUFFIX));
}

guint
qemu_monitor_vnc_port(JsonNode *value)
{
    guint64 port = 0;

    (void) g_ascii_string_to_unsigned(driver_json_text(driver_json_object(value), "service", ""), 10, 1, G_MAXUINT16,
                                      &port, NULL);
    return (guint) port;
}

char **
qemu_monitor_strings(JsonNode *value)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    JsonArray *array = driver_json_array(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        const char *text = driver_json_string(json_array_get_element(array, i));
        if (text) {
            g_strv_builder_add(builder, text);
        }
    }
    return g_strv_builder_end(builder);
}

gint64
qemu_monitor_number(JsonNode *value, const char *member)
{
    return driver_json_number(driver_json_object(value), member, -1);
}
