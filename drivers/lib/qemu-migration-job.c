// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How far a migration has come, followed through the events and answers of an emulator.
#include "qemu-migration-job.h"

#include <unistd.h>

#include "driver-json.h"

#define MEGABIT 1000000.0

static void
copy_free(gpointer data)
{
    QemuCopy *copy = data;

    g_free(copy->error);
    g_free(copy);
}

void
qemu_migration_init(QemuMigration *migration)
{
    *migration = (QemuMigration){.phase = "none", .status = g_strdup(""), .control = -1};
    migration->copies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, copy_free);
}

void
qemu_migration_clear(QemuMigration *migration)
{
    if (migration->control >= 0) {
        (void) close(migration->control);
    }
    qemu_migration_record_free(migration->record);
    g_hash_table_unref(migration->copies);
    g_free(migration->status);
    g_free(migration->end);
}

void
qemu_migration_enter(QemuMigration *migration, QemuMigrationRecord *record, const char *phase)
{
    const gboolean asked = migration->asked;

    qemu_migration_clear(migration);
    qemu_migration_init(migration);
    migration->record = record;
    migration->phase = phase;
    migration->begun = g_get_monotonic_time();
    migration->moved = migration->begun;
    migration->asked = asked;
}

void
qemu_migration_leave(QemuMigration *migration, const char *phase)
{
    g_clear_pointer(&migration->record, qemu_migration_record_free);
    if (migration->control >= 0) {
        (void) close(migration->control);
        migration->control = -1;
    }
    migration->phase = phase;
    migration->settling = FALSE;
    migration->ended = g_get_monotonic_time();
}

void
qemu_migration_add_copy(QemuMigration *migration, const char *id)
{
    (void) g_hash_table_insert(migration->copies, g_strdup(id), g_new0(QemuCopy, 1));
}

gboolean
qemu_migration_copies_are(const QemuMigration *migration, QemuCopyState state)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, migration->copies);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((const QemuCopy *) value)->state < state) {
            return FALSE;
        }
    }
    return TRUE;
}

const char *
qemu_migration_copy_error(const QemuMigration *migration)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, migration->copies);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((const QemuCopy *) value)->error) {
            return ((const QemuCopy *) value)->error;
        }
    }
    return NULL;
}

static guint64
number(JsonObject *object, const char *member)
{
    return (guint64) MAX(0, driver_json_number(object, member, 0));
}

static void
note_move(QemuMigration *migration, gboolean moved)
{
    if (moved) {
        migration->moved = g_get_monotonic_time();
    }
}

/* What a job or an event of one says of how far it is. Jobs that have ended are told no more. */
static void
take_amounts(QemuMigration *migration, QemuCopy *copy, JsonObject *job)
{
    QemuMigrationNumbers *numbers = &migration->numbers;
    const guint64 before = copy->processed;
    GHashTableIter iter;
    gpointer value;

    copy->total = number(job, "len");
    copy->processed = MIN(number(job, "offset"), copy->total);
    note_move(migration, copy->processed != before);
    numbers->disk_total = 0;
    numbers->disk_processed = 0;
    g_hash_table_iter_init(&iter, migration->copies);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        numbers->disk_total += ((const QemuCopy *) value)->total;
        numbers->disk_processed += ((const QemuCopy *) value)->processed;
    }
}

static gboolean
take_copy_event(QemuMigration *migration, const char *event, JsonObject *data)
{
    QemuCopy *copy = g_hash_table_lookup(migration->copies, driver_json_text(data, "device", ""));
    const char *error = driver_json_text(data, "error", NULL);

    if (!copy) {
        return FALSE;
    }
    take_amounts(migration, copy, data);
    if (g_str_equal(event, "BLOCK_JOB_READY")) {
        copy->state = QEMU_COPY_READY;
        return TRUE;
    }
    // Before it is told to end, an end is a failure, with or without words.
    if (copy->state == QEMU_COPY_RUNNING && !error) {
        error = "it was cancelled";
    }
    if (error && !copy->error) {
        copy->error = g_strdup(error);
    }
    copy->state = QEMU_COPY_ENDED;
    return TRUE;
}

static void
take_status(QemuMigration *migration, const char *status)
{
    g_free(migration->status);
    migration->status = g_strdup(status);
    if (g_str_has_prefix(status, "postcopy-")) {
        migration->postcopy = TRUE;
    }
}

gboolean
qemu_migration_take_event(QemuMigration *migration, const char *event, JsonObject *data)
{
    if (!migration->record) {
        return FALSE;
    }
    migration->moved = g_get_monotonic_time();
    if (g_str_equal(event, "MIGRATION")) {
        take_status(migration, driver_json_text(data, "status", ""));
        return TRUE;
    }
    if (g_str_equal(event, "MIGRATION_PASS")) {
        migration->numbers.passes = (guint64) MAX(0, driver_json_number(data, "pass", 0));
        return TRUE;
    }
    if (g_str_equal(event, "STOP") && !migration->stopped) {
        migration->stopped = TRUE;
        migration->stopped_at = g_get_monotonic_time();
        return TRUE;
    }
    if (g_str_equal(event, "RESUME")) {
        migration->stopped = FALSE;
        return TRUE;
    }
    return (g_str_equal(event, "BLOCK_JOB_READY") || g_str_equal(event, "BLOCK_JOB_COMPLETED") ||
            g_str_equal(event, "BLOCK_JOB_CANCELLED")) &&
           take_copy_event(migration, event, data);
}

/* QEMU writes it as a number with a fraction, or without when there is none. */
static guint64
bandwidth(JsonObject *memory)
{
    JsonNode *node = memory ? json_object_get_member(memory, "mbps") : NULL;
    const double megabits = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : 0;

    return megabits > 0 && megabits < 1e9 ? (guint64) (megabits * MEGABIT / 8) : 0;
}

void
qemu_migration_take_answer(QemuMigration *migration, JsonObject *answer)
{
    QemuMigrationNumbers *numbers = &migration->numbers;
    JsonObject *memory = driver_json_object_member(answer, "ram");
    const guint64 before = numbers->memory_processed;

    numbers->elapsed = MAX(numbers->elapsed, number(answer, "total-time"));
    numbers->setup = number(answer, "setup-time");
    numbers->expected_downtime = number(answer, "expected-downtime");
    numbers->throttle = MAX(numbers->throttle, number(answer, "cpu-throttle-percentage"));
    numbers->downtime = MAX(numbers->downtime, number(answer, "downtime"));
    if (!memory) {
        return;
    }
    numbers->memory_total = number(memory, "total");
    numbers->memory_processed = number(memory, "transferred");
    note_move(migration, numbers->memory_processed != before);
    numbers->memory_remaining = number(memory, "remaining");
    numbers->memory_constant = number(memory, "duplicate");
    numbers->memory_normal_bytes = number(memory, "normal-bytes");
    numbers->dirty_rate = number(memory, "dirty-pages-rate");
    numbers->page_size = number(memory, "page-size");
    numbers->passes = MAX(numbers->passes, number(memory, "dirty-sync-count"));
    numbers->bandwidth = bandwidth(memory);
}

void
qemu_migration_take_copies(QemuMigration *migration, JsonArray *jobs)
{
    for (guint i = 0; jobs && i < json_array_get_length(jobs); i++) {
        JsonObject *job = driver_json_object(json_array_get_element(jobs, i));
        QemuCopy *copy = g_hash_table_lookup(migration->copies, driver_json_text(job, "device", ""));
        if (copy) {
            take_amounts(migration, copy, job);
        }
    }
}

gboolean
qemu_migration_status_is(const QemuMigration *migration, const char *words)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    return g_strv_contains((const char *const *) list, migration->status);
}

gint64
qemu_migration_stalls(const QemuMigration *migration)
{
    const gboolean sends = migration->record && migration->record->step == QEMU_MIGRATION_SENDING;

    return sends && !migration->postcopy ? migration->moved + QEMU_MIGRATION_STALL : -1;
}

gboolean
qemu_migration_is_lost(const QemuMigration *migration)
{
    return migration->record && migration->record->step == QEMU_MIGRATION_SENDING && migration->postcopy &&
           !g_str_equal(migration->status, "completed");
}
