// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A migration whose owner died is brought to its end: one guest lives, on one side, and nothing of it on the other.
#include "qemu-migration.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "driver-json.h"

#define UNKNOWN_REASON "migration-unknown"
/* How long the end of an owner waits for what needs nobody else. */
#define HASTE (10 * G_TIME_SPAN_SECOND)

static gboolean
is_closing(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->migration.closing;
}

/* Returns when something has happened to the destination's files, or when the domain is being closed. */
static void
wait_for_files(const QemuDomain *domain, const QemuMigrationRecord *record, int watcher)
{
    struct pollfd watched[] = {{watcher, POLLIN, 0}, {domain->settler_wake, POLLIN, 0}};
    RunDirectory directory;

    (void) poll(watched, G_N_ELEMENTS(watched), -1);
    if (watched[0].revents && run_directory_lock_is_closed(watcher) &&
        run_directory_open(&directory, record->run_directory, record->directory)) {
        run_directory_wait(&directory);
        run_directory_close(&directory);
    }
}

/* Its keeper writes a file, or lets go of the lock; who comes after it removes the directory. */
static QemuArrival
await_arrival(QemuDomain *domain, const QemuMigrationRecord *record)
{
    g_autofree char *path = g_build_filename(record->run_directory, record->directory, NULL);
    const int watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    QemuArrival arrival;

    (void) inotify_add_watch(watcher, path, IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_DELETE_SELF);
    arrival = qemu_migration_look(record, domain->engine->boot);
    while (arrival == QEMU_ARRIVING && !is_closing(domain)) {
        wait_for_files(domain, record, watcher);
        arrival = qemu_migration_look(record, domain->engine->boot);
    }
    (void) close(watcher);
    return arrival;
}

static void
stay_paused(QemuDomain *domain, const QemuMigrationRecord *record)
{
    g_autofree char *detail = g_strdup_printf(
        "All of it was sent to %s when its owner died, and whether it runs there cannot be seen from here. Look there: "
        "if it runs, destroy it here; if it does not, resume it here.", record->where);

    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->phase != QEMU_ACTIVE || !domain->migration.record) {
        return;
    }
    // Whoever resumes it wants it to run.
    domain->migration.record->running = TRUE;
    domain->migration.phase = QEMU_MIGRATION_UNDECIDED;
    domain->state.state = MORTISE_STATE_PAUSED;
    domain->state.reason = UNKNOWN_REASON;
    qemu_domain_publish(domain, detail);
}

static void
depart(QemuDomain *domain, const QemuGuest *guest, QemuMigrationRecord *record)
{
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->migration.record) {
            domain->migration.record->step = QEMU_MIGRATION_DEPARTED;
        }
    }
    record->step = QEMU_MIGRATION_DEPARTED;
    (void) qemu_domain_keep(domain, guest, QEMU_PHASE_STOPPING, record);
    if (guest->emulator >= 0) {
        (void) process_signal(guest->emulator, SIGKILL);
    }
}

/* All was sent, or may have been: what the destination made of it decides. */
static gboolean
settle_sent(QemuDomain *domain, const QemuGuest *guest, QemuMigrationRecord *record, DriverFailure **failure)
{
    const QemuArrival arrival = await_arrival(domain, record);

    // It resumes nothing that may have run there.
    if (arrival == QEMU_NOT_ARRIVED || qemu_migration_is(domain, "postcopy-paused")) {
        return qemu_migration_resume(domain, "failed", failure);
    }
    if (arrival == QEMU_ARRIVED) {
        depart(domain, guest, record);
    } else if (arrival == QEMU_ARRIVAL_UNKNOWN) {
        stay_paused(domain, record);
    }
    return TRUE;
}

static gboolean
settle_sending(QemuDomain *domain, const QemuGuest *guest, QmpClient *client, QemuMigrationRecord *record,
               DriverFailure **failure)
{
    if (!qemu_migration_refresh(domain, client, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE, failure)) {
        return FALSE;
    }
    // The rest follows without an owner; what runs there needs this emulator until then.
    if (qemu_migration_was_switched(domain) && !qemu_migration_await_end(domain, client, G_MAXINT64, failure)) {
        return FALSE;
    }
    return qemu_migration_was_switched(domain) || qemu_migration_is(domain, "completed")
               ? settle_sent(domain, guest, record, failure)
               : qemu_migration_resume(domain, "cancelled", failure);
}

static gboolean
runs(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->state.state == MORTISE_STATE_RUNNING;
}

/* Committed, and not told to run, or not known to have been. */
static gboolean
settle_received(QemuDomain *domain, const QemuGuest *guest, QmpClient *client, const QemuMigrationRecord *record,
                DriverFailure **failure)
{
    if (record->serves) {
        // The owner may have done so already.
        (void) qmp_client_call(client, "nbd-server-stop", NULL, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE, NULL,
                               NULL);
    }
    if (record->running && !runs(domain) &&
        !qmp_client_call(client, "cont", NULL, g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE, NULL, failure)) {
        return FALSE;
    }
    (void) qemu_migration_write_marker(record);
    (void) qemu_domain_keep(domain, guest, QEMU_PHASE_RUNNING, NULL);
    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_migration_leave(&domain->migration, "completed");
    return TRUE;
}

static gboolean
settle(QemuDomain *domain, DriverFailure **failure)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    g_autoptr(QemuMigrationRecord) record = NULL;
    gboolean adopted;
    gboolean committed;

    if (!qemu_domain_borrow(domain, &guest, &client, failure)) {
        return FALSE;
    }
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        record = qemu_migration_record_copy(domain->migration.record);
        adopted = domain->migration.settling;
        committed = domain->migration.committed;
    }
    if (!record || committed) {
        return TRUE;
    }
    if (record->step == QEMU_MIGRATION_SENDING) {
        return settle_sending(domain, guest, client, record, failure);
    }
    if (record->step == QEMU_MIGRATION_DEPARTED) {
        depart(domain, guest, record);
        return TRUE;
    }
    return adopted ? settle_received(domain, guest, client, record, failure)
                   : qemu_migration_commit(domain, record->running, failure);
}

static gpointer
run(gpointer data)
{
    QemuDomain *domain = data;
    g_autoptr(DriverFailure) failure = NULL;

    if (!settle(domain, &failure) && !is_closing(domain)) {
        qemu_engine_log(domain->engine->driver, MORTISE_LOG_WARNING,
                        "%s: a migration that was interrupted could not be brought to its end: %s", domain->name,
                        failure ? failure->message : "no cause is known");
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->migration.settling = FALSE;
    domain->settler_done = TRUE;
    driver_lock_announce(&domain->lock);
    return NULL;
}

static gboolean
is_wanted(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == QEMU_ACTIVE && domain->migration.record && !domain->migration.closing &&
           (!domain->settler || domain->settler_done);
}

static void
end_thread(QemuDomain *domain)
{
    if (domain->settler) {
        (void) g_thread_join(domain->settler);
        (void) close(domain->settler_wake);
        domain->settler = NULL;
    }
}

void
qemu_migration_settle(gpointer data)
{
    QemuDomain *domain = data;

    if (!is_wanted(domain)) {
        return;
    }
    end_thread(domain);
    domain->settler_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    domain->settler_done = FALSE;
    domain->settler = g_thread_new("mortise-settle", run, domain);
}

static void
pass_by(gpointer data G_GNUC_UNUSED)
{
}

void
qemu_migration_hasten_settler(QemuDomain *domain)
{
    const gint64 deadline = g_get_monotonic_time() + HASTE;
    const guint64 one = 1;
    gboolean in_time = TRUE;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        domain->migration.closing = TRUE;
        driver_lock_announce(&domain->lock);
    }
    // Behind this the loop begins no thread any more.
    driver_loop_call(domain->engine->loop, pass_by, domain);
    if (domain->settler) {
        (void) !write(domain->settler_wake, &one, sizeof(one));
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    while (domain->settler && !domain->settler_done && in_time) {
        in_time = driver_lock_wait(&domain->lock, deadline);
    }
}

void
qemu_migration_end_settler(QemuDomain *domain)
{
    end_thread(domain);
}
