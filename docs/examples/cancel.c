// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts two domains at once, without blocking, and cancels the start that does not come to an end.
#include <mortise/mortise.h>

typedef struct {
    GMainLoop *loop;
    GCancellable *cancellable;
    guint under_way;
} Starts;

static void
take_result(GObject *source, GAsyncResult *result, gpointer data)
{
    Starts *starts = data;
    MortiseDomain *domain = MORTISE_DOMAIN(source);
    g_autoptr(GError) error = NULL;

    if (mortise_domain_start_finish(domain, result, &error)) {
        g_print("%s: started\n", mortise_domain_get_name(domain));
        /* In a real application: when the user presses a button. */
        g_cancellable_cancel(starts->cancellable);
    } else {
        g_print("%s: %s\n", mortise_domain_get_name(domain), mortise_error_get_reason(error));
    }
    if (--starts->under_way == 0) {
        g_main_loop_quit(starts->loop);
    }
}

static gboolean
start(MortiseConnection *connection, const char *name, Starts *starts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(connection, name, &error);

    if (domain == NULL) {
        g_printerr("%s\n", error->message);
        return FALSE;
    }
    starts->under_way++;
    mortise_domain_start_async(domain, MORTISE_START_NONE, starts->cancellable, take_result, starts);
    return TRUE;
}

int
main(int argc, char **argv)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    const char *uri = argc > 1 ? argv[1] : "test:///default";
    g_autoptr(MortiseConnection) connection = mortise_connection_open(uri, NULL, &error);
    Starts starts = {loop, cancellable, 0};

    if (connection == NULL) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    if (!start(connection, "stuck", &starts) || !start(connection, "well", &starts)) {
        return 1;
    }
    g_main_loop_run(loop);
    return 0;
}
