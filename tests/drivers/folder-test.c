// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder that stands for a part of a host, for tests of what reads and writes files; it goes with all in it.
#include "folder-test.h"

#include <glib/gstdio.h>

#include "mortise-test.h"

Folder *
folder_new(void)
{
    return g_dir_make_tmp("mortise-folder-XXXXXX", NULL);
}

void
folder_remove(Folder *folder)
{
    g_autoptr(GDir) directory = g_file_test(folder, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(folder, 0, NULL);
    const char *name;

    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        folder_remove(g_build_filename(folder, name, NULL));
    }
    (void) g_remove(folder);
    g_free(folder);
}

void
folder_put(const Folder *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *above = g_path_get_dirname(path);

    CHECK_INT(g_mkdir_with_parents(above, 0700), 0);
    CHECK(g_file_set_contents(path, text, -1, NULL));
}
