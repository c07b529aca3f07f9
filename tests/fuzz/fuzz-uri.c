// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as a connection URI: refused in one clean line, or split into parts that are safe as paths and arguments.
#include "error.h"
#include "limits.h"
#include "uri.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
    }
}

static void
check_scheme(const char *scheme)
{
    g_assert_true(g_ascii_islower(scheme[0]));
    g_assert_cmpuint(strspn(scheme, "abcdefghijklmnopqrstuvwxyz0123456789-"), ==, strlen(scheme));
    g_assert_cmpuint(strlen(scheme), <=, 32);
}

static void
check_root(const MortiseUri *uri)
{
    g_assert_true((uri->embed_root != NULL) == (uri->root == MORTISE_ROOT_EMBED));
    if (uri->embed_root == NULL) {
        return;
    }
    check_line(uri->embed_root);
    g_auto(GStrv) parts = g_strsplit(uri->embed_root, "/", -1);
    g_assert_cmpstr(parts[0], ==, "");
    g_assert_nonnull(parts[1]);
    for (char **part = parts + 1; *part != NULL; part++) {
        g_assert_true((*part)[0] != '\0' && strcmp(*part, ".") != 0 && strcmp(*part, "..") != 0);
    }
}

static void
check_parts(const MortiseUri *uri)
{
    check_line(uri->text);
    check_scheme(uri->scheme);
    if (uri->transport != NULL) {
        check_scheme(uri->transport);
    }
    check_line(uri->user);
    check_line(uri->path);
    g_assert_true(uri->user[0] != '-' && uri->host[0] != '-');
    g_assert_null(strpbrk(uri->host, "/@%?# "));
    g_assert_cmpuint(uri->port, <=, 65535);
    g_assert_true(uri->path[0] == '/' || uri->path[0] == '\0');
    check_root(uri);
    g_assert_cmpuint(uri->keys->len, ==, uri->values->len);
    g_assert_cmpuint(uri->keys->len, <=, MORTISE_LIMIT_LIST_ITEMS);
    for (guint i = 0; i < uri->keys->len; i++) {
        guint first = 0;
        check_line(g_ptr_array_index(uri->values, i));
        g_assert_true(
            g_ptr_array_find_with_equal_func(uri->keys, g_ptr_array_index(uri->keys, i), g_str_equal, &first));
        g_assert_cmpuint(first, ==, i);
    }
}

/* What is kept of the text means the same when it is read again. */
static void
check_again(const MortiseUri *uri)
{
    g_autoptr(MortiseUri) again = mortise_uri_parse(uri->text, NULL);
    g_assert_nonnull(again);
    g_assert_cmpstr(again->text, ==, uri->text);
    g_assert_cmpstr(again->scheme, ==, uri->scheme);
    g_assert_cmpstr(again->user, ==, uri->user);
    g_assert_cmpstr(again->host, ==, uri->host);
    g_assert_cmpuint(again->port, ==, uri->port);
    g_assert_cmpstr(again->path, ==, uri->path);
    g_assert_cmpstr(again->embed_root, ==, uri->embed_root);
    g_assert_cmpuint(again->keys->len, ==, uri->keys->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseUri) uri = mortise_uri_parse(text, &error);
    if (uri == NULL) {
        g_assert_true(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_URI));
        check_line(error->message);
        return 0;
    }
    g_assert_null(error);
    check_parts(uri);
    check_again(uri);
    return 0;
}
