// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps statistics as finished pairs: a thousand dictionaries are made of them at once, without building one anew.
#include "domain-stats.h"

typedef struct {
    const char *key;          /* owned by `name` */
    GVariant *name;
    GVariant *value;
    GVariant *pair;           /* of the two */
    MortiseStatsGroups group; /* 0 for one that is in every group */
} Entry;

struct DomainStats {
    guint64 balloon_kib;
    guint64 cpu_time_ns;
    guint count;
    Entry entries[];
};

static MortiseStatsGroups
group_of(const char *key)
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
            return prefixes[i].group;
        }
    }
    return 0;
}

static guint64
number_of(GHashTable *values, const char *key)
{
    GVariant *value = g_hash_table_lookup(values, key);
    return value != NULL && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64) ? g_variant_get_uint64(value) : 0;
}

GVariant *
domain_stats_pair(const char *key, GVariant *value)
{
    return g_variant_new_dict_entry(g_variant_new_string(key), g_variant_new_variant(value));
}

/* Most keys, and many values, are those of the time before: making them anew was most of a collection's cost. */
static void
fill(Entry *entry, const char *key, GVariant *value, const Entry *before)
{
    gboolean same_key = before != NULL && g_str_equal(before->key, key);
    if (same_key && g_variant_equal(before->value, value)) {
        *entry = *before;
        (void) g_variant_ref(entry->name);
        (void) g_variant_ref(entry->value);
        (void) g_variant_ref(entry->pair);
        return;
    }
    entry->name = same_key ? g_variant_ref(before->name) : g_variant_ref_sink(g_variant_new_string(key));
    entry->key = g_variant_get_string(entry->name, NULL);
    entry->value = g_variant_ref(value);
    entry->pair = g_variant_ref_sink(g_variant_new_dict_entry(entry->name, g_variant_new_variant(value)));
    entry->group = same_key ? before->group : group_of(key);
}

DomainStats *
domain_stats_new(GHashTable *values, const DomainStats *before)
{
    gsize size = sizeof(DomainStats) + sizeof(Entry) * g_hash_table_size(values);
    DomainStats *self = g_atomic_rc_box_alloc0(size);
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, values);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        /* a table with the same keys has the same order */
        const Entry *same = before != NULL && self->count < before->count ? &before->entries[self->count] : NULL;
        fill(&self->entries[self->count++], key, value, same);
    }
    self->balloon_kib = number_of(values, "balloon.current");
    self->cpu_time_ns = number_of(values, "cpu.time");
    return self;
}

DomainStats *
domain_stats_ref(DomainStats *self)
{
    return g_atomic_rc_box_acquire(self);
}

static void
clear(gpointer data)
{
    DomainStats *self = data;
    for (guint i = 0; i < self->count; i++) {
        g_variant_unref(self->entries[i].pair);
        g_variant_unref(self->entries[i].value);
        g_variant_unref(self->entries[i].name);
    }
}

void
domain_stats_unref(DomainStats *self)
{
    if (self != NULL) {
        g_atomic_rc_box_release_full(self, clear);
    }
}

guint64
domain_stats_get_balloon_kib(const DomainStats *self)
{
    return self != NULL ? self->balloon_kib : 0;
}

guint64
domain_stats_get_cpu_time_ns(const DomainStats *self)
{
    return self != NULL ? self->cpu_time_ns : 0;
}

GVariant *
domain_stats_to_variant(const DomainStats *self, MortiseStatsGroups groups, GVariant *const *first, guint first_count)
{
    guint most = first_count + (self != NULL ? self->count : 0);
    g_autofree GVariant **pairs = g_new(GVariant *, most + 1);
    guint count = 0;
    while (count < first_count) {
        pairs[count] = first[count];
        count++;
    }
    for (guint i = 0; self != NULL && i < self->count; i++) {
        if (self->entries[i].group == 0 || (self->entries[i].group & groups) != 0) {
            pairs[count++] = self->entries[i].pair;
        }
    }
    return g_variant_new_array(G_VARIANT_TYPE("{sv}"), pairs, count);
}
