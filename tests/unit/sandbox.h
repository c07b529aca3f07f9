// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// For tests that need a directory of their own, a child process, another user or a file system of their own.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static inline int
sandbox_remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove(path);
}

static inline void
sandbox_remove(char *path)
{
    (void) nftw(path, sandbox_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_free(path);
}

/* A directory that is removed, with all that is in it, when the variable goes out of scope. */
#define SANDBOX __attribute__((cleanup(sandbox_cleanup))) char *

static inline void
sandbox_cleanup(char **path)
{
    sandbox_remove(*path);
}

static inline char *
sandbox_new(void)
{
    /* In memory where that can be: tests that write and kill thousands of times would only wait for a disk. */
    char *in_memory = g_strdup("/dev/shm/mortise-test-XXXXXX");
    char *path = g_mkdtemp(in_memory);
    if (path == NULL) {
        g_free(in_memory);
        path = g_dir_make_tmp("mortise-test-XXXXXX", NULL);
    }
    if (path == NULL || chmod(path, 0755) != 0) {
        abort();
    }
    return path;
}

static inline void
sandbox_write(const char *directory, const char *name, const char *text, gssize length)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (!g_file_set_contents(path, text, length, NULL)) {
        abort();
    }
}

/* The text of a file; NULL when there is none. */
static inline char *
sandbox_read(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    char *text = NULL;
    (void) g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

/* How many entries a directory has. */
static inline int
sandbox_count(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    int count = 0;
    while (directory != NULL && g_dir_read_name(directory) != NULL) {
        count++;
    }
    return directory != NULL ? count : -1;
}

/* What a child process does; returns what it has to say, which is freed. */
typedef char *(*ChildBody)(gpointer data);

typedef enum {
    CHILD_PLAIN = 0,
    CHILD_NOBODY = 1 << 0,     /* as user and group 65534; needs root */
    CHILD_MOUNTS = 1 << 1,     /* with a mount namespace of its own; needs root */
} ChildFlags;

static inline gboolean
child_prepare(ChildFlags flags)
{
    gboolean good = TRUE;
    if (flags & CHILD_MOUNTS) {
        good = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    }
    if (good && (flags & CHILD_NOBODY)) {
        good = setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
    }
    return good;
}

static inline pid_t
child_start(ChildBody body, gpointer data, ChildFlags flags, int *answer)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        abort();
    }
    (void) fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void) close(ends[0]);
        g_autofree char *said = child_prepare(flags) ? body(data) : g_strdup("cannot prepare the child");
        gssize length = said != NULL ? (gssize) strlen(said) : 0;
        _exit(write(ends[1], said, (gsize) length) == length ? 0 : 1);
    }
    (void) close(ends[1]);
    *answer = ends[0];
    return pid;
}

/* Reads until `stop` (-1: the end) or the end; "" when the child said nothing. */
static inline char *
child_read(int answer, int stop)
{
    g_autoptr(GString) said = g_string_new(NULL);
    char byte;
    while (read(answer, &byte, 1) == 1 && byte != stop) {
        g_string_append_c(said, byte);
    }
    return g_string_free(g_steal_pointer(&said), FALSE);
}

/* Waits for the end; the status of waitpid. */
static inline int
child_wait(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* Runs `body` in a child and returns what it said. */
static inline char *
child_run(ChildBody body, gpointer data, ChildFlags flags)
{
    int answer = -1;
    pid_t pid = child_start(body, data, flags, &answer);
    char *said = child_read(answer, -1);
    (void) close(answer);
    int status = child_wait(pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "the child ended with status 0x%x after saying \"%s\"\n", (unsigned) status, said);
        g_free(said);
        return g_strdup("(the child failed)");
    }
    return said;
}
