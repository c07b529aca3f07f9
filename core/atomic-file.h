// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Small files that are read whole, and replaced so that everybody sees the old or the new one.
#pragma once

#include <gio/gio.h>

/*
 * Opens the directory `path` (close-on-exec); makes it, mode `mode`, when it is missing and `mode` is not 0. -1 with
 * file-missing, permission-denied or file-error. Its last part must not be a symbolic link. Blocks for the disk.
 */
int mortise_directory_open(const char *path, guint mode, GError **error);

typedef enum {
    MORTISE_ATOMIC_KEPT,      /* survives kill -9; after a loss of power the file may be torn */
    MORTISE_ATOMIC_DURABLE,   /* and survives a loss of power: fsync of the file and of its directory */
} MortiseAtomicMode;

/*
 * Replaces `name` in the open directory (whose `path` is for errors) by `first` followed by `second` (NULL: nothing),
 * mode 0600. `tag` names this writer in the temporary file, ".NAME.TAG.tmp". FALSE with file-error (or
 * permission-denied, file-missing), and then the old file is still there, whole; only when it is the fsync of the
 * directory that fails, the new one is there already. Blocks for the disk.
 */
gboolean mortise_atomic_file_write(int directory, const char *path, const char *name, const char *tag,
                                   const char *first, const char *second, MortiseAtomicMode mode, GError **error);

/* Removes `name`; TRUE also when there was none. Errors as above. */
gboolean mortise_atomic_file_remove(int directory, const char *path, const char *name, MortiseAtomicMode mode,
                                    GError **error);

/* Whether `name` is a temporary file of a writer; `tag` (may be NULL) is whose files do not count. */
gboolean mortise_atomic_file_is_leftover(const char *name, const char *tag);

/*
 * The bytes of the regular file `name`, with a terminator behind them that does not count in `*length`. NULL with
 * file-missing, permission-denied, limit-exceeded (more than `limit` bytes) or file-error (a symbolic link, a
 * device, ...). Never waits for a pipe. Free with g_free.
 */
char *mortise_file_read(int directory, const char *path, const char *name, gsize limit, gsize *length, GError **error);
