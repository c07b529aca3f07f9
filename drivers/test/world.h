// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A world: the host, the domains and the events that a connection shows; made by default or from a JSON file.
#pragma once

#include "definition.h"
#include "script.h"

#define TEST_WORLD_FORMAT 1u
#define TEST_WORLD_LIMIT (16u * 1024u * 1024u)
#define TEST_WORLD_DOMAIN_LIMIT 100000u
#define TEST_WORLD_EVENT_LIMIT 10000u
#define TEST_WORLD_TIME_LIMIT_MS 86400000u
#define TEST_WORLD_BANDWIDTH_LIMIT (G_GUINT64_CONSTANT(1) << 40)
#define TEST_PAGE_BYTES 4096u

typedef enum { TEST_SCALING_UNKNOWN, TEST_SCALING_NO, TEST_SCALING_YES } TestScaling;

typedef struct {
    guint cpus;
    guint mhz;
    guint numa_nodes;
    guint sockets;         /* for each NUMA node */
    guint cores;
    guint threads;
    guint64 memory_kib;
    char *model;
    char *architecture;
    char *hostname;
    guint64 tsc_khz;       /* 0: unknown */
    TestScaling tsc_scaling;
    gboolean invtsc;       /* the host's CPU has an invariant TSC */
} TestHostFacts;

/* How a guest is sent from this host. */
typedef struct {
    guint64 bandwidth;     /* bytes a second; 0: no time at all */
    guint64 dirty_rate;    /* pages a second that it writes meanwhile */
    guint64 downtime_ms;   /* that it may stand still, unless something else is asked for */
} TestMigrationPlan;

/* A domain as it is when a connection opens. */
typedef struct {
    TestDefinition *definition;
    TestScript *script;        /* NULL: nothing of its own */
    guint state;               /* MORTISE_STATE_... */
    guint vcpu_model;          /* MORTISE_VCPU_MODEL_... */
    gboolean persistent;
    gboolean autostart;
    gint64 shutdown_ms;        /* how long the guest takes to shut down when asked; -1: it never does */
} TestDomainPlan;

/* Something that happens after the opening. */
typedef struct {
    guint64 after_ms;
    char *domain;
    char *event;               /* "shutdown", "crash", "suspend", "resume", or what is told as it is: "watchdog" */
    char *detail;              /* may be NULL */
    gboolean repeat;           /* every `after_ms` */
} TestEventPlan;

/* Never changed after the connection was opened. */
typedef struct {
    TestHostFacts host;
    TestMigrationPlan migration;
    TestScript *script;        /* of every domain and of the connection; never NULL */
    GPtrArray *domains;        /* TestDomainPlan */
    GPtrArray *events;         /* TestEventPlan */
    GPtrArray *findings;       /* TestFinding: planted into checks */
} TestWorld;

/* One running domain named "test", on a host of 16 CPUs. */
TestWorld *test_world_default(void);
/*
 * Reads a world from its file. NULL with "file-missing", "permission-denied", "file-error", "limit-exceeded", or
 * "invalid-argument" when it is no world: the message names the file, and line and column or the path of the member.
 */
TestWorld *test_world_load(const char *path, DriverFailure **failure);
/* The same from memory; `file` is for messages. Any thread; does not block. */
TestWorld *test_world_parse(const char *text, gsize length, const char *file, DriverFailure **failure);
void test_world_free(TestWorld *world);

/*
 * Adds `count` domains named NAME-0001 and on, or with `numbered` FALSE one named NAME; they are like `like`, whose
 * definition is not used. FALSE with "invalid-argument" when there would be too many.
 */
gboolean test_world_add(TestWorld *world, const TestDomainPlan *like, const char *name, gboolean numbered, guint count,
                        guint64 memory_kib, guint vcpus, DriverFailure **failure);

/* What test_world_parse and the driver's own worlds begin with: no domains, the host by default. */
TestWorld *test_world_new(void);
void test_domain_plan_free(TestDomainPlan *plan);
void test_event_plan_free(TestEventPlan *plan);

/* Words for states, in the order of MORTISE_STATE_...; ends with NULL. */
extern const char *const test_state_words[MORTISE_STATE_LAST + 2];
/* Whether a domain of that state runs, or at least has not ended. */
gboolean test_state_is_active(guint state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestWorld, test_world_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestDomainPlan, test_domain_plan_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestEventPlan, test_event_plan_free)
