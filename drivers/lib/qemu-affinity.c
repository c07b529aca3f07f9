// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Affinities of an emulator's threads, by the kernel's own numbers.
#include "qemu-affinity.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

/* Rounds in which new threads are looked for: each can only come from one that was not yet changed. */
#define ROUNDS 8u

/* What a thread had before. */
typedef struct {
    gint64 thread;
    DomainCpus cpus;
} Before;

gboolean
qemu_affinity_read(gint64 thread, DomainCpus *cpus)
{
    memset(cpus, 0, sizeof(*cpus));
    return sched_getaffinity((pid_t) thread, sizeof(cpus->words), (cpu_set_t *) (void *) cpus->words) == 0;
}

static gboolean
change(gint64 thread, const DomainCpus *cpus)
{
    return sched_setaffinity((pid_t) thread, sizeof(cpus->words), (const cpu_set_t *) (const void *) cpus->words) == 0;
}

static gboolean
contains(const GArray *threads, gint64 thread)
{
    for (guint i = 0; threads && i < threads->len; i++) {
        if (g_array_index(threads, gint64, i) == thread) {
            return TRUE;
        }
    }
    return FALSE;
}

GArray *
qemu_affinity_threads(gint64 process, const GArray *without)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/task", process);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    GArray *threads = g_array_new(FALSE, FALSE, sizeof(gint64));
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        guint64 number = 0;
        if (g_ascii_string_to_unsigned(name, 10, 1, G_MAXINT32, &number, NULL) &&
            !contains(without, (gint64) number)) {
            const gint64 thread = (gint64) number;
            (void) g_array_append_val(threads, thread);
        }
    }
    return threads;
}

static void
explain(gint64 thread, const DomainCpus *cpus, int code, DriverFailure **failure)
{
    g_autofree char *text = domain_cpus_to_text(cpus);

    if (code == EPERM) {
        driver_failure_set(failure, "permission-denied", text, "Run as the emulator's user, or with CAP_SYS_NICE.",
                           "Thread %" G_GINT64_FORMAT " may not be moved: %s.", thread, g_strerror(code));
    } else if (code == EINVAL) {
        driver_failure_set(failure, "resource-busy", text, "Look at the cpuset of the emulator's control group.",
                           "Thread %" G_GINT64_FORMAT " may run on none of the CPUs %s.", thread, text);
    } else {
        driver_failure_set(failure, "internal", text, NULL, "Thread %" G_GINT64_FORMAT " could not be moved: %s.",
                           thread, g_strerror(code));
    }
}

static void
undo(const GArray *done)
{
    for (guint i = 0; i < done->len; i++) {
        const Before *before = &g_array_index(done, Before, i);
        (void) change(before->thread, &before->cpus);
    }
}

/* Changes them and notes what they had. */
static gboolean
change_all(const GArray *threads, const DomainCpus *cpus, GArray *done, DriverFailure **failure)
{
    for (guint i = 0; i < threads->len; i++) {
        Before before = {.thread = g_array_index(threads, gint64, i)};

        if (!qemu_affinity_read(before.thread, &before.cpus)) {
            continue;
        }
        if (change(before.thread, cpus)) {
            (void) g_array_append_val(done, before);
        } else if (errno != ESRCH) {
            explain(before.thread, cpus, errno, failure);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
qemu_affinity_set(gint64 process, const GArray *threads, const DomainCpus *cpus, DriverFailure **failure)
{
    g_autoptr(GArray) there = qemu_affinity_threads(process, NULL);
    g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(Before));

    // Numbers of threads are given out again: only those that are the emulator's at this moment are touched.
    for (guint i = 0; i < threads->len; i++) {
        const gint64 thread = g_array_index(threads, gint64, i);
        if (contains(there, thread)) {
            (void) g_array_append_val(wanted, thread);
        }
    }
    if (!change_all(wanted, cpus, done, failure)) {
        undo(done);
        return FALSE;
    }
    return TRUE;
}

gboolean
qemu_affinity_set_others(gint64 process, const GArray *without, const DomainCpus *cpus, DriverFailure **failure)
{
    g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(Before));
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(gint64));

    if (without) {
        (void) g_array_append_vals(seen, without->data, without->len);
    }
    for (guint round = 0; round < ROUNDS; round++) {
        g_autoptr(GArray) threads = qemu_affinity_threads(process, seen);
        if (threads->len == 0) {
            break;
        }
        if (!change_all(threads, cpus, done, failure)) {
            undo(done);
            return FALSE;
        }
        (void) g_array_append_vals(seen, threads->data, threads->len);
    }
    return TRUE;
}
