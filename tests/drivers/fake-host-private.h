// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The inside of the fake host, for its two files.
#pragma once

#include "fake-host-simple.h"

#define FAKE_WAIT_US (120 * G_TIME_SPAN_SECOND)

typedef struct {
    FakeError error;
    gint64 deadline;        /* monotonic; -1 without one */
} FakeWords;

struct FakeHost {
    GMutex lock;
    GCond changed;
    GString *breaches;
    GString *log;
    char *refused;          /* name that domain_announce refuses */
    gboolean timers_refused;
    GPtrArray *connections;
    GMainContext *context;
    GMainLoop *loop;
    GThread *thread;
    GHashTable *sources;    /* id -> FakeSource */
    guint64 last_source;
};

struct MortiseHostConnection {
    FakeHost *host;
    GPtrArray *domains;     /* MortiseHostDomain, owned, the withdrawn ones too */
    GHashTable *listed;     /* name -> MortiseHostDomain */
};

struct MortiseHostDomain {
    MortiseHostConnection *connection;
    FakeDomain known;
    gboolean withdrawn;
};

void fake_breach(FakeHost *host, const char *format, ...) G_GNUC_PRINTF(2, 3);
void fake_domain_clear(FakeDomain *domain);
uint64_t fake_timer_add(MortiseHostDriver *driver, uint64_t milliseconds, MortiseTimerFunction function, void *data);
uint64_t fake_watch_add(MortiseHostDriver *driver, MortiseFileDescriptor fd, uint32_t ready,
                        MortiseWatchFunction function, void *data);
void fake_source_remove(MortiseHostDriver *driver, uint64_t id);
