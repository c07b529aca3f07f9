// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The guest's voice and ear: whole lines to COM1, single letters from it.

#pragma once

// Sets COM1 to 115200 8N1, polled.
void serial_start(void);

// Prints one line, "mortise-guest: " before it. Knows %s, %c, %u, %llu and %x; any CPU may call it.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The next letter received, or -1 when there is none.
int serial_read(void);
