// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a definition says of vCPUs, changed with every contradiction found: for interface vcpu/1 of any driver.
#pragma once

#include "domain-definition.h"

/*
 * The definition with another number of vCPUs, or another maximum, or with 0 the same. To be freed. NULL with
 * "invalid-xml" when the text is no definition or its <vcpu> cannot be changed, "invalid-argument" when the number is
 * above the maximum or the rest of the definition (pins, topology) does not allow it.
 */
char *domain_vcpus_edit_count(const char *xml, guint count, guint maximum, DriverFailure **failure);
/* The definition with another pin of a vCPU or DOMAIN_TEXT_EMULATOR; as above. */
char *domain_vcpus_edit_pin(const char *xml, guint vcpu, const char *cpus, DriverFailure **failure);
/* The definition with another set of host CPUs of all that has no pin of its own, <vcpu cpuset>; as above. */
char *domain_vcpus_edit_cpus(const char *xml, const char *cpus, DriverFailure **failure);
