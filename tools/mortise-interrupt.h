// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Signals that ask the command to end, turned into one cancellation.
#pragma once

#include "mortise-command.h"

/*
 * Listens for those of SIGINT, SIGTERM and SIGHUP that are not ignored. The first cancels `cancellable`, a second
 * one ends the process.
 */
Interrupt *interrupt_new(GCancellable *cancellable);
/* The signal that came; 0 when none did. `self` may be NULL. */
int interrupt_get_signal(Interrupt *self);
void interrupt_free(Interrupt *self);
