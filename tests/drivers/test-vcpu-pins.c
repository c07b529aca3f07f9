// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Pins over what QEMU from 2.5 to 7.2 reported, played by threads of this process: who is moved, and who never is.
#include "mortise-test.h"
#include "qemu-affinity.h"
#include "qemu-engine-vcpu.h"
#include "vcpu-test.h"

#include <mortise/driver/vcpu.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define THREADS 3

/* An emulator that is this process: threads that wait, the first of them for vCPU 0. */
typedef struct {
    pthread_t threads[THREADS];
    gint64 ids[THREADS];
    pthread_barrier_t begun;
    pthread_barrier_t over;
    QemuRecord *record;
    DomainCpus all;
} Emulator;

typedef struct {
    Emulator *emulator;
    guint number;
} Start;

static void *
wait_for_end(void *data)
{
    Start *start = data;
    Emulator *emulator = start->emulator;

    emulator->ids[start->number] = gettid();
    (void) pthread_barrier_wait(&emulator->begun);
    (void) pthread_barrier_wait(&emulator->over);
    return NULL;
}

static void
emulator_begin(Emulator *emulator)
{
    Start starts[THREADS];

    CHECK(qemu_affinity_read(getpid(), &emulator->all));
    CHECK_INT(pthread_barrier_init(&emulator->begun, NULL, THREADS + 1), 0);
    CHECK_INT(pthread_barrier_init(&emulator->over, NULL, THREADS + 1), 0);
    for (guint i = 0; i < THREADS; i++) {
        starts[i] = (Start){emulator, i};
        CHECK_INT(pthread_create(&emulator->threads[i], NULL, wait_for_end, &starts[i]), 0);
    }
    (void) pthread_barrier_wait(&emulator->begun);
    emulator->record = qemu_record_new();
    emulator->record->emulator.pid = getpid();
}

static void
emulator_end(Emulator *emulator)
{
    (void) pthread_barrier_wait(&emulator->over);
    for (guint i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(emulator->threads[i], NULL), 0);
    }
    CHECK(qemu_affinity_set_others(getpid(), NULL, &emulator->all, NULL));
    (void) pthread_barrier_destroy(&emulator->begun);
    (void) pthread_barrier_destroy(&emulator->over);
    qemu_record_free(emulator->record);
}

/* What QEMU would say: `threads` are numbers of ours, M for the main thread, X for one that has gone. */
static void
look(const Emulator *emulator, const char *threads, QemuVcpuReport *report)
{
    g_autoptr(GString) text = g_string_new("[");
    g_autoptr(JsonNode) value = NULL;

    for (guint i = 0; threads[i]; i++) {
        const gint64 thread = threads[i] == 'M'   ? getpid()
                              : threads[i] == 'X' ? 1
                                                  : emulator->ids[threads[i] - '0'];
        g_string_append_printf(text,
                               "%s{\"cpu-index\": %u, \"thread-id\": %" G_GINT64_FORMAT ", \"qom-path\": \"/c%u\"}",
                               i ? "," : "", i, thread, i);
    }
    value = json_from_string(g_string_append_c(text, ']')->str, NULL);
    qemu_vcpu_report_look(value, getpid(), report);
}

static DomainDefinition *
define(const char *tuning)
{
    g_autofree char *xml = g_strdup_printf("<domain type='qemu'><name>x</name><memory>1</memory><vcpu>3</vcpu>\n%s"
                                           "<os><type>hvm</type></os></domain>",
                                           tuning);

    return domain_definition_parse(xml, -1, NULL);
}

/* The affinities of main thread and threads in a row, '*' for all CPUs: "*10*". */
static void
check_affinities(const Emulator *emulator, const char *expected)
{
    g_autoptr(GHashTable) affinities = vcpu_test_affinities(getpid());
    g_autofree char *all = domain_cpus_to_text(&emulator->all);
    g_autoptr(GString) found = g_string_new(NULL);

    for (guint i = 0; i <= THREADS; i++) {
        const char *affinity = vcpu_test_affinity(affinities, i == 0 ? getpid() : emulator->ids[i - 1]);
        (void) g_string_append(found, g_strcmp0(affinity, all) == 0 ? "*" : affinity);
    }
    CHECK_TEXT(found->str, expected);
}

/* A start on a report of that kind. */
static void
check_start(const char *threads, const char *tuning, const char *reason, const char *affinities)
{
    g_autoptr(DomainDefinition) definition = define(tuning);
    g_auto(QemuVcpuReport) report = {.threads = NULL};
    g_autoptr(DriverFailure) failure = NULL;
    Emulator emulator;

    emulator_begin(&emulator);
    look(&emulator, threads, &report);
    CHECK_INT(qemu_pins_begin(definition, &report, emulator.record, &failure), reason == NULL);
    CHECK_TEXT(failure ? failure->reason : NULL, reason ? "element-unsupported" : NULL);
    CHECK_CONTAINS(failure ? failure->message : "", reason ? reason : "");
    check_affinities(&emulator, affinities);
    emulator_end(&emulator);
}

#define PIN_1 "<cputune>\n<vcpupin vcpu='1' cpuset='1'/></cputune>"
#define PIN_BOTH "<cputune><vcpupin vcpu='1' cpuset='1'/><emulatorpin cpuset='0'/></cputune>"
#define PIN_EMULATOR "<cputune><emulatorpin cpuset='0'/></cputune>"

static void
test_starts(void)
{
    // 7.2 by KVM or a thread each: the thread, and no other.
    check_start("012", PIN_1, NULL, "**1*");
    check_start("012", PIN_BOTH, NULL, "0*1*");
    check_start("01", PIN_BOTH, NULL, "0*10");
    check_start("012", "", NULL, "****");
    // 7.2 with one thread for all; 2.5 with the main thread for all, or for all but the first: nothing moves.
    check_start("000", PIN_1, "line 3, domain/cputune/vcpupin: vCPUs cannot be pinned: one thread", "****");
    check_start("MMM", PIN_1, "main thread", "****");
    check_start("0MM", PIN_1, "main thread", "****");
    check_start("01M", PIN_BOTH, "main thread", "****");
    check_start("010", PIN_1, "vCPUs 0 and 2 have the same thread", "****");
    check_start("0X", PIN_1, "has no such thread", "****");
    check_start("", PIN_1, "reports no vCPU", "****");
    // The emulator is then everything that there is.
    check_start("000", PIN_EMULATOR, NULL, "0000");
    check_start("MMM", PIN_EMULATOR, NULL, "0000");
    check_start("0MM", PIN_EMULATOR, NULL, "0000");
    // One vCPU has its thread, whatever that does when there are two.
    check_start("0", "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>", NULL, "*1**");
}

/* After a start on `threads`, QEMU says `after`, then `last`: what is where each time. */
static void
check_hotplug(const char *tuning, const char *threads, const char *after, const char *affinities, const char *last,
              const char *last_affinities)
{
    g_autoptr(DomainDefinition) definition = define(tuning);
    g_auto(QemuVcpuReport) first = {.threads = NULL};
    g_auto(QemuVcpuReport) second = {.threads = NULL};
    g_auto(QemuVcpuReport) third = {.threads = NULL};
    Emulator emulator;

    emulator_begin(&emulator);
    look(&emulator, threads, &first);
    CHECK(qemu_pins_begin(definition, &first, emulator.record, NULL));
    look(&emulator, after, &second);
    CHECK(qemu_pins_renew(definition, &first, &second, emulator.record, NULL));
    check_affinities(&emulator, affinities);
    look(&emulator, last, &third);
    CHECK(qemu_pins_renew(definition, &second, &third, emulator.record, NULL));
    check_affinities(&emulator, last_affinities);
    emulator_end(&emulator);
}

static void
test_hotplug(void)
{
    static const char first[] = "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>";
    static const char all[] = "<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='2' cpuset='1'/>"
                              "<emulatorpin cpuset='0'/></cputune>";

    // One thread: its own, then shared and the emulator's, then its own again.
    check_hotplug(first, "0", "00", "****", "0", "*1**");
    check_hotplug(all, "0", "00", "0000", "0", "0100");
    // A thread each: what is plugged gets its pin, or else all CPUs, not those of the emulator that made it.
    check_hotplug(all, "0", "01", "01*0", "012", "01*1");
    // What is plugged already stays where it is.
    check_hotplug(first, "01", "012", "*1**", "0", "*1**");
}

static const MortiseTest tests[] = {
    {"starts", test_starts},
    {"plugged and taken away", test_hotplug},
};

int
main(void)
{
    DomainCpus cpus;

    if (!qemu_affinity_read(getpid(), &cpus) || !domain_cpus_has(&cpus, 0) || !domain_cpus_has(&cpus, 1)) {
        mortise_test_skip("vcpu-pins", "CPUs 0 and 1 are needed");
        return 77;
    }
    return mortise_test_main("vcpu-pins", tests, G_N_ELEMENTS(tests));
}
