// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One pass over a JSON text that stops at the first character that should not be there.
#include "json-syntax.h"

#include <string.h>

typedef struct {
    const char *start;
    const char *at;
    const char *end;
    const char *file;
    DriverFailure **failure;
} Scan;

static gboolean scan_value(Scan *scan, guint depth);

static gboolean G_GNUC_PRINTF(3, 4)
refuse(Scan *scan, const char *at, const char *format, ...)
{
    va_list arguments;
    guint line = 1;
    const char *line_start = scan->start;

    for (const char *walk = scan->start; walk < at; walk++) {
        if (*walk == '\n') {
            line++;
            line_start = walk + 1;
        }
    }
    va_start(arguments, format);
    g_autofree char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    driver_failure_set(scan->failure, "invalid-argument", scan->file,
                       "correct the file; drivers/test/README.md describes worlds", "%s:%u:%ld: %s", scan->file, line,
                       g_utf8_strlen(line_start, at - line_start) + 1, words);
    return FALSE;
}

static void
skip_space(Scan *scan)
{
    while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL && *scan->at != '\0') {
        scan->at++;
    }
}

/* Refuses what stands at the place, by its name, where `wanted` should stand. */
static gboolean
refuse_here(Scan *scan, const char *wanted)
{
    g_autofree char *seen = NULL;

    if (scan->at >= scan->end) {
        return refuse(scan, scan->end, "the text ends where %s should stand", wanted);
    }
    gunichar letter = g_utf8_get_char_validated(scan->at, scan->end - scan->at);
    if (letter < 0x110000 && g_unichar_isprint(letter)) {
        const char *next = g_utf8_next_char(scan->at);
        seen = g_strdup_printf("'%.*s'", (int) (next - scan->at), scan->at);
    } else {
        seen = g_strdup_printf("the byte 0x%02x", (guint) (guchar) *scan->at);
    }
    return refuse(scan, scan->at, "%s stands where %s should stand", seen, wanted);
}

static gboolean
take(Scan *scan, char wanted)
{
    if (scan->at < scan->end && *scan->at == wanted) {
        scan->at++;
        return TRUE;
    }
    return FALSE;
}

/* The four digits of a \u escape; -1 when they are none. */
static gint
hexadecimal(const Scan *scan, const char *digits)
{
    gint value = 0;

    if (scan->end - digits < 4) {
        return -1;
    }
    for (guint i = 0; i < 4; i++) {
        gint digit = g_ascii_xdigit_value(digits[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* What follows a backslash; the place is behind the backslash. */
static gboolean
scan_escape(Scan *scan)
{
    const char *backslash = scan->at - 1;

    if (scan->at >= scan->end || *scan->at == '\0' || strchr("\"\\/bfnrtu", *scan->at) == NULL) {
        return refuse(scan, backslash, "a backslash with no escape of JSON behind it");
    }
    if (*scan->at++ != 'u') {
        return TRUE;
    }
    gint code = hexadecimal(scan, scan->at);
    gboolean low = code >= 0xdc00 && code <= 0xdfff;
    if (code <= 0 || low) {
        return refuse(scan, backslash, "\\u without four hexadecimal digits of a character");
    }
    scan->at += 4;
    if (code >= 0xd800 && code <= 0xdbff) {
        gint second = scan->end - scan->at >= 6 && scan->at[0] == '\\' && scan->at[1] == 'u'
                          ? hexadecimal(scan, scan->at + 2) : -1;
        if (second < 0xdc00 || second > 0xdfff) {
            return refuse(scan, backslash, "half of a surrogate pair");
        }
        scan->at += 6;
    }
    return TRUE;
}

static gboolean
scan_string(Scan *scan)
{
    const char *quote = scan->at++;

    while (scan->at < scan->end && *scan->at != '"') {
        guchar letter = (guchar) *scan->at++;
        if (letter < 0x20) {
            return letter == '\n' ? refuse(scan, quote, "a string that does not end on its line")
                                  : refuse(scan, scan->at - 1, "a control character in a string");
        }
        if (letter == '\\' && !scan_escape(scan)) {
            return FALSE;
        }
    }
    return take(scan, '"') || refuse(scan, quote, "a string that does not end");
}

static guint
skip_digits(Scan *scan)
{
    const char *first = scan->at;

    while (scan->at < scan->end && g_ascii_isdigit(*scan->at)) {
        scan->at++;
    }
    return (guint) (scan->at - first);
}

static gboolean
scan_number(Scan *scan)
{
    const char *first = scan->at;
    gboolean whole = TRUE;

    (void) take(scan, '-');
    const char *digits = scan->at;
    guint count = skip_digits(scan);
    if (count == 0) {
        return refuse_here(scan, "a digit");
    }
    if (count > 1 && *digits == '0') {
        return refuse(scan, first, "a number that begins with 0");
    }
    if (take(scan, '.')) {
        whole = FALSE;
        if (skip_digits(scan) == 0) {
            return refuse_here(scan, "a digit");
        }
    }
    if (take(scan, 'e') || take(scan, 'E')) {
        whole = FALSE;
        (void) (take(scan, '-') || take(scan, '+'));
        if (skip_digits(scan) == 0) {
            return refuse_here(scan, "a digit");
        }
    }
    g_autofree char *number = g_strndup(first, (gsize) (scan->at - first));
    if (whole && !g_ascii_string_to_signed(number, 10, G_MININT64, G_MAXINT64, NULL, NULL)) {
        return refuse(scan, first, "a number that is too large");
    }
    return TRUE;
}

static gboolean
scan_word(Scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        gsize length = strlen(words[i]);
        if ((gsize) (scan->end - scan->at) >= length && memcmp(scan->at, words[i], length) == 0) {
            scan->at += length;
            return TRUE;
        }
    }
    return refuse_here(scan, "a value");
}

/* One "key": value of the innermost object. */
static gboolean
scan_member(Scan *scan, GHashTable *seen, guint depth)
{
    const char *first = scan->at;

    if (scan->at >= scan->end || *scan->at != '"') {
        return refuse_here(scan, "a key in double quotes");
    }
    if (!scan_string(scan)) {
        return FALSE;
    }
    char *key = g_strndup(first, (gsize) (scan->at - first));
    if (!g_hash_table_add(seen, key)) {
        return refuse(scan, first, "the key %.*s stands twice in its object", (int) MIN(scan->at - first, 60), first);
    }
    skip_space(scan);
    if (!take(scan, ':')) {
        return refuse_here(scan, "':'");
    }
    return scan_value(scan, depth);
}

/* The items of an array (`seen` is NULL) or of an object, behind its opening bracket. */
static gboolean
scan_items(Scan *scan, GHashTable *seen, char closing, guint depth)
{
    if (depth > TEST_JSON_DEPTH_LIMIT) {
        return refuse(scan, scan->at - 1, "nested more than %u deep", TEST_JSON_DEPTH_LIMIT);
    }
    skip_space(scan);
    if (take(scan, closing)) {
        return TRUE;
    }
    for (;;) {
        skip_space(scan);
        if (!(seen != NULL ? scan_member(scan, seen, depth) : scan_value(scan, depth))) {
            return FALSE;
        }
        skip_space(scan);
        if (take(scan, closing)) {
            return TRUE;
        }
        if (!take(scan, ',')) {
            return refuse_here(scan, closing == '}' ? "',' or '}'" : "',' or ']'");
        }
    }
}

static gboolean
scan_value(Scan *scan, guint depth)
{
    skip_space(scan);
    if (take(scan, '{')) {
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        return scan_items(scan, seen, '}', depth + 1);
    }
    if (take(scan, '[')) {
        return scan_items(scan, NULL, ']', depth + 1);
    }
    if (scan->at < scan->end && *scan->at == '"') {
        return scan_string(scan);
    }
    if (scan->at < scan->end && (*scan->at == '-' || g_ascii_isdigit(*scan->at))) {
        return scan_number(scan);
    }
    return scan_word(scan);
}

gboolean
test_json_check(const char *text, gsize length, const char *file, DriverFailure **failure)
{
    Scan scan = {.start = text, .at = text, .end = text + length, .file = file, .failure = failure};
    const char *valid_end = NULL;

    if (!g_utf8_validate_len(text, length, &valid_end)) {
        return refuse(&scan, valid_end, "not UTF-8");
    }
    if (!scan_value(&scan, 0)) {
        return FALSE;
    }
    skip_space(&scan);
    return scan.at == scan.end || refuse_here(&scan, "the end of the file");
}
