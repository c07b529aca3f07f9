// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The destination's end of a migration: the guest that has come is committed and runs, or what was made is taken away.
#include "qemu-migration.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "driver-json.h"
#include "qemu-process.h"

/* How long an emulator that did not receive all may take to end by itself. */
#define OWN_END G_TIME_SPAN_SECOND
/* How long a page that cont needs may take to come. */
#define PAGE_PATIENCE (5 * G_TIME_SPAN_SECOND)

/* What QEMU has to say when all is there; in precopy it comes at the end, with postcopy the guest runs before. */
static gboolean
has_come(const QemuMigration *migration)
{
    return qemu_migration_status_is(migration, "completed failed") || migration->postcopy;
}

static gboolean
is_committed_or_over(const QemuMigration *migration)
{
    return migration->committed || migration->commit_failed;
}

static gboolean
has_all(const QemuMigration *migration)
{
    return qemu_migration_status_is(migration, "completed failed postcopy-paused");
}

/* Whoever comes next, here or at the source, finds that it was not committed after all. It has not run. */
static void
withdraw(QemuDomain *domain, const QemuGuest *guest, const QemuMigrationRecord *record)
{
    const int fd = openat(guest->directory.fd, QEMU_WITHDRAWN_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        (void) close(fd);
    }
    if (record) {
        qemu_migration_remove_marker(record);
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->migration.committed = FALSE;
}

static void
mark(const QemuDomain *domain, const QemuMigrationRecord *record)
{
    if (record && !qemu_migration_write_marker(record)) {
        qemu_engine_log(domain->engine->driver, MORTISE_LOG_WARNING, "%s: the marker %s could not be written",
                        domain->name, record->marker);
    }
}

/* Since postcopy's switch the source asks keeper and marker only whether the guest has run here: they come first. */
static gboolean
note_first(QemuDomain *domain, const QemuGuest *guest, const QemuMigrationRecord *record, int control, gint64 deadline,
           DriverFailure **failure)
{
    if (!qemu_process_confirm(control, deadline, failure)) {
        withdraw(domain, guest, record);
        return FALSE;
    }
    mark(domain, record);
    return TRUE;
}

/*
 * FALSE when it does not run, and has not run at all. After a switch whatever is no refusal may be a guest that runs:
 * an emulator that needs a page in the midst of cont does not answer before that has come. `*since` gets the moment
 * when it said that it runs.
 */
static gboolean
let_run(QemuDomain *domain, const QemuGuest *guest, const QemuMigrationRecord *record, QmpRequest *request,
        gint64 deadline, gint64 *since, DriverFailure **failure)
{
    const gboolean switched = qemu_migration_was_switched(domain);
    const gint64 patience = g_get_monotonic_time() + PAGE_PATIENCE;
    g_autoptr(DriverFailure) refusal = NULL;

    if (qmp_request_wait(request, switched ? MIN(deadline, patience) : deadline, NULL, &refusal)) {
        *since = g_get_monotonic_time();
        qemu_events_log_note(guest->directory.fd, "RESUME");
        return TRUE;
    }
    if (switched && !g_str_equal(refusal->reason, "program-failed")) {
        qemu_engine_log(domain->engine->driver, MORTISE_LOG_WARNING, "%s: %s", domain->name, refusal->message);
        return TRUE;
    }
    withdraw(domain, guest, record);
    driver_failure_propagate(failure, g_steal_pointer(&refusal));
    return FALSE;
}

/*
 * The keeper is told that the guest may live without us, and then it runs. What was said to the keeper holds although
 * we die: its answer is not waited for before the guest runs.
 */
static gboolean
commit(QemuDomain *domain, QemuGuest *guest, QmpClient *client, const QemuMigrationRecord *record, gboolean running,
       DriverFailure **failure)
{
    const gint64 deadline = g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE;
    const gboolean switched = qemu_migration_was_switched(domain);
    g_autoptr(DriverFailure) unconfirmed = NULL;
    QmpRequest *request;
    gint64 since = 0;
    int control;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        control = domain->migration.control;
    }
    if (!qemu_process_commit(control, failure) ||
        (switched && !note_first(domain, guest, record, control, deadline, failure))) {
        return FALSE;
    }
    request = running ? qmp_client_send(client, "cont", NULL) : NULL;
    if (!switched) {
        (void) qemu_process_confirm(control, deadline, &unconfirmed);
    }
    if (request && !let_run(domain, guest, record, request, deadline, &since, failure)) {
        return FALSE;
    }
    if (!request && unconfirmed) {
        withdraw(domain, guest, record);
        driver_failure_propagate(failure, g_steal_pointer(&unconfirmed));
        return FALSE;
    }
    if (unconfirmed) {
        qemu_engine_log(domain->engine->driver, MORTISE_LOG_WARNING, "%s: %s", domain->name, unconfirmed->message);
    }
    if (!switched) {
        mark(domain, record);
    }
    if (record && since > 0) {
        qemu_migration_mark_running(record, since);
    }
    return TRUE;
}

static void
publish(QemuDomain *domain, const QemuGuest *guest)
{
    {
        DRIVER_LOCK_SCOPE(&domain->record_lock);
        domain->engine->driver->host->domain_live_xml(domain->host, guest->record->xml);
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->phase != QEMU_ACTIVE) {
        return;
    }
    if (domain->state.state == MORTISE_STATE_PAUSED || domain->state.state == MORTISE_STATE_RUNNING) {
        domain->state.reason = "migrated";
    }
    qemu_domain_publish(domain, NULL);
}

gboolean
qemu_migration_commit(QemuDomain *domain, gboolean running, DriverFailure **failure)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    g_autoptr(QemuMigrationRecord) record = NULL;
    gboolean good;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        record = qemu_migration_record_copy(domain->migration.record);
    }
    good = qemu_domain_borrow(domain, &guest, &client, failure) &&
           commit(domain, guest, client, record, running, failure);
    if (good) {
        publish(domain, guest);
    }
    // Last: whoever waits for it may have another state to tell.
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->migration.committed = good;
    domain->migration.commit_failed = !good;
    driver_lock_announce(&domain->lock);
    return good;
}

/* The running state is now that of any guest. */
static void
conclude(QemuDomain *domain)
{
    g_autoptr(QemuGuest) guest = NULL;

    if (qemu_domain_borrow(domain, &guest, NULL, NULL)) {
        (void) qemu_domain_keep(domain, guest, QEMU_PHASE_RUNNING, NULL);
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_migration_leave(&domain->migration, "completed");
}

static gboolean
stop_copies(QemuDomain *domain, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    gboolean copies;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        copies = domain->migration.record && domain->migration.record->serves;
    }
    return !copies || (qemu_domain_borrow(domain, &guest, &client, failure) &&
                       qmp_client_call(client, "nbd-server-stop", NULL, deadline, NULL, failure));
}

static gboolean
lives_here(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->migration.committed && domain->phase == QEMU_ACTIVE;
}

static void
tell_incomplete(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (!qemu_migration_status_is(&domain->migration, "completed")) {
        qemu_migration_tell_lost(domain, QEMU_MIGRATION_INCOMPLETE);
    }
}

/* It runs here already; what is left is to hear that all of its memory has come. */
static gboolean
await_rest(QemuDomain *domain, gint64 deadline, DriverFailure **failure)
{
    if (!qemu_migration_await(domain, is_committed_or_over, deadline, FALSE, failure) ||
        !qemu_migration_await(domain, has_all, deadline, FALSE, failure)) {
        return FALSE;
    }
    if (!lives_here(domain)) {
        driver_failure_set(failure, "migration-failed", domain->name, "The domain's log here may say more.",
                           "%s was switched over by postcopy and could not be let run here.", domain->name);
        return FALSE;
    }
    if (qemu_migration_is(domain, "completed")) {
        return TRUE;
    }
    tell_incomplete(domain);
    driver_failure_set(failure, "migration-failed", domain->name, "Destroy it, and start it anew.",
                       "%s runs here since its switch by postcopy, and the rest of its memory has not come.",
                       domain->name);
    return FALSE;
}

/* As asked on both sides, and as the source has found it last. */
static gboolean
is_to_run(const MortiseMigrationArguments *arguments, const char *outcome)
{
    g_autoptr(JsonNode) root = outcome ? driver_json_read(outcome, strlen(outcome)) : NULL;

    return driver_json_flag(driver_json_object(root), "running") && !(arguments->flags & MORTISE_MIGRATE_PAUSED);
}

static gboolean
require_record(QemuDomain *domain, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->migration.record && domain->migration.record->step == QEMU_MIGRATION_RECEIVING) {
        return TRUE;
    }
    driver_failure_set(failure, domain->migration.end ? "emulator-ended" : "domain-inactive", domain->name, NULL,
                       "%s", domain->migration.end ? domain->migration.end : "No guest is being received for it.");
    return FALSE;
}

static gboolean
receive_rest(QemuDomain *domain, gboolean running, DriverFailure **failure)
{
    const gint64 deadline = qemu_engine_deadline(domain->engine->driver);

    if (!require_record(domain, failure) || !qemu_migration_await(domain, has_come, deadline, FALSE, failure)) {
        return FALSE;
    }
    if (qemu_migration_was_switched(domain)) {
        return await_rest(domain, deadline, failure);
    }
    if (!qemu_migration_is(domain, "completed")) {
        driver_failure_set(failure, "migration-failed", domain->name, "The domain's log here has the emulator's words.",
                           "What came of %s could not be loaded.", domain->name);
        return FALSE;
    }
    return stop_copies(domain, deadline, failure) && qemu_migration_commit(domain, running, failure);
}

/*
 * All is taken away, and still that is no success: the emulator had ended by itself, and its words say why the source
 * has failed. They are told once.
 */
static MortiseResult
tell_end(QemuDomain *domain)
{
    const QemuDriver *driver = domain->engine->driver;
    g_autofree char *end = NULL;
    DriverFailure *failure = NULL;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        end = g_steal_pointer(&domain->migration.end);
    }
    if (!end) {
        return MORTISE_OK;
    }
    driver_failure_set(&failure, "emulator-ended", domain->name,
                       "The domain's log at the destination has all that the emulator said.", "%s", end);
    return qemu_engine_fail(driver, failure);
}

/*
 * What the source takes for the end of the network may be that of the emulator here, which says why. All that it has
 * said is heard once it answers, or is gone.
 */
static void
await_own_end(QemuDomain *domain)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    const gint64 soon = g_get_monotonic_time() + OWN_END;

    if (qemu_domain_borrow(domain, &guest, &client, NULL)) {
        (void) qmp_client_call(client, "query-status", NULL, soon, NULL, NULL);
    }
    if (qemu_migration_is(domain, "failed")) {
        (void) qemu_domain_await_idle(domain, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE);
    } else if (qemu_migration_is(domain, "active postcopy-active")) {
        // Something of the guest has come.
        (void) qemu_domain_await_idle(domain, g_get_monotonic_time() + OWN_END);
    }
}

/* Since the switch it is being let run, by the settler: half of that cannot be taken away. */
static void
await_commit(QemuDomain *domain)
{
    g_autoptr(DriverFailure) ended = NULL;

    if (qemu_migration_was_switched(domain)) {
        (void) qemu_migration_await(domain, is_committed_or_over, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE,
                                    FALSE, &ended);
    }
}

static MortiseResult
take_away(QemuDomain *domain)
{
    const QemuDriver *driver = domain->engine->driver;
    DriverFailure *failure = NULL;

    await_commit(domain);
    if (lives_here(domain)) {
        tell_incomplete(domain);
        conclude(domain);
        driver_failure_set(&failure, "state-unknown", domain->name,
                           "If it hangs, destroy it here and start it anew; do not resume it at the source.",
                           "%s was switched over by postcopy and lives here: that cannot be undone, and memory that "
                           "has not come is lost.", domain->name);
        return qemu_engine_fail(driver, failure);
    }
    await_own_end(domain);
    if (!qemu_domain_stop(domain, FALSE, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    return tell_end(domain);
}

MortiseResult
qemu_migration_finish(void *domain, const MortiseMigrationArguments *arguments, const char *outcome,
                      uint32_t succeeded)
{
    QemuDomain *destination = domain;
    const QemuDriver *driver = destination->engine->driver;
    DriverFailure *failure = NULL;

    if (!succeeded) {
        return take_away(destination);
    }
    if (receive_rest(destination, is_to_run(arguments, outcome), &failure)) {
        conclude(destination);
        return MORTISE_OK;
    }
    if (!lives_here(destination)) {
        (void) qemu_domain_stop(destination, FALSE, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE, NULL);
    }
    {
        // Told here.
        DRIVER_LOCK_SCOPE(&destination->lock);
        g_clear_pointer(&destination->migration.end, g_free);
    }
    return qemu_engine_fail(driver, failure);
}
