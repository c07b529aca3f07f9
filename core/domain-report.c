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

static guint64
stats_number(GVariant *stats, const char *key)
{
    guint64 number = 0;
    if (stats != NULL) {
        (void) g_variant_lookup(stats, key, "t", &number);
    }
    return number;
}

MortiseDomainInfo *
domain_record_make_info(DomainRecord *self)
{
    MortiseDomainInfo *info = g_new0(MortiseDomainInfo, 1);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
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
    guint64 balloon = stats_number(self->stats, "balloon.current");
    info->memory_kib = active && balloon != 0 ? balloon : snapshot->memory_kib;
    info->maximum_memory_kib = snapshot->maximum_memory_kib;
    info->vcpus = snapshot->vcpus;
    info->cpu_time_ns = active ? stats_number(self->stats, "cpu.time") : 0;
    info->age_ms = active && snapshot->confirmed != 0 ? age_ms(snapshot->confirmed) : 0;
    info->hung_operation = g_strdup(self->hung_operation);
    info->hung_ms = self->hung_operation != NULL ? age_ms(self->hung_since) : 0;
    return info;
}

static gboolean
key_is_wanted(const char *key, MortiseStatsGroups groups)
{
    static const struct {
        const char *prefix;
        MortiseStatsGroups group;
    } prefixes[] = {
        {"cpu.", MORTISE_STATS_GROUP_CPU},     {"balloon.", MORTISE_STATS_GROUP_BALLOON},
        {"vcpu.", MORTISE_STATS_GROUP_VCPU},   {"net.", MORTISE_STATS_GROUP_INTERFACE},
        {"block.", MORTISE_STATS_GROUP_BLOCK},
    };
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(key, prefixes[i].prefix)) {
            return (groups & prefixes[i].group) != 0;
        }
    }
    return TRUE;
}

static void
add_published(GVariantBuilder *builder, GVariant *stats, MortiseStatsGroups groups)
{
    GVariantIter iter;
    const char *key = NULL;
    GVariant *value = NULL;
    g_variant_iter_init(&iter, stats);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        if (key_is_wanted(key, groups)) {
            g_variant_builder_add(builder, "{sv}", key, value);
        }
    }
}

MortiseDomainStats *
domain_record_make_stats(DomainRecord *self, MortiseStatsGroups groups)
{
    MortiseDomainStats *stats = g_new0(MortiseDomainStats, 1);
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    const DomainSnapshot *snapshot = self->snapshot;
    gboolean active = domain_snapshot_is_active(snapshot);
    stats->name = g_strdup(snapshot->name);
    stats->uuid = g_strdup(self->uuid_text);
    if (groups & MORTISE_STATS_GROUP_STATE) {
        g_variant_builder_add(&builder, "{sv}", "state.state", g_variant_new_uint64(snapshot->state));
        g_variant_builder_add(&builder, "{sv}", "state.reason",
                              g_variant_new_string(snapshot->reason != NULL ? snapshot->reason : ""));
    }
    if (active && self->stats != NULL) {
        add_published(&builder, self->stats, groups);
    }
    stats->values = g_variant_ref_sink(g_variant_builder_end(&builder));
    stats->age_ms = active && self->stats != NULL ? age_ms(self->stats_taken) : -1;
    stats->hung_operation = g_strdup(self->hung_operation);
    stats->hung_ms = self->hung_operation != NULL ? age_ms(self->hung_since) : 0;
    return stats;
}

void
domain_record_take_stats(DomainRecord *self, GHashTable *values)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_hash_table_iter_init(&iter, values);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        g_variant_builder_add(&builder, "{sv}", (const char *) key, (GVariant *) value);
    }
    GVariant *next = g_variant_ref_sink(g_variant_builder_end(&builder));
    g_autoptr(GVariant) old = NULL;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->lock);
    old = self->stats;
    self->stats = next;
    self->stats_taken = g_get_monotonic_time();
}
