// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Disks that are copied, at the source: one mirror job each, which follows the guest's writes until it stands still.
#include "qemu-migration.h"

#include <string.h>

#include "driver-json.h"

#define NODE_PREFIX "disk-"
#define COPY_PREFIX "copy-"
/* Of a node's name in QEMU. */
#define TARGET_LIMIT 16u
/* A copy that has not ended by then waits for the network. */
#define PROMPT (2 * G_TIME_SPAN_SECOND)

static const char *
backing_of(JsonObject *image, const char **format)
{
    JsonObject *backing = driver_json_object_member(image, "backing-image");

    *format = driver_json_text(backing, "format", "raw");
    return driver_json_text(backing, "filename", NULL);
}

static JsonObject *
find_disk(JsonArray *disks, const char *target)
{
    for (guint i = 0; i < json_array_get_length(disks); i++) {
        JsonObject *disk = driver_json_object(json_array_get_element(disks, i));
        if (g_str_equal(driver_json_text(disk, "target", ""), target)) {
            return disk;
        }
    }
    return NULL;
}

static void
describe_image(JsonArray *disks, JsonObject *inserted)
{
    JsonObject *image = driver_json_object_member(inserted, "image");
    const char *node = driver_json_text(inserted, "node-name", "");
    JsonObject *disk = g_str_has_prefix(node, NODE_PREFIX) ? find_disk(disks, node + strlen(NODE_PREFIX)) : NULL;
    const char *format = NULL;
    const char *backing = backing_of(image, &format);

    if (!disk) {
        return;
    }
    json_object_set_int_member(disk, "virtual_size", driver_json_number(image, "virtual-size", 0));
    if (backing) {
        json_object_set_string_member(disk, "backing", backing);
        json_object_set_string_member(disk, "backing_format", format);
    }
}

void
qemu_migration_describe_images(QmpClient *client, gint64 deadline, JsonArray *disks)
{
    g_autoptr(JsonNode) answer = NULL;
    JsonArray *blocks;

    if (!qmp_client_call(client, "query-block", NULL, deadline, &answer, NULL)) {
        return;
    }
    blocks = driver_json_array(answer);
    for (guint i = 0; blocks && i < json_array_get_length(blocks); i++) {
        JsonObject *block = driver_json_object(json_array_get_element(blocks, i));
        describe_image(disks, driver_json_object_member(block, "inserted"));
    }
}

/* Where the destination takes the copies, as QEMU's NBD client wants it. */
static JsonObject *
server_of(JsonObject *ticket)
{
    JsonObject *place = driver_json_object_member(ticket, "nbd");
    const gboolean local = g_str_equal(driver_json_text(place, "type", ""), "unix");
    JsonObject *server = json_object_new();

    json_object_set_string_member(server, "type", local ? "unix" : "inet");
    if (local) {
        json_object_set_string_member(server, "path", driver_json_text(place, "path", ""));
    } else {
        json_object_set_string_member(server, "host", driver_json_text(place, "host", ""));
        json_object_set_string_member(server, "port", driver_json_text(place, "port", ""));
    }
    return server;
}

static gboolean
open_target(QmpClient *client, JsonObject *ticket, const char *target, const char *id, gint64 deadline,
            DriverFailure **failure)
{
    JsonObject *node = json_object_new();

    json_object_set_string_member(node, "driver", "nbd");
    json_object_set_string_member(node, "node-name", id);
    json_object_set_object_member(node, "server", server_of(ticket));
    json_object_set_string_member(node, "export", target);
    return qmp_client_call(client, "blockdev-add", node, deadline, NULL, failure);
}

static gboolean
begin_copy(QmpClient *client, const char *target, const char *id, const MortiseMigrationArguments *arguments,
           gint64 deadline, DriverFailure **failure)
{
    const gboolean whole = (arguments->flags & MORTISE_MIGRATE_COPY_STORAGE_ALL) != 0;
    g_autofree char *node = g_strconcat(NODE_PREFIX, target, NULL);
    JsonObject *mirror = json_object_new();

    json_object_set_string_member(mirror, "job-id", id);
    json_object_set_string_member(mirror, "device", node);
    json_object_set_string_member(mirror, "target", id);
    json_object_set_string_member(mirror, "sync", whole ? "full" : "top");
    if (arguments->bandwidth > 0) {
        json_object_set_int_member(mirror, "speed", (gint64) MIN(arguments->bandwidth, G_MAXINT64));
    }
    return qmp_client_call(client, "blockdev-mirror", mirror, deadline, NULL, failure);
}

static gboolean
copy_disk(QemuDomain *domain, QmpClient *client, const MortiseMigrationArguments *arguments, JsonObject *ticket,
          const char *target, gint64 deadline, DriverFailure **failure)
{
    g_autofree char *id = g_strdup_printf(COPY_PREFIX "%s-%04x", target, g_random_int() & 0xffff);

    if (strlen(target) > TARGET_LIMIT || !driver_json_object_member(ticket, "nbd")) {
        driver_failure_set(failure, "invalid-argument", "ticket", NULL,
                           "The destination's ticket does not say where the disk %s is to be copied to.", target);
        return FALSE;
    }
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        qemu_migration_add_copy(&domain->migration, id);
    }
    if (open_target(client, ticket, target, id, deadline, failure) &&
        begin_copy(client, target, id, arguments, deadline, failure)) {
        return TRUE;
    }
    driver_failure_prefix(failure ? *failure : NULL, "The copy of the disk %s cannot begin. ", target);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        (void) g_hash_table_remove(domain->migration.copies, id);
    }
    (void) qmp_client_call(client, "blockdev-del", qmp_argument("node-name", id), deadline, NULL, NULL);
    return FALSE;
}

static gboolean
follow_the_guest(const QemuMigration *migration)
{
    return qemu_migration_copies_are(migration, QEMU_COPY_READY);
}

static gboolean
have_ended(const QemuMigration *migration)
{
    return qemu_migration_copies_are(migration, QEMU_COPY_ENDED);
}

static gboolean
require_no_error(QemuDomain *domain, DriverFailure **failure)
{
    const char *error;

    DRIVER_LOCK_SCOPE(&domain->lock);
    error = qemu_migration_copy_error(&domain->migration);
    if (error) {
        driver_failure_set(failure, "migration-failed", domain->name,
                           "Check the destination's disk, its free room and the network.",
                           "The disks of %s could not be copied: %s.", domain->name, error);
    }
    return !error;
}

gboolean
qemu_migration_copy_disks(QemuDomain *domain, QmpClient *client, const MortiseMigrationArguments *arguments,
                          JsonObject *ticket, gint64 deadline, DriverFailure **failure)
{
    JsonArray *disks = driver_json_array_member(ticket, "disks");

    if (!disks || json_array_get_length(disks) == 0) {
        return TRUE;
    }
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        domain->migration.phase = "disks";
    }
    for (guint i = 0; i < json_array_get_length(disks); i++) {
        const char *target = driver_json_string(json_array_get_element(disks, i));
        if (!copy_disk(domain, client, arguments, ticket, target ? target : "", deadline, failure)) {
            return FALSE;
        }
    }
    return qemu_migration_await(domain, follow_the_guest, deadline, TRUE, failure) && require_no_error(domain, failure);
}

static GList *
copies_of(QemuDomain *domain)
{
    GList *names = NULL;
    GHashTableIter iter;
    gpointer name;

    DRIVER_LOCK_SCOPE(&domain->lock);
    g_hash_table_iter_init(&iter, domain->migration.copies);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        names = g_list_prepend(names, g_strdup(name));
    }
    return names;
}

void
qemu_migration_limit_copies(QemuDomain *domain, QmpClient *client, guint64 bandwidth, gint64 deadline)
{
    GList *names = copies_of(domain);

    for (GList *at = names; at; at = at->next) {
        JsonObject *arguments = qmp_argument("device", at->data);
        json_object_set_int_member(arguments, "speed", (gint64) MIN(bandwidth, G_MAXINT64));
        // One that has ended has no speed any more.
        (void) qmp_client_call(client, "block-job-set-speed", arguments, deadline, NULL, NULL);
    }
    g_list_free_full(names, g_free);
}

/* A copy that follows the guest ends complete when it is cancelled without force. */
static void
tell_end(QmpClient *client, const char *id, gboolean force, gint64 deadline)
{
    JsonObject *arguments = qmp_argument("device", id);

    json_object_set_boolean_member(arguments, "force", force);
    (void) qmp_client_call(client, "block-job-cancel", arguments, deadline, NULL, NULL);
}

static void
close_targets(QmpClient *client, GList *names, gint64 deadline)
{
    for (GList *at = names; at; at = at->next) {
        (void) qmp_client_call(client, "blockdev-del", qmp_argument("node-name", at->data), deadline, NULL, NULL);
    }
}

gboolean
qemu_migration_end_copies(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    GList *names = copies_of(domain);
    gboolean good;

    for (GList *at = names; at; at = at->next) {
        tell_end(client, at->data, FALSE, deadline);
    }
    good = qemu_migration_await(domain, have_ended, deadline, TRUE, failure) && require_no_error(domain, failure);
    if (good) {
        close_targets(client, names, deadline);
    }
    g_list_free_full(names, g_free);
    return good;
}

/* Copies of an owner that died are known to QEMU alone. */
static void
find_copies(QemuDomain *domain, QmpClient *client, gint64 deadline)
{
    g_autoptr(JsonNode) answer = NULL;
    JsonArray *jobs;

    if (!qmp_client_call(client, "query-block-jobs", NULL, deadline, &answer, NULL)) {
        return;
    }
    jobs = driver_json_array(answer);
    DRIVER_LOCK_SCOPE(&domain->lock);
    for (guint i = 0; jobs && i < json_array_get_length(jobs); i++) {
        const char *id = driver_json_text(driver_json_object(json_array_get_element(jobs, i)), "device", "");
        if (g_str_has_prefix(id, COPY_PREFIX) && !g_hash_table_contains(domain->migration.copies, id)) {
            qemu_migration_add_copy(&domain->migration, id);
        }
    }
}

void
qemu_migration_break_copies(QemuDomain *domain, QmpClient *client)
{
    GList *names = copies_of(domain);

    for (GList *at = names; at; at = at->next) {
        qemu_migration_break(client, at->data);
    }
    g_list_free_full(names, g_free);
}

void
qemu_migration_cancel_copies(QemuDomain *domain, QmpClient *client, gint64 deadline)
{
    GList *names;

    find_copies(domain, client, deadline);
    names = copies_of(domain);
    for (GList *at = names; at; at = at->next) {
        tell_end(client, at->data, TRUE, deadline);
    }
    if (!qemu_migration_await(domain, have_ended, MIN(deadline, g_get_monotonic_time() + PROMPT), FALSE, NULL)) {
        qemu_migration_break_copies(domain, client);
        (void) qemu_migration_await(domain, have_ended, deadline, FALSE, NULL);
    }
    close_targets(client, names, deadline);
    g_list_free_full(names, g_free);
}
