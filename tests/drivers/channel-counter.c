// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A place on the way of a migration that counts who comes and what they send, and hands it on.
#include "channel-counter.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "mortise-test.h"

#define OWN_WORD "last"

struct ChannelCounter {
    GSocketListener *listener;
    GThread *thread;
    char *folder;
    char *path;               /* of the socket; NULL: TCP */
    char *uri;

    GMutex lock;              /* guards what follows */
    char *target;
    guint connections;
    guint64 bytes;
};

static GSocketConnection *
connect_to(const char *uri)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) place = NULL;
    g_autoptr(GError) error = NULL;
    GSocketConnection *connection;

    place = g_str_has_prefix(uri, "unix:") ? G_SOCKET_CONNECTABLE(g_unix_socket_address_new(uri + strlen("unix:")))
                                           : g_network_address_parse(uri + strlen("tcp:"), 0, &error);
    g_socket_client_set_enable_proxy(client, FALSE);
    connection = place ? g_socket_client_connect(client, place, NULL, &error) : NULL;
    CHECK_TEXT(error ? error->message : NULL, NULL);
    return connection;
}

typedef struct {
    GIOStream *from;
    GIOStream *to;
} Way;

static gpointer
carry_back(gpointer data)
{
    const Way *way = data;

    (void) g_output_stream_splice(g_io_stream_get_output_stream(way->to), g_io_stream_get_input_stream(way->from),
                                  G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
    (void) g_socket_shutdown(g_socket_connection_get_socket(G_SOCKET_CONNECTION(way->to)), FALSE, TRUE, NULL);
    return NULL;
}

/* Whether it was nothing but the word of the counter's own connection. */
static gboolean
count_and_carry(ChannelCounter *self, GIOStream *from, GIOStream *to)
{
    GInputStream *input = g_io_stream_get_input_stream(from);
    g_autoptr(GString) first = g_string_new(NULL);
    gboolean goes_on = TRUE;
    char buffer[16384];

    while (goes_on) {
        const gssize got = g_input_stream_read(input, buffer, sizeof(buffer), NULL, NULL);
        g_mutex_lock(&self->lock);
        self->bytes += (guint64) MAX(got, 0);
        g_mutex_unlock(&self->lock);
        (void) g_string_append_len(first, buffer, first->len > strlen(OWN_WORD) ? 0 : MAX(got, 0));
        goes_on = got > 0 && (!to || g_output_stream_write_all(g_io_stream_get_output_stream(to), buffer, (gsize) got,
                                                               NULL, NULL, NULL));
    }
    return g_str_equal(first->str, OWN_WORD);
}

static gboolean
serve(ChannelCounter *self, GIOStream *source, const char *target)
{
    g_autoptr(GSocketConnection) destination = target ? connect_to(target) : NULL;
    Way way = {G_IO_STREAM(destination), source};
    GThread *back = destination ? g_thread_new("carry-back", carry_back, &way) : NULL;
    const gboolean own = count_and_carry(self, source, way.from);

    if (back) {
        (void) g_socket_shutdown(g_socket_connection_get_socket(destination), FALSE, TRUE, NULL);
        (void) g_thread_join(back);
    }
    (void) g_io_stream_close(source, NULL, NULL);
    return own;
}

static gpointer
accept_all(gpointer data)
{
    ChannelCounter *self = data;
    gboolean ending = FALSE;

    while (!ending) {
        g_autoptr(GSocketConnection) connection = g_socket_listener_accept(self->listener, NULL, NULL, NULL);
        g_autofree char *target = NULL;
        if (!connection) {
            break;
        }
        g_mutex_lock(&self->lock);
        self->connections++;
        target = g_strdup(self->target);
        g_mutex_unlock(&self->lock);
        ending = serve(self, G_IO_STREAM(connection), target);
    }
    return NULL;
}

static gboolean
listen_at(ChannelCounter *self, gboolean tcp, GError **error)
{
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) wanted = NULL;
    g_autoptr(GSocketAddress) got = NULL;

    self->folder = g_dir_make_tmp("mortise-channel-XXXXXX", error);
    if (!self->folder) {
        return FALSE;
    }
    self->path = tcp ? NULL : g_build_filename(self->folder, "s", NULL);
    wanted = tcp ? g_inet_socket_address_new(loopback, 0) : g_unix_socket_address_new(self->path);
    if (!g_socket_listener_add_address(self->listener, wanted, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL,
                                       &got, error)) {
        return FALSE;
    }
    self->uri = tcp ? g_strdup_printf("tcp:127.0.0.1:%u",
                                      (guint) g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(got)))
                    : g_strconcat("unix:", self->path, NULL);
    return TRUE;
}

ChannelCounter *
channel_counter_new(gboolean tcp)
{
    ChannelCounter *self = g_new0(ChannelCounter, 1);
    g_autoptr(GError) error = NULL;

    g_mutex_init(&self->lock);
    self->listener = g_socket_listener_new();
    CHECK(listen_at(self, tcp, &error));
    CHECK_TEXT(error ? error->message : NULL, NULL);
    self->thread = g_thread_new("count-channel", accept_all, self);
    return self;
}

const char *
channel_counter_uri(const ChannelCounter *self)
{
    return self->uri;
}

void
channel_counter_send_on(ChannelCounter *self, const char *uri)
{
    g_mutex_lock(&self->lock);
    g_free(self->target);
    self->target = g_strdup(uri);
    g_mutex_unlock(&self->lock);
}

static void
come_last(ChannelCounter *self)
{
    g_autoptr(GSocketConnection) own = NULL;

    g_mutex_lock(&self->lock);
    g_clear_pointer(&self->target, g_free);
    g_mutex_unlock(&self->lock);
    own = connect_to(self->uri);
    if (own) {
        CHECK(g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(own)), OWN_WORD, strlen(OWN_WORD),
                                        NULL, NULL, NULL));
        (void) g_io_stream_close(G_IO_STREAM(own), NULL, NULL);
    }
}

void
channel_counter_end(ChannelCounter *self, guint *connections, guint64 *bytes)
{
    come_last(self);
    (void) g_thread_join(self->thread);
    CHECK(self->connections >= 1);
    CHECK(self->bytes >= strlen(OWN_WORD));
    *connections = self->connections - 1;
    *bytes = self->bytes - strlen(OWN_WORD);
    g_socket_listener_close(self->listener);
    g_object_unref(self->listener);
    if (self->path) {
        (void) g_unlink(self->path);
    }
    (void) g_rmdir(self->folder);
    g_mutex_clear(&self->lock);
    g_free(self->folder);
    g_free(self->path);
    g_free(self->uri);
    g_free(self);
}
