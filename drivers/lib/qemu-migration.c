// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The interface migration/1 of the QEMU engine, its table; and what the source offers.
#include "qemu-migration.h"

#include <string.h>

const MortiseMigration qemu_engine_migration = {
    .head = {sizeof(MortiseMigration), MORTISE_MIGRATION_VERSION, MORTISE_MIGRATION_ID},
    .begin = qemu_migration_begin,
    .judge = qemu_migration_judge,
};

/*
 * The offer: {"schema": 1, "uuid": ..., "name": ..., "xml": live XML, "boot": identity of the source host's boot,
 * "running": whether the guest runs}.
 */
MortiseResult
qemu_migration_begin(void *domain, const MortiseMigrationArguments *arguments G_GNUC_UNUSED, MortiseSink *offer)
{
    QemuDomain *source = domain;
    const QemuDriver *driver = source->engine->driver;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;
    DriverFailure *failure = NULL;
    JsonObject *object;

    if (!qemu_domain_borrow(source, &guest, NULL, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    object = json_object_new();
    json_node_take_object(root, object);
    json_object_set_int_member(object, "schema", QEMU_MIGRATION_SCHEMA);
    json_object_set_string_member(object, "uuid", source->uuid);
    json_object_set_string_member(object, "name", source->name);
    json_object_set_string_member(object, "xml", guest->record->xml);
    json_object_set_string_member(object, "boot", source->engine->boot);
    {
        QMP_LOCK_SCOPE(&source->lock);
        json_object_set_boolean_member(object, "running", source->state.state == MORTISE_STATE_RUNNING);
    }
    text = json_to_string(root, FALSE);
    driver->host->sink_text(offer, text, strlen(text));
    return MORTISE_OK;
}

MortiseResult
qemu_migration_judge(void *connection G_GNUC_UNUSED, const MortiseMigrationArguments *arguments G_GNUC_UNUSED,
                     const char *offer G_GNUC_UNUSED, const char *capabilities G_GNUC_UNUSED,
                     MortiseSink *findings G_GNUC_UNUSED)
{
    return MORTISE_OK;
}
