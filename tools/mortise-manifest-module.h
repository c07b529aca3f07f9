// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A module as mortise-manifest sees it: its descriptor, and the libraries that its file needs.
#pragma once

#include <gio/gio.h>
#include <mortise/driver/driver.h> /* nocheck:includes this tool is for authors of drivers and reads their contract */

typedef struct {
    char *file_name;                             /* without directories */
    const MortiseModuleDescriptor *descriptor;   /* inside the module, which stays loaded */
    char **libraries;                            /* sonames, without those of the C library */
} ManifestModule;

/* NULL with an error of G_IO_ERROR when the file is no module of this ABI's major version. */
ManifestModule *manifest_module_open(const char *path, GError **error);
void manifest_module_free(ManifestModule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ManifestModule, manifest_module_free)
