// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the parts of the LXC driver share. Threads and locks are explained here.
#pragma once

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/device.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/namespace.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/tuning.h>
#include <mortise/driver/vcpu.h>

#include "driver-lock.h"
#include "driver-loop.h"
#include "lxc-cgroup.h"
#include "lxc-definition.h"
#include "lxc-record.h"
#include "run-directory.h"

/*
 * Threads. The core calls operations in its worker threads, one at a time for a domain. Each connection has one I/O
 * thread (DriverLoop): it watches monitors and inits, and handles the end of a container. Locks. Each domain has one
 * lock, held for moments and while the host is told a state. A domain's record lock comes before it: it is held while
 * the host keeps or forgets a running state. The engine's lock guards its list and comes before the domains'.
 */

typedef struct {
    const MortiseHost *host;
    MortiseHostDriver *self;
} LxcDriver;

typedef struct {
    const LxcDriver *driver;
    DriverLoop *loop;
    LxcCgroups *cgroups;
    char *run_directory;
    char *log_directory;
    char *boot;
    int interrupt;             /* an eventfd, readable once the connection is about to close */

    DriverLock lock;              /* guards what follows */
    GPtrArray *domains;        /* LxcDomain */
    gboolean interrupted;
} LxcEngine;

/* A container, made by us or by who was here before. `record` is changed only under the domain's lock. */
typedef struct {
    gint references;           /* atomic */
    LxcRecord *record;
    RunDirectory directory;
    int monitor;               /* pidfds; -1: gone */
    int init;
} LxcGuest;

LxcGuest *lxc_guest_new(LxcRecord *record, const RunDirectory *directory);
LxcGuest *lxc_guest_ref(LxcGuest *guest);
void lxc_guest_unref(LxcGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LxcGuest, lxc_guest_unref)

typedef enum {
    LXC_IDLE,
    LXC_STARTING,
    LXC_ACTIVE,
    LXC_SETTLING,      /* it runs; what an owner who is gone was changing is undone or finished before anything else */
    LXC_UNCLEAR,       /* a start whose owner is gone: it will become a container, or nothing */
    LXC_ENDING
} LxcPhase;

typedef struct {
    LxcEngine *engine;
    MortiseHostDomain *host;
    char *name;
    char *uuid;

    DriverLock lock;              /* guards what follows, up to the blank line; announces changes of the phase */
    LxcPhase phase;
    LxcGuest *guest;           /* NULL when idle or starting */
    gboolean paused;
    gboolean destroying;       /* its owner has asked for the end */
    DriverFailure *refusal;    /* a running state that is not understood: nothing is done with this domain */

    DriverLock record_lock;

    GSource *monitor_watch;    /* the loop's thread only, like what follows */
    GSource *init_watch;
    GSource *directory_watch;
    int directory_events;      /* inotify; -1: none */
    GSource *change_watch;
    int change_events;         /* the same, while another process is at a change */
    int change_lock;           /* what that one holds; -1: nobody waits for it */
} LxcDomain;

/* lxc-engine.c */
/* Hands a failure (consumed) to the host; returns MORTISE_FAILED. */
MortiseResult lxc_fail(const LxcDriver *driver, DriverFailure *failure);
void lxc_log(const LxcDriver *driver, guint level, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Deadline of the call that this thread is in, as g_get_monotonic_time(). */
gint64 lxc_deadline(const LxcDriver *driver);
gboolean lxc_engine_is_interrupted(LxcEngine *engine);
MortiseResult lxc_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver);
void lxc_shutdown(void *driver);
MortiseResult lxc_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host,
                       void **connection);
void lxc_close(void *connection);
void lxc_interrupt(void *connection);

/* lxc-domain.c */
MortiseResult lxc_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host,
                              void **domain);
void lxc_domain_close(void *domain);
/* Tells the host the state of an active domain; under the lock. */
void lxc_domain_publish(LxcDomain *domain, const char *reason, const char *detail);
void lxc_domain_set_phase(LxcDomain *domain, LxcPhase phase);
/* Keeps the record, but not of what has ended meanwhile; FALSE with the host's error set. */
gboolean lxc_domain_keep(LxcDomain *domain, const LxcRecord *record);
/*
 * A reference to the container of an active domain, waited for while it is settled; NULL with "domain-inactive",
 * "domain-busy" or the refusal.
 */
LxcGuest *lxc_domain_borrow(LxcDomain *domain, DriverFailure **failure);
/* The same, only with an init: a container that is just ending, or being started again, has none. */
LxcGuest *lxc_domain_borrow_init(LxcDomain *domain, ProcessIdentity *init, DriverFailure **failure);
/*
 * Whether that init still runs. Else what was done with its container may be half done, or not last: the failure is
 * that then, "domain-inactive" or "domain-busy", whatever it was before.
 */
gboolean lxc_domain_require_life(LxcDomain *domain, const LxcGuest *guest, const ProcessIdentity *init,
                                 DriverFailure **failure);

/* A descriptor of the process that is the init now, to be closed: that of `guest` is closed at a reboot. -1: none. */
int lxc_domain_open_init(LxcDomain *domain, const LxcGuest *guest);

/* lxc-watch.c: the loop's thread only; `data` is the LxcDomain. */
void lxc_domain_watch(gpointer data);
void lxc_domain_watch_unclear(gpointer data);
void lxc_domain_unwatch(LxcDomain *domain);
void lxc_domain_end(gpointer data);

/* lxc-settle.c */
/*
 * Undoes or finishes a change that the record of a container that runs still has, and lets operations begin then. In
 * the loop's thread, which it may hold up for moments; again with each life that begins. Not without LXC_SETTLING.
 */
void lxc_settle(gpointer data);
/* Publishes the live XML that this is going to lead to. Nobody else uses the domain yet. */
void lxc_settle_foretell(LxcDomain *domain);
/* Has it done by the loop, for an operation that cannot tell what became of its change. */
void lxc_settle_later(LxcDomain *domain);
void lxc_settle_unwatch(LxcDomain *domain);

/* lxc-adopt.c */
/* Finds the container of a running state again, or what is left of a start without one (NULL); nothing waits. */
void lxc_adopt(LxcDomain *domain, const char *running_state);
/* The container lives: phase and state are set and told. */
void lxc_activate(LxcDomain *domain, const LxcEvents *events, const char *reason);

/* lxc-remains.c */
/* Removes what a container that has ended may have left: groups, links, liblxc's files, its directory. Blocks. */
void lxc_remove_remains(const LxcEngine *engine, const LxcGuest *guest, const char *uuid);

/* lxc-start.c, lxc-stop.c, lxc-power.c */
MortiseResult lxc_start(void *domain, const MortiseStartArguments *arguments);
MortiseResult lxc_stop(void *domain, uint32_t flags);
MortiseResult lxc_power_shutdown(void *domain, uint32_t flags);
MortiseResult lxc_power_reboot(void *domain, uint32_t flags);
MortiseResult lxc_suspend(void *domain);
MortiseResult lxc_resume(void *domain);

/* lxc-process.c */
/*
 * Runs the helper program with these words and waits for its end, at most until the deadline, or until `interrupt`
 * (-1: none) is readable; it is killed then. `inherited` becomes descriptor 3 (-1: none). `output`, when not NULL,
 * gets what it prints, to be freed. FALSE when it could not be run, was killed, or failed.
 */
gboolean lxc_helper_run(const LxcDriver *driver, const char *const *words, int inherited, int interrupt,
                        gint64 deadline, char **output, DriverFailure **failure);
/* Descriptors that become 3 and 4; -1: none. */
typedef struct {
    int first;
    int second;
} LxcInherited;
/* The same with two of them. */
gboolean lxc_helper_run_with(const LxcDriver *driver, const char *const *words, const LxcInherited *inherited,
                             int interrupt, gint64 deadline, char **output, DriverFailure **failure);

/* lxc-explain.c */
/* Why a start failed, made of liblxc's log. */
void lxc_explain(const LxcDefinition *definition, const char *log, DriverFailure **failure);

/* lxc-device.c */
MortiseResult lxc_device_attach(void *domain, const char *device);
MortiseResult lxc_device_detach(void *domain, const char *device);
MortiseResult lxc_device_update(void *domain, const char *device);
MortiseResult lxc_device_edit(void *connection, const char *xml, uint32_t action, const char *device,
                              MortiseSink *text);

/* lxc-tuning.c */
/* Tells and keeps new live XML (taken); FALSE with the host's error set. */
gboolean lxc_domain_set_xml(LxcDomain *domain, LxcGuest *guest, char *xml);
char *lxc_domain_copy_xml(LxcDomain *domain, const LxcGuest *guest);
/* Puts limits where liblxc reads them again when the container reboots; `lines` as of lxc_limits_configure. */
void lxc_domain_keep_limits(const LxcDomain *domain, const LxcGuest *guest, const char *lines);
MortiseResult lxc_memory_set(void *domain, uint64_t kib);
MortiseResult lxc_memory_edit(void *connection, const char *xml, uint64_t current_kib, uint64_t maximum_kib,
                              MortiseSink *text);
MortiseResult lxc_tuning_read(void *domain, uint32_t group, MortiseSink *values);
MortiseResult lxc_tuning_set(void *domain, uint32_t group, const MortiseValue *values, uint32_t count);
MortiseResult lxc_tuning_read_definition(void *connection, const char *xml, uint32_t group, MortiseSink *values);
MortiseResult lxc_tuning_edit(void *connection, const char *xml, uint32_t group, const MortiseValue *values,
                              uint32_t count, MortiseSink *text);

/* lxc-vcpu.c */
MortiseResult lxc_vcpu_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus);
MortiseResult lxc_vcpu_set_count(void *domain, uint32_t count);
MortiseResult lxc_vcpu_pin(void *domain, uint32_t vcpu, const char *cpus);
MortiseResult lxc_vcpu_pins(void *domain, MortiseSink *pins);
MortiseResult lxc_vcpu_read_settings(void *connection, const char *xml, MortiseVcpuSettings *settings,
                                     MortiseSink *pins);
MortiseResult lxc_vcpu_edit_count(void *connection, const char *xml, uint32_t count, uint32_t maximum,
                                  MortiseSink *text);
MortiseResult lxc_vcpu_edit_pin(void *connection, const char *xml, uint32_t vcpu, const char *cpus, MortiseSink *text);

/* The others, named after their files. */
char *lxc_live_xml(const LxcDefinition *definition, gint64 id);
MortiseResult lxc_check(void *connection, const char *xml, MortiseSink *findings);
MortiseResult lxc_console_open(void *domain, const char *device, uint32_t flags, MortiseFileDescriptor *fd);
MortiseResult lxc_stats_collect(void *domain, uint32_t groups, MortiseSink *values);
MortiseResult lxc_namespaces_open(void *domain, MortiseNamespaces *namespaces);

/* lxc-label.c */
/*
 * The label of a process by its folder of attributes, "" when it has none; `selinux` says whether the kernel has
 * SELinux. FALSE with "permission-denied", "limit-exceeded", or "host-unsupported" when nobody knows whose label it is.
 */
gboolean lxc_label_read(const char *attributes, gboolean selinux, MortiseNamespaces *opened, DriverFailure **failure);
MortiseResult lxc_probe(void *driver, uint32_t full, MortiseSink *findings);
MortiseResult lxc_capabilities(void *connection, MortiseSink *xml);
MortiseResult lxc_host_information(void *connection, MortiseHostInformation *information);
