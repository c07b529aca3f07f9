// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A guest that never arrives by itself does so because it is slowed down, and for no other reason.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

/*
 * The guest writes two pages at each of its 50 ticks a second, whatever the host is like: 400 KiB/s, and all of its
 * area in 0.64 s. A pass that sends the area takes a second, in which the guest has written it anew. What may be left
 * at the end is less than a third of it.
 */
#define AREA "pages=64"
#define BANDWIDTH (256u * 1024u)
#define DOWNTIME_MS 300u
/* QEMU's first step, and what is less than the most that it does. */
#define FIRST 20u
#define MOST 99u

typedef struct {
    Pair *pair;
    GThread *thread;
    guint64 first;         /* of the numbers that were told on the way; per cent */
} Throttle;

static gboolean
is_over(const char *path)
{
    g_autofree char *text = NULL;

    return !g_file_get_contents(path, &text, NULL, NULL) || strstr(text, "\"completed\"") ||
           strstr(text, "\"failed\"") || strstr(text, "\"cancelled\"");
}

/* Beside perform: looks whenever the source's emulator says something, as it does at the end of each pass. */
static gpointer
watch(gpointer data)
{
    Throttle *throttle = data;
    g_autofree char *path = engine_events(fake_host_root(throttle->pair->hosts[0]));
    const int watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    struct pollfd watched = {watcher, POLLIN, 0};
    char seen[4096];

    CHECK(path && inotify_add_watch(watcher, path, IN_MODIFY) >= 0);
    while (path && !is_over(path) && poll(&watched, 1, FAKE_AMPLE_MS) > 0) {
        throttle->first = throttle->first > 0 ? throttle->first : pair_progress(throttle->pair, 0, "throttle");
        (void) !read(watcher, seen, sizeof(seen));
    }
    (void) close(watcher);
    return NULL;
}

static void
begin_watching(Pair *pair G_GNUC_UNUSED, PairStep step, gpointer data)
{
    Throttle *throttle = data;

    if (step == STEP_PERFORM) {
        throttle->thread = g_thread_new("throttle", watch, throttle);
    }
}

/* Its console is not read meanwhile, and must not be full at the end. */
static char *
guest_xml(void)
{
    g_autofree char *os = g_strdup_printf("<type arch='x86_64' machine='pc'>hvm</type>"
                                          "<kernel>%s/tests/guest/mortise-guest.elf</kernel>"
                                          "<cmdline>report=1000 " AREA "</cmdline>",
                                          g_getenv("MORTISE_TEST_BUILD"));

    g_autofree char *xml = engine_any_xml(pair_number(), "qemu", 1, os, "<features><acpi/></features>"
                                          "<devices><console type='pty'/></devices>");
    g_auto(GStrv) parts = g_strsplit(xml, "<memory unit='MiB'>32</memory>", -1);

    // No multiple of 256 KiB: else QEMU 7.2 under TCG overlooks writes after the first pass.
    CHECK_INT(g_strv_length(parts), 2);
    return g_strjoinv("<memory unit='KiB'>32772</memory>", parts);
}

static void
test_throttle(void)
{
    g_autofree char *xml = guest_xml();
    MortiseMigrationArguments arguments = pair_arguments(MORTISE_MIGRATE_AUTO_CONVERGE);
    g_auto(PairResult) result = {0};
    Pair pair;
    Throttle throttle = {.pair = &pair};
    guint64 count;
    guint64 last;
    int console;

    CHECK(pair_open(&pair, xml, NULL));
    CHECK_INT(fake_start(pair.domains[0], 0), MORTISE_OK);
    console = engine_open_console(pair.domains[0]);
    count = pair_hear_count(console);
    arguments.bandwidth = BANDWIDTH;
    arguments.downtime = DOWNTIME_MS;
    pair_migrate(&pair, &arguments, 2 * FAKE_AMPLE_MS, begin_watching, &throttle, &result);
    (void) g_thread_join(throttle.thread);
    (void) pair_require_migrated(&result);
    last = pair_progress(&pair, 0, "throttle");
    fprintf(stderr, "the throttle rose from %u %% to %u %% in %u passes\n", (guint) throttle.first,
            (guint) last, (guint) pair_progress(&pair, 0, "memory.passes"));
    CHECK(throttle.first >= FIRST);
    CHECK(last > FIRST);
    CHECK(last <= MOST);
    pair_require_count(&pair, &console, &count);
    (void) close(console);
    pair_close(&pair);
}

static const MortiseTest tests[] = {
    {"auto-converge, with the down time as it is", test_throttle},
};

int
main(void)
{
    if (!engine_require_guest("migration-throttle")) {
        return 77;
    }
    return mortise_test_main("migration-throttle", tests, G_N_ELEMENTS(tests));
}
