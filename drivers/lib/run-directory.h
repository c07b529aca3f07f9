// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The run directory of one guest: made, found again, locked while the guest has processes, removed.
#pragma once

#include "failure.h"

/*
 * <run_directory>/<first 8 hex digits of the UUID>/; more digits when another domain has that name already. Everything
 * in it is reached through `fd`, so that no socket path is ever too long.
 * The file "lock" in it is held (flock) exactly while processes of the guest live; its content is the domain's UUID.
 */
typedef struct {
    char *path;
    char *name;
    int fd;
    int lock;      /* of the starter: open and locked; -1 else */
} RunDirectory;

/*
 * Makes the directory of a domain that is about to start, empty, and takes its lock. FALSE with reason
 * "resource-busy" when something of an earlier run still lives, "file-error" when it cannot be made.
 */
gboolean run_directory_create(RunDirectory *directory, const char *run_directory, const char *uuid,
                              DriverFailure **failure);
/* Opens that of a domain that runs; FALSE when it is not there. `name` must be a plain name. */
gboolean run_directory_open(RunDirectory *directory, const char *run_directory, const char *name);
/* The name of the directory that this domain has, to be freed; NULL: none. */
char *run_directory_find(const char *run_directory, const char *uuid);

/* Whether processes of the guest live. */
gboolean run_directory_is_held(const RunDirectory *directory);
/* Waits until they do not. Blocks as long as they live. */
void run_directory_wait(const RunDirectory *directory);

/*
 * Whether one of the events that wait at `events` (inotify, of the directory) says that the lock's last holder closes
 * it. The kernel tells of it a moment before the lock is given up: run_directory_wait() then ends soon.
 */
gboolean run_directory_lock_is_closed(int events);

/* Forgets the directory: closes the descriptors, and gives the lock up only if nobody shares it. */
void run_directory_close(RunDirectory *directory);
/* Removes it from disk with all that is in it; it must be closed afterwards all the same. */
void run_directory_remove(const RunDirectory *directory);
