// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Measures the library through its public functions: definitions, reads, life of a guest, and what hangs.
#include "bench-library.h"

#define BUDGET_MS 10000

static gboolean
require_connection(const Library *self, GError **error)
{
    return self->connection != NULL || bench_fail(error, "no connection is open");
}

static gboolean
require_domain(const Library *self, GError **error)
{
    return self->domain != NULL || bench_fail(error, "no domain is chosen");
}

/* domain NAME: the one that the verbs below are about. */
static gboolean
run_domain(gpointer state, BenchRequest *request, GError **error)
{
    Library *self = state;
    if (!require_connection(self, error)) {
        return FALSE;
    }
    g_clear_object(&self->domain);
    self->domain = mortise_connection_lookup_domain(self->connection, request->words[1], error);
    return self->domain != NULL;
}

/* define FILE PREFIX FIRST TIMES: defines the file's domain under names such as PREFIX-0001, in place of @NAME@. */
static gboolean
run_define(gpointer state, BenchRequest *request, GError **error)
{
    Library *self = state;
    g_autofree char *pattern = NULL;
    guint first = bench_number(request, 3, error);
    guint times = first > 0 ? bench_number(request, 4, error) : 0;
    if (times == 0 || !require_connection(self, error)
        || !g_file_get_contents(request->words[1], &pattern, NULL, error)) {
        return FALSE;
    }
    for (guint i = first; i < first + times; i++) {
        g_autofree char *name = g_strdup_printf("%s-%04u", request->words[2], i);
        g_autoptr(GString) xml = g_string_new(pattern);
        (void) g_string_replace(xml, "@NAME@", name, 0);
        gint64 begin = bench_now();
        g_autoptr(MortiseDomain)
            domain = mortise_connection_define_domain(self->connection, xml->str, MORTISE_DEFINE_NONE, NULL, error);
        bench_add_since(request, begin, 1);
        if (domain == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static GPtrArray *
list_rows(const Library *self, guint rows, GError **error)
{
    g_autoptr(GPtrArray) domains = mortise_connection_list_domains(self->connection, MORTISE_LIST_ALL, error);
    if (domains != NULL && domains->len != rows) {
        (void) bench_fail(error, "%u domains are listed, not %u", domains->len, rows);
        return NULL;
    }
    return g_steal_pointer(&domains);
}

/* list ROWS TIMES: a list of all domains, with one object for each, as the caller gets it. */
static gboolean
run_list(gpointer state, BenchRequest *request, GError **error)
{
    const Library *self = state;
    guint rows = bench_number(request, 1, error);
    guint times = rows > 0 ? bench_number(request, 2, error) : 0;
    for (guint i = 0; i < times && require_connection(self, error); i++) {
        gint64 begin = bench_now();
        g_autoptr(GPtrArray) domains = list_rows(self, rows, error);
        bench_add_since(request, begin, 1);
        if (domains == NULL) {
            return FALSE;
        }
    }
    return request->samples->len == times && times > 0;
}

static gboolean
read_infos(const GPtrArray *domains, GError **error)
{
    for (guint i = 0; i < domains->len; i++) {
        g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(g_ptr_array_index(domains, i), error);
        if (info == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

/* infos ROWS TIMES: the information of all domains of a list, one after the other. */
static gboolean
run_infos(gpointer state, BenchRequest *request, GError **error)
{
    const Library *self = state;
    guint rows = bench_number(request, 1, error);
    guint times = rows > 0 ? bench_number(request, 2, error) : 0;
    g_autoptr(GPtrArray) domains = NULL;
    if (times == 0 || !require_connection(self, error) || (domains = list_rows(self, rows, error)) == NULL) {
        return FALSE;
    }
    for (guint i = 0; i < times; i++) {
        gint64 begin = bench_now();
        if (!read_infos(domains, error)) {
            return FALSE;
        }
        bench_add_since(request, begin, 1);
    }
    return TRUE;
}

static gboolean
collect_stats(gpointer state, BenchRequest *request, MortiseListFlags which, GError **error)
{
    const Library *self = state;
    guint rows = bench_number(request, 1, error);
    guint times = rows > 0 ? bench_number(request, 2, error) : 0;
    for (guint i = 0; i < times && require_connection(self, error); i++) {
        gint64 begin = bench_now();
        g_autoptr(GPtrArray) stats = mortise_connection_collect_stats(self->connection, MORTISE_STATS_GROUP_ALL,
                                                                      which, BUDGET_MS, NULL, error);
        bench_add_since(request, begin, 1);
        if (stats == NULL || stats->len != rows) {
            return stats != NULL ? bench_fail(error, "%u rows, not %u", stats->len, rows) : FALSE;
        }
    }
    return request->samples->len == times && times > 0;
}

/* stats ROWS TIMES: statistics of all domains, asked for now. */
static gboolean
run_stats(gpointer state, BenchRequest *request, GError **error)
{
    return collect_stats(state, request, MORTISE_LIST_ALL, error);
}

/* stats-active ROWS TIMES: of those that run. */
static gboolean
run_stats_active(gpointer state, BenchRequest *request, GError **error)
{
    return collect_stats(state, request, MORTISE_LIST_ACTIVE, error);
}

typedef gboolean (*OneCall)(MortiseDomain *domain, GError **error);

/* VERB TIMES CALLS: the time of a call, each sample the mean of so many calls. */
static gboolean
run_one(gpointer state, BenchRequest *request, OneCall call, GError **error)
{
    const Library *self = state;
    guint times = bench_number(request, 1, error);
    guint calls = times > 0 ? bench_number(request, 2, error) : 0;
    if (calls == 0 || !require_domain(self, error)) {
        return FALSE;
    }
    for (guint i = 0; i < times; i++) {
        gint64 begin = bench_now();
        for (guint j = 0; j < calls; j++) {
            if (!call(self->domain, error)) {
                return FALSE;
            }
        }
        bench_add_since(request, begin, calls);
    }
    return TRUE;
}

static gboolean
read_state(MortiseDomain *domain, GError **error G_GNUC_UNUSED)
{
    (void) mortise_domain_get_state(domain, NULL);
    return TRUE;
}

static gboolean
run_state(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, read_state, error);
}

static gboolean
read_info(MortiseDomain *domain, GError **error)
{
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, error);
    return info != NULL;
}

static gboolean
run_info(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, read_info, error);
}

static gboolean
read_xml(MortiseDomain *domain, GError **error)
{
    g_autofree char *xml = mortise_domain_get_xml(domain, MORTISE_XML_CURRENT, error);
    return xml != NULL;
}

static gboolean
run_xml(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, read_xml, error);
}

static gboolean
ask_vcpus(MortiseDomain *domain, GError **error)
{
    g_autoptr(MortiseVcpuReport) report = mortise_domain_get_vcpus(domain, NULL, error);
    return report != NULL;
}

static gboolean
run_vcpus(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, ask_vcpus, error);
}

/* Two calls, so the time of one is half of the sample. */
static gboolean
suspend_and_resume(MortiseDomain *domain, GError **error)
{
    return mortise_domain_suspend(domain, NULL, error) && mortise_domain_resume(domain, NULL, error);
}

static gboolean
run_suspend_resume(gpointer state, BenchRequest *request, GError **error)
{
    return run_one(state, request, suspend_and_resume, error);
}

static gboolean
run_start(gpointer state, BenchRequest *request, GError **error)
{
    const Library *self = state;
    gint64 begin = bench_now();
    if (!require_domain(self, error) || !mortise_domain_start(self->domain, MORTISE_START_NONE, NULL, error)) {
        return FALSE;
    }
    bench_add_since(request, begin, 1);
    return mortise_domain_get_state(self->domain, NULL) == MORTISE_DOMAIN_STATE_RUNNING
           || bench_fail(error, "it was started and does not run");
}

static gboolean
run_stop(gpointer state, BenchRequest *request, GError **error)
{
    const Library *self = state;
    gint64 begin = bench_now();
    if (!require_domain(self, error) || !mortise_domain_stop(self->domain, MORTISE_STOP_NOW, NULL, error)) {
        return FALSE;
    }
    bench_add_since(request, begin, 1);
    return TRUE;
}

/* id: the number of a domain that runs. */
static gboolean
run_id(gpointer state, BenchRequest *request, GError **error)
{
    const Library *self = state;
    g_autoptr(MortiseDomainInfo) info = require_domain(self, error) ? mortise_domain_get_info(self->domain, error)
                                                                    : NULL;
    if (info == NULL) {
        return FALSE;
    }
    bench_add(request, info->id);
    return info->id >= 0 || bench_fail(error, "%s does not run", info->name);
}

static gboolean
ask_stats(MortiseDomain *domain, GError **error)
{
    g_autoptr(MortiseDomainStats) stats = mortise_domain_get_stats(domain, MORTISE_STATS_GROUP_ALL, NULL, error);
    return stats != NULL;
}

static gboolean
call_by_name(MortiseDomain *domain, const char *call, GError **error)
{
    if (g_str_equal(call, "suspend")) {
        return mortise_domain_suspend(domain, NULL, error);
    }
    if (g_str_equal(call, "stop")) {
        return mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, error);
    }
    return ask_stats(domain, error);
}

/* hang NAME CALL MS: stats, suspend or stop, which never returns in the driver, given up after so long. */
static gboolean
run_hang(gpointer state, BenchRequest *request, GError **error)
{
    Library *self = state;
    g_autoptr(GError) cause = NULL;
    guint milliseconds = bench_number(request, 3, error);
    if (milliseconds == 0 || !run_domain(state, request, error)) {
        return FALSE;
    }
    mortise_connection_set_deadline(self->connection, milliseconds);
    (void) call_by_name(self->domain, request->words[2], &cause);
    mortise_connection_set_deadline(self->connection, 0);
    return g_error_matches(cause, MORTISE_ERROR, MORTISE_ERROR_TIMEOUT) || bench_fail(error, "it does not hang");
}

const BenchVerb library_calls[] = {
    {"define", 4, run_define},
    {"domain", 1, run_domain},
    {"hang", 3, run_hang},
    {"id", 0, run_id},
    {"info", 2, run_info},
    {"infos", 2, run_infos},
    {"list", 2, run_list},
    {"start", 0, run_start},
    {"state", 2, run_state},
    {"stats", 2, run_stats},
    {"stats-active", 2, run_stats_active},
    {"stop", 0, run_stop},
    {"suspend-resume", 2, run_suspend_resume},
    {"vcpus", 2, run_vcpus},
    {"xml", 2, run_xml},
};
const gsize library_calls_count = G_N_ELEMENTS(library_calls);
