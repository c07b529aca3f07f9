// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The end of a guest: noticed by its processes, explained by its keeper's log; and made, when its owner wants it.
#include "qemu-engine-private.h"

#include <signal.h>
#include <unistd.h>

/* How long an emulator may flush its disks after SIGTERM, at most. */
#define GRACE (15 * G_USEC_PER_SEC)
/* How long a keeper may take to write down an end before it is taken for hanging. */
#define KEEPER_PATIENCE (5 * G_USEC_PER_SEC)

QemuEndCause
qemu_engine_end_cause(const QemuDomain *domain, const QemuEventsLog *log)
{
    const gboolean asked = domain->destroying || domain->guest->record->phase == QEMU_PHASE_STOPPING;
    const gboolean ours = log->signal == SIGKILL || g_strcmp0(log->state.shutdown_reason, "host-signal") == 0;

    return asked && (ours || !log->ended) ? QEMU_END_BY_OWNER : QEMU_END_BY_ITSELF;
}

static gboolean
forget(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->record_lock);
    return domain->engine->driver->host->domain_running_state(domain->host, NULL) == MORTISE_OK;
}

static void
tell_end(QemuDomain *domain, const QemuGuest *guest)
{
    const MortiseHost *host = domain->engine->driver->host;
    g_autofree char *detail = NULL;
    QemuEventsLog log;
    MortiseDomainStatus status = {.struct_size = sizeof(status), .state = MORTISE_STATE_SHUTOFF, .id = -1};

    qemu_events_log_read(&log, guest->directory.fd);
    // While the record still names them.
    qemu_network_forget(domain->engine, domain->uuid, guest->record);
    status.reason = qemu_migration_end(domain, guest, &log, &detail);
    if (!forget(domain)) {
        qemu_engine_log(domain->engine->driver, MORTISE_LOG_WARNING,
                        "%s has ended, and its running state could not be removed", domain->name);
    }
    run_directory_remove(&guest->directory);
    host->domain_live_xml(domain->host, NULL);
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (!status.reason) {
        status.reason = qemu_events_log_end(&log, qemu_engine_end_cause(domain, &log), &detail);
    }
    status.detail = detail;
    host->domain_status(domain->host, &status);
    qemu_events_log_clear(&log);
}

void
qemu_domain_end(gpointer data)
{
    QemuDomain *domain = data;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;

    qemu_domain_unwatch(domain);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        client = g_steal_pointer(&domain->client);
        guest = qemu_guest_ref(domain->guest);
    }
    if (client) {
        qmp_client_close(client);
    }
    tell_end(domain, guest);
    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_guest_unref(g_steal_pointer(&domain->guest));
    qemu_state_clear(&domain->state);
    qemu_state_init(&domain->state);
    domain->destroying = FALSE;
    qemu_migration_forget(domain);
    domain->phase = QEMU_IDLE;
    driver_lock_announce(&domain->lock);
}

static gboolean
handle_ended_process(int fd G_GNUC_UNUSED, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    QemuDomain *domain = data;

    // The keeper writes down the end of the emulator before its own; only when both are gone is all known.
    if (!qemu_guest_has_ended(domain->guest)) {
        return G_SOURCE_REMOVE;
    }
    qemu_domain_set_phase(domain, QEMU_ENDING);
    qemu_domain_end(domain);
    return G_SOURCE_REMOVE;
}

void
qemu_domain_watch(gpointer data)
{
    QemuDomain *domain = data;
    DriverLoop *loop = domain->engine->loop;
    int emulator;
    int keeper;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        emulator = domain->guest->emulator;
        keeper = domain->guest->keeper;
    }
    if (keeper >= 0) {
        domain->keeper_watch = driver_loop_watch(loop, keeper, G_IO_IN, handle_ended_process, domain);
    }
    if (emulator >= 0) {
        domain->emulator_watch = driver_loop_watch(loop, emulator, G_IO_IN, handle_ended_process, domain);
    }
    if (keeper < 0 && emulator < 0) {
        qemu_domain_set_phase(domain, QEMU_ENDING);
        qemu_domain_end(domain);
    }
}

void
qemu_domain_unwatch(QemuDomain *domain)
{
    driver_loop_unwatch(&domain->keeper_watch);
    driver_loop_unwatch(&domain->emulator_watch);
    driver_loop_unwatch(&domain->directory_watch);
    driver_loop_unwatch(&domain->migration_timer);
    if (domain->directory_events >= 0) {
        (void) close(domain->directory_events);
        domain->directory_events = -1;
    }
}

gboolean
qemu_domain_await_idle(QemuDomain *domain, gint64 deadline)
{
    gboolean in_time = TRUE;

    // Asked first: the engine's lock comes before the domain's.
    while (in_time && !qemu_engine_is_interrupted(domain->engine)) {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->phase == QEMU_IDLE) {
            return TRUE;
        }
        in_time = driver_lock_wait(&domain->lock, deadline);
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == QEMU_IDLE;
}

gboolean
qemu_domain_is_active(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == QEMU_ACTIVE;
}

gboolean
qemu_domain_await_clear(QemuDomain *domain, gint64 deadline)
{
    gboolean in_time = TRUE;

    while (in_time && !qemu_engine_is_interrupted(domain->engine)) {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->phase == QEMU_IDLE || domain->phase == QEMU_ACTIVE) {
            return TRUE;
        }
        in_time = driver_lock_wait(&domain->lock, deadline);
    }
    return FALSE;
}

/* Before the signal: whoever finds the guest ended knows that it was meant. */
static void
record_stopping(QemuDomain *domain, const QemuGuest *guest)
{
    g_autoptr(QemuMigrationRecord) migration = NULL;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        migration = qemu_migration_record_copy(domain->migration.record);
    }
    (void) qemu_domain_keep(domain, guest, QEMU_PHASE_STOPPING, migration);
}

/* Sends the signals, each with its time; TRUE when nothing is left. */
static gboolean
end_processes(QemuDomain *domain, const QemuGuest *guest, gboolean graceful, gint64 deadline)
{
    const gint64 now = g_get_monotonic_time();

    if (guest->emulator >= 0 && graceful) {
        (void) process_signal(guest->emulator, SIGTERM);
        if (qemu_domain_await_idle(domain, MIN(now + GRACE, now + (deadline - now) / 2))) {
            return TRUE;
        }
    }
    if (guest->emulator >= 0) {
        (void) process_signal(guest->emulator, SIGKILL);
    }
    if (qemu_domain_await_idle(domain, MIN(deadline, g_get_monotonic_time() + KEEPER_PATIENCE))) {
        return TRUE;
    }
    if (guest->keeper >= 0 && (guest->emulator < 0 || process_has_ended(guest->emulator, 0))) {
        (void) process_signal(guest->keeper, SIGKILL);
    }
    return qemu_domain_await_idle(domain, deadline);
}

static gboolean
fail_stop(QemuDomain *domain, DriverFailure **failure)
{
    if (qemu_engine_is_interrupted(domain->engine)) {
        driver_failure_set(failure, "cancelled", domain->name, NULL, "The connection is being closed.");
    } else {
        driver_failure_set(failure, "timeout", domain->name,
                           "It was killed, and the kernel holds it: a disk or network file system may hang.",
                           "The emulator of %s has not ended in time.", domain->name);
    }
    return FALSE;
}

/* The guest that is to be ended, NULL when there is none. */
static QemuGuest *
begin_stop(QemuDomain *domain, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->refusal) {
        driver_failure_set(failure, domain->refusal->reason, domain->name, domain->refusal->hint, "%s",
                           domain->refusal->message);
        return NULL;
    }
    domain->destroying = domain->guest != NULL;
    return domain->guest ? qemu_guest_ref(domain->guest) : NULL;
}

gboolean
qemu_domain_stop(QemuDomain *domain, gboolean graceful, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(DriverFailure) refusal = NULL;
    g_autoptr(QemuGuest) guest = NULL;

    // What an interrupted start left is ended by its keeper.
    if (!qemu_domain_await_clear(domain, deadline)) {
        return fail_stop(domain, failure);
    }
    guest = begin_stop(domain, &refusal);
    if (refusal) {
        driver_failure_propagate(failure, g_steal_pointer(&refusal));
        return FALSE;
    }
    if (!guest) {
        return TRUE;
    }
    record_stopping(domain, guest);
    return end_processes(domain, guest, graceful, deadline) || fail_stop(domain, failure);
}

MortiseResult
qemu_engine_stop(void *domain, uint32_t flags)
{
    QemuDomain *stopped = domain;
    const QemuDriver *driver = stopped->engine->driver;
    DriverFailure *failure = NULL;

    return qemu_domain_stop(stopped, (flags & MORTISE_STOP_GRACEFUL) != 0, qemu_engine_deadline(driver), &failure)
               ? MORTISE_OK
               : qemu_engine_fail(driver, failure);
}
