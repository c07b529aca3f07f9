// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Running the helper program that talks to liblxc.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-engine.h"

#define OUTPUT_LIMIT 4096u

static gboolean
fail(DriverFailure **failure, const char *path, int error)
{
    driver_failure_set(failure, "program-failed", path, "Reinstall the package of the LXC driver.",
                       "The helper program %s cannot be run: %s.", path, g_strerror(error));
    return FALSE;
}

/* Closes all of the application's descriptors in the child but those that are given to it. */
static int
spawn(const char *path, const char *const *words, const LxcInherited *inherited, int output, pid_t *pid)
{
    // Root's liblxc would insist on /etc/subuid if it found newuidmap; here the definition says which ids are used.
    // Another user's asks for the places of that user's files.
    g_autofree char *home = g_strconcat("HOME=", g_get_home_dir(), NULL);
    g_autofree char *runtime = g_strconcat("XDG_RUNTIME_DIR=", g_get_user_runtime_dir(), NULL);
    const char *environment[] = {geteuid() == 0 ? "PATH=/usr/sbin:/sbin" : "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                 "LC_ALL=C", geteuid() == 0 ? NULL : home, runtime, NULL};
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    int error;

    g_ptr_array_add(arguments, (gpointer) path);
    for (; *words != NULL; words++) {
        g_ptr_array_add(arguments, (gpointer) *words);
    }
    g_ptr_array_add(arguments, NULL);
    (void) sigemptyset(&none);
    (void) sigfillset(&all);
    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawnattr_init(&attributes);
    (void) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (output >= 0) {
        (void) posix_spawn_file_actions_adddup2(&actions, output, 1);
    } else {
        (void) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    }
    (void) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (inherited->first >= 0) {
        (void) posix_spawn_file_actions_adddup2(&actions, inherited->first, HELPER_FD_LOCK);
    }
    if (inherited->second >= 0) {
        (void) posix_spawn_file_actions_adddup2(&actions, inherited->second, HELPER_FD_CHANGE);
    }
    (void) posix_spawn_file_actions_addclosefrom_np(&actions, inherited->second >= 0  ? HELPER_FD_CHANGE + 1
                                                              : inherited->first >= 0 ? HELPER_FD_LOCK + 1
                                                                                      : HELPER_FD_LOCK);
    (void) posix_spawnattr_setsigmask(&attributes, &none);
    (void) posix_spawnattr_setsigdefault(&attributes, &all);
    (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = posix_spawn(pid, path, &actions, &attributes, (char **) arguments->pdata, (char **) environment);
    (void) posix_spawn_file_actions_destroy(&actions);
    (void) posix_spawnattr_destroy(&attributes);
    return error;
}

static gboolean
find_helper(const LxcDriver *driver, char *path, gsize size, DriverFailure **failure)
{
    if (driver->host->helper_path(driver->self, HELPER_PROGRAM, path, size) != MORTISE_OK) {
        driver_failure_set(failure, "program-missing", HELPER_PROGRAM, "Reinstall the package of the LXC driver.",
                           "The program %s is not installed.", HELPER_PROGRAM);
        return FALSE;
    }
    return TRUE;
}

/* Waits for the end, the interruption or the deadline; FALSE when it had to be killed. */
static gboolean
await_end(pid_t pid, int interrupt, gint64 deadline, DriverFailure **failure)
{
    const int process = pidfd_open(pid, 0);
    struct pollfd watched[2] = {{process, POLLIN, 0}, {interrupt, POLLIN, 0}};
    gboolean ended = process < 0;

    while (!ended && watched[1].revents == 0 && g_get_monotonic_time() < deadline) {
        const gint64 left = (deadline - g_get_monotonic_time() + 999) / 1000;
        if (poll(watched, 2, (int) CLAMP(left, 0, G_MAXINT)) > 0) {
            ended = watched[0].revents != 0;
        }
    }
    if (!ended) {
        const gboolean cancelled = watched[1].revents != 0;
        (void) process_signal(process, SIGKILL);
        driver_failure_set(failure, cancelled ? "cancelled" : "timeout", HELPER_PROGRAM, NULL,
                           cancelled ? "The connection is being closed." : "It was not done in time.");
    }
    if (process >= 0) {
        (void) close(process);
    }
    return ended;
}

static char *
read_output(int fd)
{
    g_autofree char *text = g_malloc0(OUTPUT_LIMIT);
    gsize length = 0;
    gssize got;

    while (length < OUTPUT_LIMIT - 1 && (got = read(fd, text + length, OUTPUT_LIMIT - 1 - length)) > 0) {
        length += (gsize) got;
    }
    return g_steal_pointer(&text);
}

/* Somebody else in this process may have reaped it; then nobody knows its status, and it is taken for good. */
static int
reap(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return 0;
        }
    }
    return status;
}

static gboolean
run(const LxcDriver *driver, const char *const *words, const LxcInherited *inherited, int interrupt, gint64 deadline,
    char **output, DriverFailure **failure)
{
    char path[4096];
    int pipes[2] = {-1, -1};
    pid_t pid = 0;
    gboolean ended;
    int status;
    int error;

    if (!find_helper(driver, path, sizeof(path), failure)) {
        return FALSE;
    }
    if (output != NULL && pipe2(pipes, O_CLOEXEC) != 0) {
        return fail(failure, path, errno);
    }
    error = spawn(path, words, inherited, pipes[1], &pid);
    if (pipes[1] >= 0) {
        (void) close(pipes[1]);
    }
    ended = error == 0 && await_end(pid, interrupt, deadline, failure);
    status = error == 0 ? reap(pid) : 0;
    if (output != NULL) {
        *output = ended ? read_output(pipes[0]) : NULL;
        (void) close(pipes[0]);
    }
    if (error != 0) {
        return fail(failure, path, error);
    }
    if (ended && status != 0) {
        driver_failure_set(failure, "program-failed", path, NULL, "The helper program %s failed at '%s'.", path,
                           words[0]);
    }
    return ended && status == 0;
}

gboolean
lxc_helper_run(const LxcDriver *driver, const char *const *words, int inherited, int interrupt, gint64 deadline,
               char **output, DriverFailure **failure)
{
    const LxcInherited one = {inherited, -1};

    return run(driver, words, &one, interrupt, deadline, output, failure);
}

gboolean
lxc_helper_run_with(const LxcDriver *driver, const char *const *words, const LxcInherited *inherited, int interrupt,
                    gint64 deadline, char **output, DriverFailure **failure)
{
    // Above the numbers that the helper has them by: neither is written over before it was given.
    const LxcInherited two = {inherited->first, fcntl(inherited->second, F_DUPFD_CLOEXEC, HELPER_FD_CHANGE + 1)};
    const gboolean good = run(driver, words, &two, interrupt, deadline, output, failure);

    if (two.second >= 0) {
        (void) close(two.second);
    }
    return good;
}
