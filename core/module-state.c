// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the state of a module without loading it: masked, broken, missing, untrusted, or available.
#include "module-internal.h"

#include "config.h"
#include "environment.h"
#include "error.h"
#include "library-search.h"
#include "trust.h"

#include <string.h>
#include <unistd.h>

/* Never empty: a bare file name must not be looked for where the process happens to stand. */
static char **
absolute_directories(const char *const *directories)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    static const char *const built_in[] = {MORTISE_MODULE_DIRECTORY, NULL};
    for (directories = directories[0] != NULL ? directories : built_in; *directories != NULL; directories++) {
        g_autofree char *absolute = g_canonicalize_filename(*directories, NULL);
        g_strv_builder_add(builder, absolute);
    }
    return g_strv_builder_end(builder);
}

MortiseModuleSettings *
mortise_module_settings_new(const char *const *module_directories, gboolean obeys_environment)
{
    MortiseModuleSettings *self = g_atomic_rc_box_new0(MortiseModuleSettings);
    self->module_directories = absolute_directories(module_directories);
    self->obeys_environment = obeys_environment;
    if (obeys_environment && mortise_environment_get("MORTISE_MODULES_SELECT") != NULL) {
        self->select = mortise_environment_get_list("MORTISE_MODULES_SELECT");
    }
    if (obeys_environment) {
        self->disable = mortise_environment_get_list("MORTISE_MODULES_DISABLE");
    }
    return self;
}

MortiseModuleSettings *
mortise_module_settings_ref(MortiseModuleSettings *self)
{
    return g_atomic_rc_box_acquire(self);
}

static void
settings_clear(gpointer data)
{
    MortiseModuleSettings *self = data;
    g_strfreev(self->module_directories);
    g_strfreev(self->select);
    g_strfreev(self->disable);
}

void
mortise_module_settings_unref(MortiseModuleSettings *self)
{
    g_atomic_rc_box_release_full(self, settings_clear);
}

static MortiseModuleState
state_of_error(const GError *error)
{
    switch (error->code) {
    case MORTISE_ERROR_MODULE_MASKED:
        return MORTISE_MODULE_STATE_MASKED;
    case MORTISE_ERROR_MANIFEST_INVALID:
        return MORTISE_MODULE_STATE_BAD_MANIFEST;
    case MORTISE_ERROR_MODULE_MISSING:
        return MORTISE_MODULE_STATE_MISSING_MODULE;
    case MORTISE_ERROR_MODULE_MISSING_LIBRARY:
        return MORTISE_MODULE_STATE_MISSING_LIBRARY;
    case MORTISE_ERROR_MODULE_UNTRUSTED:
        return MORTISE_MODULE_STATE_UNTRUSTED;
    case MORTISE_ERROR_MODULE_ABI_MISMATCH:
        return MORTISE_MODULE_STATE_ABI_MISMATCH;
    default:
        return MORTISE_MODULE_STATE_INIT_FAILED;
    }
}

void
mortise_module_set_problem(MortiseModule *self, GError *problem)
{
    mortise_module_clear_problem(self);
    self->state = state_of_error(problem);
    self->problem = problem;
}

void
mortise_module_clear_problem(MortiseModule *self)
{
    self->state = MORTISE_MODULE_STATE_AVAILABLE;
    g_clear_error(&self->problem);
}

static gboolean
matches(const char *name, char *const *globs)
{
    for (; *globs != NULL; globs++) {
        if (g_pattern_match_simple(*globs, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
check_masks(const MortiseModule *self, GError **error)
{
    const MortiseManifest *manifest = self->manifest;
    if (!manifest->enabled) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MASKED, self->name,
                          "to use it, remove that file or write \"enabled\": true in one that stands before it",
                          "the module '%s' is switched off by %s", self->name, manifest->enabled_by);
        return FALSE;
    }
    if (self->settings->select != NULL && !matches(self->name, self->settings->select)) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MASKED, self->name, "change or unset the variable to use it",
                          "the module '%s' is not among those that the environment variable "
                          "MORTISE_MODULES_SELECT names",
                          self->name);
        return FALSE;
    }
    if (self->settings->disable != NULL && matches(self->name, self->settings->disable)) {
        mortise_error_set(error, MORTISE_ERROR_MODULE_MASKED, self->name, "change or unset the variable to use it",
                          "the module '%s' is switched off by the environment variable MORTISE_MODULES_DISABLE",
                          self->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_abi(const MortiseModule *self, GError **error)
{
    guint32 major = self->manifest->abi >> 16;
    if (major == MORTISE_ABI_MAJOR) {
        return TRUE;
    }
    mortise_error_set(error, MORTISE_ERROR_MODULE_ABI_MISMATCH, self->name,
                      "install the module's build for this version of Mortise",
                      "the module '%s' is made for version %u.%u of the driver ABI, and this library speaks version %d",
                      self->name, major, self->manifest->abi & G_MAXUINT16, MORTISE_ABI_MAJOR);
    return FALSE;
}

/* Where the manifest's module is: the first directory that has it, else the first directory. */
static char *
find_file(const MortiseModule *self)
{
    const char *module = self->manifest->module;
    if (g_path_is_absolute(module)) {
        return g_strdup(module);
    }
    char *const *directories = self->settings->module_directories;
    for (char *const *directory = directories; *directory != NULL; directory++) {
        g_autofree char *path = g_build_filename(*directory, module, NULL);
        if (access(path, F_OK) == 0) {
            return g_steal_pointer(&path);
        }
    }
    return g_build_filename(directories[0], module, NULL);
}

/* Tells a module that is not installed, and whose package is known, from one whose file cannot be used. */
static GError *
missing_module(const MortiseModule *self, const GError *cause)
{
    GError *problem = NULL;
    const char *package = self->manifest->package;
    if (g_file_test(self->path, G_FILE_TEST_EXISTS)) {
        return g_error_copy(cause);
    }
    g_autofree char *hint = package != NULL ? g_strdup_printf("install the package %s", package)
                                            : g_strdup("install the package that brings it");
    mortise_error_set(&problem, MORTISE_ERROR_MODULE_MISSING, package != NULL ? package : self->path, hint,
                      "the module '%s' is not installed: %s", self->name, mortise_error_get_summary(cause));
    return problem;
}

static gboolean
check_file(MortiseModule *self, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *resolved = mortise_trust_resolve(self->path, mortise_trust_of_process(), &cause);
    if (resolved == NULL) {
        gboolean missing = cause->code == MORTISE_ERROR_MODULE_MISSING;
        g_propagate_error(error, missing ? missing_module(self, cause) : g_steal_pointer(&cause));
        return FALSE;
    }
    g_free(self->path);
    self->path = g_steal_pointer(&resolved);
    return TRUE;
}

static gboolean
check_libraries(const MortiseModule *self, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(self->path);
    const char *const *libraries = (const char *const *) self->manifest->libraries;
    const char *missing = mortise_library_search_missing(libraries, directory);
    if (missing == NULL) {
        return TRUE;
    }
    mortise_error_set(error, MORTISE_ERROR_MODULE_MISSING_LIBRARY, missing,
                      "install the package that brings this library",
                      "the module '%s' needs the library %s, which is not installed", self->name, missing);
    return FALSE;
}

static gboolean
examine(MortiseModule *self, GError **error)
{
    if (!check_masks(self, error)) {
        return FALSE;
    }
    if (self->manifest_error != NULL) {
        g_propagate_error(error, g_error_copy(self->manifest_error));
        return FALSE;
    }
    return check_abi(self, error) && check_file(self, error) && check_libraries(self, error);
}

void
mortise_module_ensure_examined(MortiseModule *self)
{
    if (!g_once_init_enter(&self->examined)) {
        return;
    }
    (void) mortise_module_ensure_manifest(self);
    if (self->static_descriptor == NULL) {
        GError *problem = NULL;
        self->path = self->manifest->module != NULL ? find_file(self) : NULL;
        if (!examine(self, &problem)) {
            g_mutex_lock(&self->lock);
            mortise_module_set_problem(self, problem);
            g_mutex_unlock(&self->lock);
        }
    }
    g_once_init_leave(&self->examined, 1);
}

const MortiseManifest *
mortise_module_ensure_manifest(MortiseModule *self)
{
    if (g_once_init_enter(&self->manifest_ready)) {
        if (self->manifest == NULL) {
            self->manifest = mortise_manifest_source_merge(self->source, &self->manifest_error);
        }
        g_once_init_leave(&self->manifest_ready, 1);
    }
    return self->manifest;
}
