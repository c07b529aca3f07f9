// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The command: reads its line, runs one verb, and leaves.
#include "mortise-command.h"
#include "mortise-interrupt.h"
#include "mortise-options.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

#include <errno.h>

static int
report_no_verb(Command *command)
{
    return report_misuse(command, "'mortise help' lists the verbs", "no verb was given");
}

static int
report_unknown_verb(Command *command, const char *word)
{
    g_autofree char *hint = verbs_hint(word);
    g_autofree char *valid = g_utf8_make_valid(word, -1);
    return report_misuse(command, hint, "there is no verb '%s'", valid);
}

static int
run_verb(Command *command, char **words)
{
    command->verb = verbs_find(words[0]);
    if (command->verb == NULL) {
        return report_unknown_verb(command, words[0]);
    }
    gboolean help = FALSE;
    if (!options_read_verb(command, words, &help)) {
        return command->status;
    }
    if (help) {
        return help_print_verb(command, command->verb);
    }
    /* before there is any other thread */
    if (command->readonly && !command_require_readonly(command)) {
        return command->status;
    }
    return command->verb->run(command);
}

static int
run(Command *command, char **arguments)
{
    gboolean help = FALSE;
    gboolean version = FALSE;
    g_auto(GStrv) words = options_read_head(command, arguments, &help, &version);
    if (words == NULL) {
        return command->status;
    }
    if (version) {
        output_text(stdout, "mortise %s\n", mortise_get_version());
        return COMMAND_DONE;
    }
    if (help && words[0] == NULL) {
        return help_print_all(command);
    }
    if (words[0] == NULL) {
        return report_no_verb(command);
    }
    const Verb *verb = help ? verbs_find(words[0]) : NULL;
    return verb != NULL ? help_print_verb(command, verb) : run_verb(command, words);
}

/* What could not be written was not said: a full disk must not look like an empty list. */
static int
check_output(Command *command, int code)
{
    if (output_flush() || errno == EPIPE) {
        return code;
    }
    int number = errno;
    int failed = report_fault(command, MORTISE_ERROR_FILE_ERROR, NULL, "cannot write the output: %s",
                              g_strerror(number));
    return code != COMMAND_DONE ? code : failed;
}

static void
clear(Command *command)
{
    command_disconnect(command);
    interrupt_free(command->interrupt);
    options_free_values(command->values);
    g_strfreev(command->arguments);
    g_free(command->uri);
    g_object_unref(command->cancellable);
}

int
main(int count, char **arguments)
{
    (void) count;
    /* What G_MESSAGES_DEBUG asks for would spoil what --json prints. */
    g_log_writer_default_set_use_stderr(TRUE);
    Command command = {.cancellable = g_cancellable_new()};
    int code = run(&command, arguments);
    code = check_output(&command, code);
    clear(&command);
    return code;
}
