// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Two worlds of the test driver.
#include "migration-worlds.h"

#include <glib/gstdio.h>
#include <unistd.h>

static char *
write_world(const char *members, const char *domains)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;
    g_autofree char *text = g_strdup_printf("{\"format\": 1, \"domains\": %s%s%s}", domains,
                                            members != NULL ? ", " : "", members != NULL ? members : "");
    int fd = g_file_open_tmp("mortise-world-XXXXXX", &path, &error);
    CHECK_NO_ERROR(error);
    (void) close(fd);
    CHECK(g_file_set_contents(path, text, -1, &error));
    return path;
}

static MortiseConnection *
open_world(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *uri = g_strconcat("test://", path, NULL);
    MortiseConnection *connection = mortise_connection_open(uri, NULL, &error);
    CHECK_NO_ERROR(error);
    return connection;
}

Worlds *
worlds_new_with(const char *source, const char *source_domains, const char *destination,
                const char *destination_domains)
{
    g_autoptr(GError) error = NULL;
    Worlds *self = g_new0(Worlds, 1);
    self->paths[0] = write_world(source, source_domains);
    self->paths[1] = write_world(destination, destination_domains);
    self->source = open_world(self->paths[0]);
    self->destination = open_world(self->paths[1]);
    self->domain = mortise_connection_lookup_domain(self->source, "web", &error);
    CHECK_NO_ERROR(error);
    return self;
}

Worlds *
worlds_new(const char *source, const char *destination)
{
    static const char web[] = "[{\"name\": \"web\", \"state\": \"running\", \"memory_kib\": 1048576}]";
    return worlds_new_with(source, web, destination, "[]");
}

void
worlds_free(Worlds *self)
{
    g_clear_object(&self->domain);
    g_clear_object(&self->source);
    g_clear_object(&self->destination);
    for (guint i = 0; i < 2; i++) {
        (void) g_unlink(self->paths[i]);
        g_free(self->paths[i]);
    }
    g_free(self);
}

const char *
worlds_state(MortiseConnection *connection, const char *name)
{
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(connection, name, NULL);
    return domain != NULL ? mortise_domain_state_to_string(mortise_domain_get_state(domain, NULL)) : "none";
}

void
worlds_check_untouched(Worlds *self)
{
    CHECK_TEXT(worlds_state(self->source, "web"), "running");
    CHECK_TEXT(worlds_state(self->destination, "web"), "none");
}

static gboolean
wake(gpointer data)
{
    *(gboolean *) data = TRUE;
    return G_SOURCE_REMOVE;
}

gboolean
worlds_wait(gboolean (*done)(gpointer data), gpointer data)
{
    gint64 until = g_get_monotonic_time() + 120 * G_TIME_SPAN_SECOND;
    while (!done(data) && g_get_monotonic_time() < until) {
        gboolean woken = FALSE;
        guint source = g_timeout_add(10, wake, &woken);
        (void) g_main_context_iteration(NULL, TRUE);
        if (!woken) {
            (void) g_source_remove(source);
        }
    }
    return done(data);
}
