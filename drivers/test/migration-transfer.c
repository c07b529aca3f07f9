// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A guest on its way: nothing is sent, but it takes as long, and can be steered, as if it were.
#include "migration.h"

#define SECOND_US G_GUINT64_CONSTANT(1000000)

/* Bytes a second that the guest makes new work of. */
static guint64
dirty_bytes(const TestTransfer *transfer)
{
    return transfer->postcopy ? 0 : transfer->dirty_rate * TEST_PAGE_BYTES;
}

static guint64
in_time(guint64 bytes_a_second, gint64 microseconds)
{
    /* rates end at 2^40: seconds and their parts are counted apart so that days fit */
    guint64 time = (guint64) MAX(microseconds, 0);

    return bytes_a_second * (time / SECOND_US) + bytes_a_second * (time % SECOND_US) / SECOND_US;
}

/* Brings the numbers up to date. `lock` is held. */
static void
count_up(TestTransfer *transfer, gint64 now)
{
    guint64 sent = in_time(transfer->bandwidth, now - transfer->counted);
    guint64 fresh = in_time(dirty_bytes(transfer), now - transfer->counted);
    guint64 left = transfer->remaining + fresh;

    transfer->counted = now;
    sent = MIN(sent, left);
    transfer->processed += sent;
    transfer->remaining = MIN(left - sent, transfer->total);
}

/* What can be sent while the guest stands still. */
static guint64
last_bytes(const TestTransfer *transfer)
{
    return transfer->postcopy ? 0 : in_time(transfer->bandwidth, (gint64) transfer->downtime_ms * 1000);
}

/* Microseconds until the rest is small enough; G_MAXINT64 when it never will be. */
static gint64
time_left(const TestTransfer *transfer)
{
    guint64 gain = transfer->bandwidth > dirty_bytes(transfer) ? transfer->bandwidth - dirty_bytes(transfer) : 0;
    guint64 last = last_bytes(transfer);

    if (transfer->remaining <= last) {
        return 0;
    }
    return gain == 0 ? G_MAXINT64
                     : (gint64) ((double) (transfer->remaining - last) * (double) SECOND_US / (double) gain) + 1;
}

/* Waits until something happens. `lock` is held. */
static void
wait_for_change(TestConnection *connection, gint64 now, gint64 wait)
{
    if (wait == G_MAXINT64) {
        g_cond_wait(&connection->wake, &connection->lock);
    } else {
        (void) g_cond_wait_until(&connection->wake, &connection->lock, now + wait);
    }
}

/* Sends until the rest is small enough. FALSE when it was aborted. `lock` is held. */
static gboolean
send_most(TestConnection *connection, TestTransfer *transfer)
{
    while (!transfer->aborted && !connection->interrupted && transfer->bandwidth != 0) {
        gint64 now = g_get_monotonic_time();
        count_up(transfer, now);
        gint64 wait = time_left(transfer);
        if (wait == 0) {
            return TRUE;
        }
        wait_for_change(connection, now, wait);
    }
    return !transfer->aborted && !connection->interrupted;
}

static guint64
limit(guint64 wanted, guint64 possible)
{
    gboolean wants = wanted != 0 && wanted != G_MAXUINT64;

    return !wants ? possible : possible == 0 ? wanted : MIN(wanted, possible);
}

static void
begin(TestDomain *domain, const MortiseMigrationArguments *arguments, guint64 bytes)
{
    const TestMigrationPlan *plan = &domain->connection->world->migration;
    gint64 now = g_get_monotonic_time();
    guint64 bandwidth = limit(arguments->bandwidth, plan->bandwidth);
    guint64 slowed = bandwidth / TEST_PAGE_BYTES * 3 / 4;

    domain->transfer = (TestTransfer) {
        .sending = TRUE,
        .bandwidth = MIN(bandwidth, TEST_WORLD_BANDWIDTH_LIMIT),
        .downtime_ms = arguments->downtime != 0 ? MIN(arguments->downtime, TEST_WORLD_TIME_LIMIT_MS)
                                                : plan->downtime_ms,
        .dirty_rate = (arguments->flags & MORTISE_MIGRATE_AUTO_CONVERGE) != 0 ? MIN(plan->dirty_rate, slowed)
                                                                              : plan->dirty_rate,
        .total = bytes,
        .remaining = bytes,
        .begun = now,
        .counted = now,
    };
}

/* The guest stands still, and the rest goes at once: what time that takes is told, not waited for. */
static void
end(TestTransfer *transfer, gboolean sent)
{
    transfer->sending = FALSE;
    transfer->ended = g_get_monotonic_time();
    if (sent) {
        transfer->downtime_was_ms = transfer->bandwidth != 0 ? transfer->remaining * 1000 / transfer->bandwidth : 0;
        transfer->processed += transfer->remaining;
        transfer->remaining = 0;
    }
}

MortiseResult
test_transfer_run(TestDomain *domain, const MortiseMigrationArguments *arguments, guint64 bytes)
{
    TestConnection *connection = domain->connection;

    g_mutex_lock(&connection->lock);
    begin(domain, arguments, bytes);
    gboolean sent = send_most(connection, &domain->transfer);
    end(&domain->transfer, sent);
    g_mutex_unlock(&connection->lock);
    return sent ? MORTISE_OK
                : test_fail(connection->driver, "cancelled", domain->name, NULL, "the migration was aborted");
}

/* Plays a call beside the transfer and takes `lock`; MORTISE_FAILED with nothing taken when there is none. */
static MortiseResult
enter(TestDomain *domain, TestOperation operation)
{
    if (test_play(domain->connection, domain, operation) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    g_mutex_lock(&domain->connection->lock);
    if (domain->transfer.sending) {
        return MORTISE_OK;
    }
    g_mutex_unlock(&domain->connection->lock);
    return test_fail(domain->connection->driver, "no-job", domain->name, NULL, "domain '%s' is not being sent",
                     domain->name);
}

static MortiseResult
leave(TestDomain *domain)
{
    g_cond_broadcast(&domain->connection->wake);
    g_mutex_unlock(&domain->connection->lock);
    return MORTISE_OK;
}

MortiseResult
test_migration_abort(void *handle)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    if (enter(domain, TEST_OPERATION_MIGRATE_ABORT) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    domain->transfer.aborted = TRUE;
    return leave(domain);
}

MortiseResult
test_migration_set_limits(void *handle, uint64_t bandwidth, uint64_t downtime)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    TestTransfer *transfer = &domain->transfer;

    if (enter(domain, TEST_OPERATION_MIGRATE_SET_LIMITS) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    count_up(transfer, g_get_monotonic_time());
    guint64 possible = domain->connection->world->migration.bandwidth;
    transfer->bandwidth = bandwidth == 0 ? transfer->bandwidth
                                         : MIN(limit(bandwidth, possible), TEST_WORLD_BANDWIDTH_LIMIT);
    transfer->downtime_ms = downtime == 0 ? transfer->downtime_ms : MIN(downtime, TEST_WORLD_TIME_LIMIT_MS);
    return leave(domain);
}

MortiseResult
test_migration_postcopy(void *handle)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    if (enter(domain, TEST_OPERATION_MIGRATE_POSTCOPY) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    count_up(&domain->transfer, g_get_monotonic_time());
    domain->transfer.postcopy = TRUE;
    return leave(domain);
}

static void
add(const TestDriver *driver, MortiseSink *values, const char *key, guint64 number)
{
    MortiseValue value = {.struct_size = sizeof value, .type = MORTISE_VALUE_UNSIGNED, .key = key, .number = number};

    driver->host->sink_value(values, &value);
}

static void
add_expected(const TestDriver *driver, MortiseSink *values, const TestTransfer *transfer)
{
    if (transfer->sending && transfer->bandwidth != 0) {
        add(driver, values, "downtime.expected", transfer->remaining * 1000 / transfer->bandwidth);
    } else if (!transfer->sending && transfer->remaining == 0) {
        add(driver, values, "downtime", transfer->downtime_was_ms);
    }
}

MortiseResult
test_migration_progress(void *handle, MortiseSink *values)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const TestDriver *driver = domain->connection->driver;

    if (test_play(domain->connection, domain, TEST_OPERATION_MIGRATE_PROGRESS) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    gint64 now = g_get_monotonic_time();
    g_mutex_lock(&domain->connection->lock);
    if (domain->transfer.sending) {
        count_up(&domain->transfer, now);
    }
    TestTransfer transfer = domain->transfer;
    g_mutex_unlock(&domain->connection->lock);
    if (transfer.begun == 0) {
        return MORTISE_OK;
    }
    add(driver, values, "data.total", transfer.total);
    add(driver, values, "data.processed", transfer.processed);
    add(driver, values, "data.remaining", transfer.remaining);
    add(driver, values, "memory.total", transfer.total);
    add(driver, values, "memory.processed", transfer.processed);
    add(driver, values, "memory.remaining", transfer.remaining);
    add(driver, values, "memory.dirty_rate", transfer.sending && !transfer.postcopy ? transfer.dirty_rate : 0);
    add(driver, values, "bandwidth", transfer.bandwidth);
    add(driver, values, "time.elapsed", (guint64) ((transfer.sending ? now : transfer.ended) - transfer.begun) / 1000);
    add_expected(driver, values, &transfer);
    return MORTISE_OK;
}
