// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What reads return: host information, domain information, vCPU reports and statistics.
#ifndef MORTISE_REPORTS_H
#define MORTISE_REPORTS_H

#include <mortise/mortise-types.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_HOST_INFO (mortise_host_info_get_type())

/**
 * MortiseHostInfo:
 * @model: CPU model or architecture
 * @hostname: name of the host
 * @hypervisor: name of the hypervisor, such as "QEMU"
 * @hypervisor_version: major * 1000000 + minor * 1000 + micro; 0 when unknown
 * @memory_kib: memory of the host
 * @cpus: logical CPUs online
 * @mhz: clock of the CPUs; 0 when unknown
 * @numa_nodes: NUMA nodes
 * @sockets: sockets for each NUMA node
 * @cores: cores for each socket
 * @threads: threads for each core
 */
typedef struct {
    char *model;
    char *hostname;
    char *hypervisor;
    guint64 hypervisor_version;
    guint64 memory_kib;
    guint cpus;
    guint mhz;
    guint numa_nodes;
    guint sockets;
    guint cores;
    guint threads;
} MortiseHostInfo;

MORTISE_EXPORT GType mortise_host_info_get_type(void);
MORTISE_EXPORT MortiseHostInfo *mortise_host_info_copy(const MortiseHostInfo *self);
MORTISE_EXPORT void mortise_host_info_free(MortiseHostInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseHostInfo, mortise_host_info_free)

#define MORTISE_TYPE_DOMAIN_INFO (mortise_domain_info_get_type())

/**
 * MortiseDomainInfo:
 * @name: name
 * @uuid: UUID in its usual form
 * @type: type of the domain element, such as "kvm"
 * @driver: name of the driver that serves it
 * @title: (nullable): title
 * @id: number while active; -1 when not active
 * @state: state
 * @reason: (nullable): why it is in that state, such as "booted"
 * @detail: (nullable): one more sentence about it
 * @persistent: has a definition
 * @autostart: marked autostart
 * @memory_kib: memory at present, from the definition or the last statistics
 * @maximum_memory_kib: memory that it may have
 * @vcpus: vCPUs at present
 * @cpu_time_ns: CPU time used, of the last statistics; 0 when not known
 * @age_ms: milliseconds since the driver last confirmed the state; 0 for a domain that does not run
 * @hung_operation: (nullable): operation that is late
 * @hung_ms: milliseconds since that operation was started
 *
 * What is known of a domain without asking it.
 */
typedef struct {
    char *name;
    char *uuid;
    char *type;
    char *driver;
    char *title;
    gint64 id;
    MortiseDomainState state;
    char *reason;
    char *detail;
    gboolean persistent;
    gboolean autostart;
    guint64 memory_kib;
    guint64 maximum_memory_kib;
    guint vcpus;
    guint64 cpu_time_ns;
    gint64 age_ms;
    char *hung_operation;
    gint64 hung_ms;
} MortiseDomainInfo;

MORTISE_EXPORT GType mortise_domain_info_get_type(void);
MORTISE_EXPORT MortiseDomainInfo *mortise_domain_info_copy(const MortiseDomainInfo *self);
MORTISE_EXPORT void mortise_domain_info_free(MortiseDomainInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseDomainInfo, mortise_domain_info_free)

#define MORTISE_TYPE_VCPU_INFO (mortise_vcpu_info_get_type())

/**
 * MortiseVcpuInfo:
 * @id: number of the vCPU, from 0
 * @state: state
 * @thread_id: its own host thread; -1 when it has none
 * @cpu: host CPU it last ran on; -1 when unknown
 * @cpu_time_ns: CPU time of this vCPU alone; -1 when not known
 * @affinity: (nullable): host CPUs that it may run on, such as "0-3,5"
 */
typedef struct {
    guint id;
    MortiseVcpuState state;
    gint64 thread_id;
    gint cpu;
    gint64 cpu_time_ns;
    char *affinity;
} MortiseVcpuInfo;

MORTISE_EXPORT GType mortise_vcpu_info_get_type(void);
MORTISE_EXPORT MortiseVcpuInfo *mortise_vcpu_info_copy(const MortiseVcpuInfo *self);
MORTISE_EXPORT void mortise_vcpu_info_free(MortiseVcpuInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseVcpuInfo, mortise_vcpu_info_free)

#define MORTISE_TYPE_VCPU_REPORT (mortise_vcpu_report_get_type())

/**
 * MortiseVcpuReport:
 * @model: how vCPUs and host threads belong together
 * @pinnable: whether single vCPUs can be pinned
 * @reason: why, or why not
 * @maximum: vCPUs that the domain may have
 * @vcpus: (element-type MortiseVcpuInfo): the vCPUs
 */
typedef struct {
    MortiseVcpuModel model;
    gboolean pinnable;
    char *reason;
    guint maximum;
    GPtrArray *vcpus;
} MortiseVcpuReport;

MORTISE_EXPORT GType mortise_vcpu_report_get_type(void);
MORTISE_EXPORT MortiseVcpuReport *mortise_vcpu_report_copy(const MortiseVcpuReport *self);
MORTISE_EXPORT void mortise_vcpu_report_free(MortiseVcpuReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseVcpuReport, mortise_vcpu_report_free)

#define MORTISE_TYPE_VCPU_PINS (mortise_vcpu_pins_get_type())

/**
 * MortiseVcpuPins:
 * @current: vCPUs that the domain has, or starts with
 * @maximum: vCPUs that it can have
 * @emulator: (nullable): host CPUs of the emulator's threads that are no vCPU's own, such as "0-3,5"; %NULL when the
 *   definition does not say
 * @vcpus: (element-type MortiseVcpuInfo): the vCPUs, with their affinity; it is %NULL where the definition does not
 *   say, and of a running domain where vCPUs have no threads of their own
 */
typedef struct {
    guint current;
    guint maximum;
    char *emulator;
    GPtrArray *vcpus;
} MortiseVcpuPins;

MORTISE_EXPORT GType mortise_vcpu_pins_get_type(void);
MORTISE_EXPORT MortiseVcpuPins *mortise_vcpu_pins_copy(const MortiseVcpuPins *self);
MORTISE_EXPORT void mortise_vcpu_pins_free(MortiseVcpuPins *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseVcpuPins, mortise_vcpu_pins_free)

#define MORTISE_TYPE_DOMAIN_STATS (mortise_domain_stats_get_type())

/**
 * MortiseDomainStats:
 * @name: name of the domain
 * @uuid: its UUID
 * @values: (transfer none): a{sv}: numbers (t or x) and texts (s) by key, such as "cpu.time"
 * @age_ms: milliseconds since the numbers were taken; -1 when none were ever taken
 * @hung_operation: (nullable): operation that is late
 * @hung_ms: milliseconds since that operation was started
 */
typedef struct {
    char *name;
    char *uuid;
    GVariant *values;
    gint64 age_ms;
    char *hung_operation;
    gint64 hung_ms;
} MortiseDomainStats;

MORTISE_EXPORT GType mortise_domain_stats_get_type(void);
MORTISE_EXPORT MortiseDomainStats *mortise_domain_stats_copy(const MortiseDomainStats *self);
MORTISE_EXPORT void mortise_domain_stats_free(MortiseDomainStats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseDomainStats, mortise_domain_stats_free)

G_END_DECLS

#endif
