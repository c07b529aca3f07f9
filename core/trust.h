// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which files may become code of this process: where a module really is, and who could have written it.
#pragma once

#include <glib.h>

/*
 * How much a module has to prove. A process without privileges loads what its user names: it can do nothing
 * that the user cannot. For root, a module and each directory above it must be writable by root alone, or else
 * by those who could write libmortise itself and so decide already what runs (a tree that root builds in
 * somebody's home). A process with AT_SECURE trusts root alone.
 *
 * Harmless: writable by the group 0 (unless an ACL stands behind it); a directory of root's with the sticky
 * bit, such as /tmp, since nobody else can replace root's entries in it.
 */
typedef enum {
    MORTISE_TRUST_ANYBODY,
    MORTISE_TRUST_WRITERS_OF_LIBRARY,
    MORTISE_TRUST_ROOT,
} MortiseTrust;

/* What this process demands. */
MortiseTrust mortise_trust_of_process(void);

/*
 * The regular file behind `path`, absolute and without symbolic links; free with g_free. NULL with module-
 * missing (it is not there, is no regular file or cannot be read) or module-untrusted (names who could change
 * what).
 */
char *mortise_trust_resolve(const char *path, MortiseTrust trust, GError **error);
