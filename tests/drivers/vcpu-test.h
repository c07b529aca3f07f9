// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of vCPUs have in common: affinities of all threads of an emulator, and the calls of interface vcpu/1.
#pragma once

#include "engine-test.h"

/* gint64 thread -> its Cpus_allowed_list, of all threads of the process; to be unreffed. */
GHashTable *vcpu_test_affinities(gint64 process);
/* Of one thread; NULL when it is not there. */
const char *vcpu_test_affinity(GHashTable *affinities, gint64 thread);

/* A report made now; `summary` may be NULL. NULL with a line on stderr when it fails. */
MortiseSink *vcpu_test_report(FakeDomain *domain, MortiseVcpuSummary *summary);
/* The thread of a vCPU by a report; -1: none is told. */
gint64 vcpu_test_thread(FakeDomain *domain, guint vcpu);
guint vcpu_test_count(FakeDomain *domain);

/* The calls, with that many milliseconds. */
MortiseResult vcpu_test_set(FakeDomain *domain, guint count, gint64 milliseconds);
MortiseResult vcpu_test_pin(FakeDomain *domain, guint vcpu, const char *cpus);
