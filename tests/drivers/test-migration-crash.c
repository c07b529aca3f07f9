// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Owners of both sides that die by SIGKILL anywhere in a migration: whoever opens the roots next finds one guest.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

/* More host calls than one side of a migration has. */
#define CALLS_LIMIT 40
#define SENDING "sending"

static guint
own_number(void)
{
    return 0x8000u | ((guint) getpid() & 0x7fffu);
}

typedef struct {
    guint step;
} Death;

static void
die_before(Pair *pair G_GNUC_UNUSED, PairStep step, gpointer data)
{
    if (step == ((const Death *) data)->step) {
        (void) raise(SIGKILL);
    }
}

/* Dies while memory is sent. */
static gpointer
die_sending(gpointer data)
{
    while (pair_progress(data, 0, "memory.processed") == 0) {
        g_thread_yield();
    }
    (void) raise(SIGKILL);
    return NULL;
}

static void
begin_dying(Pair *pair, PairStep step, gpointer data G_GNUC_UNUSED)
{
    if (step == STEP_PERFORM) {
        g_thread_unref(g_thread_new("dying", die_sending, pair));
    }
}

/*
 * An owner of its own: starts the guest, and migrates it from one root to the other. It dies in that host call of that
 * side ("0:7"), before that step ("step:2"), or while it sends. Exit status 0: it did not.
 */
static int
be_owner(const char *one, const char *other, guint number, guint flags, const char *death)
{
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_xml(number, "");
    MortiseMigrationArguments arguments = pair_arguments(flags);
    g_auto(PairResult) result = {0};
    const char *colon = strchr(death, ':');
    Death before = {.step = G_MAXUINT};
    PairHook hook = die_before;
    Pair pair;

    if (!pair_open(&pair, xml, roots) || fake_start(pair.domains[0], 0) != MORTISE_OK) {
        return 4;
    }
    if (g_str_equal(death, SENDING)) {
        arguments.bandwidth = 100 * 1024;
        hook = begin_dying;
    } else if (g_str_has_prefix(death, "step:")) {
        before.step = (guint) g_ascii_strtoull(colon + 1, NULL, 10);
    } else {
        fake_host_die_at(pair.hosts[*death - '0'], (guint) g_ascii_strtoull(colon + 1, NULL, 10));
    }
    pair_migrate(&pair, &arguments, -1, hook, &before, &result);
    return result.failed == MIGRATED ? 0 : 5;
}

/* TRUE when the owner died by SIGKILL, FALSE when it came to its end. */
static gboolean
run_owner(const char *const *roots, guint number, guint flags, const char *death)
{
    g_autofree char *guest = g_strdup_printf("%u", number);
    g_autofree char *asked = g_strdup_printf("%u", flags);
    const char *arguments[] = {"/proc/self/exe", "owner", roots[0], roots[1], guest, asked, death, NULL};
    int status = 0;

    CHECK(g_spawn_sync(NULL, (char **) arguments, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
    if (WIFSIGNALED(status)) {
        CHECK_INT(WTERMSIG(status), SIGKILL);
        return TRUE;
    }
    CHECK_INT(WEXITSTATUS(status), 0);
    return FALSE;
}

/* Opens the roots, that of the destination first when asked, and finds one guest that runs. Returns its side. */
static guint
inherit(const char *const *roots, guint number, gboolean destination_first)
{
    const char *const turned[] = {roots[1], roots[0]};
    g_autofree char *xml = engine_xml(number, "");
    g_autofree char *uuid = g_strdup_printf("e0e0%04x-0000-4000-8000-000000000001", number);
    Pair pair;
    guint side;
    gint64 id;

    CHECK(pair_open(&pair, xml, destination_first ? turned : roots));
    pair_wait_known(&pair, 0);
    pair_wait_known(&pair, 1);
    CHECK(pair_count_emulators(uuid, 1));
    // What its new owner has just ended may still be listed by the kernel: only a command line tells who lives.
    side = fake_domain_id(pair.domains[0]) == pair_find_emulator(uuid) ? 0 : 1;
    CHECK(pair_wait_state(&pair, side, "running"));
    CHECK(pair_wait_state(&pair, !side, "shutoff"));
    id = fake_domain_id(pair.domains[side]);
    CHECK(engine_lives(id));
    // And what is left can be migrated again, when there is nothing wrong with it.
    {
        const MortiseMigrationArguments arguments = pair_arguments(0);
        g_auto(PairResult) result = {0};
        pair.at = side;
        pair_migrate(&pair, &arguments, -1, NULL, NULL, &result);
        CHECK_TEXT(result.message, NULL);
        CHECK_INT(result.failed, MIGRATED);
    }
    CHECK_INT(fake_stop(pair.domains[0], 0), MORTISE_OK);
    CHECK_INT(fake_stop(pair.domains[1], 0), MORTISE_OK);
    CHECK(engine_is_clean(pair.hosts[0]));
    CHECK(engine_is_clean(pair.hosts[1]));
    CHECK(pair_count_emulators(uuid, 0));
    pair_leave(&pair);
    return destination_first ? !side : side;
}

/* No marker stays behind. */
static gboolean
has_marker(const char *root)
{
    g_autofree char *run = g_build_filename(root, "run", NULL);
    g_autoptr(GDir) directory = g_dir_open(run, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(directory))) {
        if (g_str_has_prefix(name, "arrived-")) {
            fprintf(stderr, "left behind: %s/%s\n", run, name);
            return TRUE;
        }
    }
    return FALSE;
}

/* One death; FALSE when the owner did not die. `*moved` counts the guests that live at the destination afterwards. */
static gboolean
die(guint flags, const char *death, gboolean destination_first, guint *moved)
{
    g_autofree char *one = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    g_autofree char *other = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    const char *roots[] = {one, other};
    const guint number = own_number();
    const gboolean died = run_owner(roots, number, flags, death);

    *moved += inherit(roots, number, destination_first);
    CHECK(!has_marker(other));
    engine_remove(one);
    engine_remove(other);
    return died;
}

static void
walk(guint side, gboolean destination_first)
{
    guint call = 1;
    guint moved = 0;

    for (gboolean died = TRUE; call < CALLS_LIMIT && died; call++) {
        g_autofree char *death = g_strdup_printf("%u:%u", side, call);
        died = die(0, death, destination_first, &moved);
    }
    fprintf(stderr, "side %u: died at %u calls, %u times the guest had moved\n", side, call - 2, moved);
    CHECK(call > 4 && call < CALLS_LIMIT);
    CHECK(moved > 0);
    CHECK(moved < call - 1);
}

static void
test_source(void)
{
    walk(0, FALSE);
}

static void
test_destination(void)
{
    walk(1, TRUE);
}

static void
test_steps(void)
{
    static const guint moved_at[] = {0, 0, 0, 0, 1};

    for (guint step = STEP_BEGIN; step <= STEP_CONFIRM; step++) {
        g_autofree char *death = g_strdup_printf("step:%u", step);
        guint moved = 0;
        CHECK(die(0, death, step % 2, &moved));
        CHECK_INT(moved, moved_at[step]);
    }
}

static void
test_sending(void)
{
    guint moved = 0;

    CHECK(die(0, SENDING, FALSE, &moved));
    CHECK(die(0, SENDING, TRUE, &moved));
    CHECK_INT(moved, 0);
}

/* The running state of an owner that died with all sent, as if the destination were on another host. */
static void
change_state(const char *path, const char *root)
{
    g_autofree char *text = NULL;
    const gboolean good = g_file_get_contents(path, &text, NULL, NULL);
    g_auto(GStrv) parts = g_strsplit(good ? text : "", root, -1);
    g_autofree char *other = g_strjoinv("/nowhere", parts);

    CHECK(g_strv_length(parts) > 1);
    CHECK(g_file_set_contents(path, other, -1, NULL));
}

/* Where nobody can see whether it runs there, it does not run here until a person says so. */
static void
test_other_host(void)
{
    g_autofree char *one = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    g_autofree char *other = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    g_autofree char *death = g_strdup_printf("step:%d", STEP_FINISH);
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_xml(own_number(), "");
    const MortiseLifecycle *lifecycle;
    g_autofree char *detail = NULL;
    FakeHost *host;
    FakeDomain *domain;

    CHECK(run_owner(roots, own_number(), 0, death));
    {
        g_autofree char *name = g_strdup_printf("e0e0%04x-0000-4000-8000-000000000001.json", own_number());
        g_autofree char *path = g_build_filename(one, "run", name, NULL);
        change_state(path, other);
    }
    host = fake_host_new("tcg", one);
    domain = fake_domain_open(host, xml);
    CHECK(fake_domain_wait(domain, "paused migration-unknown"));
    detail = fake_domain_detail(domain);
    CHECK_CONTAINS(detail, "resume it here");
    lifecycle = fake_host_interface(host, MORTISE_LIFECYCLE_ID);
    fake_call_begin(FAKE_AMPLE_MS);
    CHECK_INT(lifecycle->resume(fake_domain_handle(domain)), MORTISE_OK);
    CHECK(fake_domain_wait(domain, "running unpaused"));
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    engine_leave(host);
    engine_remove(one);
    CHECK(engine_wait_lock(other));
    engine_remove(other);
}

/* An owner that opens the root and closes it at once lets the guest go on, for which nobody else is needed. */
static void
test_short_owner(void)
{
    g_autofree char *one = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    g_autofree char *other = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    g_autofree char *death = g_strdup_printf("step:%d", STEP_FINISH);
    const char *roots[] = {one, other};
    g_autofree char *xml = engine_xml(own_number(), "");
    FakeHost *host;

    CHECK(run_owner(roots, own_number(), 0, death));
    CHECK(engine_wait_lock(other));
    host = fake_host_new("tcg", one);
    CHECK(fake_domain_open(host, xml) != NULL);
    engine_leave(host);
    CHECK(engine_wait_event(one, "\"completed\"", "\"RESUME\""));
    (void) inherit(roots, own_number(), FALSE);
    engine_remove(one);
    engine_remove(other);
}

static const MortiseTest tests[] = {
    {"owners that die in each call of the source's driver to its host", test_source},
    {"owners that die in each call of the destination's driver to its host", test_destination},
    {"owners that die before each step", test_steps},
    {"owners that die while memory is sent", test_sending},
    {"a destination that cannot be looked at", test_other_host},
    {"an owner after that one who stays for a moment", test_short_owner},
};

int
main(int count, char **arguments)
{
    if (count == 7 && g_str_equal(arguments[1], "owner")) {
        // It goes as it would be killed: nothing is closed.
        _exit(be_owner(arguments[2], arguments[3], (guint) g_ascii_strtoull(arguments[4], NULL, 10),
                       (guint) g_ascii_strtoull(arguments[5], NULL, 10), arguments[6]));
    }
    return engine_require("tcg") ? mortise_test_main("migration-crash", tests, G_N_ELEMENTS(tests)) : 77;
}
