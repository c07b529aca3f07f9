// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting an emulator under its guest keeper.
#include "qemu-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver-json.h"
#include "keeper/keeper-protocol.h"

G_STATIC_ASSERT(QEMU_FD_KEEPER == KEEPER_FD_EMULATOR);

#define EMULATOR_DESCRIPTORS 2
/* Sources of dup2 are moved up to here first, or higher, so that no target is a source that is still needed. */
#define HIGH_DESCRIPTOR 64
#define REPLY_LIMIT 1024u

/* In the order of KEEPER_FD_CONTROL ... QEMU_FD_MONITOR. */
typedef enum {
    CHILD_CONTROL, CHILD_KEEPER_MONITOR, CHILD_DIRECTORY, CHILD_LOG, CHILD_LOCK, CHILD_EMULATOR_KEEPER, CHILD_LISTENING,
    CHILD_COUNT
} ChildDescriptor;

typedef struct {
    int fds[CHILD_COUNT];
    int high;                  /* above all targets */
    GArray *queues;            /* int; NULL: none */
} Descriptors;
G_STATIC_ASSERT(CHILD_COUNT == 7);

static void
descriptors_clear(Descriptors *descriptors)
{
    for (guint i = 0; i < CHILD_COUNT; i++) {
        if (descriptors->fds[i] >= 0) {
            (void) close(descriptors->fds[i]);
        }
    }
    for (guint i = 0; descriptors->queues && i < descriptors->queues->len; i++) {
        (void) close(g_array_index(descriptors->queues, int, i));
    }
    g_clear_pointer(&descriptors->queues, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Descriptors, descriptors_clear)

static gboolean
fail(DriverFailure **failure, const char *reason, const char *object, const char *what)
{
    const int error = errno;

    driver_failure_set(failure, reason, object, NULL, "%s failed: %s.", what, g_strerror(error));
    return FALSE;
}

static int
move_up(int fd, int high)
{
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, high);

    (void) close(fd);
    return moved;
}

static gboolean
open_pair(int *one, int *other, int high, DriverFailure **failure)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return fail(failure, "file-error", NULL, "Making a pair of sockets");
    }
    *one = move_up(ends[0], high);
    *other = move_up(ends[1], high);
    return TRUE;
}

static int
open_log(const QemuLaunch *launch, int high, DriverFailure **failure)
{
    const int fd = open(launch->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format_iso8601(now);
    g_autofree char *command = g_strjoinv(" ", launch->arguments);
    g_autofree char *line = g_strconcat(time, " starting: ", command, "\n", NULL);

    if (fd < 0) {
        (void) fail(failure, "file-error", launch->log, "Opening the emulator's log");
        return -1;
    }
    (void) !write(fd, line, strlen(line));
    return move_up(fd, high);
}

static gboolean
copy_queues(const QemuLaunch *launch, Descriptors *descriptors, DriverFailure **failure)
{
    descriptors->queues = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < launch->queue_count; i++) {
        const int fd = fcntl(launch->queues[i], F_DUPFD_CLOEXEC, descriptors->high);
        if (fd < 0) {
            return fail(failure, "limit-exceeded", NULL, "Duplicating a descriptor of a tap device");
        }
        (void) g_array_append_val(descriptors->queues, fd);
    }
    return TRUE;
}

static gboolean
open_descriptors(const QemuLaunch *launch, Descriptors *descriptors, int *control, DriverFailure **failure)
{
    int *fds = descriptors->fds;
    int listening;

    const int high = descriptors->high;

    if (!open_pair(&fds[CHILD_CONTROL], control, high, failure) ||
        !open_pair(&fds[CHILD_KEEPER_MONITOR], &fds[CHILD_EMULATOR_KEEPER], high, failure) ||
        !copy_queues(launch, descriptors, failure)) {
        return FALSE;
    }
    listening = qemu_monitor_socket_listen(launch->directory, failure);
    if (listening < 0) {
        return FALSE;
    }
    fds[CHILD_LISTENING] = move_up(listening, high);
    if (launch->listening) {
        *launch->listening = fcntl(fds[CHILD_LISTENING], F_DUPFD_CLOEXEC, high);
    }
    fds[CHILD_LOG] = open_log(launch, high, failure);
    if (fds[CHILD_LOG] < 0) {
        return FALSE;
    }
    fds[CHILD_DIRECTORY] = fcntl(launch->directory->fd, F_DUPFD_CLOEXEC, high);
    fds[CHILD_LOCK] = fcntl(launch->directory->lock, F_DUPFD_CLOEXEC, high);
    for (guint i = 0; i < CHILD_COUNT; i++) {
        if (fds[i] < 0) {
            return fail(failure, "limit-exceeded", NULL, "Duplicating a descriptor");
        }
    }
    return TRUE;
}

static const char *
policy_word(DomainEndAction action)
{
    static const char *const words[] = {"destroy", "restart", "preserve"};

    return words[action];
}

static char **
keeper_arguments(const QemuLaunch *launch)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *poweroff = g_strconcat("--on-poweroff=", policy_word(launch->end->poweroff), NULL);
    g_autofree char *reboot = g_strconcat("--on-reboot=", policy_word(launch->end->reboot), NULL);
    g_autofree char *crash = g_strconcat("--on-crash=", policy_word(launch->end->crash), NULL);
    g_autofree char *count = g_strdup_printf("--descriptors=%u", EMULATOR_DESCRIPTORS + launch->queue_count);

    g_strv_builder_add_many(builder, launch->keeper, poweroff, reboot, crash, count, "--", NULL);
    g_strv_builder_addv(builder, (const char **) launch->arguments);
    return g_strv_builder_end(builder);
}

/* The same whoever starts the guest: no variable of an application reaches an emulator by chance. */
static char **
emulator_environment(const QemuLaunch *launch)
{
    g_auto(GStrv) environment = g_environ_setenv(NULL, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                                 TRUE);

    environment = g_environ_setenv(g_steal_pointer(&environment), "LC_ALL", "C", TRUE);
    environment = g_environ_setenv(g_steal_pointer(&environment), "HOME", "/", TRUE);
    for (guint i = 0; launch->environment && launch->environment[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(launch->environment[i], "=", 2);
        if (pair[0] && pair[1]) {
            environment = g_environ_setenv(g_steal_pointer(&environment), pair[0], pair[1], TRUE);
        }
    }
    return g_steal_pointer(&environment);
}

/* Returns 0 or an errno. */
static int
spawn_keeper(const QemuLaunch *launch, const Descriptors *descriptors, pid_t *pid)
{
    g_auto(GStrv) arguments = keeper_arguments(launch);
    g_auto(GStrv) environment = emulator_environment(launch);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    int error;

    (void) sigemptyset(&none);
    (void) sigfillset(&all);
    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawnattr_init(&attributes);
    (void) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < CHILD_COUNT; i++) {
        (void) posix_spawn_file_actions_adddup2(&actions, descriptors->fds[i], KEEPER_FD_CONTROL + i);
    }
    for (guint i = 0; i < descriptors->queues->len; i++) {
        (void) posix_spawn_file_actions_adddup2(&actions, g_array_index(descriptors->queues, int, i),
                                                QEMU_FD_NETWORK + (int) i);
    }
    (void) posix_spawnattr_setsigmask(&attributes, &none);
    (void) posix_spawnattr_setsigdefault(&attributes, &all);
    (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = posix_spawn(pid, launch->keeper, &actions, &attributes, arguments, environment);
    (void) posix_spawn_file_actions_destroy(&actions);
    (void) posix_spawnattr_destroy(&attributes);
    return error;
}

gboolean
qemu_process_launch(const QemuLaunch *launch, int *control, DriverFailure **failure)
{
    g_auto(Descriptors) descriptors = {
        .fds = {-1, -1, -1, -1, -1, -1, -1}, .high = MAX(HIGH_DESCRIPTOR, QEMU_FD_NETWORK + (int) launch->queue_count),
    };
    pid_t pid = 0;
    int status = 0;

    *control = -1;
    if (!open_descriptors(launch, &descriptors, control, failure)) {
        if (*control >= 0) {
            (void) close(*control);
        }
        return FALSE;
    }
    errno = spawn_keeper(launch, &descriptors, &pid);
    if (errno != 0) {
        (void) fail(failure, "program-failed", launch->keeper, "Executing the guest keeper");
        (void) close(*control);
        return FALSE;
    }
    // The process that was executed forks the one that stays, and ends. Somebody else may have reaped it.
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    return TRUE;
}

static gboolean
fail_exec(DriverFailure **failure, const char *path, int error)
{
    const gboolean missing = error == ENOENT;
    const char *reason = missing ? "program-missing" : error == EACCES ? "permission-denied" : "program-failed";

    driver_failure_set(failure, reason, path,
                       missing ? "Install the emulator, or correct <emulator> in the definition."
                               : "Check the emulator's file and its permissions.",
                       "The emulator %s cannot be executed: %s.", path, g_strerror(error));
    return FALSE;
}

static void
read_identity(JsonObject *object, const char *pid, const char *start, ProcessIdentity *identity)
{
    identity->pid = driver_json_number(object, pid, 0);
    identity->start = (guint64) driver_json_number(object, start, 0);
}

static gboolean
take_reply(const char *line, const char *path, ProcessIdentity *emulator, ProcessIdentity *keeper,
           DriverFailure **failure)
{
    g_autoptr(JsonNode) root = json_from_string(line, NULL);
    JsonObject *object = driver_json_object(root);
    const char *word = driver_json_text(object, "keeper", "");

    if (g_str_equal(word, KEEPER_WORD_FAILED)) {
        return fail_exec(failure, path, (int) driver_json_number(object, "error", 0));
    }
    if (!g_str_equal(word, KEEPER_WORD_STARTED)) {
        driver_failure_set(failure, "program-failed", KEEPER_PROGRAM, "Reinstall Mortise: its parts do not fit.",
                           "The guest keeper said something unknown: %s", line);
        return FALSE;
    }
    read_identity(object, "pid", "start_time", emulator);
    read_identity(object, "keeper_pid", "keeper_start_time", keeper);
    return TRUE;
}

typedef enum { LINE_COMPLETE, LINE_LATE, LINE_INTERRUPTED, LINE_ENDED } LineResult;

/* The keeper says its next line only after an answer to this one, so that whatever is there belongs to this line. */
static LineResult
read_line(int control, int interrupt, gint64 deadline, GString *line)
{
    while (line->len < REPLY_LIMIT && (line->len == 0 || line->str[line->len - 1] != '\n')) {
        struct pollfd watched[] = {{control, POLLIN, 0}, {interrupt, POLLIN, 0}};
        const gint64 left = MAX(0, deadline - g_get_monotonic_time());
        char text[REPLY_LIMIT];
        ssize_t length = 0;

        if (poll(watched, 2, deadline < 0 ? -1 : (int) MIN((left + 999) / 1000, G_MAXINT)) == 0) {
            return LINE_LATE;
        }
        if (watched[1].revents) {
            return LINE_INTERRUPTED;
        }
        if (watched[0].revents) {
            length = recv(control, text, sizeof(text) - line->len, 0);
        }
        if (watched[0].revents && length <= 0) {
            return LINE_ENDED;
        }
        (void) g_string_append_len(line, text, length);
    }
    return LINE_COMPLETE;
}

gboolean
qemu_process_await(int control, int interrupt, gint64 deadline, const char *emulator_path, ProcessIdentity *emulator,
                   ProcessIdentity *keeper, DriverFailure **failure)
{
    g_autoptr(GString) line = g_string_new(NULL);

    switch (read_line(control, interrupt, deadline, line)) {
    case LINE_COMPLETE:
        return take_reply(line->str, emulator_path, emulator, keeper, failure);
    case LINE_LATE:
        driver_failure_set(failure, "timeout", KEEPER_PROGRAM, "The host may be overloaded; try again.",
                           "The emulator was not executed in time.");
        return FALSE;
    case LINE_INTERRUPTED:
        driver_failure_set(failure, "cancelled", NULL, NULL, "The start was interrupted: the connection closes.");
        return FALSE;
    default:
        driver_failure_set(failure, "program-failed", KEEPER_PROGRAM, "Look into the system's log.",
                           "The guest keeper ended before it had started the emulator.");
        return FALSE;
    }
}

static void
fail_commit(DriverFailure **failure)
{
    driver_failure_set(failure, "monitor-closed", KEEPER_PROGRAM, "Try again.",
                       "The emulator or its keeper ended at the end of the start.");
}

gboolean
qemu_process_commit(int control, DriverFailure **failure)
{
    const char byte = KEEPER_COMMIT;

    if (send(control, &byte, 1, MSG_NOSIGNAL) == 1) {
        return TRUE;
    }
    fail_commit(failure);
    return FALSE;
}

gboolean
qemu_process_confirm(int control, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(GString) line = g_string_new(NULL);

    switch (read_line(control, -1, deadline, line)) {
    case LINE_COMPLETE:
        return TRUE;
    case LINE_LATE:
        driver_failure_set(failure, "timeout", KEEPER_PROGRAM, "The host may be overloaded; try again.",
                           "The guest keeper did not answer in time.");
        return FALSE;
    default:
        fail_commit(failure);
        return FALSE;
    }
}
