// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface migration/1: a guest ends in one world and begins in another, step by step.
#include "migration.h"

#include "console.h"
#include "interfaces.h"

#include <string.h>

/* The text of what runs, and in which state. */
static MortiseResult
look(TestDomain *domain, TestDefinition **definition, guint *state)
{
    if (test_domain_lock(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    MortiseResult result = test_domain_require_active(domain);
    if (result == MORTISE_OK) {
        *definition = test_definition_ref(domain->running);
        *state = domain->state;
    }
    test_domain_unlock(domain);
    return result;
}

/* The text of what would run. */
static MortiseResult
look_at_definition(TestDomain *domain, const char *xml, TestDefinition **definition, guint *state)
{
    DriverFailure *failure = NULL;

    *definition = test_definition_parse(xml, &failure);
    *state = MORTISE_STATE_SHUTOFF;
    if (*definition == NULL || !test_definition_require(*definition, &failure)) {
        return test_fail_with(domain->connection->driver, failure);
    }
    return MORTISE_OK;
}

static MortiseResult
migration_begin(void *handle, const MortiseMigrationArguments *arguments, MortiseSink *offer)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    g_autoptr(TestDefinition) running = NULL;
    const TestDriver *driver = domain->connection->driver;
    guint state = 0;

    gboolean defined = (arguments->flags & MORTISE_MIGRATE_DEFINITION) != 0 && arguments->xml != NULL;
    if (test_play(domain->connection, domain, TEST_OPERATION_MIGRATE_BEGIN) != MORTISE_OK ||
        (defined ? look_at_definition(domain, arguments->xml, &running, &state) : look(domain, &running, &state)) !=
            MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (running->invtsc && running->tsc_hz == 0 && (arguments->flags & MORTISE_MIGRATE_CHECK) == 0) {
        return test_fail(driver, "host-unsupported", "tsc-frequency",
                         "give it <clock><timer name='tsc' frequency='HZ'/></clock>, and start it again",
                         "'%s' has the CPU feature invtsc and names no TSC frequency: nobody could promise it the same "
                         "one elsewhere", domain->name);
    }
    g_autofree char *text = test_offer_format(running->text, state);
    driver->host->sink_text(offer, text, strlen(text));
    return MORTISE_OK;
}

static MortiseResult
prepare_locked(TestDomain *domain, const TestOffer *offer)
{
    const TestDriver *driver = domain->connection->driver;

    if (domain->run != 0 || domain->state == MORTISE_STATE_UNKNOWN) {
        return test_fail(driver, "domain-active", domain->name, NULL, "domain '%s' runs already", domain->name);
    }
    if (domain->incoming != NULL) {
        test_domain_list_incoming(domain);
    }
    domain->prepared = TRUE;
    test_domain_begin(domain, offer->definition, MORTISE_STATE_PAUSED, "migration");
    return MORTISE_OK;
}

/* As test_domain_lock, also for a domain that is not listed yet. */
static MortiseResult
lock_incoming(TestDomain *domain)
{
    TestConnection *connection = domain->connection;

    g_mutex_lock(&connection->change);
    if (!connection->closed && (domain->host_domain != NULL || domain->incoming != NULL)) {
        return MORTISE_OK;
    }
    g_mutex_unlock(&connection->change);
    return test_fail(connection->driver, connection->closed ? "connection-closed" : "no-such-domain", domain->name,
                     NULL, "domain '%s' is gone", domain->name);
}

static MortiseResult
migration_prepare(void *handle, const MortiseMigrationArguments *arguments, const char *offer, MortiseSink *ticket)
{
    static const char words[] = "{\"driver\": \"test\"}";
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    const TestDriver *driver = domain->connection->driver;
    g_auto(TestOffer) read = {0};
    DriverFailure *failure = NULL;

    if (test_play(domain->connection, domain, TEST_OPERATION_MIGRATE_PREPARE) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (!test_offer_parse(offer, arguments, &read, &failure)) {
        return test_fail_with(driver, failure);
    }
    if (!g_str_equal(read.definition->name, domain->name) || memcmp(read.definition->uuid, domain->uuid, 16) != 0) {
        return test_fail(driver, "invalid-argument", domain->name, NULL, "what is offered for '%s' is of '%s' (%s)",
                         domain->name, read.definition->name, read.definition->uuid_text);
    }
    if (read.state == MORTISE_STATE_SHUTOFF) {
        return test_fail(driver, "invalid-argument", domain->name, "start it, and take its offer then",
                         "the offer of '%s' is one of a domain that does not run: it is there to be judged",
                         domain->name);
    }
    if (test_migration_require(domain->connection, &read) != MORTISE_OK || lock_incoming(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    MortiseResult result = prepare_locked(domain, &read);
    test_domain_unlock(domain);
    if (result == MORTISE_OK) {
        driver->host->sink_text(ticket, words, strlen(words));
    }
    return result;
}

/* The guest has been sent: it stands still, until somebody says where it goes on. */
static MortiseResult
stand_still(TestDomain *domain)
{
    if (test_domain_lock(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    MortiseResult result = test_domain_require_active(domain);
    if (result == MORTISE_OK) {
        domain->state_before = domain->state;
        test_domain_set_state(domain, MORTISE_STATE_PAUSED, "migration", NULL);
    }
    test_domain_unlock(domain);
    return result;
}

static MortiseResult
migration_perform(void *handle, const MortiseMigrationArguments *arguments, const char *ticket, MortiseSink *outcome)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    g_autoptr(TestDefinition) running = NULL;
    const TestDriver *driver = domain->connection->driver;
    guint state = 0;

    if (strstr(ticket, "\"test\"") == NULL) {
        return test_fail(driver, "invalid-argument", "ticket", NULL, "this is no ticket of a test driver");
    }
    if (test_play(domain->connection, domain, TEST_OPERATION_MIGRATE_PERFORM) != MORTISE_OK ||
        look(domain, &running, &state) != MORTISE_OK ||
        test_transfer_run(domain, arguments, running->memory_kib * 1024) != MORTISE_OK ||
        stand_still(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    driver->host->sink_text(outcome, test_state_words[state], strlen(test_state_words[state]));
    return MORTISE_OK;
}

static void
go_on(TestDomain *domain, const MortiseMigrationArguments *arguments, const char *outcome)
{
    gboolean paused = (arguments->flags & MORTISE_MIGRATE_PAUSED) != 0 ||
                      g_strcmp0(outcome, test_state_words[MORTISE_STATE_PAUSED]) == 0;

    if (paused) {
        test_domain_publish(domain, "migrated", NULL);
    } else {
        test_domain_set_state(domain, MORTISE_STATE_RUNNING, "migrated", NULL);
    }
}

/* Plays finish or confirm; how it undoes something is scripted apart. */
static MortiseResult
play_end(TestDomain *domain, TestOperation operation, uint32_t succeeded)
{
    return test_play(domain->connection, domain, succeeded != 0 ? operation : TEST_OPERATION_MIGRATE_UNDO);
}

static MortiseResult
migration_finish(void *handle, const MortiseMigrationArguments *arguments, const char *outcome, uint32_t succeeded)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    guint64 run = 0;

    if (play_end(domain, TEST_OPERATION_MIGRATE_FINISH, succeeded) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (lock_incoming(domain) != MORTISE_OK) {
        return succeeded != 0 ? MORTISE_FAILED : MORTISE_OK;
    }
    gboolean prepared = domain->prepared && domain->run != 0;
    domain->prepared = FALSE;
    if (prepared && succeeded != 0) {
        go_on(domain, arguments, outcome);
    } else if (prepared) {
        run = domain->run;
        test_domain_end(domain, MORTISE_STATE_SHUTOFF, "failed", "it did not come");
    }
    test_domain_unlock(domain);
    if (run != 0) {
        test_console_end(domain->connection->driver, run);
    }
    return prepared || succeeded == 0 ? MORTISE_OK
                                      : test_fail(domain->connection->driver, "domain-inactive", domain->name, NULL,
                                                  "nothing of '%s' waits here", domain->name);
}

static MortiseResult
migration_confirm(void *handle, const MortiseMigrationArguments *arguments, uint32_t succeeded)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    guint64 run = 0;

    (void) arguments;
    if (play_end(domain, TEST_OPERATION_MIGRATE_CONFIRM, succeeded) != MORTISE_OK ||
        test_domain_lock(domain) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (domain->run != 0 && succeeded != 0) {
        run = domain->run;
        test_domain_end(domain, MORTISE_STATE_SHUTOFF, "migrated", NULL);
    } else if (domain->run != 0 && domain->state_before != MORTISE_STATE_UNKNOWN) {
        test_domain_set_state(domain, domain->state_before, "migration-failed", NULL);
    }
    domain->state_before = MORTISE_STATE_UNKNOWN;
    test_domain_unlock(domain);
    if (run != 0) {
        test_console_end(domain->connection->driver, run);
    }
    return MORTISE_OK;
}

const MortiseMigration test_migration_interface = {
    .head = {sizeof(MortiseMigration), MORTISE_MIGRATION_VERSION, MORTISE_MIGRATION_ID},
    .begin = migration_begin,
    .judge = test_migration_judge,
    .prepare = migration_prepare,
    .perform = migration_perform,
    .finish = migration_finish,
    .confirm = migration_confirm,
    .abort = test_migration_abort,
    .set_limits = test_migration_set_limits,
    .switch_to_postcopy = test_migration_postcopy,
    .progress = test_migration_progress,
    .common_tsc = test_migration_common_tsc,
};
