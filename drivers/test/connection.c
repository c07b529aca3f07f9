// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Connections: opening a world, showing its domains, closing it.
#include "timers.h"

#include <string.h>

#define PARAMETER_MEMORY_KIB 1048576

TestConnection *
test_connection_ref(TestConnection *connection)
{
    g_atomic_ref_count_inc(&connection->references);
    return connection;
}

void
test_connection_unref(TestConnection *connection)
{
    if (!g_atomic_ref_count_dec(&connection->references)) {
        return;
    }
    g_ptr_array_unref(connection->timers);
    g_hash_table_unref(connection->names);
    g_hash_table_unref(connection->domains);
    test_world_free(connection->world);
    g_mutex_clear(&connection->change);
    g_mutex_clear(&connection->lock);
    g_cond_clear(&connection->wake);
    test_driver_unref(connection->driver);
    g_free(connection);
}

static TestConnection *
connection_new(TestDriver *driver, MortiseHostConnection *host, TestWorld *world)
{
    TestConnection *connection = g_new0(TestConnection, 1);

    g_atomic_ref_count_init(&connection->references);
    connection->driver = test_driver_ref(driver);
    connection->host_connection = host;
    connection->world = world;
    g_mutex_init(&connection->change);
    g_mutex_init(&connection->lock);
    g_cond_init(&connection->wake);
    connection->domains = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) test_domain_unref);
    connection->names = g_hash_table_new(g_str_hash, g_str_equal);
    connection->timers = g_ptr_array_new_with_free_func((GDestroyNotify) test_timer_free);
    g_mutex_lock(&driver->lock);
    g_ptr_array_add(driver->connections, connection);
    g_mutex_unlock(&driver->lock);
    return connection;
}

static const char *
parameter(const MortiseConnectionArguments *arguments, const char *key)
{
    for (guint32 i = 0; i < arguments->parameter_count; i++) {
        if (g_str_equal(arguments->parameter_keys[i], key)) {
            return arguments->parameter_values[i];
        }
    }
    return NULL;
}

/* FALSE when the parameter is given and is no number up to `most`. */
static gboolean
number(const MortiseConnectionArguments *arguments, const char *key, guint64 most, guint64 *value,
       DriverFailure **failure)
{
    const char *text = parameter(arguments, key);

    if (text == NULL || g_ascii_string_to_unsigned(text, 10, 0, most, value, NULL)) {
        return TRUE;
    }
    driver_failure_set(failure, "invalid-uri", key, NULL, "?%s=%.40s is no number from 0 to %" G_GUINT64_FORMAT, key,
                       text, most);
    return FALSE;
}

/* What the URI's parameters add to a world. */
static gboolean
apply_parameters(TestWorld *world, const MortiseConnectionArguments *arguments, DriverFailure **failure)
{
    TestDomainPlan like = {
        .state = MORTISE_STATE_RUNNING,
        .vcpu_model = MORTISE_VCPU_MODEL_PER_VCPU,
        .persistent = TRUE,
    };
    const char *state = parameter(arguments, "state");
    guint64 domains = 0;
    guint64 latency = 0;

    if (!number(arguments, "domains", TEST_WORLD_DOMAIN_LIMIT, &domains, failure) ||
        !number(arguments, "latency", TEST_WORLD_TIME_LIMIT_MS, &latency, failure)) {
        return FALSE;
    }
    if (state != NULL && !g_str_equal(state, "running") && !g_str_equal(state, "shutoff")) {
        driver_failure_set(failure, "invalid-uri", "state", NULL, "?state=%.40s is neither running nor shutoff", state);
        return FALSE;
    }
    if (state != NULL && g_str_equal(state, "shutoff")) {
        like.state = MORTISE_STATE_SHUTOFF;
    }
    for (guint i = 0; latency > 0 && i < TEST_OPERATION_COUNT; i++) {
        world->script->latency_ms[i] = i == TEST_OPERATION_OPEN ? world->script->latency_ms[i] : (gint64) latency;
    }
    return test_world_add(world, &like, "test", TRUE, (guint) domains, PARAMETER_MEMORY_KIB, 1, failure);
}

static TestWorld *
make_world(const MortiseConnectionArguments *arguments, DriverFailure **failure)
{
    g_autoptr(TestWorld) world = NULL;

    if (*arguments->host != '\0') {
        driver_failure_set(failure, "invalid-uri", arguments->host, "write test:///default, with three slashes",
                           "the test driver has no hosts, and the URI names '%.80s'", arguments->host);
        return NULL;
    }
    if (g_str_equal(arguments->path, "/default")) {
        world = test_world_default();
    } else if (strlen(arguments->path) > 1) {
        world = test_world_load(arguments->path, failure);
    } else {
        driver_failure_set(failure, "invalid-uri", NULL,
                           "write test:///default, or test:// and the absolute path of a world",
                           "the URI names no world");
    }
    if (world == NULL || !apply_parameters(world, arguments, failure)) {
        return NULL;
    }
    return g_steal_pointer(&world);
}

/* The reason that a domain has for the state it is in from the beginning. */
static const char *
first_reason(guint state)
{
    switch (state) {
    case MORTISE_STATE_RUNNING:
        return "booted";
    case MORTISE_STATE_PAUSED:
        return "user";
    case MORTISE_STATE_CRASHED:
        return "panicked";
    default:
        return NULL;
    }
}

static gboolean
add_domain(TestConnection *connection, const TestDomainPlan *plan)
{
    g_autoptr(TestDomain) domain = test_domain_new(connection, plan->definition, plan);
    gboolean runs = test_state_is_active(plan->state) && plan->state != MORTISE_STATE_UNKNOWN;

    if (g_hash_table_contains(connection->names, domain->name) ||
        g_hash_table_contains(connection->domains, domain->uuid_text)) {
        (void) test_fail(connection->driver, "domain-exists", domain->name, "leave ?domains= out, or rename the domain",
                         "?domains= adds '%s', which the world has already", domain->name);
        return FALSE;
    }
    domain->definition = plan->persistent ? test_definition_ref(plan->definition) : NULL;
    domain->state = plan->state;
    if (!test_domain_announce(domain)) {
        (void) test_fail(connection->driver, "driver-failed", domain->name, NULL,
                         "the core does not take domain '%s'", domain->name);
        return FALSE;
    }
    if (runs) {
        test_domain_begin(domain, plan->definition, plan->state, first_reason(plan->state));
    } else {
        test_domain_publish(domain, first_reason(plan->state), NULL);
    }
    return TRUE;
}

/* Shows the world to the core. On failure nothing of it is left there. */
static MortiseResult
show_world(TestConnection *connection)
{
    gboolean shown = TRUE;

    g_mutex_lock(&connection->change);
    for (guint i = 0; shown && i < connection->world->domains->len; i++) {
        shown = add_domain(connection, g_ptr_array_index(connection->world->domains, i));
    }
    if (shown && !test_timers_plan(connection)) {
        (void) test_fail(connection->driver, "internal", NULL, NULL, "the core has no timer for the world's events");
        shown = FALSE;
    }
    if (!shown) {
        g_autoptr(GList) domains = g_hash_table_get_values(connection->domains);
        for (GList *item = domains; item != NULL; item = item->next) {
            test_domain_withdraw(item->data);
        }
    }
    g_mutex_unlock(&connection->change);
    return shown ? MORTISE_OK : MORTISE_FAILED;
}

MortiseResult
test_connection_open(void *handle, const MortiseConnectionArguments *arguments, MortiseHostConnection *host,
                     void **opened)
{
    TestDriver *driver = handle;
    DriverFailure *failure = NULL;
    TestWorld *world = make_world(arguments, &failure);

    if (world == NULL) {
        return test_fail_with(driver, failure);
    }
    TestConnection *connection = connection_new(driver, host, world);
    if (test_play(connection, NULL, TEST_OPERATION_OPEN) != MORTISE_OK || show_world(connection) != MORTISE_OK) {
        test_connection_close(connection);
        return MORTISE_FAILED;
    }
    *opened = connection;
    return MORTISE_OK;
}

void
test_connection_interrupt(void *handle)
{
    TestConnection *connection = handle;

    g_mutex_lock(&connection->lock);
    connection->interrupted = TRUE;
    g_cond_broadcast(&connection->wake);
    g_mutex_unlock(&connection->lock);
}

void
test_connection_close(void *handle)
{
    TestConnection *connection = handle;
    TestDriver *driver = connection->driver;

    g_mutex_lock(&driver->lock);
    (void) g_ptr_array_remove_fast(driver->connections, connection);
    g_mutex_unlock(&driver->lock);
    test_connection_interrupt(connection);
    g_mutex_lock(&connection->change);
    connection->closed = TRUE;
    GPtrArray *timers = connection->timers;
    connection->timers = g_ptr_array_new();
    g_mutex_unlock(&connection->change);
    test_timers_end(timers);
    g_mutex_lock(&connection->lock);
    GHashTable *domains = connection->domains;
    connection->domains = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_remove_all(connection->names);
    g_mutex_unlock(&connection->lock);
    g_hash_table_unref(domains);
    test_connection_unref(connection);
}
