// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A filter that writes one line to the log before each call of any driver, and one after it.
#include <inttypes.h>
#include <mortise/driver/filter.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for the longest URI and the longest names that the core lets through. */
#define LINE_BYTES 4096

typedef struct {
    const MortiseHost *host;
    MortiseHostDriver *self;
} Trace;

static MortiseResult
trace_startup(const MortiseHost *host, MortiseHostDriver *self, void **filter)
{
    Trace *trace = calloc(1, sizeof *trace);

    if (trace == NULL) {
        host->set_error(self, "internal", NULL, "there is no memory for the filter", NULL);
        return MORTISE_FAILED;
    }
    trace->host = host;
    trace->self = self;
    *filter = trace;
    return MORTISE_OK;
}

static void
trace_shutdown(void *filter)
{
    free(filter);
}

/* What a call is on: " of 'name'" when that is a domain. */
static const char *
quote(const MortiseCallInformation *call)
{
    return *call->domain != '\0' ? "'" : "";
}

static MortiseResult
trace_before(void *filter, const MortiseCallInformation *call)
{
    const Trace *trace = filter;
    char line[LINE_BYTES];
    char deadline[64] = "no deadline";

    if (call->deadline_milliseconds >= 0) {
        (void) snprintf(deadline, sizeof deadline, "%" PRId64 " ms left", call->deadline_milliseconds);
    }
    (void) snprintf(line, sizeof line, "#%" PRIu64 " %s%s%s%s%s begins (driver %s, %s, %s)", call->serial,
                    call->operation, *call->domain != '\0' ? " " : "", quote(call), call->domain, quote(call),
                    call->driver, call->uri, deadline);
    trace->host->log(trace->self, MORTISE_LOG_INFO, line);
    return MORTISE_OK;
}

static void
trace_after(void *filter, const MortiseCallInformation *call)
{
    const Trace *trace = filter;
    char line[LINE_BYTES];
    const char *outcome = call->timed_out != 0 ? "is late" : call->result == MORTISE_OK ? "is done" : "failed";
    const char *reason = call->result == MORTISE_OK || *call->reason == '\0' ? "" : call->reason;

    (void) snprintf(line, sizeof line, "#%" PRIu64 " %s%s%s%s%s %s%s%s after %" PRIu64 ".%03" PRIu64 " ms",
                    call->serial, call->operation, *call->domain != '\0' ? " " : "", quote(call), call->domain,
                    quote(call), outcome, *reason != '\0' ? ": " : "", reason,
                    call->duration_nanoseconds / 1000000, call->duration_nanoseconds / 1000 % 1000);
    trace->host->log(trace->self, MORTISE_LOG_INFO, line);
}

static const MortiseFilterOperations operations = {
    .struct_size = sizeof operations,
    .startup = trace_startup,
    .shutdown = trace_shutdown,
    .before = trace_before,
    .after = trace_after,
};

MORTISE_MODULE_DEFINE = {
    MORTISE_DESCRIPTOR_HEAD,
    .kind = MORTISE_KIND_FILTER,
    .thread_model = MORTISE_THREADS_PARALLEL,
    .name = "trace",
    .version = "0.1.0",
    .licence = "LGPL-2.1-or-later",
    .vendor = "The Mortise developers",
    .summary = "Writes each call of any driver to the log, with its outcome and its duration",
    .package = "mortise-filter-trace",
    .operations = &operations,
};
