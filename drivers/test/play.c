// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Plays what a world scripts for a call: latency, lateness, hangs and failures.
#include "connection.h"

MortiseResult
test_fail(const TestDriver *driver, const char *reason, const char *object, const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    driver->host->set_error(driver->self, reason, object, message, hint);
    return MORTISE_FAILED;
}

MortiseResult
test_fail_with(const TestDriver *driver, DriverFailure *failure)
{
    driver->host->set_error(driver->self, failure->reason, failure->object, failure->message, failure->hint);
    driver_failure_free(failure);
    return MORTISE_FAILED;
}

/* The domain's own time for the call, else the world's; 0 without either. */
static gint64
time_of(gint64 own, gint64 general)
{
    return own >= 0 ? own : MAX(general, 0);
}

/* Waits until the time, or for ever when it is G_MAXINT64. FALSE when the connection was interrupted. */
static gboolean
wait_until(TestConnection *connection, gint64 until)
{
    g_mutex_lock(&connection->lock);
    while (!connection->interrupted) {
        if (until == G_MAXINT64) {
            g_cond_wait(&connection->wake, &connection->lock);
        } else if (!g_cond_wait_until(&connection->wake, &connection->lock, until)) {
            break;
        }
    }
    gboolean interrupted = connection->interrupted;
    g_mutex_unlock(&connection->lock);
    return !interrupted;
}

static MortiseResult
fail_cancelled(const TestConnection *connection, const TestDomain *domain, TestOperation operation)
{
    return test_fail(connection->driver, "cancelled", domain != NULL ? domain->name : NULL, NULL,
                     "the connection was closed while %s was under way", test_operation_names[operation]);
}

/* Waits for the latency, within the deadline of the call. */
static MortiseResult
play_latency(TestConnection *connection, const TestDomain *domain, TestOperation operation, gint64 latency_ms)
{
    const TestDriver *driver = connection->driver;
    gint64 remaining = driver->host->call_remaining(driver->self);
    gboolean too_long = remaining >= 0 && remaining < latency_ms;
    gint64 wait_ms = too_long ? remaining : latency_ms;

    if (!wait_until(connection, g_get_monotonic_time() + wait_ms * 1000)) {
        return fail_cancelled(connection, domain, operation);
    }
    if (too_long) {
        return test_fail(driver, "timeout", domain != NULL ? domain->name : NULL, "allow the call more time",
                         "%s takes %" G_GINT64_FORMAT " ms here, and the deadline passed before",
                         test_operation_names[operation], latency_ms);
    }
    return MORTISE_OK;
}

/* Whether a failure is due: it has no number of times, or that number has not been reached. */
static gboolean
count_fault(TestConnection *connection, const TestFault *fault, guint *played)
{
    if (fault == NULL || fault->times == 0) {
        return fault != NULL;
    }
    g_mutex_lock(&connection->lock);
    gboolean due = *played < fault->times;
    *played += due ? 1 : 0;
    g_mutex_unlock(&connection->lock);
    return due;
}

static MortiseResult
play_fault(TestConnection *connection, const TestDomain *domain, const TestFault *fault)
{
    const char *object = fault->object != NULL ? fault->object : domain != NULL ? domain->name : NULL;

    if (fault->silent) {
        return MORTISE_FAILED;
    }
    return test_fail(connection->driver, fault->reason, object, fault->hint, "%s", fault->message);
}

static MortiseResult
play_hang(TestConnection *connection, const TestDomain *domain, TestOperation operation)
{
    const TestDriver *driver = connection->driver;
    g_autofree char *line = g_strdup_printf("%s of '%s' hangs, as its world says", test_operation_names[operation],
                                            domain != NULL ? domain->name : "the connection");

    driver->host->log(driver->self, MORTISE_LOG_DEBUG, line);
    (void) wait_until(connection, G_MAXINT64);
    return fail_cancelled(connection, domain, operation);
}

MortiseResult
test_play(TestConnection *connection, TestDomain *domain, TestOperation operation)
{
    const TestScript *general = connection->world->script;
    const TestScript *own = domain != NULL && domain->script != NULL ? domain->script : NULL;
    gint64 late = time_of(own != NULL ? own->late_ms[operation] : -1, general->late_ms[operation]);
    gint64 latency = time_of(own != NULL ? own->latency_ms[operation] : -1, general->latency_ms[operation]);

    if (general->hangs[operation] || (own != NULL && own->hangs[operation])) {
        return play_hang(connection, domain, operation);
    }
    if (late > 0 && !wait_until(connection, g_get_monotonic_time() + late * 1000)) {
        return fail_cancelled(connection, domain, operation);
    }
    if (latency > 0 && play_latency(connection, domain, operation, latency) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (own != NULL && count_fault(connection, own->faults[operation], &domain->faults_played[operation])) {
        return play_fault(connection, domain, own->faults[operation]);
    }
    if (count_fault(connection, general->faults[operation], &connection->faults_played[operation])) {
        return play_fault(connection, domain, general->faults[operation]);
    }
    return MORTISE_OK;
}
