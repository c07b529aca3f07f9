// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the words on the guest's command line ask for.

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct options {
    uint32_t pages;            // pages=N: size of the area that is counted in
    uint32_t report_ms;        // report=MS: time between two reports, 0 for none
    bool busy;                 // busy: never halt
    bool ignore_power_button;  // ignore-powerbutton
    bool unplug;               // unplug: give CPUs back
    bool ignore_unplug;        // ignore-unplug: notice that they are wanted back
};

// Cuts LINE into words and reads each; says so on the serial port when it does not know one.
void options_read(struct options *options, char *line);
