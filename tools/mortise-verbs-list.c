// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb list: domains with their states, from what is published; nothing here waits for a guest.
#include "mortise-domain-words.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption list_options[] = {
    {"all", 0, OPTION_FLAG, NULL, "domains that do not run, too"},
    {"inactive", 0, OPTION_FLAG, NULL, "only domains that do not run"},
    {"persistent", 0, OPTION_FLAG, NULL, "only domains with a definition"},
    {"transient", 0, OPTION_FLAG, NULL, "only domains without a definition"},
    {"autostart", 0, OPTION_FLAG, NULL, "only domains marked autostart"},
    {"no-autostart", 0, OPTION_FLAG, NULL, "only domains not marked autostart"},
    {"state-running", 0, OPTION_FLAG, NULL, "domains in the state running"},
    {"state-paused", 0, OPTION_FLAG, NULL, "domains in the state paused"},
    {"state-shutoff", 0, OPTION_FLAG, NULL, "domains in the state shut off"},
    {"state-other", 0, OPTION_FLAG, NULL, "domains in any other state"},
    {"name", 0, OPTION_FLAG, NULL, "print names, one a line"},
    {"uuid", 0, OPTION_FLAG, NULL, "print UUIDs, one a line"},
    {"id", 0, OPTION_FLAG, NULL, "print numbers, one a line"},
    {"title", 0, OPTION_FLAG, NULL, "print titles in the table, too"},
    {"table", 0, OPTION_FLAG, NULL, "print a table (the default)"},
    {NULL},
};

static MortiseListFlags
read_filters(Command *command)
{
    static const struct {
        const char *name;
        MortiseListFlags flag;
    } filters[] = {
        {"inactive", MORTISE_LIST_INACTIVE},         {"persistent", MORTISE_LIST_PERSISTENT},
        {"transient", MORTISE_LIST_TRANSIENT},       {"autostart", MORTISE_LIST_AUTOSTART},
        {"no-autostart", MORTISE_LIST_NO_AUTOSTART}, {"state-running", MORTISE_LIST_RUNNING},
        {"state-paused", MORTISE_LIST_PAUSED},       {"state-shutoff", MORTISE_LIST_SHUTOFF},
        {"state-other", MORTISE_LIST_OTHER},
    };
    const MortiseListFlags states = MORTISE_LIST_RUNNING | MORTISE_LIST_PAUSED | MORTISE_LIST_SHUTOFF
                                    | MORTISE_LIST_OTHER;
    MortiseListFlags flags = MORTISE_LIST_ALL;
    for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
        if (command_flag(command, filters[i].name)) {
            flags |= filters[i].flag;
        }
    }
    if (command_flag(command, "all")) {
        return flags & ~MORTISE_LIST_INACTIVE;
    }
    /* As with virsh: a state that is asked for says by itself whether such a domain runs. */
    return (flags & (MORTISE_LIST_INACTIVE | states)) != 0 ? flags : flags | MORTISE_LIST_ACTIVE;
}

static void
print_json(GPtrArray *infos)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < infos->len; i++) {
        const MortiseDomainInfo *info = g_ptr_array_index(infos, i);
        json_builder_begin_object(builder);
        json_add_text(builder, "name", info->name);
        json_add_text(builder, "uuid", info->uuid);
        json_add_known_number(builder, "id", info->id);
        json_add_text(builder, "type", info->type);
        json_add_text(builder, "state", mortise_domain_state_to_string(info->state));
        json_add_number(builder, "age_ms", info->age_ms);
        words_add_hung(builder, info->hung_operation, info->hung_ms);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    output_json(builder);
}

static void
print_table(Command *command, GPtrArray *infos)
{
    gboolean title = command_flag(command, "title");
    const char *titles[] = {"Id", "Name", "State", title ? "Title" : NULL, NULL};
    g_autoptr(Table) table = table_new(titles);
    for (guint i = 0; i < infos->len; i++) {
        const MortiseDomainInfo *info = g_ptr_array_index(infos, i);
        g_autofree char *id = words_of_id(info->id);
        g_autofree char *state = words_of_state(info);
        table_add_row(table, (const char *const[]){id, info->name, state, info->title});
    }
    table_print(table, command->quiet);
}

/* The columns that were asked for, as virsh prints them: number, UUID and name with a space between. */
static void
print_columns(Command *command, GPtrArray *infos)
{
    for (guint i = 0; i < infos->len; i++) {
        const MortiseDomainInfo *info = g_ptr_array_index(infos, i);
        g_autofree char *id = words_of_id(info->id);
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        if (command_flag(command, "id")) {
            g_ptr_array_add(words, id);
        }
        if (command_flag(command, "uuid")) {
            g_ptr_array_add(words, info->uuid);
        }
        if (command_flag(command, "name")) {
            g_ptr_array_add(words, info->name);
        }
        g_ptr_array_add(words, NULL);
        g_autofree char *line = g_strjoinv(" ", (char **) words->pdata);
        output_text(stdout, "%s\n", line);
    }
}

static void
free_info(gpointer data)
{
    mortise_domain_info_free(data);
}

static int
run_list(Command *command)
{
    gboolean columns = command_flag(command, "name") || command_flag(command, "uuid")
                       || command_flag(command, "id");
    if (columns && (command_flag(command, "table") || command_flag(command, "title"))) {
        return report_misuse(command, NULL, "--name, --uuid and --id do not go with --table or --title");
    }
    if (!command_connect(command)) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) domains = NULL;
    domains = mortise_connection_list_domains(command->connection, read_filters(command), &error);
    if (domains == NULL) {
        return report_error(command, error);
    }
    g_autoptr(GPtrArray) infos = g_ptr_array_new_with_free_func(free_info);
    for (guint i = 0; i < domains->len; i++) {
        MortiseDomainInfo *info = mortise_domain_get_info(g_ptr_array_index(domains, i), NULL);
        if (info != NULL) { /* one that went since the list was made is no part of it */
            g_ptr_array_add(infos, info);
        }
    }
    if (command->json) {
        print_json(infos);
    } else if (columns) {
        print_columns(command, infos);
    } else {
        print_table(command, infos);
    }
    return COMMAND_DONE;
}

const Verb verbs_list[] = {
    {"list", GROUP_READ, "", "list domains, those that run unless told otherwise",
     "A domain with a call that is late is marked with the call and since when. Nothing waits for it.",
     list_options, 0, 0, run_list},
    {NULL},
};
