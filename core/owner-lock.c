// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The owner's lock: an open file description lock, waited for in a thread of its own that can be cancelled.
#include "owner-lock.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define LOCK_FILE "owner.lock"
#define CONTENT_BYTES 128

struct MortiseOwnerLock {
    int file;
    pid_t pid;      /* a forked child must not unlock what its parent holds */
};

/* What the thread that waits for the lock and the caller share; both outlive it. */
typedef struct {
    int file;
    GMutex mutex;
    GCond changed;
    gboolean done;
    gboolean cancelled;
    int result;     /* 0 or an errno */
} Waiting;

/* Field 22 of /proc/PID/stat tells a process from a later one with its pid; 0 when there is no such process. */
static guint64
start_time_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int) pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return 0;
    }
    /* The second field is the program's name, in parentheses, and may hold anything. */
    const char *behind_name = strrchr(text, ')');
    g_auto(GStrv) fields = g_strsplit(behind_name != NULL ? behind_name : "", " ", 22);
    guint64 start = 0;
    if (g_strv_length(fields) > 20) {
        (void) g_ascii_string_to_unsigned(fields[20], 10, 0, G_MAXUINT64, &start, NULL);
    }
    return start;
}

static char *
program_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/comm", (int) pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    g_autofree char *valid = g_utf8_make_valid(g_strchomp(text), -1);
    return g_strescape(valid, NULL);
}

/* For other openers' errors only: the lock counts, so a full disk does not matter here. */
static void
write_owner(int file)
{
    g_autofree char *text = g_strdup_printf("%d %" G_GUINT64_FORMAT "\n", (int) getpid(), start_time_of(getpid()));
    gsize length = strlen(text);
    gboolean written = pwrite(file, text, length, 0) == (ssize_t) length;
    (void) !ftruncate(file, written ? (off_t) length : 0);
}

/* The pid of the owner that still lives; 0 when the file does not tell. */
static pid_t
read_owner(int file)
{
    char text[CONTENT_BYTES] = {0};
    if (pread(file, text, sizeof text - 1, 0) <= 0) {
        return 0;
    }
    g_auto(GStrv) fields = g_strsplit(g_strchomp(text), " ", 3);
    guint64 pid = 0;
    guint64 start = 0;
    gboolean read = g_strv_length(fields) == 2
        && g_ascii_string_to_unsigned(fields[0], 10, 1, G_MAXINT32, &pid, NULL)
        && g_ascii_string_to_unsigned(fields[1], 10, 1, G_MAXUINT64, &start, NULL);
    return read && start_time_of((pid_t) pid) == start ? (pid_t) pid : 0;
}

static void
set_owned(int file, const char *path, GError **error)
{
    pid_t pid = read_owner(file);
    if (pid == getpid()) {
        mortise_error_set(error, MORTISE_ERROR_ROOT_OWNED, path,
                          "use the connection that is open, or close it first",
                          "this process (pid %d) has the root %s open already", (int) pid, path);
        return;
    }
    g_autofree char *program = pid != 0 ? program_of(pid) : NULL;
    g_autofree char *owner = pid == 0 ? g_strdup("another process")
        : g_strdup_printf("process %d (%s)", (int) pid, program != NULL ? program : "unknown program");
    mortise_error_set(error, MORTISE_ERROR_ROOT_OWNED, path,
                      "wait until it ends or closes its connection, or use another root by /embed?root=DIRECTORY",
                      "%s has the root %s open", owner, path);
}

/* Constants, since a thread that is cancelled must leave no variables on its stack (AddressSanitizer watches them). */
static const struct flock to_lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
static const struct flock to_unlock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

/* 0 or an errno. F_OFD_SETLKW is a cancellation point, which is how the waiting ends early. */
static int
change_lock(int file, int command, const struct flock *change)
{
    int result;
    do {
        result = fcntl(file, command, change);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

static void *
wait_in_thread(void *data)
{
    Waiting *waiting = data;
    int result = change_lock(waiting->file, F_OFD_SETLKW, &to_lock);
    (void) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    g_mutex_lock(&waiting->mutex);
    waiting->done = TRUE;
    waiting->result = result;
    g_cond_signal(&waiting->changed);
    g_mutex_unlock(&waiting->mutex);
    return NULL;
}

static void
on_cancelled(GCancellable *cancellable, gpointer data)
{
    Waiting *waiting = data;
    (void) cancellable;
    g_mutex_lock(&waiting->mutex);
    waiting->cancelled = TRUE;
    g_cond_signal(&waiting->changed);
    g_mutex_unlock(&waiting->mutex);
}

/* Whether the thread is done; FALSE at the deadline and when cancelled. */
static gboolean
wait_for_thread(Waiting *waiting, guint wait_ms)
{
    gint64 deadline = g_get_monotonic_time() + (gint64) wait_ms * 1000;
    gboolean in_time = TRUE;
    g_mutex_lock(&waiting->mutex);
    while (!waiting->done && !waiting->cancelled && in_time) {
        in_time = g_cond_wait_until(&waiting->changed, &waiting->mutex, deadline);
    }
    gboolean done = waiting->done;
    g_mutex_unlock(&waiting->mutex);
    return done;
}

/* 0, ETIMEDOUT, ECANCELED or what the lock failed with. The thread is gone when this returns. */
static int
wait_for_lock(int file, guint wait_ms, GCancellable *cancellable)
{
    Waiting waiting = {.file = file};
    pthread_t thread;
    g_mutex_init(&waiting.mutex);
    g_cond_init(&waiting.changed);
    int result = pthread_create(&thread, NULL, wait_in_thread, &waiting);
    if (result == 0) {
        gulong handler = cancellable != NULL
            ? g_cancellable_connect(cancellable, G_CALLBACK(on_cancelled), &waiting, NULL) : 0;
        gboolean done = wait_for_thread(&waiting, wait_ms);
        g_cancellable_disconnect(cancellable, handler);
        if (!done) {
            (void) pthread_cancel(thread);
        }
        (void) pthread_join(thread, NULL);
        result = waiting.done ? waiting.result : waiting.cancelled ? ECANCELED : ETIMEDOUT;
    }
    g_cond_clear(&waiting.changed);
    g_mutex_clear(&waiting.mutex);
    return result;
}

static int
open_lock_file(int directory, const char *path, GError **error)
{
    int file = openat(directory, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (file < 0) {
        int number = errno;
        g_autofree char *whole = g_build_filename(path, LOCK_FILE, NULL);
        mortise_error_set_errno(error, number, "cannot open", whole);
    }
    return file;
}

MortiseOwnerLock *
mortise_owner_lock_take(int directory, const char *path, guint wait_ms, GCancellable *cancellable, GError **error)
{
    int file = open_lock_file(directory, path, error);
    if (file < 0) {
        return NULL;
    }
    int result = change_lock(file, F_OFD_SETLK, &to_lock);
    if ((result == EAGAIN || result == EACCES) && wait_ms > 0) {
        result = wait_for_lock(file, wait_ms, cancellable);
    }
    if (result == 0) {
        write_owner(file);
        MortiseOwnerLock *self = g_new0(MortiseOwnerLock, 1);
        self->file = file;
        self->pid = getpid();
        return self;
    }
    if (result == ECANCELED) {
        mortise_error_set(error, MORTISE_ERROR_CANCELLED, path, NULL, "the wait for the root %s was cancelled", path);
    } else if (result == EAGAIN || result == EACCES || result == ETIMEDOUT) {
        set_owned(file, path, error);
    } else {
        mortise_error_set_errno(error, result, "cannot lock", path);
    }
    (void) close(file);
    return NULL;
}

void
mortise_owner_lock_free(MortiseOwnerLock *self)
{
    if (self == NULL) {
        return;
    }
    if (self->pid == getpid()) {
        /* At once, also while a child that is about to exec has a copy of the descriptor. */
        (void) change_lock(self->file, F_OFD_SETLK, &to_unlock);
    }
    (void) close(self->file);
    g_free(self);
}
