// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The engine's migration between two roots with real QEMU: what works, what is refused, and what failures leave.
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

static void
test_back_and_forth(void)
{
    Pair pair;
    int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_autofree char *uuid = pair_uuid();

    for (guint i = 0; i < 20 && pair.at == i % 2; i++) {
        g_auto(PairResult) result = {0};
        g_autofree char *here = NULL;
        g_autofree char *there = NULL;

        pair_migrate(&pair, &arguments, -1, NULL, NULL, &result);
        (void) pair_require_migrated(&result);
        here = fake_domain_state(pair.domains[pair.at]);
        there = fake_domain_state(pair.domains[!pair.at]);
        CHECK_TEXT(here, "running migrated");
        CHECK_TEXT(there, "shutoff migrated");
        pair_require_count(&pair, &console, &count);
    }
    CHECK(pair_count_emulators(uuid, 1));
    (void) close(console);
    pair_close(&pair);
    CHECK(pair_count_emulators(uuid, 0));
}

/* One migration with these arguments, which succeeds; the guest counts on. */
static void
migrate_once(Pair *pair, const MortiseMigrationArguments *arguments, int *console, guint64 *count, const char *part)
{
    g_auto(PairResult) result = {0};

    pair_migrate(pair, arguments, -1, NULL, NULL, &result);
    if (pair_require_migrated(&result)) {
        CHECK_CONTAINS(result.ticket, part);
        pair_require_count(pair, console, count);
    }
}

static void
test_transports(void)
{
    static const struct {
        const char *transport;
        guint flags;
        const char *part;
    } cases[] = {
        {"tcp:127.0.0.1", 0, "tcp:127.0.0.1:"},
        {"tcp:[::1]", 0, "tcp:[::1]:"},
        {"unix", MORTISE_MIGRATE_MULTIFD, "unix:"},
        {"tcp:127.0.0.1", MORTISE_MIGRATE_MULTIFD | MORTISE_MIGRATE_AUTO_CONVERGE, "tcp:"},
    };
    Pair pair;
    int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        MortiseMigrationArguments arguments = pair_arguments(cases[i].flags);
        arguments.transport = cases[i].transport;
        arguments.channels = 2;
        migrate_once(&pair, &arguments, &console, &count, cases[i].part);
    }
    (void) close(console);
    pair_close(&pair);
}

/* Whoever comes next knows how the guest came. */
static void
test_next_owner(void)
{
    g_autofree char *one = g_dir_make_tmp("mortise-migration-XXXXXX", NULL);
    g_autofree char *other = g_dir_make_tmp("mortise-migration-XXXXXX", NULL);
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_xml(pair_number(), "");
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};
    g_autofree char *state = NULL;
    Pair pair;

    CHECK(pair_open(&pair, xml, roots));
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    pair_migrate(&pair, &arguments, -1, NULL, NULL, &result);
    (void) pair_require_migrated(&result);
    pair_leave(&pair);
    CHECK(pair_open(&pair, xml, roots));
    state = fake_domain_state(pair.domains[1]);
    CHECK_TEXT(state, "running migrated");
    pair_close(&pair);
}

/* Roots whose paths are longer than a socket's may be. */
static void
test_long_paths(void)
{
    g_autofree char *root = g_dir_make_tmp("mortise-migration-XXXXXX", NULL);
    g_autofree char *folder = g_strnfill(120, 'l');
    g_autofree char *one = g_build_filename(root, folder, "one", NULL);
    g_autofree char *other = g_build_filename(root, folder, "other", NULL);
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_xml(pair_number(), "");
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};
    Pair pair;

    CHECK(pair_open(&pair, xml, roots));
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    pair_migrate(&pair, &arguments, -1, NULL, NULL, &result);
    (void) pair_require_migrated(&result);
    CHECK(result.ticket && strstr(result.ticket, "unix:/proc/"));
    pair_close(&pair);
    engine_remove(root);
}

/* A guest that stood still does so at the other end, and one that ran does when that is asked. */
static void
test_paused(void)
{
    g_autofree char *xml = engine_xml(pair_number(), "");
    const MortiseMigrationArguments usual = pair_arguments(0);
    const MortiseMigrationArguments paused = pair_arguments(MORTISE_MIGRATE_PAUSED);
    g_auto(PairResult) first = {0};
    g_auto(PairResult) second = {0};
    const MortiseLifecycle *lifecycle;
    Pair pair;

    CHECK(pair_open(&pair, xml, NULL));
    lifecycle = fake_host_interface(pair.hosts[0], MORTISE_LIFECYCLE_ID);
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    pair_migrate(&pair, &paused, -1, NULL, NULL, &first);
    (void) pair_require_migrated(&first);
    CHECK(fake_domain_wait(pair.domains[1], "paused migrated"));
    pair_migrate(&pair, &usual, -1, NULL, NULL, &second);
    (void) pair_require_migrated(&second);
    CHECK(fake_domain_wait(pair.domains[0], "paused migrated"));
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->resume(fake_domain_handle(pair.domains[0])), MORTISE_OK);
    CHECK(pair_wait_state(&pair, 0, "running"));
    pair_close(&pair);
}

typedef enum {
    MEDDLE_ABORT,
    MEDDLE_LIMITS,
    MEDDLE_SLOWED,
    MEDDLE_POSTCOPY,
    MEDDLE_KILL_SOURCE,
    MEDDLE_KILL_DESTINATION
} Meddling;

typedef struct {
    Pair *pair;
    Meddling what;
    GThread *thread;
    MortiseResult result;
} Meddler;

/* Beside perform, once something was sent. */
static gpointer
meddle(gpointer data)
{
    Meddler *meddler = data;
    Pair *pair = meddler->pair;
    const guint at = pair->at;
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;
    const MortiseMigration *migration = pair_migration(pair, at);
    void *source = fake_domain_handle(pair->domains[at]);

    while (pair_progress(pair, at, meddler->what == MEDDLE_SLOWED ? "throttle" : "memory.processed") == 0 &&
           g_get_monotonic_time() < deadline) {
        g_thread_yield();
    }
    fake_call_begin(FAKE_AMPLE_MS);
    switch (meddler->what) {
    case MEDDLE_ABORT:
        meddler->result = migration->abort(source);
        break;
    case MEDDLE_LIMITS:
        meddler->result = migration->set_limits(source, G_MAXUINT64, 500);
        break;
    case MEDDLE_SLOWED:
        meddler->result = migration->set_limits(source, 0, 5000);
        break;
    case MEDDLE_POSTCOPY:
        meddler->result = migration->switch_to_postcopy(source);
        // The limit holds for the rest, too.
        fake_call_begin(FAKE_AMPLE_MS);
        (void) migration->set_limits(source, G_MAXUINT64, 0);
        break;
    case MEDDLE_KILL_SOURCE:
        (void) engine_signal(fake_domain_id(pair->domains[at]), SIGKILL);
        break;
    default:
        (void) engine_signal(fake_domain_id(pair->domains[!at]), SIGKILL);
        break;
    }
    return NULL;
}

static void
begin_meddling(Pair *pair G_GNUC_UNUSED, PairStep step, gpointer data)
{
    Meddler *meddler = data;

    if (step == STEP_PERFORM) {
        meddler->thread = g_thread_new("meddler", meddle, meddler);
    }
}

/* A migration so slow that it would never end, with somebody who does that while it is under way. */
static void
migrate_slowly(Pair *pair, guint flags, Meddling what, PairResult *result)
{
    MortiseMigrationArguments arguments = pair_arguments(flags);
    Meddler meddler = {.pair = pair, .what = what};

    arguments.bandwidth = 100 * 1024;
    pair_migrate(pair, &arguments, -1, begin_meddling, &meddler, result);
    (void) g_thread_join(meddler.thread);
    CHECK_INT(meddler.result, MORTISE_OK);
}

static void
test_abort(void)
{
    g_auto(PairResult) result = {0};
    Pair pair;
    const int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    migrate_slowly(&pair, 0, MEDDLE_ABORT, &result);
    CHECK_INT(result.failed, STEP_PERFORM);
    CHECK_TEXT(result.reason, "cancelled");
    pair_require_back(&pair, console, &count);
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(pair_migration(&pair, 0)->abort(fake_domain_handle(pair.domains[0])), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "no-job");
    (void) close(console);
    pair_close(&pair);
}

static void
test_timeout(void)
{
    MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};
    Pair pair;
    const int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    arguments.bandwidth = 100 * 1024;
    pair_migrate(&pair, &arguments, 1500, NULL, NULL, &result);
    CHECK_INT(result.failed, STEP_PERFORM);
    // On a busy host the time may also pass while the emulator is asked for something.
    CHECK_CONTAINS(result.reason, "timeout");
    pair_require_back(&pair, console, &count);
    (void) close(console);
    pair_close(&pair);
}

static void
test_limits(void)
{
    g_auto(PairResult) result = {0};
    Pair pair;
    int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    migrate_slowly(&pair, 0, MEDDLE_LIMITS, &result);
    (void) pair_require_migrated(&result);
    pair_require_count(&pair, &console, &count);
    CHECK(pair_progress(&pair, 0, "memory.total") > 32 * 1024 * 1024);
    CHECK(pair_progress(&pair, 0, "downtime") > 0);
    (void) close(console);
    pair_close(&pair);
}

/*
 * It writes all of its area again and again, far faster than is sent, and never stands still. It reports seldom: its
 * console is not read meanwhile, and a serial port that comes with a full one stays silent at the destination.
 */
static char *
busy_xml(void)
{
    g_autofree char *os = g_strdup_printf("<type arch='x86_64' machine='pc'>hvm</type>"
                                          "<kernel>%s/tests/guest/mortise-guest.elf</kernel>"
                                          "<cmdline>report=1000 pages=4000 busy</cmdline>",
                                          g_getenv("MORTISE_TEST_BUILD"));

    return engine_any_xml(pair_number(), "qemu", 1, os, "<features><acpi/></features><devices><console type='pty'/>"
                          "</devices>");
}

static void
test_auto_converge(void)
{
    g_autofree char *xml = busy_xml();
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_AUTO_CONVERGE);
    Pair pair;
    Meddler meddler = {.pair = &pair, .what = MEDDLE_SLOWED};
    g_auto(PairResult) result = {0};
    guint64 count;
    int console;

    CHECK(pair_open(&pair, xml, NULL));
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    console = engine_open_console(pair.domains[0]);
    count = pair_hear_count(console);
    // Less than the area fits into the time that it may stand still; more does once it was slowed down.
    arguments.bandwidth = 16 * 1024 * 1024;
    arguments.downtime = 50;
    pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, begin_meddling, &meddler, &result);
    (void) g_thread_join(meddler.thread);
    CHECK_INT(meddler.result, MORTISE_OK);
    (void) pair_require_migrated(&result);
    CHECK(pair_progress(&pair, 0, "throttle") >= 20);
    CHECK(pair_progress(&pair, 0, "memory.passes") > 2);
    pair_require_count(&pair, &console, &count);
    (void) close(console);
    pair_close(&pair);
}

static void
test_postcopy(void)
{
    g_auto(PairResult) result = {0};
    Pair pair;
    int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    migrate_slowly(&pair, MORTISE_MIGRATE_POSTCOPY, MEDDLE_POSTCOPY, &result);
    if (result.failed == STEP_PREPARE && strstr(result.message, "ostcopy")) {
        mortise_test_skip("postcopy", result.message);
    } else {
        (void) pair_require_migrated(&result);
        pair_require_count(&pair, &console, &count);
    }
    (void) close(console);
    pair_close(&pair);
}

static void
test_destination_dies(void)
{
    g_auto(PairResult) result = {0};
    Pair pair;
    const int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    migrate_slowly(&pair, 0, MEDDLE_KILL_DESTINATION, &result);
    CHECK_INT(result.failed, STEP_PERFORM);
    CHECK_TEXT(result.reason, "migration-failed");
    pair_require_back(&pair, console, &count);
    (void) close(console);
    pair_close(&pair);
}

static void
test_source_dies(void)
{
    g_auto(PairResult) result = {0};
    g_autofree char *uuid = pair_uuid();
    Pair pair;
    const int console = pair_open_counting(&pair, "");

    migrate_slowly(&pair, 0, MEDDLE_KILL_SOURCE, &result);
    CHECK_INT(result.failed, STEP_PERFORM);
    CHECK_TEXT(result.reason, "emulator-ended");
    CHECK(fake_domain_wait(pair.domains[0], "shutoff crashed"));
    CHECK(pair_count_emulators(uuid, 0));
    CHECK(engine_is_clean(pair.hosts[0]));
    CHECK(engine_is_clean(pair.hosts[1]));
    (void) close(console);
    pair_close(&pair);
}

typedef struct {
    PairStep step;
    gboolean source;
} Victim;

static void
kill_emulator(Pair *pair, PairStep step, gpointer data)
{
    const Victim *victim = data;
    const guint side = victim->source ? pair->at : !pair->at;

    if (step == victim->step) {
        const int process = pidfd_open((pid_t) fake_domain_id(pair->domains[side]), 0);
        struct pollfd watched = {process, POLLIN, 0};

        (void) engine_signal(fake_domain_id(pair->domains[side]), SIGKILL);
        CHECK_INT(poll(&watched, 1, FAKE_AMPLE_MS), 1);
        (void) close(process);
    }
}

/* An emulator that dies just before a step. */
static void
kill_before(PairStep step, gboolean source, const char *here, const char *there, PairStep failed)
{
    g_autofree char *xml = engine_xml(pair_number(), "");
    g_autofree char *uuid = pair_uuid();
    const MortiseMigrationArguments arguments = pair_arguments(0);
    Victim victim = {step, source};
    g_auto(PairResult) result = {0};
    Pair pair;

    CHECK(pair_open(&pair, xml, NULL));
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    pair_migrate(&pair, &arguments, -1, kill_emulator, &victim, &result);
    CHECK_INT(result.failed, failed);
    CHECK(pair_wait_state(&pair, 0, here));
    CHECK(pair_wait_state(&pair, 1, there));
    CHECK(pair_count_emulators(uuid, g_str_equal(here, "running") || g_str_equal(there, "running")));
    pair_close(&pair);
}

static void
test_deaths_between_steps(void)
{
    // The guest dies with the source's emulator as long as that is the one that lives; not once all was sent.
    kill_before(STEP_PREPARE, TRUE, "shutoff", "shutoff", STEP_PERFORM);
    kill_before(STEP_PERFORM, TRUE, "shutoff", "shutoff", STEP_PERFORM);
    kill_before(STEP_FINISH, TRUE, "shutoff", "running", MIGRATED);
    kill_before(STEP_CONFIRM, TRUE, "shutoff", "running", MIGRATED);
    kill_before(STEP_PERFORM, FALSE, "running", "shutoff", STEP_PERFORM);
    kill_before(STEP_FINISH, FALSE, "running", "shutoff", STEP_FINISH);
    // It had moved: this was its own death.
    kill_before(STEP_CONFIRM, FALSE, "shutoff", "shutoff", MIGRATED);
}

/* What comes from outside is looked at. */
static void
test_bad_texts(void)
{
    static const char *const texts[] = {
        "", "{", "[]", "{\"schema\":2}", "{\"schema\":1}", "{\"schema\":1,\"uuid\":5,\"xml\":[]}",
        "{\"schema\":1,\"uuid\":\"e0e00000-0000-4000-8000-000000000001\",\"xml\":\"<domain/>\"}",
    };
    g_autofree char *xml = engine_xml(pair_number(), "");
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_autoptr(MortiseSink) sink = fake_sink_new();
    const MortiseMigration *migration;
    Pair pair;

    CHECK(pair_open(&pair, xml, NULL));
    migration = pair_migration(&pair, 0);
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        fake_call_begin(FAKE_AMPLE_MS);
        CHECK_INT(migration->prepare(fake_domain_handle(pair.domains[1]), &arguments, texts[i], sink), MORTISE_FAILED);
        CHECK(fake_call_error()->message != NULL);
        fake_call_begin(FAKE_AMPLE_MS);
        CHECK_INT(migration->perform(fake_domain_handle(pair.domains[0]), &arguments, texts[i], sink), MORTISE_FAILED);
        CHECK_TEXT(fake_call_error()->reason, "invalid-argument");
    }
    {
        g_autofree char *uuid = pair_uuid();
        g_autofree char *ticket = g_strdup_printf("{\"schema\":1,\"uuid\":\"%s\",\"uri\":\"exec:true\"}", uuid);
        fake_call_begin(FAKE_AMPLE_MS);
        CHECK_INT(migration->perform(fake_domain_handle(pair.domains[0]), &arguments, ticket, sink), MORTISE_FAILED);
        CHECK_CONTAINS(fake_call_error()->message, "no place to send to");
    }
    CHECK(engine_is_clean(pair.hosts[1]));
    CHECK(fake_domain_wait(pair.domains[0], "running booted"));
    pair_close(&pair);
}

static const MortiseTest tests[] = {
    {"twenty times back and forth", test_back_and_forth},
    {"transports", test_transports},
    {"the next owner", test_next_owner},
    {"long paths", test_long_paths},
    {"paused guests", test_paused},
    {"abort", test_abort},
    {"timeout", test_timeout},
    {"limits", test_limits},
    {"a guest that is slowed down", test_auto_converge},
    {"postcopy", test_postcopy},
    {"a destination that dies", test_destination_dies},
    {"a source that dies", test_source_dies},
    {"deaths between the steps", test_deaths_between_steps},
    {"bad texts", test_bad_texts},
};

int
main(void)
{
    if (!engine_require_guest("migration")) {
        return 77;
    }
    return mortise_test_main("migration", tests, G_N_ELEMENTS(tests));
}
