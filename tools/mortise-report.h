// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Saying on stderr what went wrong, for a person or for a program, and which exit code that gives.
#pragma once

#include "mortise-command.h"

#include <json-glib/json-glib.h>

/* Each prints one error and returns the exit code. */
int report_error(Command *command, const GError *error);
/* The same for one of several domains: the message begins with its name. */
int report_error_of(Command *command, const char *domain, const GError *error);
/* The same with code 4, whatever the cause. */
int report_connection_error(Command *command, const GError *error);
/* The command line is wrong: says how the verb is used. `hint` may be NULL. */
int report_misuse(Command *command, const char *hint, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* A fault that the command found itself. `hint` may be NULL. */
int
report_fault(Command *command, MortiseError code, const char *hint, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The exit code of an error, without a word. */
int report_code_of(Command *command, const GError *error);
/* Adds the fields of an error to the object that is open in the builder. */
void report_add_error(JsonBuilder *builder, const GError *error);
