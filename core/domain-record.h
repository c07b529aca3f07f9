// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain inside of the core: its published snapshot, its gates, and the driver's handle of it.
#pragma once

#include "call.h"
#include "domain-snapshot.h"
#include "domain-stats.h"
#include "store.h"

typedef struct MigrationJob MigrationJob;

/* The handle that drivers know as MortiseHostDomain. */
struct MortiseHostDomain {
    gatomicrefcount references;
    Session *session; /* not referenced: the session clears its records before it goes */
    Binding *binding; /* the driver that serves it; NULL when that driver is not there */
    guint8 uuid[16];
    char *uuid_text;
    GRefString *name; /* of the first definition; a name never changes while the record lives */

    Gate job;    /* one change at a time */
    Gate serial; /* the driver's thread model, when it is serial per domain */

    GMutex lock; /* of everything below */
    DomainSnapshot *snapshot;
    char *hung_operation;
    gint64 hung_since; /* monotonic microseconds */
    guint64 hung_serial;
    DomainStats *stats; /* NULL before the first collection */
    gint64 stats_taken;
    gboolean stats_asked; /* a collection is under way */
    gboolean gone;        /* no longer listed */
    MigrationJob *migration;     /* under way; NULL when none is. Not referenced: it takes itself off */
    GVariant *migration_values;  /* of the last one; NULL before the first */
    guint calls;          /* admitted and not ended */

    GMutex driver_lock; /* of opening the driver's handle */
    void *driver_domain;
    gboolean driver_opened;

    GMutex file_lock; /* of the running file, taken before `lock` */
    char *running_xml;
    char *running_state;
    gboolean live_xml_unsaved;
};

DomainRecord *domain_record_new(Session *session, Binding *binding, const guint8 uuid[16], const char *name);
DomainRecord *domain_record_ref(DomainRecord *self);
void domain_record_unref(DomainRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainRecord, domain_record_unref)

const char *domain_record_get_name(DomainRecord *self);
DomainSnapshot *domain_record_get_snapshot(DomainRecord *self);

/* Changes the snapshot: `change` gets a copy under the record's lock; the copy is published when it returns. */
typedef void (*DomainSnapshotChange)(DomainSnapshot *snapshot, gconstpointer data);
void domain_record_change(DomainRecord *self, DomainSnapshotChange change, gconstpointer data);

/* Publishes a state; an event follows when state, id or reason differ. */
void domain_record_set_status(DomainRecord *self, MortiseDomainState state, gint64 id, const char *reason,
                              const char *detail);

/* FALSE with no-such-domain when the domain is gone. */
gboolean domain_record_check(DomainRecord *self, GError **error);
gboolean domain_record_call_begins(DomainRecord *self, GError **error);
/* The same for a call that belongs to one that is under way. */
void domain_record_call_joins(DomainRecord *self);
/* Closes the driver's handle when this was the last call on a domain that is gone. */
void domain_record_call_ended(DomainRecord *self);
/* No call is admitted any more, but for one that the caller makes, already counted, to close the driver's handle.
 */
void domain_record_set_gone(DomainRecord *self);

/* The migration under way, referenced; NULL when none is. */
MigrationJob *domain_record_get_migration(DomainRecord *self);
/* Whether one is under way and its driver does one thing at a time: asking would only wait. */
gboolean domain_record_is_being_moved(DomainRecord *self);
/* One is under way from now on, or none any more; `values` (may be NULL) of one that has ended are kept. */
void domain_record_set_migration(DomainRecord *self, MigrationJob *job, GVariant *values);
/* Referenced; NULL when none were kept. */
GVariant *domain_record_get_migration_values(DomainRecord *self);

/* A call on the domain is late, or has returned after all. */
void domain_record_hung(DomainRecord *self, const Call *call);
void domain_record_recovered(DomainRecord *self, const Call *call);

/* Its reports, made from what is published. Never NULL. */
MortiseDomainInfo *domain_record_make_info(DomainRecord *self);
MortiseDomainStats *domain_record_make_stats(DomainRecord *self, MortiseStatsGroups groups);
/* A collection of numbers, which shares what stays the same with the last one. */
DomainStatsBuilder *domain_record_begin_stats(DomainRecord *self);
/* Keeps (takes) the numbers of a finished collection. */
void domain_record_take_stats(DomainRecord *self, DomainStats *stats);

/* The driver's handle of the domain, opened at first use; NULL with @error. Inside of a call's body. */
void *domain_record_open_driver(DomainRecord *self, GError **error);
/* Closes it, when no call is under way on it. */
void domain_record_close_driver(DomainRecord *self);

/* Writes the running file when something in it is not saved yet, or removes it when `running_state` is NULL. */
gboolean domain_record_save_running(DomainRecord *self, GError **error);
/* Keeps why the guest ended, for the next owner; best effort. */
void domain_record_keep_end(DomainRecord *self);
/* Replaces the driver's running state and saves it. */
gboolean domain_record_set_running_state(DomainRecord *self, const char *state, GError **error);
