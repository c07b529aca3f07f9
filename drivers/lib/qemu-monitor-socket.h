// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The main monitor's socket in the run directory of a QEMU guest, and what else may be there.
#pragma once

#include "run-directory.h"

/*
 *   m                     socket of the main monitor
 *   events.log, reboot    of the keeper, see keeper-protocol.h
 *   i, n                  sockets of a migration and of its copies of disks, at the destination
 *   withdrawn             the guest was committed, and its owner took that back before it ran
 */
#define QEMU_INCOMING_FILE "i"
#define QEMU_COPIES_FILE "n"
#define QEMU_WITHDRAWN_FILE "withdrawn"

/* One that listens, one that is connected. -1 with reason "file-error", "monitor-timeout" or "monitor-closed". */
int qemu_monitor_socket_listen(const RunDirectory *directory, DriverFailure **failure);
int qemu_monitor_socket_connect(const RunDirectory *directory, const char *domain, DriverFailure **failure);
/*
 * Lets many owners wait at the monitor's socket, which QEMU has made a queue of one. After its greeting; best effort.
 */
void qemu_monitor_socket_widen(int listening);
