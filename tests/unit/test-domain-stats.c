// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Statistics that follow one another: what is the same is shared, and nothing of the time before stays by mistake.
#include "domain-stats.h"

#include "mortise-test.h"

static void
add_number(DomainStatsBuilder *builder, const char *key, guint64 number)
{
    const MortiseValue value = {.struct_size = sizeof(value), .key = key, .number = number};
    domain_stats_builder_add(builder, &value);
}

static void
add_text(DomainStatsBuilder *builder, const char *key, const char *text)
{
    const MortiseValue value = {.struct_size = sizeof(value), .type = MORTISE_VALUE_TEXT, .key = key, .text = text};
    domain_stats_builder_add(builder, &value);
}

/* The dictionary as text, which also shows the order. */
static char *
print(const DomainStats *stats, MortiseStatsGroups groups)
{
    g_autoptr(GVariant) dictionary = g_variant_ref_sink(domain_stats_to_variant(stats, groups, NULL, 0));
    return g_variant_print(dictionary, FALSE);
}

static DomainStats *
three_values(DomainStats *before, guint64 time)
{
    DomainStatsBuilder *builder = domain_stats_builder_new(before);
    add_number(builder, "cpu.time", time);
    add_number(builder, "balloon.current", 1024);
    add_text(builder, "net.0.name", "tap0");
    return domain_stats_builder_end(builder);
}

static void
test_same_keys(void)
{
    g_autoptr(DomainStats) first = three_values(NULL, 5);
    g_autoptr(DomainStats) second = three_values(first, 6);
    g_autofree char *text = print(second, MORTISE_STATS_GROUP_ALL);
    g_autofree char *kept = print(first, MORTISE_STATS_GROUP_ALL);
    CHECK_TEXT(text, "{'cpu.time': <uint64 6>, 'balloon.current': <uint64 1024>, 'net.0.name': <'tap0'>}");
    CHECK_TEXT(kept, "{'cpu.time': <uint64 5>, 'balloon.current': <uint64 1024>, 'net.0.name': <'tap0'>}");
    CHECK_INT(domain_stats_get_cpu_time_ns(second), 6);
    CHECK_INT(domain_stats_get_balloon_kib(second), 1024);
}

static void
test_outlives_the_one_before(void)
{
    DomainStats *first = three_values(NULL, 5);
    g_autoptr(DomainStats) second = three_values(first, 5);
    domain_stats_unref(first);
    g_autofree char *text = print(second, MORTISE_STATS_GROUP_CPU);
    CHECK_TEXT(text, "{'cpu.time': <uint64 5>}");
}

static void
test_other_keys(void)
{
    g_autoptr(DomainStats) first = three_values(NULL, 5);
    DomainStatsBuilder *builder = domain_stats_builder_new(first);
    add_number(builder, "cpu.time", 5);
    add_number(builder, "cpu.user", 2);
    add_number(builder, "balloon.current", 7);
    g_autoptr(DomainStats) second = domain_stats_builder_end(builder);
    g_autofree char *text = print(second, MORTISE_STATS_GROUP_ALL);
    CHECK_TEXT(text, "{'cpu.time': <uint64 5>, 'cpu.user': <uint64 2>, 'balloon.current': <uint64 7>}");
}

static void
test_key_twice(void)
{
    g_autoptr(DomainStats) first = three_values(NULL, 5);
    DomainStatsBuilder *builder = domain_stats_builder_new(first);
    add_number(builder, "cpu.time", 5);
    add_text(builder, "cpu.time", "later");
    add_number(builder, "vcpu.count", 1);
    add_number(builder, "vcpu.count", 2);
    CHECK_INT(domain_stats_builder_get_count(builder), 2);
    g_autoptr(DomainStats) second = domain_stats_builder_end(builder);
    g_autofree char *text = print(second, MORTISE_STATS_GROUP_ALL);
    CHECK_TEXT(text, "{'cpu.time': <'later'>, 'vcpu.count': <uint64 2>}");
    CHECK_INT(domain_stats_get_cpu_time_ns(second), 0);
}

static void
test_other_types(void)
{
    g_autoptr(DomainStats) first = three_values(NULL, 5);
    DomainStatsBuilder *builder = domain_stats_builder_new(first);
    add_text(builder, "cpu.time", "5");
    const MortiseValue negative = {.struct_size = sizeof(negative), .type = MORTISE_VALUE_SIGNED,
                                   .key = "balloon.current", .number = (guint64) -1};
    domain_stats_builder_add(builder, &negative);
    add_number(builder, "net.0.name", 0);
    g_autoptr(DomainStats) second = domain_stats_builder_end(builder);
    g_autofree char *text = print(second, MORTISE_STATS_GROUP_ALL);
    CHECK_TEXT(text, "{'cpu.time': <'5'>, 'balloon.current': <int64 -1>, 'net.0.name': <uint64 0>}");
}

static const MortiseTest tests[] = {
    {"the same keys again", test_same_keys},
    {"statistics outlive those before them", test_outlives_the_one_before},
    {"other keys than before", test_other_keys},
    {"a key that comes twice", test_key_twice},
    {"other types than before", test_other_types},
};

MORTISE_TEST_MAIN("domain-stats", tests)
