// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The events file: appended a line at a time, rewritten with only the lines that tell the state when it is full.
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int
open_events(int directory, const char *name)
{
    return openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool
keeper_events_open(KeeperEvents *events, int directory)
{
    *events = (KeeperEvents){.directory = directory, .file = open_events(directory, KEEPER_EVENTS_FILE)};
    return events->file >= 0;
}

static void
write_line(KeeperEvents *events, KeeperSlice line)
{
    // A line cut short by a full disk must not swallow the one after it.
    struct iovec parts[] = {
        {(char *) "\n", events->torn ? 1 : 0},
        {(char *) line.data, line.length},
        {(char *) "\n", 1},
    };
    size_t wanted = parts[0].iov_len + line.length + 1;
    ssize_t written = writev(events->file, parts, 3);

    if (written > 0) {
        events->size += (size_t) written;
        events->torn = (size_t) written < wanted;
    }
}

static void
keep(KeeperEvents *events, KeeperSlice line, int slot)
{
    char *copy = strndup(line.data, line.length);

    if (copy) {
        free(events->kept[slot]);
        events->kept[slot] = copy;
        events->kept_serial[slot] = ++events->serial;
    }
}

// The slot with the oldest line that is newer than `after`; -1 when there is none.
static int
next_kept(const KeeperEvents *events, uint64_t after)
{
    int found = -1;

    for (int i = 0; i < KEEPER_KEPT_SLOTS; i++) {
        if (events->kept[i] && events->kept_serial[i] > after &&
            (found < 0 || events->kept_serial[i] < events->kept_serial[found])) {
            found = i;
        }
    }
    return found;
}

static void
start_again(KeeperEvents *events)
{
    int file = open_events(events->directory, KEEPER_NEW_EVENTS_FILE);

    if (file < 0) {
        return;
    }
    (void) close(events->file);
    events->file = file;
    events->size = 0;
    events->torn = false;
    for (int i = next_kept(events, 0); i >= 0; i = next_kept(events, events->kept_serial[i])) {
        write_line(events, (KeeperSlice){events->kept[i], strlen(events->kept[i])});
    }
    (void) renameat(events->directory, KEEPER_NEW_EVENTS_FILE, events->directory, KEEPER_EVENTS_FILE);
}

void
keeper_events_append(KeeperEvents *events, KeeperSlice line, int slot)
{
    if (slot >= 0) {
        keep(events, line, slot);
    }
    if (events->size + line.length + 2 <= KEEPER_EVENTS_LIMIT) {
        write_line(events, line);
        return;
    }
    start_again(events);
    if (slot < 0) {
        write_line(events, line);
    }
}

void
keeper_events_close(KeeperEvents *events)
{
    for (int i = 0; i < KEEPER_KEPT_SLOTS; i++) {
        free(events->kept[i]);
    }
    (void) close(events->file);
}
