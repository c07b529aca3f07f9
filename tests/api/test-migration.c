// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Migration between two worlds: what is left where, whichever step fails, hangs or is cancelled.
#include "migration-worlds.h"

#define SLOW "\"migration\": {\"bandwidth\": 1048576, \"downtime_ms\": 1}"

static MortiseMigrationOptions *
options_with(MortiseMigrationFlags flags)
{
    MortiseMigrationOptions *options = mortise_migration_options_new();
    mortise_migration_options_set_flags(options, flags);
    return options;
}

static void
test_a_domain_moves(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(worlds_state(worlds->source, "web"), "shut off");
    CHECK_TEXT(worlds_state(worlds->destination, "web"), "running");
    g_autofree char *reason = NULL;
    (void) mortise_domain_get_state(worlds->domain, &reason);
    CHECK_TEXT(reason, "migrated");
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(there, &error);
    CHECK(info != NULL && !info->persistent);
    CHECK_TEXT(mortise_domain_get_uuid(there), mortise_domain_get_uuid(worlds->domain));
    g_autoptr(GVariant) values = mortise_domain_get_migration_progress(worlds->domain, NULL, &error);
    CHECK_NO_ERROR(error);
    const char *phase = NULL;
    guint64 total = 0;
    CHECK(g_variant_lookup(values, "phase", "&s", &phase));
    CHECK_TEXT(phase, "completed");
    CHECK(g_variant_lookup(values, "data.total", "t", &total) && total == 1073741824);
    g_autoptr(GVariant) other = mortise_domain_get_migration_progress(there, NULL, &error);
    CHECK(other != NULL && g_variant_equal(values, other));
}

static void
test_back_and_forth(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) domain = g_object_ref(worlds->domain);
    for (guint i = 0; i < 20; i++) {
        MortiseConnection *to = i % 2 == 0 ? worlds->destination : worlds->source;
        MortiseConnection *from = i % 2 == 0 ? worlds->source : worlds->destination;
        MortiseDomain *next = mortise_domain_migrate(domain, to, NULL, NULL, &error);
        CHECK_NO_ERROR(error);
        g_object_unref(domain);
        domain = next;
        CHECK_TEXT(worlds_state(to, "web"), "running");
        CHECK_TEXT(worlds_state(from, "web"), i % 2 == 0 ? "shut off" : "none");
    }
}

static void
test_definitions(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseMigrationOptions)
        options = options_with(MORTISE_MIGRATION_PERSISTENT | MORTISE_MIGRATION_UNDEFINE_SOURCE
                               | MORTISE_MIGRATION_SUSPENDED);
    mortise_migration_options_set_name(options, "web <2>");
    g_autoptr(MortiseDomain)
        there = mortise_domain_migrate(worlds->domain, worlds->destination, options, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(worlds_state(worlds->source, "web"), "none");
    CHECK_TEXT(worlds_state(worlds->destination, "web <2>"), "paused");
    g_autofree char *xml = mortise_domain_get_xml(there, MORTISE_XML_INACTIVE, &error);
    CHECK_NO_ERROR(error);
    CHECK_CONTAINS(xml, "<name>web &lt;2&gt;</name>");
    g_autofree char *live = mortise_domain_get_xml(there, MORTISE_XML_CURRENT, &error);
    CHECK_CONTAINS(live, "<name>web &lt;2&gt;</name>");
    g_autoptr(GVariant) values = mortise_domain_get_migration_progress(worlds->domain, NULL, NULL);
    CHECK(values != NULL); /* also of a domain that is gone */
}

static const struct {
    gboolean at_source;
    const char *call;
    const char *step;
} steps[] = {
    {TRUE, "migrate-begin", "begin"},     {FALSE, "migrate-prepare", "prepare"}, {TRUE, "migrate-perform", "perform"},
    {FALSE, "migrate-finish", "finish"},
};

/* Until the source's confirm, every failure leaves everything as it was. */
static void
test_each_step_fails(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *script = g_strdup_printf("\"fail\": {\"%s\": {\"reason\": \"resource-busy\", "
                                                  "\"message\": \"no room\", \"times\": 1}}", steps[i].call);
        g_autoptr(Worlds) worlds = worlds_new(steps[i].at_source ? script : NULL, steps[i].at_source ? NULL : script);
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseDomain)
            there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
        CHECK(there == NULL);
        CHECK_TEXT(mortise_error_get_reason(error), "resource-busy");
        g_autofree char *words = g_strdup_printf("%s failed: no room", steps[i].step);
        CHECK_CONTAINS(mortise_error_get_summary(error), words);
        worlds_check_untouched(worlds);
        /* and nothing is left that would be in the way */
        g_clear_error(&error);
        g_autoptr(MortiseDomain)
            again G_GNUC_UNUSED = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
        CHECK_NO_ERROR(error);
        CHECK_TEXT(worlds_state(worlds->destination, "web"), "running");
    }
}

static void
test_confirm_fails(void)
{
    g_autoptr(Worlds) worlds = worlds_new("\"fail\": {\"migrate-confirm\": {\"message\": \"stuck\"}}", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
    CHECK(there == NULL);
    CHECK_CONTAINS(mortise_error_get_summary(error), "confirm failed: stuck");
    CHECK_CONTAINS(mortise_error_get_details(error), "the guest was moved");
    CHECK_TEXT(worlds_state(worlds->source, "web"), "paused");
    CHECK_TEXT(worlds_state(worlds->destination, "web"), "running");
}

/* When the destination cannot say that the guest does not run there, it must not go on here. */
static void
test_nobody_can_tell(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, "\"fail\": {\"migrate-finish\": {\"message\": \"lost\"}, "
                                                "\"migrate-undo\": {\"message\": \"lost too\"}}");
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
    CHECK(there == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "state-unknown");
    CHECK_CONTAINS(mortise_error_get_details(error), "stands still");
    CHECK_TEXT(worlds_state(worlds->source, "web"), "paused");
    CHECK(mortise_domain_resume(worlds->domain, NULL, NULL));
}

static gboolean
is_sending(gpointer data)
{
    g_autoptr(GVariant) values = mortise_domain_get_migration_progress(data, NULL, NULL);
    const char *phase = "";
    return values != NULL && g_variant_lookup(values, "phase", "&s", &phase) && g_str_equal(phase, "perform")
           && g_variant_lookup(values, "data.total", "t", NULL);
}

typedef struct {
    MortiseDomain *there;
    GError *error;
    gboolean done;
} Answer;

static void
take_answer(GObject *source, GAsyncResult *result, gpointer data)
{
    Answer *answer = data;
    answer->there = mortise_domain_migrate_finish(MORTISE_DOMAIN(source), result, &answer->error);
    answer->done = TRUE;
}

static gboolean
is_answered(gpointer data)
{
    return ((Answer *) data)->done;
}

static void
answer_clear(Answer *answer)
{
    g_clear_object(&answer->there);
    g_clear_error(&answer->error);
}

/* Ends a migration that would take a quarter of an hour: by the cancellable, by its time, by another caller. */
static void
test_perform_is_ended(void)
{
    static const char *const reasons[] = {"cancelled", "timeout", "cancelled"};
    for (guint way = 0; way < 3; way++) {
        g_autoptr(Worlds) worlds = worlds_new(SLOW, NULL);
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        g_autoptr(MortiseMigrationOptions) options = mortise_migration_options_new();
        Answer answer = {NULL, NULL, FALSE};
        mortise_migration_options_set_timeout(options, way == 1 ? 300 : 0);
        mortise_domain_migrate_async(worlds->domain, worlds->destination, options, cancellable, take_answer, &answer);
        CHECK(way == 1 || worlds_wait(is_sending, worlds->domain));
        if (way == 0) {
            g_cancellable_cancel(cancellable);
        } else if (way == 2) {
            CHECK(mortise_domain_abort_migration(worlds->domain, NULL));
        }
        CHECK(worlds_wait(is_answered, &answer));
        CHECK(answer.there == NULL);
        CHECK_TEXT(mortise_error_get_reason(answer.error), reasons[way]);
        CHECK_CONTAINS(mortise_error_get_details(answer.error), "the guest is running at");
        worlds_check_untouched(worlds);
        CHECK(!mortise_domain_abort_migration(worlds->domain, NULL));
        answer_clear(&answer);
    }
}

/* Reads are not delayed, changes wait, and limits can be changed on the way. */
static void
test_beside_a_migration(void)
{
    g_autoptr(Worlds) worlds = worlds_new(SLOW, NULL);
    g_autoptr(GError) error = NULL;
    Answer answer = {NULL, NULL, FALSE};
    CHECK(!mortise_domain_set_migration_limits(worlds->domain, 1, 1, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "no-job");
    g_clear_error(&error);
    mortise_domain_migrate_async(worlds->domain, worlds->destination, NULL, NULL, take_answer, &answer);
    CHECK(worlds_wait(is_sending, worlds->domain));
    CHECK_TEXT(worlds_state(worlds->source, "web"), "running");
    g_autoptr(MortiseDomainInfo) info G_GNUC_UNUSED = mortise_domain_get_info(worlds->domain, &error);
    CHECK_NO_ERROR(error);
    CHECK(is_sending(worlds->domain));
    g_autoptr(MortiseDomain)
        second = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
    CHECK(second == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "domain-busy");
    g_clear_error(&error);
    mortise_connection_set_deadline(worlds->source, 50);
    CHECK(!mortise_domain_suspend(worlds->domain, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "domain-busy");
    CHECK_CONTAINS(mortise_error_get_summary(error), "domain-migrate has been under way");
    g_clear_error(&error);
    mortise_connection_set_deadline(worlds->source, 0);
    CHECK(mortise_domain_set_migration_limits(worlds->domain, G_MAXUINT64, 3600000, NULL, &error));
    CHECK_NO_ERROR(error);
    CHECK(worlds_wait(is_answered, &answer));
    CHECK_NO_ERROR(answer.error);
    CHECK_TEXT(worlds_state(worlds->destination, "web"), "running");
    answer_clear(&answer);
}

/* A guest that writes faster than is sent gets through by postcopy, or when it is slowed down. */
static void
test_guests_that_write(void)
{
    static const char busy[] = "\"migration\": {\"bandwidth\": 1099511627776, \"dirty_rate\": 268435456, "
                               "\"downtime_ms\": 1}";
    g_autoptr(Worlds) worlds = worlds_new_with(
        busy, "[{\"name\": \"web\", \"state\": \"running\", \"memory_kib\": 8589934592}]", NULL, "[]");
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseMigrationOptions) options = options_with(MORTISE_MIGRATION_POSTCOPY);
    Answer answer = {NULL, NULL, FALSE};
    mortise_domain_migrate_async(worlds->domain, worlds->destination, options, NULL, take_answer, &answer);
    CHECK(worlds_wait(is_sending, worlds->domain));
    mortise_connection_set_deadline(worlds->source, 0);
    CHECK(mortise_domain_set_migration_limits(worlds->domain, 0, 1, NULL, &error));
    CHECK(!answer.done);
    CHECK(mortise_domain_switch_to_postcopy(worlds->domain, NULL, &error));
    CHECK_NO_ERROR(error);
    (void) mortise_domain_set_migration_limits(worlds->domain, 0, 86400000, NULL, NULL);
    CHECK(mortise_domain_abort_migration(worlds->domain, NULL) || answer.done);
    CHECK(worlds_wait(is_answered, &answer));
    answer_clear(&answer);
}

typedef struct {
    GPtrArray *events; /* of MortiseEvent */
    guint wanted;
} Log;

static void
take_event(MortiseWatch *watch G_GNUC_UNUSED, const MortiseEvent *event, gpointer data)
{
    Log *log = data;
    if (event->kind >= MORTISE_EVENT_KIND_MIGRATION_STARTED) {
        g_ptr_array_add(log->events, mortise_event_copy(event));
    }
}

static gboolean
has_events(gpointer data)
{
    Log *log = data;
    return log->events->len >= log->wanted;
}

static void
test_events(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, "\"fail\": {\"migrate-finish\": {\"message\": \"no\", \"times\": 1}}");
    MortiseWatch *watches[2] = {mortise_connection_watch(worlds->source),
                                mortise_connection_watch(worlds->destination)};
    Log logs[2] = {{g_ptr_array_new_with_free_func((GDestroyNotify) mortise_event_free), 4},
                   {g_ptr_array_new_with_free_func((GDestroyNotify) mortise_event_free), 4}};
    static const MortiseEventKind kinds[] = {
        MORTISE_EVENT_KIND_MIGRATION_STARTED, MORTISE_EVENT_KIND_MIGRATION_FAILED,
        MORTISE_EVENT_KIND_MIGRATION_STARTED, MORTISE_EVENT_KIND_MIGRATION_COMPLETED,
    };
    for (guint i = 0; i < 2; i++) {
        g_signal_connect(watches[i], "event", G_CALLBACK(take_event), &logs[i]);
    }
    for (guint i = 0; i < 2; i++) {
        g_autoptr(MortiseDomain) there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, NULL);
        CHECK((there != NULL) == (i == 1));
    }
    for (guint i = 0; i < 2; i++) {
        CHECK(worlds_wait(has_events, &logs[i]));
        for (guint k = 0; k < G_N_ELEMENTS(kinds) && k < logs[i].events->len; k++) {
            const MortiseEvent *event = g_ptr_array_index(logs[i].events, k);
            CHECK_INT(event->kind, kinds[k]);
            CHECK_TEXT(event->reason, mortise_connection_get_uri(i == 0 ? worlds->destination : worlds->source));
        }
        g_object_unref(watches[i]);
        g_ptr_array_unref(logs[i].events);
    }
}

static void
test_names_that_are_taken(void)
{
    static const char mine[] = "[{\"name\": \"web\", \"uuid\": \"00000000-0000-4000-8000-000000000001\", "
                               "\"state\": \"running\"}, {\"name\": \"off\"}]";
    static const char *const theirs[] = {
        "[{\"name\": \"web\", \"uuid\": \"00000000-0000-4000-8000-000000000002\"}]",
        "[{\"name\": \"other\", \"uuid\": \"00000000-0000-4000-8000-000000000001\"}]",
        "[{\"name\": \"web\", \"uuid\": \"00000000-0000-4000-8000-000000000001\", \"state\": \"running\"}]",
        "[{\"name\": \"web\", \"uuid\": \"00000000-0000-4000-8000-000000000001\"}]",
    };
    static const char *const reasons[] = {"domain-exists", "domain-exists", "domain-active", NULL};
    for (guint i = 0; i < G_N_ELEMENTS(theirs); i++) {
        g_autoptr(Worlds) worlds = worlds_new_with(NULL, mine, NULL, theirs[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseDomain)
            there G_GNUC_UNUSED = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
        CHECK_TEXT(error != NULL ? mortise_error_get_reason(error) : NULL, reasons[i]);
        CHECK_TEXT(worlds_state(worlds->source, "web"), reasons[i] != NULL ? "running" : "shut off");
        g_clear_error(&error);
        g_autoptr(MortiseDomain) off = mortise_connection_lookup_domain(worlds->source, "off", &error);
        g_autoptr(MortiseDomain) none = mortise_domain_migrate(off, worlds->destination, NULL, NULL, &error);
        CHECK_TEXT(mortise_error_get_reason(error), "domain-inactive");
        CHECK(none == NULL);
        g_clear_error(&error);
        none = mortise_domain_migrate(worlds->domain, worlds->source, NULL, NULL, &error);
        CHECK_TEXT(mortise_error_get_reason(error), "invalid-argument");
    }
}

static void
test_a_definition_alone(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseMigrationOptions) options = options_with(MORTISE_MIGRATION_OFFLINE);
    g_autoptr(MortiseDomain)
        there G_GNUC_UNUSED = mortise_domain_migrate(worlds->domain, worlds->destination, options, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(worlds_state(worlds->source, "web"), "running");
    CHECK_TEXT(worlds_state(worlds->destination, "web"), "shut off");
    mortise_migration_options_set_name(options, "a/b");
    g_autoptr(MortiseDomain)
        bad = mortise_domain_migrate(worlds->domain, worlds->destination, options, NULL, &error);
    CHECK(bad == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "invalid-xml");
}

/* A side that hangs: the caller is told at the deadline, the domain is marked, and closing ends it all. */
static void
test_each_step_hangs(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        gboolean perform = g_str_equal(steps[i].step, "perform");
        g_autofree char *script = g_strdup_printf("\"hang\": [\"%s\"]", steps[i].call);
        g_autoptr(Worlds) worlds = worlds_new(steps[i].at_source ? script : NULL, steps[i].at_source ? NULL : script);
        g_autoptr(GError) error = NULL;
        mortise_connection_set_deadline(steps[i].at_source ? worlds->source : worlds->destination, 1000);
        if (perform) {
            continue; /* it has no deadline: see the next test */
        }
        g_autoptr(MortiseDomain)
            there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
        CHECK(there == NULL);
        CHECK_TEXT(mortise_error_get_reason(error), "timeout");
        g_autofree char *words = g_strdup_printf("%s failed", steps[i].step);
        CHECK_CONTAINS(mortise_error_get_summary(error), words);
        CHECK_CONTAINS(mortise_error_get_details(error), "has not ended yet");
        gboolean still = g_str_equal(steps[i].step, "finish");
        CHECK_TEXT(worlds_state(worlds->source, "web"), still ? "paused" : "running");
        mortise_connection_close(steps[i].at_source ? worlds->source : worlds->destination);
    }
}

/* What came late goes on: finish is slow, the caller has gone, and the guest is moved all the same. */
static gboolean
has_moved(gpointer data)
{
    Worlds *worlds = data;
    return g_str_equal(worlds_state(worlds->destination, "web"), "running")
           && g_str_equal(worlds_state(worlds->source, "web"), "shut off");
}

static void
test_a_late_finish_is_kept(void)
{
    g_autoptr(Worlds) worlds = worlds_new(SLOW, "\"late_ms\": {\"migrate-finish\": 2000}");
    Answer answer = {NULL, NULL, FALSE};
    mortise_domain_migrate_async(worlds->domain, worlds->destination, NULL, NULL, take_answer, &answer);
    CHECK(worlds_wait(is_sending, worlds->domain));
    /* for what comes behind perform */
    mortise_connection_set_deadline(worlds->destination, 1000);
    CHECK(mortise_domain_set_migration_limits(worlds->domain, G_MAXUINT64, 3600000, NULL, NULL));
    CHECK(worlds_wait(is_answered, &answer));
    CHECK(answer.there == NULL);
    CHECK_TEXT(mortise_error_get_reason(answer.error), "timeout");
    CHECK(g_str_equal(worlds_state(worlds->source, "web"), "paused") || has_moved(worlds));
    CHECK(worlds_wait(has_moved, worlds));
    answer_clear(&answer);
}

static gboolean
is_untouched(gpointer data)
{
    Worlds *worlds = data;
    return g_str_equal(worlds_state(worlds->source, "web"), "running")
           && g_str_equal(worlds_state(worlds->destination, "web"), "none");
}

/* A prepare that comes too late is taken back. */
static void
test_a_late_prepare_is_undone(void)
{
    g_autoptr(Worlds) worlds = worlds_new(NULL, "\"late_ms\": {\"migrate-prepare\": 600}");
    g_autoptr(GError) error = NULL;
    mortise_connection_set_deadline(worlds->destination, 100);
    g_autoptr(MortiseDomain) there = mortise_domain_migrate(worlds->domain, worlds->destination, NULL, NULL, &error);
    CHECK(there == NULL);
    CHECK_TEXT(mortise_error_get_reason(error), "timeout");
    CHECK(worlds_wait(is_untouched, worlds));
}

/* Closing a connection in the middle ends the migration, and the guest stays. */
static void
test_closed_on_the_way(void)
{
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Worlds) worlds = worlds_new(SLOW, NULL);
        Answer answer = {NULL, NULL, FALSE};
        mortise_domain_migrate_async(worlds->domain, worlds->destination, NULL, NULL, take_answer, &answer);
        CHECK(worlds_wait(is_sending, worlds->domain));
        mortise_connection_close(i == 0 ? worlds->destination : worlds->source);
        CHECK(worlds_wait(is_answered, &answer));
        CHECK(answer.error != NULL);
        if (i == 0) {
            CHECK_TEXT(worlds_state(worlds->source, "web"), "running");
        } else {
            CHECK_TEXT(worlds_state(worlds->destination, "web"), "none");
        }
        answer_clear(&answer);
    }
}

static const MortiseTest tests[] = {
    {"a domain moves", test_a_domain_moves},
    {"back and forth", test_back_and_forth},
    {"definitions, another name, paused", test_definitions},
    {"each step fails", test_each_step_fails},
    {"confirm fails", test_confirm_fails},
    {"nobody can tell where it runs", test_nobody_can_tell},
    {"perform is ended", test_perform_is_ended},
    {"beside a migration", test_beside_a_migration},
    {"guests that write", test_guests_that_write},
    {"events on both sides", test_events},
    {"names that are taken", test_names_that_are_taken},
    {"a definition alone", test_a_definition_alone},
    {"each step hangs", test_each_step_hangs},
    {"a late finish is kept", test_a_late_finish_is_kept},
    {"a late prepare is undone", test_a_late_prepare_is_undone},
    {"closed on the way", test_closed_on_the_way},
};

MORTISE_TEST_MAIN("migration", tests)
