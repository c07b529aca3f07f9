// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A place on the way of a migration that counts who comes and what they send, and hands it on.
#pragma once

#include <glib.h>

typedef struct ChannelCounter ChannelCounter;

/* Listens at a place of its own; over TCP on the loopback address, else at a socket file. NULL fails the test. */
ChannelCounter *channel_counter_new(gboolean tcp);
/* Where it listens, as QEMU writes it. */
const char *channel_counter_uri(const ChannelCounter *self);
/* Where what comes from now on is sent on to, as QEMU writes it; before, it goes nowhere. */
void channel_counter_send_on(ChannelCounter *self, const char *uri);
/*
 * Ends, and tells all that has come. A connection of its own comes last and has to be counted, too: what stood in the
 * queue before it is in the numbers, and a counter that does not count is noticed.
 */
void channel_counter_end(ChannelCounter *self, guint *connections, guint64 *bytes);
