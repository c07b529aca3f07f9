// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A container that was adopted in the middle of a change: settled by the loop before anything else is done with it.
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-device.h"

static void
close_one(int *fd)
{
    if (*fd >= 0) {
        (void) close(*fd);
        *fd = -1;
    }
}

void
lxc_settle_unwatch(LxcDomain *domain)
{
    driver_loop_unwatch(&domain->change_watch);
    close_one(&domain->change_events);
    close_one(&domain->change_lock);
}

/* The container as it is now; no failure of the record changes what is in it. */
static LxcChange
change_of(LxcDomain *domain)
{
    LxcChange change = {.domain = domain, .interrupt = -1, .lock = -1};

    DRIVER_LOCK_SCOPE(&domain->lock);
    change.guest = lxc_guest_ref(domain->guest);
    change.init = domain->guest->record->init;
    return change;
}

static void
finish(LxcDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    if (domain->phase == LXC_SETTLING) {
        domain->phase = LXC_ACTIVE;
        driver_lock_announce(&domain->lock);
    }
}

/* Nobody else is at it. */
static void
settle(LxcDomain *domain, const LxcChange *change)
{
    DriverFailure *failure = NULL;
    const LxcOutcome outcome = lxc_change_settle(change, &failure);

    if (failure != NULL) {
        lxc_log(domain->engine->driver, MORTISE_LOG_WARNING, "what was being changed of %s is not undone: %s",
                domain->name, failure->message);
        driver_failure_free(failure);
    }
    // The init that comes next, or the end, is seen by others here.
    if (outcome != LXC_CHANGE_AGAIN) {
        finish(domain);
    }
}

/* A helper of who was killed was at it yet. */
static gboolean
handle_closed(int fd, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    LxcDomain *domain = data;
    char buffer[4096];

    while (read(fd, buffer, sizeof(buffer)) > 0) {
        continue;
    }
    // The kernel tells of the closing a moment before it gives the lock up.
    (void) flock(domain->change_lock, LOCK_EX);
    lxc_settle(domain);
    return domain->change_watch != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
watch(LxcDomain *domain, const LxcChange *change)
{
    g_autofree char *path = g_build_filename(change->guest->directory.path, HELPER_CHANGE, NULL);

    if (domain->change_watch != NULL) {
        return TRUE;
    }
    domain->change_events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (domain->change_events < 0 || inotify_add_watch(domain->change_events, path, IN_CLOSE_WRITE) < 0) {
        return FALSE;
    }
    domain->change_watch = driver_loop_watch(domain->engine->loop, domain->change_events, G_IO_IN, handle_closed,
                                             domain);
    return TRUE;
}

static gboolean
is_settling(LxcDomain *domain)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return domain->phase == LXC_SETTLING;
}

/* Whether nobody else is at it; else the end of that is watched, if that can be. */
static gboolean
take_lock(LxcDomain *domain, LxcChange *change)
{
    if (domain->change_lock < 0) {
        domain->change_lock = lxc_change_open_lock(change->guest);
    }
    // Asked once more when the watch is there: what happened before has told nobody.
    if (flock(domain->change_lock, LOCK_EX | LOCK_NB) != 0 &&
        (!watch(domain, change) || flock(domain->change_lock, LOCK_EX | LOCK_NB) != 0)) {
        return FALSE;
    }
    change->lock = domain->change_lock;
    domain->change_lock = -1;
    lxc_settle_unwatch(domain);
    return TRUE;
}

void
lxc_settle(gpointer data)
{
    LxcDomain *domain = data;
    g_auto(LxcChange) change = {.lock = -1};

    if (!is_settling(domain)) {
        return;
    }
    change = change_of(domain);
    if (take_lock(domain, &change)) {
        settle(domain, &change);
    } else if (domain->change_watch == NULL) {
        lxc_settle_unwatch(domain);
        lxc_log(domain->engine->driver, MORTISE_LOG_WARNING,
                "what was being changed of %s is not undone: its directory cannot be watched", domain->name);
        finish(domain);
    }
}

void
lxc_settle_foretell(LxcDomain *domain)
{
    g_auto(LxcChange) change = change_of(domain);

    if (change.guest->record->change != NULL) {
        domain->engine->driver->host->domain_live_xml(domain->host, lxc_change_foretell(&change));
    }
}

void
lxc_settle_later(LxcDomain *domain)
{
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->phase != LXC_ACTIVE) {
            return;
        }
        domain->phase = LXC_SETTLING;
    }
    driver_loop_run(domain->engine->loop, lxc_settle, domain);
}
