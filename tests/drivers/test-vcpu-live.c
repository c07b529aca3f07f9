// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Real guests whose vCPUs are plugged, taken away and pinned: which threads move, and which do not.
#include "domain-cpus.h"
#include "mortise-test.h"
#include "qemu-affinity.h"
#include "vcpu-test.h"

#include <string.h>
#include <unistd.h>

#define ICOUNT \
    "<qemu:commandline " VCPU_TEST_QEMU "><qemu:arg value='-icount'/><qemu:arg value='shift=auto'/></qemu:commandline>"

static void
test_own_threads(void)
{
    VcpuGuest guest;

    CHECK(vcpu_guest_start(&guest, "tcg", vcpu_test_xml(3, 3, "")));
    vcpu_check_own_threads(&guest);
    vcpu_check_fails(vcpu_test_pin(guest.domain, 3, "0"), "invalid-argument", "vCPUs 0 to 2, and 3 is none of them");
    vcpu_check_fails(vcpu_test_pin(guest.domain, 0, "0,4000"), "invalid-argument", "'0,4000' has CPU 4000");
    vcpu_check_fails(vcpu_test_pin(guest.domain, 0, "a-b"), "invalid-argument", "'a-b' is no set of CPUs");
    vcpu_check_fails(vcpu_test_pin(guest.domain, 0, "1,^1"), "invalid-argument", "leaves no CPU");
    vcpu_check_fails(vcpu_test_set(guest.domain, 4, FAKE_AMPLE_MS), "invalid-argument", "can have 1 to 3 vCPUs");
    vcpu_check_fails(vcpu_test_set(guest.domain, 2, FAKE_AMPLE_MS), "unsupported", "does not survive");
    CHECK_INT(vcpu_test_count(guest.domain), 3);
    vcpu_guest_end(&guest);
}

/* A vCPU is not pinned where it has no thread, and nothing has moved then; the emulator is moved as a whole. */
static void
check_shared(const VcpuGuest *guest)
{
    const gint64 process = fake_domain_id(guest->domain);
    g_autoptr(GHashTable) before = vcpu_test_affinities(process);
    g_autoptr(GHashTable) after = NULL;
    GHashTableIter iterator;
    gpointer affinity;

    vcpu_check_fails(vcpu_test_pin(guest->domain, 1, "1"), "unsupported", "one thread (ALL CPUs/TCG) runs all");
    after = vcpu_test_affinities(process);
    vcpu_check_others(before, after, -1, -1, guest->all);
    vcpu_check_works(vcpu_test_pin(guest->domain, MORTISE_VCPU_EMULATOR, "1"));
    g_hash_table_unref(g_steal_pointer(&after));
    after = vcpu_test_affinities(process);
    g_hash_table_iter_init(&iterator, after);
    while (g_hash_table_iter_next(&iterator, NULL, &affinity)) {
        CHECK_TEXT(affinity, "1");
    }
}

static void
test_icount(void)
{
    VcpuGuest guest;

    CHECK(vcpu_guest_start(&guest, "tcg", vcpu_test_xml(3, 3, ICOUNT)));
    check_shared(&guest);
    vcpu_guest_end(&guest);
}

static void
test_sparc(void)
{
    static const char os[] = "<type arch='sparc' machine='SS-20'>hvm</type>";
    VcpuGuest guest;

    if (!engine_require_emulator("sparc", "qemu-system-sparc")) {
        return;
    }
    CHECK(vcpu_guest_start(&guest, "tcg", vcpu_test_some_of(engine_any_xml(82, "qemu", 3, os, ""), 2, 3)));
    check_shared(&guest);
    vcpu_check_fails(vcpu_test_set(guest.domain, 3, FAKE_AMPLE_MS), "unsupported", "no vCPUs that come and go");
    vcpu_check_works(vcpu_test_set(guest.domain, 2, FAKE_AMPLE_MS));
    vcpu_guest_end(&guest);
    CHECK(!vcpu_guest_start(&guest, "tcg",
                       engine_any_xml(82, "qemu", 2, os, "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>")));
    CHECK_TEXT(fake_call_error()->reason, "element-unsupported");
    CHECK_CONTAINS(fake_call_error()->message, "line 7, domain/cputune/vcpupin: vCPUs cannot be pinned: one thread");
    CHECK(engine_is_clean(guest.host));
    fake_host_free(guest.host);
    g_free(guest.all);
}

static void
test_aarch64(void)
{
    static const char os[] = "<type arch='aarch64' machine='virt'>hvm</type>";
    static const char cpu[] = "<cpu mode='custom'><model>cortex-a57</model></cpu>";
    VcpuGuest guest;

    if (!engine_require_emulator("aarch64", "qemu-system-aarch64")) {
        return;
    }
    CHECK(vcpu_guest_start(&guest, "tcg", vcpu_test_some_of(engine_any_xml(83, "qemu", 3, os, cpu), 2, 3)));
    vcpu_check_own_threads(&guest);
    vcpu_check_fails(vcpu_test_set(guest.domain, 3, FAKE_AMPLE_MS), "unsupported", "no vCPUs that come and go");
    vcpu_guest_end(&guest);
}

/* With one vCPU the only thread is its own; with two it is shared, and no vCPU's any more. */
static void
test_becomes_shared(void)
{
    MortiseVcpuSummary summary;
    g_autoptr(MortiseSink) one = NULL;
    g_autoptr(MortiseSink) two = NULL;
    g_autoptr(GHashTable) affinities = NULL;
    gint64 thread;
    VcpuGuest guest;

    CHECK(vcpu_guest_start(&guest, "tcg", vcpu_test_xml(1, 2, ICOUNT)));
    one = vcpu_test_report(guest.domain, &summary);
    CHECK_INT(summary.model, MORTISE_VCPU_MODEL_PER_VCPU);
    CHECK_INT(summary.maximum, 2);
    thread = vcpu_test_thread(guest.domain, 0);
    vcpu_check_works(vcpu_test_pin(guest.domain, 0, "1"));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, thread), "1");
    vcpu_check_works(vcpu_test_set(guest.domain, 2, FAKE_AMPLE_MS));
    two = vcpu_test_report(guest.domain, &summary);
    CHECK_INT(summary.model, MORTISE_VCPU_MODEL_SHARED);
    CHECK_INT(summary.pinnable, 0);
    CHECK_INT(two->vcpus->len, 2);
    CHECK_INT(g_array_index(two->vcpus, MortiseVcpu, 0).thread_id, -1);
    CHECK_INT(g_array_index(two->vcpus, MortiseVcpu, 0).cpu_time, -1);
    vcpu_check_live_xml(guest.domain, "<vcpu>2</vcpu>");
    g_hash_table_unref(g_steal_pointer(&affinities));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, thread), guest.all);
    check_shared(&guest);
    vcpu_check_fails(vcpu_test_set(guest.domain, 1, FAKE_AMPLE_MS), "unsupported", "does not survive");
    CHECK_INT(vcpu_test_count(guest.domain), 2);
    vcpu_guest_end(&guest);
}

/* What the definition says counts from the start on, and for what is plugged later. */
static void
test_definition(void)
{
    static const char more[] = "<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='2' cpuset='0'/>"
                               "<emulatorpin cpuset='1'/></cputune>";
    g_autoptr(GHashTable) affinities = NULL;
    GHashTableIter iterator;
    gpointer number;
    gpointer affinity;
    gint64 threads[3];
    VcpuGuest guest;

    CHECK(vcpu_guest_start(&guest, "tcg", vcpu_test_xml(1, 3, more)));
    CHECK_TEXT(fake_call_error()->message, NULL);
    vcpu_check_works(vcpu_test_set(guest.domain, 3, FAKE_AMPLE_MS));
    vcpu_check_live_xml(guest.domain, "<vcpu>3</vcpu>");
    CHECK(fake_domain_wait_event(guest.domain, "vcpu-count 3"));
    for (guint i = 0; i < 3; i++) {
        threads[i] = vcpu_test_thread(guest.domain, i);
    }
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, threads[0]), "1");
    CHECK_TEXT(vcpu_test_affinity(affinities, threads[1]), guest.all);
    CHECK_TEXT(vcpu_test_affinity(affinities, threads[2]), "0");
    g_hash_table_iter_init(&iterator, affinities);
    while (g_hash_table_iter_next(&iterator, &number, &affinity)) {
        const gint64 thread = *(gint64 *) number;
        CHECK(thread == threads[0] || thread == threads[1] || thread == threads[2] || g_str_equal(affinity, "1"));
    }
    vcpu_guest_end(&guest);
}

static void
test_cpuset(void)
{
    g_autofree char *plain = vcpu_test_xml(2, 3, "<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>");
    g_auto(GStrv) parts = g_strsplit(plain, "<vcpu current", 2);
    g_autoptr(GHashTable) affinities = NULL;
    GHashTableIter iterator;
    gpointer number;
    gpointer affinity;
    gint64 second;
    gint64 third;
    VcpuGuest guest;

    CHECK(vcpu_guest_start(&guest, "tcg", g_strjoinv("<vcpu cpuset='1' current", parts)));
    vcpu_check_works(vcpu_test_set(guest.domain, 3, FAKE_AMPLE_MS));
    vcpu_check_live_xml(guest.domain, "<vcpu cpuset='1'>3</vcpu>");
    second = vcpu_test_thread(guest.domain, 1);
    third = vcpu_test_thread(guest.domain, 2);
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, third), "1");
    g_hash_table_iter_init(&iterator, affinities);
    while (g_hash_table_iter_next(&iterator, &number, &affinity)) {
        CHECK_TEXT(affinity, *(gint64 *) number == second ? "0" : "1");
    }
    vcpu_check_works(vcpu_test_pin(guest.domain, 1, NULL));
    g_hash_table_unref(g_steal_pointer(&affinities));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, second), "1");
    vcpu_guest_end(&guest);
}

static void
test_cpus_that_are_not_there(void)
{
    VcpuGuest guest;

    CHECK(!vcpu_guest_start(&guest, "tcg", vcpu_test_xml(1, 1, "<cputune>\n<emulatorpin cpuset='4000'/></cputune>")));
    CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
    CHECK_CONTAINS(fake_call_error()->message, "line 8, domain/cputune/emulatorpin/@cpuset: '4000' has CPU 4000");
    CHECK(engine_is_clean(guest.host));
    fake_host_free(guest.host);
    g_free(guest.all);
}

static const MortiseTest tests[] = {
    {"x86_64, a thread each", test_own_threads},
    {"icount, one thread", test_icount},
    {"sparc, one thread", test_sparc},
    {"aarch64, a thread each", test_aarch64},
    {"one thread, from one vCPU to two", test_becomes_shared},
    {"pins of a definition", test_definition},
    {"a set for the whole guest", test_cpuset},
    {"CPUs that are not there", test_cpus_that_are_not_there},
};

int
main(void)
{
    DomainCpus cpus;

    if (!qemu_affinity_read(getpid(), &cpus) || !domain_cpus_has(&cpus, 0) || !domain_cpus_has(&cpus, 1)) {
        mortise_test_skip("vcpu-live", "CPUs 0 and 1 are needed");
        return 77;
    }
    return engine_require("tcg") ? mortise_test_main("vcpu-live", tests, G_N_ELEMENTS(tests)) : 77;
}
