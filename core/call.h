// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The one path of a call: record -> filters before -> gates -> driver function on a worker -> filters after ->
// result.
#pragma once

#include "driver-words.h"
#include "gate.h"
#include "migration-request.h"
#include "module-private.h"
#include "operation.h"

#include <gio/gio.h>
#include <mortise/driver/namespace.h>
#include <mortise/driver/vcpu.h>

typedef struct Session Session;
typedef struct MortiseHostDomain DomainRecord;
typedef struct MortiseHostConnection Binding;

#define CALL_GATES 3

/* Does the work on a worker thread: FALSE with @error, or TRUE with the call's results filled in. */
typedef gboolean (*CallBody)(Call *call, GError **error);
/* Told once how an asynchronous call ended; @error is NULL on success. On any thread. Takes no reference. */
typedef void (*CallDone)(Call *call, const GError *error, gpointer data);

typedef enum {
    CALL_WAITING, /* filters or gates come first */
    CALL_RUNNING, /* in its body */
    CALL_DONE,    /* the body has returned, or never ran */
} CallPhase;

struct Call {
    gatomicrefcount references;
    const Operation *operation;
    CallBody body;
    Session *session;            /* referenced; NULL of a probe */
    MortiseLoadedModule *module; /* the driver called; NULL when none is */
    Binding *binding;            /* of the session; NULL when no driver is called */
    DomainRecord *record;        /* referenced; NULL when the call is on the connection */
    guint64 serial;
    gint64 made;     /* monotonic microseconds */
    gint64 deadline; /* the same clock; 0 for none */
    guint patience_ms; /* not 0: the deadline counts from when the body begins, and waiting for gates has none */

    /* Arguments, owned by the call so that it can outlive its caller. */
    char *text;
    char *second_text;
    char *third_text;
    guint32 flags;
    guint32 number;
    guint64 numbers[2];
    char **texts;
    GVariant *values; /* referenced; NULL when there are none */
    MigrationRequest *request; /* referenced; NULL but of calls of a migration */

    /* Results, read by the caller only after the call succeeded. */
    GString *out_text;
    GPtrArray *out_checks;  /* of MortiseCheck */
    GPtrArray *out_vcpus;   /* of MortiseVcpuInfo */
    GHashTable *out_values; /* key -> GVariant */
    MortiseVcpuSummary out_summary;
    MortiseVcpuSettings out_settings;
    MortiseHostInformation out_host;
    int out_fd;
    MortiseNamespaces out_namespaces; /* its descriptors are the call's until somebody takes them */
    DomainRecord *out_record; /* referenced */

    /* Way. */
    Gate *gates[CALL_GATES];
    guint gate_count;
    guint gate_index;
    GPtrArray *filters; /* of MortiseLoadedModule; NULL or empty when none */
    gboolean filtered;
    gboolean admitted; /* counted by whoever made it */
    gboolean joined;   /* part of a held call: admitted even while the session is being closed */
    gboolean held;     /* after a good end its gates stay taken until call_release */
    gint64 entered;    /* when the body began; 0 before */

    GMutex lock;
    GCond settled_condition;
    CallPhase phase;
    gboolean settled;     /* the caller has its answer */
    gboolean late;        /* ... and it was a timeout or a cancellation while the body ran */
    gboolean written_off; /* the session counts it as late: nobody waits for it */
    GError *error;
    GError *late_error; /* how the body ended, of a late call */
    CallDone done;
    gpointer done_data;
};

Call *call_new(OperationCode code, CallBody body, MortiseLoadedModule *module);
Call *call_ref(Call *self);
void call_unref(Call *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Call, call_unref)

/* Adds a gate to pass before the body, in the order that all calls keep: domain job, then thread model. */
void call_add_gate(Call *self, Gate *gate);

/* Deadline in milliseconds from when it was made; 0 for none. */
void call_set_deadline(Call *self, guint milliseconds);

/* Runs the call and waits for it, its deadline or the cancellable. */
gboolean call_run(Call *self, GCancellable *cancellable, GError **error);

/* Told when a call that is waited for to its end has passed its deadline; @error is what others would be answered. */
typedef void (*CallLate)(Call *call, const GError *error, gpointer data);
/*
 * Runs the call and waits until its body has returned, deadline or not: what comes back is what really happened. When
 * the deadline passes, @late (may be NULL) is told, and domain and session know it as a late call.
 */
gboolean call_run_through(Call *self, CallLate late, gpointer data, GError **error);

/* Gives back the gates of a call that was made `held` and ended well; filters learn of @outcome. */
void call_release(Call *self, const GError *outcome);

/* Runs the call; @done is told once, also at the deadline and when cancelled. */
void call_run_async(Call *self, GCancellable *cancellable, CallDone done, gpointer data);

/*
 * Calls a driver function inside of the body: words begin, the call, words judged. Use as
 *     call_driver_begin(call); result = table->function(...); return call_driver_end(call, result, "function",
 * error);
 */
void call_driver_begin(Call *self, DriverWords *words);
gboolean
call_driver_end(Call *self, DriverWords *words, MortiseResult result, const char *function, GError **error);

/* Milliseconds for which the call has been under way. */
gint64 call_get_age_ms(const Call *self);

/* For the pool: one step of the call on a worker thread. */
void call_work(Call *self);
