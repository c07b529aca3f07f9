// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that ask running guests for numbers: vcpuinfo, domstats.
#include "mortise-domain-words.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

/* How long domstats waits for all domains together when no deadline is given. */
#define STATS_BUDGET_MS 2000
/* A little more than a deadline that was given, so that whoever misses it is marked as late. */
#define GRACE_MS 500
/* Numbers that were older before the command began to wait are shown with their age. */
#define FRESH_MS 1000

static const VerbOption stats_options[] = {
    {"state", 0, OPTION_FLAG, NULL, "the state and its reason"},
    {"cpu-total", 0, OPTION_FLAG, NULL, "CPU time"},
    {"balloon", 0, OPTION_FLAG, NULL, "memory"},
    {"vcpu", 0, OPTION_FLAG, NULL, "vCPUs"},
    {"interface", 0, OPTION_FLAG, NULL, "network interfaces"},
    {"block", 0, OPTION_FLAG, NULL, "block devices"},
    {"list-active", 0, OPTION_FLAG, NULL, "only domains that run"},
    {"list-inactive", 0, OPTION_FLAG, NULL, "only domains that do not run"},
    {"list-persistent", 0, OPTION_FLAG, NULL, "only domains with a definition"},
    {"list-transient", 0, OPTION_FLAG, NULL, "only domains without a definition"},
    {"list-running", 0, OPTION_FLAG, NULL, "only domains in the state running"},
    {"list-paused", 0, OPTION_FLAG, NULL, "only domains in the state paused"},
    {"list-shutoff", 0, OPTION_FLAG, NULL, "only domains in the state shut off"},
    {"list-other", 0, OPTION_FLAG, NULL, "only domains in any other state"},
    {"nowait", 0, OPTION_FLAG, NULL, "take the last known numbers and ask no guest"},
    {NULL},
};

typedef struct {
    const char *name;
    guint flag;
} NamedFlag;

static guint
read_flags(Command *command, const NamedFlag *named, gsize count)
{
    guint flags = 0;
    for (gsize i = 0; i < count; i++) {
        if (command_flag(command, named[i].name)) {
            flags |= named[i].flag;
        }
    }
    return flags;
}

static MortiseStatsGroups
read_groups(Command *command)
{
    static const NamedFlag groups[] = {
        {"state", MORTISE_STATS_GROUP_STATE},         {"cpu-total", MORTISE_STATS_GROUP_CPU},
        {"balloon", MORTISE_STATS_GROUP_BALLOON},     {"vcpu", MORTISE_STATS_GROUP_VCPU},
        {"interface", MORTISE_STATS_GROUP_INTERFACE}, {"block", MORTISE_STATS_GROUP_BLOCK},
    };
    guint flags = read_flags(command, groups, G_N_ELEMENTS(groups));
    return flags != 0 ? flags : MORTISE_STATS_GROUP_ALL;
}

static MortiseListFlags
read_filters(Command *command)
{
    static const NamedFlag filters[] = {
        {"list-active", MORTISE_LIST_ACTIVE},         {"list-inactive", MORTISE_LIST_INACTIVE},
        {"list-persistent", MORTISE_LIST_PERSISTENT}, {"list-transient", MORTISE_LIST_TRANSIENT},
        {"list-running", MORTISE_LIST_RUNNING},       {"list-paused", MORTISE_LIST_PAUSED},
        {"list-shutoff", MORTISE_LIST_SHUTOFF},       {"list-other", MORTISE_LIST_OTHER},
    };
    return read_flags(command, filters, G_N_ELEMENTS(filters));
}

/* How long to wait for all domains together. */
static guint
budget_of(Command *command)
{
    guint given = MIN(command->deadline, G_MAXINT32 - GRACE_MS);
    return command_flag(command, "nowait") ? 0 : given != 0 ? given + GRACE_MS : STATS_BUDGET_MS;
}

/* Keys of a dictionary in an order that people can read: numbers within them count as numbers. */
static gint
compare_keys(gconstpointer left, gconstpointer right)
{
    g_autofree char *left_key = g_utf8_collate_key_for_filename(*(const char *const *) left, -1);
    g_autofree char *right_key = g_utf8_collate_key_for_filename(*(const char *const *) right, -1);
    return g_strcmp0(left_key, right_key);
}

static GPtrArray *
sorted_keys(GVariant *values)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    GVariantIter iterator;
    g_variant_iter_init(&iterator, values);
    char *key = NULL;
    GVariant *value = NULL;
    while (g_variant_iter_next(&iterator, "{sv}", &key, &value)) {
        g_ptr_array_add(keys, key);
        g_variant_unref(value);
    }
    g_ptr_array_sort(keys, compare_keys);
    return keys;
}

static void
add_value(JsonBuilder *builder, const char *key, GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64)) {
        json_add_unsigned(builder, key, g_variant_get_uint64(value));
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64)) {
        json_add_number(builder, key, g_variant_get_int64(value));
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
        json_add_text(builder, key, g_variant_get_string(value, NULL));
    }
}

static void
print_value(const char *key, GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
        output_text(stdout, "  %s=%s\n", key, g_variant_get_string(value, NULL));
        return;
    }
    g_autofree char *text = g_variant_print(value, FALSE);
    output_text(stdout, "  %s=%s\n", key, text);
}

static void
add_row(JsonBuilder *builder, const MortiseDomainStats *row)
{
    json_builder_begin_object(builder);
    json_add_text(builder, "name", row->name);
    json_add_text(builder, "uuid", row->uuid);
    json_add_known_number(builder, "age_ms", row->age_ms);
    words_add_hung(builder, row->hung_operation, row->hung_ms);
    json_builder_set_member_name(builder, "values");
    json_builder_begin_object(builder);
    g_autoptr(GPtrArray) keys = sorted_keys(row->values);
    for (guint i = 0; i < keys->len; i++) {
        const char *key = g_ptr_array_index(keys, i);
        g_autoptr(GVariant) value = g_variant_lookup_value(row->values, key, NULL);
        add_value(builder, key, value);
    }
    json_builder_end_object(builder);
    json_builder_end_object(builder);
}

/* What is to be said of numbers that are not of now; NULL for nothing. Free with g_free. */
static char *
staleness(const MortiseDomainStats *row, gint64 fresh_ms)
{
    g_autofree char *hung = words_of_hung(row->hung_operation, row->hung_ms);
    if (hung == NULL && row->age_ms <= fresh_ms) {
        return NULL;
    }
    g_autofree char *age = row->age_ms >= 0 ? words_of_duration(row->age_ms) : NULL;
    return g_strdup_printf("%s%s%s%s%s", hung != NULL ? hung : "", hung != NULL ? "; " : "",
                           age != NULL ? "numbers of " : "no numbers yet", age != NULL ? age : "",
                           age != NULL ? " ago" : "");
}

static void
print_row(const MortiseDomainStats *row, gint64 fresh_ms)
{
    g_autofree char *stale = staleness(row, fresh_ms);
    output_text(stdout, "Domain: '%s'\n", row->name);
    if (stale != NULL) {
        output_text(stdout, "  (%s)\n", stale);
    }
    g_autoptr(GPtrArray) keys = sorted_keys(row->values);
    for (guint i = 0; i < keys->len; i++) {
        const char *key = g_ptr_array_index(keys, i);
        g_autoptr(GVariant) value = g_variant_lookup_value(row->values, key, NULL);
        print_value(key, value);
    }
}

static void
print_rows(Command *command, GPtrArray *rows)
{
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_array(builder);
        for (guint i = 0; i < rows->len; i++) {
            add_row(builder, g_ptr_array_index(rows, i));
        }
        json_builder_end_array(builder);
        output_json(builder);
        return;
    }
    for (guint i = 0; i < rows->len; i++) {
        if (i > 0) {
            output_text(stdout, "\n");
        }
        /* Those that have answered may have waited for those that have not. */
        print_row(g_ptr_array_index(rows, i), FRESH_MS + (gint64) budget_of(command));
    }
}

static void
free_row(gpointer data)
{
    mortise_domain_stats_free(data);
}

/* The numbers of the domains that are named; one that fails is reported and leaves the others alone. */
static int
collect_named(Command *command, MortiseStatsGroups groups, GPtrArray *rows)
{
    int code = COMMAND_DONE;
    for (guint i = 0; i < command->count && !g_cancellable_is_cancelled(command->cancellable); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseDomain) domain = command_lookup_domain(command, command->arguments[i], &error);
        MortiseDomainStats *row = domain != NULL
                                      ? mortise_domain_get_stats(domain, groups, command->cancellable, &error)
                                      : NULL;
        if (row != NULL) {
            g_ptr_array_add(rows, row);
        } else {
            code = report_error_of(command, command->arguments[i], error);
        }
    }
    return code != COMMAND_DONE && code < 128 && rows->len > 0 ? COMMAND_PARTLY : code;
}

/* The published numbers of the domains that are named. */
static int
select_named(Command *command, GPtrArray *all, GPtrArray *rows)
{
    for (guint i = 0; i < command->count; i++) {
        g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[i]);
        if (domain == NULL) {
            return command->status;
        }
        for (guint j = 0; j < all->len; j++) {
            MortiseDomainStats *row = g_ptr_array_index(all, j);
            if (g_strcmp0(row->uuid, mortise_domain_get_uuid(domain)) == 0) {
                g_ptr_array_add(rows, mortise_domain_stats_copy(row));
            }
        }
    }
    return COMMAND_DONE;
}

static int
run_domstats(Command *command)
{
    gboolean nowait = command_flag(command, "nowait");
    MortiseListFlags filters = read_filters(command);
    if (command->count > 0 && filters != 0) {
        return report_misuse(command, NULL, "give either domains or --list-... options");
    }
    if (!command_connect(command)) {
        return command->status;
    }
    MortiseStatsGroups groups = read_groups(command);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_row);
    if (command->count > 0 && !nowait) {
        int code = collect_named(command, groups, rows);
        if (rows->len > 0 || code == COMMAND_DONE) {
            print_rows(command, rows);
        }
        return code;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = NULL;
    all = mortise_connection_collect_stats(command->connection, groups, filters, budget_of(command),
                                           command->cancellable, &error);
    if (all == NULL) {
        return report_error(command, error);
    }
    if (command->count == 0) {
        print_rows(command, all);
        return COMMAND_DONE;
    }
    int code = select_named(command, all, rows);
    if (code == COMMAND_DONE) {
        print_rows(command, rows);
    }
    return code;
}

static void
add_vcpu(JsonBuilder *builder, const MortiseVcpuInfo *vcpu)
{
    json_builder_begin_object(builder);
    json_add_number(builder, "id", vcpu->id);
    json_add_text(builder, "state", mortise_vcpu_state_to_string(vcpu->state));
    json_add_known_number(builder, "thread_id", vcpu->thread_id);
    json_add_known_number(builder, "cpu", vcpu->cpu);
    json_add_known_number(builder, "cpu_time_ns", vcpu->cpu_time_ns);
    json_add_text(builder, "affinity", vcpu->affinity);
    json_builder_end_object(builder);
}

static void
print_report_json(const MortiseVcpuReport *report)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_text(builder, "model", mortise_vcpu_model_to_string(report->model));
    json_add_flag(builder, "pinnable", report->pinnable);
    json_add_text(builder, "reason", report->reason);
    json_builder_set_member_name(builder, "vcpus");
    json_builder_begin_array(builder);
    for (guint i = 0; i < report->vcpus->len; i++) {
        add_vcpu(builder, g_ptr_array_index(report->vcpus, i));
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_json(builder);
}

static void
print_vcpu(const MortiseVcpuInfo *vcpu)
{
    output_text(stdout, "\nVCPU:           %u\n", vcpu->id);
    if (vcpu->cpu >= 0) {
        output_text(stdout, "CPU:            %d\n", vcpu->cpu);
    }
    output_text(stdout, "State:          %s\n", mortise_vcpu_state_to_string(vcpu->state));
    if (vcpu->thread_id >= 0) {
        output_text(stdout, "Thread:         %" G_GINT64_FORMAT "\n", vcpu->thread_id);
    }
    if (vcpu->cpu_time_ns >= 0) {
        output_text(stdout, "CPU time:       %.1fs\n", (double) vcpu->cpu_time_ns / 1e9);
    }
    if (vcpu->affinity != NULL) {
        output_text(stdout, "CPU Affinity:   %s\n", vcpu->affinity);
    }
}

static int
run_vcpuinfo(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseVcpuReport) report = mortise_domain_get_vcpus(domain, command->cancellable, &error);
    if (report == NULL) {
        return report_error(command, error);
    }
    if (command->json) {
        print_report_json(report);
        return COMMAND_DONE;
    }
    output_text(stdout, "Thread model:   %s\n", mortise_vcpu_model_to_string(report->model));
    output_text(stdout, "Pinnable:       %s%s%s%s\n", report->pinnable ? "yes" : "no",
                report->reason != NULL ? " (" : "", report->reason != NULL ? report->reason : "",
                report->reason != NULL ? ")" : "");
    for (guint i = 0; i < report->vcpus->len; i++) {
        print_vcpu(g_ptr_array_index(report->vcpus, i));
    }
    return COMMAND_DONE;
}

static const VerbOption vcpuinfo_options[] = {
    {"pretty", 0, OPTION_FLAG, NULL, "virsh's word for how CPUs are always printed: 0-3"},
    {NULL},
};

const Verb verbs_stats[] = {
    {"vcpuinfo", GROUP_READ, "DOMAIN", "print how vCPUs and host threads belong together",
     "Asks the guest's emulator, within the deadline of the call. Threads are named only where they are a vCPU's "
     "own.",
     vcpuinfo_options, 1, 1, run_vcpuinfo},
    {"domstats", GROUP_READ, "[DOMAIN...]", "print numbers of domains, of all without a name",
     "Without groups, all of them. All domains are asked at once and have 2 seconds together, or the deadline that "
     "is\n"
     "given; one that does not answer comes with its last numbers, their age and what is late.",
     stats_options, 0, NO_LIMIT, run_domstats},
    {NULL},
};
