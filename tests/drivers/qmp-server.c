// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The other end of a monitor, played by a test: reads commands and says whatever the test wants.
#include "qmp-server.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MILLISECONDS 120000

int
qmp_server_open(QmpServer *server)
{
    int ends[2] = {-1, -1};

    (void) socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    server->fd = ends[0];
    server->input = g_string_new(NULL);
    return ends[1];
}

void
qmp_server_say(QmpServer *server, const char *text)
{
    gsize length = strlen(text);

    while (length > 0) {
        gssize sent = send(server->fd, text, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        text += sent;
        length -= (gsize) sent;
    }
}

static gssize
fill(QmpServer *server)
{
    struct pollfd watched = {server->fd, POLLIN, 0};
    char buffer[4096];
    gssize got;

    errno = 0;
    if (poll(&watched, 1, PATIENCE_MILLISECONDS) != 1) {
        return -1;
    }
    got = recv(server->fd, buffer, sizeof(buffer), 0);
    if (got > 0) {
        (void) g_string_append_len(server->input, buffer, got);
    }
    return got;
}

char *
qmp_server_hear(QmpServer *server)
{
    char *end;
    char *line;

    while (!(end = strchr(server->input->str, '\n'))) {
        if (fill(server) <= 0) {
            return NULL;
        }
    }
    line = g_strndup(server->input->str, (gsize) (end - server->input->str));
    (void) g_string_erase(server->input, 0, (gssize) strlen(line) + 1);
    return line;
}

gint64
qmp_server_expect(QmpServer *server, const char *command)
{
    g_autofree char *line = qmp_server_hear(server);
    g_autoptr(JsonNode) root = line ? json_from_string(line, NULL) : NULL;
    JsonObject *object = root ? json_node_get_object(root) : NULL;
    const char *name = object ? json_object_get_string_member_with_default(object, "execute", "") : "";

    if (!object || (*command && g_strcmp0(name, command) != 0)) {
        return -1;
    }
    return json_object_get_int_member_with_default(object, "id", -1);
}

void
qmp_server_greet(QmpServer *server)
{
    gint64 id;

    qmp_server_say(server, QMP_SERVER_GREETING);
    id = qmp_server_expect(server, "qmp_capabilities");
    qmp_server_return(server, id, "{}");
}

void
qmp_server_return(QmpServer *server, gint64 id, const char *value)
{
    g_autofree char *text = g_strdup_printf("{\"return\": %s, \"id\": %" G_GINT64_FORMAT "}\n", value, id);

    qmp_server_say(server, text);
}

gboolean
qmp_server_sees_end(QmpServer *server)
{
    gssize got;

    do {
        got = fill(server);
    } while (got > 0);
    // What the other end has not read makes it a reset.
    return got == 0 || errno == ECONNRESET;
}

void
qmp_server_close(QmpServer *server)
{
    if (server->fd >= 0) {
        (void) close(server->fd);
    }
    server->fd = -1;
    (void) g_string_free(server->input, TRUE);
}
