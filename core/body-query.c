// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that ask a running domain: vCPUs, statistics, console, namespaces.
#include "bodies.h"

#include "error.h"
#include "host-sinks.h"
#include "limits.h"

#include <string.h>

static void *
open_active(Call *call, gboolean offered, const char *what, GError **error)
{
    if (!body_require_active(call, error)) {
        return NULL;
    }
    void *domain = domain_record_open_driver(call->record, error);
    return domain != NULL && body_require(call, offered, what, error) ? domain : NULL;
}

/* A report that contradicts itself is worth nothing to whoever wants to pin threads. */
static void
check_report(const Call *call)
{
    const MortiseVcpuSummary *summary = &call->out_summary;
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (summary->model > MORTISE_VCPU_MODEL_LAST) {
        driver_words_misbehaved("the vCPU model %u is none", summary->model);
    }
    if (summary->pinnable != 0 && summary->model != MORTISE_VCPU_MODEL_PER_VCPU) {
        driver_words_misbehaved("vCPUs are said to be pinnable without threads of their own");
    }
    (void) host_text_is_good(summary->reason, sizeof(summary->reason) - 1, FALSE, "the reason of a vCPU report");
    for (guint i = 0; i < call->out_vcpus->len; i++) {
        const MortiseVcpuInfo *vcpu = g_ptr_array_index(call->out_vcpus, i);
        if (vcpu->id >= MORTISE_LIMIT_VCPUS) {
            driver_words_misbehaved("a report has a vCPU %u, which no domain can have", vcpu->id);
        }
        if (vcpu->thread_id >= 0 && summary->model != MORTISE_VCPU_MODEL_PER_VCPU) {
            driver_words_misbehaved("vCPU %u has a thread although the model says that none has one", vcpu->id);
        }
        if (vcpu->thread_id >= 0 && vcpu->thread_id == snapshot->id) {
            driver_words_misbehaved("vCPU %u is reported with the main thread of the emulator", vcpu->id);
        }
    }
}

gboolean
body_vcpus(Call *call, GError **error)
{
    gboolean offered = call->binding != NULL && call->binding->vcpu.report != NULL;
    void *domain = open_active(call, offered, "a report of vCPUs", error);
    if (domain == NULL) {
        return FALSE;
    }
    call->out_vcpus = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_vcpu_info_free);
    call->out_summary.struct_size = sizeof(call->out_summary);
    MortiseSink sink = {.vcpus = call->out_vcpus};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->vcpu.report(domain, &call->out_summary, &sink);
    if (result == MORTISE_OK) {
        check_report(call);
    }
    return call_driver_end(call, &words, result, "report", error);
}

gboolean
body_stats(Call *call, GError **error)
{
    gboolean offered = call->binding != NULL && call->binding->stats.collect != NULL;
    void *domain = open_active(call, offered, "statistics", error);
    if (domain == NULL) {
        return FALSE;
    }
    g_autoptr(DomainStatsBuilder) builder = domain_record_begin_stats(call->record);
    MortiseSink sink = {.stats = builder};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->stats.collect(domain, call->flags & MORTISE_STATS_ALL, &sink);
    if (!call_driver_end(call, &words, result, "collect", error)) {
        return FALSE;
    }
    domain_record_take_stats(call->record, domain_stats_builder_end(g_steal_pointer(&builder)));
    return TRUE;
}

gboolean
body_console(Call *call, GError **error)
{
    gboolean offered = call->binding != NULL && call->binding->console.open != NULL;
    void *domain = open_active(call, offered, "consoles", error);
    if (domain == NULL) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->console.open(domain, call->text, call->flags, &call->out_fd);
    if (result == MORTISE_OK && call->out_fd < 0) {
        driver_words_misbehaved("a console was opened without a descriptor");
    }
    return call_driver_end(call, &words, result, "open", error);
}

/* A label without its kind, or a kind without a label, would leave what enters without confinement. */
static gboolean
is_labelled_well(const MortiseNamespaces *opened)
{
    const guint32 kind = opened->flags & (MORTISE_NAMESPACE_APPARMOR | MORTISE_NAMESPACE_SELINUX);
    return memchr(opened->label, '\0', sizeof opened->label) != NULL
           && (*opened->label != '\0' ? kind == MORTISE_NAMESPACE_APPARMOR || kind == MORTISE_NAMESPACE_SELINUX
                                      : kind == 0);
}

gboolean
body_namespaces(Call *call, GError **error)
{
    gboolean offered = call->binding != NULL && call->binding->namespaces.open != NULL;
    void *domain = open_active(call, offered, "joining namespaces", error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseNamespaces opened = {.struct_size = sizeof(opened)};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->namespaces.open(domain, &opened);
    if (result == MORTISE_OK && (opened.namespace_count > MORTISE_NAMESPACE_LIMIT
                                 || opened.group_count > MORTISE_NAMESPACE_LIMIT)) {
        driver_words_misbehaved("more namespaces or groups are said to be open than there is room for");
    } else if (result == MORTISE_OK) {
        call->out_namespaces = opened;
        if (!is_labelled_well(&opened)) {
            driver_words_misbehaved("the label of what enters is not terminated, or of no security module");
        }
    }
    return call_driver_end(call, &words, result, "open", error);
}
