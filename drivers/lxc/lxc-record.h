// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is known of a container: the record that outlives its owner, and the lines that its monitor has written.
#pragma once

#include "failure.h"
#include "process-identity.h"

typedef enum { LXC_RECORD_STARTING, LXC_RECORD_RUNNING, LXC_RECORD_STOPPING } LxcRecordPhase;

/* Files that a life begins with, in the order in which a device is taken out of them. */
enum { LXC_FILE_CONFIG, LXC_FILE_IMAGES, LXC_FILE_ATTACHED, LXC_FILE_LINKS, LXC_FILE_ROUTES, LXC_RECORD_FILES };
extern const char *const lxc_record_files[LXC_RECORD_FILES];

/* A device that is just being attached or detached, for who comes next if its owner dies meanwhile. */
typedef struct {
    gboolean detaches;
    char *xml;                     /* the live XML in the end; LxcRecord.xml is the one before */
    gint64 place;                  /* of the device, among the elements in <devices> where it is */
    ProcessIdentity init;          /* that it was begun with */
    char *handed;                  /* of an interface: LxcInterface.handed_name; else NULL */
    char *mac;                     /* of a device of the host; NULL: not known */
    char *files[LXC_RECORD_FILES]; /* without the device; NULL: not known */
} LxcRecordChange;

void lxc_record_change_free(LxcRecordChange *change);

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
    LxcRecordChange *change;   /* NULL: none is under way */
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
