// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of the reader of worlds, for one another.
#pragma once

#include "json-read.h"
#include "world.h"

/* Reads latency_ms, late_ms, hang and fail at `place`. With `domain` only calls on a domain may be named. */
void test_read_script(TestReader *reader, const TestPlace *place, gboolean domain, TestScript *script);
/* Reads the list of domains; their names are added to `names` and stay owned by the world. */
void test_read_domains(TestReader *reader, const TestPlace *top, TestWorld *world, GHashTable *names);
/* A word of small letters, digits and '-'; FALSE when it is absent or refused. */
gboolean test_read_identifier(TestReader *reader, const TestPlace *place, const char *key, char **value);
