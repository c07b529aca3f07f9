// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Hosts that are named on the command line: by URI, or by a file with their capabilities.
#include "mortise-migration.h"

#include <string.h>

gboolean
host_is_uri(const char *word)
{
    const char *scheme = strstr(word, "://");
    return scheme != NULL && memchr(word, '/', (gsize) (scheme - word)) == NULL;
}

MortiseConnection *
host_open(Command *command, const char *uri, GError **error)
{
    const char *own = command->connection != NULL ? mortise_connection_get_uri(command->connection) : NULL;
    if (g_strcmp0(own, uri) == 0) {
        return g_object_ref(command->connection);
    }
    MortiseConnection *connection = mortise_connection_open(uri, command->cancellable, error);
    if (connection != NULL) {
        mortise_connection_set_deadline(connection, command->deadline);
    }
    return connection;
}

char *
host_read_capabilities(Command *command, const char *word, GError **error)
{
    if (!host_is_uri(word)) {
        char *text = NULL;
        return g_file_get_contents(word, &text, NULL, error) ? text : NULL;
    }
    g_autoptr(MortiseConnection) connection = host_open(command, word, error);
    return connection != NULL ? mortise_connection_get_capabilities(connection, command->cancellable, error) : NULL;
}
