// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of a session, for the files that make it up.
#pragma once

#include "session.h"

struct Session {
    gatomicrefcount references;
    MortiseRegistry *registry;
    MortiseUri *uri;
    GPid process;      /* that opened it; a fork makes it useless */
    MortiseRoot *root; /* NULL when no driver keeps files */
    MortiseStore *store;
    GPtrArray *bindings; /* of Binding */
    GPtrArray *filters;  /* of MortiseLoadedModule, owned by their modules */
    EventHub *events;

    GMutex definitions; /* held while definitions change on disk; taken before `lock` */
    GMutex lock;        /* of everything below */
    GCond idle;
    GHashTable *by_uuid; /* uuid text -> DomainRecord (owned) */
    GHashTable *by_name; /* name -> DomainRecord (not owned) */
    GHashTable *refused; /* uuid text -> path of a file that was left alone */
    guint deadline_ms;   /* 0: each operation's own */
    guint calls;         /* under way, late ones included */
    guint late_calls;
    gboolean closed;
    gboolean close_put_off; /* late calls are inside of a driver: the last one closes it */
};

/* Opens a driver for the session and adds it; FALSE with @error. */
gboolean session_open_binding(Session *self, MortiseLoadedModule *module, guint deadline_ms,
                              GCancellable *cancellable, GError **error);
void binding_free(Binding *self);
/* Reads the store, lists what it holds and has running guests found again. */
gboolean session_load_store(Session *self, GError **error);
