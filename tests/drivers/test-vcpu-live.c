// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Real guests whose vCPUs are plugged, taken away and pinned: which threads move, and which do not.
#include "domain-cpus.h"
#include "kvm-replug.h"
#include "mortise-test.h"
#include "qemu-affinity.h"
#include "vcpu-test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PC "<type arch='x86_64' machine='pc'>hvm</type>"
#define QEMU_NAMESPACE "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
#define ICOUNT \
    "<qemu:commandline " QEMU_NAMESPACE "><qemu:arg value='-icount'/><qemu:arg value='shift=auto'/></qemu:commandline>"
#define QBOOT "<qemu:commandline " QEMU_NAMESPACE "><qemu:arg value='-bios'/><qemu:arg value='qboot.rom'/>" \
    "</qemu:commandline>"

/* A running guest of one test. */
typedef struct {
    FakeHost *host;
    FakeDomain *domain;
    char *all;                 /* host CPUs that threads begin with */
} Guest;

/* `xml` is freed. FALSE when the start failed, with the error of the call still there. */
static gboolean
guest_start(Guest *guest, const char *driver, char *xml)
{
    DomainCpus cpus;

    CHECK(qemu_affinity_read(getpid(), &cpus));
    guest->all = domain_cpus_to_text(&cpus);
    guest->host = fake_host_new(driver, NULL);
    guest->domain = fake_domain_open(guest->host, xml);
    g_free(xml);
    return fake_start(guest->domain, 0) == MORTISE_OK;
}

static void
guest_end(Guest *guest)
{
    CHECK_INT(fake_stop(guest->domain, 0), MORTISE_OK);
    CHECK(engine_is_clean(guest->host));
    fake_host_free(guest->host);
    g_free(guest->all);
}

/* A definition with fewer vCPUs than it may have. */
static char *
some_of(char *xml, guint current, guint maximum)
{
    g_autofree char *whole = xml;
    g_autofree char *before = g_strdup_printf("<vcpu>%u</vcpu>", maximum);
    g_autofree char *after = g_strdup_printf("<vcpu current='%u'>%u</vcpu>", current, maximum);
    g_auto(GStrv) parts = g_strsplit(whole, before, 2);

    return g_strjoinv(after, parts);
}

static char *
plain_xml(guint current, guint maximum, const char *more)
{
    g_autofree char *all = g_strconcat("<features><acpi/></features>", more, NULL);

    return some_of(engine_any_xml(81, "qemu", maximum, PC, all), current, maximum);
}

/* All threads but those of the two numbers (-1: none) have what they had; new ones have `others`. */
static void
check_others(GHashTable *before, GHashTable *after, gint64 one, gint64 other, const char *others)
{
    GHashTableIter iterator;
    gpointer thread;
    gpointer affinity;

    g_hash_table_iter_init(&iterator, after);
    while (g_hash_table_iter_next(&iterator, &thread, &affinity)) {
        const gint64 number = *(gint64 *) thread;
        const char *had = vcpu_test_affinity(before, number);
        if (number != one && number != other) {
            CHECK_TEXT(affinity, had ? had : others);
        }
    }
}

static void
check_fails(MortiseResult result, const char *reason, const char *part)
{
    CHECK_INT(result, MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, reason);
    CHECK_CONTAINS(fake_call_error()->message, part);
}

static void
check_works(MortiseResult result)
{
    CHECK_TEXT(fake_call_error()->message, NULL);
    CHECK_INT(result, MORTISE_OK);
}

static void
check_live_xml(FakeDomain *domain, const char *part)
{
    g_autofree char *xml = fake_domain_live_xml(domain);

    // Attributes that were there keep their quotes, which libxml2 wrote.
    CHECK_CONTAINS(g_strdelimit(xml, "\"", '\''), part);
}

static void
check_pins(const Guest *guest, const char *emulator)
{
    const MortiseVcpuInterface *interface = fake_host_interface(guest->host, MORTISE_VCPU_ID);
    g_autoptr(MortiseSink) sink = fake_sink_new();
    const MortiseVcpu *last;

    fake_call_begin(10000);
    check_works(interface->pins(fake_domain_handle(guest->domain), sink));
    last = &g_array_index(sink->vcpus, MortiseVcpu, sink->vcpus->len - 1);
    CHECK_INT(last->id, MORTISE_VCPU_EMULATOR);
    CHECK_TEXT(last->affinity, emulator);
}

/* Pinning a vCPU moves its thread and no other; pinning the emulator moves all the others. */
static void
check_own_threads(const Guest *guest)
{
    const gint64 process = fake_domain_id(guest->domain);
    const gint64 first = vcpu_test_thread(guest->domain, 0);
    const gint64 second = vcpu_test_thread(guest->domain, 1);
    const gint64 third = vcpu_test_thread(guest->domain, 2);
    g_autoptr(GHashTable) before = vcpu_test_affinities(process);
    g_autoptr(GHashTable) pinned = NULL;
    g_autoptr(GHashTable) after = NULL;
    GHashTableIter iterator;
    gpointer thread;
    gpointer affinity;

    CHECK(first > 0 && second > 0 && first != process && second != process);
    check_works(vcpu_test_pin(guest->domain, 1, "1"));
    pinned = vcpu_test_affinities(process);
    CHECK_TEXT(vcpu_test_affinity(pinned, second), "1");
    check_others(before, pinned, second, -1, guest->all);
    check_live_xml(guest->domain, "<vcpupin vcpu='1' cpuset='1'/>");

    check_works(vcpu_test_pin(guest->domain, MORTISE_VCPU_EMULATOR, "0"));
    after = vcpu_test_affinities(process);
    g_hash_table_iter_init(&iterator, after);
    while (g_hash_table_iter_next(&iterator, &thread, &affinity)) {
        const gint64 number = *(gint64 *) thread;
        CHECK_TEXT(affinity, number == first || number == third ? guest->all : number == second ? "1" : "0");
    }
    check_pins(guest, "0");
    check_live_xml(guest->domain, "<emulatorpin cpuset='0'/>");

    check_works(vcpu_test_pin(guest->domain, 1, NULL));
    check_works(vcpu_test_pin(guest->domain, MORTISE_VCPU_EMULATOR, NULL));
    g_hash_table_unref(g_steal_pointer(&after));
    after = vcpu_test_affinities(process);
    check_others(before, after, -1, -1, guest->all);
}

static void
test_own_threads(void)
{
    Guest guest;

    CHECK(guest_start(&guest, "tcg", plain_xml(3, 3, "")));
    check_own_threads(&guest);
    check_fails(vcpu_test_pin(guest.domain, 3, "0"), "invalid-argument", "vCPUs 0 to 2, and 3 is none of them");
    check_fails(vcpu_test_pin(guest.domain, 0, "0,4000"), "invalid-argument", "'0,4000' has CPU 4000");
    check_fails(vcpu_test_pin(guest.domain, 0, "a-b"), "invalid-argument", "'a-b' is no set of CPUs");
    check_fails(vcpu_test_pin(guest.domain, 0, "1,^1"), "invalid-argument", "leaves no CPU");
    check_fails(vcpu_test_set(guest.domain, 4, 10000), "invalid-argument", "can have 1 to 3 vCPUs");
    check_fails(vcpu_test_set(guest.domain, 2, 10000), "unsupported", "does not survive");
    CHECK_INT(vcpu_test_count(guest.domain), 3);
    guest_end(&guest);
}

/* A vCPU is not pinned where it has no thread, and nothing has moved then; the emulator is moved as a whole. */
static void
check_shared(const Guest *guest)
{
    const gint64 process = fake_domain_id(guest->domain);
    g_autoptr(GHashTable) before = vcpu_test_affinities(process);
    g_autoptr(GHashTable) after = NULL;
    GHashTableIter iterator;
    gpointer affinity;

    check_fails(vcpu_test_pin(guest->domain, 1, "1"), "unsupported", "one thread (ALL CPUs/TCG) runs all");
    after = vcpu_test_affinities(process);
    check_others(before, after, -1, -1, guest->all);
    check_works(vcpu_test_pin(guest->domain, MORTISE_VCPU_EMULATOR, "1"));
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
    Guest guest;

    CHECK(guest_start(&guest, "tcg", plain_xml(3, 3, ICOUNT)));
    check_shared(&guest);
    guest_end(&guest);
}

static gboolean
is_installed(const char *test, const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);

    if (!path) {
        mortise_test_skip(test, "its emulator is not installed");
    }
    return path != NULL;
}

static void
test_sparc(void)
{
    static const char os[] = "<type arch='sparc' machine='SS-20'>hvm</type>";
    Guest guest;

    if (!is_installed("sparc", "qemu-system-sparc")) {
        return;
    }
    CHECK(guest_start(&guest, "tcg", some_of(engine_any_xml(82, "qemu", 3, os, ""), 2, 3)));
    check_shared(&guest);
    check_fails(vcpu_test_set(guest.domain, 3, 10000), "unsupported", "no vCPUs that come and go");
    check_works(vcpu_test_set(guest.domain, 2, 10000));
    guest_end(&guest);
    CHECK(!guest_start(&guest, "tcg",
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
    Guest guest;

    if (!is_installed("aarch64", "qemu-system-aarch64")) {
        return;
    }
    CHECK(guest_start(&guest, "tcg", some_of(engine_any_xml(83, "qemu", 3, os, cpu), 2, 3)));
    check_own_threads(&guest);
    check_fails(vcpu_test_set(guest.domain, 3, 10000), "unsupported", "no vCPUs that come and go");
    guest_end(&guest);
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
    Guest guest;

    CHECK(guest_start(&guest, "tcg", plain_xml(1, 2, ICOUNT)));
    one = vcpu_test_report(guest.domain, &summary);
    CHECK_INT(summary.model, MORTISE_VCPU_MODEL_PER_VCPU);
    CHECK_INT(summary.maximum, 2);
    thread = vcpu_test_thread(guest.domain, 0);
    check_works(vcpu_test_pin(guest.domain, 0, "1"));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, thread), "1");
    check_works(vcpu_test_set(guest.domain, 2, 10000));
    two = vcpu_test_report(guest.domain, &summary);
    CHECK_INT(summary.model, MORTISE_VCPU_MODEL_SHARED);
    CHECK_INT(summary.pinnable, 0);
    CHECK_INT(two->vcpus->len, 2);
    CHECK_INT(g_array_index(two->vcpus, MortiseVcpu, 0).thread_id, -1);
    CHECK_INT(g_array_index(two->vcpus, MortiseVcpu, 0).cpu_time, -1);
    check_live_xml(guest.domain, "<vcpu>2</vcpu>");
    g_hash_table_unref(g_steal_pointer(&affinities));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, thread), guest.all);
    check_shared(&guest);
    check_fails(vcpu_test_set(guest.domain, 1, 10000), "unsupported", "does not survive");
    CHECK_INT(vcpu_test_count(guest.domain), 2);
    guest_end(&guest);
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
    Guest guest;

    CHECK(guest_start(&guest, "tcg", plain_xml(1, 3, more)));
    CHECK_TEXT(fake_call_error()->message, NULL);
    check_works(vcpu_test_set(guest.domain, 3, 10000));
    check_live_xml(guest.domain, "<vcpu>3</vcpu>");
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
    guest_end(&guest);
}

static void
test_cpuset(void)
{
    g_autofree char *plain = plain_xml(2, 3, "<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>");
    g_auto(GStrv) parts = g_strsplit(plain, "<vcpu current", 2);
    g_autoptr(GHashTable) affinities = NULL;
    GHashTableIter iterator;
    gpointer number;
    gpointer affinity;
    gint64 second;
    gint64 third;
    Guest guest;

    CHECK(guest_start(&guest, "tcg", g_strjoinv("<vcpu cpuset='1' current", parts)));
    check_works(vcpu_test_set(guest.domain, 3, 10000));
    check_live_xml(guest.domain, "<vcpu cpuset='1'>3</vcpu>");
    second = vcpu_test_thread(guest.domain, 1);
    third = vcpu_test_thread(guest.domain, 2);
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, third), "1");
    g_hash_table_iter_init(&iterator, affinities);
    while (g_hash_table_iter_next(&iterator, &number, &affinity)) {
        CHECK_TEXT(affinity, *(gint64 *) number == second ? "0" : "1");
    }
    check_works(vcpu_test_pin(guest.domain, 1, NULL));
    g_hash_table_unref(g_steal_pointer(&affinities));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, second), "1");
    guest_end(&guest);
}

static void
test_cpus_that_are_not_there(void)
{
    Guest guest;

    CHECK(!guest_start(&guest, "tcg", plain_xml(1, 1, "<cputune>\n<emulatorpin cpuset='4000'/></cputune>")));
    CHECK_TEXT(fake_call_error()->reason, "host-unsupported");
    CHECK_CONTAINS(fake_call_error()->message, "line 8, domain/cputune/emulatorpin/@cpuset: '4000' has CPU 4000");
    CHECK(engine_is_clean(guest.host));
    fake_host_free(guest.host);
    g_free(guest.all);
}

static char *
kvm_xml(guint current, const char *words)
{
    g_autofree char *kernel = g_strdup_printf("%s/tests/guest/mortise-guest.elf", g_getenv("MORTISE_TEST_BUILD"));
    g_autofree char *os = g_strdup_printf(PC "<kernel>%s</kernel><cmdline>report=100 %s</cmdline>", kernel, words);

    return some_of(engine_any_xml(84, "kvm", 3, os,
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
check_replug(const Guest *guest)
{
    g_autoptr(GHashTable) affinities = NULL;

    if (!kvm_replug_works()) {
        check_fails(vcpu_test_set(guest->domain, 2, 20000), "host-unsupported", "vCPU 1 was taken away");
        CHECK_INT(vcpu_test_count(guest->domain), 1);
        return;
    }
    check_works(vcpu_test_set(guest->domain, 3, 20000));
    affinities = vcpu_test_affinities(fake_domain_id(guest->domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest->domain, 1)), "1");
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest->domain, 2)), guest->all);
}

static void
test_kvm(void)
{
    Guest guest;

    if (!has_kvm("kvm")) {
        return;
    }
    CHECK(guest_start(&guest, "qemu", kvm_xml(2, "unplug")));
    CHECK(engine_wait_guest(guest.domain, "guest: count "));
    check_own_threads(&guest);
    check_works(vcpu_test_pin(guest.domain, MORTISE_VCPU_EMULATOR, "0"));
    check_works(vcpu_test_pin(guest.domain, 1, "1"));
    check_works(vcpu_test_set(guest.domain, 3, 20000));
    CHECK_INT(vcpu_test_count(guest.domain), 3);
    check_works(vcpu_test_set(guest.domain, 1, 20000));
    CHECK_INT(vcpu_test_count(guest.domain), 1);
    check_live_xml(guest.domain, "<vcpu current='1'>3</vcpu>");
    check_replug(&guest);
    guest_end(&guest);
}

/* A guest that does not answer keeps its vCPU; one that answers late is noticed, by whoever is there then. */
static void
test_silent_guest(void)
{
    g_autofree char *root = NULL;
    g_autofree char *xml = kvm_xml(2, "ignore-unplug");
    int console;
    Guest guest;

    if (!has_kvm("a silent guest")) {
        return;
    }
    CHECK(guest_start(&guest, "qemu", g_strdup(xml)));
    CHECK(engine_wait_guest(guest.domain, "guest: count "));
    check_fails(vcpu_test_set(guest.domain, 1, 1500), "guest-not-responding", "It has 2 vCPUs now.");
    CHECK_INT(vcpu_test_count(guest.domain), 2);
    check_live_xml(guest.domain, "<vcpu current='2'>3</vcpu>");
    // The owner goes and another one comes; meanwhile nothing has changed.
    root = g_strdup(fake_host_root(guest.host));
    engine_leave(guest.host);
    guest.host = fake_host_new("qemu", root);
    guest.domain = fake_domain_open(guest.host, xml);
    CHECK(fake_domain_wait(guest.domain, "running booted"));
    check_live_xml(guest.domain, "<vcpu current='2'>3</vcpu>");
    console = engine_open_console(guest.domain);
    CHECK_INT(write(console, "u", 1), 1);
    CHECK(fake_domain_wait_event(guest.domain, "vcpu-count 1"));
    CHECK_INT(close(console), 0);
    CHECK_INT(vcpu_test_count(guest.domain), 1);
    check_live_xml(guest.domain, "<vcpu current='1'>3</vcpu>");
    guest_end(&guest);
    engine_remove(root);
}

/* Before a guest's system has come up, QEMU itself refuses to ask it. */
static void
test_deaf_guest(void)
{
    Guest guest;

    if (!has_kvm("a deaf guest")) {
        return;
    }
    CHECK(guest_start(&guest, "qemu", kvm_xml(2, "")));
    check_fails(vcpu_test_set(guest.domain, 1, 5000), "unsupported", "The guest cannot be asked for a vCPU");
    CHECK_CONTAINS(fake_call_error()->message, "It has 2 vCPUs now.");
    guest_end(&guest);
}

/* Pins and numbers are those of the guest, whoever asks. */
static void
test_adoption(void)
{
    g_autofree char *xml = plain_xml(1, 3, "");
    g_autofree char *root = NULL;
    g_autoptr(GHashTable) affinities = NULL;
    Guest guest;

    CHECK(guest_start(&guest, "tcg", g_strdup(xml)));
    check_works(vcpu_test_set(guest.domain, 2, 10000));
    check_works(vcpu_test_pin(guest.domain, 1, "1"));
    check_works(vcpu_test_pin(guest.domain, 2, "0"));
    check_works(vcpu_test_pin(guest.domain, MORTISE_VCPU_EMULATOR, "0"));
    root = g_strdup(fake_host_root(guest.host));
    engine_leave(guest.host);
    guest.host = fake_host_new("tcg", root);
    guest.domain = fake_domain_open(guest.host, xml);
    CHECK(fake_domain_wait(guest.domain, "running booted"));
    check_live_xml(guest.domain, "<vcpu current='2'>3</vcpu>");
    check_live_xml(guest.domain, "<vcpupin vcpu='1' cpuset='1'/>");
    check_works(vcpu_test_set(guest.domain, 3, 10000));
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 0)), guest.all);
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 1)), "1");
    CHECK_TEXT(vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 2)), "0");
    guest_end(&guest);
    engine_remove(root);
}

/* More calls to its host than a hotplug and a pin have. */
#define STEPS_LIMIT 12

/* A process of its own that plugs and pins, and dies in that call to its host. */
static int
be_owner(const char *root, guint die_at)
{
    FakeHost *host = fake_host_new("tcg", root);
    g_autofree char *xml = plain_xml(1, 3, "");
    FakeDomain *domain = host ? fake_domain_open(host, xml) : NULL;

    if (!domain || fake_start(domain, 0) != MORTISE_OK) {
        return 3;
    }
    fake_host_die_at(host, die_at);
    return vcpu_test_set(domain, 3, 10000) == MORTISE_OK && vcpu_test_pin(domain, 1, "1") == MORTISE_OK ? 0 : 4;
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
    g_autofree char *xml = plain_xml(1, 3, "");
    g_autoptr(GHashTable) affinities = NULL;
    g_autofree char *live = NULL;
    const char *affinity;
    Guest guest = {.host = fake_host_new("tcg", root)};

    guest.domain = fake_domain_open(guest.host, xml);
    CHECK(fake_domain_wait(guest.domain, "running booted"));
    // Its question about vCPUs went out before this one and is answered before it.
    CHECK_INT(vcpu_test_count(guest.domain), 3);
    check_live_xml(guest.domain, "<vcpu>3</vcpu>");
    affinities = vcpu_test_affinities(fake_domain_id(guest.domain));
    affinity = vcpu_test_affinity(affinities, vcpu_test_thread(guest.domain, 1));
    live = fake_domain_live_xml(guest.domain);
    // The kernel has the pin at the latest when the XML has it.
    CHECK(g_strcmp0(affinity, "1") == 0 || !strstr(live, "vcpupin"));
    guest_end(&guest);
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
    {"x86_64, a thread each", test_own_threads},
    {"icount, one thread", test_icount},
    {"sparc, one thread", test_sparc},
    {"aarch64, a thread each", test_aarch64},
    {"one thread, from one vCPU to two", test_becomes_shared},
    {"pins of a definition", test_definition},
    {"a set for the whole guest", test_cpuset},
    {"CPUs that are not there", test_cpus_that_are_not_there},
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
        mortise_test_skip("vcpu-live", "CPUs 0 and 1 are needed");
        return 77;
    }
    return engine_require("tcg") ? mortise_test_main("vcpu-live", tests, G_N_ELEMENTS(tests)) : 77;
}
