// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Disks that are copied, at the destination: images made for them, and the doors through which the source writes.
#include "qemu-migration-arrive.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver-json.h"

#define COPIES (MORTISE_MIGRATE_COPY_STORAGE_ALL | MORTISE_MIGRATE_COPY_STORAGE_INC)
#define TOOL "qemu-img"

gboolean
qemu_migration_wants_copies(const QemuMigrationArrival *arrival)
{
    return (arrival->arguments->flags & COPIES) != 0;
}

static gboolean
is_copied(const DomainDisk *disk)
{
    return disk->source && !disk->read_only && disk->type == DOMAIN_DISK_DISK;
}

/* What the source says of that disk, NULL when nothing. */
static JsonObject *
offered_disk(const QemuMigrationArrival *arrival, const DomainDisk *disk)
{
    JsonArray *disks = driver_json_array_member(driver_json_object(arrival->offer), "disks");

    for (guint i = 0; disks && i < json_array_get_length(disks); i++) {
        JsonObject *offered = driver_json_object(json_array_get_element(disks, i));
        if (g_str_equal(driver_json_text(offered, "target", ""), disk->target)) {
            return offered;
        }
    }
    return NULL;
}

/* Kept before the emulator has a directory: one of that name is never there, so that it stands for no guest. */
static gboolean
keep(const QemuStart *start, DriverFailure **failure)
{
    g_autoptr(QemuRecord) record = qemu_record_new();
    g_autofree char *text = NULL;

    record->phase = QEMU_PHASE_STARTING;
    record->boot = g_strdup(start->engine->boot);
    record->directory = g_strdup(start->domain->uuid);
    record->migration = qemu_migration_record_copy(start->migration);
    text = qemu_record_to_text(record);
    if (start->driver->host->domain_running_state(start->domain->host, text) == MORTISE_OK) {
        return TRUE;
    }
    driver_failure_set(failure, "file-error", start->domain->name, "Check the disk that the run directory is on.",
                       "The running state of %s could not be kept on disk.", start->domain->name);
    return FALSE;
}

static gboolean
fail_file(DriverFailure **failure, const char *path, const char *what, int error)
{
    driver_failure_set(failure, error == EACCES || error == EPERM ? "permission-denied" : "file-error", path,
                       error == ENOSPC ? "Make room on that file system, or copy to another one."
                                       : "Check the directory, or make the image beforehand.",
                       "The image %s for a disk that is copied cannot be made: %s%s.", path, what,
                       g_strerror(error));
    return FALSE;
}

static gboolean
make_raw(const char *path, guint64 size, DriverFailure **failure)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    gboolean good;

    if (fd < 0) {
        return fail_file(failure, path, "", errno);
    }
    good = ftruncate(fd, (off_t) size) == 0 || fail_file(failure, path, "making it that large: ", errno);
    (void) close(fd);
    return good;
}

static gboolean
run_tool(const char *const *arguments, const char *path, DriverFailure **failure)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *words = NULL;
    gint status = 0;

    if (!g_spawn_sync("/", (char **) arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                      NULL, &words, &status, &error)) {
        driver_failure_set(failure, "program-missing", TOOL, "Install it (Debian: qemu-utils), or make the image.",
                           "%s, which makes %s, cannot be run: %s", TOOL, path, error->message);
        return FALSE;
    }
    if (!g_spawn_check_wait_status(status, &error)) {
        driver_failure_set(failure, "program-failed", path, "Make the image beforehand.",
                           "%s could not make the image %s: %s", TOOL, path, g_strstrip(words));
        return FALSE;
    }
    return TRUE;
}

static gboolean
make_qcow2(const char *path, guint64 size, const char *backing, const char *backing_format, DriverFailure **failure)
{
    g_autofree char *bytes = g_strdup_printf("%" G_GUINT64_FORMAT, size);
    const char *whole[] = {TOOL, "create", "-q", "-f", "qcow2", path, bytes, NULL};
    const char *above[] = {TOOL, "create", "-q", "-f", "qcow2", "-b", backing, "-F", backing_format, path, bytes,
                           NULL};

    return run_tool(backing ? above : whole, path, failure);
}

/* The tool would take whatever else QEMU can open: networks, descriptions in JSON. */
static gboolean
is_plain_backing(const char *path, const char *format)
{
    return g_path_is_absolute(path) && (g_str_equal(format, "raw") || g_str_equal(format, "qcow2"));
}

static gboolean
make_image(const QemuMigrationArrival *arrival, const DomainDisk *disk, const char *path, DriverFailure **failure)
{
    JsonObject *offered = offered_disk(arrival, disk);
    const gint64 size = driver_json_number(offered, "virtual_size", 0);
    const gboolean above = (arrival->arguments->flags & MORTISE_MIGRATE_COPY_STORAGE_INC) != 0;
    const char *format = driver_json_text(offered, "backing_format", "raw");
    const char *backing = above ? driver_json_text(offered, "backing", NULL) : NULL;

    if (size <= 0) {
        driver_failure_set(failure, "file-missing", disk->source, "Make the image beforehand.",
                           "The image %s of the disk %s is not there, and the source does not say how large it is.",
                           disk->source, disk->target);
        return FALSE;
    }
    if (backing && !is_plain_backing(backing, format)) {
        driver_failure_set(failure, "unsupported", disk->source, "Make the image beforehand.",
                           "The backing file %s of the disk %s is no file of the format raw or qcow2.", backing,
                           disk->target);
        return FALSE;
    }
    if (disk->format == DOMAIN_DISK_RAW) {
        return make_raw(path, (guint64) size, failure);
    }
    return make_qcow2(path, (guint64) size, backing, format, failure);
}

/* Under its own name only when whoever comes next could find it by its inode; never in the place of another file. */
static gboolean
put_in_place(const QemuArrivingFile *file, DriverFailure **failure)
{
    if (renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0) {
        return TRUE;
    }
    if (errno == EINVAL && link(file->temporary, file->path) == 0) {
        (void) unlink(file->temporary);
        return TRUE;
    }
    return fail_file(failure, file->path, "putting it in place: ", errno);
}

/* The disks whose images are missing are listed in the record, in the order of the definition. */
static void
list_missing(const QemuStart *start, GPtrArray *missing)
{
    for (guint i = 0; i < start->definition->disks->len; i++) {
        DomainDisk *disk = start->definition->disks->pdata[i];

        if (is_copied(disk) && access(disk->source, F_OK) != 0 && errno == ENOENT) {
            g_autofree char *temporary = g_strdup_printf("%s.arriving-%08x", disk->source, g_random_int());
            qemu_migration_record_add_file(start->migration, disk->source, temporary, 0, 0);
            g_ptr_array_add(missing, disk);
        }
    }
}

gboolean
qemu_migration_make_disks(QemuStart *start, DriverFailure **failure)
{
    const QemuMigrationArrival *arrival = start->incoming_data;
    const GPtrArray *files = start->migration->files;
    g_autoptr(GPtrArray) missing = g_ptr_array_new();

    if (!qemu_migration_wants_copies(arrival)) {
        return TRUE;
    }
    list_missing(start, missing);
    if (missing->len == 0) {
        return TRUE;
    }
    if (!keep(start, failure)) {
        return FALSE;
    }
    for (guint i = 0; i < missing->len; i++) {
        QemuArrivingFile *file = files->pdata[i];
        struct stat status;

        if (!make_image(arrival, missing->pdata[i], file->temporary, failure) ||
            stat(file->temporary, &status) != 0) {
            return FALSE;
        }
        file->device = status.st_dev;
        file->inode = status.st_ino;
    }
    if (!keep(start, failure)) {
        return FALSE;
    }
    for (guint i = 0; i < files->len; i++) {
        if (!put_in_place(files->pdata[i], failure)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
export_disk(QemuStart *start, const DomainDisk *disk, gint64 deadline, DriverFailure **failure)
{
    g_autofree char *node = g_strconcat("disk-", disk->target, NULL);
    g_autofree char *id = g_strconcat("copy-", disk->target, NULL);
    JsonObject *arguments = json_object_new();

    json_object_set_string_member(arguments, "type", "nbd");
    json_object_set_string_member(arguments, "id", id);
    json_object_set_string_member(arguments, "node-name", node);
    json_object_set_string_member(arguments, "name", disk->target);
    json_object_set_boolean_member(arguments, "writable", TRUE);
    return qmp_client_call(start->client, "block-export-add", arguments, deadline, NULL, failure);
}

gboolean
qemu_migration_export_disks(QemuStart *start, QemuMigrationArrival *arrival, DriverFailure **failure)
{
    JsonArray *targets = json_array_new();

    json_object_set_array_member(arrival->ticket, "disks", targets);
    for (guint i = 0; i < start->definition->disks->len; i++) {
        const DomainDisk *disk = start->definition->disks->pdata[i];

        if (is_copied(disk)) {
            json_array_add_string_element(targets, disk->target);
            if (!export_disk(start, disk, arrival->deadline, failure)) {
                return FALSE;
            }
        }
    }
    return TRUE;
}
