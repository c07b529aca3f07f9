// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A real emulator for a test: started from a command line, asked by QMP, always ended.
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "qemu-command.h"

/* Descriptors that the emulator finds: name them in the context of its command. */
#define QEMU_RUN_MONITOR_FD 5
#define QEMU_RUN_KEEPER_FD 6

typedef struct {
    GSubprocess *process;
    GSocketConnection *connection;    /* what the keeper would hold */
    GDataInputStream *input;
    char *monitor_path;               /* of the listening monitor */
    char *errors_path;                /* what it printed */
} QemuRun;

/* Starts it with its two monitors in `directory` and shakes hands; NULL (with words on stderr) when it does not. */
QemuRun *qemu_run_start(const QemuCommand *command, const char *directory);

/* The "return" of a command, NULL (with words on stderr) for an error or the end of the emulator. */
JsonNode *qemu_run_ask(QemuRun *run, const char *command, const char *arguments);

/* The first line of a new connection to the listening monitor; to be freed, NULL when there is none. */
char *qemu_run_greeting(QemuRun *run);

/* Sends quit and waits; TRUE when it ended with status 0. */
gboolean qemu_run_quit(QemuRun *run);

/* Kills what still runs, waits for it, and frees. */
void qemu_run_free(QemuRun *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuRun, qemu_run_free)
