// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The source's part: the guest is sent until it stands still here, or goes on here as if nothing had been.
#include "qemu-migration.h"

#include <string.h>

#include "driver-json.h"

typedef struct {
    QemuDomain *domain;
    const QemuDriver *driver;
    const MortiseMigrationArguments *arguments;
    gint64 deadline;
    JsonNode *ticket;
    QemuGuest *guest;
    QmpClient *client;
    gboolean pauses;       /* QEMU waits before the last part is sent */
    gboolean running;      /* the guest, until it was stopped for the last part */
} Departure;

static void
departure_clear(Departure *departure)
{
    g_clear_pointer(&departure->ticket, json_node_unref);
    qemu_guest_unref(departure->guest);
    qmp_client_unref(departure->client);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Departure, departure_clear)

static gboolean
refuse_ticket(DriverFailure **failure, const char *why)
{
    driver_failure_set(failure, "invalid-argument", "ticket", "Source and destination may be of different versions.",
                       "The destination's ticket cannot be used: %s.", why);
    return FALSE;
}

static gboolean
read_ticket(Departure *departure, const char *text, DriverFailure **failure)
{
    JsonObject *ticket;

    departure->ticket = driver_json_read(text, strlen(text));
    ticket = driver_json_object(departure->ticket);
    if (!ticket || driver_json_number(ticket, "schema", 0) != QEMU_MIGRATION_SCHEMA) {
        return refuse_ticket(failure, "it is not of this version's form");
    }
    if (!g_str_equal(driver_json_text(ticket, "uuid", ""), departure->domain->uuid)) {
        return refuse_ticket(failure, "it was made for another domain");
    }
    // QEMU would run a program for other words.
    if (!g_str_has_prefix(driver_json_text(ticket, "uri", ""), "unix:") &&
        !g_str_has_prefix(driver_json_text(ticket, "uri", ""), "tcp:")) {
        return refuse_ticket(failure, "it names no place to send to");
    }
    return TRUE;
}

static QemuMigrationRecord *
make_record(const Departure *departure, gboolean running)
{
    JsonObject *ticket = driver_json_object(departure->ticket);
    const char *marker = driver_json_text(ticket, "marker", NULL);
    QemuMigrationRecord *record = qemu_migration_record_new(QEMU_MIGRATION_SENDING);

    record->running = running;
    record->where = g_strdup(driver_json_text(ticket, "where", driver_json_text(ticket, "uri", "")));
    record->boot = g_strdup(driver_json_text(ticket, "boot", ""));
    record->run_directory = g_strdup(driver_json_text(ticket, "run_directory", ""));
    record->directory = g_strdup(driver_json_text(ticket, "directory", ""));
    record->marker = marker && qemu_migration_is_marker(marker) ? g_strdup(marker) : NULL;
    return record;
}

/* An earlier one, whose owner died, has come to its end. */
static gboolean
is_settled(const QemuMigration *migration)
{
    return !migration->settling;
}

/* From here on the running state says that the guest is on its way. */
static gboolean
enter(Departure *departure, DriverFailure **failure)
{
    QemuDomain *domain = departure->domain;
    g_autoptr(QemuMigrationRecord) record = NULL;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->migration.record) {
            driver_failure_set(failure, "domain-busy", domain->name, "Wait for its end, or abort it.",
                               "A migration of %s is under way already.", domain->name);
            return FALSE;
        }
        record = make_record(departure, domain->state.state == MORTISE_STATE_RUNNING);
        qemu_migration_enter(&domain->migration, qemu_migration_record_copy(record), "setup");
        domain->migration.unconfirmed = TRUE;
    }
    if (qemu_domain_keep(domain, departure->guest, QEMU_PHASE_RUNNING, record)) {
        qemu_migration_follow(domain);
        return TRUE;
    }
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        qemu_migration_leave(&domain->migration, "failed");
    }
    driver_failure_set(failure, "file-error", domain->name, "Check the disk that the run directory is on.",
                       "The running state of %s could not be kept on disk.", domain->name);
    return FALSE;
}

static void
set_phase(QemuDomain *domain, const char *phase)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->migration.phase = phase;
}

static gboolean
stands_still_or_is_over(const QemuMigration *migration)
{
    return qemu_migration_status_is(migration, "pre-switchover completed failed cancelled postcopy-paused") ||
           qemu_migration_copy_error(migration);
}

static gboolean
is_over(const QemuMigration *migration)
{
    return qemu_migration_status_is(migration, "completed failed cancelled postcopy-paused");
}

/* After QEMU has said that it failed; its words. */
static gboolean
tell_failure(const Departure *departure, const char *where, DriverFailure **failure)
{
    QemuDomain *domain = departure->domain;
    g_autoptr(JsonNode) answer = NULL;
    g_autofree char *copy = NULL;
    gboolean aborted;

    (void) qmp_client_call(departure->client, "query-migrate", NULL,
                           g_get_monotonic_time() + QEMU_MIGRATION_PATIENCE, &answer, NULL);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        copy = g_strdup(qemu_migration_copy_error(&domain->migration));
        aborted = domain->migration.aborted;
    }
    if (aborted) {
        driver_failure_set(failure, "cancelled", domain->name, NULL, "The migration of %s was aborted.", domain->name);
    } else if (copy) {
        driver_failure_set(failure, "migration-failed", domain->name, "Check the destination's disk and the network.",
                           "The migration of %s failed while its disks were copied: %s.", domain->name, copy);
    } else {
        driver_failure_set(failure, "migration-failed", domain->name,
                           "Look into the domain's log at the destination, and check the network between the two.",
                           "The migration of %s failed while %s: %s.", domain->name, where,
                           driver_json_text(driver_json_object(answer), "error-desc",
                                            "the emulator gives no cause, so most likely it is the destination's"));
    }
    return FALSE;
}

/* "migration" is why it was stopped when it ran until then; a guest that stopped by itself has another reason. */
static void
note_running(Departure *departure)
{
    QemuDomain *domain = departure->domain;

    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->migration.phase = "switchover";
    departure->running = g_strcmp0(domain->state.reason, "migration") == 0;
    if (domain->migration.record) {
        domain->migration.record->running = departure->running;
    }
}

static gboolean
send_memory(Departure *departure, DriverFailure **failure)
{
    QemuDomain *domain = departure->domain;
    JsonObject *ticket = driver_json_object(departure->ticket);

    set_phase(domain, "memory");
    if (!qmp_client_call(departure->client, "migrate", qmp_argument("uri", driver_json_text(ticket, "uri", "")),
                         departure->deadline, NULL, failure) ||
        !qemu_migration_await(domain, stands_still_or_is_over, departure->deadline, TRUE, failure)) {
        return FALSE;
    }
    note_running(departure);
    return qemu_migration_is(domain, "pre-switchover completed") ||
           tell_failure(departure, "its memory was sent", failure);
}

static gboolean
is_over_or_beyond(const QemuMigration *migration)
{
    return is_over(migration) || migration->postcopy;
}

static gboolean
switch_over(Departure *departure, DriverFailure **failure)
{
    QemuDomain *domain = departure->domain;

    if (!departure->pauses) {
        return TRUE;
    }
    if (!qemu_migration_end_copies(domain, departure->client, departure->deadline, failure) ||
        !qmp_client_call(departure->client, "migrate-continue", qmp_argument("state", "pre-switchover"),
                         departure->deadline, NULL, failure) ||
        !qemu_migration_await(domain, is_over_or_beyond, departure->deadline, TRUE, failure) ||
        // Once it runs over there, there is no way back, and no time that would be too late.
        !qemu_migration_await(domain, is_over, -1, FALSE, failure)) {
        return FALSE;
    }
    return qemu_migration_is(domain, "completed") || tell_failure(departure, "the last of it was sent", failure);
}

/*
 * Copies of disks must end while the guest stands still, and so must the switch to postcopy be in our hand. On another
 * host nobody could see whether a guest runs that QEMU had sent to its end after our death.
 */
static gboolean
needs_pause(const Departure *departure)
{
    JsonObject *ticket = driver_json_object(departure->ticket);

    return driver_json_array_member(ticket, "disks") || (departure->arguments->flags & MORTISE_MIGRATE_POSTCOPY) ||
           !driver_json_has(ticket, "marker", G_TYPE_STRING);
}

static gboolean
send_all(Departure *departure, DriverFailure **failure)
{
    departure->pauses = needs_pause(departure);
    return qemu_migration_configure(departure->client, departure->arguments, departure->pauses, departure->deadline,
                                    failure) &&
           qemu_migration_copy_disks(departure->domain, departure->client, departure->arguments,
                                     driver_json_object(departure->ticket), departure->deadline, failure) &&
           send_memory(departure, failure) && switch_over(departure, failure);
}

static void
tell_outcome(const Departure *departure, MortiseSink *outcome)
{
    QemuDomain *domain = departure->domain;
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;
    JsonObject *object = json_object_new();

    json_node_take_object(root, object);
    json_object_set_int_member(object, "schema", QEMU_MIGRATION_SCHEMA);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        domain->migration.phase = QEMU_MIGRATION_SENT;
    }
    json_object_set_boolean_member(object, "running", departure->running);
    text = json_to_string(root, FALSE);
    departure->driver->host->sink_text(outcome, text, strlen(text));
}

static gboolean
is_active(QemuDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == QEMU_ACTIVE;
}

/* What failed is the caller's to hear; that the guest could not go on is more than that. */
static MortiseResult
go_back(Departure *departure, DriverFailure *failure)
{
    g_autoptr(DriverFailure) worse = NULL;
    const gboolean aborted = g_str_equal(failure->reason, "cancelled");

    g_autoptr(DriverFailure) first = failure;
    DriverFailure *both = NULL;

    // With nothing here that could go on, the rest is confirm()'s: it comes when the destination has ended its part.
    if (!is_active(departure->domain) ||
        qemu_migration_resume(departure->domain, aborted ? "cancelled" : "failed", &worse)) {
        return qemu_engine_fail(departure->driver, g_steal_pointer(&first));
    }
    driver_failure_set(&both, worse->reason, departure->domain->name, worse->hint, "%s Before that: %s",
                       worse->message, first->message);
    return qemu_engine_fail(departure->driver, both);
}

MortiseResult
qemu_migration_perform(void *domain, const MortiseMigrationArguments *arguments, const char *ticket,
                       MortiseSink *outcome)
{
    QemuDomain *source = domain;
    const QemuDriver *driver = source->engine->driver;
    DriverFailure *failure = NULL;
    g_auto(Departure) departure = {
        .domain = source,
        .driver = driver,
        .arguments = arguments,
        .deadline = qemu_migration_deadline(driver),
    };

    if (!read_ticket(&departure, ticket, &failure) ||
        !qemu_domain_borrow(source, &departure.guest, &departure.client, &failure) ||
        !qemu_migration_await(source, is_settled, qemu_engine_deadline(driver), FALSE, &failure) ||
        !enter(&departure, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    if (!send_all(&departure, &failure)) {
        return go_back(&departure, failure);
    }
    tell_outcome(&departure, outcome);
    return MORTISE_OK;
}
