// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The engine's migration between two roots with real QEMU: what works, what is refused, and what failures leave.
#include <string.h>
#include <unistd.h>

#include "migration-test.h"
#include "mortise-test.h"

static guint
own_number(void)
{
    return 0x8000u | ((guint) getpid() & 0x7fffu);
}

static char *
own_uuid(void)
{
    return g_strdup_printf("e0e0%04x-0000-4000-8000-000000000001", own_number());
}

/* A guest that counts, on side 0; the console of it is returned. */
static int
open_counting(Pair *pair, const char *more)
{
    g_autofree char *xml = engine_guest_xml(own_number(), more);

    pair_open(pair, xml, NULL);
    CHECK_INT(fake_start(pair->domains[0], 0), MORTISE_OK);
    CHECK_TEXT(fake_call_error()->message, NULL);
    return engine_open_console(pair->domains[0]);
}

static gboolean
require_migrated(const PairResult *result)
{
    CHECK_TEXT(result->message, NULL);
    CHECK_INT(result->failed, MIGRATED);
    return result->failed == MIGRATED;
}

/* The one that came last counts on from where the other had been; its console takes the place of the other's. */
static void
require_count(Pair *pair, int *console, guint64 *count)
{
    guint64 now;

    *count = pair_drain_counts(*console, *count);
    (void) close(*console);
    *console = engine_open_console(pair->domains[pair->at]);
    now = pair_hear_count(*console);
    CHECK(now >= *count);
    *count = now;
}

static void
test_back_and_forth(void)
{
    Pair pair;
    int console = open_counting(&pair, "");
    guint64 count = pair_hear_count(console);
    const MortiseMigrationArguments arguments = pair_arguments(0);
    g_autofree char *uuid = own_uuid();

    for (guint i = 0; i < 20 && pair.at == i % 2; i++) {
        g_auto(PairResult) result = {0};
        g_autofree char *here = NULL;
        g_autofree char *there = NULL;

        pair_migrate(&pair, &arguments, -1, NULL, NULL, &result);
        (void) require_migrated(&result);
        here = fake_domain_state(pair.domains[pair.at]);
        there = fake_domain_state(pair.domains[!pair.at]);
        CHECK_TEXT(here, "running migrated");
        CHECK_TEXT(there, "shutoff migrated");
        require_count(&pair, &console, &count);
    }
    CHECK(pair_count_emulators(uuid, 1));
    (void) close(console);
    pair_close(&pair);
    CHECK(pair_count_emulators(uuid, 0));
}

static const MortiseTest tests[] = {
    {"twenty times back and forth", test_back_and_forth},
};

int
main(void)
{
    if (!engine_require("tcg")) {
        return 77;
    }
    if (!engine_has_guest()) {
        mortise_test_skip("migration", "the compiler cannot build the test guest");
        return 77;
    }
    return mortise_test_main("migration", tests, G_N_ELEMENTS(tests));
}
