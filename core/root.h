// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A root: the directories of a connection, and the lock that gives it one owner.
#pragma once

#include "owner-lock.h"
#include "uri.h"

#include <gio/gio.h>

typedef struct {
    char *config_directory;   /* definitions: /etc/mortise/SCHEME, XDG_CONFIG_HOME/mortise/SCHEME, ROOT/etc */
    char *state_directory;    /* logs, images: /var/lib/mortise/SCHEME, XDG_STATE_HOME..., ROOT/lib */
    char *run_directory;      /* /run/mortise/SCHEME, XDG_RUNTIME_DIR/mortise/SCHEME, ROOT/run; mode 0700 */
    char *cache_directory;    /* /var/cache/mortise/SCHEME, XDG_CACHE_HOME..., ROOT/cache */
    MortiseOwnerLock *lock;   /* the owner's lock */
} MortiseRoot;

/*
 * Makes what is missing of the directories (0700 except the system's config and state, 0755) and takes the lock
 * of the root (an exclusive lock of run_directory/owner.lock, into which the owner's pid is written). Waits up
 * to `wait_ms` for another owner without polling; then root-owned, with the owner's pid and its program name.
 * Other errors: permission-denied (with the hint to use the session root or embed), file-error, cancelled,
 * invalid-argument (the URI has no root). A root belongs to its user: directories that anybody may write, those
 * of another uid (root excepted) that others may write, and a run directory of another uid are refused.
 *
 * Without a usable XDG_RUNTIME_DIR the session's run directory is below /run/user/UID when that is the user's;
 * else below XDG_CACHE_HOME/mortise-run.
 */
MortiseRoot *mortise_root_open(const MortiseUri *uri, guint wait_ms, GCancellable *cancellable, GError **error);
/* Gives the lock back. */
void mortise_root_free(MortiseRoot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseRoot, mortise_root_free)
