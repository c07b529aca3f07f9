// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a guest's keeper wrote down: read without any monitor, whoever started the guest.
#pragma once

#include "process-identity.h"
#include "qemu-engine-state.h"

typedef struct {
    gboolean started;          /* the emulator was executed */
    gboolean committed;        /* the guest was to live on without its starter */
    gboolean ended;            /* the emulator was reaped; what follows tells how */
    gboolean aborted;          /* the keeper killed it, because its starter was gone before the commit */
    ProcessIdentity emulator;
    ProcessIdentity keeper;
    gint status;               /* exit status; -1 when it was killed */
    gint signal;               /* that killed it; 0: none */
    char *output;              /* the last that it printed; never NULL */
    QemuState state;           /* by the events */
} QemuEventsLog;

/*
 * Reads the events file of a run directory. A missing file is an empty log, torn and foreign lines are skipped.
 * *log is overwritten. Any thread; reads a file of at most 128 KiB.
 */
void qemu_events_log_read(QemuEventsLog *log, int directory);
/* The same from the text of such a file. */
void qemu_events_log_parse(QemuEventsLog *log, const char *text);
void qemu_events_log_clear(QemuEventsLog *log);
/*
 * Adds an event that its owner has just brought about, for whoever opens the root before the keeper has heard of it;
 * the keeper's own line then says nothing new.
 */
void qemu_events_log_note(int directory, const char *event);

/* Who asked for an end. */
typedef enum { QEMU_END_BY_ITSELF, QEMU_END_BY_OWNER } QemuEndCause;

/*
 * Why the guest ended, for MortiseDomainStatus: a constant word ("shutdown", "destroyed", "crashed", "failed",
 * "unknown") and a sentence in `*detail` (to be freed).
 */
const char *qemu_events_log_end(const QemuEventsLog *log, QemuEndCause cause, char **detail);

/* The last lines of the output, at most `lines`, without what the emulator always prints; to be freed. */
char *qemu_events_log_last_words(const QemuEventsLog *log, guint lines);
