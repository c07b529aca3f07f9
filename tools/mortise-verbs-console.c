// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb console: the terminal of a guest.
#include "mortise-interrupt.h"
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-terminal.h"
#include "mortise-verbs.h"

#include <errno.h>
#include <unistd.h>

static const VerbOption console_options[] = {
    {"devname", 0, OPTION_TEXT, "DEVICE", "the same as DEVICE"},
    {"force", 0, OPTION_FLAG, NULL, "take the console away from whoever holds it"},
    {NULL},
};

int
console_run(Command *command, MortiseDomain *domain, const char *device, gboolean force)
{
    g_autoptr(GError) error = NULL;
    int fd = mortise_domain_open_console(domain, device, force, command->cancellable, &error);
    if (fd < 0) {
        return report_error(command, error);
    }
    /* Greetings are for a person at a terminal; what goes through a pipe is the guest's alone. */
    gboolean greet = !command->quiet && isatty(STDIN_FILENO);
    if (greet) {
        output_text(stderr, "Connected to domain '%s'\nEscape character is ^] (Ctrl + ])\n",
                    mortise_domain_get_name(domain));
    }
    (void) output_flush();
    /* A session may last for days: others get the root meanwhile. */
    command_disconnect(command);
    TerminalEnd end = terminal_run(fd, command->cancellable);
    int number = errno;
    if (greet) {
        output_text(stderr, "\n%s\n", end == TERMINAL_HUNG_UP ? "The console ended" : "Left the console");
    }
    if (end == TERMINAL_CANCELLED) {
        return 128 + interrupt_get_signal(command->interrupt);
    }
    if (end == TERMINAL_FAILED) {
        return report_fault(command, MORTISE_ERROR_FILE_ERROR, NULL, "the console session failed: %s",
                            g_strerror(number));
    }
    return COMMAND_DONE;
}

static int
run_console(Command *command)
{
    const char *named = command_text(command, "devname");
    const char *argument = command->count > 1 ? command->arguments[1] : NULL;
    if (named != NULL && argument != NULL) {
        return report_misuse(command, NULL, "give the device once: as DEVICE or by --devname");
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    return console_run(command, domain, named != NULL ? named : argument, command_flag(command, "force"));
}

const Verb verbs_console[] = {
    {"console", GROUP_FOLLOW, "DOMAIN [DEVICE]", "use the console of a guest; ^] leaves it",
     "Standard input and output may be a terminal or not; ^] leaves in both cases. The end of standard input does "
     "not\n"
     "end the session: what the guest says is printed until its console ends. The connection is closed during the\n"
     "session, so that other commands may use it.",
     console_options, 1, 2, run_console},
    {NULL},
};
