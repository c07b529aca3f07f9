// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the directories of a root are: the system's, those of the XDG specification, or one that the URI names.
#include "root-private.h"

#include "environment.h"
#include "error.h"

#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD_BYTES 16384

void
mortise_place_clear(MortisePlace *self)
{
    g_clear_pointer(&self->base, g_free);
    g_clear_pointer(&self->below, g_free);
}

static void
find_system(const char *scheme, MortisePlace places[MORTISE_PLACE_COUNT])
{
    static const char *const bases[MORTISE_PLACE_COUNT] = {
        [MORTISE_PLACE_CONFIG] = "/etc",
        [MORTISE_PLACE_STATE] = "/var/lib",
        [MORTISE_PLACE_RUN] = "/run",
        [MORTISE_PLACE_CACHE] = "/var/cache",
    };
    for (int i = 0; i < MORTISE_PLACE_COUNT; i++) {
        gboolean readable = i == MORTISE_PLACE_CONFIG || i == MORTISE_PLACE_STATE;
        places[i] = (MortisePlace) {
            .base = g_strdup(bases[i]),
            .below = g_build_filename("mortise", scheme, NULL),
            .parts_mode = 0755,
            .mode = readable ? 0755 : 0700,
            .private = i == MORTISE_PLACE_RUN,
        };
    }
}

static void
find_embed(const char *root, MortisePlace places[MORTISE_PLACE_COUNT])
{
    static const char *const names[MORTISE_PLACE_COUNT] = {
        [MORTISE_PLACE_CONFIG] = "etc",
        [MORTISE_PLACE_STATE] = "lib",
        [MORTISE_PLACE_RUN] = "run",
        [MORTISE_PLACE_CACHE] = "cache",
    };
    for (int i = 0; i < MORTISE_PLACE_COUNT; i++) {
        places[i] = (MortisePlace) {
            .base = g_strdup(root),
            .below = g_strdup(names[i]),
            .parts_mode = 0700,
            .mode = 0700,
            .private = i == MORTISE_PLACE_RUN,
        };
    }
}

/* NULL when nobody knows. */
static char *
home_directory(void)
{
    const char *home = mortise_environment_get("HOME");
    if (home != NULL && g_path_is_absolute(home)) {
        return g_strdup(home);
    }
    g_autofree char *buffer = g_malloc(PASSWD_BYTES);
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwuid_r(geteuid(), &entry, buffer, PASSWD_BYTES, &found) != 0 || found == NULL) {
        return NULL;
    }
    return g_path_is_absolute(found->pw_dir) ? g_strdup(found->pw_dir) : NULL;
}

/* The specification wants relative paths ignored. */
static char *
user_base(const char *variable, const char *below_home, GError **error)
{
    const char *value = mortise_environment_get(variable);
    if (value != NULL && g_path_is_absolute(value)) {
        return g_strdup(value);
    }
    g_autofree char *home = home_directory();
    if (home == NULL) {
        g_autofree char *hint = g_strdup_printf("set HOME or %s", variable);
        mortise_error_set(error, MORTISE_ERROR_FILE_MISSING, variable, hint,
                          "the home directory of uid %u is not known", (unsigned) geteuid());
        return NULL;
    }
    return g_build_filename(home, below_home, NULL);
}

static gboolean
is_own_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid()
        && (status.st_mode & 022) == 0;
}

/*
 * NULL when neither the session nor the system has made one. A variable left over from another user is none of
 * ours.
 */
static char *
runtime_base(void)
{
    const char *value = mortise_environment_get("XDG_RUNTIME_DIR");
    if (value != NULL && g_path_is_absolute(value) && is_own_directory(value)) {
        return g_strdup(value);
    }
    g_autofree char *usual = g_strdup_printf("/run/user/%u", (unsigned) geteuid());
    return is_own_directory(usual) ? g_steal_pointer(&usual) : NULL;
}

static gboolean
find_session(const char *scheme, MortisePlace places[MORTISE_PLACE_COUNT], GError **error)
{
    static const char *const variables[MORTISE_PLACE_COUNT] = {
        [MORTISE_PLACE_CONFIG] = "XDG_CONFIG_HOME",
        [MORTISE_PLACE_STATE] = "XDG_STATE_HOME",
        [MORTISE_PLACE_RUN] = "XDG_CACHE_HOME",
        [MORTISE_PLACE_CACHE] = "XDG_CACHE_HOME",
    };
    static const char *const below_home[MORTISE_PLACE_COUNT] = {
        [MORTISE_PLACE_CONFIG] = ".config",
        [MORTISE_PLACE_STATE] = ".local/state",
        [MORTISE_PLACE_RUN] = ".cache",
        [MORTISE_PLACE_CACHE] = ".cache",
    };
    g_autofree char *runtime = runtime_base();
    for (int i = 0; i < MORTISE_PLACE_COUNT; i++) {
        gboolean run = i == MORTISE_PLACE_RUN;
        gboolean real_runtime = run && runtime != NULL;
        places[i] = (MortisePlace) {
            .base = real_runtime ? g_strdup(runtime) : user_base(variables[i], below_home[i], error),
            .below = g_build_filename(run && !real_runtime ? "mortise-run" : "mortise", scheme, NULL),
            .parts_mode = 0700,
            .mode = 0700,
            .private = run,
        };
        if (places[i].base == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Files are those of this host, whatever host is asked for. */
static gboolean
check_host(const MortiseUri *uri, GError **error)
{
    if (*uri->host != '\0') {
        g_autofree char *hint = g_strdup_printf("run the command on that host, or write %s:///... with three slashes",
                                                uri->scheme);
        mortise_error_set(error, MORTISE_ERROR_UNSUPPORTED, uri->text, hint,
                          "\"%s\" names the host %s, and another host needs a daemon, which is not there yet",
                          uri->text, uri->host);
        return FALSE;
    }
    return TRUE;
}

gboolean
mortise_root_find_places(const MortiseUri *uri, MortisePlace places[MORTISE_PLACE_COUNT], GError **error)
{
    if (!check_host(uri, error)) {
        return FALSE;
    }
    switch (uri->root) {
    case MORTISE_ROOT_SYSTEM:
        find_system(uri->scheme, places);
        return TRUE;
    case MORTISE_ROOT_SESSION:
        return find_session(uri->scheme, places, error);
    case MORTISE_ROOT_EMBED:
        find_embed(uri->embed_root, places);
        return TRUE;
    default:
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, uri->text, NULL,
                          "the path \"%s\" of %s names no root", uri->path, uri->text);
        return FALSE;
    }
}
