// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a running state says of a migration under way, and how its source finds out where the guest lives.
#include "qemu-migration-record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver-json.h"
#include "qemu-adopt-log.h"
#include "qemu-monitor-socket.h"

#define MARKER_PREFIX "arrived-"
#define MARKER_DIGITS 36u

static const char *const step_words[] = {"sending", "departed", "receiving"};

static void
file_free(gpointer data)
{
    QemuArrivingFile *file = data;

    g_free(file->path);
    g_free(file->temporary);
    g_free(file);
}

QemuMigrationRecord *
qemu_migration_record_new(QemuMigrationStep step)
{
    QemuMigrationRecord *record = g_new0(QemuMigrationRecord, 1);

    record->step = step;
    record->files = g_ptr_array_new_with_free_func(file_free);
    return record;
}

void
qemu_migration_record_add_file(QemuMigrationRecord *record, const char *path, const char *temporary, guint64 device,
                               guint64 inode)
{
    QemuArrivingFile *file = g_new0(QemuArrivingFile, 1);

    file->path = g_strdup(path);
    file->temporary = g_strdup(temporary);
    file->device = device;
    file->inode = inode;
    g_ptr_array_add(record->files, file);
}

QemuMigrationRecord *
qemu_migration_record_copy(const QemuMigrationRecord *record)
{
    QemuMigrationRecord *copy = record ? qemu_migration_record_new(record->step) : NULL;

    if (!copy) {
        return NULL;
    }
    copy->serves = record->serves;
    copy->running = record->running;
    copy->where = g_strdup(record->where);
    copy->boot = g_strdup(record->boot);
    copy->run_directory = g_strdup(record->run_directory);
    copy->directory = g_strdup(record->directory);
    copy->marker = g_strdup(record->marker);
    for (guint i = 0; i < record->files->len; i++) {
        const QemuArrivingFile *file = record->files->pdata[i];
        qemu_migration_record_add_file(copy, file->path, file->temporary, file->device, file->inode);
    }
    return copy;
}

void
qemu_migration_record_free(QemuMigrationRecord *record)
{
    if (!record) {
        return;
    }
    g_free(record->where);
    g_free(record->boot);
    g_free(record->run_directory);
    g_free(record->directory);
    g_free(record->marker);
    g_ptr_array_unref(record->files);
    g_free(record);
}

static JsonNode *
files_to_json(const GPtrArray *files)
{
    JsonArray *array = json_array_new();
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);

    for (guint i = 0; i < files->len; i++) {
        const QemuArrivingFile *file = files->pdata[i];
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "path", file->path);
        json_object_set_string_member(object, "temporary", file->temporary);
        json_object_set_int_member(object, "device", (gint64) file->device);
        json_object_set_int_member(object, "inode", (gint64) file->inode);
        json_array_add_object_element(array, object);
    }
    json_node_take_array(node, array);
    return node;
}

JsonNode *
qemu_migration_record_to_json(const QemuMigrationRecord *record)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "step", step_words[record->step]);
    json_object_set_boolean_member(object, "serves", record->serves);
    json_object_set_boolean_member(object, "running", record->running);
    json_object_set_string_member(object, "where", record->where);
    json_object_set_string_member(object, "boot", record->boot);
    json_object_set_string_member(object, "run_directory", record->run_directory);
    json_object_set_string_member(object, "directory", record->directory);
    if (record->marker) {
        json_object_set_string_member(object, "marker", record->marker);
    }
    json_object_set_member(object, "files", files_to_json(record->files));
    json_node_take_object(node, object);
    return node;
}

static void
read_file(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *path = driver_json_text(object, "path", "");
    const char *temporary = driver_json_text(object, "temporary", "");

    if (g_path_is_absolute(path) && g_path_is_absolute(temporary)) {
        qemu_migration_record_add_file(data, path, temporary, (guint64) driver_json_number(object, "device", 0),
                                       (guint64) driver_json_number(object, "inode", 0));
    }
}

static gboolean
read_step(JsonObject *object, QemuMigrationStep *step)
{
    for (guint i = 0; i < G_N_ELEMENTS(step_words); i++) {
        if (g_str_equal(driver_json_text(object, "step", ""), step_words[i])) {
            *step = (QemuMigrationStep) i;
            return TRUE;
        }
    }
    return FALSE;
}

QemuMigrationRecord *
qemu_migration_record_from_json(JsonObject *object)
{
    g_autoptr(QemuMigrationRecord) record = NULL;
    QemuMigrationStep step = QEMU_MIGRATION_SENDING;
    JsonArray *files = driver_json_array_member(object, "files");
    const char *marker = driver_json_text(object, "marker", NULL);

    if (!object || !read_step(object, &step)) {
        return NULL;
    }
    record = qemu_migration_record_new(step);
    record->serves = driver_json_flag(object, "serves");
    record->running = driver_json_flag(object, "running");
    record->where = g_strdup(driver_json_text(object, "where", ""));
    record->boot = g_strdup(driver_json_text(object, "boot", ""));
    record->run_directory = g_strdup(driver_json_text(object, "run_directory", ""));
    record->directory = g_strdup(driver_json_text(object, "directory", ""));
    record->marker = marker && qemu_migration_is_marker(marker) ? g_strdup(marker) : NULL;
    if (files) {
        json_array_foreach_element(files, read_file, record);
    }
    return g_steal_pointer(&record);
}

gboolean
qemu_migration_is_marker(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    const char *digits = name + strlen(MARKER_PREFIX);

    return g_path_is_absolute(path) && g_str_has_prefix(name, MARKER_PREFIX) && strlen(digits) == MARKER_DIGITS &&
           strspn(digits, "0123456789abcdef-") == MARKER_DIGITS;
}

char *
qemu_migration_marker(const char *run_directory)
{
    g_autofree char *random = g_uuid_string_random();
    g_autofree char *name = g_strconcat(MARKER_PREFIX, random, NULL);

    return g_build_filename(run_directory, name, NULL);
}

gboolean
qemu_migration_write_marker(const QemuMigrationRecord *record)
{
    const int fd = record->marker ? open(record->marker, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644) : -1;

    if (fd >= 0) {
        (void) close(fd);
    }
    return fd >= 0 || !record->marker;
}

void
qemu_migration_mark_running(const QemuMigrationRecord *record, gint64 since)
{
    // Never made anew: the source may have removed it.
    const int fd = record->marker ? open(record->marker, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW) : -1;
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n", since);

    if (fd >= 0) {
        (void) !write(fd, text, strlen(text));
        (void) close(fd);
    }
}

gint64
qemu_migration_running_since(const QemuMigrationRecord *record)
{
    const int fd = record->marker ? open(record->marker, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    char text[32] = "";
    gint64 since = 0;

    if (fd < 0) {
        return 0;
    }
    if (read(fd, text, sizeof(text) - 1) <= 0 ||
        !g_ascii_string_to_signed(g_strchomp(text), 10, 0, G_MAXINT64, &since, NULL)) {
        since = 0;
    }
    (void) close(fd);
    return since;
}

void
qemu_migration_remove_marker(const QemuMigrationRecord *record)
{
    if (record->marker) {
        (void) unlink(record->marker);
    }
}

static QemuArrival
look_into(const QemuMigrationRecord *record, const RunDirectory *directory)
{
    // In this order: a keeper that is gone writes nothing more, and who removes the directory has made the marker.
    const gboolean held = run_directory_is_held(directory);
    QemuEventsLog log;
    gboolean committed;

    qemu_events_log_read(&log, directory->fd);
    committed = log.committed && faccessat(directory->fd, QEMU_WITHDRAWN_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    qemu_events_log_clear(&log);
    if (committed || (record->marker && access(record->marker, F_OK) == 0)) {
        return QEMU_ARRIVED;
    }
    return held ? QEMU_ARRIVING : QEMU_NOT_ARRIVED;
}

QemuArrival
qemu_migration_look(const QemuMigrationRecord *record, const char *boot)
{
    RunDirectory directory = {.fd = -1, .lock = -1};
    QemuArrival arrival;

    if (!g_str_equal(record->boot, boot) || !record->marker || access(record->run_directory, R_OK | X_OK) != 0) {
        return QEMU_ARRIVAL_UNKNOWN;
    }
    if (run_directory_open(&directory, record->run_directory, record->directory)) {
        arrival = look_into(record, &directory);
        run_directory_close(&directory);
        return arrival;
    }
    if (errno != ENOENT) {
        return QEMU_ARRIVAL_UNKNOWN;
    }
    return access(record->marker, F_OK) == 0 ? QEMU_ARRIVED : QEMU_NOT_ARRIVED;
}

static gboolean
is_file(const char *path, const QemuArrivingFile *file)
{
    struct stat status;

    return file->inode != 0 && lstat(path, &status) == 0 && status.st_dev == file->device &&
           status.st_ino == file->inode;
}

void
qemu_migration_remove_files(const QemuMigrationRecord *record)
{
    for (guint i = 0; i < record->files->len; i++) {
        const QemuArrivingFile *file = record->files->pdata[i];

        (void) unlink(file->temporary);
        if (is_file(file->path, file)) {
            (void) unlink(file->path);
        }
    }
}
