// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Connection URIs: what is understood, and what is said of each kind of mistake.
#include "error.h"
#include "limits.h"
#include "mortise-test.h"
#include "uri.h"

static MortiseUri *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    MortiseUri *uri = mortise_uri_parse(text, &error);
    CHECK_NO_ERROR(error);
    if (uri == NULL) {
        fprintf(stderr, "not understood: %s\n", text);
        abort();
    }
    return uri;
}

static void
test_roots(void)
{
    static const struct {
        const char *text;
        const char *path;
        guint32 root;
    } cases[] = {
        {"qemu:///system", "/system", MORTISE_ROOT_SYSTEM},
        {"qemu:///session", "/session", MORTISE_ROOT_SESSION},
        {"qemu:///sess%69on", "/session", MORTISE_ROOT_SESSION},
        {"test:///default", "/default", MORTISE_ROOT_NONE},
        {"test:///path/file.json", "/path/file.json", MORTISE_ROOT_NONE},
        {"test:///path/with%20space.json", "/path/with space.json", MORTISE_ROOT_NONE},
        {"lxc:///", "/", MORTISE_ROOT_NONE},
        {"qemu:///systemd", "/systemd", MORTISE_ROOT_NONE},
        {"qemu:///system/", "/system/", MORTISE_ROOT_NONE},
        {"esx://vcenter", "", MORTISE_ROOT_NONE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MortiseUri) uri = parse(cases[i].text);
        CHECK_TEXT(uri->text, cases[i].text);
        CHECK_TEXT(uri->path, cases[i].path);
        CHECK_INT(uri->root, cases[i].root);
        CHECK(uri->embed_root == NULL);
        CHECK(uri->transport == NULL);
        CHECK_TEXT(uri->user, "");
        CHECK_INT(uri->port, 0);
        CHECK_INT(uri->keys->len, 0);
    }
}

static void
test_scheme_and_authority(void)
{
    g_autoptr(MortiseUri) uri = parse("QEMU+SSH://ro%6ft@host.example.org:2222/system");
    CHECK_TEXT(uri->scheme, "qemu");
    CHECK_TEXT(uri->transport, "ssh");
    CHECK_TEXT(uri->user, "root");
    CHECK_TEXT(uri->host, "host.example.org");
    CHECK_INT(uri->port, 2222);
    CHECK_TEXT(uri->path, "/system");

    g_autoptr(MortiseUri) address = parse("xen+tls://[2001:db8::1]:16514/");
    CHECK_TEXT(address->scheme, "xen");
    CHECK_TEXT(address->transport, "tls");
    CHECK_TEXT(address->host, "2001:db8::1");
    CHECK_INT(address->port, 16514);

    g_autoptr(MortiseUri) named = parse("vendor-name2://h/dc/cluster");
    CHECK_TEXT(named->scheme, "vendor-name2");
    CHECK_TEXT(named->path, "/dc/cluster");
}

static void
test_parameters(void)
{
    g_autoptr(MortiseUri) uri = parse("esx://host/?no_verify=1&auto_answer=;x.y-z=a%26b%3Dc%20d&ROOT=x");
    CHECK_INT(uri->keys->len, 4);
    CHECK_INT(uri->values->len, 4);
    CHECK_TEXT(g_ptr_array_index(uri->keys, 0), "no_verify");
    CHECK_TEXT(g_ptr_array_index(uri->values, 0), "1");
    CHECK_TEXT(g_ptr_array_index(uri->keys, 1), "auto_answer");
    CHECK_TEXT(g_ptr_array_index(uri->values, 1), "");
    CHECK_TEXT(g_ptr_array_index(uri->keys, 2), "x.y-z");
    CHECK_TEXT(g_ptr_array_index(uri->values, 2), "a&b=c d");
    CHECK_TEXT(g_ptr_array_index(uri->keys, 3), "ROOT");

    g_autoptr(MortiseUri) other = parse("test:///default?root=relative");
    CHECK_INT(other->keys->len, 1);
    CHECK(other->embed_root == NULL);
}

static void
test_embed_root(void)
{
    static const struct {
        const char *query;
        const char *root;
    } cases[] = {
        {"root=/srv/app", "/srv/app"},
        {"root=/srv/app/", "/srv/app"},
        {"root=//srv///app/.", "/srv/app"},
        {"root=/./srv/./app", "/srv/app"},
        {"root=%2Fsrv%2Fmy%20app", "/srv/my app"},
        {"root=/srv/a..b", "/srv/a..b"},
        {"root=/srv/...", "/srv/..."},
        {"root=/srv/%C3%BC", "/srv/\xc3\xbc"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat("qemu:///embed?", cases[i].query, NULL);
        g_autoptr(MortiseUri) uri = parse(text);
        CHECK_INT(uri->root, MORTISE_ROOT_EMBED);
        CHECK_TEXT(uri->embed_root, cases[i].root);
        CHECK_INT(uri->keys->len, 0);
    }
    g_autoptr(MortiseUri) more = parse("qemu:///embed?a=1&root=/srv/app&b=2");
    CHECK_TEXT(more->embed_root, "/srv/app");
    CHECK_INT(more->keys->len, 2);
    CHECK_TEXT(g_ptr_array_index(more->keys, 1), "b");
}

static void
test_password_is_dropped(void)
{
    static const struct {
        const char *text;
        const char *kept;
    } cases[] = {
        {"esx://root:secret@host/", "esx://root@host/"},
        {"esx://root:sec%20ret@host:443/?no_verify=1", "esx://root@host:443/?no_verify=1"},
        {"esx://root:@host/", "esx://root@host/"},
        {"esx://root:secret@word@host/", "esx://root@host/"},
        {"esx://root@host/a:b@c", "esx://root@host/a:b@c"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseUri) uri = mortise_uri_parse(cases[i].text, &error);
        CHECK_NO_ERROR(error);
        CHECK_TEXT(uri != NULL ? uri->text : NULL, cases[i].kept);
        CHECK_TEXT(uri != NULL ? uri->user : NULL, "root");
        CHECK_TEXT(uri != NULL ? uri->host : NULL, "host");
    }
}

/* A password in a URI that is refused for another reason, or cannot even be split, must not reach the error. */
static void
test_password_is_in_no_error(void)
{
    static const char *const cases[] = {
        "esx://root:secret@host/#fragment",
        "esx://root:sec/secret@host/",
        "esx://root:secret@host:99999/",
        "esx://root:secret@ho st/",
        "esx:root:secret@host/",
        "esx:/root:secret@host",
        "esx//root:secret@host/",
        "root:secret@host",
        "esx+://root:secret@host/",
        "ESX_://root:secret@host/",
        "esx://root:secret\n@host/",
        ("esx://root:\xff" "secret@host/"),
        "esx://root:secret@/",
        "qemu://root:secret@host/system?root=/x",
        "esx://root:sec?secret@host/",
        "esx://root:sec#secret@host/",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseUri) uri = mortise_uri_parse(cases[i], &error);
        CHECK(uri == NULL);
        CHECK(error != NULL && strstr(error->message, "secret") == NULL);
        CHECK(error != NULL && strstr(mortise_error_get_object(error), "secret") == NULL);
        if (error != NULL && strstr(error->message, "secret") != NULL) {
            fprintf(stderr, "%s: %s\n", cases[i], error->message);
        }
    }
}

static const struct {
    const char *text;
    const char *said;
} malformed[] = {
    {"", "it is empty; a connection URI looks like SCHEME:///system"},
    {"/system", "it has no scheme"},
    {"session", "it has no scheme"},
    {"qemu", "it has no scheme"},
    {"qemu/system:x", "it has no scheme"},
    {":///system", "\"\" is no scheme; a scheme is a letter"},
    {"1qemu:///system", "\"1qemu\" is no scheme"},
    {"q_emu:///system", "\"q_emu\" is no scheme"},
    {"../x:///system", "it has no scheme"},
    {"..:///system", "\"..\" is no scheme"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:///system", "is no scheme; a scheme is a letter, then letters, digits"},
    {"qemu+:///system", "\"\" is no transport"},
    {"qemu+s h:///system", "white space"},
    {"qemu+ssh+tls://h/system", "\"ssh+tls\" is no transport; a transport is a word"},
    {"+ssh://h/system", "\"\" is no scheme"},
    {"qemu:system", "there is no \"//\" after \"qemu:\"; write \"qemu:///system\""},
    {"qemu:/system", "there is no \"//\" after \"qemu:\"; write \"qemu:///system\""},
    {"qemu:/", "write \"qemu:///system\" or another path"},
    {"qemu+ssh:session", "write \"qemu+ssh:///session\""},
    {"qemu:", "write \"qemu:///system\" or another path"},
    {"qemu:?a=b", "there is no \"//\""},
    {"qemu://system", "\"system\" stands where a host name belongs; write \"qemu:///system\", with three slashes"},
    {"qemu://session/", "with three slashes"},
    {"test://default", "write \"test:///default\""},
    {"qemu://embed?root=/x", "write \"qemu:///embed\", with three slashes"},
    {"qemu:///sys tem", "white space or a control character in it; write a space as %20"},
    {" qemu:///system", "white space"},
    {"qemu:///system\n", "white space"},
    {"qemu:///\x01", "control character"},
    {"qemu:///a%0Ab", "its path has a control character"},
    {"qemu:///a%00b", "its path is wrong"},
    {"qemu:///a%zz", "its path is wrong"},
    {"qemu:///a%ff", "its path is wrong"},
    {"qemu:///\xff", "it is not UTF-8; write other bytes as %XX"},
    {"qemu://host:port/", "its port is wrong"},
    {"qemu://host:70000/", "its port is wrong"},
    {"qemu://host:0/", "its port is 0"},
    {"qemu://[::1/", "its host name is wrong"},
    {"qemu://ho%2Fst/", "its host name has characters other than"},
    {"qemu+ssh://-oProxyCommand=x/", "begins with '-'"},
    {"qemu+ssh://-o@host/", "its user name begins with '-'"},
    {"qemu+ssh://a%0Ab@host/", "its user name begins with '-' or has a control character"},
    {"qemu+ssh://user@/system", "it names a user or a port, but no host"},
    {"qemu+ssh://:22/system", "it names a user or a port, but no host"},
    {"qemu:///system#top", "it has a fragment; write '#' as %23"},
    {"qemu:///system?a", "its query is wrong"},
    {"qemu:///system?=b", "\"\" is no key of a query parameter"},
    {"qemu:///system?a%0Ab=c", "\"a?b\" is no key of a query parameter"},
    {"qemu:///system?1=c", "\"1\" is no key of a query parameter; a key is a letter"},
    {"qemu:///system?a=b%0Ac", "the value of \"a\" has a control character"},
    {"qemu:///system?a=b%zz", "its query is wrong"},
    {"qemu:///system?a=b&a=c", "the query parameter \"a\" is given twice"},
    {"qemu:///system?root=/x", "\"root\" has no meaning for \"/system\"; the path that goes with root= is /embed"},
    {"qemu:///embed", "needs the directory of its root; write \"qemu:///embed?root=/absolute/directory\""},
    {"qemu:///embed?root", "its query is wrong"},
    {"qemu:///embed?root=", "root=\"\" is not an absolute path"},
    {"qemu:///embed?root=x/y", "root=\"x/y\" is not an absolute path; write ?root=/absolute/directory"},
    {"qemu:///embed?root=/a/../b", "root=\"/a/../b\" has \"..\" in it"},
    {"qemu:///embed?root=/..", "has \"..\" in it"},
    {"qemu:///embed?root=/%2e%2e/b", "has \"..\" in it"},
    {"qemu:///embed?root=/", "root=\"/\" is the whole file system"},
    {"qemu:///embed?root=/.//", "is the whole file system"},
    {"qemu:///embed?root=/a%00b", "its query is wrong"},
    {"qemu:///embed?root=/a&root=/b", "the query parameter \"root\" is given twice"},
};

static void
test_malformed(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(malformed); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseUri) uri = mortise_uri_parse(malformed[i].text, &error);
        CHECK(uri == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_URI));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, malformed[i].said);
        CHECK_CONTAINS(error != NULL ? error->message : NULL, "connection URI \"");
        CHECK(error != NULL && g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
    }
}

static void
test_limits(void)
{
    g_autofree char *long_path = g_strnfill(MORTISE_LIMIT_URI_BYTES, 'a');
    g_autofree char *long_uri = g_strconcat("qemu:///", long_path, NULL);
    g_autoptr(GError) error = NULL;
    CHECK(mortise_uri_parse(long_uri, &error) == NULL);
    CHECK_CONTAINS(error->message, "longer than 2048 bytes");
    g_clear_error(&error);
    long_uri[MORTISE_LIMIT_URI_BYTES] = '\0';
    g_autoptr(MortiseUri) longest = parse(long_uri);
    CHECK_INT(strlen(longest->path), MORTISE_LIMIT_URI_BYTES - strlen("qemu://"));

    g_autoptr(GString) many = g_string_new("qemu:///system?");
    for (int i = 0; i < MORTISE_LIMIT_LIST_ITEMS; i++) {
        g_string_append_printf(many, "k%d=%d&", i, i);
    }
    g_autoptr(MortiseUri) most = parse(many->str);
    CHECK_INT(most->keys->len, MORTISE_LIMIT_LIST_ITEMS);
    g_string_append(many, "one=more");
    CHECK(mortise_uri_parse(many->str, &error) == NULL);
    CHECK_CONTAINS(error->message, "more than 64 query parameters");
}

static const MortiseTest tests[] = {
    {"roots", test_roots},
    {"scheme and authority", test_scheme_and_authority},
    {"parameters", test_parameters},
    {"embed root", test_embed_root},
    {"password is dropped", test_password_is_dropped},
    {"password is in no error", test_password_is_in_no_error},
    {"malformed", test_malformed},
    {"limits", test_limits},
};

MORTISE_TEST_MAIN("uri", tests)
