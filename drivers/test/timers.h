// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Things that happen later: the events of a world, and guests that take their time to shut down.
#pragma once

#include "domain.h"

/* Sets a timer for each event of the world. FALSE when the core has none to give. `change` is held. */
gboolean test_timers_plan(TestConnection *connection);
/* The guest of this run shuts down in so many milliseconds, from 1. FALSE as above. `change` is held. */
gboolean test_timers_shutdown(TestDomain *domain, guint64 milliseconds);

/* Ends all timers and frees them; the connection is marked closed and no lock is held. */
void test_timers_end(GPtrArray *timers);

void test_timer_free(TestTimer *timer);
