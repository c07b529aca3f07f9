// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What an emulator prints: copied to its log, which stays below its limit, and the last of it remembered.
#include "keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
keeper_output_open(KeeperOutput *output, int pipe, int log)
{
    struct stat status;

    *output = (KeeperOutput){.pipe = pipe, .log = log};
    if (fstat(log, &status) == 0) {
        output->log_size = (size_t) status.st_size;
    }
}

static void
write_log(KeeperOutput *output, const char *data, size_t length)
{
    ssize_t written = write(output->log, data, length);

    if (written > 0) {
        output->log_size += (size_t) written;
    }
}

// Keeps the newer half of a full log, in place: whoever follows it by name goes on reading.
static void
halve_log(KeeperOutput *output)
{
    static const char mark[] = "(earlier output dropped)\n";
    const size_t half = KEEPER_LOG_LIMIT / 2;
    char *buffer = malloc(half);
    ssize_t kept = 0;

    if (buffer && output->log_size > half) {
        kept = pread(output->log, buffer, half, (off_t) (output->log_size - half));
    }
    if (ftruncate(output->log, 0) == 0) {
        output->log_size = 0;
        write_log(output, mark, sizeof(mark) - 1);
        if (kept > 0) {
            write_log(output, buffer, (size_t) kept);
        }
    }
    free(buffer);
}

static void
remember(KeeperOutput *output, const char *data, size_t length)
{
    if (length >= sizeof(output->tail)) {
        memcpy(output->tail, data + length - sizeof(output->tail), sizeof(output->tail));
        output->tail_length = sizeof(output->tail);
        return;
    }
    if (output->tail_length + length > sizeof(output->tail)) {
        size_t dropped = output->tail_length + length - sizeof(output->tail);
        memmove(output->tail, output->tail + dropped, output->tail_length - dropped);
        output->tail_length -= dropped;
    }
    memcpy(output->tail + output->tail_length, data, length);
    output->tail_length += length;
}

bool
keeper_output_read(KeeperOutput *output)
{
    char buffer[16384];

    for (;;) {
        ssize_t got = read(output->pipe, buffer, sizeof(buffer));
        if (got == 0) {
            return false;
        }
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        if (output->log_size + (size_t) got > KEEPER_LOG_LIMIT) {
            halve_log(output);
        }
        write_log(output, buffer, (size_t) got);
        remember(output, buffer, (size_t) got);
        if ((size_t) got < sizeof(buffer)) {
            return true;
        }
    }
}
