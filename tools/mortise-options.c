// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading the command line by GOption, from the options that the table of verbs declares.
#include "mortise-options.h"

#include "config.h"
#include "mortise-report.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_SECONDS (365.0 * 86400.0)

typedef struct {
    const VerbOption *option;
    gboolean flag;
    char *text;
    guint64 number;
} OptionValue;

struct OptionValues {
    GPtrArray *list; /* of OptionValue */
    GArray *entries; /* of GOptionEntry, which point into the list */
};

static const VerbOption common_options[] = {
    {"connect", 'c', OPTION_TEXT, "URI", "the connection to open"},
    {"json", 0, OPTION_FLAG, NULL, "print for programs, errors too"},
    {"deadline", 0, OPTION_NUMBER, "MS", "milliseconds that a call may take, instead of its default"},
    {"quiet", 'q', OPTION_FLAG, NULL, "print no titles and no reports of success"},
    {"readonly", 'r', OPTION_FLAG, NULL, "refuse what would change something"},
    {"help", 'h', OPTION_FLAG, NULL, "say how it is used, and end"},
    {NULL},
};
static const VerbOption head_options[] = {
    {"version", 'V', OPTION_FLAG, NULL, "say which version this is, and end"},
    {NULL},
};

/* As in virsh, these words may come as options of their names, too; help is silent about it. */
static const VerbOption word_options[] = {
    {"domain", 0, OPTION_TEXT, "DOMAIN", NULL},
    {"file", 0, OPTION_TEXT, "FILE", NULL},
};

const VerbOption *
options_common(void)
{
    return common_options;
}

char *
options_usage(const Verb *verb)
{
    if (verb == NULL) {
        return g_strdup("mortise [OPTION...] VERB [OPTION...] [ARGUMENT...]");
    }
    gboolean takes_options = verb->options != NULL && verb->options[0].name != NULL;
    return g_strdup_printf("mortise %s%s%s%s", verb->name, takes_options ? " [OPTION...]" : "",
                           verb->arguments[0] != '\0' ? " " : "", verb->arguments);
}

static void
free_value(gpointer data)
{
    OptionValue *value = data;
    g_free(value->text);
    g_free(value);
}

static OptionValues *
new_values(void)
{
    OptionValues *self = g_new0(OptionValues, 1);
    self->list = g_ptr_array_new_with_free_func(free_value);
    self->entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    return self;
}

void
options_free_values(OptionValues *values)
{
    if (values != NULL) {
        g_ptr_array_unref(values->list);
        g_array_unref(values->entries);
        g_free(values);
    }
}

static void
add_option(OptionValues *self, const VerbOption *option)
{
    OptionValue *value = g_new0(OptionValue, 1);
    value->option = option;
    g_ptr_array_add(self->list, value);
    /* Text is taken as it comes: GOption would convert it from the locale, and names are UTF-8 in any. */
    GOptionEntry entry = {
        .long_name = option->name,
        .short_name = option->letter,
        .arg = option->kind == OPTION_FLAG ? G_OPTION_ARG_NONE : G_OPTION_ARG_FILENAME,
        .arg_data = option->kind == OPTION_FLAG ? (gpointer) &value->flag : (gpointer) &value->text,
    };
    g_array_append_val(self->entries, entry);
}

static void
add_options(OptionValues *self, const VerbOption *options)
{
    for (const VerbOption *option = options; option != NULL && option->name != NULL; option++) {
        add_option(self, option);
    }
}

static OptionValue *
find_value(OptionValues *self, const char *name)
{
    for (guint i = 0; i < self->list->len; i++) {
        OptionValue *value = g_ptr_array_index(self->list, i);
        if (g_str_equal(value->option->name, name)) {
            return value;
        }
    }
    return NULL;
}

gboolean
command_flag(Command *command, const char *name)
{
    OptionValue *value = find_value(command->values, name);
    g_return_val_if_fail(value != NULL, FALSE);
    return value->flag || (value->option->kind == OPTION_FLAG_NUMBER && value->text != NULL);
}

const char *
command_text(Command *command, const char *name)
{
    OptionValue *value = find_value(command->values, name);
    g_return_val_if_fail(value != NULL, NULL);
    return value->text;
}

guint64
command_number(Command *command, const char *name, guint64 otherwise)
{
    OptionValue *value = find_value(command->values, name);
    g_return_val_if_fail(value != NULL, otherwise);
    return value->number > 0 ? value->number : otherwise;
}

static gboolean
misused(Command *command, int status)
{
    command->status = status;
    return FALSE;
}

static gboolean
check_number(Command *command, OptionValue *value)
{
    const char *name = value->option->name;
    if (!g_ascii_string_to_unsigned(value->text, 10, 1, G_MAXINT32, &value->number, NULL)) {
        return misused(command, report_misuse(command, NULL, "--%s takes a whole number from 1 to %d, not '%s'",
                                              name, G_MAXINT32, value->text));
    }
    return TRUE;
}

static gboolean
check_seconds(Command *command, OptionValue *value)
{
    const char *text = value->text;
    char *end = NULL;
    /* strtod alone would take hexadecimal numbers, powers of ten, and words. */
    gboolean plain = g_ascii_isdigit(text[0]) && strspn(text, "0123456789.") == strlen(text);
    double seconds = plain ? g_ascii_strtod(text, &end) : 0;
    if (!plain || *end != '\0' || !(seconds >= 0.001 && seconds <= LONGEST_SECONDS)) {
        return misused(command, report_misuse(command, NULL, "--%s takes seconds, such as 30 or 0.5, not '%s'",
                                              value->option->name, text));
    }
    value->number = (guint64) (seconds * 1000.0);
    return TRUE;
}

static gboolean
check_values(Command *command)
{
    for (guint i = 0; i < command->values->list->len; i++) {
        OptionValue *value = g_ptr_array_index(command->values->list, i);
        if (value->text == NULL || (value->option->kind == OPTION_FLAG_NUMBER && value->text[0] == '\0')) {
            continue;
        }
        if (!g_utf8_validate(value->text, -1, NULL)) {
            return misused(command, report_misuse(command, "use UTF-8", "the value of --%s is not valid UTF-8",
                                                  value->option->name));
        }
        OptionKind kind = value->option->kind;
        gboolean good = kind == OPTION_NUMBER || kind == OPTION_FLAG_NUMBER ? check_number(command, value)
                        : kind == OPTION_SECONDS                            ? check_seconds(command, value)
                                                                            : TRUE;
        if (!good) {
            return FALSE;
        }
    }
    return TRUE;
}

/* What an option was most likely meant to be, as a hint; NULL when none is near. */
static char *
hint_for_option(OptionValues *values, const char *option)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < values->list->len; i++) {
        OptionValue *value = g_ptr_array_index(values->list, i);
        g_ptr_array_add(names, (gpointer) value->option->name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *word = g_strdup(option + strspn(option, "-"));
    g_strdelimit(word, "=", '\0');
    const char *nearest = options_nearest(word, (const char *const *) names->pdata);
    return nearest != NULL ? g_strdup_printf("did you mean --%s?", nearest) : NULL;
}

static void
report_parse_error(Command *command, const GError *error)
{
    const char *option = strrchr(error->message, ' ');
    if (g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) && option != NULL) {
        g_autofree char *hint = hint_for_option(command->values, option + 1);
        g_autofree char *valid = g_utf8_make_valid(option + 1, -1);
        command->status = report_misuse(command, hint, "there is no option %s", valid);
    } else {
        g_autofree char *valid = g_utf8_make_valid(error->message, -1);
        command->status = report_misuse(command, NULL, "%s", valid);
    }
}

/* Takes over what the options say that every verb takes. */
static void
take_common(Command *command)
{
    if (command_text(command, "connect") != NULL) {
        g_free(command->uri);
        command->uri = g_strdup(command_text(command, "connect"));
    }
    command->json = command->json || command_flag(command, "json");
    command->quiet = command->quiet || command_flag(command, "quiet");
    command->readonly = command->readonly || command_flag(command, "readonly");
    command->deadline = (guint) command_number(command, "deadline", command->deadline);
}

/* What GOption would take the wrong way: a value of a flag, and a word after a flag that may have a number. */
static gboolean
settle_form(Command *command, char **word, gboolean *takes_next)
{
    g_autofree char *name = g_strndup(*word + 2, strcspn(*word + 2, "="));
    const OptionValue *value = find_value(command->values, name);
    const char *given = strchr(*word, '=');
    OptionKind kind = value != NULL ? value->option->kind : OPTION_FLAG;
    *takes_next = value != NULL && kind != OPTION_FLAG && kind != OPTION_FLAG_NUMBER && given == NULL;
    if (value != NULL && kind == OPTION_FLAG && given != NULL) {
        return misused(command, report_misuse(command, NULL, "--%s takes no value", name));
    }
    if (kind == OPTION_FLAG_NUMBER && given == NULL) {
        g_free(*word);
        *word = g_strdup_printf("--%s=", name);
    } else if (kind == OPTION_FLAG_NUMBER && given[1] == '\0') {
        return misused(command, report_misuse(command, NULL, "the number of --%s= is missing", name));
    }
    return TRUE;
}

static gboolean
settle_forms(Command *command, char **words, gboolean stop_at_verb)
{
    gboolean is_value = FALSE;
    for (guint i = 1; words[0] != NULL && words[i] != NULL && !g_str_equal(words[i], "--"); i++) {
        if (is_value) {
            is_value = FALSE;
        } else if (g_str_has_prefix(words[i], "--")) {
            if (!settle_form(command, &words[i], &is_value)) {
                return FALSE;
            }
        } else if (words[i][0] != '-' && stop_at_verb) {
            break;
        } else {
            is_value = g_str_equal(words[i], "-c");
        }
    }
    return TRUE;
}

static gboolean
parse(Command *command, char ***words, gboolean stop_at_verb)
{
    if (!settle_forms(command, *words, stop_at_verb)) {
        return FALSE;
    }
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, stop_at_verb);
    g_option_context_add_main_entries(context, (GOptionEntry *) (gpointer) command->values->entries->data, NULL);
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse_strv(context, words, &error)) {
        report_parse_error(command, error);
        return FALSE;
    }
    if (!check_values(command)) {
        return FALSE;
    }
    take_common(command);
    return TRUE;
}

/* An error in front of --json is one of a program that asked for JSON, too. */
static gboolean
asks_for_json(char **arguments)
{
    for (guint i = 1; arguments[i] != NULL && !g_str_equal(arguments[i], "--"); i++) {
        if (g_str_equal(arguments[i], "--json")) {
            return TRUE;
        }
    }
    return FALSE;
}

char **
options_read_head(Command *command, char **arguments, gboolean *help, gboolean *version)
{
    /* nocheck:environment the command is no library, and this is its one variable; it is not set-user-ID either */
    const char *uri = secure_getenv("MORTISE_DEFAULT_URI");
    command->uri = g_strdup(uri != NULL && uri[0] != '\0' ? uri : MORTISE_DEFAULT_URI);
    command->json = asks_for_json(arguments);
    command->values = new_values();
    add_options(command->values, common_options);
    add_options(command->values, head_options);
    g_auto(GStrv) words = g_strdupv(arguments);
    if (!parse(command, &words, TRUE)) {
        return NULL;
    }
    *help = command_flag(command, "help");
    *version = command_flag(command, "version");
    g_clear_pointer(&command->values, options_free_values);
    gboolean any = words[0] != NULL;
    return g_strdupv(any ? words + 1 : words);
}

static gboolean
check_arguments(Command *command)
{
    const Verb *verb = command->verb;
    for (guint i = 0; i < command->count; i++) {
        if (!g_utf8_validate(command->arguments[i], -1, NULL)) {
            return misused(command, report_misuse(command, "use UTF-8", "argument %u is not valid UTF-8", i + 1));
        }
    }
    if (command->count < verb->minimum) {
        g_auto(GStrv) names = g_strsplit(verb->arguments, " ", -1);
        return misused(command, report_misuse(command, NULL, "%s is missing", names[command->count]));
    }
    if (command->count > verb->maximum) {
        const char *extra = command->arguments[verb->maximum];
        return misused(command, report_misuse(command, NULL, "'%s' is one argument too many", extra));
    }
    return TRUE;
}

/* Where among its arguments the verb takes the word; -1 when nowhere. */
static int
find_place(const Verb *verb, const char *word)
{
    g_auto(GStrv) names = g_strsplit(verb->arguments, " ", -1);
    for (int i = 0; names[i] != NULL; i++) {
        const char *name = names[i] + strspn(names[i], "[");
        if (strcspn(name, ".]") == strlen(word) && g_str_has_prefix(name, word)) {
            return i;
        }
    }
    return -1;
}

/* Puts the words that came as options where they stand without. */
static void
place_words(Command *command)
{
    for (gsize i = 0; i < G_N_ELEMENTS(word_options); i++) {
        OptionValue *value = find_value(command->values, word_options[i].name);
        int place = value != NULL && value->option == &word_options[i] && value->text != NULL
                        ? find_place(command->verb, word_options[i].value)
                        : -1;
        /* with a word missing in front of it, that one is what has to be reported */
        if (place < 0 || (guint) place > command->count) {
            continue;
        }
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        for (guint j = 0; j <= command->count; j++) {
            if (j == (guint) place) {
                g_strv_builder_add(builder, value->text);
            }
            if (j < command->count) {
                g_strv_builder_add(builder, command->arguments[j]);
            }
        }
        g_strfreev(command->arguments);
        command->arguments = g_strv_builder_end(builder);
        command->count++;
    }
}

gboolean
options_read_verb(Command *command, char **words, gboolean *help)
{
    command->values = new_values();
    add_options(command->values, command->verb->options);
    add_options(command->values, common_options);
    for (gsize i = 0; i < G_N_ELEMENTS(word_options); i++) {
        if (find_place(command->verb, word_options[i].value) >= 0) {
            add_option(command->values, &word_options[i]);
        }
    }
    GOptionEntry rest = {
        .long_name = G_OPTION_REMAINING,
        .arg = G_OPTION_ARG_FILENAME_ARRAY,
        .arg_data = &command->arguments,
    };
    g_array_append_val(command->values->entries, rest);
    g_auto(GStrv) copy = g_strdupv(words);
    if (!parse(command, &copy, FALSE)) {
        return FALSE;
    }
    if (command->arguments == NULL) {
        command->arguments = g_new0(char *, 1);
    }
    command->count = g_strv_length(command->arguments);
    place_words(command);
    *help = command_flag(command, "help");
    return *help || check_arguments(command);
}
