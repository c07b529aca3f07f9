// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading an offer, which may come from anywhere.
#include "qemu-migration-offer.h"

#include <string.h>

#include "domain-definition.h"
#include "driver-json.h"
#include "qemu-migration-host.h"

#define OFFER_LIMIT (8u * 1024u * 1024u)
#define DISK_LIMIT DOMAIN_CHILD_LIMIT

static void
disk_free(gpointer data)
{
    QemuOfferDisk *disk = data;

    g_free(disk->target);
    g_free(disk->path);
    g_free(disk->location);
    g_free(disk);
}

static void
file_free(gpointer data)
{
    QemuOfferFile *file = data;

    qemu_place_file_free(file->file);
    g_free(file->location);
    g_free(file);
}

static guint64
amount(JsonObject *object, const char *member)
{
    return (guint64) MAX(0, driver_json_number(object, member, 0));
}

static void
read_disk(JsonArray *array G_GNUC_UNUSED, guint index, JsonNode *node, gpointer data)
{
    QemuOffer *offer = data;
    JsonObject *object = driver_json_object(node);
    const char *target = driver_json_text(object, "target", NULL);
    const char *path = driver_json_text(object, "path", NULL);
    QemuOfferDisk *disk;

    if (!target || !path || index >= DISK_LIMIT) {
        return;
    }
    disk = g_new0(QemuOfferDisk, 1);
    disk->target = g_strdup(target);
    disk->path = g_strdup(path);
    disk->file.there = driver_json_flag(object, "there");
    disk->file.device = amount(object, "device");
    disk->file.inode = amount(object, "inode");
    disk->file.size = amount(object, "size");
    disk->file.place = qemu_file_place(driver_json_text(object, "place", NULL));
    (void) g_strlcpy(disk->file.filesystem, driver_json_text(object, "filesystem", ""), sizeof(disk->file.filesystem));
    disk->location = g_strdup(driver_json_text(object, "location", NULL));
    g_ptr_array_add(offer->disks, disk);
}

static void
read_file(JsonArray *array G_GNUC_UNUSED, guint index, JsonNode *node, gpointer data)
{
    QemuOffer *offer = data;
    JsonObject *object = driver_json_object(node);
    const char *path = driver_json_text(object, "path", NULL);
    QemuOfferFile *file;

    if (!path || index >= DISK_LIMIT) {
        return;
    }
    file = g_new0(QemuOfferFile, 1);
    file->file = g_new0(QemuPlaceFile, 1);
    file->file->path = g_strdup(path);
    file->file->size = amount(object, "size");
    file->file->digest = g_strdup(driver_json_text(object, "sha256", NULL));
    file->location = g_strdup(driver_json_text(object, "location", NULL));
    g_ptr_array_add(offer->files, file);
}

static char **
read_words(JsonObject *object, const char *member)
{
    JsonArray *array = driver_json_array_member(object, member);

    return array && json_array_get_length(array) <= QEMU_WORD_LIMIT ? driver_json_strings(array) : NULL;
}

static void
read_source(QemuOffer *offer, JsonObject *source)
{
    offer->hostname = g_strdup(driver_json_text(source, "hostname", NULL));
    offer->version = (guint) MIN(amount(source, "qemu_version"), G_MAXUINT);
    offer->tsc_khz = amount(source, "tsc_khz");
    offer->features = read_words(source, "cpu_features");
    offer->missing = read_words(source, "cpu_missing");
    offer->migration = read_words(source, "migration_capabilities");
}

static QemuOffer *
read_offer(JsonObject *object)
{
    QemuOffer *offer = g_new0(QemuOffer, 1);
    JsonArray *disks = driver_json_array_member(object, "disks");
    JsonArray *files = driver_json_array_member(object, "files");

    offer->uuid = g_strdup(driver_json_text(object, "uuid", NULL));
    offer->name = g_strdup(driver_json_text(object, "name", NULL));
    offer->xml = g_strdup(driver_json_text(object, "xml", ""));
    offer->boot = g_strdup(driver_json_text(object, "boot", NULL));
    offer->running = driver_json_flag(object, "running");
    offer->defined = driver_json_flag(object, "defined");
    offer->disks = g_ptr_array_new_with_free_func(disk_free);
    offer->files = g_ptr_array_new_with_free_func(file_free);
    offer->refusals = read_words(object, "refusals");
    read_source(offer, driver_json_object_member(object, "source"));
    if (files) {
        json_array_foreach_element(files, read_file, offer);
    }
    if (disks) {
        json_array_foreach_element(disks, read_disk, offer);
    }
    return offer;
}

QemuOffer *
qemu_offer_parse(const char *text, DriverFailure **failure)
{
    const gsize length = strlen(text);
    g_autoptr(JsonNode) root = NULL;
    JsonObject *object;

    if (length <= OFFER_LIMIT) {
        root = driver_json_read(text, length);
    }
    object = driver_json_object(root);
    if (!object || !driver_json_has(object, "xml", G_TYPE_STRING) || !driver_json_has(object, "schema", G_TYPE_INT64)) {
        driver_failure_set(failure, "invalid-argument", "offer", "Ask the source for it once more.",
                           "This is no offer of a migration: it is no JSON object with \"schema\" and \"xml\".");
        return NULL;
    }
    if (driver_json_number(object, "schema", 0) != QEMU_MIGRATION_SCHEMA) {
        driver_failure_set(failure, "invalid-argument", "offer", "Use the same version of Mortise on both hosts.",
                           "The offer of the migration is of schema %" G_GINT64_FORMAT ", and this side knows %d.",
                           driver_json_number(object, "schema", 0), QEMU_MIGRATION_SCHEMA);
        return NULL;
    }
    return read_offer(object);
}

void
qemu_offer_free(QemuOffer *offer)
{
    if (!offer) {
        return;
    }
    g_free(offer->uuid);
    g_free(offer->name);
    g_free(offer->xml);
    g_free(offer->boot);
    g_free(offer->hostname);
    g_strfreev(offer->features);
    g_strfreev(offer->missing);
    g_strfreev(offer->migration);
    g_strfreev(offer->refusals);
    g_ptr_array_unref(offer->disks);
    g_ptr_array_unref(offer->files);
    g_free(offer);
}

const QemuOfferDisk *
qemu_offer_disk(const QemuOffer *offer, const char *target)
{
    for (guint i = 0; i < offer->disks->len; i++) {
        const QemuOfferDisk *disk = offer->disks->pdata[i];
        if (g_strcmp0(disk->target, target) == 0) {
            return disk;
        }
    }
    return NULL;
}

const QemuOfferFile *
qemu_offer_file(const QemuOffer *offer, const char *path)
{
    for (guint i = 0; i < offer->files->len; i++) {
        const QemuOfferFile *file = offer->files->pdata[i];
        if (g_strcmp0(file->file->path, path) == 0) {
            return file;
        }
    }
    return NULL;
}
