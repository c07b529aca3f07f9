// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the parts of the QEMU engine share. Threads and locks are explained here.
#pragma once

#include "driver-lock.h"
#include "qemu-adopt-log.h"
#include "qemu-adopt-record.h"
#include "qemu-command.h"
#include "qemu-engine-state.h"
#include "qemu-engine.h"
#include "qemu-migration-job.h"
#include "qemu-monitor-socket.h"
#include "qmp-client.h"

/*
 * Threads. The core calls operations in its worker threads, one at a time for a domain. Each connection has one I/O
 * thread (DriverLoop): it reads monitors, watches processes, and handles the end of a guest; it never waits for a
 * guest. Locks. Each domain has one lock; it is held for moments, and while the host is told a state, so that
 * states are told in the order in which they came. Order: domain lock, then a client's, then the loop's.
 * qmp_client_close() and driver_loop_call() are called with none. A domain's record lock comes before all: the loop
 * takes it at the end of a guest, a worker when it keeps a running state beside a living guest. The engine's lock
 * guards its list of domains and comes before the domains'.
 */

typedef struct {
    const QemuAccelerator *accelerator;
    const MortiseHost *host;
    MortiseHostDriver *self;
} QemuDriver;

typedef struct {
    const QemuDriver *driver;
    MortiseHostConnection *host;
    DriverLoop *loop;
    char *run_directory;
    char *log_directory;
    char *cache_directory;
    char *boot;
    int interrupt;             /* an eventfd, readable once the connection is about to close */

    DriverLock lock;              /* guards what follows */
    GPtrArray *domains;        /* QemuDomain */
    gboolean interrupted;
} QemuEngine;

/* A guest that was executed, by us or by who was here before. Constant but for its record once others can see it. */
typedef struct {
    gint references;           /* atomic */
    QemuRecord *record;
    RunDirectory directory;
    int emulator;              /* pidfds; -1: not known or gone */
    int keeper;
} QemuGuest;

QemuGuest *qemu_guest_new(QemuRecord *record, const RunDirectory *directory);
QemuGuest *qemu_guest_ref(QemuGuest *guest);
void qemu_guest_unref(QemuGuest *guest);
/* Opens the pidfds of the record's processes. */
void qemu_guest_find_processes(QemuGuest *guest);
/* Whether emulator and keeper have ended, as far as they are known. */
gboolean qemu_guest_has_ended(const QemuGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuGuest, qemu_guest_unref)

typedef enum {
    QEMU_IDLE,         /* no guest */
    QEMU_STARTING,     /* a start is under way; nothing is told yet */
    QEMU_ACTIVE,       /* there is a guest, and its state is told */
    QEMU_UNCLEAR,      /* an interrupted start: its keeper is about to kill it, or has committed it */
    QEMU_ENDING        /* the end of the guest is being handled */
} QemuDomainPhase;

/* A device that the guest is asked to give back. */
typedef struct {
    const char *path;          /* in QEMU's object tree; NULL: nobody waits */
    gboolean gone;
    gboolean refused;          /* the guest has said no */
} QemuUnplug;

typedef struct {
    QemuEngine *engine;
    MortiseHostDomain *host;
    char *name;
    char *uuid;

    DriverLock lock;              /* guards what follows, up to the blank line; announces changes of the phase */
    QemuDomainPhase phase;
    QemuGuest *guest;          /* NULL when idle or starting */
    QmpClient *client;         /* NULL when there is none */
    QemuState state;
    gboolean destroying;       /* its owner has asked for the end */
    QemuUnplug unplug;         /* what a call waits for */
    QemuMigration migration;   /* the one under way, or the last */
    gboolean settler_done;     /* it waits for nothing any longer */
    DriverFailure *refusal;    /* a running state that is not understood: nothing is done with this domain */

    DriverLock record_lock;       /* held while the host keeps or forgets the running state; before the lock above */

    GSource *keeper_watch;     /* the loop's thread only, like what follows */
    GSource *emulator_watch;
    GSource *directory_watch;
    GSource *migration_timer;
    GThread *settler;          /* of qemu-migration-settle.c; joined when the domain is closed */
    int settler_wake;          /* an eventfd, readable once the domain is being closed; -1: no settler */
    int directory_events;      /* inotify; -1: none */
} QemuDomain;

/* qemu-engine.c */
/* Hands a failure (consumed) to the host; returns MORTISE_FAILED. */
MortiseResult qemu_engine_fail(const QemuDriver *driver, DriverFailure *failure);
/* MORTISE_UNSUPPORTED with a sentence. */
MortiseResult qemu_engine_unsupported(const QemuDriver *driver, const char *object, const char *message);
void qemu_engine_log(const QemuDriver *driver, guint level, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Deadline of the call that this thread is in, as g_get_monotonic_time(). */
gint64 qemu_engine_deadline(const QemuDriver *driver);
gboolean qemu_engine_is_interrupted(QemuEngine *engine);

/* qemu-engine-domain.c */
/* Tells the host the state; under the lock. `detail` may be NULL. */
void qemu_domain_publish(QemuDomain *domain, const char *detail);
/* Changes the phase and announces it. */
void qemu_domain_set_phase(QemuDomain *domain, QemuDomainPhase phase);
/*
 * References to guest and client of an active domain; `client` may be NULL when none is asked for. FALSE with reason
 * "domain-inactive", "domain-busy", "monitor-closed", or the refusal.
 */
gboolean qemu_domain_borrow(QemuDomain *domain, QemuGuest **guest, QmpClient **client, DriverFailure **failure);
/* One command to an active domain. */
gboolean qemu_domain_command(QemuDomain *domain, const char *command, JsonObject *arguments, JsonNode **value,
                             DriverFailure **failure);
/*
 * Keeps the running state of an active domain anew, with that phase and that migration (NULL: none is under way).
 * FALSE when it has just ended, or when the host could not. With no lock held. [blocks]
 */
gboolean qemu_domain_keep(QemuDomain *domain, const QemuGuest *guest, QemuPhase phase,
                          const QemuMigrationRecord *migration);
/* A client of a connected socket, whose events go to the domain. */
QmpClient *qemu_domain_client(QemuDomain *domain, int fd);

/* qemu-engine-end.c */
gboolean qemu_domain_is_active(QemuDomain *domain);
/* The loop's thread: begins to watch an active domain's processes. `data` is the QemuDomain. */
void qemu_domain_watch(gpointer data);
/* Who wanted the end that the log tells of; under the lock, while the guest is still there. */
QemuEndCause qemu_engine_end_cause(const QemuDomain *domain, const QemuEventsLog *log);
/* The loop's thread: ends all watches. */
void qemu_domain_unwatch(QemuDomain *domain);
/* The loop's thread: handles the end of the domain's guest, found in phase ENDING. */
void qemu_domain_end(gpointer data);
/* Waits until no guest is left, up to the deadline: FALSE then, and when interrupted. */
gboolean qemu_domain_await_idle(QemuDomain *domain, gint64 deadline);
/* Waits until it is known whether there is a guest: phase IDLE or ACTIVE. FALSE as above. */
gboolean qemu_domain_await_clear(QemuDomain *domain, gint64 deadline);
/* Ends the guest, when there is one, and waits until nothing is left of it. */
gboolean qemu_domain_stop(QemuDomain *domain, gboolean graceful, gint64 deadline, DriverFailure **failure);
MortiseResult qemu_engine_stop(void *domain, uint32_t flags);

/* qemu-engine-start.c */
MortiseResult qemu_engine_start(void *domain, const MortiseStartArguments *arguments);

/* qemu-engine-power.c */
MortiseResult qemu_engine_power_shutdown(void *domain, uint32_t flags);
MortiseResult qemu_engine_power_reboot(void *domain, uint32_t flags);
MortiseResult qemu_engine_power_reset(void *domain);
MortiseResult qemu_engine_power_suspend(void *domain);
MortiseResult qemu_engine_power_resume(void *domain);

/* qemu-engine-config.c */
MortiseResult qemu_engine_check(void *connection, const char *xml, MortiseSink *findings);
/* What the engine adds to a definition; `*emulator` keeps the default emulator's path (to be freed). */
void qemu_engine_context(const QemuDriver *driver, const DomainDefinition *definition, QemuCommandContext *context,
                         char **emulator);
/* All that keeps the definition from starting here and now; to be freed. */
DomainFindings *qemu_engine_findings(const QemuDriver *driver, const DomainDefinition *definition,
                                     const QemuCommandContext *context);

/* qemu-engine-live.c */
/* What has changed of a running guest. */
typedef struct {
    guint vcpus;               /* how many it has; 0: as before */
    gboolean pinned;           /* what follows has changed */
    guint vcpu;                /* or DOMAIN_TEXT_EMULATOR */
    const char *cpus;          /* NULL: its pin was taken away */
    const char *device;        /* an element that stands in the place of its former self; NULL: none */
} QemuLiveChange;
/* Puts it into the record, durably, and into the live XML. TRUE when the guest has ended meanwhile. */
gboolean qemu_domain_change_live(QemuDomain *domain, const QemuGuest *guest, const QemuLiveChange *change,
                                 DriverFailure **failure);
/* The definition that it runs with now; NULL when none is kept. To be freed. */
DomainDefinition *qemu_domain_live_definition(QemuDomain *domain, const QemuGuest *guest);
/* An event that is about vCPUs; under the lock. */
void qemu_domain_take_unplug_event(QemuDomain *domain, const char *name, JsonObject *data);
/* The loop's thread: asks how many vCPUs there are, and keeps it when it is news. */
void qemu_domain_recount(QemuDomain *domain, QmpClient *client);

/* qemu-engine-hotplug.c, qemu-engine-pin.c, qemu-engine-vcpus-defined.c */
MortiseResult qemu_engine_vcpu_set_count(void *domain, uint32_t count);
MortiseResult qemu_engine_vcpu_pin(void *domain, uint32_t vcpu, const char *cpus);
MortiseResult qemu_engine_vcpu_pins(void *domain, MortiseSink *pins);
MortiseResult qemu_engine_vcpu_read_settings(void *connection, const char *xml, MortiseVcpuSettings *settings,
                                             MortiseSink *pins);
MortiseResult qemu_engine_vcpu_edit_count(void *connection, const char *xml, uint32_t count, uint32_t maximum,
                                          MortiseSink *text);
MortiseResult qemu_engine_vcpu_edit_pin(void *connection, const char *xml, uint32_t vcpu, const char *cpus,
                                        MortiseSink *text);
/* What of a definition's sets of CPUs is not on this host. */
void qemu_engine_check_cpus(const DomainDefinition *definition, DomainFindings *findings);

/* qemu-engine-network-look.c */
/* Whether all that the interfaces need of the host is there: what is not becomes a finding. */
void qemu_network_check(const QemuDriver *driver, const DomainDefinition *definition, DomainFindings *findings);
/* What of this host the interfaces need and another guest has, as the source of a migration on one host may. */
void qemu_network_check_free(const QemuDriver *driver, const DomainDefinition *definition, DomainFindings *findings);
/* QemuPlaceLink of all links that interfaces of guests could name; NULL: the provider of networking is missing. */
GPtrArray *qemu_network_list(const QemuDriver *driver);

/* qemu-engine-network.c */
/* Deletes what of the record's devices does not end with the emulator, and was not deleted yet. */
void qemu_network_forget(const QemuEngine *engine, const char *uuid, const QemuRecord *record);
/* What the host's devices of the record's interfaces counted, by their place in it; index 0: nothing is known. */
GArray *qemu_network_links(const QemuDriver *driver, const QemuRecord *record);

/* qemu-adopt.c */
/* Finds the guest of a running state again, or what is left of a start without one (NULL); nothing waits. */
void qemu_engine_adopt(QemuDomain *domain, const char *running_state);

/* qemu-migration-end.c */
/*
 * What the end of the guest is for a migration that was under way, in the place of the log's: reason and detail (to
 * be freed). NULL: nothing else. What had been made for a guest that has not come is removed.
 */
const char *qemu_migration_end(QemuDomain *domain, const QemuGuest *guest, const QemuEventsLog *log, char **detail);
/* Under the lock: the guest is gone, and the migration with it, unless its last step has still to come. */
void qemu_migration_forget(QemuDomain *domain);
/* qemu-migration-resume.c */
/* Whether it stays paused until a person says that it does not run at the destination; resume then runs it here. */
gboolean qemu_migration_is_undecided(QemuDomain *domain);
/* The guest goes on here, as before; what was kept of the migration is forgotten. [blocks] */
gboolean qemu_migration_resume(QemuDomain *domain, const char *phase, DriverFailure **failure);
/* qemu-migration-follow.c: the loop's thread, under the lock. */
void qemu_migration_handle_event(QemuDomain *domain, const char *event, JsonObject *data);
/*
 * qemu-migration-settle.c: the loop's thread. What was under way when the owner before died comes to its end, in a
 * thread of its own, since that waits for the guest.
 */
void qemu_migration_settle(gpointer data);
/*
 * The domain is being closed: that thread waits for nobody any more, and has a moment for what it can do without.
 * [blocks, for seconds at most]
 */
void qemu_migration_hasten_settler(QemuDomain *domain);
/* Ends that thread; the domain's client is closed already. */
void qemu_migration_end_settler(QemuDomain *domain);

/* The tables of interfaces that are not in qemu-engine.c. */
extern const MortiseMigration qemu_engine_migration;
extern const MortiseDeviceInterface qemu_engine_device;
extern const MortiseMemoryInterface qemu_engine_memory;

/* The others, named after their files. */
MortiseResult qemu_engine_console_open(void *domain, const char *device, uint32_t flags, MortiseFileDescriptor *fd);
MortiseResult qemu_engine_stats_collect(void *domain, uint32_t groups, MortiseSink *values);
MortiseResult qemu_engine_vcpu_report(void *domain, MortiseVcpuSummary *summary, MortiseSink *vcpus);
