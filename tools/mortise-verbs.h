// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of verbs: one list from each file of one purpose.
#pragma once

#include "mortise-command.h"

/* Each ends with a verb without a name. */
extern const Verb verbs_host[];
extern const Verb verbs_doctor[];
extern const Verb verbs_list[];
extern const Verb verbs_show[];
extern const Verb verbs_stats[];
extern const Verb verbs_vcpus[];
extern const Verb verbs_devices[];
extern const Verb verbs_attach[];
extern const Verb verbs_detach[];
extern const Verb verbs_tuning[];
extern const Verb verbs_define[];
extern const Verb verbs_lifecycle[];
extern const Verb verbs_start[];
extern const Verb verbs_migrate[];
extern const Verb verbs_steer[];
extern const Verb verbs_tsc[];
extern const Verb verbs_describe[];
extern const Verb verbs_console[];
extern const Verb verbs_enter[];
extern const Verb verbs_event[];
extern const Verb verbs_wait[];
extern const Verb verbs_help[];

#define GROUP_HOST "Modules and host"
#define GROUP_READ "Reading domains"
#define GROUP_CHANGE "Changing domains"
#define GROUP_FOLLOW "Following domains"
#define GROUP_HELP "Help"

#define NO_LIMIT G_MAXUINT

/* The verb of that name, or NULL. */
const Verb *verbs_find(const char *name);
/* Calls `function` for each verb, in the order of help. */
void verbs_each(void (*function)(const Verb *verb, gpointer data), gpointer data);
/* The names of all verbs, ended by NULL. Free with g_free. */
const char **verbs_names(void);
/* What to do where a word is no verb; NULL when nothing comes near. Free with g_free. */
char *verbs_hint(const char *word);

/* Prints all verbs, or one; for people or for programs. Returns the exit code. */
int help_print_all(Command *command);
int help_print_verb(Command *command, const Verb *verb);

/* What a changing verb says at its end: a sentence for people, "result" for programs. Returns COMMAND_DONE. */
int
say_done(Command *command, MortiseDomain *domain, const char *result, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* Prints XML of a domain: as it is for people, with name and UUID for programs. Returns COMMAND_DONE. */
int say_xml(Command *command, MortiseDomain *domain, const char *xml);
/* Asks the process that migrates the first argument to do something. Returns the exit code. */
int steer_run(Command *command, const char *action, guint64 first, guint64 second);
/* The console of a domain until it ends; the connection is closed first. Returns the exit code. */
int console_run(Command *command, MortiseDomain *domain, const char *device, gboolean force);
