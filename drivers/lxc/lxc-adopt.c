// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding a container again that another process of ours has started: from its record and its monitor's file, at once.
#include <fcntl.h>
#include <unistd.h>

#include "driver-host.h"
#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-engine.h"

static LxcGuest *
find_guest(const LxcDomain *domain, LxcRecord *record)
{
    RunDirectory directory = {.fd = -1, .lock = -1};

    if (g_str_equal(record->boot, domain->engine->boot)) {
        (void) run_directory_open(&directory, domain->engine->run_directory, record->directory);
    }
    return lxc_guest_new(record, &directory);
}

void
lxc_activate(LxcDomain *domain, const LxcEvents *events, const char *reason)
{
    LxcGuest *guest = domain->guest;

    DRIVER_LOCK_SCOPE(&domain->lock);
    guest->record->phase = LXC_RECORD_RUNNING;
    if (events->monitor.pid > 0) {
        guest->record->monitor = events->monitor;
        guest->record->init = lxc_events_init(events);
    }
    guest->monitor = process_identity_open(&guest->record->monitor);
    guest->init = process_identity_open(&guest->record->init);
    domain->paused = lxc_cgroup_is_frozen(domain->engine->cgroups, guest->record->place);
    // Also where the owner who has resumed it died before writing that down.
    guest->record->held &= domain->paused || faccessat(guest->directory.fd, HELPER_PAUSED, F_OK, 0) == 0;
    domain->phase = guest->record->change != NULL ? LXC_SETTLING : LXC_ACTIVE;
    if (domain->paused) {
        reason = guest->record->held ? "starting-up" : "user";
    }
    lxc_domain_publish(domain, reason, NULL);
    driver_lock_announce(&domain->lock);
    if (guest->record->xml != NULL) {
        domain->engine->driver->host->domain_live_xml(domain->host, guest->record->xml);
    }
}

static void
refuse(LxcDomain *domain, DriverFailure *failure)
{
    domain->refusal = failure;
    driver_host_unknown(domain->engine->driver->host, domain->host, failure->reason, failure->message);
}

static void
tell_unclear(const LxcDomain *domain)
{
    driver_host_unknown(domain->engine->driver->host, domain->host, "starting-up",
                        "Who started it is gone, and the start itself goes on.");
}

/* The end is told at once; what is left is removed by the loop. */
static void
tell_ended(const LxcDomain *domain, const LxcEvents *events)
{
    g_autofree char *detail = NULL;
    MortiseDomainStatus status = {.struct_size = sizeof(status), .id = -1};

    status.reason = lxc_events_end(events, domain->guest->record->phase == LXC_RECORD_STOPPING, &status.state, &detail);
    status.detail = detail;
    domain->engine->driver->host->domain_status(domain->host, &status);
}

/* What a start that was cut off before its first record left: nothing, or a directory. */
static LxcRecord *
find_remains(const LxcDomain *domain)
{
    g_autofree char *name = run_directory_find(domain->engine->run_directory, domain->uuid);
    LxcRecord *record;

    if (name == NULL) {
        return NULL;
    }
    record = lxc_record_new();
    record->boot = g_strdup(domain->engine->boot);
    record->directory = g_steal_pointer(&name);
    record->group = lxc_config_group(domain->uuid, domain->engine->run_directory);
    record->place = lxc_cgroup_place(domain->engine->cgroups, record->group);
    return record;
}

void
lxc_adopt(LxcDomain *domain, const char *running_state)
{
    DriverFailure *failure = NULL;
    LxcRecord *record = running_state != NULL ? lxc_record_parse(running_state, &failure) : find_remains(domain);
    DriverLoopFunction next;
    LxcEvents events;

    if (failure != NULL) {
        refuse(domain, failure);
        return;
    }
    if (record == NULL) {
        return;
    }
    domain->guest = find_guest(domain, record);
    lxc_events_read(&events, domain->guest->directory.fd);
    if (domain->guest->directory.fd < 0 || events.ended || !run_directory_is_held(&domain->guest->directory)) {
        domain->phase = LXC_ENDING;
        tell_ended(domain, &events);
        next = lxc_domain_end;
    } else if (record->phase == LXC_RECORD_STARTING && events.init == 0) {
        domain->phase = LXC_UNCLEAR;
        tell_unclear(domain);
        next = lxc_domain_watch_unclear;
    } else {
        lxc_activate(domain, &events, "booted");
        lxc_settle_foretell(domain);
        next = lxc_domain_watch;
    }
    driver_loop_run(domain->engine->loop, next, domain);
}
