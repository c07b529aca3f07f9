// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs about amounts, limits and weights: setmem, setmaxmem, memtune, schedinfo, blkiotune.
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-target.h"
#include "mortise-verbs.h"

#include <string.h>

#define UNLIMITED (-1)

static const VerbOption target_options[] = {
    TARGET_OPTIONS,
    {NULL},
};
static const VerbOption memtune_options[] = {
    TARGET_OPTIONS,
    {"hard-limit", 0, OPTION_TEXT, "SIZE", "the most memory that it can have"},
    {"soft-limit", 0, OPTION_TEXT, "SIZE", "what it is held to when the host is short of memory"},
    {"swap-hard-limit", 0, OPTION_TEXT, "SIZE", "the most memory and swap together"},
    {NULL},
};
static const VerbOption schedinfo_options[] = {
    TARGET_OPTIONS,
    {"set", 0, OPTION_TEXT, "NAME=VALUE", "change a setting, as NAME=VALUE behind DOMAIN does"},
    {NULL},
};
static const VerbOption blkiotune_options[] = {
    TARGET_OPTIONS,
    {"weight", 0, OPTION_TEXT, "WEIGHT", "its share beside others, 10 to 1000"},
    {NULL},
};

/* Powers of 1024 and of 1000 that a size may be given in; KiB without one. */
static gboolean
read_unit(const char *unit, guint64 *bytes)
{
    static const char letters[] = "bkmgtpe";
    gboolean decimal = strlen(unit) == 2 && g_ascii_tolower(unit[1]) == 'b';
    gboolean binary = strlen(unit) == 1 || (strlen(unit) == 3 && g_ascii_strcasecmp(unit + 1, "ib") == 0);
    if (*unit == '\0') {
        *bytes = 1024;
        return TRUE;
    }
    const char *letter = strchr(letters, g_ascii_tolower(*unit));
    if (g_ascii_strcasecmp(unit, "bytes") == 0) {
        letter = letters;
        binary = TRUE;
    }
    if (letter == NULL || (!decimal && !binary)) {
        return FALSE;
    }
    *bytes = 1;
    for (const char *at = letters; at < letter; at++) {
        *bytes *= decimal ? 1000 : 1024;
    }
    return TRUE;
}

/* "512M" and the like as KiB, rounded up. */
static gboolean
read_size(const char *word, guint64 *kib)
{
    gsize digits = strspn(word, "0123456789");
    g_autofree char *number = g_strndup(word, digits);
    guint64 amount = 0;
    guint64 bytes = 0;
    if (!g_ascii_string_to_unsigned(number, 10, 0, G_MAXINT64, &amount, NULL) || !read_unit(word + digits, &bytes)
        || amount > G_MAXINT64 / bytes) {
        return FALSE;
    }
    *kib = (amount * bytes + 1023) / 1024;
    return TRUE;
}

static int
set_memory(Command *command, MortiseModifyFlags more, const char *what)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    guint64 kib = 0;
    if (!target_read(command, &flags)) {
        return command->status;
    }
    if (!read_size(command->arguments[1], &kib)) {
        return report_misuse(command, "SIZE is a number of KiB, or has a unit: 512M, 1GiB",
                             "'%s' is no amount of memory", command->arguments[1]);
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_set_memory(domain, kib, flags | more, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "changed", "Domain '%s' has %s%" G_GUINT64_FORMAT " KiB",
                    mortise_domain_get_name(domain), what, kib);
}

static int
run_setmem(Command *command)
{
    return set_memory(command, 0, "");
}

static int
run_setmaxmem(Command *command)
{
    return set_memory(command, MORTISE_MODIFY_MAXIMUM, "at most ");
}

/* Settings of a group, as they are named and in the order that they are shown in. */
typedef struct {
    MortiseTuningGroup group;
    const char *const *names;
    gboolean limits;    /* what is not said in a definition is unlimited */
} Settings;

/* FALSE: reported, and command->status is set. */
static gboolean
add_setting(Command *command, GVariantBuilder *builder, const char *name, const char *value, gboolean size)
{
    guint64 kib = 0;
    gint64 number = 0;
    if (size && read_size(value, &kib)) {
        number = (gint64) kib;
    } else if (size && g_str_equal(value, "unlimited")) {
        number = UNLIMITED;
    } else if (!g_ascii_string_to_signed(value, 10, G_MININT64, G_MAXINT64, &number, NULL)) {
        command->status = report_misuse(command, NULL, "'%s' is no value of %s", value, name);
        return FALSE;
    }
    /* as in virsh, anything below 0 takes a limit away */
    g_variant_builder_add(builder, "{sx}", name, number < 0 ? UNLIMITED : number);
    return TRUE;
}

static void
print_setting(const Settings *settings, GVariant *values, const char *name, gboolean live)
{
    gint64 number = 0;
    gboolean known = g_variant_lookup(values, name, "x", &number);
    if (settings->limits && (known ? number < 0 : !live)) {
        output_text(stdout, "%-15s: unlimited\n", name);
    } else if (known) {
        output_text(stdout, "%-15s: %" G_GINT64_FORMAT "\n", name, number);
    } else {
        output_text(stdout, "%-15s: -\n", name);
    }
}

static int
print_settings(Command *command, MortiseDomain *domain, const Settings *settings, MortiseModifyFlags flags)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) values
        = mortise_domain_get_tuning(domain, settings->group, flags, command->cancellable, &error);
    if (values == NULL) {
        return report_error(command, error);
    }
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        for (guint i = 0; settings->names[i] != NULL; i++) {
            gint64 number = 0;
            if (g_variant_lookup(values, settings->names[i], "x", &number)) {
                json_add_number(builder, settings->names[i], number);
            }
        }
        json_builder_end_object(builder);
        output_json(builder);
        return COMMAND_DONE;
    }
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, NULL);
    gboolean live = (flags & MORTISE_MODIFY_CONFIG) == 0 && info != NULL && info->id >= 0;
    for (guint i = 0; settings->names[i] != NULL; i++) {
        print_setting(settings, values, settings->names[i], live);
    }
    return COMMAND_DONE;
}

/* Changes what is in the builder, which is ended, or prints the group when that is nothing. */
static int
run_settings(Command *command, const Settings *settings, GVariantBuilder *builder)
{
    g_autoptr(GVariant) values = g_variant_ref_sink(g_variant_builder_end(builder));
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    if (!target_read(command, &flags)) {
        return command->status;
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    if (g_variant_n_children(values) == 0) {
        return print_settings(command, domain, settings, flags);
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_set_tuning(domain, settings->group, values, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "changed", "Domain '%s' changed", mortise_domain_get_name(domain));
}

static int
run_memtune(Command *command)
{
    static const char *const names[] = {"hard_limit", "soft_limit", "swap_hard_limit", NULL};
    static const char *const options[] = {"hard-limit", "soft-limit", "swap-hard-limit"};
    static const Settings settings = {MORTISE_TUNING_GROUP_MEMORY, names, TRUE};
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{sx}"));
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        const char *value = command_text(command, options[i]);
        if (value != NULL && !add_setting(command, &builder, names[i], value, TRUE)) {
            return command->status;
        }
    }
    return run_settings(command, &settings, &builder);
}

static gboolean
add_pair(Command *command, GVariantBuilder *builder, const char *pair)
{
    const char *sign = strchr(pair, '=');
    if (sign == NULL || sign == pair) {
        command->status = report_misuse(command, NULL, "'%s' is not NAME=VALUE", pair);
        return FALSE;
    }
    g_autofree char *name = g_strndup(pair, (gsize) (sign - pair));
    return add_setting(command, builder, name, sign + 1, FALSE);
}

static int
run_schedinfo(Command *command)
{
    static const char *const names[] = {"cpu_shares", "vcpu_period", "vcpu_quota", NULL};
    static const Settings settings = {MORTISE_TUNING_GROUP_CPU, names, FALSE};
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{sx}"));
    const char *set = command_text(command, "set");
    if (set != NULL && !add_pair(command, &builder, set)) {
        return command->status;
    }
    for (guint i = 1; i < command->count; i++) {
        if (!add_pair(command, &builder, command->arguments[i])) {
            return command->status;
        }
    }
    return run_settings(command, &settings, &builder);
}

static int
run_blkiotune(Command *command)
{
    static const char *const names[] = {"weight", NULL};
    static const Settings settings = {MORTISE_TUNING_GROUP_BLOCK, names, FALSE};
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{sx}"));
    const char *weight = command_text(command, "weight");
    if (weight != NULL && !add_setting(command, &builder, "weight", weight, FALSE)) {
        return command->status;
    }
    return run_settings(command, &settings, &builder);
}

const Verb verbs_tuning[] = {
    {"setmem", GROUP_CHANGE, "DOMAIN SIZE", "change the memory that a domain has",
     "SIZE is a number of KiB, or has a unit: 512M, 1GiB.", target_options, 2, 2, run_setmem},
    {"setmaxmem", GROUP_CHANGE, "DOMAIN SIZE", "change the most memory that a domain can have",
     "SIZE is a number of KiB, or has a unit: 512M, 1GiB. It counts from the next start on.", target_options, 2, 2,
     run_setmaxmem},
    {"memtune", GROUP_CHANGE, "DOMAIN", "print or change a domain's limits of memory",
     "SIZE is a number of KiB, or has a unit: 512M, 1GiB; -1 or unlimited for none.", memtune_options, 1, 1,
     run_memtune},
    {"schedinfo", GROUP_CHANGE, "DOMAIN [NAME=VALUE...]", "print or change a domain's share of CPU time",
     "Names are cpu_shares (2 to 262144, its share beside others), vcpu_period and vcpu_quota (microseconds in each\n"
     "period that it may run; -1 for no limit).",
     schedinfo_options, 1, NO_LIMIT, run_schedinfo},
    {"blkiotune", GROUP_CHANGE, "DOMAIN", "print or change a domain's share of block I/O", NULL, blkiotune_options, 1,
     1, run_blkiotune},
    {NULL},
};
