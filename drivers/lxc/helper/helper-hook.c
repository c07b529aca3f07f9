// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is done for a container when all of it is there but its init: limits, routes, stopping where wanted.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lxc-helper.h"

void
helper_complain(const char *log, const char *format, ...)
{
    const int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    va_list arguments;

    if (fd < 0) {
        return;
    }
    (void) dprintf(fd, "mortise ERROR    hook - helper-hook.c:helper_complain:0 - ");
    va_start(arguments, format);
    (void) vdprintf(fd, format, arguments);
    va_end(arguments);
    (void) dprintf(fd, "\n");
    (void) close(fd);
}

static FILE *
open_file(int directory, const char *name)
{
    const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    return fd >= 0 ? fdopen(fd, "r") : NULL;
}

/* This program has one thread, and its files are open already. */
static bool
enter_network(const char *log)
{
    const char *pid = getenv("LXC_PID"); // nocheck:environment NOLINT(concurrency-mt-unsafe): liblxc's own way
    char path[64];
    int fd;
    bool entered;

    (void) snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid != NULL ? pid : "");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    entered = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
    if (!entered) {
        helper_complain(log, "The container's network namespace cannot be entered: %s", strerrordesc_np(errno));
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return entered;
}

static bool
add_routes(FILE *file, const char *log)
{
    char line[256];

    if (!enter_network(log)) {
        return false;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        const int error = helper_add_route(line);

        line[strcspn(line, "\n")] = '\0';
        // A device that somebody was attaching who was killed has its routes before it comes.
        if (error != 0 && error != ENODEV) {
            helper_complain(log, "The route '%s' (device, network, gateway, metric) cannot be made: %s", line,
                            strerrordesc_np(error));
            return false;
        }
    }
    return true;
}

static bool
stop(FILE *file, int directory, const char *log)
{
    char word[16];
    char path[4096];
    bool stopped = false;
    int fd;

    if (fscanf(file, "%15s %4095[^\n]", word, path) == 2) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
        stopped = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t) strlen(word);
        if (fd >= 0) {
            (void) close(fd);
        }
    }
    if (!stopped) {
        helper_complain(log, "The container cannot be stopped before it runs: %s", strerrordesc_np(errno));
    }
    // Once: what follows a reboot runs.
    return stopped && unlinkat(directory, HELPER_PAUSED, 0) == 0;
}

static bool
is_limited(FILE *file, const char *log)
{
    char path[4096] = "";
    const bool limited = fscanf(file, "%4095[^\n]", path) == 1 && access(path, F_OK) == 0;

    if (!limited) {
        helper_complain(log, "no control group %s was made, and the container would be under no limit", path);
    }
    return limited;
}

int
helper_hook(const char *directory, const char *log)
{
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FILE *limited = fd >= 0 ? open_file(fd, HELPER_LIMITED) : NULL;
    FILE *routes = fd >= 0 ? open_file(fd, HELPER_ROUTES) : NULL;
    FILE *paused = fd >= 0 ? open_file(fd, HELPER_PAUSED) : NULL;

    if (fd < 0 || (limited != NULL && !is_limited(limited, log)) || (routes != NULL && !add_routes(routes, log)) ||
        (paused != NULL && !stop(paused, fd, log))) {
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
