// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Timers and descriptor watches of drivers, on the core's I/O thread.
#pragma once

#include <mortise/driver/host.h>

uint64_t
host_timer_add(MortiseHostDriver *driver, uint64_t milliseconds, MortiseTimerFunction function, void *data);
uint64_t host_watch_add(MortiseHostDriver *driver, MortiseFileDescriptor fd, uint32_t ready,
                        MortiseWatchFunction function, void *data);
void host_source_remove(MortiseHostDriver *driver, uint64_t id);
