// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Places for vCPUs, sorted as QEMU fills them.
#include "qemu-monitor-hotplug.h"

#include "driver-json.h"

static const char *const levels[] = {"node-id", "socket-id", "die-id", "cluster-id", "core-id", "thread-id"};

static void
place_free(gpointer data)
{
    QemuVcpuPlace *place = data;

    g_free(place->type);
    g_free(place->path);
    json_object_unref(place->place);
    g_free(place);
}

static gint
compare_places(gconstpointer one, gconstpointer other)
{
    const QemuVcpuPlace *first = *(QemuVcpuPlace *const *) one;
    const QemuVcpuPlace *second = *(QemuVcpuPlace *const *) other;

    for (guint i = 0; i < G_N_ELEMENTS(levels); i++) {
        const gint64 left = driver_json_number(first->place, levels[i], -1);
        const gint64 right = driver_json_number(second->place, levels[i], -1);
        if (left != right) {
            return left < right ? -1 : 1;
        }
    }
    return 0;
}

GPtrArray *
qemu_monitor_vcpu_places(JsonNode *value)
{
    GPtrArray *places = g_ptr_array_new_with_free_func(place_free);
    JsonArray *array = driver_json_array(value);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *object = driver_json_object(json_array_get_element(array, i));
        JsonObject *properties = driver_json_object_member(object, "props");
        const char *type = driver_json_text(object, "type", NULL);
        const gint64 count = driver_json_number(object, "vcpus-count", 0);
        QemuVcpuPlace *place;

        if (!properties || !type || count < 1 || count > G_MAXINT16) {
            continue;
        }
        place = g_new0(QemuVcpuPlace, 1);
        place->type = g_strdup(type);
        place->path = g_strdup(driver_json_text(object, "qom-path", NULL));
        place->vcpus = (guint) count;
        place->place = json_object_ref(properties);
        g_ptr_array_add(places, place);
    }
    g_ptr_array_sort(places, compare_places);
    return places;
}

static void
copy_member(JsonObject *object G_GNUC_UNUSED, const char *name, JsonNode *node, gpointer data)
{
    json_object_set_member(data, name, json_node_copy(node));
}

JsonObject *
qemu_vcpu_place_arguments(const QemuVcpuPlace *place, guint number)
{
    g_autofree char *id = g_strdup_printf("vcpu%u", number);
    JsonObject *arguments = json_object_new();

    json_object_foreach_member(place->place, copy_member, arguments);
    json_object_set_string_member(arguments, "driver", place->type);
    json_object_set_string_member(arguments, "id", id);
    return arguments;
}
