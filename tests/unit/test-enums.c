// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The words of the enumerations, the version, and findings as boxed values.
#include "config.h"
#include "mortise-test.h"

#include <mortise/mortise-check.h>
#include <mortise/driver/vcpu.h>

typedef const char *(*ToString)(int value);

static void
check_words(ToString to_string, const char *const *words)
{
    int count = 0;
    for (; words[count] != NULL; count++) {
        CHECK_TEXT(to_string(count), words[count]);
    }
    CHECK_TEXT(to_string(count), "unknown");
    CHECK_TEXT(to_string(-1), "unknown");
}

#define CHECK_WORDS(function, ...) \
    do { \
        static const char *const words[] = {__VA_ARGS__, NULL}; \
        check_words((ToString) (function), words); \
    } while (0)

static const char *
state_word(int value)
{
    return mortise_module_state_to_string((MortiseModuleState) value);
}

static const char *
kind_word(int value)
{
    return mortise_module_kind_to_string((MortiseModuleKind) value);
}

static const char *
domain_word(int value)
{
    return mortise_domain_state_to_string((MortiseDomainState) value);
}

static const char *
model_word(int value)
{
    return mortise_vcpu_model_to_string((MortiseVcpuModel) value);
}

static const char *
vcpu_word(int value)
{
    return mortise_vcpu_state_to_string((MortiseVcpuState) value);
}

static const char *
verdict_word(int value)
{
    return mortise_verdict_to_string((MortiseVerdict) value);
}

static const char *
event_word(int value)
{
    return mortise_event_kind_to_string((MortiseEventKind) value);
}

static void
test_words(void)
{
    CHECK_WORDS(kind_word, "driver", "filter", "provider");
    CHECK_WORDS(state_word, "available", "masked", "bad-manifest", "missing-module", "missing-library", "untrusted",
                "abi-mismatch", "init-failed");
    CHECK_WORDS(domain_word, "unknown", "running", "idle", "paused", "in shutdown", "shut off", "crashed",
                "pmsuspended");
    CHECK_WORDS(model_word, "none", "shared", "per-vcpu");
    CHECK_WORDS(vcpu_word, "offline", "running", "blocked");
    CHECK_WORDS(verdict_word, "good", "warning", "bad");
    CHECK_WORDS(event_word, "defined", "undefined", "state", "guest", "hung", "recovered", "resync",
                "migration-started", "migration-completed", "migration-failed");
}

/* The application's numbers are those of the driver ABI: the core hands them through. */
static void
test_numbers(void)
{
    CHECK_INT(MORTISE_DOMAIN_STATE_SUSPENDED, MORTISE_STATE_LAST);
    CHECK_INT(MORTISE_DOMAIN_STATE_SHUTOFF, MORTISE_STATE_SHUTOFF);
    CHECK_INT(MORTISE_DOMAIN_STATE_CRASHED, MORTISE_STATE_CRASHED);
    CHECK_INT(MORTISE_VCPU_THREADS_PER_VCPU, MORTISE_VCPU_MODEL_PER_VCPU);
    CHECK_INT(MORTISE_VCPU_STATE_UNKNOWN, MORTISE_VCPU_UNKNOWN);
    CHECK_INT(MORTISE_CHECK_UNKNOWN, MORTISE_VERDICT_UNKNOWN);
    CHECK_INT(MORTISE_CHECK_BAD, MORTISE_VERDICT_BAD);
    CHECK_INT(MORTISE_MODULE_KIND_PROVIDER, MORTISE_KIND_PROVIDER);
}

static void
test_version(void)
{
    CHECK_TEXT(mortise_get_version(), MORTISE_VERSION);
}

static void
test_check(void)
{
    MortiseCheck check = {(char *) "id", MORTISE_CHECK_BAD, 7, (char *) "object", (char *) "message", NULL};
    g_auto(GValue) value = G_VALUE_INIT;
    g_value_init(&value, MORTISE_TYPE_CHECK);
    g_value_set_boxed(&value, &check);
    const MortiseCheck *boxed = g_value_get_boxed(&value);
    CHECK(boxed != &check);
    CHECK(boxed->id != check.id);
    CHECK_TEXT(boxed->id, "id");
    CHECK_INT(boxed->verdict, MORTISE_CHECK_BAD);
    CHECK_INT(boxed->line, 7);
    CHECK_TEXT(boxed->object, "object");
    CHECK_TEXT(boxed->message, "message");
    CHECK_TEXT(boxed->hint, NULL);
    mortise_check_free(NULL);
}

static const MortiseTest tests[] = {
    {"words of all values, and of none", test_words},
    {"numbers shared with the driver ABI", test_numbers},
    {"version", test_version},
    {"a finding is copied whole", test_check},
};

MORTISE_TEST_MAIN("enums", tests)
