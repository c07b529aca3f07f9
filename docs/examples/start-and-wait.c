// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Defines a domain, starts it, asks the guest to shut down and waits for the event that says that it has.
#include <mortise/mortise.h>

static const char definition[] =
    "<domain type='test'>"
    "  <name>visitor</name>"
    "  <memory unit='MiB'>64</memory>"
    "  <vcpu>2</vcpu>"
    "  <os><type>hvm</type></os>"
    "</domain>";

typedef struct {
    GMainLoop *loop;
    gboolean ended;
} Wait;

static void
take_event(MortiseWatch *watch G_GNUC_UNUSED, const MortiseEvent *event, gpointer data)
{
    Wait *wait = data;

    g_print("%s %s", event->domain, mortise_event_kind_to_string(event->kind));
    if (event->kind == MORTISE_EVENT_KIND_STATE) {
        g_print(": %s (%s)", mortise_domain_state_to_string(event->state), event->reason);
        wait->ended = event->state == MORTISE_DOMAIN_STATE_SHUTOFF;
    }
    g_print("\n");
    if (wait->ended) {
        g_main_loop_quit(wait->loop);
    }
}

static gboolean
give_up(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

static gboolean
run(MortiseConnection *connection, GError **error)
{
    g_autoptr(MortiseDomain) domain = NULL;

    domain = mortise_connection_define_domain(connection, definition, MORTISE_DEFINE_VALIDATE, NULL, error);
    return domain != NULL && mortise_domain_start(domain, MORTISE_START_NONE, NULL, error)
           && mortise_domain_shutdown(domain, MORTISE_SHUTDOWN_MODE_DEFAULT, NULL, error);
}

int
main(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseWatch) watch = NULL;
    g_autoptr(MortiseConnection) connection = mortise_connection_open("test:///default", NULL, &error);
    Wait wait = {loop, FALSE};

    if (connection != NULL) {
        /* Before anything is started: what happens in between is not missed then. */
        watch = mortise_connection_watch(connection);
        g_signal_connect(watch, "event", G_CALLBACK(take_event), &wait);
    }
    if (connection == NULL || !run(connection, &error)) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    (void) g_timeout_add_seconds(30, give_up, loop);
    g_main_loop_run(loop);
    mortise_watch_stop(watch);
    return wait.ended ? 0 : 1;
}
