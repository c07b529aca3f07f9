// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Capabilities and parameters of QEMU's migration, alike on both sides.
#include "qemu-migration.h"

#define USUAL_DOWNTIME_MS 300
#define USUAL_CHANNELS 4
#define NO_LIMIT G_MAXINT64

static void
add_capability(JsonArray *list, const char *name, gboolean wanted)
{
    JsonObject *capability = json_object_new();

    json_object_set_string_member(capability, "capability", name);
    json_object_set_boolean_member(capability, "state", wanted);
    json_array_add_object_element(list, capability);
}

static JsonObject *
capabilities(guint32 flags, gboolean pause)
{
    JsonArray *list = json_array_new();
    JsonObject *arguments = json_object_new();

    add_capability(list, "events", TRUE);
    // The source ends only when the destination has said that all has come, and is whole.
    add_capability(list, "return-path", TRUE);
    add_capability(list, "pause-before-switchover", pause);
    add_capability(list, "auto-converge", (flags & MORTISE_MIGRATE_AUTO_CONVERGE) != 0);
    add_capability(list, "postcopy-ram", (flags & MORTISE_MIGRATE_POSTCOPY) != 0);
    add_capability(list, "multifd", (flags & MORTISE_MIGRATE_MULTIFD) != 0);
    json_object_set_array_member(arguments, "capabilities", list);
    return arguments;
}

void
qemu_migration_break(QmpClient *client, const char *copy)
{
    JsonObject *instance = qmp_argument("type", copy ? "block-node" : "migration");
    JsonArray *instances = json_array_new();
    JsonObject *arguments = json_object_new();

    if (copy) {
        json_object_set_string_member(instance, "node-name", copy);
    }
    json_array_add_object_element(instances, instance);
    json_object_set_array_member(arguments, "instances", instances);
    // Emulators before 6.0 do not know it; there the kernel gives the connection up, some time.
    qmp_client_send_async(client, "yank", arguments, NULL, NULL);
}

JsonObject *
qemu_migration_limits(guint64 bandwidth, guint64 downtime)
{
    JsonObject *arguments = json_object_new();

    json_object_set_int_member(arguments, "max-bandwidth", bandwidth > 0 ? (gint64) MIN(bandwidth, NO_LIMIT)
                                                                         : NO_LIMIT);
    // 0: none. Else a limit would end with the switch; what the guest waits for is sent in spite of it.
    json_object_set_int_member(arguments, "max-postcopy-bandwidth",
                               (gint64) (bandwidth >= (guint64) NO_LIMIT ? 0 : bandwidth));
    json_object_set_int_member(arguments, "downtime-limit", downtime > 0 ? (gint64) MIN(downtime, QEMU_DOWNTIME_LIMIT)
                                                                         : USUAL_DOWNTIME_MS);
    return arguments;
}

gboolean
qemu_migration_configure(QmpClient *client, const MortiseMigrationArguments *arguments, gboolean pause,
                         gint64 deadline, DriverFailure **failure)
{
    JsonObject *parameters = qemu_migration_limits(arguments->bandwidth, arguments->downtime);
    QmpRequest *first;
    QmpRequest *second;
    gboolean good;

    if (arguments->flags & MORTISE_MIGRATE_MULTIFD) {
        json_object_set_int_member(parameters, "multifd-channels",
                                   arguments->channels > 0 ? MIN(arguments->channels, QEMU_CHANNELS_LIMIT)
                                                           : USUAL_CHANNELS);
    }
    first = qmp_client_send(client, "migrate-set-capabilities", capabilities(arguments->flags, pause));
    second = qmp_client_send(client, "migrate-set-parameters", parameters);
    good = qmp_request_wait(first, deadline, NULL, failure);
    return qmp_request_wait(second, deadline, NULL, failure) && good;
}
