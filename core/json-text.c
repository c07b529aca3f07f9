// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A strict look at JSON text before json-glib reads it: what is wrong and where, and where each key stands.
#include "json-text.h"

#include <string.h>

#define NUMBER_LENGTH 18

typedef struct {
    const char *start;
    const char *end;
    const char *at;
    guint depth;          /* levels that may still be opened */
    GHashTable *keys;     /* of the outermost object; NULL inside others and when nobody asks */
    char *problem;        /* set once; `at` is then where */
    const char *counted;  /* up to where `position` has counted */
    MortiseTextPosition position;
} Reader;

static gboolean read_value(Reader *self);

G_GNUC_PRINTF(3, 4)
static gboolean
fail(Reader *self, const char *at, const char *format, ...)
{
    if (self->problem == NULL) {
        va_list arguments;
        va_start(arguments, format);
        self->problem = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        self->at = at;
    }
    return FALSE;
}

/* Goes on from where it counted last, so that a text of many keys is not counted from its start for each. */
static MortiseTextPosition
position_of(Reader *self, const char *at)
{
    if (self->counted == NULL || at < self->counted) {
        self->counted = self->start;
        self->position = (MortiseTextPosition) {1, 1};
    }
    for (; self->counted < at; self->counted++) {
        if (*self->counted == '\n') {
            self->position.line++;
            self->position.column = 1;
        } else if (((guchar) *self->counted & 0xc0) != 0x80) {
            self->position.column++;
        }
    }
    return self->position;
}

/* The next character, 0 at the end; a text with a zero in it is refused beforehand. */
static char
peek(Reader *self)
{
    return self->at < self->end ? *self->at : '\0';
}

static gboolean
take(Reader *self, char wanted)
{
    if (peek(self) != wanted) {
        return FALSE;
    }
    self->at++;
    return TRUE;
}

static void
skip_space(Reader *self)
{
    while (self->at < self->end && strchr(" \t\r\n", *self->at) != NULL) {
        self->at++;
    }
}

static gboolean
read_hexadecimal(Reader *self, guint *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(peek(self));
        if (digit < 0) {
            return FALSE;
        }
        *unit = *unit * 16 + (guint) digit;
        self->at++;
    }
    return TRUE;
}

static gboolean
read_unicode_escape(Reader *self, const char *begin)
{
    guint unit = 0;
    guint low = 0;
    if (!read_hexadecimal(self, &unit)) {
        return fail(self, begin, "\\u needs four hexadecimal digits");
    }
    if (unit == 0) {
        return fail(self, begin, "a zero character is not allowed in a text");
    }
    gboolean is_high = unit >= 0xd800 && unit <= 0xdbff;
    gboolean has_low = is_high && take(self, '\\') && take(self, 'u') && read_hexadecimal(self, &low);
    gboolean is_pair = has_low && low >= 0xdc00 && low <= 0xdfff;
    if (unit >= 0xd800 && unit <= 0xdfff && !is_pair) {
        return fail(self, begin, "\\u%04x is half a character", unit);
    }
    return TRUE;
}

static gboolean
read_escape(Reader *self)
{
    const char *begin = self->at - 1;
    char c = peek(self);
    if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL) {
        return fail(self, begin, "no such escape; write \\\\ for a backslash itself");
    }
    self->at++;
    return c != 'u' || read_unicode_escape(self, begin);
}

static gboolean
read_string(Reader *self)
{
    const char *begin = self->at++;
    while (!take(self, '"')) {
        char c = peek(self);
        if (c == '\0' || c == '\n') {
            return fail(self, begin, "a text is not closed by a double quote on its line");
        }
        if ((guchar) c < 0x20) {
            return fail(self, self->at, "a control character stands in a text");
        }
        self->at++;
        if (c == '\\' && !read_escape(self)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gsize
read_digits(Reader *self)
{
    const char *begin = self->at;
    while (g_ascii_isdigit(peek(self))) {
        self->at++;
    }
    return (gsize) (self->at - begin);
}

static gboolean
read_number(Reader *self)
{
    const char *begin = self->at;
    (void) take(self, '-');
    gboolean zero = peek(self) == '0';
    gsize whole = read_digits(self);
    gboolean good = whole > 0 && !(zero && whole > 1);
    if (good && take(self, '.')) {
        good = read_digits(self) > 0;
    }
    if (good && (take(self, 'e') || take(self, 'E'))) {
        (void) (take(self, '+') || take(self, '-'));
        good = read_digits(self) > 0;
    }
    if (!good || g_ascii_isalnum(peek(self))) {
        return fail(self, begin, "this is not a number as JSON writes it");
    }
    if (self->at - begin > NUMBER_LENGTH) {
        return fail(self, begin, "a number has more than %d characters", NUMBER_LENGTH);
    }
    return TRUE;
}

static gboolean
read_word(Reader *self)
{
    static const char *const words[] = {"true", "false", "null"};
    const char *begin = self->at;
    while (g_ascii_isalnum(peek(self)) || peek(self) == '_') {
        self->at++;
    }
    gsize length = (gsize) (self->at - begin);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strlen(words[i]) == length && strncmp(words[i], begin, length) == 0) {
            return TRUE;
        }
    }
    return fail(self, begin, "'%.*s' is not a value; texts stand in double quotes", (int) MIN(length, 40), begin);
}

static gboolean
read_key(Reader *self, GHashTable *seen, GHashTable *positions)
{
    const char *begin = self->at;
    if (peek(self) != '"') {
        return fail(self, begin, "a key in double quotes is missing");
    }
    if (!read_string(self)) {
        return FALSE;
    }
    char *key = g_strndup(begin + 1, (gsize) (self->at - begin) - 2);
    gboolean is_new = g_hash_table_add(seen, key);   /* now owns the key */
    if (strchr(key, '\\') != NULL) {
        return fail(self, begin, "a key is written without a backslash");
    }
    if (!is_new) {
        const char *name = begin + 1;
        return fail(self, begin, "the key \"%.*s\" comes twice", (int) MIN(self->at - begin - 2, 64), name);
    }
    if (positions != NULL) {
        MortiseTextPosition position = position_of(self, begin);
        g_hash_table_insert(positions, g_strdup(key), g_memdup2(&position, sizeof position));
    }
    skip_space(self);
    return take(self, ':') || fail(self, self->at, "a colon is missing after the key \"%.64s\"", key);
}

/* After a member or an item: TRUE when another one follows. */
static gboolean
read_separator(Reader *self, char closing, gboolean *more)
{
    skip_space(self);
    *more = take(self, ',');
    if (!*more && !take(self, closing)) {
        return fail(self, self->at, "a comma or a closing '%c' is missing", closing);
    }
    const char *comma = self->at - 1;
    skip_space(self);
    if (*more && peek(self) == closing) {
        return fail(self, comma, "a comma stands before a closing '%c'", closing);
    }
    return TRUE;
}

static gboolean
read_object(Reader *self)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTable *positions = g_steal_pointer(&self->keys);
    self->at++;
    skip_space(self);
    gboolean more = !take(self, '}');
    while (more) {
        if (!read_key(self, seen, positions) || !read_value(self) || !read_separator(self, '}', &more)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
read_array(Reader *self)
{
    self->keys = NULL;
    self->at++;
    skip_space(self);
    gboolean more = !take(self, ']');
    while (more) {
        if (!read_value(self) || !read_separator(self, ']', &more)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
read_nested(Reader *self)
{
    if (self->depth == 0) {
        return fail(self, self->at, "this is nested too deep");
    }
    self->depth--;
    gboolean good = peek(self) == '{' ? read_object(self) : read_array(self);
    self->depth++;
    return good;
}

static gboolean
read_value(Reader *self)
{
    skip_space(self);
    char c = peek(self);
    if (c == '{' || c == '[') {
        return read_nested(self);
    }
    if (c == '"') {
        return read_string(self);
    }
    if (c == '-' || g_ascii_isdigit(c)) {
        return read_number(self);
    }
    if (g_ascii_isalpha(c)) {
        return read_word(self);
    }
    return fail(self, self->at, c == '\0' ? "the text ends too early" : "a value is missing here");
}

static gboolean
read_encoding(Reader *self)
{
    const char *bad = NULL;
    if (self->end - self->start >= 3 && memcmp(self->start, "\xef\xbb\xbf", 3) == 0) {
        return fail(self, self->start, "a byte order mark stands in front; save the file without it");
    }
    if (!g_utf8_validate_len(self->start, (gsize) (self->end - self->start), &bad)) {
        return fail(self, bad, *bad == '\0' ? "a zero byte stands here" : "a byte here is not UTF-8");
    }
    return TRUE;
}

static gboolean
read_text(Reader *self)
{
    if (!read_encoding(self)) {
        return FALSE;
    }
    skip_space(self);
    if (self->at == self->end) {
        return fail(self, self->at, "there is nothing in it");
    }
    if (peek(self) != '{') {
        return fail(self, self->at, "it does not begin with '{'");
    }
    if (!read_value(self)) {
        return FALSE;
    }
    skip_space(self);
    return self->at == self->end || fail(self, self->at, "something follows the closing '}'");
}

gboolean
mortise_json_text_check(const char *text, gsize length, guint depth, GHashTable *keys, MortiseTextPosition *position,
                        char **problem)
{
    Reader reader = {.start = text, .end = text + length, .at = text, .depth = depth, .keys = keys};
    gboolean good = read_text(&reader);
    if (!good) {
        *position = position_of(&reader, reader.at);
        *problem = reader.problem;
    }
    return good;
}
