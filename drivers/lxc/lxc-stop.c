// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Ending a container at once: its init is killed, and its monitor cleans up.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-engine.h"

/* How long a monitor may take to clean up before it is killed as well. */
#define PATIENCE (10 * G_USEC_PER_SEC)

/* Waits until no container is left; a new init is killed as the one before. */
static gboolean
await_idle(LxcDomain *domain, gint64 deadline)
{
    ProcessIdentity killed = {0, 0};
    gboolean in_time = TRUE;

    while (in_time && !lxc_engine_is_interrupted(domain->engine)) {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->phase == LXC_IDLE) {
            return TRUE;
        }
        if ((domain->phase == LXC_ACTIVE || domain->phase == LXC_SETTLING) &&
            domain->guest->record->init.pid != killed.pid && domain->guest->init >= 0) {
            killed = domain->guest->record->init;
            (void) process_signal(domain->guest->init, SIGKILL);
        }
        in_time = driver_lock_wait(&domain->lock, deadline);
    }
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == LXC_IDLE;
}

/* Before the signal: whoever finds the container ended knows that it was meant, and nobody starts it again. */
static void
announce_stop(LxcDomain *domain, LxcGuest *guest)
{
    const int fd = openat(guest->directory.fd, HELPER_STOP, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        (void) close(fd);
    }
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        guest->record->phase = LXC_RECORD_STOPPING;
    }
    (void) lxc_domain_keep(domain, guest->record);
}

static LxcGuest *
begin_stop(LxcDomain *domain, gint64 deadline, DriverFailure **failure)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    while ((domain->phase == LXC_UNCLEAR || domain->phase == LXC_ENDING) && driver_lock_wait(&domain->lock, deadline)) {
        continue;
    }
    if (domain->refusal != NULL) {
        driver_failure_set(failure, domain->refusal->reason, domain->name, domain->refusal->hint, "%s",
                           domain->refusal->message);
        return NULL;
    }
    // Nothing that is being undone keeps it from ending.
    if (domain->phase != LXC_ACTIVE && domain->phase != LXC_SETTLING) {
        return NULL;
    }
    domain->destroying = TRUE;
    return lxc_guest_ref(domain->guest);
}

static void
kill_init(LxcDomain *domain, const LxcGuest *guest, gboolean graceful, gint64 deadline)
{
    const int init = lxc_domain_open_init(domain, guest);

    if (init < 0) {
        return;
    }
    if (graceful) {
        (void) process_signal(init, SIGTERM);
        (void) process_has_ended(init, MIN(deadline, g_get_monotonic_time() + PATIENCE / 2));
    }
    (void) process_signal(init, SIGKILL);
    (void) close(init);
}

MortiseResult
lxc_stop(void *domain, uint32_t flags)
{
    LxcDomain *stopped = domain;
    const LxcEngine *engine = stopped->engine;
    const gint64 deadline = lxc_deadline(engine->driver);
    DriverFailure *failure = NULL;
    g_autoptr(LxcGuest) guest = begin_stop(stopped, deadline, &failure);

    if (failure != NULL) {
        return lxc_fail(engine->driver, failure);
    }
    if (guest == NULL) {
        return MORTISE_OK;
    }
    announce_stop(stopped, guest);
    kill_init(stopped, guest, (flags & MORTISE_STOP_GRACEFUL) != 0, deadline);
    // In version 1 of control groups, what is frozen cannot even be killed.
    if (stopped->paused) {
        (void) lxc_cgroup_freeze(engine->cgroups, guest->record->place, FALSE, deadline, NULL);
    }
    if (await_idle(stopped, MIN(deadline, g_get_monotonic_time() + PATIENCE))) {
        return MORTISE_OK;
    }
    if (guest->monitor >= 0) {
        (void) process_signal(guest->monitor, SIGKILL);
    }
    if (await_idle(stopped, deadline)) {
        return MORTISE_OK;
    }
    driver_failure_set(&failure, "timeout", stopped->name,
                       "It was killed, and the kernel holds it: a disk or network file system may hang.",
                       "The container %s has not ended in time.", stopped->name);
    return lxc_fail(engine->driver, failure);
}
