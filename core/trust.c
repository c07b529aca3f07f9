// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which files may become code of this process: where a module really is, and who could have written it.
#include "trust.h"

#include "environment.h"
#include "error.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

typedef enum {
    WRITER_USER,
    WRITER_GROUP,
    WRITER_ANYBODY,
} WriterKind;

/* Somebody other than root who could change what a path leads to, and where. */
typedef struct {
    WriterKind kind;
    guint32 id;
    char *place;
} Writer;

static void
writer_free(gpointer data)
{
    Writer *self = data;
    g_free(self->place);
    g_free(self);
}

static void
add_writer(GPtrArray *writers, WriterKind kind, guint32 id, const char *place)
{
    Writer *writer = g_new0(Writer, 1);
    writer->kind = kind;
    writer->id = id;
    writer->place = g_strdup(place);
    g_ptr_array_add(writers, writer);
}

/* With an ACL the group bits of the mode say what named users and groups may do, and not what the group may. */
static gboolean
has_acl(const char *path)
{
    return getxattr(path, "system.posix_acl_access", NULL, 0) >= 0;
}

static void
add_writers_of(GPtrArray *writers, const char *place)
{
    struct stat status;
    if (lstat(place, &status) != 0) {
        add_writer(writers, WRITER_ANYBODY, 0, place);
        return;
    }
    if (status.st_uid != 0) {
        add_writer(writers, WRITER_USER, status.st_uid, place);
    }
    if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0) {
        return;
    }
    if ((status.st_mode & S_IWGRP) != 0 && (status.st_gid != 0 || has_acl(place))) {
        add_writer(writers, WRITER_GROUP, status.st_gid, place);
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        add_writer(writers, WRITER_ANYBODY, 0, place);
    }
}

/* All who could change the file at `path` (resolved, absolute) or put another one in its place. */
static GPtrArray *
writers_of_path(const char *path)
{
    GPtrArray *writers = g_ptr_array_new_with_free_func(writer_free);
    g_autofree char *place = g_strdup(path);
    while (!g_str_equal(place, "/")) {
        add_writers_of(writers, place);
        char *parent = g_path_get_dirname(place);
        g_free(place);
        place = parent;
    }
    add_writers_of(writers, place);
    return writers;
}

/* The file that this function was mapped from; NULL when that cannot be found out. */
static char *
own_path(void)
{
    Dl_info information;
    struct link_map *map = NULL;
    if (dladdr1((void *) own_path, &information, (void **) &map, RTLD_DL_LINKMAP) == 0 || map == NULL) {
        return NULL;
    }
    gboolean is_program = map->l_name == NULL || map->l_name[0] == '\0';
    return realpath(is_program ? "/proc/self/exe" : map->l_name, NULL);
}

static GPtrArray *
writers_of_library(void)
{
    static gsize ready = 0;
    static GPtrArray *writers = NULL;
    if (g_once_init_enter(&ready)) {
        char *path = own_path();
        writers = path != NULL ? writers_of_path(path) : g_ptr_array_new();
        free(path);
        g_once_init_leave(&ready, 1);
    }
    return writers;
}

static gboolean
is_among(const GPtrArray *writers, const Writer *wanted)
{
    for (guint i = 0; i < writers->len; i++) {
        const Writer *writer = g_ptr_array_index(writers, i);
        if (writer->kind == wanted->kind && writer->id == wanted->id) {
            return TRUE;
        }
    }
    return FALSE;
}

static void
set_untrusted(GError **error, const char *path, const Writer *writer)
{
    g_autofree char *who = NULL;
    g_autofree char *hint = NULL;
    switch (writer->kind) {
    case WRITER_USER:
        who = g_strdup_printf("belongs to the user with number %u", writer->id);
        hint = g_strdup_printf("if that file is yours to trust: chown root %s", writer->place);
        break;
    case WRITER_GROUP:
        who = g_strdup_printf("may be written by the group with number %u", writer->id);
        hint = g_strdup_printf("if that file is yours to trust: chmod g-w %s", writer->place);
        break;
    default:
        who = g_strdup("may be written by anybody");
        hint = g_strdup_printf("if that file is yours to trust: chmod o-w %s", writer->place);
        break;
    }
    mortise_error_set(error, MORTISE_ERROR_MODULE_UNTRUSTED, path, hint,
                      "%s is not loaded by a privileged process: %s %s", path, writer->place, who);
}

static gboolean
check_writers(const char *path, MortiseTrust trust, GError **error)
{
    g_autoptr(GPtrArray) writers = writers_of_path(path);
    for (guint i = 0; i < writers->len; i++) {
        const Writer *writer = g_ptr_array_index(writers, i);
        if (trust == MORTISE_TRUST_ROOT || !is_among(writers_of_library(), writer)) {
            set_untrusted(error, path, writer);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_file(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING, path, NULL, "%s cannot be read: %s", path,
                          g_strerror(errno));
        return FALSE;
    }
    if (!S_ISREG(status.st_mode)) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING, path, NULL, "%s is not a regular file", path);
        return FALSE;
    }
    return TRUE;
}

MortiseTrust
mortise_trust_of_process(void)
{
    if (getauxval(AT_SECURE) != 0) {
        return MORTISE_TRUST_ROOT;
    }
    return mortise_environment_is_privileged() ? MORTISE_TRUST_WRITERS_OF_LIBRARY : MORTISE_TRUST_ANYBODY;
}

char *
mortise_trust_resolve(const char *path, MortiseTrust trust, GError **error)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) {
        const char *why = errno == ENOENT ? "does not exist" : g_strerror(errno);
        mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING, path, NULL, "%s: %s", path, why);
        return NULL;
    }
    g_autofree char *found = g_strdup(resolved);
    free(resolved);
    if (!check_file(found, error) || (trust != MORTISE_TRUST_ANYBODY && !check_writers(found, trust, error))) {
        return NULL;
    }
    return g_steal_pointer(&found);
}
