// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Libraries that are found, and that are not, without being loaded.
#include "library-search.h"
#include "mortise-test.h"
#include "sandbox.h"

static const char *
missing_of(const char *name, const char *directory)
{
    const char *const names[] = {name, NULL};
    return mortise_library_search_missing(names, directory);
}

static void
test_found(void)
{
    CHECK_TEXT(missing_of("libc.so.6", "/"), NULL);           /* loaded */
    CHECK_TEXT(missing_of("libjson-glib-1.0.so.0", "/"), NULL);
    const char *const none[] = {NULL};
    CHECK_TEXT(mortise_library_search_missing(none, "/"), NULL);
}

/* In the linker's cache and not loaded: some library of the system whose path is in the cache. */
static void
test_cache(void)
{
    static const char *const candidates[] = {"libcrypt.so.1", "libnsl.so.1", "libtinfo.so.6", "libbz2.so.1.0"};
    guint found = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
        found += missing_of(candidates[i], "/") == NULL;
    }
    if (!g_file_test("/etc/ld.so.cache", G_FILE_TEST_EXISTS)) {
        mortise_test_skip("the cache", "this host has no /etc/ld.so.cache");
        return;
    }
    CHECK(found > 0);
}

static void
test_missing(void)
{
    CHECK_TEXT(missing_of("libmortise-no-such-thing.so.1", "/"), "libmortise-no-such-thing.so.1");
    /* The end or the beginning of a name in the cache is not the name. */
    CHECK_TEXT(missing_of("c.so.6", "/"), "c.so.6");
    CHECK_TEXT(missing_of("ibjson-glib-1.0.so.0", "/"), "ibjson-glib-1.0.so.0");
    const char *const names[] = {"libc.so.6", "libmortise-a.so", "libmortise-b.so", NULL};
    CHECK_TEXT(mortise_library_search_missing(names, "/"), "libmortise-a.so");
}

static void
test_directories(void)
{
    SANDBOX beside = sandbox_new();
    SANDBOX path = sandbox_new();
    sandbox_write(beside, "libmortise-beside.so.1", "", 0);
    sandbox_write(path, "libmortise-path.so.1", "", 0);
    CHECK_TEXT(missing_of("libmortise-beside.so.1", beside), NULL);
    CHECK_TEXT(missing_of("libmortise-beside.so.1", path), "libmortise-beside.so.1");
    CHECK_TEXT(missing_of("libmortise-path.so.1", beside), "libmortise-path.so.1");
    g_autofree char *before = g_strdup(g_getenv("LD_LIBRARY_PATH"));
    g_setenv("LD_LIBRARY_PATH", path, TRUE);
    CHECK_TEXT(missing_of("libmortise-path.so.1", beside), NULL);
    if (before != NULL) {
        g_setenv("LD_LIBRARY_PATH", before, TRUE);
    } else {
        g_unsetenv("LD_LIBRARY_PATH");
    }
}

static const MortiseTest tests[] = {
    {"libraries that are there", test_found},
    {"the cache", test_cache},
    {"libraries that are not", test_missing},
    {"directories", test_directories},
};

MORTISE_TEST_MAIN("library-search", tests)
