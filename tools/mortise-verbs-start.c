// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb start: one domain, or all that are marked autostart.
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

/* Starts under way at the same time: a host that boots is busy enough. */
#define TOGETHER 4

static const VerbOption start_options[] = {
    {"paused", 0, OPTION_FLAG, NULL, "leave the guest paused"},
    {"console", 0, OPTION_FLAG, NULL, "go on with its console"},
    {"autostart", 0, OPTION_FLAG, NULL, "start every domain that is marked autostart, instead of one"},
    {NULL},
};

typedef struct {
    MortiseDomain *domain;
    GError *error; /* NULL when it was started */
} Outcome;

/* All domains that are to be started, and how far that is. */
typedef struct {
    Command *command;
    MortiseStartFlags flags;
    GPtrArray *outcomes;
    guint next;
    guint under_way;
    guint failed;
} Round;

static void
free_outcome(gpointer data)
{
    Outcome *outcome = data;
    g_object_unref(outcome->domain);
    g_clear_error(&outcome->error);
    g_free(outcome);
}

/* The domain and the round of one asynchronous start. */
typedef struct {
    Round *round;
    Outcome *outcome;
} Start;

static void
take_result(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autofree Start *start = data;
    start->round->under_way--;
    if (!mortise_domain_start_finish(MORTISE_DOMAIN(source), result, &start->outcome->error)) {
        start->round->failed++;
    }
}

static void
run_round(Round *round)
{
    while (round->next < round->outcomes->len || round->under_way > 0) {
        if (round->next < round->outcomes->len && round->under_way < TOGETHER) {
            Start *start = g_new0(Start, 1);
            start->round = round;
            start->outcome = g_ptr_array_index(round->outcomes, round->next++);
            round->under_way++;
            mortise_domain_start_async(start->outcome->domain, round->flags, round->command->cancellable,
                                       take_result, start);
        } else {
            (void) g_main_context_iteration(NULL, TRUE);
        }
    }
}

static void
print_round_json(const Round *round)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < round->outcomes->len; i++) {
        const Outcome *outcome = g_ptr_array_index(round->outcomes, i);
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", mortise_domain_get_name(outcome->domain));
        json_add_text(builder, "uuid", mortise_domain_get_uuid(outcome->domain));
        json_add_text(builder, "result", outcome->error == NULL ? "started" : "failed");
        json_builder_set_member_name(builder, "error");
        if (outcome->error == NULL) {
            json_builder_add_null_value(builder);
        } else {
            json_builder_begin_object(builder);
            report_add_error(builder, outcome->error);
            json_builder_end_object(builder);
        }
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    output_json(builder);
}

static int
say_round(const Round *round)
{
    int code = COMMAND_DONE;
    Command *command = round->command;
    if (command->json) {
        print_round_json(round);
    }
    for (guint i = 0; i < round->outcomes->len; i++) {
        const Outcome *outcome = g_ptr_array_index(round->outcomes, i);
        const char *name = mortise_domain_get_name(outcome->domain);
        if (outcome->error != NULL) {
            code = command->json ? report_code_of(command, outcome->error)
                                 : report_error_of(command, name, outcome->error);
        } else if (!command->json && !command->quiet) {
            output_text(stdout, "Domain '%s' started\n", name);
        }
    }
    gboolean some = round->failed > 0 && round->failed < round->outcomes->len;
    return some && code < 128 ? COMMAND_PARTLY : code;
}

static int
start_marked(Command *command, MortiseStartFlags flags)
{
    if (!command_connect(command)) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) domains = mortise_connection_list_domains(
        command->connection, MORTISE_LIST_INACTIVE | MORTISE_LIST_AUTOSTART, &error);
    if (domains == NULL) {
        return report_error(command, error);
    }
    g_autoptr(GPtrArray) outcomes = g_ptr_array_new_with_free_func(free_outcome);
    for (guint i = 0; i < domains->len; i++) {
        Outcome *outcome = g_new0(Outcome, 1);
        outcome->domain = g_object_ref(g_ptr_array_index(domains, i));
        g_ptr_array_add(outcomes, outcome);
    }
    Round round = {.command = command, .flags = flags, .outcomes = outcomes};
    run_round(&round);
    return say_round(&round);
}

static int
start_one(Command *command, MortiseStartFlags flags)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_start(domain, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    int code = say_done(command, domain, "started", "Domain '%s' started", mortise_domain_get_name(domain));
    return command_flag(command, "console") ? console_run(command, domain, NULL, FALSE) : code;
}

static int
run_start(Command *command)
{
    gboolean marked = command_flag(command, "autostart");
    if (marked && command->count > 0) {
        return report_misuse(command, NULL, "--autostart starts all that are marked: it takes no DOMAIN");
    }
    if (!marked && command->count == 0) {
        return report_misuse(command, NULL, "DOMAIN is missing");
    }
    if (command_flag(command, "console") && (marked || command->json)) {
        return report_misuse(command, NULL, "--console does not go with %s", marked ? "--autostart" : "--json");
    }
    MortiseStartFlags flags = command_flag(command, "paused") ? MORTISE_START_SUSPENDED : MORTISE_START_NONE;
    return marked ? start_marked(command, flags) : start_one(command, flags);
}

const Verb verbs_start[] = {
    {"start", GROUP_CHANGE, "[DOMAIN]", "start a defined domain, or all that are marked autostart", NULL,
     start_options, 0, 1, run_start},
    {NULL},
};
