// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Connection URIs: what GUri splits is checked here, part by part, before anything of it becomes a path or an argument.
#include "uri.h"

#include "error.h"
#include "limits.h"

#include <string.h>

#define NAME_BYTES 32
#define SHAPE "a connection URI looks like SCHEME:///system, SCHEME:///session or SCHEME://HOST/PATH"

void
mortise_uri_free(MortiseUri *self)
{
    if (self == NULL) {
        return;
    }
    g_free(self->text);
    g_free(self->scheme);
    g_free(self->transport);
    g_free(self->user);
    g_free(self->host);
    g_free(self->path);
    g_free(self->embed_root);
    g_clear_pointer(&self->keys, g_ptr_array_unref);
    g_clear_pointer(&self->values, g_ptr_array_unref);
    g_free(self);
}

/* The sentence is about `shown`, which never holds a password. Always FALSE. */
G_GNUC_PRINTF(4, 5)
static gboolean
refuse(GError **error, const char *shown, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    mortise_error_set(error, MORTISE_ERROR_INVALID_URI, shown, hint, "connection URI \"%s\": %s", shown, what);
    return FALSE;
}

/* Where the authority begins, after "://"; NULL when there is none. */
static const char *
authority_of(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon != NULL && g_str_has_prefix(colon, "://") ? colon + 3 : NULL;
}

/* The text without ":password". */
static char *
without_password(const char *text)
{
    const char *authority = authority_of(text);
    if (authority == NULL) {
        return g_strdup(text);
    }
    gsize length = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', length);
    const char *colon = at != NULL ? memchr(authority, ':', (gsize) (at - authority)) : NULL;
    if (colon == NULL) {
        return g_strdup(text);
    }
    return g_strdup_printf("%.*s%s", (int) (colon - text), text, at);
}

/* Fit for a line of an error. */
static char *
printable(const char *text, gsize limit)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize) strnlen(text, limit));
    g_autoptr(GString) shown = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        g_string_append_unichar(shown, g_unichar_iscntrl(character) ? '?' : character);
    }
    return g_string_free(g_steal_pointer(&shown), FALSE);
}

/*
 * For errors, of which the text may be the cause: slashes may be missing, and an '@' behind one may be the end
 * of a password that should have been percent-encoded. So all between the first colon that is not the scheme's
 * and the last '@' is left out.
 */
static char *
for_display(const char *text)
{
    g_autofree char *shown = printable(text, MORTISE_LIMIT_URI_BYTES);
    const char *colon = strchr(shown, ':');
    if (colon != NULL && colon[1] == '/') {
        colon = strchr(colon + 1, ':');
    }
    const char *at = colon != NULL ? strrchr(colon, '@') : NULL;
    return at != NULL ? g_strdup_printf("%.*s:***%s", (int) (colon - shown), shown, at) : g_steal_pointer(&shown);
}

static gboolean
has_control_or_space(const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (g_unichar_iscntrl(character) || g_unichar_isspace(character)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A decoded value may have spaces, but nothing that would break a line of a log. */
static gboolean
has_control(const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
check_text(const char *text, const char *shown, GError **error)
{
    if (text[0] == '\0') {
        return refuse(error, shown, SHAPE, "it is empty");
    }
    if (strnlen(text, MORTISE_LIMIT_URI_BYTES + 1) > MORTISE_LIMIT_URI_BYTES) {
        return refuse(error, "(too long)", NULL, "it is longer than %d bytes", MORTISE_LIMIT_URI_BYTES);
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        return refuse(error, shown, "write other bytes as %XX", "it is not UTF-8");
    }
    if (has_control_or_space(text)) {
        return refuse(error, shown, "write a space as %20", "it has white space or a control character in it");
    }
    return TRUE;
}

static gboolean
is_name(const char *text, gsize length)
{
    if (length == 0 || length > NAME_BYTES || !g_ascii_islower(text[0])) {
        return FALSE;
    }
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_islower(text[i]) && !g_ascii_isdigit(text[i]) && text[i] != '-') {
            return FALSE;
        }
    }
    return TRUE;
}

/* The scheme ends at the first colon; before it stands "name" or "name+transport". */
static gboolean
take_scheme(MortiseUri *self, const char *shown, GError **error)
{
    const char *colon = strpbrk(self->text, ":/?#");
    if (colon == NULL || *colon != ':') {
        return refuse(error, shown, SHAPE, "it has no scheme");
    }
    g_autofree char *whole = g_ascii_strdown(self->text, colon - self->text);
    const char *plus = strchr(whole, '+');
    gsize length = plus != NULL ? (gsize) (plus - whole) : strlen(whole);
    if (!is_name(whole, length)) {
        return refuse(error, shown, "a scheme is a letter, then letters, digits and hyphens, 32 at most",
                      "\"%.*s\" is no scheme", (int) MIN(length, 64), whole);
    }
    if (plus != NULL && !is_name(plus + 1, strlen(plus + 1))) {
        return refuse(error, shown, "a transport is a word such as ssh, tls or tcp",
                      "\"%.64s\" is no transport", plus + 1);
    }
    self->scheme = g_strndup(whole, length);
    self->transport = plus != NULL ? g_strdup(plus + 1) : NULL;
    return TRUE;
}

static gboolean
is_root_word(const char *word)
{
    return g_str_equal(word, "system") || g_str_equal(word, "session") || g_str_equal(word, "embed")
        || g_str_equal(word, "default");
}

/* "scheme:system" and "scheme://system": the slashes are what people get wrong. */
static gboolean
check_slashes(const MortiseUri *self, const char *shown, GError **error)
{
    const char *colon = strchr(self->text, ':');
    const char *rest = colon + 1;
    g_autofree char *head = g_strndup(self->text, (gsize) (colon - self->text));
    if (!g_str_has_prefix(rest, "//")) {
        rest += rest[0] == '/';
        gboolean plain = g_ascii_isalpha(rest[0]) && strpbrk(rest, ":@") == NULL;
        g_autofree char *hint = g_strdup_printf("write \"%s:///%s\"%s", head, plain ? rest : "system",
                                                plain ? "" : " or another path");
        return refuse(error, shown, hint, "there is no \"//\" after \"%s:\"", head);
    }
    g_autofree char *host = g_strndup(rest + 2, strcspn(rest + 2, "/?#"));
    const char *behind = rest + 2 + strlen(host);
    if (is_root_word(host) && (behind[0] != '/' || behind[1] == '\0')) {
        g_autofree char *hint = g_strdup_printf("write \"%s:///%s\", with three slashes", head, host);
        return refuse(error, shown, hint, "\"%s\" stands where a host name belongs", host);
    }
    return TRUE;
}

static const char *
part_of(const GError *cause)
{
    if (cause->domain != G_URI_ERROR) {
        return "its text";
    }
    switch (cause->code) {
    case G_URI_ERROR_BAD_SCHEME:
        return "its scheme";
    case G_URI_ERROR_BAD_USER:
    case G_URI_ERROR_BAD_PASSWORD:
    case G_URI_ERROR_BAD_AUTH_PARAMS:
        return "its user name";
    case G_URI_ERROR_BAD_HOST:
        return "its host name";
    case G_URI_ERROR_BAD_PORT:
        return "its port";
    case G_URI_ERROR_BAD_PATH:
        return "its path";
    case G_URI_ERROR_BAD_QUERY:
        return "its query";
    case G_URI_ERROR_BAD_FRAGMENT:
        return "its fragment";
    default:
        return "its text";
    }
}

static gboolean
is_host(const char *host)
{
    for (const char *at = host; *at != '\0'; at++) {
        if (!g_ascii_isalnum(*at) && strchr("._:-", *at) == NULL) {
            return FALSE;
        }
    }
    return host[0] != '-';
}

static gboolean
take_authority(MortiseUri *self, GUri *parsed, const char *shown, GError **error)
{
    const char *user = g_uri_get_user(parsed);
    const char *host = g_uri_get_host(parsed);
    int port = g_uri_get_port(parsed);
    self->user = g_strdup(user != NULL ? user : "");
    self->host = g_strdup(host != NULL ? host : "");
    self->port = port > 0 ? (guint) port : 0;
    /* A leading hyphen would become an option of the program that a transport runs. */
    if (self->user[0] == '-' || has_control_or_space(self->user)) {
        return refuse(error, shown, NULL, "its user name begins with '-' or has a control character in it");
    }
    if (!is_host(self->host)) {
        return refuse(error, shown, NULL,
                      "its host name has characters other than letters, digits and \"._:-\", or begins with '-'");
    }
    if (port == 0) {
        return refuse(error, shown, NULL, "its port is 0");
    }
    if (self->host[0] == '\0' && (self->user[0] != '\0' || port > 0)) {
        return refuse(error, shown, NULL, "it names a user or a port, but no host");
    }
    return TRUE;
}

static gboolean
take_path(MortiseUri *self, GUri *parsed, const char *shown, GError **error)
{
    self->path = g_strdup(g_uri_get_path(parsed));
    if (has_control(self->path)) {
        return refuse(error, shown, NULL, "its path has a control character in it");
    }
    self->root = MORTISE_ROOT_NONE;
    if (g_str_equal(self->path, "/system")) {
        self->root = MORTISE_ROOT_SYSTEM;
    } else if (g_str_equal(self->path, "/session")) {
        self->root = MORTISE_ROOT_SESSION;
    } else if (g_str_equal(self->path, "/embed")) {
        self->root = MORTISE_ROOT_EMBED;
    }
    return TRUE;
}

static gboolean
is_key(const char *key)
{
    if (!g_ascii_isalpha(key[0]) && key[0] != '_') {
        return FALSE;
    }
    for (const char *at = key; *at != '\0'; at++) {
        if (!g_ascii_isalnum(*at) && strchr("_.-", *at) == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_parameter(const MortiseUri *self, const char *key, const char *value, const char *shown, GError **error)
{
    if (!is_key(key)) {
        g_autofree char *shown_key = printable(key, 64);
        return refuse(error, shown, "a key is a letter, then letters, digits, '_', '.' and '-'",
                      "\"%s\" is no key of a query parameter", shown_key);
    }
    if (has_control(value)) {
        return refuse(error, shown, NULL, "the value of \"%s\" has a control character in it", key);
    }
    gboolean twice = g_ptr_array_find_with_equal_func(self->keys, key, g_str_equal, NULL);
    if (twice || (self->embed_root != NULL && g_str_equal(key, "root"))) {
        return refuse(error, shown, NULL, "the query parameter \"%s\" is given twice", key);
    }
    if (self->keys->len >= MORTISE_LIMIT_LIST_ITEMS) {
        return refuse(error, shown, NULL, "it has more than %d query parameters", MORTISE_LIMIT_LIST_ITEMS);
    }
    return TRUE;
}

static gboolean
has_part(const char *path, const char *part)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    return g_strv_contains((const char *const *) parts, part);
}

static gboolean
take_embed_root(MortiseUri *self, const char *value, const char *shown, GError **error)
{
    const char *hint = "write ?root=/absolute/directory";
    if (value[0] != '/') {
        return refuse(error, shown, hint, "root=\"%s\" is not an absolute path", value);
    }
    if (has_part(value, "..")) {
        return refuse(error, shown, hint, "root=\"%s\" has \"..\" in it", value);
    }
    g_auto(GStrv) parts = g_strsplit(value, "/", -1);
    g_autoptr(GString) normal = g_string_new(NULL);
    for (char **part = parts; *part != NULL; part++) {
        if ((*part)[0] != '\0' && !g_str_equal(*part, ".")) {
            g_string_append_printf(normal, "/%s", *part);
        }
    }
    if (normal->len == 0) {
        return refuse(error, shown, hint, "root=\"%s\" is the whole file system", value);
    }
    self->embed_root = g_strdup(normal->str);
    return TRUE;
}

static gboolean
take_parameter(MortiseUri *self, const char *key, const char *value, const char *shown, GError **error)
{
    if (!check_parameter(self, key, value, shown, error)) {
        return FALSE;
    }
    if (g_str_equal(key, "root")) {
        if (self->root == MORTISE_ROOT_EMBED) {
            return take_embed_root(self, value, shown, error);
        }
        if (self->root != MORTISE_ROOT_NONE) {
            return refuse(error, shown, "the path that goes with root= is /embed",
                          "\"root\" has no meaning for \"%s\"", self->path);
        }
    }
    g_ptr_array_add(self->keys, g_strdup(key));
    g_ptr_array_add(self->values, g_strdup(value));
    return TRUE;
}

static gboolean
take_query(MortiseUri *self, const char *query, const char *shown, GError **error)
{
    GUriParamsIter iterator;
    g_uri_params_iter_init(&iterator, query != NULL ? query : "", -1, "&;", G_URI_PARAMS_NONE);
    for (;;) {
        g_autofree char *key = NULL;
        g_autofree char *value = NULL;
        g_autoptr(GError) cause = NULL;
        if (!g_uri_params_iter_next(&iterator, &key, &value, &cause)) {
            if (cause != NULL) {
                return refuse(error, shown, "write ?key=value&key=value", "its query is wrong: %s", cause->message);
            }
            break;
        }
        if (!take_parameter(self, key, value, shown, error)) {
            return FALSE;
        }
    }
    if (self->root == MORTISE_ROOT_EMBED && self->embed_root == NULL) {
        g_autofree char *hint = g_strdup_printf("write \"%s:///embed?root=/absolute/directory\"", self->scheme);
        return refuse(error, shown, hint, "\"/embed\" needs the directory of its root");
    }
    return TRUE;
}

static gboolean
take_parts(MortiseUri *self, const char *shown, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GUri) parsed = g_uri_parse(self->text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_QUERY, &cause);
    if (parsed == NULL) {
        return refuse(error, shown, NULL, "%s is wrong: %s", part_of(cause), cause->message);
    }
    if (g_uri_get_fragment(parsed) != NULL) {
        return refuse(error, shown, "write '#' as %23", "it has a fragment");
    }
    return take_authority(self, parsed, shown, error) && take_path(self, parsed, shown, error)
        && take_query(self, g_uri_get_query(parsed), shown, error);
}

MortiseUri *
mortise_uri_parse(const char *text, GError **error)
{
    g_autofree char *shown = for_display(text);
    if (!check_text(text, shown, error)) {
        return NULL;
    }
    g_autoptr(MortiseUri) self = g_new0(MortiseUri, 1);
    self->text = without_password(text);
    self->keys = g_ptr_array_new_with_free_func(g_free);
    self->values = g_ptr_array_new_with_free_func(g_free);
    if (!take_scheme(self, shown, error) || !check_slashes(self, shown, error) || !take_parts(self, shown, error)) {
        return NULL;
    }
    return g_steal_pointer(&self);
}
