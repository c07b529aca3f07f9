// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the shared libraries that a module needs are on this host, found out without loading any of them.
#pragma once

#include <glib.h>

/*
 * The first of `names` (sonames, ended by NULL) that the dynamic linker would not find; NULL when it would find
 * all. Looks where it would look: among what is loaded, in LD_LIBRARY_PATH, its cache and the usual
 * directories, and besides in `directory`, that of the module. A forecast for lists: loading a module is what
 * tells.
 */
const char *mortise_library_search_missing(const char *const *names, const char *directory);
