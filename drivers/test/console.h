// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Consoles: sockets whose other end says what it hears.
#pragma once

#include "domain.h"

/* Ends the consoles of one run of a domain, as the end of a guest does. No lock is held. */
void test_console_end(TestDriver *driver, guint64 run);
/* Ends those of all runs. */
void test_console_end_all(TestDriver *driver);
