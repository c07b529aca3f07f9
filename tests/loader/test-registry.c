// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The registry: what it lists and says without loading, and what it loads.
#include "error.h"
#include "loader-fixture.h"

#define STRANGER 54321

static void
check_state(MortiseRegistry *registry, const char *name, MortiseModuleState state, const char *part)
{
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(registry, name);
    CHECK(module != NULL);
    if (module == NULL) {
        return;
    }
    g_autofree char *reason = mortise_module_dup_reason(module);
    g_autoptr(GError) error = NULL;
    CHECK_INT(mortise_module_get_state(module), state);
    if (part != NULL) {
        CHECK_CONTAINS(reason, part);
    } else {
        CHECK_TEXT(reason, NULL);
    }
    mortise_module_set_state_error(module, &error);
    CHECK_INT(error != NULL, part != NULL);
}

static void
test_listing_loads_nothing(void)
{
    static const char *const defects[] = {"no-flags", "wrong-magic", "nothing", "no-open", "init-hangs"};
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    guint before = count_maps("/defect-");
    for (guint i = 0; i < 200; i++) {
        g_autofree char *name = g_strdup_printf("driver-%03u", i);
        g_autofree char *path = defect_path(defects[i % G_N_ELEMENTS(defects)]);
        loader_fixture_add(&fixture, name, path, ", \"libraries\": [\"libc.so.6\"]");
    }
    loader_fixture_read(&fixture);
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(fixture.registry);
    CHECK_INT(modules->len, 200);
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_autofree char *expected = g_strdup_printf("driver-%03u", i);
        CHECK_TEXT(mortise_module_get_name(module), expected);
        CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
        CHECK(!mortise_module_is_loaded(module));
    }
    g_autoptr(GPtrArray) claims = mortise_registry_modules_for_scheme(fixture.registry, "defect");
    CHECK_INT(claims->len, 200);
    CHECK_INT(count_maps("/defect-"), before);
}

static void
test_getters(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *path = defect_path("none");
    g_autofree char *manifest = g_build_filename(fixture.directory, "defect.json", NULL);
    loader_fixture_add(&fixture, "defect", "defect-none.so",
                       ", \"version\": \"3\", \"vendor\": \"V\", \"licence\": \"MIT\", \"summary\": \"S\", "
                       "\"programs\": [\"p\"]");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK_TEXT(mortise_module_get_name(module), "defect");
    CHECK_INT(mortise_module_get_kind(module), MORTISE_MODULE_KIND_DRIVER);
    CHECK_TEXT(mortise_module_get_version(module), "3");
    CHECK_TEXT(mortise_module_get_vendor(module), "V");
    CHECK_TEXT(mortise_module_get_licence(module), "MIT");
    CHECK_TEXT(mortise_module_get_summary(module), "S");
    CHECK_TEXT(mortise_module_get_package(module), "mortise-driver-defect");
    CHECK_TEXT(mortise_module_get_path(module), path);
    CHECK_TEXT(mortise_module_get_manifest(module), manifest);
    CHECK_TEXT(mortise_module_get_thread_model(module), "serial-per-domain");
    CHECK_TEXT(mortise_module_get_schemes(module)[0], "defect");
    CHECK_TEXT(mortise_module_get_domain_types(module)[0], "defect");
    CHECK_TEXT(mortise_module_get_interfaces(module)[1], "lifecycle/1");
    CHECK_TEXT(mortise_module_get_programs(module)[0], "p");
    g_auto(GStrv) notes = mortise_module_dup_notes(module);
    CHECK_INT(g_strv_length(notes), 0);
    CHECK(mortise_registry_lookup_module(fixture.registry, "effect") == NULL);
    CHECK(mortise_registry_lookup_module(fixture.registry, "../defect") == NULL);
}

static void
test_good_module(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, "none");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    MortiseLoadedModule *loaded = mortise_module_load(module, &error);
    CHECK_NO_ERROR(error);
    CHECK(loaded != NULL && loaded->instance != NULL && loaded->host_driver != NULL);
    CHECK(mortise_module_load(module, NULL) == loaded);
    CHECK(mortise_module_is_loaded(module));
    CHECK_INT(count_maps("/defect-none.so"), 1);
    CHECK_INT(loaded->thread_model, MORTISE_THREADS_SERIAL_PER_DOMAIN);
    CHECK_INT(loaded->flags, MORTISE_DRIVER_OWNS_DOMAINS);
    CHECK_TEXT(loaded->name, "defect");

    MortiseStats stats;
    char larger[sizeof stats + 32];
    memset(larger, 0xff, sizeof larger);
    CHECK(mortise_loaded_module_get_interface(loaded, MORTISE_STATS_ID, 1, &stats, sizeof stats));
    CHECK(stats.collect != NULL);
    CHECK(mortise_loaded_module_get_interface(loaded, MORTISE_STATS_ID, 1, larger, sizeof larger));
    CHECK_INT(larger[sizeof larger - 1], 0);
    CHECK(!mortise_loaded_module_get_interface(loaded, MORTISE_STATS_ID, 2, &stats, sizeof stats));
    CHECK(!mortise_loaded_module_get_interface(loaded, "console", 1, &stats, sizeof stats));
}

static void
test_probe(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *path = defect_path("none");
    loader_fixture_add(&fixture, "defect", path, ", \"colour\": \"red\"");
    loader_fixture_add(&fixture, "other", "/nowhere.so", "");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(MortiseModule) other = mortise_registry_lookup_module(fixture.registry, "other");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) checks = mortise_module_probe(module, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(checks != NULL ? checks->len : 0, 2);
    if (checks != NULL && checks->len == 2) {
        const MortiseCheck *note = g_ptr_array_index(checks, 0);
        const MortiseCheck *finding = g_ptr_array_index(checks, 1);
        CHECK_INT(note->verdict, MORTISE_CHECK_WARNING);
        CHECK_CONTAINS(note->message, "the key \"colour\" is not known and was ignored");
        CHECK_TEXT(finding->id, "defect");
        CHECK_INT(finding->verdict, MORTISE_CHECK_GOOD);
    }
    CHECK(mortise_module_probe(other, NULL, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_MISSING));
}

/* One of each state beside a good one, which none of them keeps from being used. */
static void
test_states(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    g_autofree char *null_link = g_build_filename(fixture.directory, "nulled.json", NULL);
    loader_fixture_add(&fixture, "defect", good, "");
    loader_fixture_add(&fixture, "masked", good, ", \"enabled\": false");
    CHECK_INT(symlink("/dev/null", null_link), 0);
    loader_fixture_add(&fixture, "absent", "no-such-module.so", "");
    loader_fixture_add(&fixture, "nowhere", "/nowhere/at/all.so", "");
    loader_fixture_add(&fixture, "poor", good, ", \"libraries\": [\"libmortise-nowhere.so.3\"]");
    sandbox_write(fixture.directory, "later.json",
                  "{\"kind\": \"driver\", \"module\": \"x.so\", \"abi\": \"2.7\", \"schemes\": [\"later\"], "
                  "\"domain_types\": [\"later\"], \"state\": \"own\", \"interfaces\": [], \"thread_model\": "
                  "\"parallel\"}",
                  -1);
    sandbox_write(fixture.directory, "broken.json", "{\"kind\": driver}", -1);
    sandbox_write(fixture.directory, "Wrong_Name.json", "{}", -1);
    loader_fixture_read(&fixture);
    check_state(fixture.registry, "defect", MORTISE_MODULE_STATE_AVAILABLE, NULL);
    check_state(fixture.registry, "masked", MORTISE_MODULE_STATE_MASKED,
                "/masked.json; to use it, remove that file or write \"enabled\": true in one that stands before it");
    check_state(fixture.registry, "nulled", MORTISE_MODULE_STATE_MASKED,
                "the module 'nulled' is switched off by ");
    check_state(fixture.registry, "absent", MORTISE_MODULE_STATE_MISSING_MODULE,
                "/no-such-module.so: does not exist; install the package mortise-driver-defect");
    check_state(fixture.registry, "nowhere", MORTISE_MODULE_STATE_MISSING_MODULE,
                "the module 'nowhere' is not installed: /nowhere/at/all.so: does not exist; install the package "
                "mortise-driver-defect");
    check_state(fixture.registry, "poor", MORTISE_MODULE_STATE_MISSING_LIBRARY,
                "the module 'poor' needs the library libmortise-nowhere.so.3, which is not installed; install the "
                "package that brings this library");
    check_state(fixture.registry, "later", MORTISE_MODULE_STATE_ABI_MISMATCH,
                "the module 'later' is made for version 2.7 of the driver ABI, and this library speaks version 1; "
                "install the module's build for this version of Mortise");
    check_state(fixture.registry, "broken", MORTISE_MODULE_STATE_BAD_MANIFEST,
                "/broken.json:1:10: not a manifest: 'driver' is not a value; texts stand in double quotes; correct "
                "the file");
    check_state(fixture.registry, "Wrong_Name", MORTISE_MODULE_STATE_BAD_MANIFEST, "the file's name is not");
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(fixture.registry);
    CHECK_INT(modules->len, 9);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK(mortise_module_load(module, NULL) != NULL);
}

/* The forecast of a missing library is not the last word. */
static void
test_wrong_forecast(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    loader_fixture_add(&fixture, "defect", good, ", \"libraries\": [\"libmortise-nowhere.so.3\"]");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_MISSING_LIBRARY);
    CHECK(mortise_module_load(module, NULL) != NULL);
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
    CHECK(mortise_module_dup_reason(module) == NULL);
}

/* What a manifest points at by mistake or malice. */
static void
check_file(const char *contents, gssize length, const char *part)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *path = g_build_filename(fixture.directory, "m.so", NULL);
    sandbox_write(fixture.directory, "m.so", contents, length);
    loader_fixture_add(&fixture, "defect", path, "");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    CHECK(mortise_module_load(module, &error) == NULL);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, part);
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_ABI_MISMATCH);
}

static void
test_files_that_are_no_modules(void)
{
    g_autofree char *good = defect_path("none");
    g_autofree char *contents = NULL;
    gsize length = 0;
    CHECK(g_file_get_contents(good, &contents, &length, NULL));
    check_file("", 0, "m.so cannot be used: it is no shared object");
    check_file("#!/bin/sh\nmortise_module_marker\n", -1, "m.so cannot be used: it is no shared object");
    check_file("\177ELF and nothing more", -1, "it is a shared object and no Mortise module");
    check_file("\177ELF mortise_module_marker", 27, "the dynamic linker says: ");
    /* Cut in the middle of what the linker maps, and before it. */
    check_file(contents, 64, "it is a shared object and no Mortise module");
    g_autofree char *other_class = g_memdup2(contents, length);
    other_class[4] = 1;
    check_file(other_class, (gssize) length, "the dynamic linker says: ");
}

static void
test_library_of_the_system(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    const char *candidates[] = {"/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib64/libz.so.1", "/usr/lib/libz.so.1"};
    for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
        if (g_file_test(candidates[i], G_FILE_TEST_EXISTS)) {
            loader_fixture_add(&fixture, "defect", candidates[i], "");
            loader_fixture_read(&fixture);
            g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
            g_autoptr(GError) error = NULL;
            CHECK(mortise_module_load(module, &error) == NULL);
            CHECK_CONTAINS(error != NULL ? error->message : NULL, "it is a shared object and no Mortise module");
            return;
        }
    }
    mortise_test_skip("a library as a module", "libz.so.1 is not where it is looked for");
}

static void
test_untrusted(void)
{
    if (geteuid() != 0) {
        mortise_test_skip("a module of somebody else's", "only root can plant it");
        return;
    }
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    g_autofree char *path = g_build_filename(fixture.directory, "planted.so", NULL);
    g_autofree char *contents = NULL;
    gsize length = 0;
    CHECK(g_file_get_contents(good, &contents, &length, NULL));
    sandbox_write(fixture.directory, "planted.so", contents, (gssize) length);
    CHECK_INT(chown(path, STRANGER, STRANGER), 0);
    loader_fixture_add(&fixture, "defect", path, "");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_UNTRUSTED);
    CHECK(mortise_module_load(module, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_UNTRUSTED));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "belongs to the user with number 54321");
    CHECK_INT(count_maps("/planted.so"), 0);
}

/* An administrator may take away, and never add. */
static void
check_override(const char *more, const char *part)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    SANDBOX above = sandbox_new();
    const char *const directories[] = {above, fixture.directory, NULL};
    loader_fixture_add_defect(&fixture, "none");
    sandbox_write(above, "defect.json", more, -1);
    g_autoptr(MortiseRegistry) registry = mortise_registry_new_for_directories(directories, DEFECT_DIRECTORY);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(registry, "defect");
    g_autoptr(GError) error = NULL;
    CHECK_INT(mortise_module_load(module, &error) == NULL, part != NULL);
    if (part != NULL) {
        CHECK_CONTAINS(error != NULL ? error->message : NULL, part);
        CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_BAD_MANIFEST);
    } else {
        CHECK_NO_ERROR(error);
    }
}

static void
test_overrides(void)
{
    check_override("{\"vendor\": \"Admin\", \"priority\": 9}", NULL);
    check_override("{\"thread_model\": \"serial-all\"}", NULL);
    check_override("{\"thread_model\": \"parallel\"}",
                   "the module's thread model is \"serial-per-domain\", which a manifest may only narrow");
    check_override("{\"schemes\": [\"other\"]}",
                   "the module does not serve the URI scheme 'other' that the manifest claims");
    check_override("{\"domain_types\": [\"defect\", \"other\"]}",
                   "the module does not serve the domain type 'other' that the manifest claims");
    check_override("{\"interfaces\": [\"lifecycle/1\"]}",
                   "the manifest does not name the module's interface 'config/1'");
    check_override("{\"interfaces\": [\"config/1\", \"lifecycle/1\", \"stats/1\", \"vcpu/1\", \"console/1\"]}",
                   "the module does not have the interface 'console/1' that the manifest names");
    check_override("{\"state\": \"store\"}", "the module's state is \"own\" and not \"store\"");
    check_override("{\"abi\": \"1.1\"}", "the module is made for version 1.0 of the driver ABI and not 1.1");
    check_override("{\"isolation\": \"process\"}", "'process' is not offered by this version");
}

static void
test_gone_registry(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, "unknown-state");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    g_clear_object(&fixture.registry);
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
    CHECK(mortise_module_load(module, &error) == NULL);
    CHECK_TEXT(error != NULL ? error->message : NULL,
               "the registry that the module 'defect' came from is gone; keep a reference to the registry for as long "
               "as its modules are used");
}

static const MortiseTest tests[] = {
    {"listing 200 modules loads none", test_listing_loads_nothing},
    {"what the manifest says", test_getters},
    {"a good module", test_good_module},
    {"findings about the host", test_probe},
    {"each state, and none in another's way", test_states},
    {"a wrong forecast", test_wrong_forecast},
    {"files that are no modules", test_files_that_are_no_modules},
    {"a library as a module", test_library_of_the_system},
    {"a module of somebody else's", test_untrusted},
    {"what an administrator may change", test_overrides},
    {"a registry that is gone", test_gone_registry},
};

MORTISE_TEST_MAIN("registry", tests)
