// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whoever asks an emulator what it can do may be killed meanwhile: the emulator ends with him.
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mortise-test.h"
#include "qemu-capabilities.h"

#define PATIENCE_MS 120000

/* Does not come back: what it asks says who it is, and stands still. */
static int
be_asker(const char *emulator)
{
    DriverLoop *loop = driver_loop_new("asker");

    (void) qemu_capabilities_probe(loop, emulator, FALSE, -1, NULL);
    return 1;
}

/* The process that has written its number there, once it has. */
static pid_t
hear_number(const char *fifo)
{
    const int fd = open(fifo, O_RDWR | O_CLOEXEC);
    struct pollfd watched = {fd, POLLIN, 0};
    char text[32] = "";

    if (poll(&watched, 1, PATIENCE_MS) == 1) {
        (void) !read(fd, text, sizeof(text) - 1);
    }
    (void) close(fd);
    return (pid_t) g_ascii_strtoull(text, NULL, 10);
}

static void
test_killed(void)
{
    g_autofree char *folder = g_dir_make_tmp("mortise-probe-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    g_autofree char *emulator = g_build_filename(folder, "emulator", NULL);
    g_autofree char *script = g_strdup_printf("#!/bin/sh\necho $$ > %s\nkill -STOP $$\n", fifo);
    const char *words[] = {"/proc/self/exe", "asker", emulator, NULL};
    struct pollfd watched = {-1, POLLIN, 0};
    GPid asker = 0;
    pid_t asked;

    CHECK_INT(mkfifo(fifo, 0600), 0);
    CHECK(g_file_set_contents(emulator, script, -1, NULL));
    CHECK_INT(g_chmod(emulator, 0700), 0);
    CHECK(g_spawn_async(NULL, (char **) words, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &asker, NULL));
    asked = hear_number(fifo);
    CHECK(asked > 1);
    watched.fd = pidfd_open(asked, 0);
    CHECK_INT(kill(asker, SIGKILL), 0);
    CHECK_INT(waitpid(asker, NULL, 0), asker);
    CHECK_INT(poll(&watched, 1, PATIENCE_MS), 1);
    if (asked > 1 && watched.revents == 0) {
        (void) kill(asked, SIGKILL);
    }
    (void) close(watched.fd);
    (void) g_unlink(fifo);
    (void) g_unlink(emulator);
    (void) g_rmdir(folder);
}

static const MortiseTest tests[] = {
    {"an owner that is killed while it asks", test_killed},
};

int
main(int count, char **arguments)
{
    if (count == 3 && g_str_equal(arguments[1], "asker")) {
        return be_asker(arguments[2]);
    }
    return mortise_test_main("capabilities-killed", tests, G_N_ELEMENTS(tests));
}
