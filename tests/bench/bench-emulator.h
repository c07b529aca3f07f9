// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A bare emulator: a command line that names its sockets by descriptor, executed without anything around it.
#pragma once

#include "bench-worker.h"

#include <sys/types.h>

/* A `-chardev socket,id=NAME,fd=NUMBER,...` of the command line. */
typedef struct {
    char *name;
    int number; /* of the descriptor in the emulator */
    int inner;  /* what becomes that descriptor; -1 when it has been given away */
    int outer;  /* our end of it */
} EmulatorSocket;

typedef struct {
    char **arguments;
    GArray *sockets; /* of EmulatorSocket */
    pid_t pid;       /* 0 when none runs */
} Emulator;

/* Reads words that are ended by NUL bytes, as in /proc/PID/cmdline, and opens the sockets; NULL with @error. */
Emulator *emulator_new(const char *file, GError **error);
/* Executes it. What comes after this is the emulator's own time. */
gboolean emulator_execute(Emulator *self, GError **error);
/* Our end of a socket, connected already; -1 with @error. */
int emulator_socket(const Emulator *self, const char *name, GError **error);
/* The same, to be closed by the caller. */
int emulator_give_socket(Emulator *self, const char *name, GError **error);
/* Kills it when it still runs, waits for its end, closes and frees. */
void emulator_free(Emulator *self);
void emulator_kill(Emulator *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Emulator, emulator_free)

/* Reads from a QMP socket until so many lines that are no event have come; FALSE with @error at its end. */
gboolean emulator_read_lines(int fd, guint lines, GError **error);
gboolean emulator_write(int fd, const char *text, gsize length, GError **error);
