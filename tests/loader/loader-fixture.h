// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// For tests of the loader: a directory of manifests, of modules with one defect each, and a registry of them.
#pragma once

#include "module-internal.h"
#include "mortise-test.h"
#include "sandbox.h"

typedef struct {
    char *directory;          /* of the manifests */
    MortiseRegistry *registry;
} LoaderFixture;

static inline LoaderFixture
loader_fixture_make(void)
{
    return (LoaderFixture) {sandbox_new(), NULL};
}

static inline void
loader_fixture_clear(LoaderFixture *self)
{
    g_clear_object(&self->registry);
    g_clear_pointer(&self->directory, sandbox_remove);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LoaderFixture, loader_fixture_clear)

/* The module built with a defect: "wrong-magic". */
static inline char *
defect_path(const char *defect)
{
    return g_strdup_printf("%s/defect-%s.so", DEFECT_DIRECTORY, defect);
}

/* A manifest NAME.json of the defective driver as it would be without a defect; `more` goes to its end. */
static inline void
loader_fixture_add(LoaderFixture *self, const char *name, const char *module, const char *more)
{
    g_autofree char *file = g_strconcat(name, ".json", NULL);
    g_autofree char *text = g_strdup_printf("{\"format\": 1, \"kind\": \"driver\", \"module\": \"%s\", "
                                            "\"abi\": \"1.0\", \"package\": \"mortise-driver-defect\", "
                                            "\"schemes\": [\"defect\"], "
                                            "\"domain_types\": [\"defect\"], \"state\": \"own\", "
                                            "\"interfaces\": [\"config/1\", \"lifecycle/1\", \"stats/1\", \"vcpu/1\"], "
                                            "\"thread_model\": \"serial-per-domain\"%s}\n",
                                            module, more);
    sandbox_write(self->directory, file, text, -1);
}

static inline void
loader_fixture_add_defect(LoaderFixture *self, const char *defect)
{
    g_autofree char *path = defect_path(defect);
    loader_fixture_add(self, "defect", path, "");
}

static inline void
loader_fixture_read(LoaderFixture *self)
{
    const char *const directories[] = {self->directory, NULL};
    g_clear_object(&self->registry);
    self->registry = mortise_registry_new_for_directories(directories, DEFECT_DIRECTORY);
}

/* How many files of the process's memory map have `part` in their path. */
static inline guint
count_maps(const char *part)
{
    g_autofree char *maps = NULL;
    g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
    CHECK(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(maps, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *path = strchr(*line, '/');
        if (path != NULL && strstr(path, part) != NULL) {
            (void) g_hash_table_add(paths, (gpointer) path);
        }
    }
    return g_hash_table_size(paths);
}
