// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Scripts of calls and the words for calls.
#include "script.h"

const char *const test_operation_names[TEST_OPERATION_COUNT + 1] = {
    [TEST_OPERATION_OPEN] = "open",
    [TEST_OPERATION_CAPABILITIES] = "capabilities",
    [TEST_OPERATION_HOST_INFO] = "host-info",
    [TEST_OPERATION_CHECK_XML] = "check-xml",
    [TEST_OPERATION_DEFINE] = "define",
    [TEST_OPERATION_CREATE] = "create",
    [TEST_OPERATION_JUDGE] = "judge",
    [TEST_OPERATION_COMMON_TSC] = "common-tsc",
    [TEST_OPERATION_UNDEFINE] = "undefine",
    [TEST_OPERATION_SET_AUTOSTART] = "set-autostart",
    [TEST_OPERATION_START] = "start",
    [TEST_OPERATION_STOP] = "stop",
    [TEST_OPERATION_SHUTDOWN] = "shutdown",
    [TEST_OPERATION_REBOOT] = "reboot",
    [TEST_OPERATION_RESET] = "reset",
    [TEST_OPERATION_SUSPEND] = "suspend",
    [TEST_OPERATION_RESUME] = "resume",
    [TEST_OPERATION_VCPUS] = "vcpus",
    [TEST_OPERATION_STATS] = "stats",
    [TEST_OPERATION_CONSOLE] = "console",
    [TEST_OPERATION_MIGRATE_BEGIN] = "migrate-begin",
    [TEST_OPERATION_MIGRATE_PREPARE] = "migrate-prepare",
    [TEST_OPERATION_MIGRATE_PERFORM] = "migrate-perform",
    [TEST_OPERATION_MIGRATE_FINISH] = "migrate-finish",
    [TEST_OPERATION_MIGRATE_CONFIRM] = "migrate-confirm",
    [TEST_OPERATION_MIGRATE_UNDO] = "migrate-undo",
    [TEST_OPERATION_MIGRATE_ABORT] = "migrate-abort",
    [TEST_OPERATION_MIGRATE_SET_LIMITS] = "migrate-set-limits",
    [TEST_OPERATION_MIGRATE_POSTCOPY] = "migrate-postcopy",
    [TEST_OPERATION_MIGRATE_PROGRESS] = "migrate-progress",
    [TEST_OPERATION_VCPU_PINS] = "vcpu-pins",
    [TEST_OPERATION_SET_VCPUS] = "set-vcpus",
    [TEST_OPERATION_PIN] = "pin",
    [TEST_OPERATION_ATTACH_DEVICE] = "attach-device",
    [TEST_OPERATION_DETACH_DEVICE] = "detach-device",
    [TEST_OPERATION_UPDATE_DEVICE] = "update-device",
    [TEST_OPERATION_SET_MEMORY] = "set-memory",
    [TEST_OPERATION_TUNING] = "tuning",
    [TEST_OPERATION_SET_TUNING] = "set-tuning",
};

TestScript *
test_script_new(void)
{
    TestScript *script = g_new0(TestScript, 1);

    g_atomic_ref_count_init(&script->references);
    for (guint i = 0; i < TEST_OPERATION_COUNT; i++) {
        script->latency_ms[i] = -1;
        script->late_ms[i] = -1;
    }
    return script;
}

TestScript *
test_script_ref(TestScript *script)
{
    g_atomic_ref_count_inc(&script->references);
    return script;
}

void
test_script_unref(TestScript *script)
{
    if (script == NULL || !g_atomic_ref_count_dec(&script->references)) {
        return;
    }
    for (guint i = 0; i < TEST_OPERATION_COUNT; i++) {
        test_fault_free(script->faults[i]);
    }
    g_free(script);
}

void
test_fault_free(TestFault *fault)
{
    if (fault == NULL) {
        return;
    }
    g_free(fault->reason);
    g_free(fault->object);
    g_free(fault->message);
    g_free(fault->hint);
    g_free(fault);
}
