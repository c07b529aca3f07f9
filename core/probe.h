// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets a loaded module look at this host.
#pragma once

#include "module-private.h"

/* GPtrArray of MortiseCheck, or NULL with @error. Blocks until the operation's deadline. */
GPtrArray *
mortise_call_probe(MortiseLoadedModule *module, gboolean full, GCancellable *cancellable, GError **error);
