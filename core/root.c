// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A root: its directories are made and checked part by part, through descriptors, and then locked.
#include "root-private.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Always -1. What the disk says, with a hint when it is about rights. */
static int
fail(int number, const char *doing, const char *path, const char *hint, GError **error)
{
    if (number == EACCES || number == EPERM || number == EROFS) {
        mortise_error_set(error, MORTISE_ERROR_PERMISSION_DENIED, path, hint, "%s %s: %s", doing, path,
                          g_strerror(number));
    } else {
        mortise_error_set(error, MORTISE_ERROR_FILE_ERROR, path, NULL, "%s %s: %s", doing, path, g_strerror(number));
    }
    return -1;
}

G_GNUC_PRINTF(4, 5)
static gboolean
distrust(GError **error, const char *path, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    mortise_error_set(error, MORTISE_ERROR_PERMISSION_DENIED, path, hint, "the directory %s %s", path, why);
    return FALSE;
}

/* A sticky directory may be shared: what is made in it cannot be replaced by others. */
static gboolean
check_writers(int directory, const char *path, gboolean shared, GError **error)
{
    struct stat status;
    if (fstat(directory, &status) != 0) {
        return fail(errno, "cannot examine", path, NULL, error) == 0;
    }
    gboolean foreign = status.st_uid != geteuid() && status.st_uid != 0;
    gboolean sticky = shared && (status.st_mode & S_ISVTX) != 0;
    g_autofree char *hint = g_strdup_printf("use another directory, or take the right away: chmod go-w %s", path);
    if ((status.st_mode & S_IWOTH) != 0 && !sticky) {
        return distrust(error, path, hint, "may be written by anybody (mode %04o)", (unsigned) status.st_mode & 07777);
    }
    if (foreign && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return distrust(error, path, hint, "belongs to uid %u, and others may write it (mode %04o)",
                        (unsigned) status.st_uid, (unsigned) status.st_mode & 07777);
    }
    return TRUE;
}

static gboolean
check_private(int directory, const char *path, GError **error)
{
    struct stat status;
    if (fstat(directory, &status) != 0) {
        return fail(errno, "cannot examine", path, NULL, error) == 0;
    }
    if (status.st_uid != geteuid()) {
        return distrust(error, path, "use another root", "belongs to uid %u, not to uid %u", (unsigned) status.st_uid,
                        (unsigned) geteuid());
    }
    if ((status.st_mode & 077) != 0 && fchmod(directory, 0700) != 0) {
        return fail(errno, "cannot set the mode of", path, NULL, error) == 0;
    }
    return TRUE;
}

/* A link is followed when only those made it who may write the directory anyhow. */
static int
open_through_link(int parent, const char *name, const char *path, gboolean private, GError **error)
{
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return fail(errno, "cannot examine", path, NULL, error);
    }
    if (!S_ISLNK(status.st_mode)) {
        return fail(ENOTDIR, "cannot open the directory", path, NULL, error);
    }
    if (private || (status.st_uid != geteuid() && status.st_uid != 0)) {
        mortise_error_set(error, MORTISE_ERROR_PERMISSION_DENIED, path, "replace it by a directory",
                          "%s is a symbolic link of uid %u, which is not followed", path, (unsigned) status.st_uid);
        return -1;
    }
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory >= 0 ? directory : fail(errno, "cannot open the directory", path, NULL, error);
}

/* Opens `name` in `parent`, making it when it is missing; the umask does not count. */
static int
open_part(int parent, const char *name, const char *path, const MortisePlace *place, guint mode, const char *hint,
          GError **error)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int directory = openat(parent, name, flags);
    if (directory < 0 && errno == ENOENT) {
        gboolean made = mkdirat(parent, name, mode) == 0;
        if (!made && errno != EEXIST) {
            return fail(errno, "cannot make the directory", path, hint, error);
        }
        directory = openat(parent, name, flags);
        if (directory >= 0 && made && fchmod(directory, mode) != 0) {
            int number = errno;
            (void) close(directory);
            return fail(number, "cannot set the mode of", path, hint, error);
        }
    }
    if (directory < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        return open_through_link(parent, name, path, place->private, error);
    }
    return directory >= 0 ? directory : fail(errno, "cannot open the directory", path, hint, error);
}

static int
open_base(const MortisePlace *self, const char *hint, GError **error)
{
    if (g_mkdir_with_parents(self->base, 0700) != 0) {
        return fail(errno, "cannot make the directory", self->base, hint, error);
    }
    int base = open(self->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (base < 0) {
        return fail(errno, "cannot open the directory", self->base, hint, error);
    }
    if (!check_writers(base, self->base, TRUE, error)) {
        (void) close(base);
        return -1;
    }
    return base;
}

int
mortise_place_open(const MortisePlace *self, const char *hint, GError **error)
{
    int directory = open_base(self, hint, error);
    g_auto(GStrv) parts = g_strsplit(self->below, "/", -1);
    g_autofree char *path = g_strdup(self->base);
    for (char **part = parts; directory >= 0 && *part != NULL; part++) {
        gboolean last = part[1] == NULL;
        g_autofree char *parent_path = g_steal_pointer(&path);
        int parent = directory;
        path = g_build_filename(parent_path, *part, NULL);
        directory = open_part(parent, *part, path, self, last ? self->mode : self->parts_mode, hint, error);
        (void) close(parent);
        if (directory >= 0 && (!check_writers(directory, path, FALSE, error)
                               || (last && self->private && !check_private(directory, path, error)))) {
            (void) close(directory);
            directory = -1;
        }
    }
    return directory;
}

static char *
hint_for(const MortiseUri *uri)
{
    switch (uri->root) {
    case MORTISE_ROOT_SYSTEM:
        return g_strdup_printf("use \"%s:///session\" or \"%s:///embed?root=DIRECTORY\"", uri->scheme, uri->scheme);
    case MORTISE_ROOT_SESSION:
        return g_strdup_printf("use \"%s:///embed?root=DIRECTORY\"", uri->scheme);
    default:
        return g_strdup_printf("choose a directory that uid %u may write", (unsigned) geteuid());
    }
}

/* The descriptor of the run directory, or -1. */
static int
open_places(const MortiseUri *uri, const MortisePlace places[MORTISE_PLACE_COUNT], GError **error)
{
    g_autofree char *hint = hint_for(uri);
    int run_directory = -1;
    for (int i = 0; i < MORTISE_PLACE_COUNT; i++) {
        int directory = mortise_place_open(&places[i], hint, error);
        if (directory < 0) {
            if (run_directory >= 0) {
                (void) close(run_directory);
            }
            return -1;
        }
        if (i == MORTISE_PLACE_RUN) {
            run_directory = directory;
        } else {
            (void) close(directory);
        }
    }
    return run_directory;
}

static char *
path_of(const MortisePlace *place)
{
    return g_build_filename(place->base, place->below, NULL);
}

MortiseRoot *
mortise_root_open(const MortiseUri *uri, guint wait_ms, GCancellable *cancellable, GError **error)
{
    MortisePlace places[MORTISE_PLACE_COUNT] = {{0}};
    g_autoptr(MortiseRoot) self = g_new0(MortiseRoot, 1);
    int run_directory = -1;
    if (mortise_root_find_places(uri, places, error)) {
        run_directory = open_places(uri, places, error);
    }
    if (run_directory >= 0) {
        self->config_directory = path_of(&places[MORTISE_PLACE_CONFIG]);
        self->state_directory = path_of(&places[MORTISE_PLACE_STATE]);
        self->run_directory = path_of(&places[MORTISE_PLACE_RUN]);
        self->cache_directory = path_of(&places[MORTISE_PLACE_CACHE]);
        self->lock = mortise_owner_lock_take(run_directory, self->run_directory, wait_ms, cancellable, error);
        (void) close(run_directory);
    }
    for (int i = 0; i < MORTISE_PLACE_COUNT; i++) {
        mortise_place_clear(&places[i]);
    }
    return self->lock != NULL ? g_steal_pointer(&self) : NULL;
}

void
mortise_root_free(MortiseRoot *self)
{
    if (self == NULL) {
        return;
    }
    mortise_owner_lock_free(self->lock);
    g_free(self->config_directory);
    g_free(self->state_directory);
    g_free(self->run_directory);
    g_free(self->cache_directory);
    g_free(self);
}
