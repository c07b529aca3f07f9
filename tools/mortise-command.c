// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What most verbs begin with: opening the connection and finding the domain.
#include "mortise-command.h"

#include "mortise-interrupt.h"
#include "mortise-report.h"

#include <stdlib.h>

#define READONLY "readonly"
#define FILTERS "MORTISE_FILTERS"

void
command_catch_signals(Command *command)
{
    if (command->interrupt == NULL) {
        command->interrupt = interrupt_new(command->cancellable);
    }
}

gboolean
command_require_readonly(Command *command)
{
    g_autoptr(MortiseRegistry) registry = mortise_registry_new();
    g_autoptr(MortiseModule) filter = mortise_registry_lookup_module(registry, READONLY);
    if (filter == NULL) {
        command->status = report_fault(command, MORTISE_ERROR_MODULE_MISSING,
                                       "install it (package mortise-filter-" READONLY ")",
                                       "--readonly needs the filter '" READONLY "', which is not installed");
        return FALSE;
    }
    /* nocheck:environment others that the user wants stay, inside of this one */
    const char *others = secure_getenv(FILTERS);
    g_autofree char *names = g_strdup_printf("%s:%s", READONLY, others != NULL ? others : "");
    /* nocheck:environment the command is no library, and has one thread yet */
    return g_setenv(FILTERS, names, TRUE);
}

gboolean
command_connect(Command *command)
{
    if (command->connection != NULL) {
        return TRUE;
    }
    command_catch_signals(command);
    g_autoptr(GError) error = NULL;
    command->connection = mortise_connection_open(command->uri, command->cancellable, &error);
    if (command->connection == NULL) {
        command->status = report_connection_error(command, error);
        return FALSE;
    }
    mortise_connection_set_deadline(command->connection, command->deadline);
    return TRUE;
}

void
command_disconnect(Command *command)
{
    if (command->connection != NULL) {
        mortise_connection_close(command->connection);
        g_clear_object(&command->connection);
    }
}

/* Whether a look-up has settled what a word means: it found a domain, or failed for another reason than that. */
static gboolean
is_settled(MortiseDomain *domain, GError *failure, GError **error)
{
    if (domain == NULL && g_error_matches(failure, MORTISE_ERROR, MORTISE_ERROR_NO_SUCH_DOMAIN)) {
        g_error_free(failure);
        return FALSE;
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
    }
    return TRUE;
}

/* Whether a word has the form of a UUID: 32 hexadecimal digits, with hyphens or without. */
static gboolean
looks_like_uuid(const char *word)
{
    guint digits = 0;
    for (const char *c = word; *c != '\0'; c++) {
        if (g_ascii_isxdigit(*c)) {
            digits++;
        } else if (*c != '-') {
            return FALSE;
        }
    }
    return digits == 32;
}

MortiseDomain *
command_lookup_domain(Command *command, const char *word, GError **error)
{
    guint64 id = 0;
    if (g_ascii_string_to_unsigned(word, 10, 0, G_MAXINT64, &id, NULL)) {
        GError *failure = NULL;
        MortiseDomain *domain = mortise_connection_lookup_domain_by_id(command->connection, (gint64) id, &failure);
        if (is_settled(domain, failure, error)) {
            return domain;
        }
    }
    if (looks_like_uuid(word)) {
        GError *failure = NULL;
        MortiseDomain *domain = mortise_connection_lookup_domain_by_uuid(command->connection, word, &failure);
        if (is_settled(domain, failure, error)) {
            return domain;
        }
    }
    return mortise_connection_lookup_domain(command->connection, word, error);
}

MortiseDomain *
command_find_domain(Command *command, const char *word)
{
    if (!command_connect(command)) {
        return NULL;
    }
    g_autoptr(GError) error = NULL;
    MortiseDomain *domain = command_lookup_domain(command, word, &error);
    if (domain == NULL) {
        command->status = report_error(command, error);
    }
    return domain;
}
