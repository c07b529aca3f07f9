// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which CPUs this host has online, and sets of them that a user asks for.
#pragma once

#include "domain-cpus.h"
#include "failure.h"

/* The CPUs of this host that are online. FALSE: the kernel does not say. */
gboolean host_cpus_online(DomainCpus *cpus);
/*
 * Reads a set of CPUs that must all be on this host; `object` is whose it is. FALSE with "invalid-argument", which
 * names the first CPU that is not there.
 */
gboolean host_cpus_parse(const char *text, const char *object, DomainCpus *cpus, DriverFailure **failure);
