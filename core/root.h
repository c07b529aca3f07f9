// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A root: the directories of a connection, and the lock that gives it one owner.
#pragma once

#include "uri.h"

#include <gio/gio.h>

typedef struct {
    char *config_directory;   /* definitions: /etc/mortise/SCHEME, XDG_CONFIG_HOME/mortise/SCHEME, ROOT/etc */
    char *state_directory;    /* logs, images: /var/lib/mortise/SCHEME, XDG_STATE_HOME..., ROOT/lib */
    char *run_directory;      /* /run/mortise/SCHEME, XDG_RUNTIME_DIR/mortise/SCHEME, ROOT/run; mode 0700 */
    char *cache_directory;    /* /var/cache/mortise/SCHEME, XDG_CACHE_HOME..., ROOT/cache */
    int lock;                 /* descriptor that holds the owner's lock */
} MortiseRoot;

/*
 * Makes what is missing of the directories (0700 except the system's config and state, 0755) and takes the lock of the root
 * (an exclusive flock of run_directory/owner.lock, into which the owner's pid is written). Waits up to `wait_ms` for another owner
 * without polling; then root-owned, with the owner's pid and its program name. Other errors: permission-denied (with the
 * hint to use the session root or embed), file-error, cancelled. A root belongs to its user: directories of another uid
 * that others may write are refused.
 */
MortiseRoot *mortise_root_open(const MortiseUri *uri, guint wait_ms, GCancellable *cancellable, GError **error);
/* Gives the lock back. */
void mortise_root_free(MortiseRoot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseRoot, mortise_root_free)
