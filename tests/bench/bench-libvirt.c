// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The same measurements as of the library, through libvirt's client library; built where that is installed.
#include "bench-worker.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

typedef struct {
    virConnectPtr connection;
    virDomainPtr domain;
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
    {"open", 1, run_open},
    {"start", 0, run_start},
    {"stats", 2, run_stats},
    {"stats-active", 2, run_stats_active},
    {"stop", 0, run_stop},
    {"xml", 2, run_xml},
};

int
main(void)
{
    Peer self = {NULL, NULL};
    virSetErrorFunc(NULL, keep_quiet);
    int status = bench_worker_run(verbs, G_N_ELEMENTS(verbs), &self);
    peer_close(&self);
    return status;
}
