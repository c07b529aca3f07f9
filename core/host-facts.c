// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Facts of a finding.
#include "host-facts.h"

struct HostFacts {
    GPtrArray *keys;    /* in order */
    GHashTable *values; /* key -> GPtrArray of GVariant */
};

HostFacts *
host_facts_new(void)
{
    HostFacts *self = g_new0(HostFacts, 1);
    self->keys = g_ptr_array_new_with_free_func(g_free);
    self->values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
    return self;
}

void
host_facts_free(HostFacts *self)
{
    if (self != NULL) {
        g_hash_table_unref(self->values);
        g_ptr_array_unref(self->keys);
        g_free(self);
    }
}

void
host_facts_add(HostFacts *self, const char *key, GVariant *value)
{
    GPtrArray *values = g_hash_table_lookup(self->values, key);
    if (values == NULL) {
        char *own = g_strdup(key);
        values = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);
        g_ptr_array_add(self->keys, own);
        (void) g_hash_table_insert(self->values, own, values);
    }
    g_ptr_array_add(values, g_variant_ref_sink(value));
}

static GVariant *
one_or_array(GPtrArray *values)
{
    GVariant *const *children = (GVariant *const *) values->pdata;
    if (values->len == 1) {
        return children[0];
    }
    gboolean same = TRUE;
    for (guint i = 1; i < values->len; i++) {
        same = same && g_variant_is_of_type(children[i], g_variant_get_type(children[0]));
    }
    if (same) {
        return g_variant_new_array(g_variant_get_type(children[0]), children, values->len);
    }
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("av"));
    for (guint i = 0; i < values->len; i++) {
        g_variant_builder_add(&builder, "v", children[i]);
    }
    return g_variant_builder_end(&builder);
}

GVariant *
host_facts_end(HostFacts *self)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    for (guint i = 0; i < self->keys->len; i++) {
        const char *key = g_ptr_array_index(self->keys, i);
        g_variant_builder_add(&builder, "{sv}", key, one_or_array(g_hash_table_lookup(self->values, key)));
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}
