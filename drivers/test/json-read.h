// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Typed reading of JSON members, with the path of whatever is wrong in the error.
#pragma once

#include "failure.h"

#include <json-glib/json-glib.h>

/* Reading goes on after a failure and fills in nothing more; the first cause is kept. */
typedef struct {
    const char *file;
    DriverFailure *failure;    /* NULL as long as all is well */
} TestReader;

/* An object and how a person finds it: "", "host", "domains[3].latency_ms". */
typedef struct {
    JsonObject *object;        /* borrowed; NULL: an absent one, in which nothing is found */
    char *path;                /* owned */
} TestPlace;

void test_place_clear(TestPlace *place);

/* Notes "FILE: PATH.KEY: sentence"; `key` may be NULL. */
void test_read_refuse(TestReader *reader, const TestPlace *place, const char *key, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/*
 * Each leaves `*value` as it is when the member is absent, or when it is refused. Ranges include their ends.
 * Texts are owned by the caller and what `*value` held before is freed.
 */
void test_read_unsigned(TestReader *reader, const TestPlace *place, const char *key, guint64 least, guint64 most,
                        guint64 *value);
/* The same for what is kept in 32 bits. */
void test_read_small(TestReader *reader, const TestPlace *place, const char *key, guint least, guint most,
                     guint *value);
void test_read_boolean(TestReader *reader, const TestPlace *place, const char *key, gboolean *value);
void test_read_text(TestReader *reader, const TestPlace *place, const char *key, char **value);
/* A text out of `words`, which ends with NULL; its index. `what` names such a word: "state". */
void test_read_word(TestReader *reader, const TestPlace *place, const char *key, const char *what,
                    const char *const *words, guint *value);

/* The object that is the member `key`; an absent place when there is none. Clear it. */
TestPlace test_read_object(TestReader *reader, const TestPlace *place, const char *key);
/* The array that is the member `key`, borrowed; NULL when there is none. */
JsonArray *test_read_array(TestReader *reader, const TestPlace *place, const char *key);
/* The object that is item `index` of an array; an absent place and an error when it is something else. Clear it. */
TestPlace test_read_item(TestReader *reader, const TestPlace *place, const char *key, JsonArray *array, guint index);

/* Refuses members that are not in `known`, which ends with NULL. */
void test_read_only(TestReader *reader, const TestPlace *place, const char *const *known);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestPlace, test_place_clear)
