// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Measures what the system and the emulator cost by themselves: the limits that the library is held against.
#include "bench-emulator.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean
read_file(int directory, const char *name, GError **error)
{
    char buffer[65536];
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;
    while (fd >= 0 && got > 0) {
        got = TEMP_FAILURE_RETRY(read(fd, buffer, sizeof(buffer)));
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return (fd >= 0 && got == 0) || bench_fail_errno(error, name);
}

static gint
read_files(const char *path, GError **error)
{
    DIR *stream = opendir(path);
    gint files = 0;
    if (stream == NULL) {
        (void) bench_fail_errno(error, path);
        return -1;
    }
    for (const struct dirent *entry = readdir(stream); entry != NULL && files >= 0; entry = readdir(stream)) {
        if (entry->d_name[0] != '.') {
            files = read_file(dirfd(stream), entry->d_name, error) ? files + 1 : -1;
        }
    }
    (void) closedir(stream);
    return files;
}

/* files DIRECTORY COUNT TIMES: the reading of all files of a directory. */
static gboolean
run_files(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    guint count = bench_number(request, 2, error);
    guint times = count > 0 ? bench_number(request, 3, error) : 0;
    for (guint i = 0; i < times; i++) {
        gint64 begin = bench_now();
        gint files = read_files(request->words[1], error);
        bench_add_since(request, begin, 1);
        if (files != (gint) count) {
            return files < 0 ? FALSE : bench_fail(error, "there are %d files, not %u", files, count);
        }
    }
    return times > 0;
}

/* What the safe keeping of one small file costs at least: write, fsync, rename, fsync of the directory. */
static gboolean
keep_file(int directory, const char *name, GError **error)
{
    char text[1024];
    memset(text, 'x', sizeof(text));
    int fd = openat(directory, ".new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    gboolean kept = fd >= 0 && write(fd, text, sizeof(text)) == (ssize_t) sizeof(text) && fsync(fd) == 0;
    if (fd >= 0) {
        (void) close(fd);
    }
    return (kept && renameat(directory, ".new", directory, name) == 0 && fsync(directory) == 0)
           || bench_fail_errno(error, name);
}

/* keep DIRECTORY FIRST TIMES: makes files in it. */
static gboolean
run_keep(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    guint first = bench_number(request, 2, error);
    guint times = first > 0 ? bench_number(request, 3, error) : 0;
    int directory = open(request->words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean kept = directory >= 0 || bench_fail_errno(error, request->words[1]);
    for (guint i = first; kept && i < first + times; i++) {
        g_autofree char *name = g_strdup_printf("%08u.kept", i);
        gint64 begin = bench_now();
        kept = keep_file(directory, name, error);
        bench_add_since(request, begin, 1);
    }
    if (directory >= 0) {
        (void) close(directory);
    }
    return kept && times > 0;
}

typedef struct {
    GMutex lock;
    GCond done;
    gboolean over;
} Handed;

static void
take_over(gpointer data, gpointer user_data G_GNUC_UNUSED)
{
    Handed *handed = data;
    g_mutex_lock(&handed->lock);
    handed->over = TRUE;
    g_cond_signal(&handed->done);
    g_mutex_unlock(&handed->lock);
}

static void
hand_over(GThreadPool *pool, Handed *handed)
{
    handed->over = FALSE;
    (void) g_thread_pool_push(pool, handed, NULL);
    g_mutex_lock(&handed->lock);
    while (!handed->over) {
        g_cond_wait(&handed->done, &handed->lock);
    }
    g_mutex_unlock(&handed->lock);
}

/* hand-off TIMES CALLS: giving something to another thread and waiting for its end, which each call has to do. */
static gboolean
run_hand_off(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    guint times = bench_number(request, 1, error);
    guint calls = times > 0 ? bench_number(request, 2, error) : 0;
    GThreadPool *pool = calls > 0 ? g_thread_pool_new(take_over, NULL, 32, FALSE, error) : NULL;
    if (pool == NULL) {
        return FALSE;
    }
    Handed handed = {.over = FALSE};
    g_mutex_init(&handed.lock);
    g_cond_init(&handed.done);
    for (guint i = 0; i < times; i++) {
        gint64 begin = bench_now();
        for (guint j = 0; j < calls; j++) {
            hand_over(pool, &handed);
        }
        bench_add_since(request, begin, calls);
    }
    g_thread_pool_free(pool, FALSE, TRUE);
    g_mutex_clear(&handed.lock);
    g_cond_clear(&handed.done);
    return TRUE;
}

/* program WORD...: a program from its start to its end, which must be good; what it prints is thrown away. */
static gboolean
run_program(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int status = 0;
    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, 0, 1);
    gint64 begin = bench_now();
    errno = posix_spawnp(&pid, request->words[1], &actions, NULL, request->words + 1, environ);
    gboolean started = errno == 0;
    if (started) {
        (void) TEMP_FAILURE_RETRY(waitpid(pid, &status, 0));
        bench_add_since(request, begin, 1);
    }
    (void) posix_spawn_file_actions_destroy(&actions);
    if (!started) {
        return bench_fail_errno(error, request->words[1]);
    }
    return status == 0 || bench_fail(error, "%s ended with status %d", request->words[1], status);
}

static gboolean
let_run(const Emulator *emulator, GError **error)
{
    static const char commands[] = "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"query-status\"}"
                                   "{\"execute\":\"cont\"}\n";
    int fd = emulator_socket(emulator, "monitor", error);
    return fd >= 0 && emulator_read_lines(fd, 1, error) && emulator_write(fd, commands, strlen(commands), error)
           && emulator_read_lines(fd, 3, error);
}

/* emulator FILE: two samples: from its execution to the reply to `cont`, and from SIGKILL to its end. */
static gboolean
run_emulator(gpointer state G_GNUC_UNUSED, BenchRequest *request, GError **error)
{
    g_autoptr(Emulator) emulator = emulator_new(request->words[1], error);
    gint64 begin = bench_now();
    if (emulator == NULL || !emulator_execute(emulator, error) || !let_run(emulator, error)) {
        return FALSE;
    }
    bench_add_since(request, begin, 1);
    begin = bench_now();
    emulator_kill(emulator);
    bench_add_since(request, begin, 1);
    return TRUE;
}

static const BenchVerb verbs[] = {
    {"emulator", 1, run_emulator}, {"files", 3, run_files},     {"hand-off", 2, run_hand_off},
    {"keep", 3, run_keep},         {"program", 1, run_program},
};

int
main(void)
{
    return bench_worker_run(verbs, G_N_ELEMENTS(verbs), NULL);
}
