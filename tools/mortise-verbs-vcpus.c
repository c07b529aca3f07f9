// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs about the number of vCPUs and where they run: setvcpus, vcpucount, vcpupin, emulatorpin.
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-target.h"
#include "mortise-verbs.h"

#include <string.h>

/* The word that takes a pin away, as in virsh. */
#define RESET "r"

static const VerbOption setvcpus_options[] = {
    TARGET_OPTIONS,
    {"maximum", 0, OPTION_FLAG, NULL, "set the most that the domain can have; of a definition only"},
    {NULL},
};
static const VerbOption vcpucount_options[] = {
    TARGET_OPTIONS,
    {"maximum", 0, OPTION_FLAG, NULL, "print the most that it can have"},
    {"active", 0, OPTION_FLAG, NULL, "print how many it has (this is the default when there is one number to print)"},
    {NULL},
};
static const VerbOption vcpupin_options[] = {
    TARGET_OPTIONS,
    {"vcpu", 0, OPTION_TEXT, "VCPU", "the vCPU, as the second argument"},
    {"cpulist", 0, OPTION_TEXT, "CPULIST", "the host CPUs, as the third argument"},
    {NULL},
};
static const VerbOption emulatorpin_options[] = {
    TARGET_OPTIONS,
    {"cpulist", 0, OPTION_TEXT, "CPULIST", "the host CPUs, as the second argument"},
    {NULL},
};

/* A number that was given as a word. FALSE: reported, and command->status is set. */
static gboolean
read_count(Command *command, const char *word, const char *what, guint least, guint *number)
{
    guint64 value = 0;
    if (!g_ascii_string_to_unsigned(word, 10, least, G_MAXINT32, &value, NULL)) {
        command->status = report_misuse(command, NULL, "'%s' is not a %s", word, what);
        return FALSE;
    }
    *number = (guint) value;
    return TRUE;
}

static int
run_setvcpus(Command *command)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    guint count = 0;
    if (!target_read(command, &flags) || !read_count(command, command->arguments[1], "number of vCPUs", 1, &count)) {
        return command->status;
    }
    flags |= command_flag(command, "maximum") ? MORTISE_MODIFY_MAXIMUM : 0;
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_set_vcpus(domain, count, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "changed", "Domain '%s' has %s%u vCPU%s", mortise_domain_get_name(domain),
                    (flags & MORTISE_MODIFY_MAXIMUM) != 0 ? "at most " : "", count, count == 1 ? "" : "s");
}

/* The numbers of the running domain and of its definition; NULL where there is none. */
typedef struct {
    MortiseVcpuPins *live;
    MortiseVcpuPins *config;
} Counts;

static void
counts_clear(Counts *counts)
{
    g_clear_pointer(&counts->live, mortise_vcpu_pins_free);
    g_clear_pointer(&counts->config, mortise_vcpu_pins_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Counts, counts_clear)

static gboolean
is_active(const MortiseDomainInfo *info)
{
    return info->state != MORTISE_DOMAIN_STATE_SHUTOFF
           && (info->state != MORTISE_DOMAIN_STATE_CRASHED || info->id >= 0);
}

static gboolean
count_both(Command *command, MortiseDomain *domain, Counts *counts, GError **error)
{
    g_autoptr(MortiseDomainInfo) info = mortise_domain_get_info(domain, error);
    if (info == NULL) {
        return FALSE;
    }
    if (info->persistent) {
        counts->config = mortise_domain_get_vcpu_pins(domain, MORTISE_MODIFY_CONFIG, command->cancellable, error);
    }
    if ((!info->persistent || counts->config != NULL) && is_active(info)) {
        counts->live = mortise_domain_get_vcpu_pins(domain, MORTISE_MODIFY_LIVE, command->cancellable, error);
        return counts->live != NULL;
    }
    return !info->persistent || counts->config != NULL;
}

/* -1 for none. */
static gint64
count_of(const MortiseVcpuPins *pins, gboolean maximum)
{
    if (pins == NULL) {
        return -1;
    }
    return maximum ? pins->maximum : pins->current;
}

static void
add_counts(JsonBuilder *builder, const char *member, const Counts *counts, gboolean maximum)
{
    json_builder_set_member_name(builder, member);
    json_builder_begin_object(builder);
    json_add_known_number(builder, "config", count_of(counts->config, maximum));
    json_add_known_number(builder, "live", count_of(counts->live, maximum));
    json_builder_end_object(builder);
}

static void
print_count(const char *what, const char *where, guint count)
{
    output_text(stdout, "%-12s %-12s %3u\n", what, where, count);
}

static int
print_both(Command *command, MortiseDomain *domain)
{
    g_auto(Counts) counts = {NULL, NULL};
    g_autoptr(GError) error = NULL;
    if (!count_both(command, domain, &counts, &error)) {
        return report_error(command, error);
    }
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        add_counts(builder, "maximum", &counts, TRUE);
        add_counts(builder, "current", &counts, FALSE);
        json_builder_end_object(builder);
        output_json(builder);
        return COMMAND_DONE;
    }
    for (int maximum = 1; maximum >= 0; maximum--) {
        const char *what = maximum ? "maximum" : "current";
        if (counts.config != NULL) {
            print_count(what, "config", maximum ? counts.config->maximum : counts.config->current);
        }
        if (counts.live != NULL) {
            print_count(what, "live", maximum ? counts.live->maximum : counts.live->current);
        }
    }
    return COMMAND_DONE;
}

/* What is asked about, or NULL: reported, and command->status is set. */
static MortiseVcpuPins *
get_pins(Command *command, MortiseDomain *domain, MortiseModifyFlags flags)
{
    g_autoptr(GError) error = NULL;
    MortiseVcpuPins *pins = mortise_domain_get_vcpu_pins(domain, flags, command->cancellable, &error);
    if (pins == NULL) {
        command->status = report_error(command, error);
    }
    return pins;
}

static int
run_vcpucount(Command *command)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    gboolean maximum = command_flag(command, "maximum");
    if (!target_read(command, &flags)) {
        return command->status;
    }
    if (maximum && command_flag(command, "active")) {
        return report_misuse(command, NULL, "--maximum and --active exclude each other");
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    if (flags == 0 && !maximum && !command_flag(command, "active") && !command_flag(command, "current")) {
        return print_both(command, domain);
    }
    g_autoptr(MortiseVcpuPins) pins = get_pins(command, domain, flags);
    if (pins == NULL) {
        return command->status;
    }
    guint count = maximum ? pins->maximum : pins->current;
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_number(builder, maximum ? "maximum" : "current", count);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_text(stdout, "%u\n", count);
    }
    return COMMAND_DONE;
}

/* A word that is an argument or the value of an option; FALSE, reported, when it is both. */
static gboolean
read_word(Command *command, guint position, const char *option, const char **word)
{
    const char *argument = command->count > position ? command->arguments[position] : NULL;
    *word = command_text(command, option);
    if (argument != NULL && *word != NULL) {
        command->status = report_misuse(command, NULL, "--%s is given twice", option);
        return FALSE;
    }
    *word = argument != NULL ? argument : *word;
    return TRUE;
}

static int
list_vcpu_pins(Command *command, MortiseDomain *domain, MortiseModifyFlags flags, gint only)
{
    static const char *const titles[] = {"VCPU", "CPU Affinity", NULL};
    g_autoptr(MortiseVcpuPins) pins = get_pins(command, domain, flags);
    if (pins == NULL) {
        return command->status;
    }
    g_autoptr(Table) table = table_new(titles);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < pins->vcpus->len; i++) {
        const MortiseVcpuInfo *vcpu = g_ptr_array_index(pins->vcpus, i);
        g_autofree char *id = g_strdup_printf("%u", vcpu->id);
        if (only >= 0 && vcpu->id != (guint) only) {
            continue;
        }
        table_add_row(table, (const char *const[]) {id, vcpu->affinity != NULL ? vcpu->affinity : "-"});
        json_builder_begin_object(builder);
        json_add_number(builder, "id", vcpu->id);
        json_add_text(builder, "affinity", vcpu->affinity);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    if (command->json) {
        output_json(builder);
    } else {
        table_print(table, FALSE);
    }
    return COMMAND_DONE;
}

static int
run_vcpupin(Command *command)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    const char *number = NULL;
    const char *cpus = NULL;
    guint vcpu = 0;
    if (!target_read(command, &flags) || !read_word(command, 1, "vcpu", &number)
        || !read_word(command, 2, "cpulist", &cpus)
        || (number != NULL && !read_count(command, number, "number of a vCPU", 0, &vcpu))) {
        return command->status;
    }
    if (number == NULL && cpus != NULL) {
        return report_misuse(command, NULL, "which vCPU is to run on %s?", cpus);
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    if (cpus == NULL) {
        return list_vcpu_pins(command, domain, flags, number != NULL ? (gint) vcpu : -1);
    }
    g_autoptr(GError) error = NULL;
    const char *wanted = g_str_equal(cpus, RESET) ? NULL : cpus;
    if (!mortise_domain_pin_vcpu(domain, vcpu, wanted, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "changed", "vCPU %u of domain '%s' %s%s", vcpu, mortise_domain_get_name(domain),
                    wanted != NULL ? "is pinned to " : "is not pinned any more", wanted != NULL ? wanted : "");
}

static int
print_emulator_pin(Command *command, MortiseDomain *domain, MortiseModifyFlags flags)
{
    g_autoptr(MortiseVcpuPins) pins = get_pins(command, domain, flags);
    if (pins == NULL) {
        return command->status;
    }
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "emulator", pins->emulator);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_text(stdout, "emulator: CPU Affinity\n----------------------------------\n");
        output_text(stdout, "       *: %s\n", pins->emulator != NULL ? pins->emulator : "-");
    }
    return COMMAND_DONE;
}

static int
run_emulatorpin(Command *command)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    const char *cpus = NULL;
    if (!target_read(command, &flags) || !read_word(command, 1, "cpulist", &cpus)) {
        return command->status;
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    if (cpus == NULL) {
        return print_emulator_pin(command, domain, flags);
    }
    g_autoptr(GError) error = NULL;
    const char *wanted = g_str_equal(cpus, RESET) ? NULL : cpus;
    if (!mortise_domain_pin_emulator(domain, wanted, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "changed", "The emulator of domain '%s' %s%s", mortise_domain_get_name(domain),
                    wanted != NULL ? "is pinned to " : "is not pinned any more", wanted != NULL ? wanted : "");
}

const Verb verbs_vcpus[] = {
    {"vcpucount", GROUP_READ, "DOMAIN", "print how many vCPUs a domain has and can have",
     "Without options all numbers: of the running domain (live) and of its definition (config).", vcpucount_options, 1,
     1, run_vcpucount},
    {"setvcpus", GROUP_CHANGE, "DOMAIN COUNT", "change the number of vCPUs",
     "A running domain gets vCPUs plugged, or its guest is asked to give some back, which takes as long as the guest\n"
     "takes, and fails when it does not answer before the deadline.",
     setvcpus_options, 2, 2, run_setvcpus},
    {"vcpupin", GROUP_CHANGE, "DOMAIN [VCPU [CPULIST]]", "print or change on which host CPUs vCPUs run",
     "CPULIST is a set such as 0-3,^2,5, or r to take the pin away. Only a vCPU with a host thread of its own can be\n"
     "pinned; see vcpuinfo.",
     vcpupin_options, 1, 3, run_vcpupin},
    {"emulatorpin", GROUP_CHANGE, "DOMAIN [CPULIST]", "print or change on which host CPUs the emulator runs",
     "That is all of its threads that are no vCPU's own, and of a container all that runs in it. CPULIST is a set\n"
     "such as 0-3,^2,5, or r to take the pin away.",
     emulatorpin_options, 1, 2, run_emulatorpin},
    {NULL},
};
