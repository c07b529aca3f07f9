// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory in pieces: aligned, zeroed, apart from each other, never moved, and of any size.
#include "arena.h"
#include "mortise-test.h"

#include <string.h>

#define MIB (1024 * 1024)

static void
test_empty(void)
{
    Arena arena = {NULL, 0, 0};
    arena_clear(&arena);
    CHECK(arena_allocate(&arena, 0) != NULL);
    arena_clear(&arena);
    arena_clear(&arena);
    CHECK(arena.last == NULL);
}

static void
test_pieces(void)
{
    g_auto(Arena) arena = {NULL, 0, 0};
    guint64 *numbers[5000];
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        numbers[i] = arena_allocate(&arena, i + sizeof(guint64));
        CHECK_INT((gsize) numbers[i] % sizeof(guint64), 0);
        CHECK_INT(*numbers[i], 0);
        memset(numbers[i], 0xff, i + sizeof(guint64));
        *numbers[i] = i;
        CHECK_TEXT(arena_copy(&arena, "textual", 4), "text");
    }
    /* Many blocks later all are as they were. */
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        CHECK_INT(*numbers[i], i);
    }
}

static void
test_large(void)
{
    g_auto(Arena) arena = {NULL, 0, 0};
    char *before = arena_copy(&arena, "before", 6);
    char *large = arena_allocate(&arena, 3 * MIB + 1);
    char *after = arena_copy(&arena, "after", 5);
    memset(large, 'x', 3 * MIB + 1);
    CHECK_TEXT(before, "before");
    CHECK_TEXT(after, "after");
}

static const MortiseTest tests[] = {
    {"empty", test_empty},
    {"pieces", test_pieces},
    {"larger than a block", test_large},
};

MORTISE_TEST_MAIN("arena", tests)
