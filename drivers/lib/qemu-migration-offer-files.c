// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What an offer says of the guest's files: its disks, and what it boots from.
#include "qemu-migration-offer.h"

static void
describe_file(JsonObject *object, const QemuFile *file)
{
    json_object_set_boolean_member(object, "there", file->there);
    json_object_set_int_member(object, "device", (gint64) file->device);
    json_object_set_int_member(object, "inode", (gint64) file->inode);
    json_object_set_int_member(object, "size", (gint64) file->size);
    json_object_set_string_member(object, "filesystem", file->filesystem);
    json_object_set_string_member(object, "place", qemu_file_place_word(file->place));
}

/* Where on shared storage the file is, so that a host can be compared that only a document describes. */
static void
describe_location(JsonObject *object, const GPtrArray *mounts, const char *path)
{
    g_autofree char *location = qemu_places_locate(mounts, path);

    if (location) {
        json_object_set_string_member(object, "location", location);
    }
}

JsonArray *
qemu_offer_describe_disks(const DomainDefinition *definition)
{
    g_autoptr(GPtrArray) mounts = qemu_mounts_look();
    JsonArray *array = json_array_new();

    for (guint i = 0; i < definition->disks->len; i++) {
        const DomainDisk *disk = definition->disks->pdata[i];
        JsonObject *object;
        QemuFile file;
        if (disk->source) {
            object = json_object_new();
            qemu_file_look(disk->source, &file);
            json_object_set_string_member(object, "target", disk->target);
            json_object_set_string_member(object, "path", disk->source);
            describe_file(object, &file);
            describe_location(object, mounts, disk->source);
            json_array_add_object_element(array, object);
        }
    }
    return array;
}

static void
describe_boot_file(JsonArray *array, const GPtrArray *mounts, const char *path)
{
    g_autoptr(QemuPlaceFile) file = path ? qemu_place_file_look(path) : NULL;
    JsonObject *object;

    if (!file) {
        return;
    }
    object = json_object_new();
    json_object_set_string_member(object, "path", path);
    json_object_set_int_member(object, "size", (gint64) file->size);
    if (file->digest) {
        json_object_set_string_member(object, "sha256", file->digest);
    }
    describe_location(object, mounts, path);
    json_array_add_object_element(array, object);
}

JsonArray *
qemu_offer_describe_files(const DomainDefinition *definition)
{
    g_autoptr(GPtrArray) mounts = qemu_mounts_look();
    JsonArray *array = json_array_new();

    describe_boot_file(array, mounts, definition->os.kernel);
    describe_boot_file(array, mounts, definition->os.initrd);
    return array;
}
