// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Measures the library through its public functions: opening, and what an open root keeps in memory.
#include "bench-library.h"

#include <string.h>

static void
library_close(Library *self)
{
    g_clear_object(&self->domain);
    if (self->connection != NULL) {
        mortise_connection_close(self->connection);
    }
    g_clear_object(&self->connection);
}

/* open URI: the time. */
static gboolean
run_open(gpointer state, BenchRequest *request, GError **error)
{
    Library *self = state;
    library_close(self);
    gint64 begin = bench_now();
    self->connection = mortise_connection_open(request->words[1], NULL, error);
    bench_add_since(request, begin, 1);
    return self->connection != NULL;
}

static gboolean
run_close(gpointer state, BenchRequest *request, GError **error G_GNUC_UNUSED)
{
    gint64 begin = bench_now();
    library_close(state);
    bench_add_since(request, begin, 1);
    return TRUE;
}

/* open-list URI ROWS TIMES: the time of each opening together with the first list, which must have so many rows. */
static gboolean
run_open_list(gpointer state, BenchRequest *request, GError **error)
{
    Library *self = state;
    guint rows = bench_number(request, 2, error);
    guint times = rows > 0 ? bench_number(request, 3, error) : 0;
    for (guint i = 0; i < times; i++) {
        library_close(self);
        gint64 begin = bench_now();
        self->connection = mortise_connection_open(request->words[1], NULL, error);
        g_autoptr(GPtrArray) domains = NULL;
        if (self->connection != NULL) {
            domains = mortise_connection_list_domains(self->connection, MORTISE_LIST_ALL, error);
        }
        bench_add_since(request, begin, 1);
        if (domains == NULL) {
            return FALSE;
        }
        if (domains->len != rows) {
            return bench_fail(error, "%u domains are listed, not %u", domains->len, rows);
        }
    }
    return times > 0;
}

/* One opening with a registry of its own, as the first of a process has; adds the times of both. */
static gboolean
open_with_new_registry(BenchRequest *request, const char *const *directories, GError **error)
{
    gint64 begin = bench_now();
    g_autoptr(MortiseRegistry) registry = mortise_registry_new_for_directories(directories, request->words[2]);
    gint64 known = bench_now();
    g_autoptr(MortiseConnection)
        connection = mortise_connection_open_full(registry, "test:///default", MORTISE_OPEN_NONE, NULL, error);
    if (connection == NULL) {
        return FALSE;
    }
    bench_add(request, known - begin);
    bench_add_since(request, known, 1);
    return TRUE;
}

/* registry MANIFESTS MODULES TIMES: pairs: finding the manifests, and opening test:///default after that. */
static gboolean
run_registry(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    const char *const directories[] = {request->words[1], NULL};
    guint times = bench_number(request, 3, error);
    for (guint i = 0; i < times; i++) {
        if (!open_with_new_registry(request, directories, error)) {
            return FALSE;
        }
    }
    return times > 0;
}

/* A number of /proc/self/status, in KiB; -1 when it is not there. */
static gint64
status_number(const char *status, const char *key)
{
    const char *line = strstr(status, key);
    guint64 number = 0;
    if (line == NULL) {
        return -1;
    }
    g_autofree char *text = g_strndup(line + strlen(key), strcspn(line + strlen(key), "k\n"));
    return g_ascii_string_to_unsigned(g_strstrip(text), 10, 0, G_MAXINT64, &number, NULL) ? (gint64) number : -1;
}

/* memory: the resident memory of this process in KiB, and the part of it that is no file. */
static gboolean
run_memory(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    g_autofree char *status = NULL;
    if (!g_file_get_contents("/proc/self/status", &status, NULL, error)) {
        return FALSE;
    }
    bench_add(request, status_number(status, "VmRSS:"));
    bench_add(request, status_number(status, "RssAnon:"));
    return TRUE;
}

static const BenchVerb library_verbs[] = {
    {"open", 1, run_open},         {"close", 0, run_close},   {"open-list", 3, run_open_list},
    {"registry", 3, run_registry}, {"memory", 0, run_memory},
};

int
main(void)
{
    Library self = {NULL, NULL};
    g_autoptr(GArray) verbs = g_array_new(FALSE, FALSE, sizeof(BenchVerb));
    g_array_append_vals(verbs, library_verbs, G_N_ELEMENTS(library_verbs));
    g_array_append_vals(verbs, library_calls, (guint) library_calls_count);
    int status = bench_worker_run((const BenchVerb *) (gpointer) verbs->data, verbs->len, &self);
    library_close(&self);
    return status;
}
