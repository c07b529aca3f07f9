// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the shared libraries that a module needs are on this host, found out without loading any of them.
#include "library-search.h"

#include "config.h"
#include "environment.h"

#include <link.h>
#include <string.h>
#include <unistd.h>

#define CACHE "/etc/ld.so.cache"

static gboolean
is_in_directory(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return access(path, F_OK) == 0;
}

static gboolean
is_in_directories(const char *const *directories, const char *name)
{
    for (; *directories != NULL; directories++) {
        if (is_in_directory(*directories, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

static int
compare_loaded(struct dl_phdr_info *information, size_t size, void *data)
{
    (void) size;
    const char *slash = strrchr(information->dlpi_name, '/');
    return strcmp(slash != NULL ? slash + 1 : information->dlpi_name, data) == 0;
}

static gboolean
is_loaded(const char *name)
{
    return dl_iterate_phdr(compare_loaded, (void *) name) != 0;
}

/* The path that ends at `slash` and the name behind it; the cache keeps its texts ended by zeros. */
static gboolean
is_entry_of_file(const char *contents, const char *slash)
{
    const char *begin = slash;
    while (begin > contents && begin[-1] != '\0') {
        begin--;
    }
    return *begin == '/' && access(begin, F_OK) == 0;
}

/* The layout of the cache differs between versions of the C library; its paths, each ended by a zero, are in all. */
static gboolean
is_in_cache(GMappedFile *cache, const char *name)
{
    g_autofree char *needle = g_strconcat("/", name, NULL);
    gsize needle_size = strlen(needle) + 1;
    const char *contents = g_mapped_file_get_contents(cache);
    const char *end = contents + g_mapped_file_get_length(cache);
    const char *found = contents != NULL ? memmem(contents, (gsize) (end - contents), needle, needle_size) : NULL;
    while (found != NULL) {
        if (is_entry_of_file(contents, found)) {
            return TRUE;
        }
        found = memmem(found + 1, (gsize) (end - found) - 1, needle, needle_size);
    }
    return FALSE;
}

const char *
mortise_library_search_missing(const char *const *names, const char *directory)
{
    static const char *const usual[] = {"/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib", NULL};
    if (names[0] == NULL) {
        return NULL;
    }
    g_autoptr(GMappedFile) cache = g_mapped_file_new(CACHE, FALSE, NULL);
    g_auto(GStrv) wanted = mortise_environment_get_list("LD_LIBRARY_PATH");
    g_autofree char *own = g_path_get_dirname(MORTISE_MODULE_DIRECTORY);
    for (; *names != NULL; names++) {
        gboolean found = is_loaded(*names) || (cache != NULL && is_in_cache(cache, *names)) ||
                         is_in_directories((const char *const *) wanted, *names) ||
                         is_in_directory(directory, *names) || is_in_directory(own, *names) ||
                         is_in_directories(usual, *names);
        if (!found) {
            return *names;
        }
    }
    return NULL;
}
