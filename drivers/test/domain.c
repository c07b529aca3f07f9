// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Domains: lists, states, and telling the core.
#include "domain.h"

#include <string.h>

TestDomain *
test_domain_new(TestConnection *connection, const TestDefinition *definition, const TestDomainPlan *plan)
{
    TestDomain *domain = g_new0(TestDomain, 1);

    g_atomic_ref_count_init(&domain->references);
    domain->connection = test_connection_ref(connection);
    domain->name = g_strdup(definition->name);
    memcpy(domain->uuid, definition->uuid, sizeof domain->uuid);
    memcpy(domain->uuid_text, definition->uuid_text, sizeof domain->uuid_text);
    domain->script = plan->script != NULL ? test_script_ref(plan->script) : NULL;
    domain->shutdown_ms = plan->shutdown_ms;
    domain->vcpu_model = plan->vcpu_model;
    domain->autostart = plan->autostart;
    domain->state = MORTISE_STATE_SHUTOFF;
    domain->id = -1;
    return domain;
}

TestDomain *
test_domain_ref(TestDomain *domain)
{
    g_atomic_ref_count_inc(&domain->references);
    return domain;
}

void
test_domain_unref(TestDomain *domain)
{
    if (!g_atomic_ref_count_dec(&domain->references)) {
        return;
    }
    test_script_unref(domain->script);
    test_definition_unref(domain->definition);
    test_definition_unref(domain->running);
    test_connection_unref(domain->connection);
    g_free(domain->name);
    g_free(domain);
}

/* The core lists a domain that comes from elsewhere before this driver knows it. */
static TestDomain *
new_incoming(TestConnection *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host)
{
    static const TestDomainPlan plain = {.vcpu_model = MORTISE_VCPU_MODEL_PER_VCPU};
    g_autoptr(TestDefinition) definition = test_definition_new(arguments->name, arguments->uuid, 1, 1, 1);
    TestDomain *domain = test_domain_new(connection, definition, &plain);

    domain->incoming = host;
    return domain;
}

MortiseResult
test_domain_open(void *handle, const MortiseDomainArguments *arguments, MortiseHostDomain *host, void **domain)
{
    TestConnection *connection = handle;

    g_mutex_lock(&connection->lock);
    TestDomain *found = g_hash_table_lookup(connection->names, arguments->name);
    if (found != NULL && memcmp(found->uuid, arguments->uuid, sizeof found->uuid) == 0) {
        test_domain_ref(found);
    } else {
        found = NULL;
    }
    g_mutex_unlock(&connection->lock);
    if (found == NULL && arguments->inactive_xml != NULL) {
        return test_fail(connection->driver, "no-such-domain", arguments->name, NULL, "there is no domain '%s'",
                         arguments->name);
    }
    *domain = found != NULL ? found : new_incoming(connection, arguments, host);
    return MORTISE_OK;
}

void
test_domain_close(void *domain)
{
    test_domain_unref(domain);
}

MortiseResult
test_domain_lock(TestDomain *domain)
{
    TestConnection *connection = domain->connection;

    g_mutex_lock(&connection->change);
    if (!connection->closed && domain->host_domain != NULL) {
        return MORTISE_OK;
    }
    gboolean closed = connection->closed;
    g_mutex_unlock(&connection->change);
    return closed ? test_fail(connection->driver, "connection-closed", domain->name, NULL, "the connection was closed")
                  : test_fail(connection->driver, "no-such-domain", domain->name, NULL,
                              "domain '%s' is gone", domain->name);
}

void
test_domain_unlock(TestDomain *domain)
{
    g_mutex_unlock(&domain->connection->change);
}

void
test_domain_list_incoming(TestDomain *domain)
{
    TestConnection *connection = domain->connection;

    g_mutex_lock(&connection->lock);
    domain->host_domain = g_steal_pointer(&domain->incoming);
    g_hash_table_insert(connection->domains, domain->uuid_text, test_domain_ref(domain));
    g_hash_table_insert(connection->names, domain->name, domain);
    g_mutex_unlock(&connection->lock);
}

gboolean
test_domain_announce(TestDomain *domain)
{
    TestConnection *connection = domain->connection;
    MortiseDomainIdentity identity = {
        .struct_size = sizeof identity,
        .persistent = domain->definition != NULL,
        .autostart = domain->autostart ? 1 : 0,
        .name = domain->name,
        .type = TEST_DOMAIN_TYPE,
        .inactive_xml = domain->definition != NULL ? domain->definition->text : NULL,
    };

    memcpy(identity.uuid, domain->uuid, sizeof identity.uuid);
    gboolean listed = g_hash_table_contains(connection->domains, domain->uuid_text);
    if (!listed) {
        /* First into the lists: the core may open the domain at once. */
        g_mutex_lock(&connection->lock);
        g_hash_table_insert(connection->domains, domain->uuid_text, test_domain_ref(domain));
        g_hash_table_insert(connection->names, domain->name, domain);
        g_mutex_unlock(&connection->lock);
    }
    MortiseHostDomain *host_domain = connection->driver->host->domain_announce(connection->host_connection, &identity);
    if (host_domain == NULL) {
        if (!listed) {
            test_domain_withdraw(domain);
        }
        return FALSE;
    }
    g_mutex_lock(&connection->lock);
    domain->host_domain = host_domain;
    g_mutex_unlock(&connection->lock);
    return TRUE;
}

void
test_domain_withdraw(TestDomain *domain)
{
    TestConnection *connection = domain->connection;
    MortiseHostDomain *host_domain = domain->host_domain;
    g_autoptr(TestDomain) hold G_GNUC_UNUSED = test_domain_ref(domain);

    g_mutex_lock(&connection->lock);
    domain->host_domain = NULL;
    (void) g_hash_table_remove(connection->names, domain->name);
    (void) g_hash_table_remove(connection->domains, domain->uuid_text);
    g_mutex_unlock(&connection->lock);
    if (host_domain != NULL) {
        connection->driver->host->domain_withdraw(host_domain);
    }
}

MortiseResult
test_domain_require_active(TestDomain *domain)
{
    const TestDriver *driver = domain->connection->driver;

    if (domain->state == MORTISE_STATE_UNKNOWN) {
        return test_fail(driver, "state-unknown", domain->name, NULL, "nobody can tell whether domain '%s' runs",
                         domain->name);
    }
    if (domain->run == 0) {
        return test_fail(driver, "domain-inactive", domain->name, "start it first", "domain '%s' does not run",
                         domain->name);
    }
    return MORTISE_OK;
}

void
test_domain_publish(const TestDomain *domain, const char *reason, const char *detail)
{
    MortiseDomainStatus status = {
        .struct_size = sizeof status,
        .state = domain->state,
        .id = domain->id,
        .reason = reason,
        .detail = detail,
    };

    domain->connection->driver->host->domain_status(domain->host_domain, &status);
}

/* Starts or stops the clock of its vCPUs. `lock` is held. */
static void
keep_time(TestDomain *domain, guint state)
{
    gint64 now = g_get_monotonic_time();

    if (domain->resumed_us != 0) {
        domain->ran_us += now - domain->resumed_us;
    }
    domain->resumed_us = state == MORTISE_STATE_RUNNING || state == MORTISE_STATE_BLOCKED ? now : 0;
}

void
test_domain_begin(TestDomain *domain, TestDefinition *definition, guint state, const char *reason)
{
    TestConnection *connection = domain->connection;
    TestDriver *driver = connection->driver;

    g_mutex_lock(&driver->lock);
    guint64 run = ++driver->last_run;
    g_mutex_unlock(&driver->lock);
    g_mutex_lock(&connection->lock);
    test_definition_unref(domain->running);
    domain->running = test_definition_ref(definition);
    domain->run = run;
    domain->id = ++connection->last_id;
    domain->ran_us = 0;
    domain->resumed_us = 0;
    keep_time(domain, state);
    domain->state = state;
    g_mutex_unlock(&connection->lock);
    g_autofree char *live = test_definition_live_text(definition, domain->id);
    driver->host->domain_live_xml(domain->host_domain, live);
    test_domain_publish(domain, reason, NULL);
}

void
test_domain_change_running(TestDomain *domain, TestDefinition *definition)
{
    TestConnection *connection = domain->connection;

    g_mutex_lock(&connection->lock);
    test_definition_unref(domain->running);
    domain->running = test_definition_ref(definition);
    g_mutex_unlock(&connection->lock);
    g_autofree char *live = test_definition_live_text(definition, domain->id);
    connection->driver->host->domain_live_xml(domain->host_domain, live);
}

void
test_domain_set_state(TestDomain *domain, guint state, const char *reason, const char *detail)
{
    if (domain->state == state) {
        return;
    }
    g_mutex_lock(&domain->connection->lock);
    keep_time(domain, state);
    domain->state = state;
    g_mutex_unlock(&domain->connection->lock);
    test_domain_publish(domain, reason, detail);
}

void
test_domain_end(TestDomain *domain, guint state, const char *reason, const char *detail)
{
    TestConnection *connection = domain->connection;

    g_mutex_lock(&connection->lock);
    keep_time(domain, state);
    g_clear_pointer(&domain->running, test_definition_unref);
    domain->run = 0;
    domain->id = -1;
    domain->state = state;
    g_mutex_unlock(&connection->lock);
    connection->driver->host->domain_live_xml(domain->host_domain, NULL);
    test_domain_publish(domain, reason, detail);
    if (domain->definition == NULL) {
        test_domain_withdraw(domain);
    }
}

/* Exchanges definition and autostart mark with what the domain has. */
static void
exchange(TestDomain *domain, TestDefinition **definition, gboolean *autostart)
{
    TestDefinition *old = domain->definition;
    gboolean marked = domain->autostart;

    g_mutex_lock(&domain->connection->lock);
    domain->definition = *definition;
    domain->autostart = *autostart;
    g_mutex_unlock(&domain->connection->lock);
    *definition = old;
    *autostart = marked;
}

gboolean
test_domain_set_definition(TestDomain *domain, TestDefinition *definition)
{
    TestDefinition *other = definition != NULL ? test_definition_ref(definition) : NULL;
    gboolean autostart = domain->autostart && definition != NULL;

    exchange(domain, &other, &autostart);
    gboolean announced = test_domain_announce(domain);
    if (!announced) {
        exchange(domain, &other, &autostart);
    }
    test_definition_unref(other);
    return announced;
}

gboolean
test_domain_set_autostart(TestDomain *domain, gboolean autostart)
{
    TestDefinition *same = domain->definition;

    exchange(domain, &same, &autostart);
    gboolean announced = test_domain_announce(domain);
    if (!announced) {
        exchange(domain, &same, &autostart);
    }
    return announced;
}

guint64
test_domain_run_time(const TestDomain *domain)
{
    gint64 now = domain->resumed_us != 0 ? g_get_monotonic_time() - domain->resumed_us : 0;

    return (guint64) (domain->ran_us + now) * 1000;
}

MortiseResult
test_domain_enter(TestDomain *domain, TestOperation operation)
{
    if (test_play(domain->connection, domain, operation) != MORTISE_OK || test_domain_lock(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (test_domain_require_active(domain) == MORTISE_OK) {
        return MORTISE_OK;
    }
    test_domain_unlock(domain);
    return MORTISE_FAILED;
}

MortiseResult
test_domain_go_on(TestDomain *domain, char *text, DriverFailure *failure)
{
    g_autofree char *changed = text;
    g_autoptr(TestDefinition) definition = changed != NULL ? test_definition_parse(changed, &failure) : NULL;

    if (definition == NULL) {
        return test_fail_with(domain->connection->driver, failure);
    }
    test_domain_change_running(domain, definition);
    return MORTISE_OK;
}
