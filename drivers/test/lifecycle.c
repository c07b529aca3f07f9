// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface lifecycle/1: guests that consist of a state.
#include "console.h"
#include "interfaces.h"
#include "timers.h"

/* Plays the call and takes `change` for it; MORTISE_FAILED with nothing taken. */
static MortiseResult
enter(TestDomain *domain, TestOperation operation)
{
    if (test_play(domain->connection, domain, operation) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    return test_domain_lock(domain);
}

/* The same for a call that needs a running domain. */
static MortiseResult
enter_active(TestDomain *domain, TestOperation operation)
{
    MortiseResult result = enter(domain, operation);

    if (result == MORTISE_OK && test_domain_require_active(domain) != MORTISE_OK) {
        test_domain_unlock(domain);
        return MORTISE_FAILED;
    }
    return result;
}

static MortiseResult
start_locked(TestDomain *domain, TestDefinition *definition, uint32_t flags)
{
    const TestDriver *driver = domain->connection->driver;
    gboolean paused = (flags & MORTISE_START_PAUSED) != 0;

    if (domain->state == MORTISE_STATE_UNKNOWN) {
        return test_domain_require_active(domain);
    }
    if (domain->run != 0) {
        return test_fail(driver, "domain-active", domain->name, NULL, "domain '%s' runs already", domain->name);
    }
    test_domain_begin(domain, definition, paused ? MORTISE_STATE_PAUSED : MORTISE_STATE_RUNNING,
                      paused ? "user" : "booted");
    return MORTISE_OK;
}

static MortiseResult
lifecycle_start(void *handle, const MortiseStartArguments *arguments)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const TestDriver *driver = domain->connection->driver;
    DriverFailure *failure = NULL;

    if (test_play(domain->connection, domain, TEST_OPERATION_START) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    g_autoptr(TestDefinition) definition = test_definition_parse(arguments->xml, &failure);
    if (definition == NULL || !test_definition_require(definition, &failure)) {
        return test_fail_with(driver, failure);
    }
    if (!g_str_equal(definition->name, domain->name) || !g_str_equal(definition->uuid_text, domain->uuid_text)) {
        return test_fail(driver, "invalid-argument", domain->name, NULL,
                         "the definition to start '%s' with is of '%s' (%s)", domain->name, definition->name,
                         definition->uuid_text);
    }
    if (test_domain_lock(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    MortiseResult result = start_locked(domain, definition, arguments->flags);
    test_domain_unlock(domain);
    return result;
}

static MortiseResult
lifecycle_stop(void *handle, uint32_t flags)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    (void) flags;
    if (enter(domain, TEST_OPERATION_STOP) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    guint64 run = domain->run;
    if (run != 0 || domain->state == MORTISE_STATE_UNKNOWN) {
        test_domain_end(domain, MORTISE_STATE_SHUTOFF, "destroyed", NULL);
    }
    test_domain_unlock(domain);
    if (run != 0) {
        test_console_end(domain->connection->driver, run);
    }
    return MORTISE_OK;
}

static MortiseResult
lifecycle_shutdown(void *handle, uint32_t flags)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    TestDriver *driver = domain->connection->driver;
    MortiseResult result = enter_active(domain, TEST_OPERATION_SHUTDOWN);

    (void) flags;
    if (result != MORTISE_OK) {
        return result;
    }
    guint64 run = 0;
    if (domain->shutdown_ms == 0) {
        run = domain->run;
        test_domain_end(domain, MORTISE_STATE_SHUTOFF, "shutdown", "the guest shut down as it was asked to");
    } else if (domain->shutdown_ms > 0 && !test_timers_shutdown(domain, (guint64) domain->shutdown_ms)) {
        result = test_fail(driver, "internal", domain->name, NULL, "the core has no timer for the shutdown");
    }
    test_domain_unlock(domain);
    if (run != 0) {
        test_console_end(driver, run);
    }
    return result;
}

/* The guest begins anew; its state stays. */
static MortiseResult
begin_anew(TestDomain *domain, TestOperation operation, const char *detail)
{
    MortiseResult result = enter_active(domain, operation);

    if (result == MORTISE_OK) {
        domain->connection->driver->host->domain_event(domain->host_domain, "reboot", detail);
        test_domain_unlock(domain);
    }
    return result;
}

static MortiseResult
lifecycle_reboot(void *handle, uint32_t flags)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    (void) flags;
    return begin_anew(domain, TEST_OPERATION_REBOOT, "the guest rebooted as it was asked to");
}

static MortiseResult
lifecycle_reset(void *handle)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    return begin_anew(domain, TEST_OPERATION_RESET, "the guest was reset");
}

static MortiseResult
change_state(TestDomain *domain, TestOperation operation, guint state, const char *reason)
{
    MortiseResult result = enter_active(domain, operation);

    if (result == MORTISE_OK) {
        test_domain_set_state(domain, state, reason, NULL);
        test_domain_unlock(domain);
    }
    return result;
}

static MortiseResult
lifecycle_suspend(void *handle)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    return change_state(domain, TEST_OPERATION_SUSPEND, MORTISE_STATE_PAUSED, "user");
}

static MortiseResult
lifecycle_resume(void *handle)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);

    return change_state(domain, TEST_OPERATION_RESUME, MORTISE_STATE_RUNNING, "unpaused");
}

const MortiseLifecycle test_lifecycle_interface = {
    .head = {sizeof(MortiseLifecycle), MORTISE_LIFECYCLE_VERSION, MORTISE_LIFECYCLE_ID},
    .start = lifecycle_start,
    .stop = lifecycle_stop,
    .shutdown = lifecycle_shutdown,
    .reboot = lifecycle_reboot,
    .reset = lifecycle_reset,
    .suspend = lifecycle_suspend,
    .resume = lifecycle_resume,
};
