// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starting, asking and ending the emulator of a test.
#include "qemu-run.h"

#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Far more than an emulator takes to start on a loaded machine. */
#define PATIENCE_SECONDS 120

/* Should the test be killed, the emulator goes too. */
static void
die_with_parent(G_GNUC_UNUSED gpointer data)
{
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int
listen_at(const char *path)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

    if (!g_socket_bind(socket, address, FALSE, NULL) || !g_socket_listen(socket, NULL)) {
        return -1;
    }
    return fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0);
}

static gboolean
open_sockets(QemuRun *run, GSubprocessLauncher *launcher)
{
    g_autoptr(GSocket) socket = NULL;
    int pair[2];
    int listener = listen_at(run->monitor_path);

    if (listener < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return FALSE;
    }
    g_subprocess_launcher_take_fd(launcher, listener, QEMU_RUN_MONITOR_FD);
    g_subprocess_launcher_take_fd(launcher, pair[1], QEMU_RUN_KEEPER_FD);
    socket = g_socket_new_from_fd(pair[0], NULL);
    g_socket_set_timeout(socket, PATIENCE_SECONDS);
    run->connection = g_socket_connection_factory_create_connection(socket);
    run->input = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(run->connection)));
    return TRUE;
}

static void
set_environment(GSubprocessLauncher *launcher, char **environment)
{
    for (guint i = 0; environment[i] != NULL; i++) {
        g_auto(GStrv) parts = g_strsplit(environment[i], "=", 2);

        g_subprocess_launcher_setenv(launcher, parts[0], parts[1], TRUE);
    }
}

static void
print_errors(const QemuRun *run)
{
    g_autofree char *errors = NULL;

    if (g_file_get_contents(run->errors_path, &errors, NULL, NULL)) {
        fprintf(stderr, "the emulator says: %s\n", errors);
    }
}

static char *
read_line(QemuRun *run)
{
    g_autoptr(GError) error = NULL;
    char *line = g_data_input_stream_read_line_utf8(run->input, NULL, NULL, &error);

    if (line == NULL) {
        fprintf(stderr, "no answer: %s\n", error != NULL ? error->message : "the emulator has ended");
        print_errors(run);
    }
    return line;
}

static gboolean
shake_hands(QemuRun *run)
{
    g_autofree char *greeting = read_line(run);
    g_autoptr(JsonNode) reply = greeting != NULL ? qemu_run_ask(run, "qmp_capabilities", "{}") : NULL;

    return reply != NULL;
}

QemuRun *
qemu_run_start(const QemuCommand *command, const char *directory)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_autoptr(QemuRun) run = g_new0(QemuRun, 1);
    g_autoptr(GError) error = NULL;

    run->monitor_path = g_build_filename(directory, "m", NULL);
    run->errors_path = g_build_filename(directory, "errors", NULL);
    g_subprocess_launcher_set_stderr_file_path(launcher, run->errors_path);
    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    set_environment(launcher, command->environment);
    if (!open_sockets(run, launcher)) {
        fprintf(stderr, "%s: no socket can be made here\n", run->monitor_path);
        return NULL;
    }
    run->process = g_subprocess_launcher_spawnv(launcher, (const char *const *) command->arguments, &error);
    /* The launcher's copies go, so that the end of the emulator is the end of its socket. */
    g_subprocess_launcher_close(launcher);
    if (run->process == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return NULL;
    }
    return shake_hands(run) ? g_steal_pointer(&run) : NULL;
}

/* The reply in a line, NULL when it is an event. */
static JsonObject *
parse_reply(JsonParser *parser, const char *line)
{
    JsonObject *object;

    if (!json_parser_load_from_data(parser, line, -1, NULL)) {
        return NULL;
    }
    object = json_node_get_object(json_parser_get_root(parser));
    return json_object_has_member(object, "event") ? NULL : object;
}

JsonNode *
qemu_run_ask(QemuRun *run, const char *command, const char *arguments)
{
    GOutputStream *output = g_io_stream_get_output_stream(G_IO_STREAM(run->connection));
    g_autofree char *text = g_strdup_printf("{\"execute\":\"%s\",\"arguments\":%s}\n", command, arguments);
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!g_output_stream_write_all(output, text, strlen(text), NULL, NULL, NULL)) {
        fprintf(stderr, "%s: the emulator does not listen\n", command);
        print_errors(run);
        return NULL;
    }
    for (;;) {
        g_autofree char *line = read_line(run);
        JsonObject *reply = line != NULL ? parse_reply(parser, line) : NULL;

        if (line == NULL) {
            return NULL;
        }
        if (reply != NULL && json_object_has_member(reply, "return")) {
            return json_object_dup_member(reply, "return");
        }
        if (reply != NULL) {
            fprintf(stderr, "%s: %s\n", command, line);
            return NULL;
        }
    }
}

char *
qemu_run_greeting(QemuRun *run)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(run->monitor_path);
    g_autoptr(GSocketConnection) connection = NULL;
    g_autoptr(GDataInputStream) input = NULL;

    g_socket_client_set_timeout(client, PATIENCE_SECONDS);
    connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, NULL);
    if (connection == NULL) {
        return NULL;
    }
    input = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    return g_data_input_stream_read_line_utf8(input, NULL, NULL, NULL);
}

gboolean
qemu_run_quit(QemuRun *run)
{
    g_autoptr(JsonNode) reply = qemu_run_ask(run, "quit", "{}");

    return reply != NULL && g_subprocess_wait_check(run->process, NULL, NULL);
}

void
qemu_run_free(QemuRun *run)
{
    if (run->process != NULL) {
        g_subprocess_force_exit(run->process);
        (void) g_subprocess_wait(run->process, NULL, NULL);
        g_object_unref(run->process);
    }
    if (run->monitor_path != NULL) {
        (void) g_unlink(run->monitor_path);
    }
    g_clear_object(&run->input);
    g_clear_object(&run->connection);
    g_free(run->monitor_path);
    g_free(run->errors_path);
    g_free(run);
}
