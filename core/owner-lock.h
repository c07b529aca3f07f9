// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The lock that gives a directory one owner on this host, and that can be waited for with a deadline.
#pragma once

#include <gio/gio.h>

typedef struct MortiseOwnerLock MortiseOwnerLock;

/*
 * Takes the exclusive lock of the file owner.lock in the open directory, whose `path` is for errors; makes the
 * file when it is missing. Waits up to `wait_ms` without polling. NULL with root-owned (the owner's pid and
 * program, or "this process"), cancelled, permission-denied or file-error. The lock is of the open file, not of
 * the process: it excludes a second one in the same process, ends with the process whatever way it ends, and
 * does not pass to programs that are run.
 */
MortiseOwnerLock *mortise_owner_lock_take(int directory, const char *path, guint wait_ms, GCancellable *cancellable,
                                          GError **error);
/* Gives it back, unless the process is a fork of the one that took it. */
void mortise_owner_lock_free(MortiseOwnerLock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseOwnerLock, mortise_owner_lock_free)
