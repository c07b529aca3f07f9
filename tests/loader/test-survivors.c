// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection that opens and works while everything else that claims its scheme is broken.
#include "error.h"
#include "loader-fixture.h"

#include <mortise/mortise.h>

/* Broken modules and manifests around a good one. */
static void
add_broken(LoaderFixture *fixture)
{
    static const char *const defects[] = {"wrong-magic", "nothing",         "no-open",
                                          "init-fails",  "missing-library", "symbol-v2"};
    for (gsize i = 0; i < G_N_ELEMENTS(defects); i++) {
        g_autofree char *path = defect_path(defects[i]);
        loader_fixture_add(fixture, defects[i], path, ", \"priority\": 100");
    }
    loader_fixture_add(fixture, "gone", "/nowhere/gone.so", ", \"priority\": 100");
    loader_fixture_add(fixture, "poor", "/nowhere/gone.so", ", \"libraries\": [\"libmortise-nowhere.so.1\"]");
    sandbox_write(fixture->directory, "cut.json", "{\"schemes\": [\"defect\"", -1);
    sandbox_write(fixture->directory, "later.json", "{\"format\": 2, \"schemes\": [\"defect\"]}", -1);
    sandbox_write(fixture->directory, "wrong.json", "{\"schemes\": [\"defect\"], \"priority\": \"high\"}", -1);
}

static void
use_domain(MortiseConnection *connection)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) domain = mortise_connection_lookup_domain(connection, "d", &error);
    CHECK_NO_ERROR(error);
    if (domain != NULL) {
        CHECK(mortise_domain_start(domain, MORTISE_START_NONE, NULL, &error));
        CHECK_NO_ERROR(error);
        CHECK(mortise_domain_stop(domain, MORTISE_STOP_NOW, NULL, &error));
        CHECK_NO_ERROR(error);
    }
}

static void
test_connection(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autoptr(GError) error = NULL;
    loader_fixture_add_defect(&fixture, "none");
    add_broken(&fixture);
    loader_fixture_read(&fixture);
    g_autoptr(MortiseConnection) connection =
        mortise_connection_open_full(fixture.registry, "defect:///default", MORTISE_OPEN_NONE, NULL, &error);
    CHECK_NO_ERROR(error);
    if (connection != NULL) {
        use_domain(connection);
        mortise_connection_close(connection);
    }
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(fixture.registry);
    CHECK_INT(modules->len, 12);
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_autofree char *reason = mortise_module_dup_reason(module);
        gboolean good = g_str_equal(mortise_module_get_name(module), "defect");
        CHECK_INT(mortise_module_get_state(module) == MORTISE_MODULE_STATE_AVAILABLE, good);
        CHECK_INT(reason == NULL, good);
    }
}

/* Without the good one: the error says of each what is wrong with it. */
static void
test_no_connection(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autoptr(GError) error = NULL;
    add_broken(&fixture);
    loader_fixture_read(&fixture);
    g_autoptr(MortiseConnection) connection =
        mortise_connection_open_full(fixture.registry, "defect:///default", MORTISE_OPEN_NONE, NULL, &error);
    CHECK(connection == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_DRIVER_MISSING));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "install the package mortise-driver-defect");
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "it is corrupt");
}

/* Of two good modules only the one that claims the scheme is mapped. */
static void
test_only_one_is_loaded(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autoptr(GError) error = NULL;
    g_autofree char *other = defect_path("huge-text");
    g_autofree char *manifest = g_strdup_printf("{\"kind\": \"driver\", \"module\": \"%s\", \"abi\": \"1.0\", "
                                                "\"schemes\": [\"other\"], \"domain_types\": [\"defect\"], "
                                                "\"state\": \"own\", \"interfaces\": [\"lifecycle/1\"], "
                                                "\"thread_model\": \"parallel\"}",
                                                other);
    loader_fixture_add_defect(&fixture, "text-not-utf8");
    sandbox_write(fixture.directory, "other.json", manifest, -1);
    loader_fixture_read(&fixture);
    g_autoptr(MortiseConnection) connection =
        mortise_connection_open_full(fixture.registry, "defect:///default", MORTISE_OPEN_NONE, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(count_maps("/defect-text-not-utf8.so"), 1);
    CHECK_INT(count_maps("/defect-huge-text.so"), 0);
    if (connection != NULL) {
        mortise_connection_close(connection);
    }
}

static const MortiseTest tests[] = {
    {"a connection among broken modules", test_connection},
    {"nothing but broken modules", test_no_connection},
    {"the other one is not loaded", test_only_one_is_loaded},
};

MORTISE_TEST_MAIN("survivors", tests)
