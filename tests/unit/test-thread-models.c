// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The gate keeps each of the four thread models, whatever the callers do.
#include "../mortise-test.h"
#include "static-driver.h"

typedef struct {
    MortiseConnection *connections[2];
    StaticDriver driver;
    guint errors;
} Crowd;

static void
asked(GObject *source, GAsyncResult *result, gpointer data)
{
    Crowd *crowd = data;
    (void) source;
    if (!mortise_domain_suspend_finish(MORTISE_DOMAIN(source), result, NULL)) {
        crowd->errors++;
    }
}

static gpointer
report_many(gpointer data)
{
    MortiseDomain *domain = data;
    guint good = 0;
    for (guint i = 0; i < 20; i++) {
        g_autoptr(MortiseVcpuReport) report = mortise_domain_get_vcpus(domain, NULL, NULL);
        good += report != NULL;
    }
    return GUINT_TO_POINTER(good);
}

/* Four domains (a and b on two connections), each asked from two threads: how many calls were in the driver at
 * once. */
static guint
most_at_once(guint32 model, gboolean hold, guint expected)
{
    Crowd crowd = {0};
    static_driver_use(&crowd.driver);
    g_autoptr(MortiseRegistry) registry = static_driver_registry(model);
    g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; i < 2; i++) {
        crowd.connections[i] = mortise_connection_open_full(registry, "static:///x", MORTISE_OPEN_NONE, NULL, NULL);
        g_ptr_array_add(domains, mortise_connection_lookup_domain(crowd.connections[i], "a", NULL));
        MortiseDomain *b = mortise_connection_lookup_domain(crowd.connections[i], "b", NULL);
        CHECK(mortise_domain_start(b, MORTISE_START_NONE, NULL, NULL));
        g_ptr_array_add(domains, b);
    }
    crowd.driver.most_inside = 0;
    crowd.driver.hold = hold;
    GThread *threads[8];
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("ask", report_many, g_ptr_array_index(domains, i % 4));
    }
    if (hold) {
        CHECK(static_driver_wait_inside(&crowd.driver, expected));
        static_driver_release(&crowd.driver);
    }
    guint good = 0;
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        good += GPOINTER_TO_UINT(g_thread_join(threads[i]));
    }
    CHECK_INT(good, 160);
    guint most = crowd.driver.most_inside;
    g_ptr_array_set_size(domains, 0);
    g_object_unref(crowd.connections[0]);
    g_object_unref(crowd.connections[1]);
    static_driver_clear(&crowd.driver);
    return most;
}

static void
test_serial_all(void)
{
    CHECK_INT(most_at_once(MORTISE_THREADS_SERIAL_ALL, TRUE, 1), 1);
}

static void
test_serial_per_connection(void)
{
    CHECK_INT(most_at_once(MORTISE_THREADS_SERIAL_PER_CONNECTION, TRUE, 2), 2);
}

static void
test_serial_per_domain(void)
{
    CHECK_INT(most_at_once(MORTISE_THREADS_SERIAL_PER_DOMAIN, TRUE, 4), 4);
}

static void
test_parallel(void)
{
    CHECK_INT(most_at_once(MORTISE_THREADS_PARALLEL, TRUE, 8), 8);
}

static void
test_one_change_at_a_time(void)
{
    Crowd crowd = {0};
    static_driver_use(&crowd.driver);
    g_autoptr(MortiseRegistry) registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    g_autoptr(MortiseConnection)
        connection = mortise_connection_open_full(registry, "static:///x", MORTISE_OPEN_NONE, NULL, NULL);
    g_autoptr(MortiseDomain) a = mortise_connection_lookup_domain(connection, "a", NULL);
    crowd.driver.hold = TRUE;
    mortise_domain_suspend_async(a, NULL, asked, &crowd);
    CHECK(static_driver_wait_inside(&crowd.driver, 1));
    mortise_connection_set_deadline(connection, 20);
    g_autoptr(GError) error = NULL;
    CHECK(!mortise_domain_stop(a, MORTISE_STOP_NOW, NULL, &error));
    CHECK_TEXT(mortise_error_get_reason(error), "domain-busy");
    static_driver_release(&crowd.driver);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    g_clear_error(&error);
    mortise_connection_set_deadline(connection, 120000);
    CHECK(mortise_domain_stop(a, MORTISE_STOP_NOW, NULL, &error));
    CHECK_INT(crowd.driver.most_inside, 1);
    mortise_connection_close(connection);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    static_driver_clear(&crowd.driver);
}

static const MortiseTest tests[] = {
    {"serial in all", test_serial_all},
    {"serial per connection", test_serial_per_connection},
    {"serial per domain", test_serial_per_domain},
    {"parallel", test_parallel},
    {"one change of a domain at a time", test_one_change_at_a_time},
};

MORTISE_TEST_MAIN("thread models", tests)
