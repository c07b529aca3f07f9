// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Emulators and owners that die around the switch to postcopy: before it the guest is the source's, after it nobody
// can bring it back, and then both sides say so.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

#define SLOW (50u * 1024u)

typedef enum { DIES_SOURCE, DIES_DESTINATION, DIES_OWNER } Victim;

typedef struct {
    Pair *pair;
    Victim victim;
    gboolean switched;     /* after the switch, when the guest runs at the destination; else before it */
    GThread *thread;
} Death;

static gboolean
wait_for_bytes(Pair *pair)
{
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;

    while (pair_progress(pair, 0, "memory.processed") == 0 && g_get_monotonic_time() < deadline) {
        g_thread_yield();
    }
    return pair_progress(pair, 0, "memory.processed") > 0;
}

/* Beside perform. */
static gpointer
die(gpointer data)
{
    const Death *death = data;
    Pair *pair = death->pair;

    if (!wait_for_bytes(pair)) {
        return NULL;
    }
    if (death->switched) {
        fake_call_begin(FAKE_AMPLE_MS);
        if (pair_migration(pair, 0)->switch_to_postcopy(fake_domain_handle(pair->domains[0])) != MORTISE_OK ||
            !pair_wait_state(pair, 1, "running")) {
            return NULL;
        }
    }
    if (death->victim == DIES_OWNER) {
        (void) raise(SIGKILL);
    }
    (void) engine_signal(fake_domain_id(pair->domains[death->victim == DIES_DESTINATION]), SIGKILL);
    return NULL;
}

static void
begin_dying(Pair *pair G_GNUC_UNUSED, PairStep step, gpointer data)
{
    Death *death = data;

    if (step == STEP_PERFORM) {
        death->thread = g_thread_new("death", die, death);
    }
}

static void
migrate(Pair *pair, Death *death, PairResult *result)
{
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_POSTCOPY);

    arguments.bandwidth = SLOW;
    death->pair = pair;
    pair_migrate(pair, &arguments, -1, begin_dying, death, result);
    if (death->thread) {
        (void) g_thread_join(death->thread);
    }
}

/* Says so by name when this host's kernel or QEMU cannot do postcopy at all. */
static gboolean
has_postcopy(const PairResult *result)
{
    if (result->failed == STEP_PREPARE && strstr(result->message, "ostcopy")) {
        mortise_test_skip("postcopy", result->message);
        return FALSE;
    }
    return TRUE;
}

static void
test_destination_before(void)
{
    Death death = {.victim = DIES_DESTINATION};
    g_auto(PairResult) result = {0};
    Pair pair;
    const int console = pair_open_counting(&pair, "");
    guint64 count = pair_hear_count(console);

    migrate(&pair, &death, &result);
    if (has_postcopy(&result)) {
        CHECK_INT(result.failed, STEP_PERFORM);
        CHECK_TEXT(result.reason, "migration-failed");
        pair_require_back(&pair, console, &count);
    }
    (void) close(console);
    pair_close(&pair);
}

static void
check_resume_refused(Pair *pair)
{
    const MortiseLifecycle *lifecycle = fake_host_interface(pair->hosts[0], MORTISE_LIFECYCLE_ID);

    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->resume(fake_domain_handle(pair->domains[0])), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "state-unknown");
}

/* No marker or directory of a guest is left on either side. */
static void
check_clean(Pair *pair)
{
    for (guint side = 0; side < 2; side++) {
        g_autofree char *run = g_build_filename(fake_host_root(pair->hosts[side]), "run", NULL);
        g_autoptr(GDir) directory = g_dir_open(run, 0, NULL);
        const char *name;
        CHECK(engine_is_clean(pair->hosts[side]));
        while ((name = g_dir_read_name(directory))) {
            CHECK(!g_str_has_prefix(name, "arrived-"));
        }
    }
}

static void
test_destination_after(void)
{
    Death death = {.victim = DIES_DESTINATION, .switched = TRUE};
    g_auto(PairResult) result = {0};
    g_autofree char *uuid = pair_uuid();
    g_autofree char *detail = NULL;
    Pair pair;
    const int console = pair_open_counting(&pair, "");

    migrate(&pair, &death, &result);
    if (has_postcopy(&result)) {
        CHECK_INT(result.failed, STEP_PERFORM);
        CHECK_TEXT(result.reason, "state-unknown");
        CHECK_CONTAINS(result.message, "postcopy");
        CHECK(fake_domain_wait(pair.domains[0], "paused postcopy-failed"));
        detail = fake_domain_detail(pair.domains[0]);
        CHECK_CONTAINS(detail, "can go on nowhere");
        CHECK(fake_domain_wait(pair.domains[1], "shutoff crashed"));
        CHECK(pair_count_emulators(uuid, 1));
        check_resume_refused(&pair);
        CHECK_INT(fake_stop(pair.domains[0], 0), MORTISE_OK);
        CHECK(fake_domain_wait(pair.domains[0], "shutoff destroyed"));
        CHECK(pair_count_emulators(uuid, 0));
        check_clean(&pair);
    }
    (void) close(console);
    pair_close(&pair);
}

static void
test_source_after(void)
{
    Death death = {.victim = DIES_SOURCE, .switched = TRUE};
    g_auto(PairResult) result = {0};
    g_autofree char *uuid = pair_uuid();
    Pair pair;
    const int console = pair_open_counting(&pair, "");

    migrate(&pair, &death, &result);
    if (has_postcopy(&result)) {
        CHECK_INT(result.failed, STEP_PERFORM);
        CHECK_TEXT(result.reason, "emulator-ended");
        CHECK_CONTAINS(result.after, "has not come is lost");
        CHECK(fake_domain_wait(pair.domains[0], "shutoff crashed"));
        CHECK(fake_domain_wait(pair.domains[1], "running postcopy-failed"));
        CHECK(pair_count_emulators(uuid, 1));
        CHECK_INT(fake_stop(pair.domains[1], 0), MORTISE_OK);
        CHECK(fake_domain_wait(pair.domains[1], "shutoff destroyed"));
        check_clean(&pair);
    }
    (void) close(console);
    pair_close(&pair);
}

/* A process of its own: it starts the guest, migrates it slowly, and dies. */
static int
be_owner(const char *one, const char *other, guint number, gboolean switched)
{
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_guest_xml(number, "");
    Death death = {.victim = DIES_OWNER, .switched = switched};
    g_auto(PairResult) result = {0};
    Pair pair;

    if (!pair_open(&pair, xml, roots) || fake_start(pair.domains[0], 0) != MORTISE_OK) {
        return 4;
    }
    migrate(&pair, &death, &result);
    return has_postcopy(&result) ? 5 : 77;
}

/* Both emulators go on without him, and whoever comes next finds one guest with all of its memory. */
static void
owner_dies(gboolean switched)
{
    g_autofree char *one = g_dir_make_tmp("mortise-postcopy-XXXXXX", NULL);
    g_autofree char *other = g_dir_make_tmp("mortise-postcopy-XXXXXX", NULL);
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_guest_xml(pair_number(), "");
    g_autofree char *uuid = pair_uuid();
    const int status = pair_run_owner(roots, switched ? "1" : "0");
    const guint lives = switched ? 1 : 0;
    Pair pair;

    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        return;
    }
    CHECK(WIFSIGNALED(status));
    CHECK(pair_open(&pair, xml, roots));
    pair_wait_known(&pair, 0);
    pair_wait_known(&pair, 1);
    pair_require_whole(&pair, lives);
    CHECK(pair_count_emulators(uuid, 1));
    CHECK_INT(fake_stop(pair.domains[lives], 0), MORTISE_OK);
    check_clean(&pair);
    pair_close(&pair);
}

static void
test_owner_before(void)
{
    owner_dies(FALSE);
}

static void
test_owner_after(void)
{
    owner_dies(TRUE);
}

static const MortiseTest tests[] = {
    {"a destination that dies before the switch", test_destination_before},
    {"a destination that dies after the switch", test_destination_after},
    {"a source that dies after the switch", test_source_after},
    {"an owner that dies before the switch", test_owner_before},
    {"an owner that dies after the switch", test_owner_after},
};

int
main(int count, char **arguments)
{
    if (count == 6 && g_str_equal(arguments[1], "owner")) {
        // It goes as it would be killed: nothing is closed.
        _exit(be_owner(arguments[2], arguments[3], (guint) g_ascii_strtoull(arguments[4], NULL, 10),
                       g_str_equal(arguments[5], "1")));
    }
    if (!engine_require_guest("migration-postcopy")) {
        return 77;
    }
    return mortise_test_main("migration-postcopy", tests, G_N_ELEMENTS(tests));
}
