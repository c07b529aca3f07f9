// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The vCPUs of a running guest, seen through its monitor and /proc at once: for the report and for statistics.
#pragma once

#include "domain-definition.h"
#include "qemu-adopt-record.h"
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
/* The same with an answer to query-cpus-fast that is there already. */
void qemu_vcpu_report_look(JsonNode *value, gint64 process, QemuVcpuReport *report);
void qemu_vcpu_report_clear(QemuVcpuReport *report);
/* gint64: the threads that are a vCPU's own; empty unless each has one. To be freed. */
GArray *qemu_vcpu_own_threads(const QemuVcpuReport *report);
/* Its index in the report; -1: it is not plugged. */
gint qemu_vcpu_find(const QemuVcpuReport *report, guint vcpu);
/* MORTISE_VCPU_... of the vCPU at that index; unknown unless it has a thread of its own. */
guint qemu_vcpu_state(const QemuVcpuReport *report, guint index);

/* qemu-engine-pin.c: gives threads the host CPUs that the definition says; what is not said stays as it is. */
/* Before the guest runs. An error that names the element when a vCPU's pin cannot be kept. */
gboolean qemu_pins_begin(const DomainDefinition *definition, const QemuVcpuReport *report, QemuRecord *record,
                         DriverFailure **failure);
/* After a hotplug: what was plugged, and what has become a vCPU's own thread or has ceased to be one. */
gboolean qemu_pins_renew(const DomainDefinition *definition, const QemuVcpuReport *before,
                         const QemuVcpuReport *after, const QemuRecord *record, DriverFailure **failure);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuVcpuReport, qemu_vcpu_report_clear)
