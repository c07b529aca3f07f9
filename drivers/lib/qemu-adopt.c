// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding a guest again that another process of ours has started: from its record and its keeper's log, at once.
#include "qemu-engine-private.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "driver-host.h"
#include "driver-json.h"
#include "qemu-migration.h"

/*
 * How long a keeper may take to note the end of its emulator, on a busy host too; less than the core gives an adoption.
 * One that is stopped itself needs longer.
 */
#define KEEPER_NOTES_MS 1500

/* What is left of a guest. */
typedef enum {
    REMAINS_NOTHING,       /* neither keeper nor emulator */
    REMAINS_GUEST,         /* it was committed, and lives */
    REMAINS_UNCLEAR        /* a start without its starter: the keeper will kill it, or find that it was committed */
} Remains;

static Remains
look(const QemuGuest *guest, QemuEventsLog *log)
{
    const gboolean held = guest->directory.fd >= 0 && run_directory_is_held(&guest->directory);

    qemu_events_log_read(log, guest->directory.fd);
    if (!held) {
        return REMAINS_NOTHING;
    }
    return log->committed ? REMAINS_GUEST : REMAINS_UNCLEAR;
}

static QemuGuest *
find_guest(QemuDomain *domain, QemuRecord *record)
{
    const QemuEngine *engine = domain->engine;
    RunDirectory directory = {.fd = -1, .lock = -1};

    if (g_str_equal(record->boot, engine->boot)) {
        (void) run_directory_open(&directory, engine->run_directory, record->directory);
    }
    return qemu_guest_new(record, &directory);
}

static void
take_status(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    QemuDomain *domain = data;
    const char *status = driver_json_text(driver_json_object(value), "status", "");

    if (failure) {
        return;
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (qemu_state_take_status(&domain->state, status) && domain->phase == QEMU_ACTIVE) {
        qemu_domain_publish(domain, NULL);
    }
}

/* A guest that came by a migration, of which not all has come. */
static void
take_arrival(JsonNode *value, const DriverFailure *failure, gpointer data)
{
    QemuDomain *domain = data;
    const char *status = driver_json_text(driver_json_object(value), "status", "");

    if (failure || !g_str_equal(status, "postcopy-paused")) {
        return;
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_migration_tell_lost(domain, QEMU_MIGRATION_INCOMPLETE);
}

/* The state that the log tells is published at once; the monitor is asked in the background. */
static void
activate(QemuDomain *domain, QemuEventsLog *log)
{
    const MortiseHost *host = domain->engine->driver->host;
    DriverFailure *failure = NULL;
    const int fd = qemu_monitor_socket_connect(&domain->guest->directory, domain->name, &failure);

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        domain->phase = QEMU_ACTIVE;
        qemu_state_clear(&domain->state);
        domain->state = log->state;
        if (domain->guest->record->arrived) {
            qemu_state_set_arrived(&domain->state);
        }
        log->state = (QemuState){.reason = NULL};
        if (fd >= 0) {
            domain->client = qemu_domain_client(domain, fd);
        }
        qemu_domain_publish(domain, failure ? failure->message : NULL);
        driver_lock_announce(&domain->lock);
    }
    {
        // From here on others can change it.
        DRIVER_LOCK_SCOPE(&domain->record_lock);
        if (domain->guest->record->xml) {
            host->domain_live_xml(domain->host, domain->guest->record->xml);
        }
    }
    if (domain->client) {
        qmp_client_send_async(domain->client, "query-status", NULL, take_status, domain);
        if (domain->guest->record->arrived) {
            qmp_client_send_async(domain->client, "query-migrate", NULL, take_arrival, domain);
        }
        // The guest may have given a vCPU back while nobody was there to see it.
        qemu_domain_recount(domain, domain->client);
    }
    driver_failure_free(failure);
}

static void
finish_unclear(QemuDomain *domain, Remains remains, QemuEventsLog *log)
{
    QemuGuest *guest = domain->guest;

    qemu_domain_unwatch(domain);
    if (remains == REMAINS_GUEST) {
        guest->record->emulator = log->emulator;
        guest->record->keeper = log->keeper;
        qemu_guest_find_processes(guest);
        activate(domain, log);
        qemu_domain_watch(domain);
        qemu_migration_settle(domain);
    } else {
        qemu_domain_set_phase(domain, QEMU_ENDING);
        qemu_domain_end(domain);
    }
}

static void
look_again(QemuDomain *domain, gboolean lock_closed)
{
    QemuEventsLog log;
    Remains remains;

    if (lock_closed) {
        // The kernel tells of the closing a moment before it gives the lock up.
        run_directory_wait(&domain->guest->directory);
    }
    remains = look(domain->guest, &log);
    if (remains != REMAINS_UNCLEAR) {
        finish_unclear(domain, remains, &log);
    }
    qemu_events_log_clear(&log);
}

static gboolean
handle_directory(int fd, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    QemuDomain *domain = data;

    look_again(domain, run_directory_lock_is_closed(fd));
    return domain->directory_watch ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
watch_unclear(gpointer data)
{
    QemuDomain *domain = data;
    const RunDirectory *directory = &domain->guest->directory;

    domain->directory_events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (domain->directory_events >= 0 &&
        inotify_add_watch(domain->directory_events, directory->path, IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO) >= 0) {
        domain->directory_watch = driver_loop_watch(domain->engine->loop, domain->directory_events, G_IO_IN,
                                                    handle_directory, domain);
    }
    // What happened before the watch was there has told nobody.
    look_again(domain, FALSE);
}

static void
refuse(QemuDomain *domain, DriverFailure *failure)
{
    domain->refusal = failure;
    driver_host_unknown(domain->engine->driver->host, domain->host, failure->reason, failure->message);
}

static void
tell_unclear(const QemuDomain *domain)
{
    driver_host_unknown(domain->engine->driver->host, domain->host, "starting-up",
                        "Its start was interrupted, and what was started of it is just ending.");
}

/* The end is told at once; files and running state are removed by the loop. */
static void
tell_ended(QemuDomain *domain, const QemuEventsLog *log)
{
    g_autofree char *detail = NULL;
    MortiseDomainStatus status = {.struct_size = sizeof(status), .state = MORTISE_STATE_SHUTOFF, .id = -1};

    status.reason = qemu_migration_end(domain, domain->guest, log, &detail);
    if (!status.reason) {
        status.reason = qemu_events_log_end(log, qemu_engine_end_cause(domain, log), &detail);
    }
    status.detail = detail;
    domain->engine->driver->host->domain_status(domain->host, &status);
}

/* What a start that was cut off before its first record left: nothing, or a directory, or a keeper that is ending. */
static QemuRecord *
find_remains(const QemuDomain *domain)
{
    g_autofree char *name = run_directory_find(domain->engine->run_directory, domain->uuid);
    QemuRecord *record;

    if (!name) {
        return NULL;
    }
    record = qemu_record_new();
    record->boot = g_strdup(domain->engine->boot);
    record->directory = g_steal_pointer(&name);
    return record;
}

/*
 * What the log and the lock tell, with the processes of a guest that lives. When its emulator is dead already, its
 * keeper is just noting why: that takes a moment, after which the guest is not taken for one that runs.
 */
static Remains
look_at_guest(QemuGuest *guest, QemuEventsLog *log)
{
    const Remains remains = look(guest, log);

    if (remains != REMAINS_GUEST) {
        return remains;
    }
    guest->record->emulator = log->emulator;
    guest->record->keeper = log->keeper;
    qemu_guest_find_processes(guest);
    if (guest->keeper < 0 || (guest->emulator >= 0 && !process_has_ended(guest->emulator, 0)) ||
        !process_has_ended(guest->keeper, g_get_monotonic_time() + KEEPER_NOTES_MS * G_TIME_SPAN_MILLISECOND)) {
        return remains;
    }
    qemu_events_log_clear(log);
    return look(guest, log);
}

void
qemu_engine_adopt(QemuDomain *domain, const char *running_state)
{
    DriverFailure *failure = NULL;
    QemuRecord *record = running_state ? qemu_record_parse(running_state, &failure) : find_remains(domain);
    DriverLoopFunction next = NULL;
    gboolean settling = FALSE;
    QemuEventsLog log;

    if (failure) {
        refuse(domain, failure);
        return;
    }
    if (!record) {
        return;
    }
    domain->guest = find_guest(domain, record);
    if (record->migration) {
        qemu_migration_enter(&domain->migration, qemu_migration_record_copy(record->migration), "settling");
        domain->migration.settling = TRUE;
        settling = TRUE;
    }
    switch (look_at_guest(domain->guest, &log)) {
    case REMAINS_GUEST:
        activate(domain, &log);
        next = qemu_domain_watch;
        break;
    case REMAINS_UNCLEAR:
        domain->phase = QEMU_UNCLEAR;
        tell_unclear(domain);
        next = watch_unclear;
        break;
    default:
        domain->phase = QEMU_ENDING;
        tell_ended(domain, &log);
        next = qemu_domain_end;
        break;
    }
    qemu_events_log_clear(&log);
    // From here on the domain is the loop's thread's too.
    driver_loop_run(domain->engine->loop, next, domain);
    if (settling) {
        driver_loop_run(domain->engine->loop, qemu_migration_settle, domain);
    }
}
