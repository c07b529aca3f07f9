// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A host of store-backed drivers for tests: loads a module, keeps running states in files, and can die in any call.
#pragma once

#include <gio/gio.h>
#include <mortise/driver/config.h>
#include <mortise/driver/console.h>
#include <mortise/driver/driver.h>
#include <mortise/driver/lifecycle.h>
#include <mortise/driver/stats.h>
#include <mortise/driver/vcpu.h>

/* Far more than any call or wait takes, however slow the machine: for whatever is no test of a deadline. */
#define FAKE_AMPLE_MS 120000

/* A loaded driver with one connection on a root of its own. */
typedef struct FakeHost FakeHost;
/* A domain of it; what the driver calls MortiseHostDomain. */
typedef struct MortiseHostDomain FakeDomain;

/* What went into a sink. */
struct MortiseSink {
    GString *text;
    GHashTable *values;     /* key -> number or text, as text */
    GPtrArray *findings;    /* char *: "verdict id line object: message | hint" */
    GPtrArray *compared;    /* char *: "id [source] [destination] fact=value ..." of each finding */
    GArray *vcpus;          /* MortiseVcpu; their affinity is owned by the list of texts */
    GPtrArray *texts;
};

/* The error of the last call. */
typedef struct {
    char *reason;
    char *object;
    char *message;
    char *hint;
} FakeError;

/*
 * Loads mortise-driver-NAME.so of the build and opens a connection. `root` is a directory of an earlier host, or NULL
 * for a new one, which is removed by fake_host_free(). NULL when the module is not built or refuses: then it has
 * said why on stderr.
 */
FakeHost *fake_host_new(const char *driver, const char *root);
/* Closes all domains and the connection; guests run on. */
void fake_host_free(FakeHost *host);
const char *fake_host_root(const FakeHost *host);
const MortiseModuleDescriptor *fake_host_descriptor(const FakeHost *host);
void *fake_host_driver(const FakeHost *host);
void *fake_host_connection(const FakeHost *host);
/* The interface of that id; never NULL: the test ends when the driver has none. */
const void *fake_host_interface(const FakeHost *host, const char *id);
/* The process dies by SIGKILL within that call of the driver to its host, counted from 1; 0: never. */
void fake_host_die_at(FakeHost *host, guint call);
/* Calls of the driver to its host that change what the host knows of a domain. */
guint fake_host_calls(FakeHost *host);
/* domain_running_state fails from now on. */
void fake_host_refuse_state(FakeHost *host, gboolean refuse);
/* Forgets the error and gives this thread's next calls so many milliseconds; -1: no deadline. */
void fake_call_begin(gint64 milliseconds);
const FakeError *fake_call_error(void);

/* Opens a domain; its name and UUID are read from the XML. A running state that the root has of it is handed over. */
FakeDomain *fake_domain_open(FakeHost *host, const char *xml);
void *fake_domain_handle(const FakeDomain *domain);
/* Lifecycle calls with a deadline of FAKE_AMPLE_MS. */
MortiseResult fake_start(FakeDomain *domain, guint flags);
MortiseResult fake_stop(FakeDomain *domain, guint flags);
/* State and reason, "running booted"; to be freed. */
char *fake_domain_state(FakeDomain *domain);
char *fake_domain_detail(FakeDomain *domain);
gint64 fake_domain_id(FakeDomain *domain);
char *fake_domain_live_xml(FakeDomain *domain);
char *fake_domain_running_state(FakeDomain *domain);
/* Waits until the state is `wanted`; FALSE after FAKE_AMPLE_MS, with a line on stderr. */
gboolean fake_domain_wait(FakeDomain *domain, const char *wanted);
/* Waits until an event "kind detail" with that part has come. */
gboolean fake_domain_wait_event(FakeDomain *domain, const char *part);

MortiseSink *fake_sink_new(void);
void fake_sink_free(MortiseSink *sink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseSink, fake_sink_free)
