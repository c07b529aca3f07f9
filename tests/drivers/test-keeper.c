// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The guest keeper with a shell for an emulator, and the test for its starter and its emulator's monitor.
#include "keeper/keeper-protocol.h"
#include "mortise-test.h"
#include "process-identity.h"
#include "qemu-adopt-log.h"
#include "qmp-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (120 * G_USEC_PER_SEC)
#define HIGH 64
/* A shell that ends with the status that it is told through its descriptor 8. */
#define OBEDIENT "read status <&8; exit $status"

typedef struct {
    char *directory;
    int control;
    int lock;              /* a second opening of the lock file: busy while keeper or emulator live */
    int log;
    int orders;            /* writes to descriptor 8 of the emulator */
    QmpServer monitor;
    ProcessIdentity emulator;
    int keeper;            /* pidfd */
} Bench;

static int
high(int fd)
{
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

    (void) close(fd);
    return moved;
}

static int
open_in(const char *directory, const char *name, int flags)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return open(path, flags | O_CLOEXEC | O_CREAT, 0600);
}

static char *
read_control(Bench *bench)
{
    GString *line = g_string_new(NULL);
    char byte;

    while (recv(bench->control, &byte, 1, 0) == 1 && byte != '\n') {
        (void) g_string_append_c(line, byte);
    }
    return g_string_free(line, FALSE);
}

/* Runs the keeper program with these arguments, NULL at the end, and reaps the process that was executed. */
static int
run_keeper(const int *fds, const char *const *arguments)
{
    g_auto(GStrv) folders = g_strsplit(g_getenv("MORTISE_LIBEXEC_DIR"), ":", -1);
    g_autofree char *program = g_build_filename(folders[0], KEEPER_PROGRAM, NULL);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    posix_spawn_file_actions_t actions;
    char *environment[] = {(char *) "PATH=/bin:/usr/bin", NULL};
    pid_t pid = 0;
    int status = 0;

    g_ptr_array_add(words, program);
    for (guint i = 0; arguments[i]; i++) {
        g_ptr_array_add(words, (gpointer) arguments[i]);
    }
    g_ptr_array_add(words, NULL);
    (void) posix_spawn_file_actions_init(&actions);
    for (int i = 0; fds && fds[i] >= 0; i++) {
        (void) posix_spawn_file_actions_adddup2(&actions, fds[i], KEEPER_FD_CONTROL + i);
    }
    CHECK_INT(posix_spawn(&pid, program, &actions, NULL, (char **) words->pdata, environment), 0);
    (void) posix_spawn_file_actions_destroy(&actions);
    CHECK_INT(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void
set_up(Bench *bench, const char *const *options, const char *program, const char *script)
{
    const char *arguments[16] = {NULL};
    int control[2];
    int orders[2];
    int fds[7];
    guint count = 0;

    memset(bench, 0, sizeof(*bench));
    bench->keeper = -1;
    bench->directory = g_dir_make_tmp("mortise-keeper-XXXXXX", NULL);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control), 0);
    CHECK_INT(pipe2(orders, O_CLOEXEC), 0);
    bench->control = control[0];
    bench->orders = orders[1];
    bench->log = open_in(bench->directory, "log", O_RDWR | O_APPEND);
    fds[0] = high(control[1]);
    fds[1] = high(qmp_server_open(&bench->monitor));
    fds[2] = high(open(bench->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    fds[3] = fcntl(bench->log, F_DUPFD_CLOEXEC, HIGH);
    fds[4] = high(open_in(bench->directory, "lock", O_RDWR));
    fds[5] = high(orders[0]);
    fds[6] = -1;
    CHECK_INT(flock(fds[4], LOCK_EX | LOCK_NB), 0);
    bench->lock = open_in(bench->directory, "lock", O_RDWR);
    while (options && options[count]) {
        arguments[count] = options[count];
        count++;
    }
    arguments[count++] = "--descriptors=1";
    arguments[count++] = "--";
    arguments[count++] = program;
    arguments[count++] = "-c";
    arguments[count++] = script;
    CHECK_INT(run_keeper(fds, arguments), 0);
    for (guint i = 0; fds[i] >= 0; i++) {
        (void) close(fds[i]);
    }
}

static void
set_up_started(Bench *bench, const char *const *options, const char *script)
{
    QemuEventsLog log;
    g_autofree char *line = NULL;
    int directory;

    set_up(bench, options, "/bin/sh", script);
    line = read_control(bench);
    CHECK_CONTAINS(line, "\"keeper\":\"started\"");
    directory = open(bench->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    qemu_events_log_read(&log, directory);
    (void) close(directory);
    CHECK(log.started && !log.committed && !log.ended);
    bench->emulator = log.emulator;
    bench->keeper = process_identity_open(&log.keeper);
    CHECK(bench->keeper >= 0);
    CHECK(process_start_time(log.emulator.pid) == log.emulator.start);
    CHECK(flock(bench->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK);
    qemu_events_log_clear(&log);
}

static void
commit(Bench *bench)
{
    g_autofree char *answer = NULL;
    const char byte = KEEPER_COMMIT;

    CHECK_INT(send(bench->control, &byte, 1, MSG_NOSIGNAL), 1);
    answer = read_control(bench);
    CHECK_CONTAINS(answer, "\"keeper\":\"committed\"");
    (void) close(bench->control);
    bench->control = -1;
}

/* Waits for the keeper's end and reads what it wrote; to be cleared. */
static void
await_end(Bench *bench, QemuEventsLog *log)
{
    const int directory = open(bench->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    CHECK(process_has_ended(bench->keeper, g_get_monotonic_time() + PATIENCE));
    CHECK_INT(flock(bench->lock, LOCK_EX | LOCK_NB), 0);
    CHECK_INT(process_start_time(bench->emulator.pid), 0);
    qemu_events_log_read(log, directory);
    (void) close(directory);
    CHECK(log->ended);
}

static void
order(Bench *bench, const char *status)
{
    CHECK_INT(write(bench->orders, status, strlen(status)), strlen(status));
}

static void
tear_down(Bench *bench)
{
    static const char *const names[] = {"lock", "log", KEEPER_EVENTS_FILE, KEEPER_REBOOT_FILE};

    // Whatever a failed test left ends with its starter, or with its orders.
    if (bench->control >= 0) {
        (void) close(bench->control);
    }
    (void) close(bench->orders);
    (void) close(bench->lock);
    (void) close(bench->log);
    if (bench->keeper >= 0) {
        (void) close(bench->keeper);
    }
    qmp_server_close(&bench->monitor);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(bench->directory, names[i], NULL);
        (void) g_unlink(path);
    }
    CHECK_INT(g_rmdir(bench->directory), 0);
    g_free(bench->directory);
}

static void
test_owner_gone(void)
{
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, OBEDIENT);
    (void) close(bench.control);
    bench.control = -1;
    await_end(&bench, &log);
    CHECK(log.aborted && !log.committed);
    CHECK_INT(log.signal, SIGKILL);
    CHECK_INT(log.status, -1);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_committed(void)
{
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, "echo hello; " OBEDIENT);
    commit(&bench);
    CHECK(!process_has_ended(bench.keeper, 0));
    order(&bench, "7\n");
    await_end(&bench, &log);
    CHECK(log.committed && !log.aborted);
    CHECK_INT(log.status, 7);
    CHECK_INT(log.signal, 0);
    CHECK_TEXT(log.output, "hello\n");
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_signal(void)
{
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, OBEDIENT);
    commit(&bench);
    CHECK_INT(kill((pid_t) bench.emulator.pid, SIGSEGV), 0);
    await_end(&bench, &log);
    CHECK_INT(log.signal, SIGSEGV);
    CHECK_INT(log.status, -1);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_end_before_commit(void)
{
    QemuEventsLog log;
    Bench bench;

    // Its own end says more than that nobody had committed it.
    set_up_started(&bench, NULL, "read status <&8; echo 'no such machine' >&2; exit $status");
    order(&bench, "3\n");
    await_end(&bench, &log);
    CHECK(!log.aborted && !log.committed);
    CHECK_INT(log.status, 3);
    CHECK_TEXT(log.output, "no such machine\n");
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_not_executed(void)
{
    Bench bench;
    g_autofree char *line = NULL;
    g_autofree char *end = NULL;

    set_up(&bench, NULL, "/nonexistent/emulator", "");
    line = read_control(&bench);
    CHECK_TEXT(line, "{\"keeper\":\"failed\",\"error\":2}");
    end = read_control(&bench);
    CHECK_TEXT(end, "");
    tear_down(&bench);
}

/* Waits until the emulator has printed something. */
static gboolean
await_output(const Bench *bench)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;
    struct stat status = {.st_size = 0};

    while (status.st_size == 0 && g_get_monotonic_time() < deadline) {
        (void) fstat(bench->log, &status);
        g_thread_yield();
    }
    return status.st_size > 0;
}

static void
test_terminated(void)
{
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, "trap 'exit 5' TERM; echo ready; while :; do read status <&8 || exit 6; done");
    commit(&bench);
    CHECK(await_output(&bench));
    CHECK(process_signal(bench.keeper, SIGTERM));
    await_end(&bench, &log);
    CHECK_INT(log.status, 5);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_terminated_before_commit(void)
{
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, "trap '' TERM; " OBEDIENT);
    CHECK(process_signal(bench.keeper, SIGTERM));
    await_end(&bench, &log);
    CHECK(log.aborted);
    CHECK_INT(log.signal, SIGKILL);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

/* Greets; the keeper's own monitor has ids of nobody. */
static void
greet(Bench *bench)
{
    g_autofree char *line = NULL;

    qmp_server_say(&bench->monitor, QMP_SERVER_GREETING);
    line = qmp_server_hear(&bench->monitor);
    CHECK_TEXT(line, "{\"execute\":\"qmp_capabilities\"}");
    qmp_server_say(&bench->monitor, "{\"return\": {}}\n");
}

static char *
events_text(const Bench *bench)
{
    g_autofree char *path = g_build_filename(bench->directory, KEEPER_EVENTS_FILE, NULL);
    char *text = NULL;

    (void) g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static void
test_events(void)
{
    g_autofree char *long_line = g_strnfill(KEEPER_LINE_LIMIT + 10, 'x');
    g_autofree char *text = NULL;
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, OBEDIENT);
    greet(&bench);
    commit(&bench);
    qmp_server_say(&bench.monitor, "{\"event\": \"RESUME\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n");
    qmp_server_say(&bench.monitor, "{\"return\": {\"event\": \"NOT\"}}\nrubbish {\"event\": \"NOT\"}\n\n[\"event\"]\n");
    qmp_server_say(&bench.monitor, long_line);
    qmp_server_say(&bench.monitor, "\n{\"data\": {\"a\": [1, {\"event\": \"NOT\"}]}, \"event\": \"MINE\"}\n");
    qmp_server_say(&bench.monitor, "{\"event\": \"STOP\"}\n{\"event\": \"TORN");
    order(&bench, "0\n");
    await_end(&bench, &log);
    text = events_text(&bench);
    CHECK_CONTAINS(text, "\n{\"event\": \"RESUME\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\n");
    CHECK_CONTAINS(
        text, "\n{\"data\": {\"a\": [1, {\"event\": \"NOT\"}]}, \"event\": \"MINE\"}\n{\"event\": \"STOP\"}\n");
    CHECK(!strstr(text, "rubbish") && !strstr(text, "return") && !strstr(text, "TORN") && !strstr(text, "xxx"));
    CHECK_TEXT(log.state.reason, "user");
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_events_bound(void)
{
    g_autofree char *filling = g_strnfill(500, 'x');
    g_autofree char *event = g_strdup_printf("{\"event\": \"NOISE\", \"data\": {\"x\": \"%s\"}}\n", filling);
    g_autofree char *text = NULL;
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, OBEDIENT);
    greet(&bench);
    commit(&bench);
    qmp_server_say(&bench.monitor, "{\"event\": \"RESUME\"}\n{\"event\": \"STOP\"}\n");
    for (guint i = 0; i < 1000; i++) {
        qmp_server_say(&bench.monitor, event);
    }
    order(&bench, "0\n");
    await_end(&bench, &log);
    text = events_text(&bench);
    CHECK(strlen(text) <= KEEPER_EVENTS_LIMIT + 20000);
    CHECK(log.started && log.committed && log.ended);
    CHECK_INT(log.emulator.pid, bench.emulator.pid);
    CHECK_TEXT(log.state.reason, "user");
    CHECK_CONTAINS(text, "NOISE");
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
expect(Bench *bench, const char *line)
{
    g_autofree char *heard = qmp_server_hear(&bench->monitor);

    CHECK_TEXT(heard, line);
}

#define SHUTDOWN_EVENT(reason) "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"" reason "\"}}\n"
#define RESET_EVENT "{\"event\": \"RESET\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-system-reset\"}}\n"

static void
check_policy(const char *option, const char *event, const char *const *wanted)
{
    const char *const options[] = {option, NULL};
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, options, OBEDIENT);
    greet(&bench);
    commit(&bench);
    qmp_server_say(&bench.monitor, event);
    for (guint i = 0; wanted[i]; i++) {
        if (g_str_equal(wanted[i], "RESET")) {
            qmp_server_say(&bench.monitor, RESET_EVENT);
        } else {
            expect(&bench, wanted[i]);
        }
    }
    order(&bench, "0\n");
    await_end(&bench, &log);
    expect(&bench, NULL);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

#define ACTION(shutdown, reboot) \
    "{\"execute\":\"set-action\",\"arguments\":{\"shutdown\":\"" shutdown "\",\"reboot\":\"" reboot "\"}}"
#define DO(command) "{\"execute\":\"" command "\"}"

static void
test_policies(void)
{
    const char *const restart[] = {ACTION("pause", "reset"), DO("system_reset"), "RESET", ACTION("pause", "reset"),
                                   DO("cont"), NULL};
    const char *const crash[] = {ACTION("poweroff", "reset"), DO("system_reset"), "RESET",
                                 ACTION("poweroff", "reset"), DO("cont"), NULL};
    const char *const quit[] = {DO("quit"), NULL};
    const char *const nothing[] = {NULL};

    check_policy("--on-poweroff=restart", SHUTDOWN_EVENT("guest-shutdown"), restart);
    // Where QEMU ends by itself, nothing is said to it.
    check_policy("--on-poweroff=destroy", SHUTDOWN_EVENT("guest-shutdown"), nothing);
    check_policy("--on-poweroff=preserve", SHUTDOWN_EVENT("guest-shutdown"), nothing);
    check_policy("--on-poweroff=preserve", SHUTDOWN_EVENT("host-qmp-quit"), nothing);
    check_policy("--on-poweroff=preserve", SHUTDOWN_EVENT("host-signal"), nothing);
    check_policy("--on-reboot=destroy", SHUTDOWN_EVENT("guest-reset"), nothing);
    check_policy("--on-poweroff=restart", SHUTDOWN_EVENT("guest-reset"), quit);
    check_policy("--on-poweroff=preserve", SHUTDOWN_EVENT("guest-panic"), quit);
    check_policy("--on-crash=destroy", SHUTDOWN_EVENT("guest-panic"), nothing);
    check_policy("--on-crash=restart", "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\n", crash);
    check_policy("--on-crash=preserve", "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\n",
                 nothing);
    check_policy("--on-crash=restart", "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"run\"}}\n", nothing);
    check_policy("--on-reboot=restart", RESET_EVENT, nothing);
}

static void
test_reboot_file(void)
{
    QemuEventsLog log;
    Bench bench;

    set_up_started(&bench, NULL, OBEDIENT);
    greet(&bench);
    commit(&bench);
    (void) close(open_in(bench.directory, KEEPER_REBOOT_FILE, O_WRONLY));
    qmp_server_say(&bench.monitor, SHUTDOWN_EVENT("guest-shutdown"));
    expect(&bench, ACTION("poweroff", "reset"));
    expect(&bench, DO("system_reset"));
    qmp_server_say(&bench.monitor, RESET_EVENT);
    expect(&bench, ACTION("poweroff", "reset"));
    expect(&bench, DO("cont"));
    // Once only: the next shutdown is the end.
    qmp_server_say(&bench.monitor, SHUTDOWN_EVENT("guest-shutdown"));
    order(&bench, "0\n");
    await_end(&bench, &log);
    expect(&bench, NULL);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_reboot_by_guest(void)
{
    QemuEventsLog log;
    Bench bench;

    // A guest that reboots by its own means has done what was asked.
    set_up_started(&bench, NULL, OBEDIENT);
    greet(&bench);
    commit(&bench);
    (void) close(open_in(bench.directory, KEEPER_REBOOT_FILE, O_WRONLY));
    qmp_server_say(&bench.monitor, RESET_EVENT);
    expect(&bench, ACTION("poweroff", "reset"));
    qmp_server_say(&bench.monitor, SHUTDOWN_EVENT("guest-shutdown"));
    order(&bench, "0\n");
    await_end(&bench, &log);
    expect(&bench, NULL);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_output(void)
{
    g_autofree char *text = NULL;
    g_autofree char *path = NULL;
    QemuEventsLog log;
    Bench bench;
    gsize length = 0;

    set_up_started(
        &bench, NULL,
        "i=0; while [ $i -lt 30000 ]; do echo line $i 0123456789012345678901234567890123456789012345678901234; "
        "i=$((i+1)); done; printf 'a\"b\\\\c\\001\\377end\\n'; " OBEDIENT);
    commit(&bench);
    order(&bench, "0\n");
    await_end(&bench, &log);
    path = g_build_filename(bench.directory, "log", NULL);
    CHECK(g_file_get_contents(path, &text, &length, NULL));
    CHECK(length <= KEEPER_LOG_LIMIT + 100);
    CHECK(g_str_has_prefix(text, "(earlier output dropped)\n"));
    CHECK_CONTAINS(text, "\nline 29999 ");
    CHECK(g_str_has_suffix(log.output, "a\"b\\c\001?end\n"));
    CHECK(strlen(log.output) <= KEEPER_OUTPUT_TAIL);
    qemu_events_log_clear(&log);
    tear_down(&bench);
}

static void
test_usage(void)
{
    static const char *const wrong[][3] = {
        {"--bogus", "--", "/bin/true"},         {"--on-crash=explode", "--", "/bin/true"},
        {"--descriptors=x", "--", "/bin/true"}, {"--descriptors=9999", "--", "/bin/true"},
        {"--on-poweroff=restart", NULL, NULL},  {NULL, NULL, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const char *const arguments[] = {wrong[i][0], wrong[i][1], wrong[i][2], NULL};
        CHECK_INT(run_keeper(NULL, arguments), 2);
    }
}

static const MortiseTest tests[] = {
    {"a starter that is gone before the commit", test_owner_gone},
    {"a guest that outlives its starter", test_committed},
    {"death by a signal", test_signal},
    {"an emulator that ends before the commit", test_end_before_commit},
    {"an emulator that cannot be executed", test_not_executed},
    {"SIGTERM", test_terminated},
    {"SIGTERM before the commit", test_terminated_before_commit},
    {"events", test_events},
    {"more events than are kept", test_events_bound},
    {"what follows an end", test_policies},
    {"a reboot that was asked for", test_reboot_file},
    {"a guest that reboots by itself", test_reboot_by_guest},
    {"what the emulator prints", test_output},
    {"wrong arguments", test_usage},
};

MORTISE_TEST_MAIN("keeper", tests)
