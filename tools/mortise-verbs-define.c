// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs on definitions: define, create, undefine, autostart.
#include "mortise-document.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption define_options[] = {
    {"validate", 0, OPTION_FLAG, NULL, "refuse what the driver could not honour, and list all of it"},
    {NULL},
};
static const VerbOption create_options[] = {
    {"paused", 0, OPTION_FLAG, NULL, "leave the guest paused"},
    {"console", 0, OPTION_FLAG, NULL, "go on with its console"},
    {NULL},
};
static const VerbOption autostart_options[] = {
    {"disable", 0, OPTION_FLAG, NULL, "take the mark away"},
    {NULL},
};

static int
run_define(Command *command)
{
    const char *file = command->arguments[0];
    g_autofree char *xml = document_read(command, file);
    if (xml == NULL || !command_connect(command)) {
        return command->status;
    }
    MortiseDefineFlags flags = command_flag(command, "validate") ? MORTISE_DEFINE_VALIDATE : MORTISE_DEFINE_NONE;
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) domain = NULL;
    domain = mortise_connection_define_domain(command->connection, xml, flags, command->cancellable, &error);
    if (domain == NULL) {
        return report_error(command, error);
    }
    return say_done(command, domain, "defined", "Domain '%s' defined from %s", mortise_domain_get_name(domain),
                    file);
}

static int
run_create(Command *command)
{
    gboolean console = command_flag(command, "console");
    if (console && command->json) {
        return report_misuse(command, NULL, "--console does not go with --json");
    }
    const char *file = command->arguments[0];
    g_autofree char *xml = document_read(command, file);
    if (xml == NULL || !command_connect(command)) {
        return command->status;
    }
    MortiseStartFlags flags = command_flag(command, "paused") ? MORTISE_START_SUSPENDED : MORTISE_START_NONE;
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) domain = NULL;
    domain = mortise_connection_create_domain(command->connection, xml, flags, command->cancellable, &error);
    if (domain == NULL) {
        return report_error(command, error);
    }
    int code = say_done(command, domain, "created", "Domain '%s' created from %s", mortise_domain_get_name(domain),
                        file);
    return console ? console_run(command, domain, NULL, FALSE) : code;
}

static int
run_undefine(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_undefine(domain, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "undefined", "Domain '%s' has been undefined",
                    mortise_domain_get_name(domain));
}

static int
run_autostart(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    gboolean mark = !command_flag(command, "disable");
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_set_autostart(domain, mark, command->cancellable, &error)) {
        return report_error(command, error);
    }
    const char *name = mortise_domain_get_name(domain);
    return mark ? say_done(command, domain, "autostart", "Domain '%s' marked as autostarted", name)
                : say_done(command, domain, "no-autostart", "Domain '%s' unmarked as autostarted", name);
}

const Verb verbs_define[] = {
    {"define", GROUP_CHANGE, "FILE", "add a definition, or replace it; - reads standard input",
     "A domain that runs goes on as it is; the new definition is for its next start.", define_options, 1, 1,
     run_define},
    {"create", GROUP_CHANGE, "FILE", "start a domain that has no definition; - reads standard input", NULL,
     create_options, 1, 1, run_create},
    {"undefine", GROUP_CHANGE, "DOMAIN", "remove the definition of a domain",
     "A domain that runs goes on without one and is gone when it ends.", NULL, 1, 1, run_undefine},
    {"autostart", GROUP_CHANGE, "DOMAIN", "mark a domain to be started by 'start --autostart'", NULL,
     autostart_options, 1, 1, run_autostart},
    {NULL},
};
