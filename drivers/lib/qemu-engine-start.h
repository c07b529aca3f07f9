// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One start on its way: what it has made so far, for its steps in qemu-engine-start.c and qemu-engine-launch.c.
#pragma once

#include "qemu-engine-private.h"

typedef struct QemuStart QemuStart;

/* What is done differently when the guest comes from another host. Each may fail with a reason. */
typedef struct {
    /* The definition is read, and not yet looked at: what it needs here may be made. */
    gboolean (*make_ready)(QemuStart *start, DriverFailure **failure);
    /* The emulator stands, and is described and recorded: it is to be told how to receive. */
    gboolean (*receive)(QemuStart *start, DriverFailure **failure);
} QemuIncoming;

struct QemuStart {
    QemuDomain *domain;
    QemuEngine *engine;
    const QemuDriver *driver;
    gint64 deadline;
    gboolean paused;

    DomainDefinition *definition;
    QemuCommandContext context;
    char *emulator;            /* the default one; the context borrows it */
    QemuCommand *command;
    char *log;

    QemuGuest *guest;          /* with directory and record; its processes once they are known */
    int control;               /* hold on the keeper; -1: none */
    int listening;             /* the monitor's socket; -1: none */
    GArray *queues;            /* int; of taps, until the emulator has them; NULL: none */
    QmpClient *client;

    const QemuIncoming *incoming;      /* NULL: it boots */
    QemuMigrationRecord *migration;    /* with `incoming`; becomes the domain's */
    gpointer incoming_data;
};

void qemu_start_clear(QemuStart *start);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuStart, qemu_start_clear)

/* From nothing to a guest that runs, or with `incoming` to one that receives and is not committed. [blocks] */
MortiseResult qemu_start_run(QemuStart *start, const char *xml);

/* qemu-engine-launch.c: the steps with QEMU. All fail with a reason and leave the cleaning to the caller. */
/* Directory and processes; the monitor is connected when it returns. */
gboolean qemu_start_launch(QemuStart *start, DriverFailure **failure);
/* What QEMU says of itself is asked and recorded; the guest is set running, when it is to, and committed. */
gboolean qemu_start_converse(QemuStart *start, DriverFailure **failure);

/* qemu-engine-network.c: makes or opens the host's side of the interfaces; names are in the guest's record. */
gboolean qemu_start_connect(QemuStart *start, DriverFailure **failure);
/* Closes what was opened; the emulator has its own. */
void qemu_start_disconnect(QemuStart *start);
/* qemu-engine-launch.c: keeps the record on disk. */
gboolean qemu_start_keep(QemuStart *start, DriverFailure **failure);

/* qemu-engine-refusal.c: makes of a failed start, whose emulator has ended, the words that a person can act on. */
void qemu_start_explain(const QemuStart *start, DriverFailure **failure);
