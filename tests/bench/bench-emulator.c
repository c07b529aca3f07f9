// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Executes an emulator with the sockets that its command line asks for, by posix_spawn and nothing else.
#include "bench-emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "socket,id="
#define HIGH_DESCRIPTOR 100 /* above all numbers that the command line names */
#define PATIENCE_MS 60000

static void
clear_socket(gpointer data)
{
    EmulatorSocket *self = data;
    if (self->inner >= 0) {
        (void) close(self->inner);
    }
    if (self->outer >= 0) {
        (void) close(self->outer);
    }
    g_free(self->name);
}

static int
move_up(int fd)
{
    int moved = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR) : -1;
    if (fd >= 0) {
        (void) close(fd);
    }
    return moved;
}

/* A socket that listens under a name that the kernel chooses, and one that is connected to it. */
static gboolean
open_listening(EmulatorSocket *self)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(address);
    self->inner = move_up(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    self->outer = move_up(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return self->inner >= 0 && self->outer >= 0
           && bind(self->inner, (struct sockaddr *) &address, sizeof(address.sun_family)) == 0
           && listen(self->inner, 1) == 0 && getsockname(self->inner, (struct sockaddr *) &address, &length) == 0
           && connect(self->outer, (struct sockaddr *) &address, length) == 0;
}

static gboolean
open_pair(EmulatorSocket *self)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return FALSE;
    }
    self->inner = move_up(pair[0]);
    self->outer = move_up(pair[1]);
    return self->inner >= 0 && self->outer >= 0;
}

static const char *
option_value(char **options, const char *key)
{
    for (char **option = options; *option != NULL; option++) {
        if (g_str_has_prefix(*option, key) && (*option)[strlen(key)] == '=') {
            return *option + strlen(key) + 1;
        }
    }
    return NULL;
}

static gboolean
add_socket(Emulator *self, const char *word, GError **error)
{
    g_auto(GStrv) options = g_strsplit(word, ",", -1);
    const char *number = option_value(options, "fd");
    guint64 fd = 0;
    if (number == NULL || !g_ascii_string_to_unsigned(number, 10, 3, HIGH_DESCRIPTOR - 1, &fd, NULL)) {
        return bench_fail(error, "%s: this socket has no descriptor below %d", word, HIGH_DESCRIPTOR);
    }
    EmulatorSocket added = {g_strdup(option_value(options, "id")), (int) fd, -1, -1};
    gboolean listens = g_strcmp0(option_value(options, "server"), "on") == 0;
    gboolean opened = listens ? open_listening(&added) : open_pair(&added);
    g_array_append_val(self->sockets, added);
    return opened || bench_fail_errno(error, word);
}

Emulator *
emulator_new(const char *file, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(file, &text, &length, error)) {
        return NULL;
    }
    g_autoptr(Emulator) self = g_new0(Emulator, 1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    for (const char *word = text; word < text + length; word += strlen(word) + 1) {
        g_strv_builder_add(words, word);
    }
    self->arguments = g_strv_builder_end(words);
    self->sockets = g_array_new(FALSE, FALSE, sizeof(EmulatorSocket));
    g_array_set_clear_func(self->sockets, clear_socket);
    for (char **word = self->arguments; *word != NULL; word++) {
        if (g_str_has_prefix(*word, PREFIX) && !add_socket(self, *word, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&self);
}

gboolean
emulator_execute(Emulator *self, GError **error)
{
    static char *const environment[] = {(char *) "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                        (char *) "LC_ALL=C", (char *) "HOME=/", NULL};
    posix_spawn_file_actions_t actions;
    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, 0, 1);
    for (guint i = 0; i < self->sockets->len; i++) {
        const EmulatorSocket *one = &g_array_index(self->sockets, EmulatorSocket, i);
        (void) posix_spawn_file_actions_adddup2(&actions, one->inner, one->number);
    }
    errno = posix_spawn(&self->pid, self->arguments[0], &actions, NULL, self->arguments, environment);
    (void) posix_spawn_file_actions_destroy(&actions);
    if (errno != 0) {
        self->pid = 0;
        return bench_fail_errno(error, self->arguments[0]);
    }
    for (guint i = 0; i < self->sockets->len; i++) {
        EmulatorSocket *one = &g_array_index(self->sockets, EmulatorSocket, i);
        (void) close(one->inner);
        one->inner = -1;
    }
    return TRUE;
}

int
emulator_socket(const Emulator *self, const char *name, GError **error)
{
    for (guint i = 0; i < self->sockets->len; i++) {
        const EmulatorSocket *one = &g_array_index(self->sockets, EmulatorSocket, i);
        if (g_strcmp0(one->name, name) == 0) {
            return one->outer;
        }
    }
    (void) bench_fail(error, "the command line has no socket named '%s'", name);
    return -1;
}

int
emulator_give_socket(Emulator *self, const char *name, GError **error)
{
    int fd = emulator_socket(self, name, error);
    for (guint i = 0; i < self->sockets->len; i++) {
        EmulatorSocket *one = &g_array_index(self->sockets, EmulatorSocket, i);
        one->outer = one->outer == fd ? -1 : one->outer;
    }
    return fd;
}

void
emulator_kill(Emulator *self)
{
    if (self->pid > 0) {
        (void) kill(self->pid, SIGKILL);
        (void) TEMP_FAILURE_RETRY(waitpid(self->pid, NULL, 0));
    }
    self->pid = 0;
}

void
emulator_free(Emulator *self)
{
    emulator_kill(self);
    g_array_unref(self->sockets);
    g_strfreev(self->arguments);
    g_free(self);
}

/* How many whole lines that are no event there are; keeps what follows the last. -1 for an error's line. */
static gint
take_lines(GString *text)
{
    gint lines = 0;
    const char *end;
    while ((end = memchr(text->str, '\n', text->len)) != NULL) {
        gsize length = (gsize) (end - text->str) + 1;
        gboolean event = g_strstr_len(text->str, (gssize) length, "\"event\"") != NULL;
        if (g_str_has_prefix(text->str, "{\"error\"")) {
            return -1;
        }
        lines += event ? 0 : 1;
        (void) g_string_erase(text, 0, (gssize) length);
    }
    return lines;
}

gboolean
emulator_read_lines(int fd, guint lines, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[4096];
    guint seen = 0;
    while (seen < lines) {
        struct pollfd watched = {.fd = fd, .events = POLLIN};
        if (TEMP_FAILURE_RETRY(poll(&watched, 1, PATIENCE_MS)) <= 0) {
            return bench_fail(error, "the emulator says nothing");
        }
        ssize_t got = TEMP_FAILURE_RETRY(read(fd, buffer, sizeof(buffer)));
        if (got <= 0) {
            return bench_fail(error, "the emulator has ended");
        }
        (void) g_string_append_len(text, buffer, got);
        gint more = take_lines(text);
        if (more < 0) {
            return bench_fail(error, "the emulator refuses a command: %s", text->str);
        }
        seen += (guint) more;
    }
    return TRUE;
}

gboolean
emulator_write(int fd, const char *text, gsize length, GError **error)
{
    while (length > 0) {
        ssize_t put = TEMP_FAILURE_RETRY(send(fd, text, length, MSG_NOSIGNAL));
        if (put <= 0) {
            return bench_fail_errno(error, "the emulator does not listen");
        }
        text += put;
        length -= (gsize) put;
    }
    return TRUE;
}
