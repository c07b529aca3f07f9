// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a guest's vCPUs are: decided from what QEMU reports and what /proc shows, never from the configuration.
#pragma once

#include <glib.h>
#include <sys/types.h>

/* What /proc says of one thread of the emulator. */
typedef struct {
    gint64 thread;
    char *name;            /* comm: "CPU 0/KVM", "CPU 1/TCG", "ALL CPUs/TCG" */
    char state;            /* of stat: 'R', 'S', ... */
    gint cpu;              /* host CPU it ran on last; -1: not known */
    gint64 cpu_time;       /* nanoseconds; -1: not known */
    char *affinity;        /* "0-3,5"; NULL: not known */
} QemuThread;

/* What was seen of one vCPU. */
typedef struct {
    guint id;
    gint64 thread;         /* as QEMU reports it; -1: none */
    const QemuThread *seen;    /* the thread under /proc; NULL: it is not there */
} QemuVcpuSeen;

typedef struct {
    guint model;           /* MORTISE_VCPU_MODEL_... */
    gboolean pinnable;
    char reason[256];      /* how it was found, or why vCPUs cannot be pinned */
} QemuVcpuVerdict;

/*
 * The decision; pure. A thread id that is the emulator's main process, that two vCPUs share, or that is no thread of
 * the emulator, makes the ids of the whole domain unusable. With one vCPU a thread that could serve more of them is
 * still its own: the decision is taken again for each report.
 */
void qemu_vcpu_decide(gint64 main_process, const QemuVcpuSeen *vcpus, guint count, QemuVcpuVerdict *verdict);

/* The thread of a process as /proc shows it; NULL when it is not there. To be freed. */
QemuThread *qemu_thread_read(gint64 process, gint64 thread);
void qemu_thread_free(QemuThread *thread);

/* CPU time of a whole process in nanoseconds: total, and its two parts by the kernel's ticks. FALSE: not there. */
gboolean qemu_process_times(gint64 process, guint64 *total, guint64 *user, guint64 *system);
/* Resident memory in KiB; 0: not known. */
guint64 qemu_process_resident(gint64 process);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuThread, qemu_thread_free)
