// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder that stands for a part of a host, for tests of what reads and writes files; it goes with all in it.
#pragma once

#include <glib.h>

typedef char Folder;

/* The path of a new one. */
Folder *folder_new(void);
/* Removes it with all in it; links are not followed. */
void folder_remove(Folder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Folder, folder_remove)

/* Writes a file, and makes the folders that it is in; `name` is below `folder`. */
void folder_put(const Folder *folder, const char *name, const char *text);
