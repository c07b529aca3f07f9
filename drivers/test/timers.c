// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Timers on the core's I/O thread that play the events of a world.
#include "timers.h"

#include "console.h"

struct TestTimer {
    TestConnection *connection;    /* referenced */
    guint64 source;                /* under `change` */
    TestDomain *domain;            /* referenced; NULL: the one of that name at the time */
    guint64 run;                   /* only if it is still this run of the domain; 0: any */
    char *name;
    char *event;
    char *detail;
    guint64 milliseconds;
    gboolean repeat;
};

/* FALSE when the event is none that changes the state. */
static gboolean
play_state(TestDomain *domain, const char *event, const char *detail)
{
    if (g_str_equal(event, "shutdown")) {
        test_domain_end(domain, MORTISE_STATE_SHUTOFF, "shutdown",
                        detail != NULL ? detail : "the guest shut itself down");
    } else if (g_str_equal(event, "crash")) {
        test_domain_end(domain, MORTISE_STATE_CRASHED, "panicked", detail != NULL ? detail : "the guest crashed");
    } else if (g_str_equal(event, "suspend")) {
        test_domain_set_state(domain, MORTISE_STATE_PAUSED, "user", detail);
    } else if (g_str_equal(event, "resume")) {
        test_domain_set_state(domain, MORTISE_STATE_RUNNING, "unpaused", detail);
    } else {
        /* A start of what runs is no news. */
        return g_str_equal(event, "start");
    }
    return TRUE;
}

/* But for a start, nothing happens to a domain that does not run. Returns the run whose consoles are to be ended. */
static guint64
play(const TestTimer *timer)
{
    TestDomain *domain = timer->domain != NULL ? timer->domain
                                               : g_hash_table_lookup(timer->connection->names, timer->name);
    const MortiseHost *host = timer->connection->driver->host;

    if (domain == NULL || (timer->run != 0 && timer->run != domain->run)) {
        return 0;
    }
    g_autoptr(TestDomain) hold G_GNUC_UNUSED = test_domain_ref(domain);
    guint64 run = domain->run;
    if (run == 0) {
        if (g_str_equal(timer->event, "start") && domain->definition != NULL) {
            test_domain_begin(domain, domain->definition, MORTISE_STATE_RUNNING, "booted");
        }
        return 0;
    }
    if (!play_state(domain, timer->event, timer->detail)) {
        host->domain_event(domain->host_domain, timer->event, timer->detail);
    }
    return domain->run == 0 ? run : 0;
}

static void
ready(void *data)
{
    TestTimer *timer = data;
    g_autoptr(TestConnection) connection = test_connection_ref(timer->connection);
    const TestDriver *driver = connection->driver;
    guint64 ended = 0;

    g_mutex_lock(&connection->change);
    /* When it is closed the timer belongs to the one who closes, and who waits for this function. */
    if (!connection->closed) {
        ended = play(timer);
        timer->source = timer->repeat ? driver->host->timer_add(driver->self, timer->milliseconds, ready, timer) : 0;
        if (timer->source == 0) {
            (void) g_ptr_array_remove_fast(connection->timers, timer);
        }
    }
    g_mutex_unlock(&connection->change);
    if (ended != 0) {
        test_console_end(connection->driver, ended);
    }
}

/* Takes the timer over. */
static gboolean
begin(TestTimer *timer)
{
    const TestDriver *driver = timer->connection->driver;

    timer->source = driver->host->timer_add(driver->self, timer->milliseconds, ready, timer);
    if (timer->source == 0) {
        test_timer_free(timer);
        return FALSE;
    }
    g_ptr_array_add(timer->connection->timers, timer);
    return TRUE;
}

gboolean
test_timers_plan(TestConnection *connection)
{
    for (guint i = 0; i < connection->world->events->len; i++) {
        const TestEventPlan *plan = g_ptr_array_index(connection->world->events, i);
        TestTimer *timer = g_new0(TestTimer, 1);
        timer->connection = test_connection_ref(connection);
        timer->name = g_strdup(plan->domain);
        timer->event = g_strdup(plan->event);
        timer->detail = g_strdup(plan->detail);
        timer->milliseconds = plan->after_ms;
        timer->repeat = plan->repeat;
        if (!begin(timer)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
test_timers_shutdown(TestDomain *domain, guint64 milliseconds)
{
    TestTimer *timer = g_new0(TestTimer, 1);

    timer->connection = test_connection_ref(domain->connection);
    timer->domain = test_domain_ref(domain);
    timer->run = domain->run;
    timer->event = g_strdup("shutdown");
    timer->detail = g_strdup("the guest shut down as it was asked to");
    timer->milliseconds = milliseconds;
    return begin(timer);
}

void
test_timers_end(GPtrArray *timers)
{
    for (guint i = 0; i < timers->len; i++) {
        const TestTimer *timer = g_ptr_array_index(timers, i);
        const TestDriver *driver = timer->connection->driver;
        driver->host->source_remove(driver->self, timer->source);
    }
    g_ptr_array_unref(timers);
}

void
test_timer_free(TestTimer *timer)
{
    g_free(timer->name);
    g_free(timer->event);
    g_free(timer->detail);
    if (timer->domain != NULL) {
        test_domain_unref(timer->domain);
    }
    test_connection_unref(timer->connection);
    g_free(timer);
}
