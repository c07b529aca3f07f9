// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking an emulator binary what it can do: run without a machine, asked through QMP, ended.
#include "qemu-capabilities.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qmp-client.h"
#include "qmp-json.h"

#define CHILD_SOCKET 3

/* Returns 0 or an errno. */
static int
spawn(const char *emulator, int socket, pid_t *pid)
{
    char *arguments[] = {(char *) emulator, (char *) "-S", (char *) "-no-user-config", (char *) "-nodefaults",
                         (char *) "-nographic", (char *) "-machine", (char *) "none", (char *) "-chardev",
                         (char *) "socket,id=monitor,fd=3", (char *) "-mon", (char *) "chardev=monitor,mode=control",
                         NULL};
    char *environment[] = {(char *) "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", (char *) "LC_ALL=C",
                           (char *) "HOME=/", NULL};
    posix_spawn_file_actions_t actions;
    int error;

    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, socket, CHILD_SOCKET);
    error = posix_spawn(pid, emulator, &actions, NULL, arguments, environment);
    (void) posix_spawn_file_actions_destroy(&actions);
    return error;
}

static void
take_machine(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = qmp_json_object(node);
    const char *name = qmp_json_text(object, "name", NULL);

    if (name && !g_str_equal(name, "none")) {
        const gint64 maximum = qmp_json_number(object, "cpu-max", 0);
        qemu_capabilities_add_machine(data, name, qmp_json_text(object, "alias", NULL),
                                      (guint) CLAMP(maximum, 0, G_MAXINT), qmp_json_flag(object, "is-default"));
    }
}

static QemuCapabilities *
ask(QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(JsonNode) machines = NULL;
    QemuCapabilities *capabilities;

    if (!qmp_client_call(client, "query-machines", NULL, deadline, &machines, failure)) {
        return NULL;
    }
    capabilities = qemu_capabilities_new(qmp_client_version(client));
    if (JSON_NODE_HOLDS_ARRAY(machines)) {
        json_array_foreach_element(json_node_get_array(machines), take_machine, capabilities);
    }
    return capabilities;
}

QemuCapabilities *
qemu_capabilities_probe(QmpLoop *loop, const char *emulator, gint64 deadline, DriverFailure **failure)
{
    const QmpListener listener = {NULL, NULL};
    g_autoptr(QemuCapabilities) capabilities = NULL;
    g_autoptr(QmpClient) client = NULL;
    pid_t pid = 0;
    int ends[2];
    int error = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        driver_failure_set(failure, "limit-exceeded", NULL, NULL, "No pair of sockets can be made: %s.",
                           g_strerror(errno));
        return NULL;
    }
    error = spawn(emulator, ends[1], &pid);
    (void) close(ends[1]);
    if (error != 0) {
        (void) close(ends[0]);
        driver_failure_set(failure, "program-failed", emulator, "Check the emulator's file and its permissions.",
                           "The emulator %s cannot be executed: %s.", emulator, g_strerror(error));
        return NULL;
    }
    client = qmp_client_new(loop, ends[0], emulator, &listener, NULL);
    capabilities = ask(client, deadline, failure);
    qmp_client_close(client);
    // It has nothing to save.
    (void) kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    return g_steal_pointer(&capabilities);
}
