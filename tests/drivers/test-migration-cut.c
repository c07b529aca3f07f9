// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A network that is cut without a word while a guest is sent: nothing comes back from it, neither an answer nor a
// reset. Source and destination are in two network namespaces, and the cable between them is pulled.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

#define MEBIBYTE (1024u * 1024u)
#define SIZE (64u * MEBIBYTE)
/* A second and more of it finds room in the buffers of a socket. */
#define SLOW (20u * 1024u)
#define THERE "tcp:10.213.7.2"

/* Both have been left open for all tests. */
static int source_namespace = -1;
static int destination_namespace = -1;

static gboolean
run_tool(const char *const *words)
{
    gint status = 1;

    return g_spawn_sync("/", (char **) words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

/* "ip" with these words in that namespace; this thread comes back into the source's. */
static gboolean
run_ip(int space, const char *text)
{
    g_autofree char *line = g_strconcat("ip ", text, NULL);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    const gboolean good = setns(space, CLONE_NEWNET) == 0 && run_tool((const char *const *) words);

    return setns(source_namespace, CLONE_NEWNET) == 0 && good;
}

static int
make_namespace(void)
{
    return unshare(CLONE_NEWNET) == 0 ? open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) : -1;
}

static gboolean
make_network(void)
{
    g_autofree char *pair = NULL;

    destination_namespace = make_namespace();
    source_namespace = destination_namespace >= 0 ? make_namespace() : -1;
    if (source_namespace < 0) {
        return FALSE;
    }
    pair = g_strdup_printf("link add here type veth peer name there netns /proc/%d/fd/%d", (int) getpid(),
                           destination_namespace);
    return run_ip(source_namespace, pair) && run_ip(source_namespace, "link set lo up") &&
           run_ip(source_namespace, "addr add 10.213.7.1/24 dev here") &&
           run_ip(source_namespace, "link set here up") &&
           run_ip(destination_namespace, "addr add 10.213.7.2/24 dev there") &&
           run_ip(destination_namespace, "link set lo up") && run_ip(destination_namespace, "link set there up");
}

static void
cut(void)
{
    CHECK(run_ip(destination_namespace, "link set there down"));
}

static void
mend(void)
{
    CHECK(run_ip(destination_namespace, "link set there up"));
}

typedef enum { CUT_NEVER, CUT_BEFORE, CUT_MEMORY, CUT_LAST_PART, CUT_DISKS } Moment;

typedef struct {
    Pair *pair;
    Moment moment;
    GThread *thread;
    gint over;             /* perform has come back; atomic */
    gboolean in_time;      /* the cut came where it was meant to */
} Scissors;

/* FALSE when nothing of that has been sent before perform came back. */
static gboolean
wait_for(Scissors *scissors, const char *key)
{
    const gint64 deadline = g_get_monotonic_time() + FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND;
    gboolean sent = FALSE;

    while (!sent && !g_atomic_int_get(&scissors->over) && g_get_monotonic_time() < deadline) {
        sent = pair_progress(scissors->pair, 0, key) > 0;
        g_thread_yield();
    }
    return sent;
}

/* Beside perform. */
static gpointer
use_scissors(gpointer data)
{
    Scissors *scissors = data;
    const Pair *pair = scissors->pair;

    if (!wait_for(scissors, scissors->moment == CUT_DISKS ? "disk.processed" : "memory.processed")) {
        return NULL;
    }
    cut();
    scissors->in_time = !g_atomic_int_get(&scissors->over);
    if (scissors->moment == CUT_LAST_PART) {
        // All that is left may be sent while the guest stands still: the emulator sends it and does nothing else.
        fake_call_begin(FAKE_AMPLE_MS);
        scissors->in_time = pair_migration(pair, 0)->set_limits(fake_domain_handle(pair->domains[0]), 0, 2000000) ==
                            MORTISE_OK;
    }
    return NULL;
}

/* The destination's emulator is started in its own namespace. */
static void
go_along(Pair *pair G_GNUC_UNUSED, PairStep step, gpointer data)
{
    Scissors *scissors = data;

    CHECK_INT(setns(step == STEP_PREPARE ? destination_namespace : source_namespace, CLONE_NEWNET), 0);
    if (step == STEP_FINISH) {
        g_atomic_int_set(&scissors->over, TRUE);
    } else if (step == STEP_PERFORM && scissors->moment == CUT_BEFORE) {
        cut();
        scissors->in_time = TRUE;
    } else if (step == STEP_PERFORM && scissors->moment != CUT_NEVER) {
        scissors->thread = g_thread_new("scissors", use_scissors, scissors);
    }
}

/* One cut, after which the guest goes on here; then the network is mended. FALSE: it came too late. */
static gboolean
cut_and_mend(Pair *pair, int *console, MortiseMigrationArguments *arguments, Moment moment, gint64 milliseconds,
             PairResult *result)
{
    Scissors scissors = {.pair = pair, .moment = moment};
    guint64 count = pair_hear_count(*console);

    arguments->transport = THERE;
    arguments->bandwidth = MAX(arguments->bandwidth, SLOW);
    pair_migrate(pair, arguments, milliseconds, go_along, &scissors, result);
    if (scissors.thread) {
        (void) g_thread_join(scissors.thread);
    }
    CHECK_INT(result->failed, STEP_PERFORM);
    pair_require_back(pair, *console, &count);
    mend();
    return scissors.in_time;
}

/* With a time after which it is given up: as little as this host needs to come to the cut before. */
static void
cut_in_time(Pair *pair, int *console, MortiseMigrationArguments *arguments, Moment moment)
{
    gboolean in_time = FALSE;

    for (gint64 milliseconds = 1500; !in_time && milliseconds < FAKE_AMPLE_MS; milliseconds *= 2) {
        g_auto(PairResult) result = {0};
        in_time = cut_and_mend(pair, console, arguments, moment, milliseconds, &result);
        // Without an answer the kernel gives the way up after three seconds, on a busy host before our time.
        if (moment != CUT_BEFORE || !strstr(result.message, "No route to host")) {
            // The time may also pass while the emulator hangs, and does not answer.
            CHECK_CONTAINS(result.reason, "timeout");
        }
        if (!in_time) {
            fprintf(stderr, "%d ms were too little for this host\n", (int) milliseconds);
        }
    }
    CHECK(in_time);
}

static void
test_timeout(void)
{
    static const Moment moments[] = {CUT_LAST_PART, CUT_BEFORE};
    Pair pair;
    int console = pair_open_counting(&pair, "");

    for (guint i = 0; i < G_N_ELEMENTS(moments); i++) {
        MortiseMigrationArguments arguments = pair_arguments(0);

        cut_in_time(&pair, &console, &arguments, moments[i]);
    }
    (void) close(console);
    pair_close(&pair);
}

/* A copy of a disk waits for an answer that never comes. */
static void
test_disks(void)
{
    g_autofree char *root = g_dir_make_tmp("mortise-cut-XXXXXX", NULL);
    g_autofree char *here = g_build_filename(root, "here.img", NULL);
    g_autofree char *there = g_build_filename(root, "there.img", NULL);
    g_autofree char *bytes = g_strnfill(SIZE, 'm');
    g_autofree char *devices = g_strdup_printf(
        "<devices><console type='pty'/><disk type='file' device='disk'><driver name='qemu' type='raw'/>"
        "<source file='%s'/><target dev='vda' bus='virtio'/></disk></devices>", here);
    g_autofree char *live = NULL;
    g_autofree char *target = NULL;
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_COPY_STORAGE_ALL);
    Pair pair;
    int console;

    CHECK(g_file_set_contents(here, bytes, SIZE, NULL));
    console = pair_open_counting(&pair, devices);
    live = fake_domain_live_xml(pair.domains[0]);
    {
        g_auto(GStrv) parts = g_strsplit(live, here, -1);
        target = g_strjoinv(there, parts);
    }
    arguments.xml = target;
    arguments.bandwidth = MEBIBYTE;
    cut_in_time(&pair, &console, &arguments, CUT_DISKS);
    CHECK(!g_file_test(there, G_FILE_TEST_EXISTS));
    {
        // Nothing of the copy is left in the emulator that would be in the way of the next one.
        g_auto(PairResult) again = {0};
        Scissors none = {.pair = &pair, .moment = CUT_NEVER};
        arguments.bandwidth = 0;
        pair_migrate(&pair, &arguments, FAKE_AMPLE_MS, go_along, &none, &again);
        (void) pair_require_migrated(&again);
    }
    (void) close(console);
    pair_close(&pair);
    engine_remove(root);
}

static void
test_stall(void)
{
    MortiseMigrationArguments arguments = pair_arguments(0);
    g_auto(PairResult) result = {0};
    Pair pair;
    int console = pair_open_counting(&pair, "");

    CHECK(cut_and_mend(&pair, &console, &arguments, CUT_MEMORY, -1, &result));
    CHECK_TEXT(result.reason, "migration-failed");
    CHECK_CONTAINS(result.message, "does not answer");
    (void) close(console);
    pair_close(&pair);
}

static const MortiseTest tests[] = {
    {"a cut, and a time after which it is given up", test_timeout},
    {"a cut while a disk is copied", test_disks},
    {"a cut, and all the time in the world", test_stall},
};

int
main(void)
{
    if (!engine_require_guest("migration-cut")) {
        return 77;
    }
    if (!make_network()) {
        mortise_test_skip("migration-cut", "no network namespaces joined by a veth can be made here (as root, with "
                          "iproute2)");
        return 77;
    }
    return mortise_test_main("migration-cut", tests, G_N_ELEMENTS(tests));
}
