// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Why a container could not be started, made of what liblxc has logged.
#include <string.h>

#include "lxc-engine.h"

#define TOLD_AT_MOST 3u

typedef struct {
    const char *words;     /* in a line of the log */
    const char *reason;
    const char *hint;
} KnownCause;

/* Words of liblxc 4 to 6. */
static const KnownCause known_causes[] = {
    {"Failed to exec", "file-missing",
     "Check the program of <init>, and that its interpreter and libraries are in the container's root."},
    {"allow_incomplete", "host-unsupported",
     "AppArmor is on, and cannot be asked: mount -t securityfs securityfs /sys/kernel/security"},
    {"AppArmor profile", "host-unsupported",
     "Load liblxc's profiles (Debian: apparmor, liblxc-common): apparmor_parser -r /etc/apparmor.d/lxc-containers"},
    {"change directory", "file-missing", "Check <initdir>: it has to be a directory of the container."},
    {"symbolic link", "file-error", "Check the targets of <filesystem>: nothing is mounted on the container's links."},
    {"Failed to attach", "no-device", "Check that the bridge exists and takes ports: ip -d link show BRIDGE"},
    {"Failed to create network", "host-unsupported", "Check the <interface> elements."},
    {"Failed to create veth", "resource-busy", "A device of that name may exist: ip link"},
    {"Failed to create macvlan", "host-unsupported", "The device may be in use by a bridge, or the module is missing."},
    {"mount the root", "file-error", "Check the root filesystem of the definition."},
    {"Failed to mount", "file-error", "Check the <filesystem> elements of the definition."},
    {"mount entries", "file-error", "Check the <filesystem> elements of the definition."},
    {"under no limit", "host-unsupported", "Start it as root, by lxc:///system."},
    {"The route '", "invalid-argument",
     "A gateway has to be in a network of the container's <ip> addresses, of an interface whose link is up."},
    {"limits", "host-unsupported", "Check <memtune>, <cputune>, <blkiotune> and the CPUs of <vcpu>."},
    {"idmap", "permission-denied", "Check <idmap>, /etc/subuid and /etc/subgid."},
    {"id mappings", "permission-denied", "Check <idmap>, /etc/subuid and /etc/subgid."},
    {"capabilit", "host-unsupported", "Check <features><capabilities>."},
    {"clone", "host-unsupported", "The kernel refused namespaces; see 'mortise doctor'."},
};

/* "FUNCTION:LINE - MESSAGE" of a line of the log, without its head; NULL when it is no error. */
static const char *
message_of(const char *line)
{
    const char *at = strstr(line, " ERROR ");
    const char *message = at != NULL ? strstr(at, ".c:") : NULL;

    message = message != NULL ? strstr(message, " - ") : NULL;
    return message != NULL ? message + 3 : NULL;
}

static gboolean
is_noise(const char *message)
{
    return strstr(message, "An error occurred in another process") != NULL ||
           strstr(message, "Failed to spawn") != NULL;
}

/* What follows from a cause that is in the log before it. */
static gboolean
is_consequence(const char *message)
{
    return strstr(message, "Script exited with status") != NULL || strstr(message, "Failed to run lxc.hook") != NULL;
}

static const KnownCause *
find_cause(const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(known_causes); i++) {
        if (strstr(text, known_causes[i].words) != NULL) {
            return &known_causes[i];
        }
    }
    return NULL;
}

void
lxc_explain(const LxcDefinition *definition, const char *log, DriverFailure **failure)
{
    g_autofree char *text = NULL;
    g_autoptr(GString) told = g_string_new(NULL);
    g_auto(GStrv) lines = NULL;
    const KnownCause *cause;
    guint count = 0;

    // What we know ourselves (a deadline that has passed) is not a matter of the log.
    if (*failure == NULL || !g_str_equal((*failure)->reason, "program-failed") ||
        !g_file_get_contents(log, &text, NULL, NULL)) {
        return;
    }
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL && count < TOLD_AT_MOST; i++) {
        const char *message = message_of(lines[i]);
        if (message != NULL && !is_noise(message) && (count == 0 || !is_consequence(message))) {
            g_string_append_printf(told, "%s%s", count++ > 0 ? "; " : "", message);
        }
    }
    cause = find_cause(told->str);
    driver_failure_free(g_steal_pointer(failure));
    driver_failure_set(failure, cause != NULL ? cause->reason : "driver-failed", definition->base->name,
                       cause != NULL ? cause->hint : "The container's log has all that liblxc said.",
                       "liblxc could not start %s: %s. Its log is %s.", definition->base->name,
                       count > 0 ? told->str : "it said nothing", log);
}
