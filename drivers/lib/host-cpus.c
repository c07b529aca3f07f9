// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which CPUs this host has online, and sets of them that a user asks for.
#include "host-cpus.h"

#define ONLINE "/sys/devices/system/cpu/online"

gboolean
host_cpus_online(DomainCpus *cpus)
{
    g_autofree char *text = NULL;
    g_autofree char *wrong = NULL;

    if (!g_file_get_contents(ONLINE, &text, NULL, NULL)) {
        return FALSE;
    }
    wrong = domain_cpus_parse(g_strchomp(text), cpus);
    return wrong == NULL;
}

gboolean
host_cpus_parse(const char *text, const char *object, DomainCpus *cpus, DriverFailure **failure)
{
    g_autofree char *wrong = domain_cpus_parse(text, cpus);
    g_autofree char *known = NULL;
    DomainCpus host;
    gint beyond;

    if (wrong) {
        driver_failure_set(failure, "invalid-argument", object, NULL, "%s", wrong);
        return FALSE;
    }
    if (!host_cpus_online(&host)) {
        return TRUE;
    }
    beyond = domain_cpus_first_beyond(cpus, &host);
    if (beyond >= 0) {
        known = domain_cpus_to_text(&host);
        driver_failure_set(failure, "invalid-argument", object, "Choose among the CPUs that this host has online.",
                           "'%s' has CPU %d, and this host has %s", text, beyond, known);
    }
    return beyond < 0;
}
