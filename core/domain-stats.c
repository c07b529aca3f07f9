// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps statistics as finished pairs: a thousand dictionaries are made of them at once, without building one anew.
#include "domain-stats.h"

/* One key with its value, immutable and counted: statistics that follow one another share those that did not change. */
typedef struct {
    GVariant *pair;           /* the entry of a dictionary, made of the two below */
    GVariant *name;
    GVariant *value;
    const char *key;          /* owned by `name` */
    MortiseStatsGroups group; /* 0 for one that is in every group */
} StatsPair;

struct DomainStats {
    guint64 balloon_kib;
    guint64 cpu_time_ns;
    GPtrArray *pairs;
};

struct DomainStatsBuilder {
    DomainStats *before;
    GPtrArray *pairs;
    GHashTable *places; /* key -> place in `pairs`; NULL as long as the keys are those of `before`, in their order */
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

static void
pair_clear(gpointer data)
{
    StatsPair *self = data;
    g_variant_unref(self->pair);
    g_variant_unref(self->value);
    g_variant_unref(self->name);
}

static void
pair_unref(gpointer data)
{
    g_atomic_rc_box_release_full(data, pair_clear);
}

GVariant *
domain_stats_value(const MortiseValue *value)
{
    switch (value->type) {
    case MORTISE_VALUE_UNSIGNED:
        return g_variant_new_uint64(value->number);
    case MORTISE_VALUE_SIGNED:
        return g_variant_new_int64((gint64) value->number);
    default:
        return g_variant_new_string(value->text);
    }
}

static gboolean
pair_has_value(const StatsPair *self, const MortiseValue *value)
{
    switch (g_variant_classify(self->value)) {
    case G_VARIANT_CLASS_UINT64:
        return value->type == MORTISE_VALUE_UNSIGNED && g_variant_get_uint64(self->value) == value->number;
    case G_VARIANT_CLASS_INT64:
        return value->type == MORTISE_VALUE_SIGNED && g_variant_get_int64(self->value) == (gint64) value->number;
    default:
        return value->type == MORTISE_VALUE_TEXT && g_str_equal(g_variant_get_string(self->value, NULL), value->text);
    }
}

/* `before` has the same key, and perhaps the same value; or is NULL. */
static StatsPair *
pair_new(const MortiseValue *value, StatsPair *before)
{
    if (before != NULL && pair_has_value(before, value)) {
        return g_atomic_rc_box_acquire(before);
    }
    StatsPair *self = g_atomic_rc_box_new(StatsPair);
    self->name = before != NULL ? g_variant_ref(before->name) : g_variant_ref_sink(g_variant_new_string(value->key));
    self->key = g_variant_get_string(self->name, NULL);
    self->value = g_variant_ref_sink(domain_stats_value(value));
    self->pair = g_variant_ref_sink(g_variant_new_dict_entry(self->name, g_variant_new_variant(self->value)));
    self->group = before != NULL ? before->group : group_of(self->key);
    return self;
}

DomainStatsBuilder *
domain_stats_builder_new(DomainStats *before)
{
    DomainStatsBuilder *self = g_new0(DomainStatsBuilder, 1);
    self->before = before != NULL ? domain_stats_ref(before) : NULL;
    self->pairs = g_ptr_array_new_full(before != NULL ? before->pairs->len : 0, pair_unref);
    return self;
}

void
domain_stats_builder_free(DomainStatsBuilder *self)
{
    domain_stats_unref(self->before);
    g_ptr_array_unref(self->pairs);
    g_clear_pointer(&self->places, g_hash_table_unref);
    g_free(self);
}

guint
domain_stats_builder_get_count(const DomainStatsBuilder *self)
{
    return self->pairs->len;
}

/* From here on the keys are looked up, since one may come twice. */
static void
note_places(DomainStatsBuilder *self)
{
    self->places = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < self->pairs->len; i++) {
        const StatsPair *pair = g_ptr_array_index(self->pairs, i);
        (void) g_hash_table_insert(self->places, (gpointer) pair->key, GUINT_TO_POINTER(i));
    }
}

static void
add_looked_up(DomainStatsBuilder *self, const MortiseValue *value)
{
    gpointer place = NULL;
    StatsPair *pair = NULL;
    if (g_hash_table_lookup_extended(self->places, value->key, NULL, &place)) {
        /* The key stays the old pair's string: the table holds on to it, and the new pair shares it. */
        StatsPair **old = (StatsPair **) &g_ptr_array_index(self->pairs, GPOINTER_TO_UINT(place));
        pair = pair_new(value, *old);
        pair_unref(*old);
        *old = pair;
        return;
    }
    pair = pair_new(value, NULL);
    (void) g_hash_table_insert(self->places, (gpointer) pair->key, GUINT_TO_POINTER(self->pairs->len));
    g_ptr_array_add(self->pairs, pair);
}

void
domain_stats_builder_add(DomainStatsBuilder *self, const MortiseValue *value)
{
    const GPtrArray *before = self->before != NULL ? self->before->pairs : NULL;
    guint place = self->pairs->len;
    StatsPair *same = before != NULL && place < before->len ? g_ptr_array_index(before, place) : NULL;
    if (self->places == NULL && same != NULL && g_str_equal(same->key, value->key)) {
        g_ptr_array_add(self->pairs, pair_new(value, same));
        return;
    }
    if (self->places == NULL) {
        note_places(self);
    }
    add_looked_up(self, value);
}

static guint64
number_of(const GPtrArray *pairs, const char *key)
{
    for (guint i = 0; i < pairs->len; i++) {
        const StatsPair *pair = g_ptr_array_index(pairs, i);
        if (g_str_equal(pair->key, key)) {
            gboolean is_number = g_variant_is_of_type(pair->value, G_VARIANT_TYPE_UINT64);
            return is_number ? g_variant_get_uint64(pair->value) : 0;
        }
    }
    return 0;
}

DomainStats *
domain_stats_builder_end(DomainStatsBuilder *self)
{
    DomainStats *stats = g_atomic_rc_box_new(DomainStats);
    stats->pairs = g_ptr_array_ref(self->pairs);
    stats->balloon_kib = number_of(stats->pairs, "balloon.current");
    stats->cpu_time_ns = number_of(stats->pairs, "cpu.time");
    domain_stats_builder_free(self);
    return stats;
}

GVariant *
domain_stats_pair(const char *key, GVariant *value)
{
    return g_variant_new_dict_entry(g_variant_new_string(key), g_variant_new_variant(value));
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
    g_ptr_array_unref(self->pairs);
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
    guint own_count = self != NULL ? self->pairs->len : 0;
    g_autofree GVariant **pairs = g_new(GVariant *, first_count + own_count + 1);
    guint count = 0;
    while (count < first_count) {
        pairs[count] = first[count];
        count++;
    }
    for (guint i = 0; i < own_count; i++) {
        const StatsPair *own = g_ptr_array_index(self->pairs, i);
        if (own->group == 0 || (own->group & groups) != 0) {
            pairs[count++] = own->pair;
        }
    }
    return g_variant_new_array(G_VARIANT_TYPE("{sv}"), pairs, count);
}
