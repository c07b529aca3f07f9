// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of vCPUs have in common: affinities of all threads of an emulator, and the calls of interface vcpu/1.
#pragma once

#include "engine-test.h"

#define VCPU_TEST_PC "<type arch='x86_64' machine='pc'>hvm</type>"
#define VCPU_TEST_QEMU "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"

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

/* A running guest of one test. */
typedef struct {
    FakeHost *host;
    FakeDomain *domain;
    char *all;                 /* host CPUs that threads begin with */
} VcpuGuest;

/* `xml` is freed. FALSE when the start failed, with the error of the call still there. */
gboolean vcpu_guest_start(VcpuGuest *guest, const char *driver, char *xml);
/* Ends it, and checks that nothing is left. */
void vcpu_guest_end(VcpuGuest *guest);
/* A definition with fewer vCPUs than it may have; `xml` is freed. */
char *vcpu_test_some_of(char *xml, guint current, guint maximum);
/* One for an emulated PC. */
char *vcpu_test_xml(guint current, guint maximum, const char *more);

/* All threads but those of the two numbers (-1: none) have what they had; new ones have `others`. */
void vcpu_check_others(GHashTable *before, GHashTable *after, gint64 one, gint64 other, const char *others);
/* Results of calls. */
void vcpu_check_fails(MortiseResult result, const char *reason, const char *part);
void vcpu_check_works(MortiseResult result);
/* That the live XML has that part; quotes are single ones. */
void vcpu_check_live_xml(FakeDomain *domain, const char *part);
/* Pinning a vCPU moves its thread and no other; pinning the emulator moves all the others. Leaves all as it was. */
void vcpu_check_own_threads(const VcpuGuest *guest);
