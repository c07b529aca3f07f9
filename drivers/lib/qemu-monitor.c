// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What QEMU's answers say: replies of the monitor read into plain data.
#include "qemu-monitor.h"

#include <string.h>

#define MACHINE_SUFFIX "-machine"
#define LABEL_PREFIX "char"
#define PTY_PREFIX "pty:"

static JsonArray *
array_of(JsonNode *value)
{
    return value && JSON_NODE_HOLDS_ARRAY(value) ? json_node_get_array(value) : NULL;
}

static JsonObject *
object_of(JsonNode *value)
{
    return value && JSON_NODE_HOLDS_OBJECT(value) ? json_node_get_object(value) : NULL;
}

static const char *
text_of(JsonObject *object, const char *member)
{
    JsonNode *node = object ? json_object_get_member(object, member) : NULL;

    return node && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : "";
}

static gint64
number_of(JsonObject *object, const char *member, gint64 fallback)
{
    JsonNode *node = object ? json_object_get_member(object, member) : NULL;

    return node && json_node_get_value_type(node) == G_TYPE_INT64 ? json_node_get_int(node) : fallback;
}

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
    JsonArray *array = array_of(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = object_of(json_array_get_element(array, i));
        const gint64 id = number_of(object, "cpu-index", -1);
        QemuMonitorCpu *cpu;

        if (id < 0 || id > G_MAXINT) {
            continue;
        }
        cpu = g_new0(QemuMonitorCpu, 1);
        cpu->id = (guint) id;
        cpu->thread = number_of(object, "thread-id", -1);
        cpu->path = g_strdup(text_of(object, "qom-path"));
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
    JsonArray *array = array_of(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = object_of(json_array_get_element(array, i));
        JsonObject *stats = object ? object_of(json_object_get_member(object, "stats")) : NULL;
        const char *device = *text_of(object, "qdev") ? text_of(object, "qdev") : text_of(object, "device");
        QemuMonitorDisk *disk;

        if (!stats || !*device) {
            continue;
        }
        disk = g_new0(QemuMonitorDisk, 1);
        disk->device = g_strdup(device);
        disk->read_bytes = number_of(stats, "rd_bytes", 0);
        disk->read_requests = number_of(stats, "rd_operations", 0);
        disk->read_nanoseconds = number_of(stats, "rd_total_time_ns", 0);
        disk->written_bytes = number_of(stats, "wr_bytes", 0);
        disk->write_requests = number_of(stats, "wr_operations", 0);
        disk->write_nanoseconds = number_of(stats, "wr_total_time_ns", 0);
        disk->flush_requests = number_of(stats, "flush_operations", 0);
        disk->flush_nanoseconds = number_of(stats, "flush_total_time_ns", 0);
        g_ptr_array_add(disks, disk);
    }
    return disks;
}

GHashTable *
qemu_monitor_ptys(JsonNode *value)
{
    GHashTable *ptys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    JsonArray *array = array_of(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = object_of(json_array_get_element(array, i));
        const char *label = text_of(object, "label");
        const char *file = text_of(object, "filename");

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
    const char *type = value && json_node_get_value_type(value) == G_TYPE_STRING ? json_node_get_string(value) : NULL;

    if (!type || !g_str_has_suffix(type, MACHINE_SUFFIX)) {
        return g_strdup(type);
    }
    return g_strndup(type, strlen(type) - strlen(MACHINE_SUFFIX));
}

guint
qemu_monitor_vnc_port(JsonNode *value)
{
    guint64 port = 0;

    (void) g_ascii_string_to_unsigned(text_of(object_of(value), "service"), 10, 1, G_MAXUINT16, &port, NULL);
    return (guint) port;
}

char **
qemu_monitor_strings(JsonNode *value)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    JsonArray *array = array_of(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        if (json_node_get_value_type(node) == G_TYPE_STRING) {
            g_strv_builder_add(builder, json_node_get_string(node));
        }
    }
    return g_strv_builder_end(builder);
}

gint64
qemu_monitor_number(JsonNode *value, const char *member)
{
    return number_of(object_of(value), member, -1);
}
