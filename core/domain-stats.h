// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The last statistics of a domain, kept in the form in which they are handed out.
#pragma once

#include <mortise/driver/host.h>
#include <mortise/mortise-types.h>

/* Immutable. Its pairs are shared by all dictionaries that are made of it. */
typedef struct DomainStats DomainStats;

/* Takes the values of one call as they come; of two with one key the later stays. */
typedef struct DomainStatsBuilder DomainStatsBuilder;

/* What is the same in those `before` (NULL allowed) is shared with them. */
DomainStatsBuilder *domain_stats_builder_new(DomainStats *before);
void domain_stats_builder_free(DomainStatsBuilder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainStatsBuilder, domain_stats_builder_free)
guint domain_stats_builder_get_count(const DomainStatsBuilder *self);
/* `value` has been checked. */
void domain_stats_builder_add(DomainStatsBuilder *self, const MortiseValue *value);
/* Frees the builder. */
DomainStats *domain_stats_builder_end(DomainStatsBuilder *self);

DomainStats *domain_stats_ref(DomainStats *self);
void domain_stats_unref(DomainStats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DomainStats, domain_stats_unref)

/* Numbers that information on a domain is made of; 0 when there are none, or `self` is NULL. */
guint64 domain_stats_get_balloon_kib(const DomainStats *self);
guint64 domain_stats_get_cpu_time_ns(const DomainStats *self);

/* Floating. */
GVariant *domain_stats_value(const MortiseValue *value);
GVariant *domain_stats_pair(const char *key, GVariant *value);
/* A dictionary of the pairs of those groups (none when `self` is NULL) behind `first`, whose floating pairs it
 * takes. */
GVariant *domain_stats_to_variant(const DomainStats *self, MortiseStatsGroups groups, GVariant *const *first,
                                  guint first_count);
