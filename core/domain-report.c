// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reports about a domain, made from its published snapshot and its last statistics.
#include "domain-record.h"
#include "session.h"

static gint64
age_ms(gint64 since)
{
    return (g_get_monotonic_time() - since) / 1000;
}

MortiseDomainInfo *
domain_record_make_info(DomainRecord *self)
{
    MortiseDomainInfo *info = g_new0(MortiseDomainInfo, 1);
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    const DomainSnapshot *snapshot = self->snapshot;
    gboolean active = domain_snapshot_is_active(snapshot);
    info->name = g_strdup(snapshot->name);
    info->uuid = g_strdup(self->uuid_text);
    info->type = g_strdup(snapshot->type);
    info->driver = g_strdup(self->binding != NULL ? binding_get_name(self->binding) : "");
    info->title = g_strdup(snapshot->title);
    info->id = active ? snapshot->id : -1;
    info->state = snapshot->state;
    info->reason = g_strdup(snapshot->reason);
    info->detail = g_strdup(snapshot->detail);
    info->persistent = snapshot->persistent;
    info->autostart = snapshot->autostart;
    guint64 balloon = domain_stats_get_balloon_kib(self->stats);
    info->memory_kib = active && balloon != 0 ? balloon : snapshot->memory_kib;
    info->maximum_memory_kib = snapshot->maximum_memory_kib;
    info->vcpus = snapshot->vcpus;
    info->cpu_time_ns = active ? domain_stats_get_cpu_time_ns(self->stats) : 0;
    info->age_ms = active && snapshot->confirmed != 0 ? age_ms(snapshot->confirmed) : 0;
    info->hung_operation = g_strdup(self->hung_operation);
    info->hung_ms = self->hung_operation != NULL ? age_ms(self->hung_since) : 0;
    return info;
}

MortiseDomainStats *
domain_record_make_stats(DomainRecord *self, MortiseStatsGroups groups)
{
    MortiseDomainStats *stats = g_new0(MortiseDomainStats, 1);
    GVariant *own[2] = {NULL, NULL};
    guint count = 0;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    const DomainSnapshot *snapshot = self->snapshot;
    gboolean active = domain_snapshot_is_active(snapshot);
    stats->name = g_strdup(snapshot->name);
    stats->uuid = g_strdup(self->uuid_text);
    if (groups & MORTISE_STATS_GROUP_STATE) {
        const char *reason = snapshot->reason != NULL ? snapshot->reason : "";
        own[count++] = domain_stats_pair("state.state", g_variant_new_uint64(snapshot->state));
        own[count++] = domain_stats_pair("state.reason", g_variant_new_string(reason));
    }
    stats->values = g_variant_ref_sink(domain_stats_to_variant(active ? self->stats : NULL, groups, own, count));
    stats->age_ms = active && self->stats != NULL ? age_ms(self->stats_taken) : -1;
    stats->hung_operation = g_strdup(self->hung_operation);
    stats->hung_ms = self->hung_operation != NULL ? age_ms(self->hung_since) : 0;
    return stats;
}

DomainStatsBuilder *
domain_record_begin_stats(DomainRecord *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return domain_stats_builder_new(self->stats);
}

void
domain_record_take_stats(DomainRecord *self, DomainStats *stats)
{
    g_mutex_lock(&self->lock);
    g_autoptr(DomainStats) old G_GNUC_UNUSED = g_steal_pointer(&self->stats);
    self->stats = stats;
    self->stats_taken = g_get_monotonic_time();
    g_mutex_unlock(&self->lock);
}
