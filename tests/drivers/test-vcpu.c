// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The decision about vCPU threads, over what QEMU from 2.5 to 7.2 reported and what it never should.
#include "mortise-test.h"
#include "qemu-vcpu.h"

#include <mortise/driver/vcpu.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define MAIN 1000
#define MOST 4

typedef struct {
    const char *what;
    gint64 threads[MOST];      /* as QEMU reports them; 0 ends the list */
    const char *names[MOST];   /* of the threads under /proc; NULL: not there */
    guint model;
    const char *reason;
} Report;

static const Report reports[] = {
    {"7.2, kvm", {1003, 1004, 1005}, {"CPU 0/KVM", "CPU 1/KVM", "CPU 2/KVM"}, MORTISE_VCPU_MODEL_PER_VCPU,
     "Each of the 3 vCPUs has a thread of its own (CPU 0/KVM, ...)"},
    {"7.2, tcg,thread=multi", {1003, 1004, 1005}, {"CPU 0/TCG", "CPU 1/TCG", "CPU 2/TCG"},
     MORTISE_VCPU_MODEL_PER_VCPU, "(CPU 0/TCG, ...)"},
    {"7.2, tcg,thread=single", {1003, 1003, 1003}, {"ALL CPUs/TCG", "ALL CPUs/TCG", "ALL CPUs/TCG"},
     MORTISE_VCPU_MODEL_SHARED, "one thread (ALL CPUs/TCG) runs all 3 of them"},
    {"7.2, one vCPU, thread=single", {1003}, {"ALL CPUs/TCG"}, MORTISE_VCPU_MODEL_PER_VCPU,
     "The only vCPU has a thread of its own (ALL CPUs/TCG)"},
    {"7.2, one vCPU, kvm", {1003}, {"CPU 0/KVM"}, MORTISE_VCPU_MODEL_PER_VCPU, "The only vCPU"},
    {"before 2.12, all with the main process", {MAIN, MAIN, MAIN}, {"qemu", "qemu", "qemu"},
     MORTISE_VCPU_MODEL_SHARED, "reports its main thread (1000) for all of them"},
    {"before 2.12, one with the main process", {MAIN}, {"qemu"}, MORTISE_VCPU_MODEL_NONE,
     "reports its main thread (1000) for its vCPU"},
    {"2.5, the TCG thread for vCPU 0 and the main process for the others", {1003, MAIN, MAIN},
     {"qemu-system-x86", "qemu", "qemu"}, MORTISE_VCPU_MODEL_SHARED, "main thread (1000) for vCPU 1"},
    {"the main process among others", {1003, 1004, MAIN}, {"CPU 0/TCG", "CPU 1/TCG", "qemu"},
     MORTISE_VCPU_MODEL_SHARED, "main thread (1000) for vCPU 2"},
    {"two of three share", {1003, 1004, 1003}, {"CPU 0/TCG", "CPU 1/TCG", "CPU 0/TCG"}, MORTISE_VCPU_MODEL_SHARED,
     "vCPUs 0 and 2 have the same thread (1003)"},
    {"a thread that is not there", {1003, 4711}, {"CPU 0/TCG", NULL}, MORTISE_VCPU_MODEL_NONE,
     "reports thread 4711 for vCPU 1, and has no such thread"},
    {"a shared thread that is not there", {4711, 4711}, {NULL, NULL}, MORTISE_VCPU_MODEL_SHARED,
     "one thread (not seen under /proc) runs all 2"},
    {"no thread id at all", {-1, 1004}, {NULL, "CPU 1/TCG"}, MORTISE_VCPU_MODEL_NONE, "no thread for vCPU 0"},
    {"nothing for any", {-1, -1}, {NULL, NULL}, MORTISE_VCPU_MODEL_NONE, "no thread for vCPU 0"},
    {"no vCPU", {0}, {NULL}, MORTISE_VCPU_MODEL_NONE, "reports no vCPU"},
};

static void
check_report(const Report *report)
{
    QemuThread threads[MOST];
    QemuVcpuSeen seen[MOST];
    QemuVcpuVerdict verdict;
    guint count = 0;

    for (; count < MOST && report->threads[count]; count++) {
        threads[count] = (QemuThread){.thread = report->threads[count], .name = (char *) report->names[count]};
        seen[count] = (QemuVcpuSeen){
            .id = count,
            .thread = report->threads[count],
            .seen = report->names[count] ? &threads[count] : NULL,
        };
    }
    qemu_vcpu_decide(MAIN, seen, count, &verdict);
    if (verdict.model != report->model) {
        fprintf(stderr, "%s\n", report->what);
    }
    CHECK_INT(verdict.model, report->model);
    CHECK_INT(verdict.pinnable, report->model == MORTISE_VCPU_MODEL_PER_VCPU);
    CHECK_CONTAINS(verdict.reason, report->reason);
    CHECK(verdict.pinnable || strstr(verdict.reason, "cannot be pinned") || count == 0);
}

static void
test_reports(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(reports); i++) {
        check_report(&reports[i]);
    }
}

static void
test_long_reason(void)
{
    char name[512];
    const QemuThread only = {.thread = 5, .name = name};
    const QemuVcpuSeen seen = {.id = 0, .thread = 5, .seen = &only};
    QemuVcpuVerdict verdict;

    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    qemu_vcpu_decide(MAIN, &seen, 1, &verdict);
    CHECK_INT(strlen(verdict.reason), sizeof(verdict.reason) - 1);
}

static void
test_own_thread(void)
{
    g_autoptr(QemuThread) self = qemu_thread_read(getpid(), getpid());
    g_autoptr(QemuThread) other = qemu_thread_read(getpid(), 1);
    guint64 total = 0;
    guint64 user = 0;
    guint64 system = 0;

    CHECK(self != NULL);
    CHECK_TEXT(self->name, "test-vcpu");
    CHECK(self->cpu >= 0);
    CHECK(self->cpu_time >= 0);
    CHECK(self->affinity && strspn(self->affinity, "0123456789,-") == strlen(self->affinity));
    CHECK_INT(self->state, 'R');
    CHECK(other == NULL);
    CHECK(qemu_process_times(getpid(), &total, &user, &system));
    CHECK(total > 0);
    CHECK(qemu_process_resident(getpid()) > 100);
    CHECK(!qemu_process_times(-1, &total, &user, &system));
    CHECK_INT(qemu_process_resident(-1), 0);
}

static const MortiseTest tests[] = {
    {"reports of QEMU 2.5 to 7.2", test_reports},
    {"a long thread name", test_long_reason},
    {"threads under /proc", test_own_thread},
};

MORTISE_TEST_MAIN("vcpu", tests)
