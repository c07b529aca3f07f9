// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The vCPU report of a running domain, made anew each time.
#include "qemu-engine-private.h"
#include "qemu-engine-vcpu.h"

static void
thread_free(gpointer thread)
{
    qemu_thread_free(thread);
}

void
qemu_vcpu_report_clear(QemuVcpuReport *report)
{
    g_clear_pointer(&report->threads, g_ptr_array_unref);
    g_clear_pointer(&report->seen, g_array_unref);
}

void
qemu_vcpu_report_look(JsonNode *value, gint64 process, QemuVcpuReport *report)
{
    g_autoptr(GPtrArray) cpus = qemu_monitor_cpus(value);

    report->threads = g_ptr_array_new_with_free_func(thread_free);
    report->seen = g_array_new(FALSE, TRUE, sizeof(QemuVcpuSeen));
    for (guint i = 0; i < cpus->len; i++) {
        const QemuMonitorCpu *cpu = cpus->pdata[i];
        const QemuVcpuSeen seen = {
            .id = cpu->id,
            .thread = cpu->thread,
            .seen = cpu->thread > 0 ? qemu_thread_read(process, cpu->thread) : NULL,
        };
        if (seen.seen) {
            g_ptr_array_add(report->threads, (gpointer) seen.seen);
        }
        (void) g_array_append_val(report->seen, seen);
    }
    qemu_vcpu_decide(process, (const QemuVcpuSeen *) (const void *) report->seen->data, report->seen->len,
                     &report->verdict);
}

gboolean
qemu_vcpu_report_make(QmpClient *client, gint64 process, gint64 deadline, QemuVcpuReport *report,
                      DriverFailure **failure)
{
    g_autoptr(JsonNode) value = NULL;

    // Not query-cpus: that one stops the guest.
    if (!qmp_client_call(client, "query-cpus-fast", NULL, deadline, &value, failure)) {
        return FALSE;
    }
    qemu_vcpu_report_look(value, process, report);
    return TRUE;
}

GArray *
qemu_vcpu_own_threads(const QemuVcpuReport *report)
{
    GArray *threads = g_array_new(FALSE, FALSE, sizeof(gint64));

    for (guint i = 0; report->verdict.model == MORTISE_VCPU_MODEL_PER_VCPU && i < report->seen->len; i++) {
        const gint64 thread = g_array_index(report->seen, QemuVcpuSeen, i).thread;
        (void) g_array_append_val(threads, thread);
    }
    return threads;
}

gint
qemu_vcpu_find(const QemuVcpuReport *report, guint vcpu)
{
    for (guint i = 0; i < report->seen->len; i++) {
        if (g_array_index(report->seen, QemuVcpuSeen, i).id == vcpu) {
            return (gint) i;
        }
    }
    return -1;
}

guint
qemu_vcpu_state(const QemuVcpuReport *report, guint index)
{
    const QemuVcpuSeen *vcpu = &g_array_index(report->seen, QemuVcpuSeen, index);

    if (report->verdict.model != MORTISE_VCPU_MODEL_PER_VCPU) {
        return MORTISE_VCPU_UNKNOWN;
    }
    // An idle guest CPU sleeps in the kernel or in QEMU, and so does its thread.
    return vcpu->seen->state == 'R' ? MORTISE_VCPU_RUNNING : MORTISE_VCPU_BLOCKED;
}

static void
tell(const QemuDriver *driver, const QemuVcpuReport *report, MortiseSink *sink)
{
    for (guint i = 0; i < report->seen->len; i++) {
        const QemuVcpuSeen *seen = &g_array_index(report->seen, QemuVcpuSeen, i);
        const gboolean own = report->verdict.model == MORTISE_VCPU_MODEL_PER_VCPU;
        const MortiseVcpu vcpu = {
            .struct_size = sizeof(vcpu),
            .id = seen->id,
            .state = qemu_vcpu_state(report, i),
            .cpu = own ? seen->seen->cpu : -1,
            .thread_id = own ? seen->thread : -1,
            .cpu_time = own ? seen->seen->cpu_time : -1,
            .affinity = own ? seen->seen->affinity : NULL,
        };
        driver->host->sink_vcpu(sink, &vcpu);
    }
}

MortiseResult
qemu_engine_vcpu_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus)
{
    QemuDomain *reported = domain;
    const QemuDriver *driver = reported->engine->driver;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    g_auto(QemuVcpuReport) report = {.threads = NULL};
    DriverFailure *failure = NULL;

    if (!qemu_domain_borrow(reported, &guest, &client, &failure) ||
        !qemu_vcpu_report_make(client, guest->record->emulator.pid, qemu_engine_deadline(driver), &report, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    tell(driver, &report, vcpus);
    summary->model = report.verdict.model;
    summary->pinnable = report.verdict.pinnable ? 1 : 0;
    summary->maximum = MAX(guest->record->maximum_vcpus, report.seen->len);
    (void) g_strlcpy(summary->reason, report.verdict.reason, sizeof(summary->reason));
    return MORTISE_OK;
}
