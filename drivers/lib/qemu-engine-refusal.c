// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Why an emulator ended while it was started, in words that a person can act on.
#include "qemu-engine-start.h"

#include <string.h>

#define LAST_LINES 5u

typedef struct {
    const char *words;     /* in what the emulator printed */
    const char *hint;
} KnownRefusal;

/* QEMU's own words, as version 7.2 prints them. */
static const KnownRefusal known_refusals[] = {
    {"TSC frequency mismatch",
     "This host cannot run the TSC at the requested frequency; remove <timer name='tsc' frequency=...> or choose "
     "another host."},
    {"failed to set MSR",
     "KVM of this host refuses that CPU; choose a CPU model with less features, such as qemu64."},
    {"Could not access KVM",
     "KVM is not usable here; see 'mortise doctor', or use a domain of type 'qemu', which needs no KVM."},
    {"failed to initialize kvm",
     "KVM is not usable here; see 'mortise doctor', or use a domain of type 'qemu', which needs no KVM."},
    {"kvm_init_vcpu",
     "KVM of this host refuses that CPU; choose a CPU model with less features, such as qemu64."},
    {"Host doesn't support requested feature",
     "The host's CPU or KVM lacks a feature of that CPU model; choose another <cpu>."},
    {"unable to find CPU model",
     "Correct <cpu><model>; the emulator lists what it knows with: -cpu help."},
    {"unsupported machine type",
     "Correct <type machine=...>; the emulator lists what it knows with: -machine help."},
    {"Failed to get \"write\" lock",
     "Another guest or program uses that disk image; end it, or give this domain an image of its own."},
    {"Failed to get shared \"write\" lock",
     "Another guest or program uses that disk image; end it, or give this domain an image of its own."},
    {"cannot set up guest memory",
     "The host has not enough memory for this guest; give it less <memory> or end something else."},
    {"Permission denied", "Check the permissions of the file that is named."},
    {"Address already in use", "Another program uses that port; correct <graphics port=...>, or use autoport='yes'."},
};

static const char *
hint_for(const char *output)
{
    for (guint i = 0; i < G_N_ELEMENTS(known_refusals); i++) {
        if (strstr(output, known_refusals[i].words)) {
            return known_refusals[i].hint;
        }
    }
    return "The domain's log has all that the emulator said.";
}

void
qemu_start_explain(const QemuStart *start, DriverFailure **failure)
{
    g_autofree char *words = NULL;
    g_autofree char *how = NULL;
    QemuEventsLog log;

    qemu_events_log_read(&log, start->guest->directory.fd);
    // Only when it ended by itself: its monitor was closed, or its keeper gone, and we had not killed it.
    if (*failure && g_str_equal((*failure)->reason, "monitor-closed") && log.ended && !log.aborted) {
        words = qemu_events_log_last_words(&log, LAST_LINES);
        how = log.signal ? g_strdup_printf("signal %d (%s)", log.signal, g_strsignal(log.signal))
                         : g_strdup_printf("exit status %d", log.status);
        driver_failure_free(g_steal_pointer(failure));
        driver_failure_set(failure, "emulator-ended", start->command->arguments[0], hint_for(log.output),
                           "The emulator %s ended while it started %s (%s): %s. Its log is %s.",
                           start->command->arguments[0], start->domain->name, how,
                           *words ? words : "it said nothing", start->log);
    }
    qemu_events_log_clear(&log);
}
