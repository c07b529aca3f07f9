// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Real guests that give vCPUs back, or do not, and owners that come and go meanwhile.
#include "domain-cpus.h"
#include "kvm-replug.h"
#include "mortise-test.h"
#include "qemu-affinity.h"
#include "vcpu-test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define QBOOT "<qemu:commandline " VCPU_TEST_QEMU "><qemu:arg value='-bios'/><qemu:arg value='qboot.rom'/>" \
    "</qemu:commandline>"

static char *
kvm_xml(guint current, const char *words)
{
    g_autofree char *kernel = g_strdup_printf("%s/tests/guest/mortise-guest.elf", g_getenv("MORTISE_TEST_BUILD"));
    g_autofree char *os = g_strdup_printf(VCPU_TEST_PC "<kernel>%s</kernel><cmdline>report=100 %s</cmdline>", kernel,
                                          words);

    return vcpu_test_some_of(engine_any_xml(84, "kvm", 3, os,
                                            "<features><acpi/></features><cpu mode='custom'><model>qemu64</model></cpu>"
                                            "<devices><console type='pty'/></devices>" QBOOT),
                             current, 3);
}

static gboolean
has_kvm(const char *test)
{
    if (access("/dev/kvm", R_OK | W_OK) != 0) {
        mortise_test_skip(test, "/dev/kvm cannot be used");
        return FALSE;
    }
    if (access("/usr/share/qemu/qboot.rom", R_OK) != 0 || !engine_has_guest()) {
        mortise_test_skip(test, "there is no qboot.rom or no test guest");
        return FALSE;
    }
    return engine_require("qemu");
}

/* Not every kernel lets QEMU use a vCPU again; where it does, the pin of the place is there again, too. */
static void
check_replug(const VcpuGuest *guest)
{
    g_autoptr(GHashTable) affinities = NULL;

    if (!kvm_replug_works()) {
        vcpu_check_fails(vcpu_test_set(guest->domain, 2, FAKE_AMPLE_MS), "host-unsupported", "vCPU 1 was taken away");
        CHECK_INT(vcpu_test_count(guest->domain), 1);
        return;
    }
    vcpu_check_works(vcpu_test_set(guest->domain, 3, FAKE_AMPLE_MS));
    affinities = vcpu_test_affinities(fake_domain_id(guest->domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest->domain, 1)), "1");
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest->domain, 2)), guest->all);
}

static void
test_kvm(void)
{
    VcpuGuest guest;

    if (!has_kvm("kvm")) {
        return;
    }
    CHECK(vcpu_guest_start(&guest, "qemu", kvm_xml(2, "unplug")));
    CHECK(engine_wait_guest(guest.domain, "guest: count "));
    vcpu_check_own_threads(&guest);
    vcpu_check_works(vcpu_test_pin(guest.domain, MORTISE_VCPU_EMULATOR, "0"));
    vcpu_check_works(vcpu_test_pin(guest.domain, 1, "1"));
    vcpu_check_works(vcpu_test_set(guest.domain, 3, FAKE_AMPLE_MS));
    CHECK_INT(vcpu_test_count(guest.domain), 3);
    vcpu_check_works(vcpu_test_set(guest.domain, 1, FAKE_AMPLE_MS));
    CHECK_INT(vcpu_test_count(guest.domain), 1);
    vcpu_check_live_xml(guest.domain, "<vcpu current='1'>3</vcpu>");
    check_replug(&guest);
    vcpu_guest_end(&guest);
}

/* With as little time as this host needs to ask the guest at all. */
static void
ask_in_vain(const VcpuGuest *guest)
{
    MortiseResult result = MORTISE_FAILED;
    gint64 milliseconds = 1500;

    do {
        result = vcpu_test_set(guest->domain, 1, milliseconds);
        milliseconds *= 2;
    } while (g_strcmp0(fake_call_error()->reason, "monitor-timeout") == 0 && milliseconds < FAKE_AMPLE_MS);
    vcpu_check_fails(result, "guest-not-responding", "It has 2 vCPUs now.");
}

/* A guest that does not answer keeps its vCPU; one that answers late is noticed, by whoever is there then. */
static void
test_silent_guest(void)
{
    g_autofree char *root = NULL;
    g_autofree char *xml = kvm_xml(2, "ignore-unplug");
    int console;
    VcpuGuest guest;

    if (!has_kvm("a silent guest")) {
        return;
    }
    CHECK(vcpu_guest_start(&guest, "qemu", g_strdup(xml)));
    CHECK(engine_wait_guest(guest.domain, "guest: count "));
    ask_in_vain(&guest);
    CHECK_INT(vcpu_test_count(guest.domain), 2);
    vcpu_check_live_xml(guest.domain, "<vcpu current='2'>3</vcpu>");
    // The owner goes and another one comes; meanwhile nothing has changed.
    root = g_strdup(fake_host_root(guest.host));
    engine_leave(guest.host);
    guest.host = fake_host_new("qemu", root);
    guest.domain = fake_domain_open(guest.host, xml);
    CHECK(fake_domain_wait(guest.domain, "running booted"));
    vcpu_check_live_xml(guest.domain, "<vcpu current='2'>3</vcpu>");
    console = engine_open_console(guest.domain);
    CHECK_INT(write(console, "u", 1), 1);
    CHECK(fake_domain_wait_event(guest.domain, "vcpu-count 1"));
    CHECK_INT(close(console), 0);
    CHECK_INT(vcpu_test_count(guest.domain), 1);
    vcpu_check_live_xml(guest.domain, "<vcpu current='1'>3</vcpu>");
    vcpu_guest_end(&guest);
    engine_remove(root);
}

/* Before a guest's system has come up, QEMU itself refuses to ask it. */
static void
test_deaf_guest(void)
{
    VcpuGuest guest;

    if (!has_kvm("a deaf guest")) {
        return;
    }
    CHECK(vcpu_guest_start(&guest, "qemu", kvm_xml(2, "")));
    vcpu_check_fails(vcpu_test_set(guest.domain, 1, FAKE_AMPLE_MS), "unsupported",
                     "The guest cannot be asked for a vCPU");
    CHECK_CONTAINS(fake_call_error()->message, "It has 2 vCPUs now.");
    vcpu_guest_end(&guest);
}

/* Pins and numbers are those of the guest, whoever asks. */
static void
test_adoption(void)
{
    g_autofree char *xml = vcpu_test_xml(1, 3, "");
    g_autofree char *root = NULL;
    g_autoptr(GHashTable) affinities = NULL;
    VcpuGuest guest;

    CHECK(vcpu_guest_start(&guest, "tcg", g_strdup(xml)));
    vcpu_check_works(vcpu_test_set(guest.domain, 2, FAKE_AMPLE_MS));
    vcpu_check_works(vcpu_test_pin(guest.domain, 1, "1"));
    vcpu_check_works(vcpu_test_pin(guest.domain, 2, "0"));
    vcpu_check_works(vcpu_test_pin(guest.domain, MORTISE_VCPU_EMULATOR, "0"));
    root = g_strdup(fake_host_root(guest.host));
    engine_leave(guest.host);
    guest.host = fake_host_new("tcg", root);
    guest.domain = fake_domain_open(guest.host, xml);
    CHECK(fake_domain_wait(guest.domain, "running booted"));
    vcpu_check_live_xml(guest.domain, "<vcpu current='2'>3</vcpu>");
    vcpu_check_live_xml(guest.domain, "<vcpupin vcpu='1' cpuset='1'/>");
    vcpu_check_works(vcpu_test_set(guest.domain, 3, FAKE_AMPLE_MS));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 0)), guest.all);
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 1)), "1");
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 2)), "0");
    vcpu_guest_end(&guest);
    engine_remove(root);
}

/* More calls to its host than a hotplug and a pin have. */
#define STEPS_LIMIT 12

/* A process of its own that plugs and pins, and dies in that call to its host. */
static int
be_owner(const char *root, guint die_at)
{
    FakeHost *host = fake_host_new("tcg", root);
    g_autofree char *xml = vcpu_test_xml(1, 3, "");
    FakeDomain *domain = host ? fake_domain_open(host, xml) : NULL;

    if (!domain || fake_start(domain, 0) != MORTISE_OK) {
        return 3;
    }
    fake_host_die_at(host, die_at);
    return vcpu_test_set(domain, 3, FAKE_AMPLE_MS) == MORTISE_OK && vcpu_test_pin(domain, 1, "1") == MORTISE_OK ? 0 : 4;
}

/* TRUE when the owner died in that step. */
static gboolean
run_owner(const char *root, guint die_at)
{
    g_autofree char *step = g_strdup_printf("%u", die_at);
    const char *arguments[] = {"/proc/self/exe", "owner", root, step, NULL};
    int status = 0;

    CHECK(g_spawn_sync(NULL, (char **) arguments, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* Whoever comes next knows how many vCPUs there are, and where they run. */
static void
check_next_owner(const char *root)
{
    g_autofree char *xml = vcpu_test_xml(1, 3, "");
    g_autoptr(GHashTable) affinities = NULL;
    g_autofree char *live = NULL;
    const char *affinity;
    VcpuGuest guest = {.host = fake_host_new("tcg", root)};

    guest.domain = fake_domain_open(guest.host, xml);
    CHECK(fake_domain_wait(guest.domain, "running booted"));
    // Its question about vCPUs went out before this one and is answered before it.
    CHECK_INT(vcpu_test_count(guest.domain), 3);
    vcpu_check_live_xml(guest.domain, "<vcpu>3</vcpu>");
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    affinity = vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 1));
    live = fake_domain_live_xml(guest.domain);
    // The kernel has the pin at the latest when the XML has it.
    CHECK(g_strcmp0(affinity, "1") == 0 || !strstr(live, "vcpupin"));
    vcpu_guest_end(&guest);
}

static void
test_killed_owner(void)
{
    guint step = 1;
    gboolean died = TRUE;

    for (; died && step < STEPS_LIMIT; step++) {
        g_autofree char *root = g_dir_make_tmp("mortise-vcpus-XXXXXX", NULL);
        died = run_owner(root, step);
        check_next_owner(root);
        engine_remove(root);
    }
    CHECK(!died && step > 3);
}

static const MortiseTest tests[] = {
    {"kvm", test_kvm},
    {"a guest that does not answer", test_silent_guest},
    {"a guest that cannot be asked", test_deaf_guest},
    {"another owner", test_adoption},
    {"an owner that is killed", test_killed_owner},
};

int
main(int argc, char **argv)
{
    DomainCpus cpus;

    if (argc == 4 && g_str_equal(argv[1], "owner")) {
        return be_owner(argv[2], (guint) g_ascii_strtoull(argv[3], NULL, 10));
    }
    if (!qemu_affinity_read(getpid(), &cpus) || !domain_cpus_has(&cpus, 0) || !domain_cpus_has(&cpus, 1)) {
        mortise_test_skip("vcpu-owners", "CPUs 0 and 1 are needed");
        return 77;
    }
    return engine_require("tcg") ? mortise_test_main("vcpu-owners", tests, G_N_ELEMENTS(tests)) : 77;
}
