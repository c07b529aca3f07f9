// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The running state of a guest: what is kept on disk so that whoever comes next finds it again.
#pragma once

#include "failure.h"
#include "process-identity.h"
#include "qemu-migration-record.h"

typedef enum {
    QEMU_PHASE_STARTING,   /* the keeper's log says whether the guest was committed */
    QEMU_PHASE_RUNNING,
    QEMU_PHASE_STOPPING    /* its owner wants it gone */
} QemuPhase;

/* A serial port or console of the guest. */
typedef struct {
    char *alias;           /* "serial0" */
    char *path;            /* of the pty, or of the file */
    gboolean pty;
} QemuConsole;

/* A disk of the guest. */
typedef struct {
    char *alias;           /* "virtio-disk0" */
    char *target;          /* "vda" */
} QemuDiskName;

/* An interface of the guest. */
typedef struct {
    char *alias;           /* "net0" */
    char *type;            /* "bridge"; constant words of the definition */
    char *target;          /* the host's device; "": none, or not made yet */
    char *source;          /* the host's device that a macvtap sits on; else "" */
    char *mac;
    guint index;           /* of the host's device; 0: not known */
} QemuInterfaceName;

/* What changes while others can see it (vcpus, xml) is guarded by the domain's record lock from then on. */
typedef struct {
    QemuPhase phase;
    char *boot;            /* identity of the host's boot */
    char *directory;       /* name inside of the run directory */
    ProcessIdentity emulator;
    ProcessIdentity keeper;
    guint maximum_vcpus;
    guint vcpus;           /* that it has; 0: not known */
    guint most_vcpus;      /* that it had at any time */
    char *affinity;        /* host CPUs that the emulator began with, "0-3"; NULL: not known */
    gboolean reboot_ends;  /* on_reboot is destroy: a reset from outside needs the action set for a moment */
    gboolean poweroff_pauses;   /* on_poweroff is not destroy */
    gboolean tsc_given;    /* the definition names a TSC frequency; the live XML has one in any case */
    char *xml;             /* live XML; NULL before the guest was complete */
    char *link_token;      /* that links of this start alone have in their alias; NULL: it made none that stays */
    gboolean arrived;      /* by a migration, not by booting here */
    QemuMigrationRecord *migration;   /* that is under way; NULL: none */
    GPtrArray *consoles;   /* QemuConsole */
    GPtrArray *disks;      /* QemuDiskName */
    GPtrArray *interfaces; /* QemuInterfaceName */
} QemuRecord;

QemuRecord *qemu_record_new(void);
void qemu_record_free(QemuRecord *record);
void qemu_record_add_console(QemuRecord *record, const char *alias, const char *path, gboolean pty);
void qemu_record_add_disk(QemuRecord *record, const char *alias, const char *target);
/* Strings are copied; the result is the record's. */
QemuInterfaceName *qemu_record_add_interface(QemuRecord *record, const QemuInterfaceName *interface);

/* As JSON text, to be freed. */
char *qemu_record_to_text(const QemuRecord *record);
/*
 * NULL with reason "state-schema" when it was written by another version, "state-unknown" when it is no running
 * state at all; it is left alone in both cases.
 */
QemuRecord *qemu_record_parse(const char *text, DriverFailure **failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuRecord, qemu_record_free)
