// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The objects of the driver: itself, its connections, their domains; and who locks what.
#pragma once

#include "world.h"

#include <mortise/driver/driver.h>
#include <mortise/driver/vcpu.h>

typedef struct TestConsole TestConsole;
typedef struct TestDomain TestDomain;
typedef struct TestTimer TestTimer;

/*
 * Locks, outermost first:
 *   TestConnection.change   held while a domain changes and the core is told, so that it learns things in their order
 *   TestDriver.lock         lists of the driver
 *   TestConnection.lock     held for reading and writing fields, never while calling the host
 * Fields marked [change] are written under both of the connection's locks, so either is enough to read them.
 * MortiseHost.source_remove waits for a callback that may want `change`: call it with no lock held.
 */

typedef struct {
    gatomicrefcount references;
    const MortiseHost *host;
    MortiseHostDriver *self;
    GMutex lock;
    GPtrArray *connections;    /* [lock] not referenced */
    GPtrArray *consoles;       /* [lock] TestConsole, owned by whoever takes it off the list */
    guint64 last_run;          /* [lock] */
} TestDriver;

/* Calls and opened domains hold references, so that a late call finds everything in its place. */
typedef struct {
    gatomicrefcount references;
    TestDriver *driver;                  /* referenced */
    MortiseHostConnection *host_connection;
    TestWorld *world;
    GMutex change;
    GMutex lock;
    GCond wake;                          /* waiting calls; with `lock` */
    gboolean interrupted;                /* [lock] calls give up */
    gboolean closed;                     /* [change] the core is not to be told anything more */
    GHashTable *domains;                 /* [change] UUID as text -> TestDomain, referenced */
    GHashTable *names;                   /* [change] name -> TestDomain */
    GPtrArray *timers;                   /* TestTimer; under `change` alone */
    gint64 last_id;                      /* under `change` alone */
    guint faults_played[TEST_OPERATION_COUNT];   /* [lock] failures of the world's script so far */
} TestConnection;

/* A guest on its way from here; of the last one when none is. Times are monotonic microseconds. */
typedef struct {
    gboolean sending;
    gboolean aborted;
    gboolean postcopy;
    guint64 bandwidth;         /* bytes a second; 0: no time at all */
    guint64 downtime_ms;       /* that it may stand still */
    guint64 dirty_rate;        /* pages a second */
    guint64 total;             /* bytes, like what follows */
    guint64 processed;
    guint64 remaining;
    gint64 begun;
    gint64 ended;
    gint64 counted;            /* when the numbers were last brought up to date */
    guint64 downtime_was_ms;
} TestTransfer;

struct TestDomain {
    gatomicrefcount references;
    TestConnection *connection;          /* referenced */
    MortiseHostDomain *host_domain;      /* [change] NULL before it was announced and after it was withdrawn */
    char *name;
    guint8 uuid[16];
    char uuid_text[37];
    TestScript *script;                  /* NULL: none of its own */
    gint64 shutdown_ms;
    guint vcpu_model;
    TestDefinition *definition;          /* [change] NULL of a transient domain */
    TestDefinition *running;             /* [change] what it runs with; NULL when it does not run */
    guint state;                         /* [change] */
    gint64 id;                           /* [change] -1 when it does not run */
    gboolean autostart;                  /* [change] */
    guint64 run;                         /* [change] of this run alone, in the whole driver; 0 when it does not run */
    gint64 ran_us;                       /* [change] how long it ran before `resumed_us` */
    gint64 resumed_us;                   /* [change] since when its vCPUs run; 0 when they do not */
    MortiseHostDomain *incoming;         /* [change] the core's handle of a domain that is not listed yet */
    gboolean prepared;                   /* [change] it came by prepare, and finish has not been called */
    guint state_before;                  /* [change] of a guest that was sent; UNKNOWN: none was */
    TestTransfer transfer;               /* [lock] */
    guint faults_played[TEST_OPERATION_COUNT];   /* [lock] failures of its own script so far */
};

TestDriver *test_driver_ref(TestDriver *driver);
void test_driver_unref(TestDriver *driver);

/* Everything of MortiseDriverOperations that is about connections. */
MortiseResult test_connection_open(void *handle, const MortiseConnectionArguments *arguments,
                                   MortiseHostConnection *host, void **opened);
void test_connection_close(void *handle);
void test_connection_interrupt(void *handle);
MortiseResult test_connection_capabilities(void *handle, MortiseSink *sink);
MortiseResult test_connection_host_information(void *handle, MortiseHostInformation *information);
TestConnection *test_connection_ref(TestConnection *connection);
void test_connection_unref(TestConnection *connection);

/* Says why the call that this thread is in fails. `object`, `hint` may be NULL. Returns MORTISE_FAILED. */
MortiseResult test_fail(const TestDriver *driver, const char *reason, const char *object, const char *hint,
                        const char *format, ...) G_GNUC_PRINTF(5, 6);
/* The same with a cause from elsewhere, which is freed. */
MortiseResult test_fail_with(const TestDriver *driver, DriverFailure *failure);

/*
 * Plays what the world scripts for a call, of which the domain's own script (`domain` may be NULL) counts first: waits,
 * hangs until the connection is interrupted, or fails. MORTISE_OK: the call goes on. Call it with no lock held.
 */
MortiseResult test_play(TestConnection *connection, TestDomain *domain, TestOperation operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestDriver, test_driver_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestConnection, test_connection_unref)
