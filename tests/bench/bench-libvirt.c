// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The same measurements as of the library, through libvirt's client library; built where that is installed.
#include "bench-worker.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

typedef struct {
    virConnectPtr connection;
    virDomainPtr domain;
    virConnectPtr sides[2]; /* of migrations */
    char *uris[2];
    guint at;               /* where the guest runs */
} Peer;

static gboolean
fail(GError **error, const char *what)
{
    const char *why = virGetLastErrorMessage();
    return bench_fail(error, "%s: %s", what, why != NULL ? why : "libvirt does not say why");
}

static void
peer_close(Peer *self)
{
    if (self->domain != NULL) {
        (void) virDomainFree(self->domain);
    }
    if (self->connection != NULL) {
        (void) virConnectClose(self->connection);
    }
    self->domain = NULL;
    self->connection = NULL;
}

static gboolean
run_open(gpointer state, BenchRequest *request, GError **error)
{
    Peer *self = state;
    peer_close(self);
    gint64 begin = bench_now();
    self->connection = virConnectOpen(request->words[1]);
    bench_add_since(request, begin, 1);
    return self->connection != NULL || fail(error, request->words[1]);
}

static gboolean
run_close(gpointer state, BenchRequest *request, GError **error G_GNUC_UNUSED)
{
    gint64 begin = bench_now();
    peer_close(state);
    bench_add_since(request, begin, 1);
    return TRUE;
}

static gboolean
run_domain(gpointer state, BenchRequest *request, GError **error)
{
    Peer *self = state;
    if (self->domain != NULL) {
        (void) virDomainFree(self->domain);
    }
    self->domain = virDomainLookupByName(self->connection, request->words[1]);
    return self->domain != NULL || fail(error, request->words[1]);
}

static gboolean
define(const Peer *self, BenchRequest *request, const char *xml, GError **error)
{
    gint64 begin = bench_now();
    virDomainPtr domain = virDomainDefineXML(self->connection, xml);
    bench_add_since(request, begin, 1);
    if (domain == NULL) {
        return fail(error, "virDomainDefineXML");
    }
    (void) virDomainFree(domain);
    return TRUE;
}

/* define FILE PREFIX FIRST TIMES, as of the library. */
static gboolean
run_define(gpointer state, BenchRequest *request, GError **error)
{
    g_autofree char *pattern = NULL;
    guint first = bench_number(request, 3, error);
    guint times = first > 0 ? bench_number(request, 4, error) : 0;
    if (times == 0 || !g_file_get_contents(request->words[1], &pattern, NULL, error)) {
        return FALSE;
    }
    for (guint i = first; i < first + times; i++) {
        g_autofree char *name = g_strdup_printf("%s-%04u", request->words[2], i);
        g_autoptr(GString) xml = g_string_new(pattern);
        (void) g_string_replace(xml, "@NAME@", name, 0);
        if (!define(state, request, xml->str, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* list ROWS TIMES */
static gboolean
run_list(gpointer state, BenchRequest *request, GError **error)
{
    const Peer *self = state;
    guint rows = bench_number(request, 1, error);
    guint times = rows > 0 ? bench_number(request, 2, error) : 0;
    for (guint i = 0; i < times; i++) {
        virDomainPtr *domains = NULL;
        gint64 begin = bench_now();
        int found = virConnectListAllDomains(self->connection, &domains, 0);
        bench_add_since(request, begin, 1);
        for (int j = 0; j < found; j++) {
            (void) virDomainFree(domains[j]);
        }
        free(domains);
        if (found != (int) rows) {
            return found < 0 ? fail(error, "virConnectListAllDomains")
                             : bench_fail(error, "%d domains are listed, not %u", found, rows);
        }
    }
    return times > 0;
}

static gboolean
collect_stats(gpointer state, BenchRequest *request, unsigned which, GError **error)
{
    const Peer *self = state;
    guint rows = bench_number(request, 1, error);
    guint times = rows > 0 ? bench_number(request, 2, error) : 0;
    for (guint i = 0; i < times; i++) {
        virDomainStatsRecordPtr *records = NULL;
        gint64 begin = bench_now();
        int found = virConnectGetAllDomainStats(self->connection, 0, &records, which);
        bench_add_since(request, begin, 1);
        virDomainStatsRecordListFree(records);
        if (found != (int) rows) {
            return found < 0 ? fail(error, "virConnectGetAllDomainStats")
                             : bench_fail(error, "%d rows, not %u", found, rows);
        }
    }
    return times > 0;
}

/* stats ROWS TIMES */
static gboolean
run_stats(gpointer state, BenchRequest *request, GError **error)
{
    return collect_stats(state, request, 0, error);
}

/* stats-active ROWS TIMES */
static gboolean
run_stats_active(gpointer state, BenchRequest *request, GError **error)
{
    return collect_stats(state, request, VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE, error);
}

typedef gboolean (*OneCall)(virDomainPtr domain);

/* VERB TIMES CALLS */
static gboolean
run_one(gpointer state, BenchRequest *request, OneCall call, GError **error)
{
    const Peer *self = state;
    guint times = bench_number(request, 1, error);
    guint calls = times > 0 ? bench_number(request, 2, error) : 0;
    for (guint i = 0; i < times; i++) {
        gint64 begin = bench_now();
        for (guint j = 0; j < calls; j++) {
            if (!call(self->domain)) {
                return fail(error, request->words[0]);
            }
        }
        bench_add_since(request, begin, calls);
    }
    return calls > 0;
}

static gboolean
read_info(virDomainPtr domain)
{
    virDomainInfo info;
    return virDomainGetInfo(domain, &info) == 0;
}

static gboolean
run_info(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, read_info, error);
}

static gboolean
read_xml(virDomainPtr domain)
{
    char *xml = virDomainGetXMLDesc(domain, 0);
    gboolean good = xml != NULL;
    free(xml);
    return good;
}

static gboolean
run_xml(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, read_xml, error);
}

static gboolean
run_start(gpointer state, BenchRequest *request, GError **error)
{
    const Peer *self = state;
    gint64 begin = bench_now();
    int result = virDomainCreate(self->domain);
    bench_add_since(request, begin, 1);
    return result == 0 || fail(error, "virDomainCreate");
}

static gboolean
run_stop(gpointer state, BenchRequest *request, GError **error)
{
    const Peer *self = state;
    gint64 begin = bench_now();
    int result = virDomainDestroy(self->domain);
    bench_add_since(request, begin, 1);
    return result == 0 || fail(error, "virDomainDestroy");
}

static gboolean
run_capabilities(gpointer state, BenchRequest *request, GError **error)
{
    const Peer *self = state;
    gint64 begin = bench_now();
    char *text = virConnectGetCapabilities(self->connection);
    bench_add_since(request, begin, 1);
    gboolean good = text != NULL;
    free(text);
    return good || fail(error, "virConnectGetCapabilities");
}

static void
unpair(Peer *self)
{
    for (guint i = 0; i < 2; i++) {
        if (self->sides[i] != NULL) {
            (void) virConnectClose(self->sides[i]);
        }
        self->sides[i] = NULL;
        g_clear_pointer(&self->uris[i], g_free);
    }
    self->at = 0;
}

/* pair ONE OTHER FILE: two daemons; the guest of that definition is started by the first. */
static gboolean
run_pair(gpointer state, BenchRequest *request, GError **error)
{
    Peer *self = state;
    g_autofree char *pattern = NULL;
    unpair(self);
    if (!g_file_get_contents(request->words[3], &pattern, NULL, error)) {
        return FALSE;
    }
    for (guint i = 0; i < 2; i++) {
        self->uris[i] = g_strdup(request->words[1 + i]);
        self->sides[i] = virConnectOpen(self->uris[i]);
        if (self->sides[i] == NULL) {
            return fail(error, self->uris[i]);
        }
    }
    g_autoptr(GString) xml = g_string_new(pattern);
    (void) g_string_replace(xml, "@NAME@", "guest", 0);
    virDomainPtr domain = virDomainCreateXML(self->sides[0], xml->str, 0);
    if (domain == NULL) {
        return fail(error, "virDomainCreateXML");
    }
    (void) virDomainFree(domain);
    return TRUE;
}

/* How long the guest stood still in the migration that has ended. */
static gboolean
add_downtime(virDomainPtr domain, BenchRequest *request, GError **error)
{
    virTypedParameterPtr values = NULL;
    int count = 0;
    int kind = 0;
    unsigned long long milliseconds = 0;
    if (virDomainGetJobStats(domain, &kind, &values, &count, VIR_DOMAIN_JOB_STATS_COMPLETED) < 0) {
        return fail(error, "virDomainGetJobStats");
    }
    int found = virTypedParamsGetULLong(values, count, VIR_DOMAIN_JOB_DOWNTIME, &milliseconds);
    virTypedParamsFree(values, count);
    bench_add(request, (gint64) milliseconds * 1000000);
    return found == 1 || bench_fail(error, "the down time is not told");
}

/* The daemon of the source speaks to the other, and the emulators by that socket. */
static gboolean
move(const Peer *self, virDomainPtr domain, const char *socket, GError **error)
{
    virTypedParameterPtr values = NULL;
    int count = 0;
    int room = 0;
    g_autofree char *uri = g_strdup_printf("unix://%s", socket);
    gboolean good = virTypedParamsAddString(&values, &count, &room, VIR_MIGRATE_PARAM_URI, uri) == 0
                    && virDomainMigrateToURI3(domain, self->uris[!self->at], values, (unsigned int) count,
                                              VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER) == 0;
    virTypedParamsFree(values, count);
    return good || fail(error, "virDomainMigrateToURI3");
}

/* move SOCKET: two samples: all of it, and how long the guest stood still. */
static gboolean
run_move(gpointer state, BenchRequest *request, GError **error)
{
    Peer *self = state;
    virDomainPtr domain = virDomainLookupByName(self->sides[self->at], "guest");
    if (domain == NULL) {
        return fail(error, "virDomainLookupByName");
    }
    gint64 begin = bench_now();
    gboolean good = move(self, domain, request->words[1], error);
    bench_add_since(request, begin, 1);
    (void) virDomainFree(domain);
    if (!good) {
        return FALSE;
    }
    self->at = !self->at;
    domain = virDomainLookupByName(self->sides[self->at], "guest");
    good = domain != NULL ? add_downtime(domain, request, error) : fail(error, "virDomainLookupByName");
    if (domain != NULL) {
        (void) virDomainFree(domain);
    }
    return good;
}

/* unpair: the guest ends, wherever it is. */
static gboolean
run_unpair(gpointer state, BenchRequest *request G_GNUC_UNUSED, GError **error)
{
    Peer *self = state;
    virDomainPtr domain = virDomainLookupByName(self->sides[self->at], "guest");
    gboolean good = domain != NULL && virDomainDestroy(domain) == 0;
    if (domain != NULL) {
        (void) virDomainFree(domain);
    }
    unpair(self);
    return good || fail(error, "virDomainDestroy");
}

static void
keep_quiet(void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static const BenchVerb verbs[] = {
    {"capabilities", 0, run_capabilities},
    {"close", 0, run_close},
    {"define", 4, run_define},
    {"domain", 1, run_domain},
    {"info", 2, run_info},
    {"list", 2, run_list},
    {"move", 1, run_move},
    {"open", 1, run_open},
    {"pair", 3, run_pair},
    {"start", 0, run_start},
    {"stats", 2, run_stats},
    {"stats-active", 2, run_stats_active},
    {"stop", 0, run_stop},
    {"unpair", 0, run_unpair},
    {"xml", 2, run_xml},
};

int
main(void)
{
    Peer self = {0};
    virSetErrorFunc(NULL, keep_quiet);
    int status = bench_worker_run(verbs, G_N_ELEMENTS(verbs), &self);
    peer_close(&self);
    unpair(&self);
    return status;
}
