// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that read one domain from what is published: domstate, dominfo, domid, domuuid, domname, dumpxml.
#include "mortise-domain-words.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption domstate_options[] = {
    {"reason", 0, OPTION_FLAG, NULL, "say why it is in that state, too"},
    {NULL},
};
static const VerbOption dumpxml_options[] = {
    {"inactive", 0, OPTION_FLAG, NULL, "the definition, also while the domain runs"},
    {"security-info", 0, OPTION_FLAG, NULL, "virsh's word; passwords are printed without it, too"},
    {NULL},
};

/* What is known of the domain that the first argument means; NULL: reported, and command->status is set. */
static MortiseDomainInfo *
get_info(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return NULL;
    }
    g_autoptr(GError) error = NULL;
    MortiseDomainInfo *info = mortise_domain_get_info(domain, &error);
    if (info == NULL) {
        command->status = report_error(command, error);
    }
    return info;
}

static void
add_state(JsonBuilder *builder, const MortiseDomainInfo *info)
{
    json_add_text(builder, "state", mortise_domain_state_to_string(info->state));
    json_add_text(builder, "reason", info->reason);
    json_add_text(builder, "detail", info->detail);
    json_add_number(builder, "age_ms", info->age_ms);
    words_add_hung(builder, info->hung_operation, info->hung_ms);
}

static int
run_domstate(Command *command)
{
    g_autoptr(MortiseDomainInfo) info = get_info(command);
    if (info == NULL) {
        return command->status;
    }
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "name", info->name);
        json_add_text(builder, "uuid", info->uuid);
        add_state(builder, info);
        json_builder_end_object(builder);
        output_json(builder);
        return COMMAND_DONE;
    }
    const char *state = mortise_domain_state_to_string(info->state);
    if (!command_flag(command, "reason")) {
        output_text(stdout, "%s\n", state);
        return COMMAND_DONE;
    }
    output_text(stdout, "%s (%s)\n", state, info->reason != NULL ? info->reason : "unknown");
    g_autofree char *hung = words_of_hung(info->hung_operation, info->hung_ms);
    if (info->detail != NULL) {
        output_text(stdout, "  %s\n", info->detail);
    }
    if (hung != NULL) {
        output_text(stdout, "  %s\n", hung);
    }
    return COMMAND_DONE;
}

static void
print_info_json(const MortiseDomainInfo *info)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_text(builder, "name", info->name);
    json_add_text(builder, "uuid", info->uuid);
    json_add_known_number(builder, "id", info->id);
    json_add_text(builder, "type", info->type);
    json_add_text(builder, "driver", info->driver);
    json_add_text(builder, "title", info->title);
    add_state(builder, info);
    json_add_flag(builder, "persistent", info->persistent);
    json_add_flag(builder, "autostart", info->autostart);
    json_add_unsigned(builder, "memory_kib", info->memory_kib);
    json_add_unsigned(builder, "maximum_memory_kib", info->maximum_memory_kib);
    json_add_number(builder, "vcpus", info->vcpus);
    json_add_unsigned(builder, "cpu_time_ns", info->cpu_time_ns);
    json_builder_end_object(builder);
    output_json(builder);
}

static void
print_info(const MortiseDomainInfo *info)
{
    g_autofree char *id = words_of_id(info->id);
    g_autofree char *hung = words_of_hung(info->hung_operation, info->hung_ms);
    output_text(stdout, "Id:             %s\n", id);
    output_text(stdout, "Name:           %s\n", info->name);
    output_text(stdout, "UUID:           %s\n", info->uuid);
    if (info->title != NULL) {
        output_text(stdout, "Title:          %s\n", info->title);
    }
    output_text(stdout, "Type:           %s\n", info->type);
    output_text(stdout, "Driver:         %s\n", info->driver);
    output_text(stdout, "State:          %s\n", mortise_domain_state_to_string(info->state));
    if (info->reason != NULL) {
        output_text(stdout, "Reason:         %s\n", info->reason);
    }
    if (info->detail != NULL) {
        output_text(stdout, "Detail:         %s\n", info->detail);
    }
    if (hung != NULL) {
        output_text(stdout, "Hung:           %s\n", hung);
    }
    output_text(stdout, "CPU(s):         %u\n", info->vcpus);
    if (info->cpu_time_ns != 0) {
        output_text(stdout, "CPU time:       %.1fs\n", (double) info->cpu_time_ns / 1e9);
    }
    output_text(stdout, "Max memory:     %" G_GUINT64_FORMAT " KiB\n", info->maximum_memory_kib);
    output_text(stdout, "Used memory:    %" G_GUINT64_FORMAT " KiB\n", info->memory_kib);
    output_text(stdout, "Persistent:     %s\n", info->persistent ? "yes" : "no");
    output_text(stdout, "Autostart:      %s\n", info->autostart ? "enable" : "disable");
}

static int
run_dominfo(Command *command)
{
    g_autoptr(MortiseDomainInfo) info = get_info(command);
    if (info == NULL) {
        return command->status;
    }
    if (command->json) {
        print_info_json(info);
    } else {
        print_info(info);
    }
    return COMMAND_DONE;
}

/* domid, domuuid and domname print one word each; their JSON is the same. */
static int
run_identity(Command *command)
{
    g_autoptr(MortiseDomainInfo) info = get_info(command);
    if (info == NULL) {
        return command->status;
    }
    g_autofree char *id = words_of_id(info->id);
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "name", info->name);
        json_add_text(builder, "uuid", info->uuid);
        json_add_known_number(builder, "id", info->id);
        json_builder_end_object(builder);
        output_json(builder);
    } else if (g_str_equal(command->verb->name, "domid")) {
        output_text(stdout, "%s\n", id);
    } else {
        output_text(stdout, "%s\n", g_str_equal(command->verb->name, "domuuid") ? info->uuid : info->name);
    }
    return COMMAND_DONE;
}

static int
run_dumpxml(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    MortiseXmlFlags flags = command_flag(command, "inactive") ? MORTISE_XML_INACTIVE : MORTISE_XML_CURRENT;
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = mortise_domain_get_xml(domain, flags, &error);
    if (xml == NULL) {
        return report_error(command, error);
    }
    return say_xml(command, domain, xml);
}

const Verb verbs_show[] = {
    {"domstate", GROUP_READ, "DOMAIN", "print the state of a domain", NULL, domstate_options, 1, 1, run_domstate},
    {"dominfo", GROUP_READ, "DOMAIN", "print what is known of a domain without asking it", NULL, NULL, 1, 1,
     run_dominfo},
    {"domid", GROUP_READ, "DOMAIN", "print the number of a domain, or - when it does not run", NULL, NULL, 1, 1,
     run_identity},
    {"domuuid", GROUP_READ, "DOMAIN", "print the UUID of a domain", NULL, NULL, 1, 1, run_identity},
    {"domname", GROUP_READ, "DOMAIN", "print the name of a domain", NULL, NULL, 1, 1, run_identity},
    {"dumpxml", GROUP_READ, "DOMAIN", "print the XML of a domain as it runs, or its definition", NULL,
     dumpxml_options, 1, 1, run_dumpxml},
    {NULL},
};
