// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting a domain: from its definition to a running guest, or to nothing at all.
#include "qemu-engine-start.h"

#include <signal.h>
#include <unistd.h>

/* How long an emulator that has closed its monitor may take to end. */
#define ENDING_PATIENCE (5 * G_USEC_PER_SEC)
/* How long the keeper may take to kill what a failed start has made. */
#define CLEANING_PATIENCE (5 * G_USEC_PER_SEC)

void
qemu_start_clear(QemuStart *start)
{
    if (start->control >= 0) {
        (void) close(start->control);
    }
    if (start->listening >= 0) {
        (void) close(start->listening);
    }
    qemu_start_disconnect(start);
    qmp_client_unref(start->client);
    qemu_guest_unref(start->guest);
    qemu_command_free(start->command);
    domain_definition_free(start->definition);
    g_free(start->emulator);
    g_free(start->log);
    qemu_migration_record_free(start->migration);
}

static gboolean
enter(QemuStart *start, DriverFailure **failure)
{
    QemuDomain *domain = start->domain;
    // An end that is just being handled, or an interrupted start, is waited for.
    const gboolean clear = qemu_domain_await_clear(domain, start->deadline);

    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->refusal) {
        driver_failure_set(failure, domain->refusal->reason, domain->name, domain->refusal->hint, "%s",
                           domain->refusal->message);
    } else if (!clear) {
        driver_failure_set(failure, "domain-busy", domain->name, "Try again in a moment.",
                           "An earlier run of %s has not ended yet.", domain->name);
    } else if (domain->phase == QEMU_ACTIVE) {
        driver_failure_set(failure, "domain-active", domain->name, NULL, "The domain %s runs already.", domain->name);
    } else {
        qemu_state_clear(&domain->state);
        qemu_state_init(&domain->state);
        qemu_migration_leave(&domain->migration, "none");
        domain->phase = QEMU_STARTING;
        return TRUE;
    }
    return FALSE;
}

static gboolean
prepare(QemuStart *start, const char *xml, DriverFailure **failure)
{
    g_autoptr(DomainFindings) findings = NULL;

    start->definition = domain_definition_parse(xml, -1, failure);
    if (!start->definition) {
        return FALSE;
    }
    qemu_engine_context(start->driver, start->definition, &start->context, &start->emulator);
    start->context.incoming = start->incoming != NULL;
    if (start->incoming && !start->incoming->make_ready(start, failure)) {
        return FALSE;
    }
    findings = qemu_engine_findings(start->driver, start->definition, &start->context);
    if (!domain_findings_require_none(findings, failure)) {
        return FALSE;
    }
    start->command = qemu_command_build(start->definition, &start->context, failure);
    return start->command != NULL;
}

/* The loop's thread: it knows of this start until here. */
static void
unwatch(gpointer data)
{
    qemu_domain_unwatch(data);
}

static gboolean
bring_up(QemuStart *start, const char *xml, DriverFailure **failure)
{
    return prepare(start, xml, failure) && qemu_start_launch(start, failure) && qemu_start_converse(start, failure);
}

/* What a guest that was to arrive had been made ready for it. */
static void
forget_incoming(QemuStart *start)
{
    if (start->migration) {
        qemu_migration_remove_files(start->migration);
        (void) start->driver->host->domain_running_state(start->domain->host, NULL);
    }
}

/* Ends whatever was made; returns when it is gone. */
static void
tear_down(QemuStart *start, DriverFailure **failure)
{
    QemuDomain *domain = start->domain;
    QemuGuest *guest = start->guest;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        qmp_client_unref(g_steal_pointer(&domain->client));
    }
    driver_loop_call(start->engine->loop, unwatch, domain);
    if (start->client) {
        qmp_client_close(start->client);
    }
    // An emulator that ends by itself closes its monitor first, and its own exit status says more than our signal.
    if (guest && guest->emulator >= 0 && *failure && g_str_equal((*failure)->reason, "monitor-closed")) {
        (void) process_has_ended(guest->emulator, g_get_monotonic_time() + ENDING_PATIENCE);
    }
    if (start->control >= 0) {
        (void) close(start->control);
        start->control = -1;
    }
    qemu_start_disconnect(start);
    if (!guest) {
        forget_incoming(start);
        return;
    }
    if (guest->emulator >= 0) {
        (void) process_signal(guest->emulator, SIGKILL);
    }
    if (guest->keeper >= 0) {
        (void) process_has_ended(guest->keeper, g_get_monotonic_time() + CLEANING_PATIENCE);
    }
    qemu_start_explain(start, failure);
    qemu_network_forget(start->engine, domain->uuid, guest->record);
    run_directory_remove(&guest->directory);
    forget_incoming(start);
    (void) start->driver->host->domain_running_state(domain->host, NULL);
}

static MortiseResult
fail(QemuStart *start, DriverFailure *failure)
{
    QemuDomain *domain = start->domain;
    const MortiseDomainStatus status = {
        .struct_size = sizeof(status), .state = MORTISE_STATE_SHUTOFF, .id = -1, .reason = "failed",
    };

    tear_down(start, &failure);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        qemu_state_clear(&domain->state);
        qemu_state_init(&domain->state);
        domain->phase = QEMU_IDLE;
        start->driver->host->domain_status(domain->host, &status);
    }
    return qemu_engine_fail(start->driver, failure);
}

/* Under the lock: until it is committed, the domain's migration has the hold on the keeper. */
static void
hand_over(QemuStart *start)
{
    QemuMigration *migration = &start->domain->migration;

    qemu_migration_enter(migration, g_steal_pointer(&start->migration), "receiving");
    migration->control = start->control;
    start->control = -1;
    start->domain->state.reason = QEMU_REASON_INCOMING;
}

static MortiseResult
succeed(QemuStart *start)
{
    QemuDomain *domain = start->domain;

    driver_loop_call(start->engine->loop, unwatch, domain);
    if (!start->incoming) {
        start->driver->host->domain_live_xml(domain->host, start->guest->record->xml);
    }
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        domain->guest = qemu_guest_ref(start->guest);
        domain->phase = QEMU_ACTIVE;
        if (start->incoming) {
            hand_over(start);
        }
        qemu_domain_publish(domain, NULL);
        driver_lock_announce(&domain->lock);
    }
    driver_loop_run(start->engine->loop, qemu_domain_watch, domain);
    return MORTISE_OK;
}

MortiseResult
qemu_start_run(QemuStart *start, const char *xml)
{
    DriverFailure *failure = NULL;

    if (!enter(start, &failure)) {
        return qemu_engine_fail(start->driver, failure);
    }
    if (!bring_up(start, xml, &failure)) {
        return fail(start, failure);
    }
    return succeed(start);
}

MortiseResult
qemu_engine_start(void *domain, const MortiseStartArguments *arguments)
{
    QemuDomain *started = domain;
    const QemuDriver *driver = started->engine->driver;
    g_auto(QemuStart) start = {
        .domain = started,
        .engine = started->engine,
        .driver = driver,
        .deadline = qemu_engine_deadline(driver),
        .paused = (arguments->flags & MORTISE_START_PAUSED) != 0,
        .control = -1,
        .listening = -1,
    };

    return qemu_start_run(&start, arguments->xml);
}
