// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows what an error carries for programs and for people, and which ones are worth another try.
#include <mortise/mortise.h>

/* Not every definition can be honoured; nothing of it is dropped in silence. */
static const char definition[] =
    "<domain type='test'>\n"
    "  <name>ambitious</name>\n"
    "  <uuid>2f2b4c3e-6b8b-4b0e-9c52-1d8b0d4f6a11</uuid>\n"
    "  <memory unit='MiB'>64</memory>\n"
    "  <launchSecurity type='sev'/>\n"
    "</domain>\n";

static void
show(const GError *error)
{
    const char *object = mortise_error_get_object(error);
    const char *hint = mortise_error_get_hint(error);
    const char *details = mortise_error_get_details(error);

    g_print("reason:    %s\n", mortise_error_get_reason(error));
    g_print("summary:   %s\n", mortise_error_get_summary(error));
    g_print("object:    %s\n", object != NULL ? object : "-");
    g_print("hint:      %s\n", hint != NULL ? hint : "-");
    g_print("details:   %s\n", details != NULL ? details : "-");
    g_print("try again: %s\n\n", mortise_error_is_retryable(error) ? "yes" : "no");
}

int
main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseConnection) connection = mortise_connection_open("test:///default", NULL, &error);
    g_autoptr(MortiseDomain) domain = NULL;
    g_autoptr(MortiseDomain) defined = NULL;

    if (connection == NULL) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    domain = mortise_connection_lookup_domain(connection, "nobody", &error);
    if (g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_NO_SUCH_DOMAIN)) {
        show(error);
        g_clear_error(&error);
    }
    defined = mortise_connection_define_domain(connection, definition, MORTISE_DEFINE_VALIDATE, NULL, &error);
    if (defined == NULL) {
        show(error);
    }
    return domain == NULL && defined == NULL ? 0 : 1;
}
