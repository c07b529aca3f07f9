// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The environment variables of discovery, each alone and together.
#include "error.h"
#include "loader-fixture.h"

static const char *const variables[] = {
    "MORTISE_MANIFEST_PATH",  "MORTISE_MANIFEST_ADD_PATH", "MORTISE_MODULE_DIR",
    "MORTISE_MODULES_SELECT", "MORTISE_MODULES_DISABLE",   "MORTISE_FILTERS",
};

static void
unset_all(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        g_unsetenv(variables[i]);
    }
}

static void
check_module(const char *name, int state, const char *part)
{
    g_autoptr(MortiseRegistry) registry = mortise_registry_new();
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(registry, name);
    CHECK_INT(module != NULL, state >= 0);
    if (module != NULL) {
        g_autofree char *reason = mortise_module_dup_reason(module);
        CHECK_INT(mortise_module_get_state(module), state);
        if (part != NULL) {
            CHECK_CONTAINS(reason, part);
        }
    }
}

static void
test_manifest_path(void)
{
    g_auto(LoaderFixture) one = loader_fixture_make();
    g_auto(LoaderFixture) two = loader_fixture_make();
    g_autofree char *both = g_strdup_printf(":%s::%s:", one.directory, two.directory);
    g_autofree char *good = defect_path("none");
    unset_all();
    loader_fixture_add(&one, "ant", good, "");
    loader_fixture_add(&two, "bee", good, "");
    loader_fixture_add(&two, "ant", "missing.so", "");
    g_setenv("MORTISE_MANIFEST_PATH", both, TRUE);
    check_module("ant", MORTISE_MODULE_STATE_AVAILABLE, NULL);
    check_module("bee", MORTISE_MODULE_STATE_AVAILABLE, NULL);
    g_autoptr(MortiseRegistry) registry = mortise_registry_new();
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(registry);
    CHECK_INT(modules->len, 2);   /* and none of the usual directories */
}

static void
test_add_path(void)
{
    g_auto(LoaderFixture) usual = loader_fixture_make();
    g_auto(LoaderFixture) added = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    unset_all();
    loader_fixture_add(&usual, "ant", good, "");
    loader_fixture_add(&added, "ant", "missing.so", "");
    g_setenv("MORTISE_MANIFEST_PATH", usual.directory, TRUE);
    g_setenv("MORTISE_MANIFEST_ADD_PATH", added.directory, TRUE);
    check_module("ant", MORTISE_MODULE_STATE_MISSING_MODULE, NULL);
    g_unsetenv("MORTISE_MANIFEST_PATH");
    check_module("ant", MORTISE_MODULE_STATE_MISSING_MODULE, NULL);
}

static void
test_module_directories(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *both = g_strdup_printf("%s:%s", fixture.directory, DEFECT_DIRECTORY);
    unset_all();
    loader_fixture_add(&fixture, "defect", "defect-none.so", "");
    g_setenv("MORTISE_MANIFEST_PATH", fixture.directory, TRUE);
    check_module("defect", MORTISE_MODULE_STATE_MISSING_MODULE, NULL);
    g_setenv("MORTISE_MODULE_DIR", fixture.directory, TRUE);
    check_module("defect", MORTISE_MODULE_STATE_MISSING_MODULE, fixture.directory);
    g_setenv("MORTISE_MODULE_DIR", both, TRUE);
    check_module("defect", MORTISE_MODULE_STATE_AVAILABLE, NULL);
}

/* A relative directory is one of where the process stands when the registry is made. */
static void
test_relative_directories(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *before = g_get_current_dir();
    unset_all();
    loader_fixture_add(&fixture, "defect", "defect-none.so", "");
    CHECK_INT(chdir(fixture.directory), 0);
    g_setenv("MORTISE_MANIFEST_PATH", ".", TRUE);
    g_setenv("MORTISE_MODULE_DIR", DEFECT_DIRECTORY, TRUE);
    g_autoptr(MortiseRegistry) registry = mortise_registry_new();
    CHECK_INT(chdir(before), 0);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(registry, "defect");
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
    CHECK(g_path_is_absolute(mortise_module_get_manifest(module)));
    /* And never where it stands now, when nobody names a directory. */
    unset_all();
    CHECK_INT(chdir(DEFECT_DIRECTORY), 0);
    g_setenv("MORTISE_MANIFEST_PATH", fixture.directory, TRUE);
    check_module("defect", MORTISE_MODULE_STATE_MISSING_MODULE, NULL);
    CHECK_INT(chdir(before), 0);
}

static void
test_select_and_disable(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    unset_all();
    loader_fixture_add(&fixture, "ant", good, "");
    loader_fixture_add(&fixture, "bee", good, "");
    loader_fixture_add(&fixture, "beetle", good, "");
    g_setenv("MORTISE_MANIFEST_PATH", fixture.directory, TRUE);
    g_setenv("MORTISE_MODULES_SELECT", "a*:bee", TRUE);
    check_module("ant", MORTISE_MODULE_STATE_AVAILABLE, NULL);
    check_module("bee", MORTISE_MODULE_STATE_AVAILABLE, NULL);
    check_module("beetle", MORTISE_MODULE_STATE_MASKED,
                 "the module 'beetle' is not among those that the environment variable MORTISE_MODULES_SELECT names; "
                 "change or unset the variable to use it");
    g_setenv("MORTISE_MODULES_DISABLE", "a?t", TRUE);
    check_module("ant", MORTISE_MODULE_STATE_MASKED,
                 "the module 'ant' is switched off by the environment variable MORTISE_MODULES_DISABLE; change or "
                 "unset the variable to use it");
    check_module("bee", MORTISE_MODULE_STATE_AVAILABLE, NULL);
    g_unsetenv("MORTISE_MODULES_SELECT");
    g_setenv("MORTISE_MODULES_DISABLE", "*", TRUE);
    check_module("bee", MORTISE_MODULE_STATE_MASKED, NULL);
}

static void
check_filters(const char *names, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_setenv("MORTISE_FILTERS", names, TRUE);
    g_autoptr(MortiseRegistry) registry = mortise_registry_new();
    g_autoptr(GPtrArray) filters = mortise_registry_load_filters(registry, &error);
    CHECK_INT(filters == NULL, message != NULL);
    if (message != NULL) {
        CHECK_CONTAINS(error != NULL ? error->message : NULL, message);
    }
}

static void
test_filters(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    unset_all();
    loader_fixture_add(&fixture, "ant", good, "");
    sandbox_write(fixture.directory, "sieve.json",
                  "{\"kind\": \"filter\", \"module\": \"sieve.so\", \"abi\": \"1.0\", \"package\": \"mortise-sieve\"}",
                  -1);
    g_setenv("MORTISE_MANIFEST_PATH", fixture.directory, TRUE);
    check_filters("", NULL);
    check_filters("nothing", "the environment variable MORTISE_FILTERS names the filter 'nothing', and there is none; "
                             "install it, or change or unset the variable");
    check_filters("ant", "the environment variable MORTISE_FILTERS names 'ant', which is a driver and no filter; "
                         "change or unset the variable");
    check_filters("sieve", "sieve.so: does not exist; install the package mortise-sieve");
}

/* A registry of given directories is what its maker says, whatever the user's environment. */
static void
test_disobedient_registry(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    unset_all();
    loader_fixture_add(&fixture, "ant", good, "");
    g_setenv("MORTISE_MANIFEST_PATH", "/nowhere", TRUE);
    g_setenv("MORTISE_MANIFEST_ADD_PATH", "/nowhere", TRUE);
    g_setenv("MORTISE_MODULES_DISABLE", "*", TRUE);
    g_setenv("MORTISE_FILTERS", "nothing", TRUE);
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "ant");
    g_autoptr(GPtrArray) filters = mortise_registry_load_filters(fixture.registry, NULL);
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
    CHECK_INT(filters != NULL ? filters->len : 99, 0);
    unset_all();
}

static const MortiseTest tests[] = {
    {"MORTISE_MANIFEST_PATH", test_manifest_path},
    {"MORTISE_MANIFEST_ADD_PATH", test_add_path},
    {"MORTISE_MODULE_DIR", test_module_directories},
    {"relative directories", test_relative_directories},
    {"MORTISE_MODULES_SELECT and _DISABLE", test_select_and_disable},
    {"MORTISE_FILTERS", test_filters},
    {"a registry that obeys none", test_disobedient_registry},
};

MORTISE_TEST_MAIN("variables", tests)
