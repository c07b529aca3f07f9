// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs on what people write about a domain: desc (title and description) and metadata.
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption desc_options[] = {
    {"title", 0, OPTION_FLAG, NULL, "the title instead of the description"},
    {NULL},
};
static const VerbOption metadata_options[] = {
    {"key", 0, OPTION_TEXT, "PREFIX", "prefix to write the element with; with --set"},
    {"set", 0, OPTION_TEXT, "XML", "put this element there"},
    {"remove", 0, OPTION_FLAG, NULL, "take the element away"},
    {NULL},
};

static int
show_text(Command *command, MortiseDomain *domain, const char *what)
{
    gboolean title = command_flag(command, "title");
    g_autofree char *text = title ? mortise_domain_get_title(domain) : mortise_domain_get_description(domain);
    const char *name = mortise_domain_get_name(domain);
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", name);
        json_add_text(builder, "uuid", mortise_domain_get_uuid(domain));
        json_add_text(builder, what, text);
        json_builder_end_object(builder);
        output_json(builder);
    } else if (text != NULL) {
        output_text(stdout, "%s\n", text);
    } else {
        output_text(stdout, "No %s for domain: %s\n", what, name);
    }
    return COMMAND_DONE;
}

static int
run_desc(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    gboolean title = command_flag(command, "title");
    const char *what = title ? "title" : "description";
    if (command->count == 1) {
        return show_text(command, domain, what);
    }
    g_autofree char *joined = g_strjoinv(" ", command->arguments + 1);
    const char *text = joined[0] != '\0' ? joined : NULL;
    g_autoptr(GError) error = NULL;
    gboolean done = title ? mortise_domain_set_title(domain, text, command->cancellable, &error)
                          : mortise_domain_set_description(domain, text, command->cancellable, &error);
    if (!done) {
        return report_error(command, error);
    }
    g_autofree char *result = g_strdup_printf("%s-%s", what, text != NULL ? "updated" : "removed");
    return say_done(command, domain, result, "Domain %s %s successfully", what,
                    text != NULL ? "updated" : "removed");
}

static int
show_metadata(Command *command, MortiseDomain *domain, const char *uri)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *element = mortise_domain_get_metadata(domain, uri, &error);
    if (element == NULL) {
        return report_error(command, error);
    }
    if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", mortise_domain_get_name(domain));
        json_add_text(builder, "uuid", mortise_domain_get_uuid(domain));
        json_add_text(builder, "uri", uri);
        json_add_text(builder, "xml", element);
        json_builder_end_object(builder);
        output_json(builder);
    } else {
        output_document(element);
    }
    return COMMAND_DONE;
}

static int
run_metadata(Command *command)
{
    const char *element = command_text(command, "set");
    const char *key = command_text(command, "key");
    gboolean away = command_flag(command, "remove");
    if (element != NULL && away) {
        return report_misuse(command, NULL, "--set does not go with --remove");
    }
    if (key != NULL && element == NULL) {
        return report_misuse(command, NULL, "--key goes with --set only");
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    const char *uri = command->arguments[1];
    if (element == NULL && !away) {
        return show_metadata(command, domain, uri);
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_set_metadata(domain, uri, key, element, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return away ? say_done(command, domain, "metadata-removed", "Metadata removed")
                : say_done(command, domain, "metadata-modified", "Metadata modified");
}

const Verb verbs_describe[] = {
    {"desc", GROUP_CHANGE, "DOMAIN [TEXT...]", "print or change the description or title of a domain",
     "Several words are joined by spaces; an empty TEXT takes it away.", desc_options, 1, NO_LIMIT, run_desc},
    {"metadata", GROUP_CHANGE, "DOMAIN URI", "print or change the metadata of one XML namespace", NULL,
     metadata_options, 2, 2, run_metadata},
    {NULL},
};
