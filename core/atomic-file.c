// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Small files that are read whole, and replaced by write, fsync, rename and fsync of the directory.
#include "atomic-file.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX ".tmp"

/* Always FALSE; `number` is an errno. */
static gboolean
fail(GError **error, int number, const char *doing, const char *path, const char *name)
{
    g_autofree char *whole = g_build_filename(path, name, NULL);
    mortise_error_set_errno(error, number, doing, whole);
    return FALSE;
}

G_GNUC_PRINTF(3, 4)
static void
set_refusal(GError **error, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    mortise_error_set(error, MORTISE_ERROR_FILE_ERROR, path, NULL, "%s %s", path, why);
}

/* Always -1. With O_NOFOLLOW a link is told from a file only by looking. */
static int
fail_directory(int number, const char *path, GError **error)
{
    struct stat status;
    if ((number == ENOTDIR || number == ELOOP) && lstat(path, &status) == 0 && !S_ISDIR(status.st_mode)) {
        set_refusal(error, path, "%s", S_ISLNK(status.st_mode) ? "is a symbolic link, which is not followed"
                                                               : "is not a directory");
    } else {
        mortise_error_set_errno(error, number, "cannot open the directory", path);
    }
    return -1;
}

/* What is in a new directory is only as durable as its own entry in the one above. */
static void
sync_parent(const char *path)
{
    g_autofree char *parent_path = g_path_get_dirname(path);
    int parent = open(parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0) {
        (void) fsync(parent);
        (void) close(parent);
    }
}

int
mortise_directory_open(const char *path, guint mode, GError **error)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int directory = open(path, flags);
    if (directory < 0 && errno == ENOENT && mode != 0) {
        if (mkdir(path, mode) == 0) {
            sync_parent(path);
        } else if (errno != EEXIST) {
            mortise_error_set_errno(error, errno, "cannot make the directory", path);
            return -1;
        }
        directory = open(path, flags);
    }
    return directory >= 0 ? directory : fail_directory(errno, path, error);
}

/* A write may be cut short by a signal or a full disk; only the latter is an error. */
static gboolean
write_all(int file, const char *text, gsize length)
{
    while (length > 0) {
        ssize_t done = write(file, text, length);
        if (done < 0 && errno != EINTR) {
            return FALSE;
        }
        if (done > 0) {
            text += done;
            length -= (gsize) done;
        }
    }
    return TRUE;
}

static gboolean
fill(int file, const char *first, const char *second, MortiseAtomicMode mode)
{
    return write_all(file, first, strlen(first)) && (second == NULL || write_all(file, second, strlen(second)))
        && (mode != MORTISE_ATOMIC_DURABLE || fsync(file) == 0);
}

/* A file of the same writer can only be left by a failed unlink, so it may be taken away. */
static int
create_temporary(int directory, const char *temporary)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat(directory, temporary, flags, 0600);
    if (file < 0 && errno == EEXIST && unlinkat(directory, temporary, 0) == 0) {
        file = openat(directory, temporary, flags, 0600);
    }
    return file;
}

/*
 * A rename over an old file makes some file systems (ext4) write the new one to disk at once. What need not be
 * durable is exchanged with the old file, which then goes: that costs a twentieth. Killed in between, a temporary
 * file is left.
 */
static gboolean
put_in_place(int directory, const char *temporary, const char *name, MortiseAtomicMode mode)
{
    if (mode == MORTISE_ATOMIC_KEPT && renameat2(directory, temporary, directory, name, RENAME_EXCHANGE) == 0) {
        (void) unlinkat(directory, temporary, 0);
        return TRUE;
    }
    /* Also where there is no old file, or no such exchange. */
    return renameat(directory, temporary, directory, name) == 0;
}

gboolean
mortise_atomic_file_write(int directory, const char *path, const char *name, const char *tag, const char *first,
                          const char *second, MortiseAtomicMode mode, GError **error)
{
    g_autofree char *temporary = g_strdup_printf(".%s.%s" TEMPORARY_SUFFIX, name, tag);
    int file = create_temporary(directory, temporary);
    if (file < 0) {
        return fail(error, errno, "cannot create", path, temporary);
    }
    gboolean filled = fill(file, first, second, mode);
    int number = filled ? 0 : errno;
    if (close(file) != 0 && filled) {
        filled = FALSE;
        number = errno;
    }
    if (!filled) {
        (void) unlinkat(directory, temporary, 0);
        return fail(error, number, "cannot write", path, name);
    }
    if (!put_in_place(directory, temporary, name, mode)) {
        number = errno;
        (void) unlinkat(directory, temporary, 0);
        return fail(error, number, "cannot replace", path, name);
    }
    if (mode == MORTISE_ATOMIC_DURABLE && fsync(directory) != 0) {
        return fail(error, errno, "cannot make durable", path, name);
    }
    return TRUE;
}

gboolean
mortise_atomic_file_remove(int directory, const char *path, const char *name, MortiseAtomicMode mode, GError **error)
{
    if (unlinkat(directory, name, 0) != 0) {
        return errno == ENOENT || fail(error, errno, "cannot remove", path, name);
    }
    if (mode == MORTISE_ATOMIC_DURABLE && fsync(directory) != 0) {
        return fail(error, errno, "cannot make durable the removal of", path, name);
    }
    return TRUE;
}

gboolean
mortise_atomic_file_is_leftover(const char *name, const char *tag)
{
    if (name[0] != '.' || !g_str_has_suffix(name, TEMPORARY_SUFFIX)) {
        return FALSE;
    }
    g_autofree char *own = tag != NULL ? g_strdup_printf(".%s" TEMPORARY_SUFFIX, tag) : NULL;
    return own == NULL || !g_str_has_suffix(name, own);
}

static void
set_too_large(GError **error, const char *path, gsize limit)
{
    mortise_error_set(error, MORTISE_ERROR_LIMIT_EXCEEDED, path, NULL, "%s is larger than %" G_GSIZE_FORMAT " bytes",
                      path, limit);
}

/* O_NONBLOCK: a pipe of that name must not hold anybody up. */
static int
open_regular(int directory, const char *whole, const char *name, gsize limit, gsize *size, GError **error)
{
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (file < 0 && errno == ELOOP) {
        set_refusal(error, whole, "is a symbolic link, which is not followed");
    } else if (file < 0 || fstat(file, &status) != 0) {
        mortise_error_set_errno(error, errno, "cannot open", whole);
    } else if (!S_ISREG(status.st_mode)) {
        set_refusal(error, whole, "is not a regular file");
    } else if ((guint64) status.st_size > limit) {
        set_too_large(error, whole, limit);
    } else {
        *size = (gsize) status.st_size;
        return file;
    }
    if (file >= 0) {
        (void) close(file);
    }
    return -1;
}

/* Reads until the end: the size is only a guess when somebody edits the file in place. */
static char *
read_all(int file, gsize expected, gsize limit, gsize *length)
{
    gsize room = expected + 1;
    g_autofree char *text = g_malloc(room + 1);
    gsize used = 0;
    for (;;) {
        ssize_t done = read(file, text + used, room - used);
        if (done < 0 && errno != EINTR) {
            return NULL;
        }
        if (done == 0) {
            break;
        }
        used += done > 0 ? (gsize) done : 0;
        if (used > limit) {
            errno = EFBIG;
            return NULL;
        }
        if (used == room) {
            room *= 2;
            text = g_realloc(text, room + 1);
        }
    }
    text[used] = '\0';
    *length = used;
    return g_steal_pointer(&text);
}

char *
mortise_file_read(int directory, const char *path, const char *name, gsize limit, gsize *length, GError **error)
{
    g_autofree char *whole = g_build_filename(path, name, NULL);
    gsize size = 0;
    int file = open_regular(directory, whole, name, limit, &size, error);
    if (file < 0) {
        return NULL;
    }
    g_autofree char *text = read_all(file, size, limit, length);
    int number = errno;
    (void) close(file);
    if (text != NULL) {
        return g_steal_pointer(&text);
    }
    if (number == EFBIG) {
        set_too_large(error, whole, limit);
    } else {
        mortise_error_set_errno(error, number, "cannot read", whole);
    }
    return NULL;
}
