// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Who serves what when several modules claim the same, and modules that the application brings along.
#include "error.h"
#include "loader-fixture.h"

static MortiseResult
brought_startup(const MortiseHost *host, MortiseHostDriver *self, void **driver)
{
    (void) host;
    *driver = self;
    return MORTISE_OK;
}

static MortiseResult
brought_probe(void *driver, uint32_t full, MortiseSink *findings)
{
    (void) driver;
    (void) full;
    (void) findings;

    return MORTISE_OK;
}

static MortiseResult
brought_open(void *driver, const MortiseConnectionArguments *arguments, MortiseHostConnection *host, void **connection)
{
    (void) driver;
    (void) arguments;
    *connection = host;
    return MORTISE_OK;
}

static void
brought_close(void *handle)
{
    (void) handle;
}

static MortiseResult
brought_capabilities(void *connection, MortiseSink *xml)
{
    (void) connection;
    (void) xml;
    return MORTISE_UNSUPPORTED;
}

static MortiseResult
brought_host_information(void *connection, MortiseHostInformation *information)
{
    (void) connection;
    (void) information;
    return MORTISE_OK;
}

static MortiseResult
brought_domain_open(void *connection, const MortiseDomainArguments *arguments, MortiseHostDomain *host, void **domain)
{
    (void) connection;
    (void) arguments;
    *domain = host;
    return MORTISE_OK;
}

static const MortiseDriverOperations operations = {
    .struct_size = sizeof operations,
    .startup = brought_startup,
    .probe = brought_probe,
    .open = brought_open,
    .close = brought_close,
    .capabilities = brought_capabilities,
    .host_information = brought_host_information,
    .domain_open = brought_domain_open,
    .domain_close = brought_close,
};
static const char *const words[] = {"defect", NULL};

#define BROUGHT(its_name) \
    { \
        MORTISE_DESCRIPTOR_HEAD, .kind = MORTISE_KIND_DRIVER, .thread_model = MORTISE_THREADS_PARALLEL, \
                                 .flags = MORTISE_DRIVER_OWNS_DOMAINS, .name = (its_name), .version = "9", \
                                 .licence = "MIT", .schemes = words, .domain_types = words, \
                                 .operations = &operations, \
    }

static const MortiseModuleDescriptor brought_defect = BROUGHT("defect");
static const MortiseModuleDescriptor brought_zebra = BROUGHT("zebra");
static const MortiseModuleDescriptor brought_nameless = BROUGHT(NULL);

/* "b a c": the names in their order. */
static char *
names_of(const GPtrArray *modules)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_string_append_printf(names, "%s%s", i > 0 ? " " : "", mortise_module_get_name(module));
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

static void
check_claims(MortiseRegistry *registry, const char *scheme, const char *expected)
{
    g_autoptr(GPtrArray) modules = mortise_registry_modules_for_scheme(registry, scheme);
    g_autofree char *names = names_of(modules);
    CHECK_TEXT(names, expected);
}

static void
check_server(MortiseRegistry *registry, const char *type, const char *expected)
{
    g_autoptr(MortiseModule) module = mortise_registry_module_for_domain_type(registry, "defect", type);
    CHECK_TEXT(module != NULL ? mortise_module_get_name(module) : NULL, expected);
}

static void
test_order(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add(&fixture, "monkey", "none.so", "");
    loader_fixture_add(&fixture, "ant", "none.so", ", \"priority\": -1");
    loader_fixture_add(&fixture, "zebra", "none.so", ", \"priority\": 10");
    loader_fixture_add(&fixture, "bee", "none.so", ", \"enabled\": false");
    sandbox_write(fixture.directory, "filter.json",
                  "{\"kind\": \"filter\", \"module\": \"f.so\", \"abi\": \"1.0\", \"summary\": \"\\\"defect\\\"\"}",
                  -1);
    sandbox_write(fixture.directory, "broken.json", "{\"schemes\": [\"defect\"", -1);
    loader_fixture_read(&fixture);
    check_claims(fixture.registry, "defect", "zebra bee monkey ant");
    check_claims(fixture.registry, "nothing", "");
    check_claims(fixture.registry, "", "");
    g_autoptr(GPtrArray) all = mortise_registry_list_modules(fixture.registry);
    g_autofree char *names = names_of(all);
    CHECK_TEXT(names, "ant bee broken monkey zebra filter");
}

static void
test_domain_types(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    loader_fixture_add(&fixture, "first", "missing.so", ", \"priority\": 10");
    loader_fixture_add(&fixture, "second", good, "");
    loader_fixture_add(&fixture, "third", good, "");
    loader_fixture_read(&fixture);
    /* The first that can be used, not the first. */
    check_server(fixture.registry, "defect", "second");
    check_server(fixture.registry, "other", NULL);
    g_autoptr(MortiseModule) third = mortise_registry_lookup_module(fixture.registry, "third");
    g_auto(GStrv) notes = mortise_module_dup_notes(third);
    CHECK_INT(g_strv_length(notes), 1);
    CHECK_TEXT(notes[0], "<domain type='defect'> of defect:// is served by the module 'second', which stands before "
                         "this one");
    g_autoptr(MortiseModule) second = mortise_registry_lookup_module(fixture.registry, "second");
    g_auto(GStrv) no_notes = mortise_module_dup_notes(second);
    CHECK_INT(g_strv_length(no_notes), 0);
}

/* When none can be used, the one whose state says why. */
static void
test_domain_type_of_missing_module(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add(&fixture, "first", "missing.so", ", \"priority\": 10");
    loader_fixture_add(&fixture, "second", "missing.so", "");
    loader_fixture_read(&fixture);
    check_server(fixture.registry, "defect", "first");
}

static void
test_brought(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    g_autoptr(GError) error = NULL;
    loader_fixture_add(&fixture, "ant", good, ", \"priority\": 1000");
    loader_fixture_read(&fixture);
    CHECK(mortise_registry_add_static(fixture.registry, &brought_zebra, &error));
    CHECK_NO_ERROR(error);
    check_claims(fixture.registry, "defect", "zebra ant");
    check_server(fixture.registry, "defect", "zebra");
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "zebra");
    CHECK_TEXT(mortise_module_get_path(module), NULL);
    CHECK_TEXT(mortise_module_get_manifest(module), NULL);
    CHECK_TEXT(mortise_module_get_version(module), "9");
    CHECK_TEXT(mortise_module_get_thread_model(module), "parallel");
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
    const MortiseLoadedModule *loaded = mortise_module_load(module, &error);
    CHECK_NO_ERROR(error);
    CHECK(loaded != NULL && loaded->instance != NULL);
    CHECK_INT(loaded != NULL ? loaded->thread_model : 99, MORTISE_THREADS_PARALLEL);
}

static void
test_brought_before_installed(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("none");
    g_autofree char *manifest = g_build_filename(fixture.directory, "defect.json", NULL);
    g_autofree char *expected = g_strdup_printf("the application's own module stands before %s", manifest);
    loader_fixture_add(&fixture, "defect", good, "");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) installed = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK(mortise_registry_add_static(fixture.registry, &brought_defect, NULL));
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK(module != installed);
    CHECK_TEXT(mortise_module_get_version(module), "9");
    check_claims(fixture.registry, "defect", "defect");
    g_auto(GStrv) notes = mortise_module_dup_notes(module);
    CHECK_TEXT(notes[0], expected);
    /* Whoever holds the installed one still may. */
    CHECK_INT(mortise_module_get_state(installed), MORTISE_MODULE_STATE_AVAILABLE);
}

static void
test_brought_refused(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autoptr(GError) twice = NULL;
    g_autoptr(GError) bad = NULL;
    g_autoptr(GError) nothing = NULL;
    loader_fixture_read(&fixture);
    CHECK(mortise_registry_add_static(fixture.registry, &brought_defect, NULL));
    CHECK(!mortise_registry_add_static(fixture.registry, &brought_defect, &twice));
    CHECK_TEXT(twice != NULL ? twice->message : NULL, "a module named 'defect' was added to this registry before");
    CHECK(g_error_matches(twice, MORTISE_ERROR, MORTISE_ERROR_INVALID_ARGUMENT));
    CHECK(!mortise_registry_add_static(fixture.registry, &brought_nameless, &bad));
    CHECK(g_error_matches(bad, MORTISE_ERROR, MORTISE_ERROR_MODULE_ABI_MISMATCH));
    CHECK_CONTAINS(bad != NULL ? bad->message : NULL,
                   "the application's own module cannot be used: its name is missing");
    CHECK(!mortise_registry_add_static(fixture.registry, NULL, &nothing));
    CHECK(g_error_matches(nothing, MORTISE_ERROR, MORTISE_ERROR_INVALID_ARGUMENT));
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(fixture.registry);
    CHECK_INT(modules->len, 1);
}

static void
test_providers(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    sandbox_write(fixture.directory, "net.json",
                  "{\"kind\": \"provider\", \"module\": \"n.so\", \"abi\": \"1.0\", \"interfaces\": [\"network/2\"]}",
                  -1);
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) network = mortise_registry_provider_of(fixture.registry, "network");
    CHECK_TEXT(network != NULL ? mortise_module_get_name(network) : NULL, "net");
    CHECK(mortise_registry_provider_of(fixture.registry, "net") == NULL);
    CHECK(mortise_registry_provider_of(fixture.registry, "storage") == NULL);
}

static const MortiseTest tests[] = {
    {"priority, then name", test_order},
    {"one domain type, several modules", test_domain_types},
    {"one domain type, no usable module", test_domain_type_of_missing_module},
    {"a module that the application brings along", test_brought},
    {"one that stands before an installed one", test_brought_before_installed},
    {"ones that are refused", test_brought_refused},
    {"providers", test_providers},
};

MORTISE_TEST_MAIN("claims", tests)
