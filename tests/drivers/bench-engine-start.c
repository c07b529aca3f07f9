// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a start through the driver costs beside the bare emulator with the same command line; prints both and their
// ratio.
#include "engine-test.h"
#include "mortise-test.h"
#include "qemu-command.h"
#include "qmp-server.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20
#define BARE_MONITOR 3

static gint
compare(gconstpointer one, gconstpointer other)
{
    const gint64 first = *(const gint64 *) one;
    const gint64 second = *(const gint64 *) other;

    return (first > second) - (first < second);
}

static double
median(gint64 *times, guint count)
{
    qsort(times, count, sizeof(*times), compare);
    const guint middle = count / 2;
    return (double) times[middle] / 1000;
}

/* The emulator's own command line, with one monitor on an inherited socket. */
static QemuCommand *
bare_command(const DomainDefinition *definition)
{
    const QemuCommandContext context = {
        .domain_type = "qemu",
        .accelerator = "tcg",
        .host_architecture = "x86_64",
        .emulator = "/usr/bin/qemu-system-x86_64",
        .sandbox = TRUE,
        .monitor_fd = -1,
        .keeper_fd = BARE_MONITOR,
    };
    DriverFailure *failure = NULL;
    QemuCommand *command = qemu_command_build(definition, &context, &failure);

    if (!command) {
        fprintf(stderr, "%s\n", failure->message);
    }
    return command;
}

static pid_t
spawn_bare(char **arguments, int socket)
{
    posix_spawn_file_actions_t actions;
    char *environment[] = {(char *) "PATH=/usr/bin", (char *) "LC_ALL=C", NULL};
    pid_t pid = 0;

    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, socket, BARE_MONITOR);
    if (posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environment) != 0) {
        pid = 0;
    }
    (void) posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static gboolean
command(QmpServer *monitor, const char *line)
{
    qmp_server_say(monitor, line);
    for (;;) {
        g_autofree char *answer = qmp_server_hear(monitor);
        if (!answer || strstr(answer, "\"return\"")) {
            return answer != NULL;
        }
    }
}

/* Microseconds from the exec to a running guest; -1 when it failed. */
static gint64
measure_bare(char **arguments)
{
    QmpServer monitor;
    const int other = qmp_server_open(&monitor);
    const gint64 began = g_get_monotonic_time();
    const pid_t pid = spawn_bare(arguments, other);
    g_autofree char *greeting = NULL;
    gint64 took;
    gboolean good;

    (void) close(other);
    greeting = qmp_server_hear(&monitor);
    good = greeting && command(&monitor, "{\"execute\":\"qmp_capabilities\"}\n") &&
           command(&monitor, "{\"execute\":\"query-status\"}\n") &&
           command(&monitor, "{\"execute\":\"query-cpus-fast\"}\n") && command(&monitor, "{\"execute\":\"cont\"}\n");
    took = g_get_monotonic_time() - began;
    qmp_server_close(&monitor);
    if (pid > 0) {
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
    }
    return good ? took : -1;
}

int
main(void)
{
    g_autofree char *xml = engine_xml(90, "");
    g_autoptr(DomainDefinition) definition = domain_definition_parse(xml, -1, NULL);
    QemuCommand *bare = bare_command(definition);
    gint64 bare_times[ROUNDS];
    gint64 start_times[ROUNDS];
    gint64 stop_times[ROUNDS];
    FakeHost *host;
    FakeDomain *domain;

    if (!engine_require("tcg") || !bare) {
        return 77;
    }
    host = fake_host_new("tcg", NULL);
    domain = fake_domain_open(host, xml);
    for (guint i = 0; i < ROUNDS; i++) {
        gint64 began;
        bare_times[i] = measure_bare(bare->arguments);
        began = g_get_monotonic_time();
        if (bare_times[i] < 0 || fake_start(domain, 0) != MORTISE_OK) {
            return 1;
        }
        start_times[i] = g_get_monotonic_time() - began;
        began = g_get_monotonic_time();
        if (fake_stop(domain, 0) != MORTISE_OK) {
            return 1;
        }
        stop_times[i] = g_get_monotonic_time() - began;
    }
    printf("bare emulator, exec to running: %.1f ms\n", median(bare_times, ROUNDS));
    printf("start through the driver:       %.1f ms, %.2f times the bare one\n", median(start_times, ROUNDS),
           median(start_times, ROUNDS) / median(bare_times, ROUNDS));
    printf("destroy:                        %.1f ms\n", median(stop_times, ROUNDS));
    qemu_command_free(bare);
    fake_host_free(host);
    return 0;
}
