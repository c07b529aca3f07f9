// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that change a running domain: shutdown, reboot, reset, destroy, suspend, resume.
#include "mortise-output.h"
#include "mortise-report.h"
#include "mortise-verbs.h"

static const VerbOption mode_options[] = {
    {"mode", 0, OPTION_TEXT, "MODE", "how to ask: acpi, agent, initctl, signal; several with commas"},
    {NULL},
};
static const VerbOption destroy_options[] = {
    {"graceful", 0, OPTION_FLAG, NULL, "let the emulator flush its disks first"},
    {NULL},
};

/* Reads --mode. FALSE: reported, and command->status is set. */
static gboolean
read_mode(Command *command, MortiseShutdownMode *mode)
{
    static const struct {
        const char *name;
        MortiseShutdownMode mode;
    } modes[] = {
        {"acpi", MORTISE_SHUTDOWN_MODE_ACPI},
        {"agent", MORTISE_SHUTDOWN_MODE_AGENT},
        {"initctl", MORTISE_SHUTDOWN_MODE_INITCTL},
        {"signal", MORTISE_SHUTDOWN_MODE_SIGNAL},
    };
    *mode = MORTISE_SHUTDOWN_MODE_DEFAULT;
    const char *text = command_text(command, "mode");
    if (text == NULL) {
        return TRUE;
    }
    g_auto(GStrv) words = g_strsplit(text[0] != '\0' ? text : ",", ",", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        guint found = 0;
        while (found < G_N_ELEMENTS(modes) && !g_str_equal(modes[found].name, words[i])) {
            found++;
        }
        if (found == G_N_ELEMENTS(modes)) {
            command->status = report_misuse(command, "modes are acpi, agent, initctl and signal",
                                            "there is no mode '%s'", words[i]);
            return FALSE;
        }
        *mode |= modes[found].mode;
    }
    return TRUE;
}

typedef gboolean (*Ask)(MortiseDomain *domain, MortiseShutdownMode mode, GCancellable *cancellable, GError **error);

static int
run_with_mode(Command *command, Ask ask, const char *result, const char *sentence)
{
    MortiseShutdownMode mode = MORTISE_SHUTDOWN_MODE_DEFAULT;
    if (!read_mode(command, &mode)) {
        return command->status;
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!ask(domain, mode, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, result, "Domain '%s' %s", mortise_domain_get_name(domain), sentence);
}

static int
run_shutdown(Command *command)
{
    return run_with_mode(command, mortise_domain_shutdown, "shutdown-requested", "is being shutdown");
}

static int
run_reboot(Command *command)
{
    return run_with_mode(command, mortise_domain_reboot, "reboot-requested", "is being rebooted");
}

typedef gboolean (*Change)(MortiseDomain *domain, GCancellable *cancellable, GError **error);

static int
run_change(Command *command, Change change, const char *result, const char *sentence)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    g_autoptr(GError) error = NULL;
    if (!change(domain, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, result, "Domain '%s' %s", mortise_domain_get_name(domain), sentence);
}

static int
run_reset(Command *command)
{
    return run_change(command, mortise_domain_reset, "reset", "was reset");
}

static int
run_suspend(Command *command)
{
    return run_change(command, mortise_domain_suspend, "suspended", "suspended");
}

static int
run_resume(Command *command)
{
    return run_change(command, mortise_domain_resume, "resumed", "resumed");
}

static int
run_destroy(Command *command)
{
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL) {
        return command->status;
    }
    MortiseStopFlags flags = command_flag(command, "graceful") ? MORTISE_STOP_GENTLE : MORTISE_STOP_NOW;
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_stop(domain, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "destroyed", "Domain '%s' destroyed", mortise_domain_get_name(domain));
}

const Verb verbs_lifecycle[] = {
    {"shutdown", GROUP_CHANGE, "DOMAIN", "ask a guest to shut down",
     "Returns when the guest was asked; 'mortise wait DOMAIN shutoff' waits until it has.", mode_options, 1, 1,
     run_shutdown},
    {"reboot", GROUP_CHANGE, "DOMAIN", "ask a guest to reboot", NULL, mode_options, 1, 1, run_reboot},
    {"reset", GROUP_CHANGE, "DOMAIN", "reset the machine as its reset button would", NULL, NULL, 1, 1, run_reset},
    {"destroy", GROUP_CHANGE, "DOMAIN", "end a guest, whatever it is doing", NULL, destroy_options, 1, 1,
     run_destroy},
    {"suspend", GROUP_CHANGE, "DOMAIN", "pause a guest; its memory stays", NULL, NULL, 1, 1, run_suspend},
    {"resume", GROUP_CHANGE, "DOMAIN", "let a paused guest go on", NULL, NULL, 1, 1, run_resume},
    {NULL},
};
