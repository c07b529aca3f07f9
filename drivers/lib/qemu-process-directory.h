// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The run directory of one guest: its lock, its monitor's socket, its keeper's files.
#pragma once

#include "failure.h"

/*
 * <run_directory>/<first 8 hex digits of the UUID>/; more digits when another domain has that name already. Everything
 * in it is reached through `fd`, so that no socket path is ever too long.
 *   lock         held (flock) exactly while keeper or emulator live; its content is the domain's UUID
 *   m            socket of the main monitor
 *   events.log, reboot    of the keeper, see keeper-protocol.h
 *   i, n         sockets of a migration and of its copies of disks, at the destination
 *   withdrawn    the guest was committed, and its owner took that back before it ran
 */
typedef struct {
    char *path;
    char *name;
    int fd;
    int lock;      /* of the starter: open and locked; -1 else */
} QemuDirectory;

#define QEMU_INCOMING_FILE "i"
#define QEMU_COPIES_FILE "n"
#define QEMU_WITHDRAWN_FILE "withdrawn"

/*
 * Makes the directory of a domain that is about to start, empty, and takes its lock. FALSE with reason
 * "resource-busy" when something of an earlier run still lives, "file-error" when it cannot be made.
 */
gboolean qemu_directory_create(QemuDirectory *directory, const char *run_directory, const char *uuid,
                               DriverFailure **failure);
/* Opens that of a domain that runs; FALSE when it is not there. `name` must be a plain name. */
gboolean qemu_directory_open(QemuDirectory *directory, const char *run_directory, const char *name);
/* The name of the directory that this domain has, to be freed; NULL: none. */
char *qemu_directory_find(const char *run_directory, const char *uuid);

/* Whether keeper or emulator live. */
gboolean qemu_directory_is_held(const QemuDirectory *directory);
/* Waits until they do not. Blocks as long as they live. */
void qemu_directory_wait(const QemuDirectory *directory);

/*
 * Whether one of the events that wait at `events` (inotify, of the directory) says that the lock's last holder closes
 * it. The kernel tells of it a moment before the lock is given up: qemu_directory_wait() then ends soon.
 */
gboolean qemu_directory_lock_is_closed(int events);

/* Sockets of the main monitor: one that listens, one that is connected. -1 with reason "file-error" or
 * "monitor-closed". */
int qemu_directory_listen(const QemuDirectory *directory, DriverFailure **failure);

/*
 * Lets many owners wait at the monitor's socket, which QEMU has made a queue of one. After its greeting; best effort.
 */
void qemu_directory_widen(int listening);
int qemu_directory_connect(const QemuDirectory *directory, const char *domain, DriverFailure **failure);

/* Forgets the directory: closes the descriptors, and gives the lock up only if nobody shares it. */
void qemu_directory_close(QemuDirectory *directory);
/* Removes it from disk; it must be closed afterwards all the same. */
void qemu_directory_remove(const QemuDirectory *directory);
