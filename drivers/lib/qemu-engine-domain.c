// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The engine's domains: opened and closed, their state told, their monitor lent to operations.
#include "qemu-engine-private.h"

#include <unistd.h>

#include "driver-host.h"

QemuGuest *
qemu_guest_new(QemuRecord *record, const RunDirectory *directory)
{
    QemuGuest *guest = g_new0(QemuGuest, 1);

    guest->references = 1;
    guest->record = record;
    guest->directory = *directory;
    guest->emulator = -1;
    guest->keeper = -1;
    return guest;
}

QemuGuest *
qemu_guest_ref(QemuGuest *guest)
{
    g_atomic_int_inc(&guest->references);
    return guest;
}

void
qemu_guest_unref(QemuGuest *guest)
{
    if (!guest || !g_atomic_int_dec_and_test(&guest->references)) {
        return;
    }
    if (guest->emulator >= 0) {
        (void) close(guest->emulator);
    }
    if (guest->keeper >= 0) {
        (void) close(guest->keeper);
    }
    run_directory_close(&guest->directory);
    qemu_record_free(guest->record);
    g_free(guest);
}

void
qemu_guest_find_processes(QemuGuest *guest)
{
    guest->emulator = process_identity_open(&guest->record->emulator);
    guest->keeper = process_identity_open(&guest->record->keeper);
}

gboolean
qemu_guest_has_ended(const QemuGuest *guest)
{
    return (guest->emulator < 0 || process_has_ended(guest->emulator, 0)) &&
           (guest->keeper < 0 || process_has_ended(guest->keeper, 0));
}

void
qemu_domain_publish(QemuDomain *domain, const char *detail)
{
    const MortiseDomainStatus status = {
        .struct_size = sizeof(status),
        .state = domain->state.state,
        .id = domain->guest ? domain->guest->record->emulator.pid : -1,
        .reason = domain->state.reason,
        .detail = detail,
    };

    domain->engine->driver->host->domain_status(domain->host, &status);
}

void
qemu_domain_set_phase(QemuDomain *domain, QemuDomainPhase phase)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->phase = phase;
    driver_lock_announce(&domain->lock);
}

static JsonObject *
event_data(const QmpMessage *event)
{
    return event->value && JSON_NODE_HOLDS_OBJECT(event->value) ? json_node_get_object(event->value) : NULL;
}

static void
handle_event(const QmpMessage *event, gpointer data)
{
    QemuDomain *domain = data;
    g_autofree char *detail = NULL;
    const char *kind = qemu_state_event_kind(event->name, event_data(event), &detail);
    gboolean changed;

    DRIVER_LOCK_SCOPE(&domain->lock);
    qemu_domain_take_unplug_event(domain, event->name, event_data(event));
    qemu_migration_handle_event(domain, event->name, event_data(event));
    changed = qemu_state_take_event(&domain->state, event->name, event_data(event));
    if (domain->phase != QEMU_ACTIVE) {
        return;
    }
    if (changed) {
        qemu_domain_publish(domain, NULL);
    }
    if (kind) {
        domain->engine->driver->host->domain_event(domain->host, kind, detail);
    }
}

static void
handle_closed(const DriverFailure *cause, gpointer data)
{
    QemuDomain *domain = data;

    // An end of file is the end of the guest, which its process tells; "cancelled" is our own doing.
    if (!g_str_equal(cause->reason, "monitor-reply")) {
        return;
    }
    qemu_engine_log(domain->engine->driver, MORTISE_LOG_WARNING, "%s: %s", domain->name, cause->message);
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->phase == QEMU_ACTIVE) {
        domain->state.state = MORTISE_STATE_UNKNOWN;
        domain->state.reason = "monitor-lost";
        qemu_domain_publish(domain, cause->message);
    }
}

gboolean
qemu_domain_keep(QemuDomain *domain, const QemuGuest *guest, QemuPhase phase, const QemuMigrationRecord *migration)
{
    g_autofree char *text = NULL;
    QemuRecord record;

    DRIVER_LOCK_SCOPE(&domain->record_lock);
    // What others keep of this guest later has it, too.
    qemu_migration_record_free(guest->record->migration);
    guest->record->migration = qemu_migration_record_copy(migration);
    // Its end, when it came meanwhile, was or will be told by the loop, and nothing may be kept after that.
    if (!qemu_domain_is_active(domain)) {
        return FALSE;
    }
    record = *guest->record;
    record.phase = phase;
    text = qemu_record_to_text(&record);
    return domain->engine->driver->host->domain_running_state(domain->host, text) == MORTISE_OK;
}

QmpClient *
qemu_domain_client(QemuDomain *domain, int fd)
{
    static const QmpListener listener = {handle_event, handle_closed};

    return qmp_client_new(domain->engine->loop, fd, domain->name, &listener, domain);
}

/* Under the lock. */
static gboolean
require_active(const QemuDomain *domain, DriverFailure **failure)
{
    if (domain->refusal) {
        driver_failure_set(failure, domain->refusal->reason, domain->name, domain->refusal->hint, "%s",
                           domain->refusal->message);
        return FALSE;
    }
    if (domain->phase == QEMU_ACTIVE) {
        return TRUE;
    }
    if (domain->phase == QEMU_IDLE) {
        driver_failure_set(failure, "domain-inactive", domain->name, "Start it first.",
                           "The domain %s is not running.", domain->name);
    } else {
        driver_failure_set(failure, "domain-busy", domain->name, "Try again in a moment.",
                           "The domain %s is just starting or ending.", domain->name);
    }
    return FALSE;
}

gboolean
qemu_domain_borrow(QemuDomain *domain, QemuGuest **guest, QmpClient **client, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (!require_active(domain, failure)) {
        return FALSE;
    }
    if (client && !domain->client) {
        driver_failure_set(failure, "monitor-timeout", domain->name,
                           "Its state is known from its processes only; it can be destroyed.",
                           "The monitor of %s could not be reached.", domain->name);
        return FALSE;
    }
    if (client) {
        *client = qmp_client_ref(domain->client);
    }
    *guest = qemu_guest_ref(domain->guest);
    return TRUE;
}

gboolean
qemu_domain_command(QemuDomain *domain, const char *command, JsonObject *arguments, JsonNode **value,
                    DriverFailure **failure)
{
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;

    if (!qemu_domain_borrow(domain, &guest, &client, failure)) {
        g_clear_pointer(&arguments, json_object_unref);
        return FALSE;
    }
    return qmp_client_call(client, command, arguments, qemu_engine_deadline(domain->engine->driver), value, failure);
}

MortiseResult
qemu_engine_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host,
                        void **domain)
{
    QemuEngine *engine = connection;
    QemuDomain *made = g_new0(QemuDomain, 1);

    made->engine = engine;
    made->host = host;
    made->name = g_strdup(arguments->name);
    made->uuid = driver_host_uuid_text(arguments->uuid);
    made->directory_events = -1;
    made->settler_wake = -1;
    driver_lock_init(&made->lock);
    driver_lock_init(&made->record_lock);
    qemu_state_init(&made->state);
    qemu_migration_init(&made->migration);
    qemu_engine_adopt(made, arguments->running_state);
    DRIVER_LOCK_SCOPE(&engine->lock);
    g_ptr_array_add(engine->domains, made);
    *domain = made;
    return MORTISE_OK;
}

static void
unwatch(gpointer data)
{
    qemu_domain_unwatch(data);
}

void
qemu_engine_domain_close(void *domain)
{
    QemuDomain *closed = domain;
    QemuEngine *engine = closed->engine;

    {
        DRIVER_LOCK_SCOPE(&engine->lock);
        (void) g_ptr_array_remove_fast(engine->domains, closed);
    }
    // What the loop has been asked to do with this domain comes before this.
    driver_loop_call(engine->loop, unwatch, closed);
    // Owners that come and go in a moment would else leave a guest standing still for as long as there are no others.
    qemu_migration_hasten_settler(closed);
    if (closed->client) {
        qmp_client_close(closed->client);
    }
    qemu_migration_end_settler(closed);
    // Events that came since the first time have asked the loop for more.
    driver_loop_call(engine->loop, unwatch, closed);
    if (closed->client) {
        qmp_client_unref(closed->client);
    }
    qemu_guest_unref(closed->guest);
    qemu_state_clear(&closed->state);
    qemu_migration_clear(&closed->migration);
    driver_failure_free(closed->refusal);
    driver_lock_clear(&closed->lock);
    driver_lock_clear(&closed->record_lock);
    g_free(closed->name);
    g_free(closed->uuid);
    g_free(closed);
}
