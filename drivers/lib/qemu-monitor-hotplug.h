// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What QEMU says of places for vCPUs: query-hotpluggable-cpus read into plain data.
#pragma once

#include <json-glib/json-glib.h>

/* A place for one or more vCPUs that come and go together. */
typedef struct {
    char *type;            /* driver for device_add */
    char *path;            /* of what is plugged; NULL: the place is free */
    guint vcpus;           /* that it holds */
    JsonObject *place;     /* properties for device_add: socket-id, core-id, ... */
} QemuVcpuPlace;

/*
 * QemuVcpuPlace in the order in which QEMU itself fills them: by node, socket, die, cluster, core and thread. What
 * cannot be understood is left out. Pure; to be freed.
 */
GPtrArray *qemu_monitor_vcpu_places(JsonNode *value);
/* Arguments of device_add for a free place. */
JsonObject *qemu_vcpu_place_arguments(const QemuVcpuPlace *place, guint number);
