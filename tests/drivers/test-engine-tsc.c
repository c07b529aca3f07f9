// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The verdict on TSC frequencies against what the real QEMU and KVM of this host say, at each edge of the window.
#include "kvm-host.h"
#include "mortise-test.h"
#include "qmp-server.h"
#include "tsc-verdict.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EMULATOR "/usr/bin/qemu-system-x86_64"
/* kHz on each side of an edge: 56 frequencies in all with what lies within a kHz and far away. */
#define SWEEP 5u

/* Whether QEMU answers with a guest of that frequency; it greets before it has made its vCPUs. */
static gboolean
starts(guint64 hertz)
{
    g_autofree char *cpu = g_strdup_printf("qemu64,tsc-frequency=%" G_GUINT64_FORMAT, hertz);
    const char *arguments[] = {EMULATOR, "-S", "-nodefaults", "-no-user-config", "-display", "none",
                               "-machine", "pc", "-accel", "kvm", "-m", "16", "-cpu", cpu,
                               "-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control", NULL};
    posix_spawn_file_actions_t actions;
    g_autofree char *greeting = NULL;
    g_autofree char *answer = NULL;
    QmpServer monitor;
    const int other = qmp_server_open(&monitor);
    pid_t pid = 0;

    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, other, 3);
    CHECK_INT(posix_spawn(&pid, EMULATOR, &actions, NULL, (char **) arguments, NULL), 0);
    (void) posix_spawn_file_actions_destroy(&actions);
    (void) close(other);
    greeting = qmp_server_hear(&monitor);
    qmp_server_say(&monitor, "{\"execute\":\"qmp_capabilities\"}\n");
    answer = qmp_server_hear(&monitor);
    (void) kill(pid, SIGKILL);
    CHECK_INT(waitpid(pid, NULL, 0), pid);
    qmp_server_close(&monitor);
    return answer != NULL;
}

static void
check(guint64 hertz, const TscHost *host)
{
    const TscVerdict verdict = tsc_verdict(hertz, host, TSC_TOLERANCE_PPM).verdict;
    const gboolean started = starts(hertz);

    if (started != (verdict == TSC_COMPATIBLE)) {
        fprintf(stderr, "%" G_GUINT64_FORMAT " Hz on a host of %" G_GUINT64_FORMAT " kHz\n", hertz, host->khz);
    }
    CHECK_INT(started, verdict == TSC_COMPATIBLE);
}

/* Each kHz near an edge, and what lies within one kHz. */
static void
sweep(guint64 edge, const TscHost *host)
{
    for (guint64 khz = edge - SWEEP; khz <= edge + SWEEP; khz++) {
        check(khz * 1000, host);
        check(khz * 1000 + 999, host);
    }
    check(edge * 1000 - 1, host);
    check(edge * 1000 + 1, host);
    check(edge * 1000 + 500, host);
}

static void
test_edges(void)
{
    TscResult result;
    KvmHost host;

    kvm_host_ask(&host);
    if (host.access != KVM_USABLE || host.tsc.khz == 0 || host.tsc.scaling != 0) {
        mortise_test_skip("edges of the window", "there is no KVM with a TSC that cannot be scaled");
        return;
    }
    result = tsc_verdict(host.tsc.khz * 1000, &host.tsc, TSC_TOLERANCE_PPM);
    sweep(result.window_low, &host.tsc);
    sweep(result.window_high, &host.tsc);
    check(host.tsc.khz * 1000, &host.tsc);
    check(host.tsc.khz * 1000 + 999, &host.tsc);
    check(host.tsc.khz * 500, &host.tsc);
    check(host.tsc.khz * 2000, &host.tsc);
    check(999, &host.tsc);
    check(1000, &host.tsc);
}

static const MortiseTest tests[] = {
    {"edges of the window, by QEMU itself", test_edges},
};

int
main(void)
{
    if (access(EMULATOR, X_OK) != 0 || access(KVM_DEVICE, R_OK | W_OK) != 0) {
        mortise_test_skip("TSC against QEMU", EMULATOR " or " KVM_DEVICE " cannot be used");
        return 77;
    }
    return mortise_test_main("engine-tsc", tests, G_N_ELEMENTS(tests));
}
