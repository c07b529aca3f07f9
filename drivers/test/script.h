// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a world says of the calls on it: how long each takes, whether it hangs, whether it fails.
#pragma once

#include <glib.h>

/* Every call that can be scripted; test_operation_names has their words, those of docs/architecture.md. */
typedef enum {
    TEST_OPERATION_OPEN,
    TEST_OPERATION_CAPABILITIES,
    TEST_OPERATION_HOST_INFO,
    TEST_OPERATION_CHECK_XML,
    TEST_OPERATION_DEFINE,
    TEST_OPERATION_CREATE,
    TEST_OPERATION_JUDGE,
    TEST_OPERATION_COMMON_TSC,
    TEST_OPERATION_UNDEFINE,
    TEST_OPERATION_SET_AUTOSTART,
    TEST_OPERATION_START,
    TEST_OPERATION_STOP,
    TEST_OPERATION_SHUTDOWN,
    TEST_OPERATION_REBOOT,
    TEST_OPERATION_RESET,
    TEST_OPERATION_SUSPEND,
    TEST_OPERATION_RESUME,
    TEST_OPERATION_VCPUS,
    TEST_OPERATION_STATS,
    TEST_OPERATION_CONSOLE,
    TEST_OPERATION_MIGRATE_BEGIN,
    TEST_OPERATION_MIGRATE_PREPARE,
    TEST_OPERATION_MIGRATE_PERFORM,
    TEST_OPERATION_MIGRATE_FINISH,
    TEST_OPERATION_MIGRATE_CONFIRM,
    TEST_OPERATION_MIGRATE_UNDO,
    TEST_OPERATION_MIGRATE_ABORT,
    TEST_OPERATION_MIGRATE_SET_LIMITS,
    TEST_OPERATION_MIGRATE_POSTCOPY,
    TEST_OPERATION_MIGRATE_PROGRESS,
    TEST_OPERATION_VCPU_PINS,
    TEST_OPERATION_SET_VCPUS,
    TEST_OPERATION_PIN,
    TEST_OPERATION_ATTACH_DEVICE,
    TEST_OPERATION_DETACH_DEVICE,
    TEST_OPERATION_UPDATE_DEVICE,
    TEST_OPERATION_SET_MEMORY,
    TEST_OPERATION_TUNING,
    TEST_OPERATION_SET_TUNING,
    TEST_OPERATION_COUNT
} TestOperation;

/* The first call that is on a domain; those before are on the connection. */
#define TEST_OPERATION_FIRST_OF_DOMAIN TEST_OPERATION_UNDEFINE

/* Ends with NULL. */
extern const char *const test_operation_names[TEST_OPERATION_COUNT + 1];

/* How a call fails. */
typedef struct {
    char *reason;
    char *object;      /* NULL: the domain, or nothing */
    char *message;
    char *hint;        /* may be NULL */
    guint times;       /* fails so often, then works; 0: always */
    gboolean silent;   /* fails and says nothing, as a driver should not */
} TestFault;

/* A script of one domain or of the whole world. It is shared by the domains of one `count` and never changed. */
typedef struct {
    gatomicrefcount references;
    gint64 latency_ms[TEST_OPERATION_COUNT];    /* waits so long, or until the deadline; -1: not said */
    gint64 late_ms[TEST_OPERATION_COUNT];       /* waits so long, deaf to the deadline; -1: not said */
    gboolean hangs[TEST_OPERATION_COUNT];
    TestFault *faults[TEST_OPERATION_COUNT];    /* owned; NULL: none */
} TestScript;

TestScript *test_script_new(void);
TestScript *test_script_ref(TestScript *script);
void test_script_unref(TestScript *script);

void test_fault_free(TestFault *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestScript, test_script_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestFault, test_fault_free)
