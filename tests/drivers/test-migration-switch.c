// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Deaths in the very instant of postcopy's switch: the source runs no more, and the destination does not run yet. The
// instant is held by a process that is stopped, so that each death comes where it is meant to.
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-host-table.h"
#include "keeper/keeper-protocol.h"
#include "migration-test.h"
#include "mortise-test.h"

/* Little enough that the rest, and the devices, find room in a socket that nobody reads. */
#define SLOW (50u * 1024u)

/* What stands still at the destination when somebody dies. */
typedef enum {
    BEFORE_COMMIT,     /* its emulator: it has not said that it is ready, and its owner has committed nothing */
    IN_COMMIT,         /* its keeper: it was told to commit, and has not heard it */
    AFTER_COMMIT       /* its emulator: the keeper has committed it, and it was not let run */
} Moment;
typedef enum { DIES_SOURCE, DIES_DESTINATION, DIES_OWNER } Victim;

typedef struct {
    Pair *pair;
    Moment moment;
    Victim victim;
    gboolean come;         /* the moment */
    GThread *thread;
} Death;

/* ---- the moment ---- */

/* "pid" or "keeper_pid" of the guest in that root; 0 when it is not there. */
static pid_t
find_process(const char *root, const char *key)
{
    g_autofree char *path = engine_events(root);
    g_autofree char *member = g_strdup_printf("\"%s\":", key);
    g_autofree char *text = NULL;
    const char *found;

    if (!path || !g_file_get_contents(path, &text, NULL, NULL) || !(found = strstr(text, member))) {
        return 0;
    }
    return (pid_t) g_ascii_strtoull(found + strlen(member), NULL, 10);
}

static gboolean
tell(const char *root, const char *key, int number)
{
    const pid_t pid = find_process(root, key);

    return pid > 1 && kill(pid, number) == 0;
}

/* Until the destination's owner has told the keeper to commit, which stands still and does not read it. */
static gboolean
wait_told(const char *root)
{
    const int process = pidfd_open(find_process(root, "keeper_pid"), 0);
    const int control = process >= 0 ? pidfd_getfd(process, KEEPER_FD_CONTROL, 0) : -1;
    struct pollfd watched = {control, POLLIN, 0};
    char byte = 0;
    const gboolean told = control >= 0 && poll(&watched, 1, FAKE_AMPLE_MS) == 1 &&
                          recv(control, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && byte == KEEPER_COMMIT;

    if (control >= 0) {
        (void) close(control);
    }
    if (process >= 0) {
        (void) close(process);
    }
    return told;
}

static gboolean
wait_for_bytes(Pair *pair)
{
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;

    while (pair_progress(pair, 0, "memory.processed") == 0 && g_get_monotonic_time() < deadline) {
        g_thread_yield();
    }
    return pair_progress(pair, 0, "memory.processed") > 0;
}

static gboolean
switch_over(Pair *pair)
{
    fake_call_begin(FAKE_AMPLE_MS);
    return pair_migration(pair, 0)->switch_to_postcopy(fake_domain_handle(pair->domains[0])) == MORTISE_OK;
}

/*
 * The source's emulator says that it is at the switch, a moment later that the guest stands still, and from there on
 * answers nobody until it has sent all that the destination needs to run.
 */
static gboolean
wait_sent(Pair *pair)
{
    const char *source = fake_host_root(pair->hosts[0]);
    const gboolean begun = engine_wait_event(source, NULL, "\"postcopy-active\"") &&
                           engine_wait_event(source, NULL, "\"STOP\"");

    fake_call_begin(FAKE_AMPLE_MS);
    return begun && pair_migration(pair, 0)->set_limits(fake_domain_handle(pair->domains[0]), 0, 500) == MORTISE_OK;
}

static gboolean
hold(Pair *pair, Moment moment)
{
    const char *destination = fake_host_root(pair->hosts[1]);

    if (moment == BEFORE_COMMIT) {
        return wait_for_bytes(pair) && tell(destination, "pid", SIGSTOP) && switch_over(pair) &&
               wait_sent(pair);
    }
    if (!wait_for_bytes(pair) || !tell(destination, "keeper_pid", SIGSTOP) || !switch_over(pair) ||
        !wait_told(destination)) {
        return FALSE;
    }
    return moment == IN_COMMIT ||
           (tell(destination, "pid", SIGSTOP) && tell(destination, "keeper_pid", SIGCONT) &&
            engine_wait_event(destination, NULL, "\"" KEEPER_WORD_COMMITTED "\""));
}

/* Nothing of the destination stands still any longer; what has ended meanwhile does not care. */
static void
let_go(const char *root)
{
    (void) tell(root, "pid", SIGCONT);
    (void) tell(root, "keeper_pid", SIGCONT);
}

/* Beside perform. */
static gpointer
die(gpointer data)
{
    Death *death = data;
    Pair *pair = death->pair;
    const guint side = death->victim == DIES_DESTINATION;

    death->come = hold(pair, death->moment);
    if (death->victim == DIES_OWNER) {
        (void) raise(death->come ? SIGKILL : SIGTERM);
    }
    (void) tell(fake_host_root(pair->hosts[side]), "pid", SIGKILL);
    return NULL;
}

static void
take_step(Pair *pair, PairStep step, gpointer data)
{
    Death *death = data;

    if (step == STEP_PERFORM) {
        death->thread = g_thread_new("death", die, death);
    } else if (step == STEP_FINISH && death->thread) {
        (void) g_thread_join(g_steal_pointer(&death->thread));
        let_go(fake_host_root(pair->hosts[1]));
    }
}

static void
migrate(Pair *pair, Death *death, PairResult *result)
{
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_POSTCOPY);

    arguments.bandwidth = SLOW;
    death->pair = pair;
    pair_migrate(pair, &arguments, -1, take_step, death, result);
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

/* No marker or directory of a guest is left on either side, and no emulator. */
static void
check_clean(Pair *pair)
{
    g_autofree char *uuid = pair_uuid();

    CHECK(pair_count_emulators(uuid, 0));
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

/* What is left at the source is told, does not run, and cannot be made to. */
static void
check_lost(Pair *pair, const char *words)
{
    const MortiseLifecycle *lifecycle = fake_host_interface(pair->hosts[0], MORTISE_LIFECYCLE_ID);
    g_autofree char *detail = NULL;

    CHECK(fake_domain_wait(pair->domains[0], "paused postcopy-failed"));
    detail = fake_domain_detail(pair->domains[0]);
    CHECK_CONTAINS(detail, words);
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->resume(fake_domain_handle(pair->domains[0])), MORTISE_FAILED);
    CHECK_TEXT(fake_call_error()->reason, "state-unknown");
    CHECK(fake_domain_wait(pair->domains[0], "paused postcopy-failed"));
}

static void
end_both(Pair *pair)
{
    CHECK_INT(fake_stop(pair->domains[0], 0), MORTISE_OK);
    CHECK_INT(fake_stop(pair->domains[1], 0), MORTISE_OK);
    check_clean(pair);
}

/* Nothing of the last migration is in the way of the next one. */
static void
check_next(Pair *pair)
{
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};

    CHECK_INT(fake_start(pair->domains[0], 0), MORTISE_OK);
    pair_migrate(pair, &arguments, -1, NULL, NULL, &result);
    (void) pair_require_migrated(&result);
    end_both(pair);
}

/* FALSE: there is no postcopy here. */
static gboolean
die_at(Pair *pair, Moment moment, Victim victim, PairResult *result)
{
    Death death = {.moment = moment, .victim = victim};
    const int console = pair_open_counting(pair, "");
    gboolean possible;

    migrate(pair, &death, result);
    possible = has_postcopy(result);
    CHECK(death.come || !possible);
    if (possible) {
        CHECK_INT(result->failed, STEP_PERFORM);
    }
    (void) close(console);
    return possible;
}

/* The newest of the guest is gone, wherever it was: nothing runs any more. */
static void
destination_dies(Moment moment, const char *words, const char *there)
{
    g_autofree char *uuid = pair_uuid();
    g_auto(PairResult) result = {0};
    Pair pair;

    if (die_at(&pair, moment, DIES_DESTINATION, &result)) {
        CHECK_TEXT(result.reason, "state-unknown");
        CHECK_CONTAINS(result.message, words);
        CHECK_CONTAINS(result.message, "Before that: ");
        check_lost(&pair, words);
        CHECK(fake_domain_wait(pair.domains[1], there));
        CHECK(pair_count_emulators(uuid, 1));
        end_both(&pair);
        check_next(&pair);
    }
    pair_close(&pair);
}

static void
test_destination(void)
{
    destination_dies(BEFORE_COMMIT, "has not run there", "shutoff failed");
    destination_dies(IN_COMMIT, "can go on nowhere", "shutoff crashed");
    destination_dies(AFTER_COMMIT, "can go on nowhere", "shutoff crashed");
}

/* An emulator without the rest of its memory ends by itself when it had not come as far as to run, or stays. */
static void
check_incomplete(const FakeDomain *domain)
{
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;
    gboolean in_time = TRUE;
    gboolean told = FALSE;

    DRIVER_LOCK_SCOPE(&domain->host->lock);
    while (!told && in_time) {
        told = domain->state == MORTISE_STATE_SHUTOFF || g_strcmp0(domain->reason, "postcopy-failed") == 0;
        in_time = told || driver_lock_wait(&domain->host->lock, deadline);
    }
    CHECK(told);
}

static void
test_source(void)
{
    for (Moment moment = BEFORE_COMMIT; moment <= AFTER_COMMIT; moment++) {
        g_auto(PairResult) result = {0};
        Pair pair;

        if (die_at(&pair, moment, DIES_SOURCE, &result)) {
            CHECK_TEXT(result.reason, "emulator-ended");
            CHECK(fake_domain_wait(pair.domains[0], "shutoff crashed"));
            check_incomplete(pair.domains[1]);
            end_both(&pair);
            check_next(&pair);
        }
        pair_close(&pair);
    }
}

/* A process of its own: it starts the guest, migrates it slowly, and dies. */
static int
be_owner(const char *one, const char *other, guint number, Moment moment)
{
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_guest_xml(number, "");
    Death death = {.victim = DIES_OWNER, .moment = moment};
    g_auto(PairResult) result = {0};
    Pair pair;

    if (!pair_open(&pair, xml, roots) || fake_start(pair.domains[0], 0) != MORTISE_OK) {
        return 4;
    }
    migrate(&pair, &death, &result);
    return has_postcopy(&result) ? 5 : 77;
}

/* FALSE: there is no postcopy here. */
static gboolean
run_owner(const char *const *roots, Moment moment)
{
    g_autofree char *asked = g_strdup_printf("%d", (int) moment);
    const int status = pair_run_owner(roots, asked);

    let_go(roots[1]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        return FALSE;
    }
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGKILL);
    return TRUE;
}

static void
owner_dies(Moment moment)
{
    g_autofree char *one = g_dir_make_tmp("mortise-switch-XXXXXX", NULL);
    g_autofree char *other = g_dir_make_tmp("mortise-switch-XXXXXX", NULL);
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_guest_xml(pair_number(), "");
    g_autofree char *uuid = pair_uuid();
    Pair pair;

    if (run_owner(roots, moment)) {
        CHECK(pair_open(&pair, xml, roots));
        pair_wait_known(&pair, 0);
        pair_wait_known(&pair, 1);
        if (moment == BEFORE_COMMIT) {
            check_lost(&pair, "has not run there");
            CHECK(pair_wait_state(&pair, 1, "shutoff"));
        } else {
            pair_require_whole(&pair, 1);
        }
        CHECK(pair_count_emulators(uuid, 1));
        end_both(&pair);
        pair_leave(&pair);
    }
    engine_remove(one);
    engine_remove(other);
}

static void
test_owner(void)
{
    for (Moment moment = BEFORE_COMMIT; moment <= AFTER_COMMIT; moment++) {
        owner_dies(moment);
    }
}

#define COUNTS 10u

typedef struct {
    Pair *pair;
    GThread *thread;
    gint64 running;        /* when the guest ran at the destination already */
    gint64 limited;        /* until then its memory came slowly */
    gint64 over;           /* it was there */
} Rest;

/* Beside perform: the guest runs there for a while before the rest of its memory may come. */
static gpointer
run_for_a_while(gpointer data)
{
    Rest *rest = data;
    Pair *pair = rest->pair;
    int console;

    if (!wait_for_bytes(pair) || !switch_over(pair) || !pair_wait_state(pair, 1, "running")) {
        return NULL;
    }
    console = engine_open_console(pair->domains[1]);
    (void) pair_hear_count(console);
    rest->running = g_get_monotonic_time();
    for (guint i = 0; i < COUNTS; i++) {
        (void) pair_hear_count(console);
    }
    rest->limited = g_get_monotonic_time();
    (void) close(console);
    fake_call_begin(FAKE_AMPLE_MS);
    (void) pair_migration(pair, 0)->set_limits(fake_domain_handle(pair->domains[0]), G_MAXUINT64, 0);
    return NULL;
}

static void
begin_rest(Pair *pair, PairStep step, gpointer data)
{
    Rest *rest = data;

    if (step == STEP_PERFORM) {
        rest->pair = pair;
        rest->thread = g_thread_new("while", run_for_a_while, rest);
    } else if (step == STEP_FINISH) {
        rest->over = g_get_monotonic_time();
    }
}

/* The guest has not stood still while it ran at the destination, although not all of it was there. */
static void
test_downtime(void)
{
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_POSTCOPY);
    g_auto(PairResult) result = {0};
    Rest rest = {0};
    Pair pair;
    const int console = pair_open_counting(&pair, "");

    arguments.bandwidth = SLOW;
    pair_migrate(&pair, &arguments, -1, begin_rest, &rest, &result);
    if (rest.thread) {
        (void) g_thread_join(rest.thread);
    }
    if (has_postcopy(&result) && pair_require_migrated(&result)) {
        const guint64 ran = (guint64) MAX(0, MIN(rest.limited, rest.over) - rest.running) / 1000;
        CHECK(rest.running > 0);
        CHECK(pair_progress(&pair, 0, "downtime") + ran <= pair_progress(&pair, 0, "time.elapsed") + 1);
    }
    (void) close(console);
    pair_close(&pair);
}

static const MortiseTest tests[] = {
    {"the destination's emulator dies in the switch", test_destination},
    {"the source's emulator dies in the switch", test_source},
    {"the owner dies in the switch", test_owner},
    {"how long a guest stands still in the switch", test_downtime},
};

int
main(int count, char **arguments)
{
    if (count == 6 && g_str_equal(arguments[1], "owner")) {
        // It goes as it would be killed: nothing is closed.
        _exit(be_owner(arguments[2], arguments[3], (guint) g_ascii_strtoull(arguments[4], NULL, 10),
                       (Moment) g_ascii_strtoull(arguments[5], NULL, 10)));
    }
    if (!engine_require_guest("migration-switch")) {
        return 77;
    }
    return mortise_test_main("migration-switch", tests, G_N_ELEMENTS(tests));
}
