// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking an emulator binary what it can do: run without a machine, asked through QMP, ended.
#include "qemu-capabilities.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver-json.h"
#include "qmp-client.h"

#define CHILD_SOCKET 3

/* Out of the way of the descriptors that the emulator gets. */
static int
put_aside(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, CHILD_SOCKET + 1);
}

/* In the child, where only what is safe after a fork() of several threads may be called. Does not return. */
static void
become(char **arguments, char **environment, int socket, int report, pid_t asker)
{
    const int null = put_aside(open("/dev/null", O_RDWR | O_CLOEXEC));
    const int monitor = put_aside(socket);
    const int error_pipe = put_aside(report);
    int error;

    errno = ECANCELED;
    // It ends with the thread that asks, which may be killed before it could end it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == asker && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 &&
        dup2(null, 2) >= 0 && dup2(monitor, CHILD_SOCKET) >= 0) {
        (void) execve(arguments[0], arguments, environment);
    }
    error = errno;
    (void) !write(error_pipe, &error, sizeof(error));
    _exit(1); // nocheck:ending the child that could not become the emulator
}

/* Waits for the exec; returns 0 or an errno. */
static int
hear_exec(int report, pid_t pid)
{
    int error = 0;

    if (TEMP_FAILURE_RETRY(read(report, &error, sizeof(error))) != (ssize_t) sizeof(error)) {
        return 0;
    }
    (void) TEMP_FAILURE_RETRY(waitpid(pid, NULL, 0));
    return error;
}

/* Returns 0 or an errno. */
static int
spawn(const char *emulator, gboolean kvm, int socket, pid_t *pid)
{
    // QEMU takes the next accelerator when one does not work, and says afterwards which it took.
    char *arguments[] = {(char *) emulator, (char *) "-S", (char *) "-no-user-config", (char *) "-nodefaults",
                         (char *) "-nographic", (char *) "-machine", (char *) "none", (char *) "-chardev",
                         (char *) "socket,id=monitor,fd=3", (char *) "-mon", (char *) "chardev=monitor,mode=control",
                         (char *) "-accel", (char *) (kvm ? "kvm" : "tcg"), (char *) "-accel", (char *) "tcg", NULL};
    char *environment[] = {(char *) "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", (char *) "LC_ALL=C",
                           (char *) "HOME=/", NULL};
    const pid_t asker = getpid();
    int report[2];
    int error;

    if (pipe2(report, O_CLOEXEC) != 0) {
        return errno;
    }
    *pid = fork();
    if (*pid == 0) {
        become(arguments, environment, socket, report[1], asker);
    }
    error = *pid < 0 ? errno : 0;
    (void) close(report[1]);
    error = error != 0 ? error : hear_exec(report[0], *pid);
    (void) close(report[0]);
    return error;
}

static void
take_machine(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *name = driver_json_text(object, "name", NULL);

    if (name && !g_str_equal(name, "none")) {
        const gint64 maximum = driver_json_number(object, "cpu-max", 0);
        qemu_capabilities_add_machine(data, name, driver_json_text(object, "alias", NULL),
                                      (guint) CLAMP(maximum, 0, G_MAXINT), driver_json_flag(object, "is-default"));
    }
}

static void
take_cpu(JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer data)
{
    JsonObject *object = driver_json_object(node);
    const char *name = driver_json_text(object, "name", NULL);

    if (name) {
        JsonArray *missing = driver_json_array_member(object, "unavailable-features");
        qemu_capabilities_add_cpu(data, name, driver_json_strings(missing));
    }
}

static gint
compare(gconstpointer one, gconstpointer other)
{
    return strcmp(*(char *const *) one, *(char *const *) other);
}

static char **
sorted(GPtrArray *strings)
{
    g_ptr_array_sort(strings, compare);
    g_ptr_array_add(strings, NULL);
    return (char **) g_ptr_array_free(strings, FALSE);
}

char **
qemu_capabilities_expanded(JsonNode *value)
{
    JsonObject *model = driver_json_object_member(driver_json_object(value), "model");
    JsonObject *properties = driver_json_object_member(model, "props");
    GPtrArray *names;
    JsonObjectIter iterator;
    const char *name;
    JsonNode *node;

    if (!properties) {
        return NULL;
    }
    names = g_ptr_array_new();
    json_object_iter_init(&iterator, properties);
    while (json_object_iter_next(&iterator, &name, &node)) {
        if (driver_json_flag(properties, name)) {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    return sorted(names);
}

JsonObject *
qemu_capabilities_expansion(const char *model, JsonObject *properties)
{
    JsonObject *arguments = qmp_argument("type", "static");
    JsonObject *wanted = qmp_argument("name", model);

    if (properties) {
        json_object_set_object_member(wanted, "props", properties);
    }
    json_object_set_object_member(arguments, "model", wanted);
    return arguments;
}

char **
qemu_capabilities_migration(JsonNode *value)
{
    JsonArray *array = driver_json_array(value);
    GPtrArray *names;

    if (!array) {
        return NULL;
    }
    names = g_ptr_array_new();
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonObject *object = driver_json_object(json_array_get_element(array, i));
        const char *name = driver_json_text(object, "capability", NULL);
        if (name) {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    return sorted(names);
}

/* What an emulator of another architecture or version does not tell is not known; that is no failure. */
typedef struct {
    QmpRequest *cpus;
    QmpRequest *maximum;
    QmpRequest *migration;
    QmpRequest *kvm;
} Extras;

static void
send_extras(QmpClient *client, Extras *extras)
{
    JsonObject *properties = json_object_new();

    // Features that only keep a guest from moving, such as invtsc, are features too.
    json_object_set_boolean_member(properties, "migratable", FALSE);
    extras->cpus = qmp_client_send(client, "query-cpu-definitions", NULL);
    extras->maximum = qmp_client_send(client, "query-cpu-model-expansion",
                                      qemu_capabilities_expansion("max", properties));
    extras->migration = qmp_client_send(client, "query-migrate-capabilities", NULL);
    extras->kvm = qmp_client_send(client, "query-kvm", NULL);
}

static void
hear_extras(QemuCapabilities *capabilities, const Extras *extras, gint64 deadline)
{
    g_autoptr(JsonNode) cpus = NULL;
    g_autoptr(JsonNode) maximum = NULL;
    g_autoptr(JsonNode) migration = NULL;
    g_autoptr(JsonNode) kvm = NULL;
    JsonArray *models;

    (void) qmp_request_wait(extras->cpus, deadline, &cpus, NULL);
    (void) qmp_request_wait(extras->maximum, deadline, &maximum, NULL);
    (void) qmp_request_wait(extras->migration, deadline, &migration, NULL);
    (void) qmp_request_wait(extras->kvm, deadline, &kvm, NULL);
    models = driver_json_array(cpus);
    if (models) {
        json_array_foreach_element(models, take_cpu, capabilities);
    }
    capabilities->features = qemu_capabilities_expanded(maximum);
    capabilities->migration = qemu_capabilities_migration(migration);
    capabilities->kvm = driver_json_flag(driver_json_object(kvm), "enabled");
}

static QemuCapabilities *
ask(QmpClient *client, gint64 deadline, DriverFailure **failure)
{
    g_autoptr(JsonNode) machines = NULL;
    QmpRequest *request = qmp_client_send(client, "query-machines", NULL);
    QemuCapabilities *capabilities = qemu_capabilities_new(0);
    Extras extras;
    gboolean good;

    send_extras(client, &extras);
    good = qmp_request_wait(request, deadline, &machines, failure);
    hear_extras(capabilities, &extras, deadline);
    if (!good) {
        qemu_capabilities_free(capabilities);
        return NULL;
    }
    capabilities->version = qmp_client_version(client);
    if (JSON_NODE_HOLDS_ARRAY(machines)) {
        json_array_foreach_element(json_node_get_array(machines), take_machine, capabilities);
    }
    return capabilities;
}

QemuCapabilities *
qemu_capabilities_probe(DriverLoop *loop, const char *emulator, gboolean kvm, gint64 deadline, DriverFailure **failure)
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
    error = spawn(emulator, kvm, ends[1], &pid);
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
