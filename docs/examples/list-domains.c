// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists every domain of a connection with its state and why it is in it. Nothing here waits for a guest.
#include <mortise/mortise.h>

int
main(int argc, char **argv)
{
    const char *uri = argc > 1 ? argv[1] : "test:///default";
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) domains = NULL;
    g_autoptr(MortiseConnection) connection = mortise_connection_open(uri, NULL, &error);

    if (connection != NULL) {
        domains = mortise_connection_list_domains(connection, MORTISE_LIST_ALL, &error);
    }
    if (domains == NULL) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    for (guint i = 0; i < domains->len; i++) {
        MortiseDomain *domain = g_ptr_array_index(domains, i);
        g_autofree char *reason = NULL;
        MortiseDomainState state = mortise_domain_get_state(domain, &reason);

        g_print("%s: %s (%s)\n", mortise_domain_get_name(domain), mortise_domain_state_to_string(state),
                reason != NULL ? reason : "no reason known");
    }
    return 0;
}
