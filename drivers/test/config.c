// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface config/1: checking definitions, and keeping them in memory.
#include "console.h"
#include "interfaces.h"

static void
report(const TestDriver *driver, MortiseSink *sink, const TestFinding *found)
{
    MortiseFinding finding = {
        .struct_size = sizeof finding,
        .verdict = found->verdict,
        .line = found->line,
        .id = found->id,
        .object = found->object,
        .message = found->message,
        .hint = found->hint,
    };

    driver->host->sink_finding(sink, &finding);
}

static MortiseResult
config_check(void *handle, const char *xml, MortiseSink *findings)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    DriverFailure *failure = NULL;

    if (test_play(connection, NULL, TEST_OPERATION_CHECK_XML) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    g_autoptr(TestDefinition) definition = test_definition_parse(xml, &failure);
    if (definition == NULL) {
        return test_fail_with(connection->driver, failure);
    }
    for (guint i = 0; i < definition->findings->len; i++) {
        report(connection->driver, findings, g_ptr_array_index(definition->findings, i));
    }
    for (guint i = 0; i < connection->world->findings->len; i++) {
        const TestFinding *planted = g_ptr_array_index(connection->world->findings, i);
        if (planted->domain == NULL || g_str_equal(planted->domain, definition->name)) {
            report(connection->driver, findings, planted);
        }
    }
    return MORTISE_OK;
}

/* Plays the call, reads the XML, and takes `change`. NULL with nothing taken. */
static TestDefinition *
enter(TestConnection *connection, TestOperation operation, const char *xml)
{
    DriverFailure *failure = NULL;

    if (test_play(connection, NULL, operation) != MORTISE_OK) {
        return NULL;
    }
    TestDefinition *definition = test_definition_parse(xml, &failure);
    if (definition == NULL) {
        (void) test_fail_with(connection->driver, failure);
        return NULL;
    }
    g_mutex_lock(&connection->change);
    if (connection->closed) {
        g_mutex_unlock(&connection->change);
        test_definition_unref(definition);
        (void) test_fail(connection->driver, "connection-closed", NULL, NULL, "the connection was closed");
        return NULL;
    }
    return definition;
}

/* The domain that the definition is of (`*domain`, NULL when it is new); FALSE when name or UUID is another's. */
static gboolean
find(TestConnection *connection, const TestDefinition *definition, TestDomain **domain)
{
    TestDomain *by_uuid = g_hash_table_lookup(connection->domains, definition->uuid_text);
    TestDomain *by_name = g_hash_table_lookup(connection->names, definition->name);

    *domain = by_uuid;
    if (by_uuid == by_name) {
        return TRUE;
    }
    const TestDomain *other = by_name != NULL ? by_name : by_uuid;
    (void) test_fail(connection->driver, "domain-exists", other->name, "choose another name, or leave <uuid> out",
                     "the %s belongs to domain '%s' (%s)", by_name != NULL ? "name" : "UUID", other->name,
                     other->uuid_text);
    return FALSE;
}

static MortiseResult
refused(const TestConnection *connection, const TestDefinition *definition)
{
    return test_fail(connection->driver, "driver-failed", definition->name, NULL,
                     "the core does not take domain '%s'", definition->name);
}

static MortiseResult
define_locked(TestConnection *connection, TestDefinition *definition)
{
    static const TestDomainPlan plain = {.vcpu_model = MORTISE_VCPU_MODEL_PER_VCPU};
    TestDomain *known = NULL;

    if (!find(connection, definition, &known)) {
        return MORTISE_FAILED;
    }
    if (known != NULL) {
        return test_domain_set_definition(known, definition) ? MORTISE_OK : refused(connection, definition);
    }
    g_autoptr(TestDomain) domain = test_domain_new(connection, definition, &plain);
    if (!test_domain_set_definition(domain, definition)) {
        return refused(connection, definition);
    }
    test_domain_publish(domain, NULL, NULL);
    return MORTISE_OK;
}

static MortiseResult
config_define(void *handle, const char *xml)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    g_autoptr(TestDefinition) definition = enter(connection, TEST_OPERATION_DEFINE, xml);

    if (definition == NULL) {
        return MORTISE_FAILED;
    }
    MortiseResult result = define_locked(connection, definition);
    g_mutex_unlock(&connection->change);
    return result;
}

static MortiseResult
create_locked(TestConnection *connection, TestDefinition *definition, uint32_t flags)
{
    static const TestDomainPlan plain = {.vcpu_model = MORTISE_VCPU_MODEL_PER_VCPU};
    gboolean paused = (flags & MORTISE_START_PAUSED) != 0;
    TestDomain *known = NULL;

    if (!find(connection, definition, &known)) {
        return MORTISE_FAILED;
    }
    if (known != NULL && (known->run != 0 || known->state == MORTISE_STATE_UNKNOWN)) {
        return test_fail(connection->driver, "domain-active", known->name, NULL, "domain '%s' runs already",
                         known->name);
    }
    g_autoptr(TestDomain) domain = known != NULL ? test_domain_ref(known)
                                                 : test_domain_new(connection, definition, &plain);
    if (known == NULL && !test_domain_announce(domain)) {
        return refused(connection, definition);
    }
    test_domain_begin(domain, definition, paused ? MORTISE_STATE_PAUSED : MORTISE_STATE_RUNNING,
                      paused ? "user" : "booted");
    return MORTISE_OK;
}

static MortiseResult
config_create(void *handle, const char *xml, uint32_t start_flags)
{
    g_autoptr(TestConnection) connection = test_connection_ref(handle);
    g_autoptr(TestDefinition) definition = enter(connection, TEST_OPERATION_CREATE, xml);
    DriverFailure *failure = NULL;

    if (definition == NULL) {
        return MORTISE_FAILED;
    }
    MortiseResult result = test_definition_require(definition, &failure)
                               ? create_locked(connection, definition, start_flags)
                               : test_fail_with(connection->driver, failure);
    g_mutex_unlock(&connection->change);
    return result;
}

/* Plays a call on a domain that has a definition, and takes `change`. */
static MortiseResult
enter_defined(TestDomain *domain, TestOperation operation)
{
    if (test_play(domain->connection, domain, operation) != MORTISE_OK || test_domain_lock(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (domain->definition != NULL) {
        return MORTISE_OK;
    }
    test_domain_unlock(domain);
    return test_fail(domain->connection->driver, "unsupported", domain->name, "define it first",
                     "domain '%s' has no definition: it is transient", domain->name);
}

static MortiseResult
config_undefine(void *handle)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = enter_defined(domain, TEST_OPERATION_UNDEFINE);

    if (result != MORTISE_OK) {
        return result;
    }
    if (!test_state_is_active(domain->state)) {
        test_domain_withdraw(domain);
    } else if (!test_domain_set_definition(domain, NULL)) {
        result = refused(domain->connection, domain->definition);
    }
    test_domain_unlock(domain);
    return result;
}

static MortiseResult
config_set_autostart(void *handle, uint32_t autostart)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    MortiseResult result = enter_defined(domain, TEST_OPERATION_SET_AUTOSTART);

    if (result != MORTISE_OK) {
        return result;
    }
    if (!test_domain_set_autostart(domain, autostart != 0)) {
        result = refused(domain->connection, domain->definition);
    }
    test_domain_unlock(domain);
    return result;
}

const MortiseConfig test_config_interface = {
    .head = {sizeof(MortiseConfig), MORTISE_CONFIG_VERSION, MORTISE_CONFIG_ID},
    .check = config_check,
    .define = config_define,
    .undefine = config_undefine,
    .set_autostart = config_set_autostart,
    .create = config_create,
};
