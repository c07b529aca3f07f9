// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the loop sees of containers: monitors that end, inits that are followed by others, starts without their owner.
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "lxc-engine.h"

static gboolean handle_init(int fd, GIOCondition ready, gpointer data);
static gboolean handle_monitor(int fd, GIOCondition ready, gpointer data);

static void
stop_directory(LxcDomain *domain)
{
    driver_loop_unwatch(&domain->directory_watch);
    if (domain->directory_events >= 0) {
        (void) close(domain->directory_events);
        domain->directory_events = -1;
    }
}

void
lxc_domain_unwatch(LxcDomain *domain)
{
    driver_loop_unwatch(&domain->monitor_watch);
    driver_loop_unwatch(&domain->init_watch);
    stop_directory(domain);
    lxc_settle_unwatch(domain);
}

static void
begin_end(LxcDomain *domain)
{
    lxc_domain_set_phase(domain, LXC_ENDING);
    lxc_domain_end(domain);
}

static gboolean
handle_monitor(int fd G_GNUC_UNUSED, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    begin_end(data);
    return G_SOURCE_REMOVE;
}

/* The init of another life is there: it is kept, told and watched. */
static void
take_init(LxcDomain *domain, const LxcEvents *events)
{
    LxcGuest *guest = domain->guest;
    const ProcessIdentity init = lxc_events_init(events);
    const int pidfd = process_identity_open(&init);

    stop_directory(domain);
    driver_loop_unwatch(&domain->init_watch);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (guest->init >= 0) {
            (void) close(guest->init);
        }
        guest->init = pidfd;
        guest->record->init = init;
        domain->paused = FALSE;
        guest->record->held = FALSE;
        lxc_domain_publish(domain, "booted", NULL);
        driver_lock_announce(&domain->lock);
    }
    (void) lxc_domain_keep(domain, guest->record);
    domain->engine->driver->host->domain_event(domain->host, "reboot", NULL);
    if (pidfd >= 0) {
        domain->init_watch = driver_loop_watch(domain->engine->loop, pidfd, G_IO_IN, handle_init, domain);
    } else {
        // It has ended already, and yet another one may follow.
        (void) handle_init(-1, G_IO_IN, domain);
    }
    lxc_settle(domain);
}

static void
look_for_init(LxcDomain *domain)
{
    LxcEvents events;

    lxc_events_read(&events, domain->guest->directory.fd);
    if (events.init > 0 && events.init != domain->guest->record->init.pid) {
        take_init(domain, &events);
    }
}

static void
drain(int fd)
{
    char buffer[4096];

    while (read(fd, buffer, sizeof(buffer)) > 0) {
        continue;
    }
}

static gboolean
handle_new_life(int fd, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    LxcDomain *domain = data;

    drain(fd);
    look_for_init(domain);
    return domain->directory_watch != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
watch_directory(LxcDomain *domain, guint changes, DriverLoopWatch function)
{
    domain->directory_events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (domain->directory_events < 0 ||
        inotify_add_watch(domain->directory_events, domain->guest->directory.path, changes) < 0) {
        lxc_log(domain->engine->driver, MORTISE_LOG_WARNING,
                "the directory of %s cannot be watched: raise fs.inotify.max_user_instances", domain->name);
        return FALSE;
    }
    domain->directory_watch = driver_loop_watch(domain->engine->loop, domain->directory_events, G_IO_IN, function,
                                                domain);
    return TRUE;
}

/* An init has ended: either all ends, which its monitor tells, or another one follows. */
static gboolean
handle_init(int fd G_GNUC_UNUSED, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    LxcDomain *domain = data;

    // liblxc waits for ever for what was killed before it was executed.
    if (domain->guest->record->held && domain->guest->monitor >= 0) {
        (void) process_signal(domain->guest->monitor, SIGKILL);
        return G_SOURCE_REMOVE;
    }
    if (watch_directory(domain, IN_MODIFY, handle_new_life)) {
        // What happened before the watch was there has told nobody.
        look_for_init(domain);
    }
    return G_SOURCE_REMOVE;
}

void
lxc_domain_watch(gpointer data)
{
    LxcDomain *domain = data;
    LxcGuest *guest = domain->guest;

    if (guest->monitor < 0) {
        begin_end(domain);
        return;
    }
    domain->monitor_watch = driver_loop_watch(domain->engine->loop, guest->monitor, G_IO_IN, handle_monitor, domain);
    if (guest->init >= 0) {
        domain->init_watch = driver_loop_watch(domain->engine->loop, guest->init, G_IO_IN, handle_init, domain);
    } else {
        (void) handle_init(-1, G_IO_IN, domain);
    }
    lxc_settle(domain);
}

static void
look_again(LxcDomain *domain, gboolean lock_closed)
{
    LxcGuest *guest = domain->guest;
    LxcEvents events;

    if (lock_closed) {
        // The kernel tells of the closing a moment before it gives the lock up.
        run_directory_wait(&guest->directory);
    }
    lxc_events_read(&events, guest->directory.fd);
    if (!run_directory_is_held(&guest->directory)) {
        lxc_domain_unwatch(domain);
        begin_end(domain);
    } else if (events.init > 0 && events.monitor.pid > 0) {
        lxc_domain_unwatch(domain);
        lxc_activate(domain, &events, "booted");
        lxc_domain_watch(domain);
    }
}

/* Whether one of the events says that the lock's last holder closes it. */
static gboolean
lock_is_closed(int fd)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    gboolean closed = FALSE;
    gssize length;

    while ((length = read(fd, buffer, sizeof(buffer))) > 0) {
        for (gssize at = 0; at < length;) {
            const struct inotify_event *event = (const struct inotify_event *) (const void *) (buffer + at);
            closed |= (event->mask & IN_CLOSE_WRITE) && event->len > 0 && strcmp(event->name, "lock") == 0;
            at += (gssize) (sizeof(*event) + event->len);
        }
    }
    return closed;
}

static gboolean
handle_unclear(int fd, GIOCondition ready G_GNUC_UNUSED, gpointer data)
{
    LxcDomain *domain = data;

    look_again(domain, lock_is_closed(fd));
    return domain->directory_watch != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
lxc_domain_watch_unclear(gpointer data)
{
    LxcDomain *domain = data;

    if (watch_directory(domain, IN_MODIFY | IN_CLOSE_WRITE, handle_unclear)) {
        look_again(domain, FALSE);
    }
}

static void
tell_end(LxcDomain *domain, const LxcEvents *events)
{
    const MortiseHost *host = domain->engine->driver->host;
    g_autofree char *detail = NULL;
    MortiseDomainStatus status = {.struct_size = sizeof(status), .id = -1};

    DRIVER_LOCK_SCOPE(&domain->lock);
    status.reason = lxc_events_end(events, domain->destroying || domain->guest->record->phase == LXC_RECORD_STOPPING,
                                   &status.state, &detail);
    status.detail = detail;
    host->domain_status(domain->host, &status);
}

void
lxc_domain_end(gpointer data)
{
    LxcDomain *domain = data;
    LxcEngine *engine = domain->engine;
    g_autoptr(LxcGuest) guest = NULL;
    LxcEvents events;

    lxc_domain_unwatch(domain);
    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        guest = lxc_guest_ref(domain->guest);
    }
    lxc_events_read(&events, guest->directory.fd);
    lxc_remove_remains(engine, guest, domain->uuid);
    if (!lxc_domain_keep(domain, NULL)) {
        lxc_log(engine->driver, MORTISE_LOG_WARNING, "%s has ended, and its running state could not be removed",
                domain->name);
    }
    engine->driver->host->domain_live_xml(domain->host, NULL);
    tell_end(domain, &events);
    DRIVER_LOCK_SCOPE(&domain->lock);
    lxc_guest_unref(g_steal_pointer(&domain->guest));
    domain->destroying = FALSE;
    domain->paused = FALSE;
    domain->phase = LXC_IDLE;
    driver_lock_announce(&domain->lock);
}
