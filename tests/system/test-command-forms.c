// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// How the command words states and durations, reads states, and guesses what was meant.
#include "mortise-domain-words.h"
#include "mortise-options.h"
#include "mortise-output.h"

#include "mortise-test.h"

static void
test_states(void)
{
    char operation[] = "domain-start";
    MortiseDomainInfo info = {.state = MORTISE_DOMAIN_STATE_RUNNING};
    g_autofree char *plain = words_of_state(&info);
    CHECK_TEXT(plain, "running");
    info.hung_operation = operation;
    info.hung_ms = 12345;
    g_autofree char *hung = words_of_state(&info);
    CHECK_TEXT(hung, "running (start late for 12 s)");
    CHECK(words_of_hung(NULL, 5) == NULL);
    g_autofree char *other = words_of_hung("connection-open", 5);
    CHECK_TEXT(other, "connection-open late for 5 ms");
}

static void
test_durations(void)
{
    static const struct {
        gint64 milliseconds;
        const char *text;
    } cases[] = {
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {119999, "119 s"},
        {120000, "2 min"},
        {7199999, "119 min"},
        {7200000, "2 h 0 min"},
        {G_GINT64_CONSTANT(360000000), "100 h 0 min"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = words_of_duration(cases[i].milliseconds);
        CHECK_TEXT(text, cases[i].text);
    }
}

static void
test_ids(void)
{
    g_autofree char *none = words_of_id(-1);
    g_autofree char *zero = words_of_id(0);
    g_autofree char *large = words_of_id(G_MAXINT64);
    CHECK_TEXT(none, "-");
    CHECK_TEXT(zero, "0");
    CHECK_TEXT(large, "9223372036854775807");
}

static void
test_read_state(void)
{
    for (int state = MORTISE_DOMAIN_STATE_UNKNOWN; state <= MORTISE_DOMAIN_STATE_SUSPENDED; state++) {
        MortiseDomainState read = MORTISE_DOMAIN_STATE_UNKNOWN;
        CHECK(words_read_state(mortise_domain_state_to_string(state), &read));
        CHECK_INT(read, state);
    }
    MortiseDomainState state = MORTISE_DOMAIN_STATE_RUNNING;
    CHECK(words_read_state("Shut_Off", &state));
    CHECK_INT(state, MORTISE_DOMAIN_STATE_SHUTOFF);
    CHECK(!words_read_state("", &state));
    CHECK(!words_read_state("run", &state));
    CHECK_INT(state, MORTISE_DOMAIN_STATE_SHUTOFF);
}

static void
test_nearest(void)
{
    static const char *const words[] = {"list", "start", "resume", "reset", NULL};
    CHECK_TEXT(options_nearest("lsit", words), "list");
    CHECK_TEXT(options_nearest("strat", words), "start");
    CHECK_TEXT(options_nearest("reste", words), "reset");
    CHECK(options_nearest("frobnicate", words) == NULL);
    CHECK(options_nearest("", words) == NULL);
    g_autofree char *long_word = g_strnfill(1000, 'x');
    CHECK(options_nearest(long_word, words) == NULL);
}

/* A number that no signed reader knows is a text. */
static void
test_numbers(void)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_unsigned(builder, "most", G_MAXUINT64);
    json_add_unsigned(builder, "fits", G_MAXINT64);
    json_add_known_number(builder, "unknown", -1);
    json_add_text(builder, "bad", "a\xff");
    words_add_hung(builder, "domain-stop", 7);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, FALSE);
    CHECK_TEXT(text, "{\"most\":\"18446744073709551615\",\"fits\":9223372036854775807,\"unknown\":null,"
                     "\"bad\":\"a\xef\xbf\xbd\",\"hung\":{\"operation\":\"domain-stop\",\"for_ms\":7}}");
}

static const MortiseTest tests[] = {
    {"states", test_states},         {"durations", test_durations}, {"ids", test_ids},
    {"read state", test_read_state}, {"nearest", test_nearest},     {"numbers", test_numbers},
};

MORTISE_TEST_MAIN("command-forms", tests)
