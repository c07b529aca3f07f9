// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// On which host CPUs threads of an emulator may run: read, and changed as a whole or not at all.
#pragma once

#include <sys/types.h>

#include "domain-cpus.h"
#include "failure.h"

/* The affinity of a thread; FALSE when it is gone. */
gboolean qemu_affinity_read(gint64 thread, DomainCpus *cpus);

/* gint64: the threads of a process that are not in `without` (gint64; may be NULL). */
GArray *qemu_affinity_threads(gint64 process, const GArray *without);

/*
 * Gives those threads (gint64) of a process that affinity. One that has ended meanwhile is passed over. FALSE with
 * "permission-denied", "resource-busy" (the kernel allows none of these CPUs) or "internal", and every thread has the
 * affinity that it had.
 */
gboolean qemu_affinity_set(gint64 process, const GArray *threads, const DomainCpus *cpus, DriverFailure **failure);
/* The same for all threads of the process but those, and for what they start meanwhile. */
gboolean qemu_affinity_set_others(gint64 process, const GArray *without, const DomainCpus *cpus,
                                  DriverFailure **failure);
