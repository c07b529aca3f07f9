// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Domains of the LXC driver: opened and closed, their state told, their container lent to operations.
#include "lxc-engine.h"

#include <fcntl.h>
#include <unistd.h>

#include "driver-host.h"

LxcGuest *
lxc_guest_new(LxcRecord *record, const RunDirectory *directory)
{
    LxcGuest *guest = g_new0(LxcGuest, 1);

    guest->references = 1;
    guest->record = record;
    guest->directory = *directory;
    guest->monitor = -1;
    guest->init = -1;
    return guest;
}

LxcGuest *
lxc_guest_ref(LxcGuest *guest)
{
    g_atomic_int_inc(&guest->references);
    return guest;
}

void
lxc_guest_unref(LxcGuest *guest)
{
    if (guest == NULL || !g_atomic_int_dec_and_test(&guest->references)) {
        return;
    }
    if (guest->monitor >= 0) {
        (void) close(guest->monitor);
    }
    if (guest->init >= 0) {
        (void) close(guest->init);
    }
    run_directory_close(&guest->directory);
    lxc_record_free(guest->record);
    g_free(guest);
}

void
lxc_domain_publish(LxcDomain *domain, const char *reason, const char *detail)
{
    const MortiseDomainStatus status = {
        .struct_size = sizeof(status),
        .state = domain->paused ? MORTISE_STATE_PAUSED : MORTISE_STATE_RUNNING,
        .id = domain->guest->record->init.pid > 0 ? domain->guest->record->init.pid
                                                  : domain->guest->record->monitor.pid,
        .reason = reason,
        .detail = detail,
    };

    domain->engine->driver->host->domain_status(domain->host, &status);
}

void
lxc_domain_set_phase(LxcDomain *domain, LxcPhase phase)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    domain->phase = phase;
    driver_lock_announce(&domain->lock);
}

/* Others change a record meanwhile. NULL, too, of what has ended meanwhile. */
static char *
record_text(LxcDomain *domain, const LxcRecord *record)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    const gboolean over = domain->phase == LXC_ENDING || (domain->phase == LXC_IDLE && domain->guest == NULL);

    return record != NULL && !over ? lxc_record_to_text(record) : NULL;
}

gboolean
lxc_domain_keep(LxcDomain *domain, const LxcRecord *record)
{
    g_autofree char *text = NULL;

    DRIVER_LOCK_SCOPE(&domain->record_lock);
    // Made in here: of two texts the later one is kept last.
    text = record_text(domain, record);
    // Whoever was just changing what has ended must not bring its record back.
    return (record != NULL && text == NULL) ||
           domain->engine->driver->host->domain_running_state(domain->host, text) == MORTISE_OK;
}

/* Under the lock. */
static gboolean
require_active(const LxcDomain *domain, DriverFailure **failure)
{
    if (domain->refusal != NULL) {
        driver_failure_set(failure, domain->refusal->reason, domain->name, domain->refusal->hint, "%s",
                           domain->refusal->message);
        return FALSE;
    }
    if (domain->phase == LXC_ACTIVE) {
        return TRUE;
    }
    if (domain->phase == LXC_SETTLING) {
        driver_failure_set(failure, "domain-busy", domain->name, "Try again in a moment.",
                           "What somebody was changing of %s who was killed is not undone yet.", domain->name);
    } else if (domain->phase == LXC_IDLE || domain->phase == LXC_ENDING) {
        driver_failure_set(failure, "domain-inactive", domain->name, "Start it first.",
                           "The domain %s is not running.", domain->name);
    } else {
        driver_failure_set(failure, "domain-busy", domain->name, "Try again in a moment.",
                           "The domain %s is just starting.", domain->name);
    }
    return FALSE;
}

/* Under the lock. An init that has ended is followed by the end of all, or by another life. */
static gboolean
require_init(const LxcDomain *domain, DriverFailure **failure)
{
    const LxcGuest *guest = domain->guest;

    if (guest->init >= 0 && !process_has_ended(guest->init, 0)) {
        return TRUE;
    }
    if (guest->monitor < 0 || process_has_ended(guest->monitor, 0)) {
        driver_failure_set(failure, "domain-inactive", domain->name, "Start it first.",
                           "The domain %s has just ended.", domain->name);
    } else {
        driver_failure_set(failure, "domain-busy", domain->name, "Try again in a moment.",
                           "The domain %s is just ending, or being started again.", domain->name);
    }
    return FALSE;
}

static void
await_settled(LxcDomain *domain)
{
    const gint64 deadline = lxc_deadline(domain->engine->driver);
    gboolean waits = TRUE;

    while (waits && !lxc_engine_is_interrupted(domain->engine)) {
        DRIVER_LOCK_SCOPE(&domain->lock);
        waits = domain->phase == LXC_SETTLING && driver_lock_wait(&domain->lock, deadline);
    }
}

LxcGuest *
lxc_domain_borrow(LxcDomain *domain, DriverFailure **failure)
{
    await_settled(domain);
    DRIVER_LOCK_SCOPE(&domain->lock);
    return require_active(domain, failure) ? lxc_guest_ref(domain->guest) : NULL;
}

LxcGuest *
lxc_domain_borrow_init(LxcDomain *domain, ProcessIdentity *init, DriverFailure **failure)
{
    await_settled(domain);
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (!require_active(domain, failure) || !require_init(domain, failure)) {
        return NULL;
    }
    *init = domain->guest->record->init;
    return lxc_guest_ref(domain->guest);
}

gboolean
lxc_domain_require_life(LxcDomain *domain, const LxcGuest *guest, const ProcessIdentity *init, DriverFailure **failure)
{
    DriverFailure *cause = NULL;

    DRIVER_LOCK_SCOPE(&domain->lock);
    if ((domain->phase != LXC_ACTIVE && domain->phase != LXC_SETTLING) || domain->guest != guest) {
        driver_failure_set(&cause, "domain-inactive", domain->name, "Start it first.", "The domain %s has just ended.",
                           domain->name);
    } else if (guest->record->init.pid != init->pid || guest->record->init.start != init->start) {
        driver_failure_set(&cause, "domain-busy", domain->name, "Try again.",
                           "The domain %s has just been started again.", domain->name);
    } else {
        (void) require_init(domain, &cause);
    }
    if (cause == NULL) {
        return TRUE;
    }
    driver_failure_free(*failure);
    *failure = cause;
    return FALSE;
}

int
lxc_domain_open_init(LxcDomain *domain, const LxcGuest *guest)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return guest->init >= 0 ? fcntl(guest->init, F_DUPFD_CLOEXEC, 0) : -1;
}

MortiseResult
lxc_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host, void **domain)
{
    LxcEngine *engine = connection;
    LxcDomain *made = g_new0(LxcDomain, 1);

    made->engine = engine;
    made->host = host;
    made->name = g_strdup(arguments->name);
    made->uuid = driver_host_uuid_text(arguments->uuid);
    made->directory_events = -1;
    made->change_events = -1;
    made->change_lock = -1;
    driver_lock_init(&made->lock);
    driver_lock_init(&made->record_lock);
    lxc_adopt(made, arguments->running_state);
    DRIVER_LOCK_SCOPE(&engine->lock);
    g_ptr_array_add(engine->domains, made);
    *domain = made;
    return MORTISE_OK;
}

static void
unwatch(gpointer data)
{
    lxc_domain_unwatch(data);
}

void
lxc_domain_close(void *domain)
{
    LxcDomain *closed = domain;
    LxcEngine *engine = closed->engine;

    {
        DRIVER_LOCK_SCOPE(&engine->lock);
        (void) g_ptr_array_remove_fast(engine->domains, closed);
    }
    // What the loop has been asked to do with this domain comes before this.
    driver_loop_call(engine->loop, unwatch, closed);
    lxc_guest_unref(closed->guest);
    driver_failure_free(closed->refusal);
    driver_lock_clear(&closed->lock);
    driver_lock_clear(&closed->record_lock);
    g_free(closed->name);
    g_free(closed->uuid);
    g_free(closed);
}
