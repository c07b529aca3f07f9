// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// An open URI inside of the core: its drivers, its root and store, its domains, its events.
#pragma once

#include "domain-record.h"
#include "event-hub.h"
#include "module-private.h"
#include "store.h"
#include "uri.h"

#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/device.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/memory.h>
#include <mortise/driver/migration.h>
#include <mortise/driver/namespace.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/tuning.h>
#include <mortise/driver/vcpu.h>
#include <mortise/mortise-connection.h>

/* One driver of a session, known to that driver as MortiseHostConnection. */
struct MortiseHostConnection {
    Session *session; /* not referenced */
    MortiseLoadedModule *module;
    void *connection; /* the driver's handle */
    gboolean opened;
    Gate serial; /* for a driver that is serial per connection */
    /* Interface tables in today's size; head.id is NULL when the driver does not offer one. */
    MortiseLifecycle lifecycle;
    MortiseConfig config;
    MortiseVcpuInterface vcpu;
    MortiseStats stats;
    MortiseConsole console;
    MortiseMigration migration;
    MortiseNamespaceInterface namespaces;
    MortiseDeviceInterface device;
    MortiseMemoryInterface memory;
    MortiseTuningInterface tuning;
};

/* Blocks. NULL with @error; nothing stays open then. */
Session *
session_open(MortiseRegistry *registry, const char *uri, guint wait_ms, GCancellable *cancellable, GError **error);
Session *session_ref(Session *self);
void session_unref(Session *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_unref)
/* Ends watches, waits for calls that are not late, closes drivers, gives the root back. */
void session_close(Session *self);

const char *session_get_uri(Session *self);
EventHub *session_get_events(Session *self);
MortiseStore *session_get_store(Session *self); /* NULL when no driver needs one */
const char *session_get_run_directory(Session *self); /* the same */
GPtrArray *session_get_filters(Session *self);
GPtrArray *session_get_bindings(Session *self); /* of Binding */
void session_set_deadline(Session *self, guint milliseconds);

/* FALSE with connection-closed or forked. */
gboolean session_check_open(Session *self, GError **error);
/* A call is admitted, has ended, or has become late. */
gboolean session_call_begins(Session *self, GError **error);
void session_call_ended(Session *self, gboolean late);
/* A call that belongs to one that is under way is admitted in any case. */
void session_call_joins(Session *self);
void session_call_late(Session *self);

/* A call on the connection (with a binding or without), or on a domain with the gates that its driver needs. */
Call *session_call_new(Session *self, OperationCode code, CallBody body, Binding *binding);
Call *session_domain_call_new(Session *self, OperationCode code, CallBody body, DomainRecord *record);

/*
 * A call that belongs to a held one, which has the domain's job (or, without a record, on the connection). Ungated
 * ones go beside all others.
 */
Call *session_joined_call_new(Session *self, OperationCode code, CallBody body, Binding *binding,
                              DomainRecord *record, gboolean gated);

/* Table of domains; returned records are referenced. */
DomainRecord *session_lookup_uuid(Session *self, const guint8 uuid[16]);
DomainRecord *session_lookup_name(Session *self, const char *name);
DomainRecord *session_lookup_id(Session *self, gint64 id);
/* All that match, ordered by name; of DomainRecord. */
GPtrArray *session_list(Session *self, MortiseListFlags flags);
/* FALSE with domain-exists when name or UUID belong to another domain, or to a file that was left alone. */
gboolean session_add(Session *self, DomainRecord *record, GError **error);
/* The driver's handle is closed soon after, when no call is in it. */
void session_remove(Session *self, DomainRecord *record);
/* One change of definitions at a time. */
GMutex *session_get_definitions_lock(Session *self);
/* FALSE with domain-exists when the pair contradicts the table. *record is the domain of that pair; NULL for a new
 * one. */
gboolean
session_match(Session *self, const guint8 uuid[16], const char *name, DomainRecord **record, GError **error);

/* The driver for a domain type; NULL with driver-missing, which names the module to install. */
Binding *session_binding_for_type(Session *self, const char *type, GError **error);
/* Why the driver of a record is not there. */
void session_set_missing_driver_error(Session *self, DomainRecord *record, GError **error);

/* The capabilities that all its drivers give together. */
char *session_get_capabilities(Session *self, GCancellable *cancellable, GError **error);

MortiseLoadedModule *binding_get_module(Binding *self);
void *binding_get_connection(Binding *self);
const char *binding_get_name(Binding *self);
gboolean binding_uses_store(Binding *self);
