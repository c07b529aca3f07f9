// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of a container: the record that outlives its owner, and the lines that its monitor has written.
#pragma once

#include "failure.h"
#include "process-identity.h"

typedef enum { LXC_RECORD_STARTING, LXC_RECORD_RUNNING, LXC_RECORD_STOPPING } LxcRecordPhase;

/* The driver's running state, JSON. */
typedef struct {
    LxcRecordPhase phase;
    char *boot;
    char *directory;           /* its name below the run directory */
    char *group;               /* the container's name for liblxc, and that of its control groups */
    char *place;               /* of these groups, from the top of each hierarchy on */
    ProcessIdentity monitor;
    ProcessIdentity init;
    guint64 memory_kib;
    guint vcpus;
    guint consoles;
    gboolean held;             /* started paused, and not resumed: its init is not executed yet */
    GPtrArray *links;          /* char *: ends on the host, to be removed when the monitor could not do it */
    GPtrArray *interfaces;     /* char *: "guest name=host name", the latter empty where there is none */
    char *xml;                 /* the live XML */
    char *config;              /* these two: what the next life reads unless the device that is just being attached */
    char *images;              /* gets as far as the XML; NULL: none is */
} LxcRecord;

LxcRecord *lxc_record_new(void);
void lxc_record_free(LxcRecord *record);
char *lxc_record_to_text(const LxcRecord *record);
/* NULL with "state-schema" for another version, "driver-failed" for anything else that is not one. */
LxcRecord *lxc_record_parse(const char *text, DriverFailure **failure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LxcRecord, lxc_record_free)

/* What the monitor's file tells. Identities are 0 when no line tells them. */
typedef struct {
    ProcessIdentity monitor;
    gint64 init;               /* of the last life; 0 while the first one is being prepared, and after an end */
    gboolean ended;
    char cause[16];            /* of the end: a word of lxc-helper.h */
    guint number;
} LxcEvents;

/* Reads the file in that directory; all zeros when it is not there. */
void lxc_events_read(LxcEvents *events, int directory);
void lxc_events_parse(LxcEvents *events, const char *text);

/*
 * Who the init is that the lines tell of. Its start is 0 unless it is the monitor's child: while that lives, its number
 * cannot be another process's then.
 */
ProcessIdentity lxc_events_init(const LxcEvents *events);

/* The reason and state of an end, and a sentence about it (to be freed). `asked`: its owner wanted it. */
const char *lxc_events_end(const LxcEvents *events, gboolean asked, guint *state, char **detail);
