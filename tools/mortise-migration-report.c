// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reports of a preflight, for people and for programs.
#include "mortise-migration.h"
#include "mortise-output.h"

static const char *
check_word(MortiseVerdict verdict)
{
    switch (verdict) {
    case MORTISE_CHECK_BAD:
        return "incompatible";
    case MORTISE_CHECK_UNKNOWN:
        return "unknown";
    default:
        return "compatible";
    }
}

static char *
time_text(gint64 time_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
}

static void
add_value(JsonBuilder *builder, GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_ARRAY)) {
        json_builder_begin_array(builder);
        for (gsize i = 0; i < g_variant_n_children(value); i++) {
            g_autoptr(GVariant) child = g_variant_get_child_value(value, i);
            add_value(builder, child);
        }
        json_builder_end_array(builder);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
        g_autoptr(GVariant) inner = g_variant_get_variant(value);
        add_value(builder, inner);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64)) {
        json_builder_add_int_value(builder, (gint64) MIN(g_variant_get_uint64(value), (guint64) G_MAXINT64));
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64)) {
        json_builder_add_int_value(builder, g_variant_get_int64(value));
    } else {
        json_builder_add_string_value(builder, g_variant_get_string(value, NULL));
    }
}

/* What every check has; a driver's facts stand beside it. */
static const char *const own_members[] = {
    "id", "verdict", "warning", "source", "destination", "message", "hint", "object", NULL,
};

static void
add_facts(JsonBuilder *builder, GVariant *facts)
{
    GVariantIter iter;
    const char *key = NULL;
    GVariant *value = NULL;
    g_variant_iter_init(&iter, facts);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        if (!g_strv_contains(own_members, key)) {
            json_builder_set_member_name(builder, key);
            add_value(builder, value);
        }
    }
}

/* These are what it is read for, and are there also when nobody knows them, or the guest's TSC is emulated. */
static void
add_missing_facts(JsonBuilder *builder, GVariant *facts)
{
    static const char *const keys[] = {"requested_khz", "host_khz", "window_khz", "difference_ppm", "scaling"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(GVariant) value = facts != NULL ? g_variant_lookup_value(facts, keys[i], NULL) : NULL;
        if (value == NULL) {
            json_builder_set_member_name(builder, keys[i]);
            json_builder_add_null_value(builder);
        }
    }
}

static void
add_check(JsonBuilder *builder, const MortiseCheck *check)
{
    json_builder_begin_object(builder);
    json_add_text(builder, "id", check->id);
    json_add_text(builder, "verdict", check_word(check->verdict));
    if (check->verdict == MORTISE_CHECK_WARNING) {
        json_add_flag(builder, "warning", TRUE);
    }
    json_add_text(builder, "source", check->source);
    json_add_text(builder, "destination", check->destination);
    json_add_text(builder, "message", check->message);
    json_add_text(builder, "hint", check->hint);
    json_add_text(builder, "object", check->object);
    if (check->facts != NULL) {
        add_facts(builder, check->facts);
    }
    if (g_str_equal(check->id, "tsc-frequency")) {
        add_missing_facts(builder, check->facts);
    }
    json_builder_end_object(builder);
}

static void
print_json(GPtrArray *reports)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < reports->len; i++) {
        const MortiseMigrationReport *report = g_ptr_array_index(reports, i);
        g_autofree char *time = time_text(report->checked_us);
        json_builder_begin_object(builder);
        json_add_text(builder, "verdict", mortise_migration_verdict_to_string(report->verdict));
        json_add_text(builder, "destination", report->destination);
        json_add_text(builder, "checked_at", time);
        json_builder_set_member_name(builder, "checks");
        json_builder_begin_array(builder);
        for (guint k = 0; k < report->checks->len; k++) {
            add_check(builder, g_ptr_array_index(report->checks, k));
        }
        json_builder_end_array(builder);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    output_json(builder);
}

static void
print_check(const MortiseCheck *check)
{
    const char *word = check->verdict == MORTISE_CHECK_WARNING ? "warning" : check_word(check->verdict);
    output_text(stdout, "  %s: %s: %s\n", word, check->id, check->message);
    if (check->hint != NULL && check->verdict != MORTISE_CHECK_GOOD) {
        output_text(stdout, "    hint: %s\n", check->hint);
    }
}

static void
print_text(const MortiseMigrationReport *report, gboolean all)
{
    g_autofree char *time = time_text(report->checked_us);
    output_text(stdout, "%s: %s (checked %s)\n", report->destination,
                mortise_migration_verdict_to_string(report->verdict), time);
    for (guint i = 0; i < report->checks->len; i++) {
        const MortiseCheck *check = g_ptr_array_index(report->checks, i);
        if (all || check->verdict != MORTISE_CHECK_GOOD) {
            print_check(check);
        }
    }
}

int
reports_print(Command *command, GPtrArray *reports, gboolean all)
{
    guint good = 0;
    if (command->json) {
        print_json(reports);
    }
    for (guint i = 0; i < reports->len; i++) {
        const MortiseMigrationReport *report = g_ptr_array_index(reports, i);
        good += report->verdict == MORTISE_MIGRATION_COMPATIBLE ? 1 : 0;
        if (!command->json) {
            print_text(report, all);
        }
    }
    return good == reports->len ? COMMAND_DONE : good > 0 ? COMMAND_PARTLY : COMMAND_FAILED;
}
