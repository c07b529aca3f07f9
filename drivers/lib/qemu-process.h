// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting an emulator under its guest keeper; see keeper/keeper-protocol.h for what the two agree on.
#pragma once

#include "domain-definition.h"
#include "process-identity.h"
#include "qemu-monitor-socket.h"

/* Numbers of the emulator's descriptors, for its command line. */
#define QEMU_FD_KEEPER 8
#define QEMU_FD_MONITOR 9
#define QEMU_FD_NETWORK 10     /* and on: queues of taps */

/* What to start. Plain data, borrowed for the call. */
typedef struct {
    const char *keeper;                /* path of the keeper program */
    char **arguments;                  /* of the emulator; [0] is its path */
    char **environment;                /* additions to the small one that it gets */
    const DomainEndActions *end;
    const RunDirectory *directory;    /* with its lock taken */
    const char *log;                   /* path of the emulator's log; made when missing */
    const int *queues;                 /* of taps; stay the caller's */
    guint queue_count;
    int *listening;                    /* gets the starter's own descriptor of the monitor's socket; NULL: not wanted */
} QemuLaunch;

/*
 * Starts keeper and emulator. The socket returned in `*control` is the starter's hold on them: when it is closed
 * before qemu_process_commit(), in whatever way the starter ends, the keeper kills the emulator and ends. Returns
 * when the keeper was executed, before the emulator is. FALSE with reason "program-failed" or "file-error". [blocks
 * for the time of an exec]
 */
gboolean qemu_process_launch(const QemuLaunch *launch, int *control, DriverFailure **failure);

/*
 * Waits until the emulator was executed, and tells who the two are. FALSE with reason "program-missing",
 * "permission-denied" or "program-failed" when it could not be executed, "timeout" at the deadline and "cancelled"
 * when `interrupt` (a descriptor, -1: none) becomes readable. [blocks]
 */
gboolean qemu_process_await(int control, int interrupt, gint64 deadline, const char *emulator_path,
                            ProcessIdentity *emulator, ProcessIdentity *keeper, DriverFailure **failure);

/*
 * From here on the guest lives on without its starter: its death comes too late to undo it. FALSE with reason
 * "monitor-closed" when the keeper is gone.
 */
gboolean qemu_process_commit(int control, DriverFailure **failure);
/*
 * Waits until the keeper has written the commit down, so that whoever looks next finds it. FALSE with reason
 * "monitor-closed" when keeper or emulator are gone, "timeout" when the keeper hangs. [blocks]
 */
gboolean qemu_process_confirm(int control, gint64 deadline, DriverFailure **failure);
