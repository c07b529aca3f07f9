// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The vCPUs of a running guest, seen through its monitor and /proc at once: for the report and for statistics.
#pragma once

#include "qemu-monitor.h"
#include "qemu-vcpu.h"
#include "qmp-client.h"

typedef struct {
    GPtrArray *threads;        /* QemuThread, those that were seen */
    GArray *seen;              /* QemuVcpuSeen, by id */
    QemuVcpuVerdict verdict;
} QemuVcpuReport;

/* Asks and looks. FALSE with the failure of the monitor. [blocks until `deadline`] */
gboolean qemu_vcpu_report_make(QmpClient *client, gint64 process, gint64 deadline, QemuVcpuReport *report,
                               DriverFailure **failure);
void qemu_vcpu_report_clear(QemuVcpuReport *report);
/* MORTISE_VCPU_... of the vCPU at that index; unknown unless it has a thread of its own. */
guint qemu_vcpu_state(const QemuVcpuReport *report, guint index);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuVcpuReport, qemu_vcpu_report_clear)
