// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Connection URIs: scheme, host, path and checked parameters.
#pragma once

#include <mortise/driver/driver.h>
#include <glib.h>

/* Strings are percent-decoded, except text; all are UTF-8 without control characters. */
typedef struct {
    char *text;           /* as given, without a password */
    char *scheme;         /* [a-z][a-z0-9-]{0,31}; of "name+tls" the part before the plus; letters made small */
    char *transport;      /* the part after the plus; NULL when there is none */
    char *user;           /* "" when absent; never begins with '-' */
    char *host;           /* "" when absent; [A-Za-z0-9._:-], never begins with '-'; an IPv6 address without brackets */
    guint port;           /* 0 when absent */
    char *path;           /* "/system"; "" when absent */
    guint32 root;         /* MORTISE_ROOT_SYSTEM, _SESSION, _EMBED by the path; _NONE for any other path */
    char *embed_root;     /* absolute directory of ?root= with /embed, no ".", ".." or doubled '/'; NULL otherwise */
    GPtrArray *keys;      /* other query parameters, in order; no key twice; [A-Za-z_][A-Za-z0-9_.-]* */
    GPtrArray *values;
} MortiseUri;

/*
 * NULL with invalid-uri that names the part that is wrong. Does not touch the disk. A transport is kept, whatever it
 * is: whether anything serves it is the caller's question. No part of a password reaches the result or an error.
 */
MortiseUri *mortise_uri_parse(const char *text, GError **error);
void mortise_uri_free(MortiseUri *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseUri, mortise_uri_free)
