// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The source after a migration: the guest goes on here, or its remains are ended; and what can be asked meanwhile.
#include "qemu-migration.h"

#include "driver-json.h"

#define LOST_REASON "postcopy-failed"
#define ASK_AGAIN (100 * G_TIME_SPAN_MILLISECOND)
#define GIVEN_BACK (5 * G_TIME_SPAN_MILLISECOND)
/* An emulator that has not done what it was told by then waits for the network. */
#define PROMPT (2 * G_TIME_SPAN_SECOND)

static gboolean
is_over(const QemuMigration *migration)
{
    return qemu_migration_status_is(migration, "completed failed cancelled postcopy-paused");
}

gboolean
qemu_migration_refresh(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(JsonNode) answer = NULL;

    if (!qmp_client_call(client, "query-migrate", NULL, deadline, &answer, failure)) {
        return FALSE;
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    g_free(domain->migration.status);
    domain->migration.status = g_strdup(driver_json_text(driver_json_object(answer), "status", ""));
    domain->migration.postcopy |= g_str_has_prefix(domain->migration.status, "postcopy-");
    return TRUE;
}

/* The same, of an emulator that may hang in a connection to nowhere. */
static gboolean
refresh_in_spite(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    if (qemu_migration_refresh(domain, client, MIN(deadline, g_get_monotonic_time() + PROMPT), NULL)) {
        return TRUE;
    }
    qemu_migration_break(client, NULL);
    // A drive that waits for its copy holds the emulator up as well.
    qemu_migration_break_copies(domain, client);
    return qemu_migration_refresh(domain, client, deadline, failure);
}

static gboolean
needs_cancel(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return !qemu_migration_status_is(&domain->migration, "none completed failed cancelled") &&
           *domain->migration.status && !domain->migration.postcopy;
}

/*
 * The answer to a question can be taken down after an event that came behind it, and so hide the end that the event
 * told: it is asked again until it is over.
 */
gboolean
qemu_migration_await_end(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    for (;;) {
        const gint64 next = g_get_monotonic_time() + ASK_AGAIN;
        g_autoptr(DriverFailure) late = NULL;

        if (qemu_migration_await(domain, is_over, MIN(next, deadline), FALSE, &late)) {
            return TRUE;
        }
        if (next >= deadline || !g_str_equal(late->reason, "timeout")) {
            driver_failure_propagate(failure, g_steal_pointer(&late));
            return FALSE;
        }
        if (!qemu_migration_refresh(domain, client, MIN(deadline, next + QEMU_MIGRATION_PATIENCE), failure)) {
            return FALSE;
        }
    }
}

static gboolean
stop_sending(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    if (!refresh_in_spite(domain, client, deadline, failure)) {
        return FALSE;
    }
    return !needs_cancel(domain) ||
           (qmp_client_call(client, "migrate_cancel", NULL, deadline, NULL, failure) &&
            qemu_migration_await_end(domain, client, deadline, failure));
}

/* Why a guest that postcopy has switched over cannot go on here; NULL: it can. */
static char *
find_obstacle(QemuDomain *domain, const QemuMigrationRecord *record)
{
    if (qemu_migration_look(record, domain->engine->boot) != QEMU_NOT_ARRIVED) {
        return g_strdup_printf("%s had been switched to %s by postcopy and ran there, or was about to, when the "
                               "migration failed: the newest of its memory is there, some of the rest only here, and "
                               "so it can go on nowhere. It stays paused here.", domain->name, record->where);
    }
    // From this status QEMU goes on with the migration or not at all, and takes no cont.
    if (qemu_migration_is(domain, "postcopy-paused")) {
        return g_strdup_printf("%s had been switched to %s by postcopy when the destination ended, and has not run "
                               "there: but its emulator does not give it back any more, and so it can go on nowhere. "
                               "It stays paused here.", domain->name, record->where);
    }
    return NULL;
}

/* After postcopy's switch it may run over there: then it must not run here. */
static gboolean
require_not_there(QemuDomain *domain, const QemuMigrationRecord *record, DriverFailure **failure)
{
    g_autofree char *obstacle = qemu_migration_was_switched(domain) ? find_obstacle(domain, record) : NULL;

    if (!obstacle) {
        return TRUE;
    }
    driver_failure_set(failure, "state-unknown", domain->name,
                       "Destroy what is left of it on both sides, and start it anew.", "%s", obstacle);
    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_migration_tell_lost(domain, obstacle);
    return FALSE;
}

void
qemu_migration_tell_lost(QemuDomain *domain, const char *detail)
{
    if (domain->phase == QEMU_ACTIVE &&
        (domain->state.state == MORTISE_STATE_PAUSED || domain->state.state == MORTISE_STATE_RUNNING)) {
        domain->state.reason = LOST_REASON;
        qemu_domain_publish(domain, detail);
    }
}

/*
 * The thread in QEMU that sends says how it ended before it gives the guest back, and only then sets the guest going
 * itself or lets it be set going. Nothing tells of that moment. NULL with a failure.
 */
static JsonNode *
await_given_back(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    for (;;) {
        g_autoptr(JsonNode) answer = NULL;

        if (!qmp_client_call(client, "query-status", NULL, deadline, &answer, failure)) {
            return NULL;
        }
        if (!g_str_equal(driver_json_text(driver_json_object(answer), "status", ""), "finish-migrate") ||
            g_get_monotonic_time() >= deadline) {
            return g_steal_pointer(&answer);
        }
        DRIVER_LOCK_SCOPE(&domain->lock);
        (void) driver_lock_wait(&domain->lock, MIN(deadline, g_get_monotonic_time() + GIVEN_BACK));
    }
}

static gboolean
run_again(QemuDomain *domain, QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(JsonNode) answer = await_given_back(domain, client, deadline, failure);

    if (!answer) {
        return FALSE;
    }
    return driver_json_flag(driver_json_object(answer), "running") ||
           qmp_client_call(client, "cont", NULL, deadline, NULL, failure);
}

static gboolean
go_on(QemuDomain *domain, QmpClient *client, const QemuMigrationRecord *record, DriverFailure **failure)
{
    const gint64 deadline = g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE;

    if (!stop_sending(domain, client, deadline, failure)) {
        return FALSE;
    }
    qemu_migration_cancel_copies(domain, client, deadline);
    return require_not_there(domain, record, failure) &&
           (!record->running || run_again(domain, client, deadline, failure));
}

static void
leave(QemuDomain *domain, const char *phase)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_migration_leave(&domain->migration, phase);
}

gboolean
qemu_migration_resume(QemuDomain *domain, const char *phase, DriverFailure **failure)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    g_autoptr(QemuMigrationRecord) record = NULL;
    gboolean inactive;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        inactive = domain->phase != QEMU_ACTIVE;
        record = qemu_migration_record_copy(domain->migration.record);
    }
    if (!record) {
        return TRUE;
    }
    if (inactive) {
        // There is none that could go on: how it ended is told already, and nobody here looks for it there again.
        qemu_migration_remove_marker(record);
        leave(domain, phase);
        return TRUE;
    }
    if (!qemu_domain_borrow(domain, &guest, &client, failure) || !go_on(domain, client, record, failure)) {
        driver_failure_prefix(failure ? *failure : NULL, "%s could not go on here. ", domain->name);
        return FALSE;
    }
    (void) qemu_domain_keep(domain, guest, QEMU_PHASE_RUNNING, NULL);
    leave(domain, phase);
    return TRUE;
}

gboolean
qemu_migration_is_undecided(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == QEMU_ACTIVE && (g_str_equal(domain->migration.phase, QEMU_MIGRATION_UNDECIDED) ||
                                            qemu_migration_is_lost(&domain->migration));
}

/*
 * Under the lock: how long the guest stood still, from when its emulator here said that it stops to when the one there
 * said that it runs. A destination on another host cannot tell; then it is until now, or what QEMU said of a switch.
 */
static void
note_downtime(QemuMigration *migration, gint64 since)
{
    const gint64 now = g_get_monotonic_time();
    const gboolean told = since >= migration->stopped_at && since <= now;

    if (migration->record && migration->record->running && migration->stopped_at && (told || !migration->postcopy)) {
        migration->numbers.downtime = (guint64) ((told ? since : now) - migration->stopped_at) / 1000;
    }
}

static gint64
find_running_since(QemuDomain *domain)
{
    g_autoptr(QemuMigrationRecord) record = NULL;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        record = qemu_migration_record_copy(domain->migration.record);
    }
    return record ? qemu_migration_running_since(record) : 0;
}

/* The emulator is about to end: of a migration that took but a moment nothing may have been heard yet. */
static void
take_last_numbers(QemuDomain *domain)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    g_autoptr(JsonNode) answer = NULL;

    if (qemu_domain_borrow(domain, &guest, &client, NULL) &&
        qmp_client_call(client, "query-migrate", NULL, g_get_monotonic_time() + PROMPT, &answer, NULL)) {
        DRIVER_LOCK_SCOPE(&domain->lock);
        qemu_migration_take_answer(&domain->migration, driver_json_object(answer));
    }
}

/* TRUE when there is a guest to end; whatever it was, the running state says from now on that it is elsewhere. */
static gboolean
depart(QemuDomain *domain)
{
    QemuMigration *migration = &domain->migration;
    const gint64 since = find_running_since(domain);

    DRIVER_LOCK_SCOPE(&domain->lock);
    note_downtime(migration, since);
    if (migration->record && domain->phase != QEMU_ACTIVE) {
        qemu_migration_remove_marker(migration->record);
        qemu_migration_leave(migration, "completed");
    }
    if (migration->record) {
        migration->record->step = QEMU_MIGRATION_DEPARTED;
        migration->phase = "completed";
    }
    return migration->record != NULL;
}

MortiseResult
qemu_migration_confirm(void *domain, const MortiseMigrationArguments *arguments G_GNUC_UNUSED, uint32_t succeeded)
{
    QemuDomain *source = domain;
    DriverFailure *failure = NULL;

    {
        DRIVER_LOCK_SCOPE(&source->lock);
        source->migration.unconfirmed = FALSE;
    }
    if (!succeeded) {
        return qemu_migration_resume(source, "failed", &failure) ? MORTISE_OK
                                                                  : qemu_engine_fail(source->engine->driver, failure);
    }
    take_last_numbers(source);
    return depart(source) ? qemu_engine_stop(domain, 0) : MORTISE_OK;
}

static gboolean
require_sending(const QemuDomain *domain, DriverFailure **failure)
{
    const QemuMigrationRecord *record = domain->migration.record;

    if (record && record->step == QEMU_MIGRATION_SENDING && !domain->migration.settling) {
        return TRUE;
    }
    driver_failure_set(failure, "no-job", domain->name, NULL, "No migration of %s is under way.",
                       domain->name);
    return FALSE;
}

/* The step that waits does what is to be done. */
MortiseResult
qemu_migration_abort(void *domain)
{
    QemuDomain *source = domain;
    DriverFailure *failure = NULL;

    {
        DRIVER_LOCK_SCOPE(&source->lock);
        if (require_sending(source, &failure) && source->migration.postcopy) {
            driver_failure_set(&failure, "unsupported", source->name, "Wait for its end.",
                               "%s runs at the destination already: postcopy has switched it over.", source->name);
        }
        source->migration.aborted = !failure;
        driver_lock_announce(&source->lock);
    }
    return failure ? qemu_engine_fail(source->engine->driver, failure) : MORTISE_OK;
}

/* One command to the source's emulator while it sends. */
static gboolean
command(QemuDomain *source, QmpClient **client, const char *name, JsonObject *arguments, DriverFailure **failure)
{
    g_autoptr(QemuGuest) guest = NULL;
    gboolean good;

    {
        DRIVER_LOCK_SCOPE(&source->lock);
        good = require_sending(source, failure);
    }
    if (!good || !qemu_domain_borrow(source, &guest, client, failure)) {
        g_clear_pointer(&arguments, json_object_unref);
        return FALSE;
    }
    return qmp_client_call(*client, name, arguments, qemu_engine_deadline(source->engine->driver), NULL, failure);
}

MortiseResult
qemu_migration_set_limits(void *domain, uint64_t bandwidth, uint64_t downtime)
{
    QemuDomain *source = domain;
    const QemuDriver *driver = source->engine->driver;
    JsonObject *limits = qemu_migration_limits(bandwidth, downtime);
    g_autoptr(QmpClient) client = NULL;
    DriverFailure *failure = NULL;

    if (bandwidth == 0) {
        json_object_remove_member(limits, "max-bandwidth");
        json_object_remove_member(limits, "max-postcopy-bandwidth");
    }
    if (downtime == 0) {
        json_object_remove_member(limits, "downtime-limit");
    }
    if (!command(source, &client, "migrate-set-parameters", limits, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    if (bandwidth > 0) {
        qemu_migration_limit_copies(source, client, bandwidth, qemu_engine_deadline(driver));
    }
    return MORTISE_OK;
}

MortiseResult
qemu_migration_switch_to_postcopy(void *domain)
{
    QemuDomain *source = domain;
    g_autoptr(QmpClient) client = NULL;
    DriverFailure *failure = NULL;

    return command(source, &client, "migrate-start-postcopy", NULL, &failure)
               ? MORTISE_OK
               : qemu_engine_fail(source->engine->driver, failure);
}
