// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A container's monitor: starts it with liblxc, stays beside it, writes down how it ended.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lxc/lxccontainer.h>

#include "lxc-helper.h"

/* An init that lives no longer than about so many seconds, so many times in a row, is not started again. */
#define SHORT_LIFE 1
#define SHORT_LIVES 5
#define START_FIELD 22
/* How long liblxc is let wait for an answer, and until it is asked again when it got none. */
#define ASK_SECONDS 1
#define ASK_AGAIN_MILLISECONDS 100

/* What is there for one life of the container. */
typedef struct {
    off_t told;                /* length of the events before it */
    struct timespec begun;     /* when its init was about to be executed; 0: it was not yet */
    struct timespec ended;     /* when that was found to have ended */
    HelperImages images;       /* until it has begun: what is mounted holds its device then */
} Life;

typedef struct {
    const char *name;
    const char *directory;
    const char *log;
    const char *flags;
    char **init;
    int directory_fd;
    int events;
    Life *life;
} Run;

/* How the last child ended that liblxc asked waitid for: it asks so for an init, and for nothing else. */
static siginfo_t last_init;    // nocheck:static-state waitid is given no handle
/* What this process is the monitor of; NULL in all others. */
static const Run *monitored;    // nocheck:static-state the same

static bool
is_stopping(const Run *run)
{
    return faccessat(run->directory_fd, HELPER_STOP, F_OK, 0) == 0;
}

/*
 * With its init all of a container has ended. liblxc would now take itself out of each control group, and wait for the
 * kernel each time. An owner who waits for the end removes groups faster, as after a monitor that was killed.
 */
static void
leave_rest(void)
{
    if (strchr(monitored->flags, HELPER_LEAVE_REST) != NULL && is_stopping(monitored)) {
        _exit(EXIT_SUCCESS);
    }
}

/* Seen by liblxc. */
#define INTERPOSED __attribute__((visibility("default")))

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's calls
/*
 * Found before the C library's: liblxc makes one number of exit statuses and signals, so that an exit with 2 and a
 * power off look the same afterwards.
 */
INTERPOSED int
waitid(idtype_t type, id_t id, siginfo_t *information, int options)
{
    const int result = (int) syscall(SYS_waitid, type, id, information, options, NULL);

    if (result == 0 && information != NULL && information->si_pid > 0) {
        const bool first = last_init.si_pid == 0;

        last_init = *information;
        if (monitored != NULL && first) {
            (void) clock_gettime(CLOCK_MONOTONIC, &monitored->life->ended);
            helper_give_back(monitored->directory_fd, monitored->log, is_stopping(monitored));
            leave_rest();
        }
    }
    return result;
}

/* Whether the hook has told of an init: all of the container is there. */
static bool
has_begun(const Run *run)
{
    struct stat status;

    return fstat(run->events, &status) == 0 && status.st_size > run->life->told;
}

/*
 * A reboot is made to look like a halt: liblxc would start again by itself, without an end and unasked. It waits so for
 * its hooks, too, of which the last one runs when everything is mounted.
 */
INTERPOSED pid_t
waitpid(pid_t pid, int *status, int options)
{
    const pid_t ended = wait4(pid, status, options, NULL);

    if (monitored != NULL && monitored->life->begun.tv_sec == 0 && has_begun(monitored)) {
        (void) clock_gettime(CLOCK_MONOTONIC, &monitored->life->begun);
        helper_close_images(&monitored->life->images);
    }
    if (ended > 0 && ended == last_init.si_pid && status != NULL && WIFSIGNALED(*status) &&
        WTERMSIG(*status) == SIGHUP) {
        *status = SIGINT;
    }
    return ended;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

/* One write, so that lines of hooks and of the monitor never mix. */
static bool
say(const Run *run, const char *word, const char *cause, unsigned long long number, bool two)
{
    char line[128];
    int length = two ? snprintf(line, sizeof(line), "%s %s %llu\n", word, cause, number)
                     : snprintf(line, sizeof(line), "%s %s\n", word, cause);

    return length > 0 && write(run->events, line, (size_t) length) == length;
}

unsigned long long
helper_number(const char *text)
{
    unsigned long long number = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (unsigned long long) (*text - '0');
    }
    return number;
}

/* Field 22 of a process's stat; the second may hold spaces, and ends with the last bracket. */
unsigned long long
helper_start_time(const char *pid)
{
    char text[1024];
    char path[64];
    int fd;
    ssize_t length = 0;
    const char *at;

    (void) snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0) {
        (void) close(fd);
    }
    if (length <= 0) {
        return 0;
    }
    text[length] = '\0';
    at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < START_FIELD; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? helper_number(at + 1) : 0;
}

static bool
is_wanted(const Run *run, char flag)
{
    return strchr(run->flags, flag) != NULL && !is_stopping(run);
}

/* What the end of init means; *restart says whether the definition wants another one. */
static const char *
cause_of(const Run *run, bool started, unsigned int *number, bool *restart)
{
    const bool signalled = last_init.si_code != CLD_EXITED;

    *number = 0;
    *restart = false;
    if (!started) {
        return "failed";
    }
    // reboot(2) in a pid namespace kills its init: by SIGINT for halt and power off, by SIGHUP for a restart.
    if (signalled && last_init.si_status == SIGHUP) {
        *restart = is_wanted(run, HELPER_RESTART_REBOOT);
        return "rebooted";
    }
    if (last_init.si_status == (signalled ? SIGINT : 0)) {
        *restart = is_wanted(run, HELPER_RESTART_POWEROFF);
        return "halted";
    }
    *restart = is_wanted(run, HELPER_RESTART_CRASH);
    *number = (unsigned int) last_init.si_status;
    return signalled ? "killed" : "exited";
}

static struct lxc_container *
open_container(const Run *run, const char *config)
{
    struct lxc_container *container = lxc_container_new(run->name, HELPER_LXC_PATH);
    char path[4096];

    (void) snprintf(path, sizeof(path), "%s/%s", run->directory, config);
    if (container != NULL && !container->load_config(container, path)) {
        (void) lxc_container_put(container);
        return NULL;
    }
    return container;
}

/* One life of the container. FALSE when it could not be started. */
static bool
live(const Run *run)
{
    struct lxc_container *container = NULL;
    struct stat before = {0};

    if (helper_enter_groups(run->directory_fd, run->log) &&
        helper_open_images(&run->life->images, run->directory_fd, run->log)) {
        container = helper_find_binds(run->directory_fd, run->log) ? open_container(run, HELPER_CONFIG_NOW) : NULL;
    }
    if (container != NULL) {
        (void) container->want_daemonize(container, false);
        last_init = (siginfo_t){.si_pid = 0};
        (void) fstat(run->events, &before);
        run->life->told = before.st_size;
        run->life->begun = (struct timespec){0};
        (void) container->start(container, 0, run->init);
        (void) lxc_container_put(container);
    }
    helper_close_images(&run->life->images);
    // The hook has written its line, and liblxc waited for an init that was executed: a container has ended, no start.
    return container != NULL && last_init.si_pid > 0 && has_begun(run);
}

static void
be_monitor(const Run *run)
{
    int short_lives = 0;

    monitored = run;
    for (;;) {
        unsigned int number;
        bool restart;
        bool started;
        const char *cause;

        started = live(run);
        cause = cause_of(run, started, &number, &restart);
        // Without what comes before and after: however long this host takes for these, a short life is one.
        short_lives = run->life->ended.tv_sec - run->life->begun.tv_sec <= SHORT_LIFE ? short_lives + 1 : 0;
        if (restart && short_lives >= SHORT_LIVES) {
            cause = "looping";
            restart = false;
        }
        if (!restart) {
            helper_remove_links(run->directory_fd);
        }
        (void) say(run, restart ? "again" : "ended", cause, number, true);
        if (!restart) {
            return;
        }
    }
}

/* The paths of this program and of its log, for hooks. */
static bool
tell_programs(const Run *run)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    path[length > 0 ? length : 0] = '\0';
    // nocheck:environment as below
    return length > 0 && setenv(HELPER_PROGRAM_VARIABLE, path, 1) == 0 && // NOLINT(concurrency-mt-unsafe)
           // nocheck:environment as below
           setenv(HELPER_LOG_VARIABLE, run->log, 1) == 0; // NOLINT(concurrency-mt-unsafe)
}

static bool
prepare(Run *run)
{
    struct lxc_log log = {.name = run->name, .lxcpath = HELPER_LXC_PATH, .file = run->log, .level = "WARN",
                          .prefix = "lxc", .quiet = true};
    char path[4096];

    run->directory_fd = open(run->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    run->events = openat(run->directory_fd, HELPER_EVENTS, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                         0600);
    (void) snprintf(path, sizeof(path), "%s/" HELPER_EVENTS, run->directory);
    return run->directory_fd >= 0 && run->events >= 0 && fcntl(HELPER_FD_LOCK, F_SETFD, FD_CLOEXEC) == 0 &&
           // nocheck:environment it is this program's own, which has one thread; liblxc's hooks inherit it
           setenv(HELPER_EVENTS_VARIABLE, path, 1) == 0 && // NOLINT(concurrency-mt-unsafe)
           tell_programs(run) &&
           lxc_log_init(&log) == 0;
}

static void
become_monitor(const Run *run)
{
    char pid[32];

    (void) setsid();
    (void) chdir("/");
    (void) umask(0022);
    (void) snprintf(pid, sizeof(pid), "%ld", (long) getpid());
    if (!say(run, "monitor", pid, helper_start_time("self"), true)) {
        _exit(EXIT_FAILURE);
    }
    be_monitor(run);
    _exit(EXIT_SUCCESS);
}

/* The beginning of what was written so far, terminated. */
static void
read_events(const Run *run, char *text, size_t size)
{
    const int fd = openat(run->directory_fd, HELPER_EVENTS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const ssize_t length = fd >= 0 ? read(fd, text, size - 1) : -1;

    if (fd >= 0) {
        (void) close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
}

typedef enum { LINE_THERE, LINE_NOT_YET, LINE_NEVER } Line;

/*
 * Waits for one of these words at the beginning of a line, so many milliseconds (-1: as long as it takes); NEVER when
 * the monitor has ended without.
 */
static Line
await_line(const Run *run, int changes, int monitor, const char *one, const char *other, int patience)
{
    struct pollfd watched[2] = {{changes, POLLIN, 0}, {monitor, POLLIN, 0}};
    char text[1024];
    char buffer[4096];

    for (bool waited = false;; waited = true) {
        // In this order: what it writes last comes before its end.
        const bool over = poll(watched + 1, 1, 0) > 0;
        read_events(run, text, sizeof(text));
        if (strstr(text, one) != NULL || strstr(text, other) != NULL) {
            return LINE_THERE;
        }
        if (over || (waited && patience >= 0)) {
            return over ? LINE_NEVER : LINE_NOT_YET;
        }
        (void) poll(watched, 2, patience);
        (void) !read(changes, buffer, sizeof(buffer));
    }
}

/* The process that was executed: tells by its exit status whether the container has come to run. */
static int
await_running(const Run *run, int changes, pid_t child)
{
    const int monitor = (int) syscall(SYS_pidfd_open, child, 0);
    struct lxc_container *container;
    char text[1024];
    Line line;

    // Before its line liblxc has nobody to ask.
    if (monitor < 0 || await_line(run, changes, monitor, "\ninit ", "\ninit ", -1) != LINE_THERE) {
        return EXIT_FAILURE;
    }
    if (strchr(run->flags, HELPER_START_PAUSED) != NULL) {
        return EXIT_SUCCESS;
    }
    container = open_container(run, HELPER_CONFIG);
    do {
        // Not for ever: liblxc would go on asking a monitor that is gone.
        if (container == NULL || container->wait(container, "RUNNING", ASK_SECONDS)) {
            return container != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        line = await_line(run, changes, monitor, "\nended ", "\nagain ", ASK_AGAIN_MILLISECONDS);
    } while (line == LINE_NOT_YET);
    // One that has run, and ended before it could be asked, has been started.
    read_events(run, text, sizeof(text));
    return line == LINE_THERE && strstr(text, "\nended failed") == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
helper_run(int count, char **arguments)
{
    Life life = {.told = 0};
    Run run = {.name = arguments[0], .directory = arguments[1], .log = arguments[2], .flags = arguments[3],
               .init = arguments + 5, .life = &life};
    int changes;
    pid_t child;

    if (count < 6 || !prepare(&run)) {
        return EXIT_FAILURE;
    }
    changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (changes < 0 || inotify_add_watch(changes, run.directory, IN_MODIFY) < 0) {
        return EXIT_FAILURE;
    }
    child = fork();
    if (child > 0) {
        return await_running(&run, changes, child);
    }
    if (child == 0) {
        (void) close(changes);
        become_monitor(&run);
    }
    return EXIT_FAILURE;
}
