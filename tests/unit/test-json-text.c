// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The strict look at JSON text: what it lets through, and what it says, and where, of the rest.
#include "json-text.h"
#include "mortise-test.h"

#include <string.h>

#define DEPTH 3

static void
test_good(void)
{
    static const char *const texts[] = {
        "{}",
        " \t\r\n{ } \n",
        "{\"a\":1,\"b\":-2.5e+10,\"c\":0,\"d\":-0}",
        "{\"a\":true,\"b\":false,\"c\":null}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}",
        "{\"a\":[[1]],\"b\":[],\"c\":{},\"d\":[{}]}",
        "{\"\":\"\xc3\xa9\"}",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        MortiseTextPosition position = {0, 0};
        g_autofree char *problem = NULL;
        CHECK(mortise_json_text_check(texts[i], strlen(texts[i]), DEPTH, NULL, &position, &problem));
        CHECK_TEXT(problem, NULL);
    }
}

static const struct {
    const char *text;
    guint line;
    guint column;
    const char *problem;
} bad[] = {
    {"", 1, 1, "there is nothing in it"},
    {"\n \n", 3, 1, "there is nothing in it"},
    {"[]", 1, 1, "it does not begin with '{'"},
    {"// hello\n{}", 1, 1, "it does not begin with '{'"},
    {"{} {}", 1, 4, "something follows the closing '}'"},
    {"{}}", 1, 3, "something follows the closing '}'"},
    {"{", 1, 2, "a key in double quotes is missing"},
    {"{\"a\"", 1, 5, "a colon is missing after the key \"a\""},
    {"{\"a\" 1}", 1, 6, "a colon is missing after the key \"a\""},
    {"{\"a\":", 1, 6, "the text ends too early"},
    {"{\"a\":1", 1, 7, "a comma or a closing '}' is missing"},
    {"{\"a\":1 \"b\":2}", 1, 8, "a comma or a closing '}' is missing"},
    {"{\"a\":1,}", 1, 7, "a comma stands before a closing '}'"},
    {"{\"a\":[1,]}", 1, 8, "a comma stands before a closing ']'"},
    {"{\"a\":[1 2]}", 1, 9, "a comma or a closing ']' is missing"},
    {"{\"a\":[,]}", 1, 7, "a value is missing here"},
    {"{,}", 1, 2, "a key in double quotes is missing"},
    {"{a:1}", 1, 2, "a key in double quotes is missing"},
    {"{'a':1}", 1, 2, "a key in double quotes is missing"},
    {"{\"a\":'b'}", 1, 6, "a value is missing here"},
    {"{\"a\":yes}", 1, 6, "'yes' is not a value; texts stand in double quotes"},
    {"{\"a\":True}", 1, 6, "'True' is not a value; texts stand in double quotes"},
    {"{\"a\":01}", 1, 6, "this is not a number as JSON writes it"},
    {"{\"a\":0x10}", 1, 6, "this is not a number as JSON writes it"},
    {"{\"a\":1.}", 1, 6, "this is not a number as JSON writes it"},
    {"{\"a\":1e}", 1, 6, "this is not a number as JSON writes it"},
    {"{\"a\":-}", 1, 6, "this is not a number as JSON writes it"},
    {"{\"a\":+1}", 1, 6, "a value is missing here"},
    {"{\"a\":99999999999999999999}", 1, 6, "a number has more than 18 characters"},
    {"{\"a\":\"b}", 1, 6, "a text is not closed by a double quote on its line"},
    {"{\"a\":\"b\n\"}", 1, 6, "a text is not closed by a double quote on its line"},
    {"{\"a\":\"b\tc\"}", 1, 8, "a control character stands in a text"},
    {"{\"a\":\"\\q\"}", 1, 7, "no such escape; write \\\\ for a backslash itself"},
    {"{\"a\":\"\\u12\"}", 1, 7, "\\u needs four hexadecimal digits"},
    {"{\"a\":\"\\ud800\"}", 1, 7, "\\ud800 is half a character"},
    {"{\"a\":\"\\ud800\\u0041\"}", 1, 7, "\\ud800 is half a character"},
    {"{\"a\":\"\\udc00\"}", 1, 7, "\\udc00 is half a character"},
    {"{\"a\":\"\\u0000\"}", 1, 7, "a zero character is not allowed in a text"},
    {"{\"a\\n\":1}", 1, 2, "a key is written without a backslash"},
    {"{\"a\":1,\n \"a\":2}", 2, 2, "the key \"a\" comes twice"},
    {"{\"a\":{\"b\":1,\"b\":2}}", 1, 13, "the key \"b\" comes twice"},
    {"{\"a\":[[[1]]]}", 1, 8, "this is nested too deep"},
    {"\xef\xbb\xbf{}", 1, 1, "a byte order mark stands in front; save the file without it"},
    {"{\"\xc3\xa9\":\"\xff\"}", 1, 7, "a byte here is not UTF-8"},
};

static void
test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        MortiseTextPosition position = {0, 0};
        g_autofree char *problem = NULL;
        CHECK(!mortise_json_text_check(bad[i].text, strlen(bad[i].text), DEPTH, NULL, &position, &problem));
        CHECK_TEXT(problem, bad[i].problem);
        CHECK_INT(position.line, bad[i].line);
        CHECK_INT(position.column, bad[i].column);
    }
}

static void
test_zero_byte(void)
{
    static const char text[] = "{\"a\":\0 1}";
    MortiseTextPosition position = {0, 0};
    g_autofree char *problem = NULL;
    CHECK(!mortise_json_text_check(text, sizeof text - 1, DEPTH, NULL, &position, &problem));
    CHECK_TEXT(problem, "a zero byte stands here");
    CHECK_INT(position.column, 6);
}

static void
check_key(GHashTable *keys, const char *key, guint line, guint column)
{
    const MortiseTextPosition *position = g_hash_table_lookup(keys, key);
    CHECK(position != NULL);
    CHECK_INT(position != NULL ? position->line : 0, line);
    CHECK_INT(position != NULL ? position->column : 0, column);
}

static void
test_positions(void)
{
    static const char text[] = "{\"a\": {\"inner\": 1},\n  \"b\": [{\"deeper\": 2}], \"c\": \"\xc3\xa9\", \"d\": 1}\n";
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    MortiseTextPosition position = {0, 0};
    g_autofree char *problem = NULL;
    CHECK(mortise_json_text_check(text, strlen(text), DEPTH, keys, &position, &problem));
    CHECK_INT(g_hash_table_size(keys), 4);
    check_key(keys, "a", 1, 2);
    check_key(keys, "b", 2, 3);
    check_key(keys, "c", 2, 25);
    check_key(keys, "d", 2, 35);
}

/* As deep as a text can be: refused, and not by the end of the stack. */
static void
test_depth_of_everything(void)
{
    gsize length = 1024 * 1024;
    g_autofree char *text = g_malloc(length);
    MortiseTextPosition position = {0, 0};
    g_autofree char *problem = NULL;
    static const char begin[] = {'{', '"', 'a', '"', ':'};
    memset(text, '[', length);
    memcpy(text, begin, sizeof begin);
    CHECK(!mortise_json_text_check(text, length, 64, NULL, &position, &problem));
    CHECK_TEXT(problem, "this is nested too deep");
}

static const MortiseTest tests[] = {
    {"what JSON allows", test_good},
    {"what it does not, and where", test_bad},
    {"a zero byte", test_zero_byte},
    {"positions of the keys", test_positions},
    {"a million brackets", test_depth_of_everything},
};

MORTISE_TEST_MAIN("json-text", tests)
