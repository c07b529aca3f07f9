// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which events are wanted, by the names that virsh users know where there are such.
#include "mortise-event-filter.h"

#include <string.h>

#define GUEST_PREFIX "guest:"

const char *const *
event_filter_names(void)
{
    /* lifecycle is defined, undefined and state together, migration its three; from reboot on they are reasons. */
    static const char *const names[] = {
        "lifecycle", "defined", "undefined", "state",    "guest",      "hung",     "recovered", "resync",
        "migration", "migration-started", "migration-completed", "migration-failed", "reboot", "reset", "watchdog",
        "io-error", "rtc-change", "panicked", "device-added", "device-removed", "device-changed", NULL,
    };
    return names;
}

gboolean
event_filter_knows(const char *name)
{
    return g_strv_contains(event_filter_names(), name)
           || (g_str_has_prefix(name, GUEST_PREFIX) && name[strlen(GUEST_PREFIX)] != '\0');
}

static gboolean
matches_name(const char *name, const MortiseEvent *event)
{
    if (g_str_equal(name, mortise_event_kind_to_string(event->kind))) {
        return TRUE;
    }
    if (g_str_equal(name, "lifecycle")) {
        return event->kind == MORTISE_EVENT_KIND_DEFINED || event->kind == MORTISE_EVENT_KIND_UNDEFINED
               || event->kind == MORTISE_EVENT_KIND_STATE;
    }
    if (g_str_equal(name, "migration")) {
        return event->kind >= MORTISE_EVENT_KIND_MIGRATION_STARTED
               && event->kind <= MORTISE_EVENT_KIND_MIGRATION_FAILED;
    }
    const char *word = g_str_has_prefix(name, GUEST_PREFIX) ? name + strlen(GUEST_PREFIX) : name;
    return event->kind == MORTISE_EVENT_KIND_GUEST && g_strcmp0(event->reason, word) == 0;
}

gboolean
event_filter_matches(const EventFilter *self, const MortiseEvent *event)
{
    if (event->kind == MORTISE_EVENT_KIND_RESYNC) {
        return TRUE;
    }
    if (self->uuid != NULL && g_strcmp0(self->uuid, event->uuid) != 0) {
        return FALSE;
    }
    return self->name == NULL || matches_name(self->name, event);
}
