// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading the lines that a container's monitor has written, and saying how it ended.
#include <fcntl.h>
#include <mortise/driver/abi.h>
#include <string.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-record.h"

/* Lives after lives: only the end of a file that is longer is read, and its first line, which names the monitor. */
#define READ_LIMIT 65536u

static gboolean
number_of(const char *text, guint64 *number)
{
    return text != NULL && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, number, NULL);
}

static void
take_line(LxcEvents *events, char **words)
{
    const guint count = g_strv_length(words);
    guint64 first = 0;
    guint64 second = 0;

    if (count == 3 && g_str_equal(words[0], "monitor") && number_of(words[1], &first) && number_of(words[2], &second)) {
        events->monitor = (ProcessIdentity){(gint64) first, second};
    } else if (count == 2 && g_str_equal(words[0], "init") && number_of(words[1], &first)) {
        events->init = (gint64) first;
    } else if (count == 3 && g_str_equal(words[0], "again")) {
        events->init = 0;
    } else if (count == 3 && g_str_equal(words[0], "ended") && number_of(words[2], &first)) {
        events->init = 0;
        events->ended = TRUE;
        events->number = (guint) first;
        (void) g_strlcpy(events->cause, words[1], sizeof(events->cause));
    }
}

void
lxc_events_parse(LxcEvents *events, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    // The last one is not complete: it has no line break yet, or is empty.
    for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
        take_line(events, words);
    }
}

void
lxc_events_read(LxcEvents *events, int directory)
{
    const int fd = openat(directory, HELPER_EVENTS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    const off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    g_autofree char *text = g_malloc0(READ_LIMIT + 1);

    *events = (LxcEvents){.init = 0};
    if (fd < 0) {
        return;
    }
    if (size > (off_t) READ_LIMIT && pread(fd, text, 128, 0) > 0) {
        lxc_events_parse(events, text);
        events->init = 0;
    }
    (void) memset(text, 0, READ_LIMIT + 1);
    if (pread(fd, text, READ_LIMIT, MAX(size - (off_t) READ_LIMIT, 0)) > 0) {
        lxc_events_parse(events, text);
    }
    (void) close(fd);
}

ProcessIdentity
lxc_events_init(const LxcEvents *events)
{
    ProcessIdentity init = {events->init, 0};
    const guint64 start = process_start_time(events->init);

    if (events->init > 0 && process_parent(events->init) == events->monitor.pid &&
        process_start_time(events->monitor.pid) == events->monitor.start) {
        init.start = start;
    }
    return init;
}

const char *
lxc_events_end(const LxcEvents *events, gboolean asked, guint *state, char **detail)
{
    *state = MORTISE_STATE_SHUTOFF;
    *detail = NULL;
    if (asked) {
        return "destroyed";
    }
    if (!events->ended) {
        *state = MORTISE_STATE_CRASHED;
        *detail = g_strdup("Its monitor was killed, and all its processes with it.");
        return "crashed";
    }
    if (g_str_equal(events->cause, "exited")) {
        *detail = g_strdup_printf("Its init exited with status %u.", events->number);
        return "failed";
    }
    if (g_str_equal(events->cause, "killed")) {
        *state = MORTISE_STATE_CRASHED;
        *detail = g_strdup_printf("Its init was killed by signal %u (%s).", events->number,
                                  g_strsignal((gint) events->number));
        return "crashed";
    }
    if (g_str_equal(events->cause, "looping")) {
        *state = MORTISE_STATE_CRASHED;
        *detail = g_strdup("It was started again and again, and ended at once each time.");
        return "crashed";
    }
    if (g_str_equal(events->cause, "failed")) {
        *detail = g_strdup("It could not be started again.");
        return "failed";
    }
    *detail = g_str_equal(events->cause, "rebooted") ? g_strdup("It asked for a reboot, which ends it.") : NULL;
    return "shutdown";
}
