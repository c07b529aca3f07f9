// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that steer a migration which another run of the command, or another program, has under way.
#include "mortise-migration.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

#define MIB 1048576

int
steer_run(Command *command, const char *action, guint64 first, guint64 second)
{
    const char *domain = command->arguments[0];
    gboolean asks = g_str_equal(action, "progress") || g_str_equal(action, "completed");
    g_autoptr(GError) error = NULL;
    /* no filter stands between this process and the one that migrates */
    if (command->readonly && !asks) {
        return report_fault(command, MORTISE_ERROR_REFUSED_BY_FILTER, "to allow it, leave --readonly out",
                            "--readonly does not let the migration of '%s' be changed", domain);
    }
    command_catch_signals(command);
    g_autoptr(GVariant)
        values = mortise_migration_steer(command->uri, domain, action, first, second, command->cancellable, &error);
    if (values == NULL) {
        return report_error(command, error);
    }
    if (asks) {
        progress_print(command, domain, values);
    } else if (command->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_text(builder, "domain", domain);
        json_add_text(builder, "result", action);
        json_builder_end_object(builder);
        output_json(builder);
    } else if (!command->quiet) {
        output_text(stdout, "Migration of '%s': %s\n", domain, action);
    }
    return COMMAND_DONE;
}

static int
run_info(Command *command)
{
    return steer_run(command, command_flag(command, "completed") ? "completed" : "progress", 0, 0);
}

static int
run_abort(Command *command)
{
    return steer_run(command, "abort", 0, 0);
}

static int
run_postcopy(Command *command)
{
    return steer_run(command, "postcopy", 0, 0);
}

/* The second argument is a number from 1; 0: reported as misuse, and command->status is set. */
static guint64
read_number(Command *command, const char *what)
{
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(command->arguments[1], 10, 1, G_MAXINT32, &number, NULL)) {
        command->status = report_misuse(command, NULL, "'%s' is no number of %s", command->arguments[1], what);
        return 0;
    }
    return number;
}

static int
run_speed(Command *command)
{
    guint64 number = read_number(command, "MiB a second");
    return number != 0 ? steer_run(command, "limits", number * MIB, 0) : command->status;
}

static int
run_downtime(Command *command)
{
    guint64 number = read_number(command, "milliseconds");
    return number != 0 ? steer_run(command, "limits", 0, number) : command->status;
}

static const VerbOption options_info[] = {
    {"completed", 0, OPTION_FLAG, NULL, "the last migration that has ended, whoever made it"},
    {NULL},
};

const Verb verbs_steer[] = {
    {"domjobinfo", GROUP_READ, "DOMAIN", "print how far the migration of a domain is, or how the last one ended",
     "The domain may be one that has moved away.", options_info, 1, 1, run_info},
    {"domjobabort", GROUP_CHANGE, "DOMAIN", "end the migration of a domain, which goes on where it is", NULL, NULL, 1,
     1, run_abort},
    {"migrate-setspeed", GROUP_CHANGE, "DOMAIN MIB", "change how many MiB a second a migration may send", NULL, NULL,
     2, 2, run_speed},
    {"migrate-setmaxdowntime", GROUP_CHANGE, "DOMAIN MS", "change how long the guest may stand still", NULL, NULL, 2, 2,
     run_downtime},
    {"migrate-postcopy", GROUP_CHANGE, "DOMAIN", "let the guest run at the destination now, its memory following",
     "The migration must have been started with --postcopy. It cannot be aborted any more after that.", NULL, 1, 1,
     run_postcopy},
    {NULL},
};
