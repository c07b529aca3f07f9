// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Raw mode of the terminal, undone on every way out.
#pragma once

/* Sets the terminal `fd` to raw mode; does nothing to what is no terminal. Not twice. */
void rawmode_enter(int fd);
/* Restores what rawmode_enter() changed. Safe to call without it. */
void rawmode_leave(void);
