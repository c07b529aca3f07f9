// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The run directory of one guest: made, found again, locked while the guest has processes, removed.
#include "run-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE "lock"
#define UUID_LENGTH 36
#define SHORTEST_NAME 8u

static void
reset(RunDirectory *directory)
{
    *directory = (RunDirectory){.fd = -1, .lock = -1};
}

gboolean
run_directory_open(RunDirectory *directory, const char *run_directory, const char *name)
{
    reset(directory);
    directory->path = g_build_filename(run_directory, name, NULL);
    directory->name = g_strdup(name);
    directory->fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (directory->fd < 0) {
        run_directory_close(directory);
        return FALSE;
    }
    return TRUE;
}

/* Whose directory it is by the lock file's content: 1 of that domain, 0 of another, -1 of nobody yet. */
static int
belongs_to(const RunDirectory *directory, const char *uuid)
{
    const int fd = openat(directory->fd, LOCK_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char content[UUID_LENGTH];
    gssize length;

    if (fd < 0) {
        return -1;
    }
    length = read(fd, content, sizeof(content));
    (void) close(fd);
    if (length != UUID_LENGTH) {
        return -1;
    }
    return memcmp(content, uuid, UUID_LENGTH) == 0;
}

/* The first name that is free or of that domain: 8 digits, then more; to be freed. */
static char *
choose_name(const char *run_directory, const char *uuid)
{
    guint length = SHORTEST_NAME;

    for (; length < UUID_LENGTH; length += 4) {
        g_autofree char *name = g_strndup(uuid, length);
        RunDirectory directory;
        gboolean of_other;

        if (!run_directory_open(&directory, run_directory, name)) {
            return g_steal_pointer(&name);
        }
        of_other = belongs_to(&directory, uuid) == 0;
        run_directory_close(&directory);
        if (!of_other) {
            return g_steal_pointer(&name);
        }
    }
    return g_strndup(uuid, UUID_LENGTH);
}

static gboolean
fail_file(DriverFailure **failure, const RunDirectory *directory, const char *what)
{
    const int error = errno;

    driver_failure_set(failure, error == EACCES || error == EPERM ? "permission-denied" : "file-error",
                       directory->path, "Check that its file system is mounted, has room and belongs to you.",
                       "%s in %s failed: %s.", what, directory->path, g_strerror(error));
    return FALSE;
}

static gboolean
take_lock(RunDirectory *directory, const char *uuid, DriverFailure **failure)
{
    directory->lock = openat(directory->fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (directory->lock < 0) {
        return fail_file(failure, directory, "Making the lock file");
    }
    if (flock(directory->lock, LOCK_EX | LOCK_NB) != 0) {
        driver_failure_set(failure, "resource-busy", directory->path,
                           "Try again in a moment; if it stays, find its processes with: fuser -v LOCKFILE.",
                           "An earlier run of this domain has not ended yet: its lock in %s is held.",
                           directory->path);
        return FALSE;
    }
    if (ftruncate(directory->lock, 0) != 0 || pwrite(directory->lock, uuid, UUID_LENGTH, 0) != UUID_LENGTH) {
        return fail_file(failure, directory, "Writing the lock file");
    }
    return TRUE;
}

/* All but the lock: also what somebody was just writing who was killed. */
static void
remove_files(const RunDirectory *directory)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", directory->fd);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;

    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        if (!g_str_equal(name, LOCK_FILE)) {
            (void) unlinkat(directory->fd, name, 0);
        }
    }
}

gboolean
run_directory_create(RunDirectory *directory, const char *run_directory, const char *uuid, DriverFailure **failure)
{
    g_autofree char *name = choose_name(run_directory, uuid);
    g_autofree char *path = g_build_filename(run_directory, name, NULL);

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        directory->path = path;
        (void) fail_file(failure, directory, "Making the directory");
        reset(directory);
        return FALSE;
    }
    if (!run_directory_open(directory, run_directory, name)) {
        driver_failure_set(failure, "file-error", path, NULL, "The directory %s cannot be opened: %s.", path,
                           g_strerror(errno));
        return FALSE;
    }
    if (!take_lock(directory, uuid, failure)) {
        run_directory_close(directory);
        return FALSE;
    }
    remove_files(directory);
    return TRUE;
}

gboolean
run_directory_is_held(const RunDirectory *directory)
{
    const int fd = openat(directory->fd, LOCK_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    gboolean held;

    if (fd < 0) {
        return FALSE;
    }
    held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void) close(fd);
    return held;
}

void
run_directory_wait(const RunDirectory *directory)
{
    const int fd = openat(directory->fd, LOCK_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd >= 0) {
        (void) flock(fd, LOCK_SH);
        (void) close(fd);
    }
}

gboolean
run_directory_lock_is_closed(int events)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    gboolean closed = FALSE;
    gssize length;

    while ((length = read(events, buffer, sizeof(buffer))) > 0) {
        for (gssize at = 0; at < length;) {
            const struct inotify_event *event = (const struct inotify_event *) (const void *) (buffer + at);
            closed |= (event->mask & IN_CLOSE_WRITE) && event->len > 0 && g_str_equal(event->name, LOCK_FILE);
            at += (gssize) (sizeof(*event) + event->len);
        }
    }
    return closed;
}

char *
run_directory_find(const char *run_directory, const char *uuid)
{
    g_autofree char *name = choose_name(run_directory, uuid);
    g_autofree char *path = g_build_filename(run_directory, name, NULL);

    return access(path, F_OK) == 0 ? g_steal_pointer(&name) : NULL;
}

void
run_directory_close(RunDirectory *directory)
{
    if (directory->fd >= 0) {
        (void) close(directory->fd);
    }
    if (directory->lock >= 0) {
        (void) close(directory->lock);
    }
    g_free(directory->path);
    g_free(directory->name);
    reset(directory);
}

void
run_directory_remove(const RunDirectory *directory)
{
    if (directory->fd < 0) {
        return;
    }
    remove_files(directory);
    (void) unlinkat(directory->fd, LOCK_FILE, 0);
    (void) rmdir(directory->path);
}
