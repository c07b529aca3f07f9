// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A host of drivers for tests: it keeps what it is told, runs timers and watches, and finds breaches of the ABI.
#pragma once

#include <gio/gio.h>
#include <mortise/driver/driver.h>

/* A MortiseHostDriver and the MortiseHostConnections of one driver; any thread. */
typedef struct FakeHost FakeHost;

/* What a driver said of one domain. Copies; the fake host keeps its own. */
typedef struct {
    char *name;
    char *type;
    char *inactive_xml;     /* NULL when it has none */
    char *live_xml;         /* NULL when it does not run */
    char *reason;           /* of the state; NULL when none */
    char *detail;
    guint8 uuid[16];
    guint state;
    gint64 id;
    gboolean persistent;
    gboolean autostart;
    guint events;           /* how many domain_event so far */
    char *last_event;       /* "kind" or "kind: detail" */
} FakeDomain;

/* What went into a sink. */
struct MortiseSink {
    GString *text;
    GPtrArray *findings;    /* char *: "verdict id line object: message" */
    GHashTable *values;     /* key -> number or text, as text */
    GPtrArray *vcpus;       /* char *: "id state thread cpu time affinity" */
};

/* The error of the last call of this thread. */
typedef struct {
    char *reason;
    char *object;
    char *message;
    char *hint;
} FakeError;

FakeHost *fake_host_new(void);
/* Ends its thread. Fails the test when a source or a breach is left. */
void fake_host_free(FakeHost *host);
const MortiseHost *fake_host_table(void);
MortiseHostDriver *fake_host_driver(FakeHost *host);

/* Forgets the error of this thread's last call; the next one has so many milliseconds, -1: no deadline. */
void fake_call_begin(gint64 deadline_ms);
/* Borrowed until the thread's next call; empty texts when nothing was said. */
const FakeError *fake_call_error(void);

/* A connection of its own list of domains. It lives until the host is freed. */
MortiseHostConnection *fake_connection_new(FakeHost *host);
guint fake_connection_count(MortiseHostConnection *connection);
/* A copy of what is known of a domain; NULL when it is not in the list. */
FakeDomain *fake_domain_get(MortiseHostConnection *connection, const char *name);
void fake_domain_free(FakeDomain *domain);
/* "running booted 1": state word, reason or '-', id; "gone" when it is not in the list. Owned by the caller. */
char *fake_domain_state(MortiseHostConnection *connection, const char *name);
/* Waits until fake_domain_state() is `wanted`; FALSE when the deadline of two minutes passed. */
gboolean fake_domain_wait(MortiseHostConnection *connection, const char *name, const char *wanted);
/* Waits for at least so many events of the domain; FALSE as above. */
gboolean fake_domain_wait_events(MortiseHostConnection *connection, const char *name, guint count);
/* Waits until the driver has logged a line with that part; FALSE as above. */
gboolean fake_host_wait_log(FakeHost *host, const char *part);
/* All lines logged so far: level, space, text, line feed. Owned by the caller. */
char *fake_host_log(FakeHost *host);
/* Breaches of the ABI so far, joined by line feeds; "" when none. Owned by the caller. */
char *fake_host_breaches(FakeHost *host);
/* domain_announce refuses domains of this name; NULL: none. timer_add refuses all when `timers` is TRUE. */
void fake_host_refuse(FakeHost *host, const char *domain, gboolean timers);

MortiseSink *fake_sink_new(void);
void fake_sink_free(MortiseSink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseSink, fake_sink_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeDomain, fake_domain_free)
