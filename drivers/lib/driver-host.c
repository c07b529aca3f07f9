// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What every driver says to its host in the same way.
#include "driver-host.h"

/* Of a call that has no deadline of its own. */
#define USUAL_PATIENCE (60 * G_USEC_PER_SEC)

MortiseResult
driver_host_fail(const MortiseHost *host, MortiseHostDriver *self, DriverFailure *failure)
{
    if (!failure) {
        host->set_error(self, "internal", NULL, "The driver failed without saying why.", NULL);
        return MORTISE_FAILED;
    }
    host->set_error(self, failure->reason, failure->object, failure->message, failure->hint);
    driver_failure_free(failure);
    return MORTISE_FAILED;
}

void
driver_host_log(const MortiseHost *host, MortiseHostDriver *self, guint level, const char *format, va_list arguments)
{
    g_autofree char *message = g_strdup_vprintf(format, arguments);

    host->log(self, level, message);
}

gint64
driver_host_deadline(const MortiseHost *host, MortiseHostDriver *self)
{
    const gint64 left = host->call_remaining(self);
    const gint64 now = g_get_monotonic_time();

    return left < 0 ? now + USUAL_PATIENCE : now + MIN(left, G_MAXINT) * 1000;
}

char *
driver_host_uuid_text(const uint8_t *uuid)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < 16; i++) {
        g_string_append_printf(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    }
    return g_string_free(text, FALSE);
}

void
driver_host_pin(const MortiseHost *host, MortiseSink *sink, guint id, const char *affinity)
{
    const MortiseVcpu vcpu = {
        .struct_size = sizeof(vcpu),
        .id = id,
        .state = MORTISE_VCPU_UNKNOWN,
        .cpu = -1,
        .thread_id = -1,
        .cpu_time = -1,
        .affinity = affinity,
    };

    host->sink_vcpu(sink, &vcpu);
}

void
driver_host_unknown(const MortiseHost *host, MortiseHostDomain *domain, const char *reason, const char *detail)
{
    const MortiseDomainStatus status = {
        .struct_size = sizeof(status), .state = MORTISE_STATE_UNKNOWN, .id = -1, .reason = reason, .detail = detail,
    };

    host->domain_status(domain, &status);
}

void
driver_host_finding(const MortiseHost *host, MortiseSink *sink, const MortiseFinding *finding, const char *format,
                    va_list arguments)
{
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    MortiseFinding told = *finding;

    told.message = message;
    host->sink_finding(sink, &told);
}

void
driver_host_findings(const MortiseHost *host, MortiseSink *sink, const DomainFindings *findings)
{
    for (guint i = 0; i < domain_findings_count(findings); i++) {
        const DomainFinding *item = domain_findings_at(findings, i);
        const MortiseFinding finding = {
            .struct_size = sizeof(finding),
            .verdict = MORTISE_VERDICT_BAD,
            .line = item->line,
            .id = item->reason,
            .object = item->path,
            .message = item->message,
            .hint = item->hint,
        };
        host->sink_finding(sink, &finding);
    }
}

void
driver_host_unreadable(const MortiseHost *host, MortiseSink *sink, const DriverFailure *failure)
{
    const MortiseFinding finding = {
        .struct_size = sizeof(finding),
        .verdict = MORTISE_VERDICT_BAD,
        .id = failure->reason,
        .object = failure->object,
        .message = failure->message,
        .hint = failure->hint,
    };

    host->sink_finding(sink, &finding);
}
