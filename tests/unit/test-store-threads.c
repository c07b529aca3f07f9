// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The store in several threads: writers of different domains, and a reader beside them.
#include "store-fixture.h"

static gpointer
work_in_thread(gpointer data)
{
    Fixture *fixture = data;
    guint8 uuid[16];
    g_autofree char *text = g_uuid_string_random();
    (void) mortise_uuid_from_text(text, uuid);
    g_autoptr(MortiseStoredDomain) running = fixture_running(text);
    guint good = 0;
    for (int i = 0; i < 20; i++) {
        good += mortise_store_write_definition(fixture->store, uuid, XML, i % 2 == 0, NULL)
            && mortise_store_write_running(fixture->store, running, NULL)
            && mortise_store_check_free(fixture->store, uuid, text, NULL)
            && mortise_store_remove_running(fixture->store, uuid, NULL);
    }
    return GUINT_TO_POINTER(good);
}

static void
test_threads(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    GThread *threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = g_thread_new("store", work_in_thread, &fixture);
    }
    /* A load beside writers takes none of their temporary files away, and sees whole files only. */
    for (int i = 0; i < 20; i++) {
        g_autoptr(GPtrArray) domains = fixture_load(&fixture);
        CHECK(domains->len <= 4);
        CHECK_TEXT(fixture.complaints->str, "");
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(GPOINTER_TO_UINT(g_thread_join(threads[i])), 20);
    }
    g_autoptr(GPtrArray) domains = fixture_reload(&fixture);
    CHECK_INT(domains->len, 4);
}

static const MortiseTest tests[] = {
    {"threads", test_threads},
};

MORTISE_TEST_MAIN("store-threads", tests)
