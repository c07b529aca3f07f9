// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A thin layer over CUnit: assertions that print both values, skips by name, one main for each test file.
#pragma once

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const char *name;
    void (*run)(void);
} MortiseTest;

#define CHECK(condition) \
    do { \
        gboolean check_true = (condition) ? TRUE : FALSE; \
        if (!check_true) { \
            fprintf(stderr, "%s:%d: %s: not true: %s\n", __FILE__, __LINE__, __func__, #condition); \
        } \
        CU_ASSERT(check_true); \
    } while (0)

#define CHECK_INT(actual, expected) \
    do { \
        gint64 check_a = (gint64) (actual); \
        gint64 check_e = (gint64) (expected); \
        if (check_a != check_e) { \
            fprintf(stderr, "%s:%d: %s: %s is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT "\n", __FILE__, __LINE__, \
                    __func__, #actual, check_a, check_e); \
        } \
        CU_ASSERT(check_a == check_e); \
    } while (0)

#define CHECK_TEXT(actual, expected) \
    do { \
        const char *check_a = (actual); \
        const char *check_e = (expected); \
        if (g_strcmp0(check_a, check_e) != 0) { \
            fprintf(stderr, "%s:%d: %s: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, __func__, #actual, \
                    check_a != NULL ? check_a : "(null)", check_e != NULL ? check_e : "(null)"); \
        } \
        CU_ASSERT(g_strcmp0(check_a, check_e) == 0); \
    } while (0)

/* That `actual` contains `part`. */
#define CHECK_CONTAINS(actual, part) \
    do { \
        const char *check_a = (actual); \
        const char *check_p = (part); \
        gboolean check_found = check_a != NULL && strstr(check_a, check_p) != NULL; \
        if (!check_found) { \
            fprintf(stderr, "%s:%d: %s: %s is \"%s\", without \"%s\"\n", __FILE__, __LINE__, __func__, #actual, \
                    check_a != NULL ? check_a : "(null)", check_p); \
        } \
        CU_ASSERT(check_found); \
    } while (0)

#define CHECK_NO_ERROR(error) \
    do { \
        if ((error) != NULL) { \
            fprintf(stderr, "%s:%d: %s: unexpected error: %s\n", __FILE__, __LINE__, __func__, (error)->message); \
        } \
        CU_ASSERT((error) == NULL); \
    } while (0)

/* Says by name what is not tried and why; meson shows the whole file as skipped only when nothing else ran. */
static inline void
mortise_test_skip(const char *name, const char *reason)
{
    fprintf(stderr, "SKIP %s: %s\n", name, reason);
}

/* Runs the tests and returns the exit status for main: 0, 1, or 77 when the file is skipped as a whole. */
static inline int
mortise_test_main(const char *suite, const MortiseTest *tests, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 1;
    }
    CU_pSuite added = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; added != NULL && i < count; i++) {
        CU_add_test(added, tests[i].name, tests[i].run);
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
    gboolean ran = CU_get_number_of_tests_run() == count;
    CU_cleanup_registry();
    return failed == 0 && ran ? 0 : 1;
}

#define MORTISE_TEST_MAIN(suite, tests) \
    int main(void) \
    { \
        return mortise_test_main(suite, tests, G_N_ELEMENTS(tests)); \
    }
