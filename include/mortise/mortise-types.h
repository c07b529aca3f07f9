// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Enumerations and forward declarations of the application API.
#ifndef MORTISE_TYPES_H
#define MORTISE_TYPES_H

#include <gio/gio.h>

G_BEGIN_DECLS

#define MORTISE_EXPORT __attribute__((visibility("default")))

typedef struct _MortiseRegistry MortiseRegistry;
typedef struct _MortiseModule MortiseModule;
typedef struct _MortiseConnection MortiseConnection;
typedef struct _MortiseDomain MortiseDomain;
typedef struct _MortiseWatch MortiseWatch;

/**
 * MortiseModuleKind:
 * @MORTISE_MODULE_KIND_DRIVER: a backend for one kind of hypervisor
 * @MORTISE_MODULE_KIND_FILTER: stands around the calls of any driver
 * @MORTISE_MODULE_KIND_PROVIDER: serves host resources to drivers
 */
typedef enum {
    MORTISE_MODULE_KIND_DRIVER,
    MORTISE_MODULE_KIND_FILTER,
    MORTISE_MODULE_KIND_PROVIDER,
} MortiseModuleKind;

/**
 * MortiseModuleState:
 * @MORTISE_MODULE_STATE_AVAILABLE: can be loaded, or is loaded
 * @MORTISE_MODULE_STATE_MASKED: switched off by an administrator or an environment variable
 * @MORTISE_MODULE_STATE_BAD_MANIFEST: its manifest cannot be used
 * @MORTISE_MODULE_STATE_MISSING_MODULE: the manifest is there, the module file is not
 * @MORTISE_MODULE_STATE_MISSING_LIBRARY: a shared library that it needs is not installed
 * @MORTISE_MODULE_STATE_UNTRUSTED: somebody other than root could have written it
 * @MORTISE_MODULE_STATE_ABI_MISMATCH: the file is no module, is corrupt, or is of another major version
 * @MORTISE_MODULE_STATE_INIT_FAILED: its start-up function failed
 *
 * State of a module; everything but available comes with a reason.
 */
typedef enum {
    MORTISE_MODULE_STATE_AVAILABLE,
    MORTISE_MODULE_STATE_MASKED,
    MORTISE_MODULE_STATE_BAD_MANIFEST,
    MORTISE_MODULE_STATE_MISSING_MODULE,
    MORTISE_MODULE_STATE_MISSING_LIBRARY,
    MORTISE_MODULE_STATE_UNTRUSTED,
    MORTISE_MODULE_STATE_ABI_MISMATCH,
    MORTISE_MODULE_STATE_INIT_FAILED,
} MortiseModuleState;

/**
 * MortiseDomainState:
 * @MORTISE_DOMAIN_STATE_UNKNOWN: nobody can tell
 * @MORTISE_DOMAIN_STATE_RUNNING: running
 * @MORTISE_DOMAIN_STATE_BLOCKED: waiting for a resource
 * @MORTISE_DOMAIN_STATE_PAUSED: suspended
 * @MORTISE_DOMAIN_STATE_SHUTDOWN: on its way down
 * @MORTISE_DOMAIN_STATE_SHUTOFF: not running
 * @MORTISE_DOMAIN_STATE_CRASHED: ended, or stands still, by a fault of its own
 * @MORTISE_DOMAIN_STATE_SUSPENDED: suspended by the guest's power management
 */
typedef enum {
    MORTISE_DOMAIN_STATE_UNKNOWN,
    MORTISE_DOMAIN_STATE_RUNNING,
    MORTISE_DOMAIN_STATE_BLOCKED,
    MORTISE_DOMAIN_STATE_PAUSED,
    MORTISE_DOMAIN_STATE_SHUTDOWN,
    MORTISE_DOMAIN_STATE_SHUTOFF,
    MORTISE_DOMAIN_STATE_CRASHED,
    MORTISE_DOMAIN_STATE_SUSPENDED,
} MortiseDomainState;

/**
 * MortiseOpenFlags:
 * @MORTISE_OPEN_NONE: nothing special
 * @MORTISE_OPEN_NO_WAIT: do not wait for another owner of the same root
 */
typedef enum { /*< flags >*/
    MORTISE_OPEN_NONE = 0,
    MORTISE_OPEN_NO_WAIT = 1 << 0,
} MortiseOpenFlags;

/**
 * MortiseListFlags:
 * @MORTISE_LIST_ALL: every domain
 * @MORTISE_LIST_ACTIVE: running, paused and the like
 * @MORTISE_LIST_INACTIVE: not running
 * @MORTISE_LIST_PERSISTENT: with a definition
 * @MORTISE_LIST_TRANSIENT: without a definition
 * @MORTISE_LIST_AUTOSTART: marked autostart
 * @MORTISE_LIST_NO_AUTOSTART: not marked autostart
 * @MORTISE_LIST_RUNNING: in the state running
 * @MORTISE_LIST_PAUSED: in the state paused
 * @MORTISE_LIST_SHUTOFF: in the state shut off
 * @MORTISE_LIST_OTHER: in any other state
 *
 * Filters of a list. Flags of one group (activity, persistence, autostart, state) are alternatives; groups combine.
 */
typedef enum { /*< flags >*/
    MORTISE_LIST_ALL = 0,
    MORTISE_LIST_ACTIVE = 1 << 0,
    MORTISE_LIST_INACTIVE = 1 << 1,
    MORTISE_LIST_PERSISTENT = 1 << 2,
    MORTISE_LIST_TRANSIENT = 1 << 3,
    MORTISE_LIST_AUTOSTART = 1 << 4,
    MORTISE_LIST_NO_AUTOSTART = 1 << 5,
    MORTISE_LIST_RUNNING = 1 << 6,
    MORTISE_LIST_PAUSED = 1 << 7,
    MORTISE_LIST_SHUTOFF = 1 << 8,
    MORTISE_LIST_OTHER = 1 << 9,
} MortiseListFlags;

/**
 * MortiseDefineFlags:
 * @MORTISE_DEFINE_NONE: keep the definition whatever the driver thinks of it
 * @MORTISE_DEFINE_VALIDATE: refuse a definition with anything in it that the driver could not honour
 */
typedef enum { /*< flags >*/
    MORTISE_DEFINE_NONE = 0,
    MORTISE_DEFINE_VALIDATE = 1 << 0,
} MortiseDefineFlags;

/**
 * MortiseStartFlags:
 * @MORTISE_START_NONE: run at once
 * @MORTISE_START_SUSPENDED: start paused
 */
typedef enum { /*< flags >*/
    MORTISE_START_NONE = 0,
    MORTISE_START_SUSPENDED = 1 << 0,
} MortiseStartFlags;

/**
 * MortiseShutdownMode:
 * @MORTISE_SHUTDOWN_MODE_DEFAULT: the driver chooses
 * @MORTISE_SHUTDOWN_MODE_ACPI: power button
 * @MORTISE_SHUTDOWN_MODE_AGENT: guest agent
 * @MORTISE_SHUTDOWN_MODE_SIGNAL: signal to init
 * @MORTISE_SHUTDOWN_MODE_INITCTL: initctl pipe
 */
typedef enum { /*< flags >*/
    MORTISE_SHUTDOWN_MODE_DEFAULT = 0,
    MORTISE_SHUTDOWN_MODE_ACPI = 1 << 0,
    MORTISE_SHUTDOWN_MODE_AGENT = 1 << 1,
    MORTISE_SHUTDOWN_MODE_SIGNAL = 1 << 2,
    MORTISE_SHUTDOWN_MODE_INITCTL = 1 << 3,
} MortiseShutdownMode;

/**
 * MortiseStopFlags:
 * @MORTISE_STOP_NOW: kill it
 * @MORTISE_STOP_GENTLE: let the emulator flush its disks first
 */
typedef enum { /*< flags >*/
    MORTISE_STOP_NOW = 0,
    MORTISE_STOP_GENTLE = 1 << 0,
} MortiseStopFlags;

/**
 * MortiseXmlFlags:
 * @MORTISE_XML_CURRENT: what runs, or the definition when it does not run
 * @MORTISE_XML_INACTIVE: the definition, also while it runs
 */
typedef enum { /*< flags >*/
    MORTISE_XML_CURRENT = 0,
    MORTISE_XML_INACTIVE = 1 << 0,
} MortiseXmlFlags;

/**
 * MortiseModifyFlags:
 * @MORTISE_MODIFY_CURRENT: the running domain while it runs, else its definition
 * @MORTISE_MODIFY_LIVE: the running domain
 * @MORTISE_MODIFY_CONFIG: the definition, which the next start takes
 * @MORTISE_MODIFY_MAXIMUM: of a number of vCPUs or an amount of memory: the most that the domain can have; only of a
 *   definition
 *
 * What a change is made to, or what is asked about. Live and config together change both.
 */
typedef enum { /*< flags >*/
    MORTISE_MODIFY_CURRENT = 0,
    MORTISE_MODIFY_LIVE = 1 << 0,
    MORTISE_MODIFY_CONFIG = 1 << 1,
    MORTISE_MODIFY_MAXIMUM = 1 << 2,
} MortiseModifyFlags;

/**
 * MortiseTuningGroup:
 * @MORTISE_TUNING_GROUP_MEMORY: hard_limit, soft_limit, swap_hard_limit (memory and swap), in KiB
 * @MORTISE_TUNING_GROUP_CPU: cpu_shares, a weight; vcpu_period and vcpu_quota, in microseconds
 * @MORTISE_TUNING_GROUP_BLOCK: weight
 *
 * Groups of a domain's limits and weights.
 */
typedef enum {
    MORTISE_TUNING_GROUP_MEMORY = 0,
    MORTISE_TUNING_GROUP_CPU = 1,
    MORTISE_TUNING_GROUP_BLOCK = 2,
} MortiseTuningGroup;

/**
 * MortiseStatsGroups:
 * @MORTISE_STATS_GROUP_STATE: state.state, state.reason
 * @MORTISE_STATS_GROUP_CPU: cpu.time and others, in nanoseconds
 * @MORTISE_STATS_GROUP_BALLOON: balloon.current and others, in KiB
 * @MORTISE_STATS_GROUP_VCPU: vcpu.current, vcpu.N.time and others
 * @MORTISE_STATS_GROUP_INTERFACE: net.count, net.N.rx.bytes and others
 * @MORTISE_STATS_GROUP_BLOCK: block.count, block.N.rd.bytes and others
 * @MORTISE_STATS_GROUP_ALL: all of them
 */
typedef enum { /*< flags >*/
    MORTISE_STATS_GROUP_CPU = 1 << 0,
    MORTISE_STATS_GROUP_BALLOON = 1 << 1,
    MORTISE_STATS_GROUP_VCPU = 1 << 2,
    MORTISE_STATS_GROUP_INTERFACE = 1 << 3,
    MORTISE_STATS_GROUP_BLOCK = 1 << 4,
    MORTISE_STATS_GROUP_STATE = 1 << 5,
    MORTISE_STATS_GROUP_ALL = 63,
} MortiseStatsGroups;

/**
 * MortiseVcpuModel:
 * @MORTISE_VCPU_THREADS_NONE: no host threads to be seen
 * @MORTISE_VCPU_THREADS_SHARED: one host thread runs all of them
 * @MORTISE_VCPU_THREADS_PER_VCPU: each has a host thread of its own
 */
typedef enum {
    MORTISE_VCPU_THREADS_NONE,
    MORTISE_VCPU_THREADS_SHARED,
    MORTISE_VCPU_THREADS_PER_VCPU,
} MortiseVcpuModel;

/**
 * MortiseVcpuState:
 * @MORTISE_VCPU_STATE_OFFLINE: not plugged
 * @MORTISE_VCPU_STATE_RUNNING: running
 * @MORTISE_VCPU_STATE_BLOCKED: waiting
 * @MORTISE_VCPU_STATE_UNKNOWN: nobody can tell
 */
typedef enum {
    MORTISE_VCPU_STATE_OFFLINE,
    MORTISE_VCPU_STATE_RUNNING,
    MORTISE_VCPU_STATE_BLOCKED,
    MORTISE_VCPU_STATE_UNKNOWN,
} MortiseVcpuState;

/**
 * MortiseVerdict:
 * @MORTISE_CHECK_GOOD: as it should be
 * @MORTISE_CHECK_WARNING: works, but something is worth knowing
 * @MORTISE_CHECK_BAD: does not work
 * @MORTISE_CHECK_UNKNOWN: could not be found out
 */
typedef enum {
    MORTISE_CHECK_GOOD,
    MORTISE_CHECK_WARNING,
    MORTISE_CHECK_BAD,
    MORTISE_CHECK_UNKNOWN,
} MortiseVerdict;

/**
 * MortiseEventKind:
 * @MORTISE_EVENT_KIND_DEFINED: a definition was added or replaced
 * @MORTISE_EVENT_KIND_UNDEFINED: a definition was removed
 * @MORTISE_EVENT_KIND_STATE: the state changed; see the event's state and reason
 * @MORTISE_EVENT_KIND_GUEST: the guest or its emulator reported something; see the event's detail
 * @MORTISE_EVENT_KIND_HUNG: a call on the domain is late
 * @MORTISE_EVENT_KIND_RECOVERED: the late call has returned
 * @MORTISE_EVENT_KIND_RESYNC: events were lost; read the list anew
 * @MORTISE_EVENT_KIND_MIGRATION_STARTED: the domain is being moved; the event's reason is the URI of the other side
 * @MORTISE_EVENT_KIND_MIGRATION_COMPLETED: it was moved
 * @MORTISE_EVENT_KIND_MIGRATION_FAILED: it was not; see the event's detail
 */
typedef enum {
    MORTISE_EVENT_KIND_DEFINED,
    MORTISE_EVENT_KIND_UNDEFINED,
    MORTISE_EVENT_KIND_STATE,
    MORTISE_EVENT_KIND_GUEST,
    MORTISE_EVENT_KIND_HUNG,
    MORTISE_EVENT_KIND_RECOVERED,
    MORTISE_EVENT_KIND_RESYNC,
    MORTISE_EVENT_KIND_MIGRATION_STARTED,
    MORTISE_EVENT_KIND_MIGRATION_COMPLETED,
    MORTISE_EVENT_KIND_MIGRATION_FAILED,
} MortiseEventKind;

MORTISE_EXPORT const char *mortise_module_kind_to_string(MortiseModuleKind kind);
MORTISE_EXPORT const char *mortise_module_state_to_string(MortiseModuleState state);
MORTISE_EXPORT const char *mortise_domain_state_to_string(MortiseDomainState state);
MORTISE_EXPORT const char *mortise_vcpu_model_to_string(MortiseVcpuModel model);
MORTISE_EXPORT const char *mortise_vcpu_state_to_string(MortiseVcpuState state);
MORTISE_EXPORT const char *mortise_verdict_to_string(MortiseVerdict verdict);
MORTISE_EXPORT const char *mortise_event_kind_to_string(MortiseEventKind kind);

/**
 * mortise_get_version:
 *
 * Version of the library that runs, such as "0.1.0"; the one compiled against may be older.
 */
MORTISE_EXPORT const char *mortise_get_version(void);

G_END_DECLS

#endif
