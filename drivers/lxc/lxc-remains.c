// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Removing what a container has left: its control groups, its network devices, liblxc's files, its directory.
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-engine.h"
#include "lxc-network.h"

/* How long processes may take that are just being killed by the kernel. */
#define PATIENCE (5 * G_USEC_PER_SEC)

/* liblxc keeps a lock file for each container that it has heard of. */
static void
remove_liblxc_lock(const char *group)
{
    g_autofree char *name = g_strconcat(".", group, NULL);
    g_autofree char *path = g_build_filename(geteuid() == 0 ? "/run" : g_get_user_runtime_dir(), "lxc/lock",
                                             HELPER_LXC_PATH, name, NULL);

    (void) unlink(path);
}

/* It lets its lock go and says its last word before it has left its control groups, which could not be removed yet. */
static void
await_monitor(const LxcGuest *guest)
{
    LxcEvents events;
    int monitor;

    lxc_events_read(&events, guest->directory.fd);
    monitor = process_identity_open(events.monitor.pid > 0 ? &events.monitor : &guest->record->monitor);
    if (monitor >= 0) {
        (void) process_has_ended(monitor, g_get_monotonic_time() + PATIENCE);
        (void) close(monitor);
    }
    if (events.ended && guest->directory.lock < 0) {
        // Nor may the one that started it for an owner who is gone be there any more, and make files.
        run_directory_wait(&guest->directory);
    }
}

void
lxc_remove_remains(const LxcEngine *engine, const LxcGuest *guest, const char *uuid)
{
    if (guest->directory.fd >= 0) {
        await_monitor(guest);
    }
    // The kernel kills an init with its monitor, but not one that has changed its user.
    if (!lxc_cgroup_kill(engine->cgroups, guest->record->place, g_get_monotonic_time() + PATIENCE)) {
        lxc_log(engine->driver, MORTISE_LOG_WARNING, "processes of a container whose monitor has ended do not end");
    }
    lxc_network_remove(engine, uuid, guest->record);
    lxc_cgroup_remove(engine->cgroups, guest->record->place);
    if (guest->directory.fd >= 0) {
        remove_liblxc_lock(guest->record->group);
        run_directory_remove(&guest->directory);
    }
}
