// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Following a migration: events and answers of the emulator, the steps that wait for them, and what progress tells.
#include "qemu-migration.h"

#include <string.h>

#include "driver-json.h"

#define INTERVAL_MS 200u
#define OVER "completed failed cancelled"

static void
take_answer(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    QemuDomain *domain = data;

    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->migration.asked = FALSE;
    if (!failure) {
        qemu_migration_take_answer(&domain->migration, driver_json_object(value));
    }
}

static void
take_copies(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    QemuDomain *domain = data;

    DRIVER_LOCK_SCOPE(&domain->lock);
    if (!failure) {
        qemu_migration_take_copies(&domain->migration, driver_json_array(value));
    }
}

/* NULL when there is nothing to ask, or the last answer is still to come. */
static QmpClient *
client_to_ask(QemuDomain *domain, gboolean *copies)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    // At the end once more, whatever is on its way.
    if (!domain->client || (domain->migration.asked && !qemu_migration_status_is(&domain->migration, OVER))) {
        return NULL;
    }
    *copies = g_hash_table_size(domain->migration.copies) > 0;
    domain->migration.asked = TRUE;
    return qmp_client_ref(domain->client);
}

static void
ask(gpointer data)
{
    QemuDomain *domain = data;
    gboolean copies = FALSE;
    g_autoptr(QmpClient) client = client_to_ask(domain, &copies);

    if (client && copies) {
        qmp_client_send_async(client, "query-block-jobs", NULL, take_copies, domain);
    }
    if (client) {
        qmp_client_send_async(client, "query-migrate", NULL, take_answer, domain);
    }
}

static gboolean
handle_timer(gpointer data)
{
    QemuDomain *domain = data;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (!domain->migration.record || domain->migration.ended) {
            return G_SOURCE_REMOVE;
        }
    }
    ask(domain);
    return G_SOURCE_CONTINUE;
}

static void
start_timer(gpointer data)
{
    QemuDomain *domain = data;

    driver_loop_unwatch(&domain->migration_timer);
    domain->migration_timer = driver_loop_timer(domain->engine->loop, INTERVAL_MS, handle_timer, domain);
}

void
qemu_migration_follow(QemuDomain *domain)
{
    driver_loop_run(domain->engine->loop, start_timer, domain);
}

void
qemu_migration_handle_event(QemuDomain *domain, const char *event, JsonObject *data)
{
    QemuMigration *migration = &domain->migration;
    const gboolean sending = migration->record && migration->record->step == QEMU_MIGRATION_SENDING;

    // Taken before the state is: the emulator stops the guest for us, unless it has said another cause before.
    if (sending && g_str_equal(event, "STOP") && !domain->state.stop_cause) {
        domain->state.stop_cause = "migration";
    }
    if (!qemu_migration_take_event(migration, event, data)) {
        return;
    }
    driver_lock_announce(&domain->lock);
    if (sending && qemu_migration_status_is(migration, OVER)) {
        driver_loop_run(domain->engine->loop, ask, domain);
    }
    // The source runs no more once this comes: whatever becomes of our owner, the guest lives here.
    if (!sending && !migration->settling && migration->postcopy && !migration->committed) {
        driver_loop_run(domain->engine->loop, qemu_migration_settle, domain);
    }
}

gint64
qemu_migration_deadline(const QemuDriver *driver)
{
    const gint64 left = driver->host->call_remaining(driver->self);

    return left < 0 ? -1 : g_get_monotonic_time() + MIN(left, G_MAXINT) * 1000;
}

gboolean
qemu_migration_is(QemuDomain *domain, const char *words)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return qemu_migration_status_is(&domain->migration, words);
}

gboolean
qemu_migration_was_switched(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->migration.postcopy;
}

static void
fail_late(const QemuDomain *domain, DriverFailure **failure)
{
    driver_failure_set(failure, "timeout", domain->name,
                       "Give it more time, more bandwidth or a longer down time, or allow --auto-converge or "
                       "--postcopy.",
                       "The migration of %s has not come to its end in time.", domain->name);
}

static void
fail_stalled(const QemuDomain *domain, DriverFailure **failure)
{
    driver_failure_set(failure, "migration-failed", domain->name,
                       "Check the network between the two, and whether the destination hangs; then try again.",
                       "Nothing of %s could be sent for %u s: the network or the destination does not answer.",
                       domain->name, (guint) (QEMU_MIGRATION_STALL / G_TIME_SPAN_SECOND));
}

/* -1: never. */
static gboolean
has_passed(gint64 deadline)
{
    return deadline >= 0 && g_get_monotonic_time() >= deadline;
}

static gint64
sooner(gint64 one, gint64 other)
{
    return one < 0 ? other : other < 0 ? one : MIN(one, other);
}

/* Under the lock. */
static gboolean
has_ended(const QemuDomain *domain, DriverFailure **failure)
{
    // Why it ended is known once that is handled.
    if (domain->phase != QEMU_IDLE) {
        return FALSE;
    }
    driver_failure_set(failure, "emulator-ended", domain->name, "The domain's log has what the emulator said.", "%s",
                       domain->migration.end ? domain->migration.end : "The emulator ended during its migration.");
    return TRUE;
}

gboolean
qemu_migration_await(QemuDomain *domain, QemuMigrationCondition condition, gint64 deadline, gboolean abortable,
                     DriverFailure **failure)
{
    // Asked first: the engine's lock comes before the domain's.
    while (!qemu_engine_is_interrupted(domain->engine)) {
        gint64 stall;

        DRIVER_LOCK_SCOPE(&domain->lock);
        if (condition(&domain->migration)) {
            return TRUE;
        }
        if (abortable && domain->migration.aborted) {
            driver_failure_set(failure, "cancelled", domain->name, NULL, "The migration of %s was aborted.",
                               domain->name);
            return FALSE;
        }
        if (domain->migration.closing) {
            break;
        }
        if (has_ended(domain, failure)) {
            return FALSE;
        }
        stall = abortable ? qemu_migration_stalls(&domain->migration) : -1;
        if (has_passed(deadline)) {
            fail_late(domain, failure);
            return FALSE;
        }
        if (has_passed(stall)) {
            fail_stalled(domain, failure);
            return FALSE;
        }
        (void) driver_lock_wait(&domain->lock, sooner(deadline, stall));
    }
    driver_failure_set(failure, "cancelled", domain->name, NULL, "The connection is being closed.");
    return FALSE;
}

static void
tell_number(const QemuDriver *driver, MortiseSink *sink, const char *key, guint64 number)
{
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = MORTISE_VALUE_UNSIGNED, .key = key, .number = number,
    };

    driver->host->sink_value(sink, &value);
}

static void
tell_memory(const QemuDriver *driver, MortiseSink *sink, const QemuMigrationNumbers *numbers)
{
    tell_number(driver, sink, "data.total", numbers->memory_total + numbers->disk_total);
    tell_number(driver, sink, "data.processed", numbers->memory_processed + numbers->disk_processed);
    tell_number(driver, sink, "data.remaining",
                numbers->memory_remaining + numbers->disk_total - numbers->disk_processed);
    tell_number(driver, sink, "memory.total", numbers->memory_total);
    tell_number(driver, sink, "memory.processed", numbers->memory_processed);
    tell_number(driver, sink, "memory.remaining", numbers->memory_remaining);
    tell_number(driver, sink, "memory.constant", numbers->memory_constant * numbers->page_size);
    tell_number(driver, sink, "memory.normal", numbers->memory_normal_bytes);
    tell_number(driver, sink, "memory.passes", numbers->passes);
    tell_number(driver, sink, "memory.dirty_rate", numbers->dirty_rate);
    if (numbers->disk_total > 0) {
        tell_number(driver, sink, "disk.total", numbers->disk_total);
        tell_number(driver, sink, "disk.processed", numbers->disk_processed);
        tell_number(driver, sink, "disk.remaining", numbers->disk_total - numbers->disk_processed);
    }
    tell_number(driver, sink, "bandwidth", numbers->bandwidth);
    if (numbers->throttle > 0) {
        tell_number(driver, sink, "throttle", numbers->throttle);
    }
}

MortiseResult
qemu_migration_progress(void *domain, MortiseSink *values)
{
    QemuDomain *asked = domain;
    const QemuDriver *driver = asked->engine->driver;
    MortiseValue phase = {.struct_size = sizeof(phase), .type = MORTISE_VALUE_TEXT, .key = "phase"};
    QemuMigrationNumbers numbers;
    gint64 elapsed = 0;

    {
        const QemuMigration *migration = &asked->migration;
        DRIVER_LOCK_SCOPE(&asked->lock);
        numbers = migration->numbers;
        phase.text = migration->phase;
        if (migration->begun) {
            elapsed = (migration->ended ? migration->ended : g_get_monotonic_time()) - migration->begun;
        }
    }
    driver->host->sink_value(values, &phase);
    tell_memory(driver, values, &numbers);
    tell_number(driver, values, "time.elapsed", (guint64) elapsed / 1000);
    tell_number(driver, values, "downtime", numbers.downtime);
    tell_number(driver, values, "downtime.expected", numbers.expected_downtime);
    return MORTISE_OK;
}
