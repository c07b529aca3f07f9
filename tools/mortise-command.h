// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the parts of the command share: a verb of the table, and the run of one.
#pragma once

#include <mortise/mortise.h>

/* Exit codes; docs/command.md promises them. A signal that ended the command gives 128 and its number. */
#define COMMAND_DONE 0
#define COMMAND_FAILED 1
#define COMMAND_MISUSED 2
#define COMMAND_NO_DOMAIN 3
#define COMMAND_NO_CONNECTION 4
#define COMMAND_TIMED_OUT 5
#define COMMAND_PARTLY 6

typedef enum {
    OPTION_FLAG,
    OPTION_FLAG_NUMBER, /* a flag that may have a number, as --name=N only */
    OPTION_TEXT,
    OPTION_NUMBER,  /* whole, from 1 to G_MAXINT32 */
    OPTION_SECONDS, /* decimal, above 0, up to a year; read as milliseconds */
} OptionKind;

typedef struct {
    const char *name; /* "paused" for --paused */
    char letter;      /* 0 for none */
    OptionKind kind;
    const char *value; /* word that stands for its value, "SECONDS"; NULL of a flag */
    const char *help;
} VerbOption;

typedef struct Command Command;

typedef struct {
    const char *name;
    const char *group;
    const char *arguments;     /* "DOMAIN [DEVICE]"; "" for none */
    const char *summary;       /* what it does, in a line */
    const char *help;          /* what else is worth knowing; NULL for nothing */
    const VerbOption *options; /* ends with one without a name; NULL for none */
    guint minimum;             /* arguments that it needs */
    guint maximum;             /* and takes */
    int (*run)(Command *command);
} Verb;

typedef struct Interrupt Interrupt;
typedef struct OptionValues OptionValues;

/* One run of a verb. */
struct Command {
    const Verb *verb; /* NULL until it is known */
    char **arguments; /* without the options */
    guint count;
    OptionValues *values;
    char *uri;
    gboolean json;
    gboolean quiet;
    gboolean readonly;
    guint deadline;            /* milliseconds; 0 for the defaults */
    GCancellable *cancellable; /* cancelled by the first signal that asks to end */
    Interrupt *interrupt;      /* NULL until something is done that may take long */
    MortiseConnection *connection;
    int status; /* exit code of what a helper has reported */
};

/* Whether the flag was given; `name` must be one of the verb's options. */
gboolean command_flag(Command *command, const char *name);
/* The value of an option, or NULL. Belongs to the command. */
const char *command_text(Command *command, const char *name);
/* The value of a number, or of seconds in milliseconds; `otherwise` when it was not given. */
guint64 command_number(Command *command, const char *name, guint64 otherwise);

/* From now on a signal that asks to end cancels `command->cancellable`; a second one ends the process. */
void command_catch_signals(Command *command);
/* From now on every connection of this process refuses what changes something. FALSE: reported, as below. */
gboolean command_require_readonly(Command *command);
/* Opens the connection once. FALSE: reported, and command->status is set. */
gboolean command_connect(Command *command);
/* Gives the root back, so that others may have it. Safe to call again. */
void command_disconnect(Command *command);
/*
 * The domain that a word means: the number of an active one, a UUID, or a name. Connects. NULL: reported, and
 * command->status is set.
 */
MortiseDomain *command_find_domain(Command *command, const char *word);
/* The same without a report. */
MortiseDomain *command_lookup_domain(Command *command, const char *word, GError **error);
