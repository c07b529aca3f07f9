// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Owners that die by SIGKILL at each call to their host, in a start and in a stop: the guest runs, or nothing is left.
#include "engine-test.h"
#include "mortise-test.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* More host calls than a start or a stop has. */
#define STEPS_LIMIT 40

/* Says that it has started, and waits to be killed: whoever is to kill it may be slow. */
static int
stay(gboolean started)
{
    if (!started || write(STDOUT_FILENO, "s", 1) != 1) {
        return 4;
    }
    for (;;) {
        (void) pause();
    }
}

/* An owner of its own: starts the guest, and stops it when asked; dies in that host call. Exit status 0: it did not. */
static int
be_owner(const char *root, const char *phase, guint number, guint die_at)
{
    FakeHost *host = fake_host_new("tcg", root);
    g_autofree char *xml = engine_xml(number, "");
    FakeDomain *domain = host ? fake_domain_open(host, xml) : NULL;

    if (!domain) {
        return 3;
    }
    if (g_str_equal(phase, "start")) {
        fake_host_die_at(host, die_at);
        return fake_start(domain, 0) == MORTISE_OK ? 0 : 4;
    }
    if (g_str_equal(phase, "stay")) {
        return stay(fake_start(domain, 0) == MORTISE_OK);
    }
    if (fake_start(domain, 0) != MORTISE_OK) {
        return 4;
    }
    fake_host_die_at(host, die_at);
    return fake_stop(domain, 0) == MORTISE_OK ? 0 : 5;
}

/* `said` gets the reading end of its standard output, unless it is NULL. */
static GPid
spawn_owner(const char *root, const char *phase, guint number, guint die_at, int *said)
{
    g_autofree char *guest = g_strdup_printf("%u", number);
    g_autofree char *call = g_strdup_printf("%u", die_at);
    const char *arguments[] = {"/proc/self/exe", "owner", root, phase, guest, call, NULL};
    GPid pid = 0;

    CHECK(g_spawn_async_with_pipes(NULL, (char **) arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL,
                                   said, NULL, NULL));
    return pid;
}

/* TRUE when the owner died by SIGKILL, FALSE when it came to its end. */
static gboolean
reap_owner(GPid pid)
{
    int status = 0;

    CHECK_INT(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        CHECK_INT(WTERMSIG(status), SIGKILL);
        return TRUE;
    }
    CHECK_INT(WEXITSTATUS(status), 0);
    return FALSE;
}

static gboolean
run_owner(const char *root, const char *phase, guint number, guint die_at)
{
    return reap_owner(spawn_owner(root, phase, number, die_at, NULL));
}

/* Takes what has happened to files; watches the directory of the guest, too, once it is there. */
static guint
take_events(int watcher, const char *run, guint number)
{
    g_autofree char *name = g_strdup_printf("e0e0%04x", number);
    g_autofree char *inner = g_build_filename(run, name, NULL);
    char buffer[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
    gssize length = read(watcher, buffer, sizeof(buffer));
    guint count = 0;

    for (gssize at = 0; at < length; count++) {
        const struct inotify_event *event = (const struct inotify_event *) (const void *) (buffer + at);
        at += (gssize) (sizeof(*event) + event->len);
    }
    (void) inotify_add_watch(watcher, inner, IN_ALL_EVENTS);
    return count;
}

/*
 * Kills the owner when so many things have happened in the run directory, or when it has started the guest with fewer;
 * FALSE then.
 */
static gboolean
run_owner_until(const char *root, guint number, guint wanted)
{
    g_autofree char *run = g_build_filename(root, "run", NULL);
    const int watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    guint seen = 0;
    gboolean started = FALSE;
    int said = -1;
    GPid pid;

    CHECK_INT(g_mkdir_with_parents(run, 0700), 0);
    (void) inotify_add_watch(watcher, run, IN_CREATE | IN_MOVED_TO | IN_DELETE);
    pid = spawn_owner(root, "stay", number, 0, &said);
    while (seen < wanted && !started) {
        struct pollfd watched[] = {{watcher, POLLIN, 0}, {said, POLLIN, 0}};
        (void) poll(watched, 2, -1);
        // What has happened by the start's end was heard of before it.
        started = watched[1].revents != 0;
        seen += take_events(watcher, run, number);
    }
    (void) kill(pid, SIGKILL);
    (void) close(watcher);
    (void) close(said);
    CHECK(reap_owner(pid));
    return seen >= wanted;
}

/* Emulators or keepers of the guest that live, by their command lines. */
static guint
count_processes(guint number)
{
    g_autofree char *uuid = g_strdup_printf("e0e0%04x-0000-4000-8000-000000000001", number);
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    const char *name;
    guint count = 0;

    while ((name = g_dir_read_name(processes))) {
        g_autofree char *path = g_build_filename("/proc", name, "cmdline", NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        if (g_ascii_isdigit(*name) && g_file_get_contents(path, &text, &length, NULL)) {
            count += memmem(text, length, uuid, strlen(uuid)) != NULL;
        }
    }
    return count;
}

/* The next owner: finds the guest running, or finds and leaves nothing. Returns whether it ran. */
static gboolean
inherit(const char *root, guint number)
{
    FakeHost *host = fake_host_new("tcg", root);
    g_autofree char *xml = engine_xml(number, "");
    FakeDomain *domain = fake_domain_open(host, xml);
    g_autofree char *state = NULL;
    gboolean ran;

    // A start cut off before its commit is ended by the keeper: for a moment nobody can tell.
    state = fake_domain_state(domain);
    if (g_str_has_prefix(state, "unknown")) {
        CHECK_TEXT(state, "unknown starting-up");
        CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
        g_free(state);
        state = fake_domain_state(domain);
        CHECK(g_str_equal(state, "shutoff failed") || g_str_equal(state, "shutoff destroyed"));
    }
    ran = g_str_has_prefix(state, "running");
    if (ran) {
        CHECK(engine_lives(fake_domain_id(domain)));
        CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    }
    CHECK(engine_wait_lock(root));
    CHECK_INT(count_processes(number), 0);
    // And it starts again, whatever was left.
    CHECK_INT(fake_start(domain, 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    CHECK_INT(fake_stop(domain, 0), MORTISE_OK);
    CHECK(engine_is_clean(host));
    CHECK_INT(count_processes(number), 0);
    engine_leave(host);
    return ran;
}

static void
walk(const char *phase, guint number)
{
    g_autofree char *root = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    guint step = 1;
    guint ran = 0;

    for (; step < STEPS_LIMIT && run_owner(root, phase, number, step); step++) {
        ran += inherit(root, number);
    }
    CHECK(step > 4 && step < STEPS_LIMIT);
    // The last one did not die.
    ran += inherit(root, number);
    CHECK(ran > 0);
    fprintf(stderr, "%s: died at %u steps, %u times the guest ran on\n", phase, step - 1, ran);
    engine_remove(root);
}

/* Of this run alone: others may run the same test beside it, and processes are found by the UUID. */
static guint
own_number(void)
{
    return 0x8000u | ((guint) getpid() & 0x7fffu);
}

static void
test_start(void)
{
    walk("start", own_number());
}

static void
test_stop(void)
{
    walk("stop", own_number());
}

/* Not only between calls to the host: also while directory, lock, sockets and logs are made, and QEMU is executed. */
static void
test_files(void)
{
    const guint number = own_number();
    g_autofree char *root = g_dir_make_tmp("mortise-crash-XXXXXX", NULL);
    guint killed = 0;

    for (guint wanted = 1; wanted < 30 && run_owner_until(root, number, wanted); wanted++) {
        (void) inherit(root, number);
        killed++;
    }
    (void) inherit(root, number);
    fprintf(stderr, "files: killed %u times\n", killed);
    CHECK(killed > 4);
    engine_remove(root);
}

static const MortiseTest tests[] = {
    {"owners that die in a start", test_start},
    {"owners that die in a stop", test_stop},
    {"owners that are killed while files are made", test_files},
};

int
main(int count, char **arguments)
{
    if (count == 6 && g_str_equal(arguments[1], "owner")) {
        // It goes as it would be killed: nothing is closed.
        _exit(be_owner(arguments[2], arguments[3], (guint) g_ascii_strtoull(arguments[4], NULL, 10),
                       (guint) g_ascii_strtoull(arguments[5], NULL, 10)));
    }
    return engine_require("tcg") ? mortise_test_main("engine-crash", tests, G_N_ELEMENTS(tests)) : 77;
}
