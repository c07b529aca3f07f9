// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb help: all verbs by group, or one with its options; completion and the tests read its JSON.
#include "mortise-options.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static void
print_option(const VerbOption *option)
{
    g_autofree char *letter = option->letter != 0 ? g_strdup_printf("-%c, ", option->letter) : g_strdup("    ");
    gboolean optional = option->kind == OPTION_FLAG_NUMBER;
    g_autofree char *form = g_strdup_printf("%s--%s%s%s%s", letter, option->name,
                                            optional ? "[=" : option->value != NULL ? " " : "",
                                            option->value != NULL ? option->value : "", optional ? "]" : "");
    output_text(stdout, "  %-28s %s\n", form, option->help);
}

static void
print_options(const char *title, const VerbOption *options)
{
    if (options == NULL || options[0].name == NULL) {
        return;
    }
    output_text(stdout, "\n%s:\n", title);
    for (; options->name != NULL; options++) {
        print_option(options);
    }
}

/* Verbs of one group stand in several tables. */
static void
print_line(const Verb *verb, gpointer group)
{
    if (g_str_equal(group, verb->group)) {
        output_text(stdout, "  %-16s %s\n", verb->name, verb->summary);
    }
}

static void
add_options(JsonBuilder *builder, const char *member, const VerbOption *options)
{
    json_builder_set_member_name(builder, member);
    json_builder_begin_array(builder);
    for (; options != NULL && options->name != NULL; options++) {
        char letter[2] = {options->letter, '\0'};
        json_builder_begin_object(builder);
        json_add_text(builder, "name", options->name);
        json_add_text(builder, "letter", letter[0] != '\0' ? letter : NULL);
        json_add_text(builder, "value", options->value);
        json_add_text(builder, "help", options->help);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
add_verb(const Verb *verb, gpointer data)
{
    JsonBuilder *builder = data;
    json_builder_begin_object(builder);
    json_add_text(builder, "name", verb->name);
    json_add_text(builder, "group", verb->group);
    json_add_text(builder, "arguments", verb->arguments);
    json_add_text(builder, "summary", verb->summary);
    json_add_text(builder, "help", verb->help);
    add_options(builder, "options", verb->options);
    json_builder_end_object(builder);
}

static int
print_json(const Verb *verb)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    if (verb != NULL) {
        add_verb(verb, builder);
    } else {
        json_builder_begin_object(builder);
        add_options(builder, "options", options_common());
        json_builder_set_member_name(builder, "verbs");
        json_builder_begin_array(builder);
        verbs_each(add_verb, builder);
        json_builder_end_array(builder);
        json_builder_end_object(builder);
    }
    output_json(builder);
    return COMMAND_DONE;
}

int
help_print_all(Command *command)
{
    if (command->json) {
        return print_json(NULL);
    }
    g_autofree char *usage = options_usage(NULL);
    output_text(stdout, "usage: %s\n", usage);
    static const char *const groups[] = {GROUP_HOST, GROUP_READ, GROUP_CHANGE, GROUP_FOLLOW, GROUP_HELP};
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        output_text(stdout, "\n%s:\n", groups[i]);
        verbs_each(print_line, (gpointer) groups[i]);
    }
    print_options("Options of every verb", options_common());
    output_text(stdout, "\n'mortise help VERB' tells more of one. The URI without -c: %s\n", command->uri);
    return COMMAND_DONE;
}

int
help_print_verb(Command *command, const Verb *verb)
{
    if (command->json) {
        return print_json(verb);
    }
    g_autofree char *usage = options_usage(verb);
    output_text(stdout, "usage: %s\n\n%c%s.\n", usage, g_ascii_toupper(verb->summary[0]), verb->summary + 1);
    if (verb->help != NULL) {
        output_text(stdout, "\n%s\n", verb->help);
    }
    print_options("Options", verb->options);
    print_options("Options of every verb", options_common());
    return COMMAND_DONE;
}

static int
run_help(Command *command)
{
    if (command->count == 0) {
        return help_print_all(command);
    }
    const Verb *verb = verbs_find(command->arguments[0]);
    if (verb == NULL) {
        g_autofree char *hint = verbs_hint(command->arguments[0]);
        return report_misuse(command, hint, "there is no verb '%s'", command->arguments[0]);
    }
    return help_print_verb(command, verb);
}

const Verb verbs_help[] = {
    {"help", GROUP_HELP, "[VERB]", "list the verbs, or tell more of one", NULL, NULL, 0, 1, run_help},
    {NULL},
};
