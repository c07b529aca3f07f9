// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Facts of a finding, gathered one by one: a key that comes again makes an array.
#pragma once

#include <glib.h>

typedef struct HostFacts HostFacts;

HostFacts *host_facts_new(void);
void host_facts_free(HostFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostFacts, host_facts_free)

/* Takes the value when it is floating. */
void host_facts_add(HostFacts *self, const char *key, GVariant *value);
/* What was added, as a{sv} in the order of the keys' first coming; never floating. */
GVariant *host_facts_end(HostFacts *self);
