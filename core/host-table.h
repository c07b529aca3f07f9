// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of functions that every driver gets, and the core's record of a driver behind its handle.
#pragma once

#include "gate.h"

#include <mortise/driver/host.h>
#include <mortise/mortise-registry.h>

/* The one table; constant. */
const MortiseHost *mortise_host_table(void);

/* A handle for a module that is about to be started; `name` is copied, `registry` is not referenced. Never freed.
 */
MortiseHostDriver *mortise_host_driver_new(const char *name, MortiseRegistry *registry);

/* What a driver knows as MortiseHostDriver. */
struct MortiseHostDriver {
    char *name;
    MortiseRegistry *registry; /* not referenced: it lives as long as its modules */
    Gate gate;                 /* for a driver that is serial in all */
    GMutex lock;
    GHashTable *sources; /* id -> HostSource: timers and watches */
    guint64 last_source;
};
Gate *host_driver_gate(MortiseHostDriver *self);

/* Around a driver function that is called outside of the call path (startup): collects what set_error said. */
void mortise_host_error_begin(void);
/* Ends it. When `result` is not MORTISE_OK sets @error from what was said, or driver-failed "said nothing". */
gboolean mortise_host_error_end(MortiseResult result, const char *driver, const char *function, GError **error);
