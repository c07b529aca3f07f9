// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Start-up of modules: once, in parallel, from within itself, and without an end.
#include "error.h"
#include "loader-fixture.h"

#define THREADS 8

int mortise_test_reenter(void);

/* What the module of the test below is asked for by its own start-up, and what came of it. */
static MortiseModule *reentered;
static char *said;

/* The defective module looks this up by name. */
__attribute__((visibility("default"))) int
mortise_test_reenter(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRegistry) registry = g_weak_ref_get(&reentered->registry);
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(registry);
    gboolean listed = modules->len == 1 && mortise_module_get_state(reentered) == MORTISE_MODULE_STATE_AVAILABLE;
    gboolean refused = mortise_module_load(reentered, &error) == NULL;
    said = error != NULL ? g_strdup(error->message) : NULL;
    return listed && refused ? 1 : 0;
}

static void
test_reentered(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, "init-reenters");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    reentered = module;
    /* The inner call fails; the outer one is not spoilt by it. */
    CHECK(mortise_module_load(module, &error) != NULL);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(said, "the module 'defect' was asked for during its own start-up; report this to the module's vendor");
    g_clear_pointer(&said, g_free);
}

static void
test_hangs(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    g_autofree char *good = defect_path("silent-failure");
    loader_fixture_add_defect(&fixture, "init-hangs");
    loader_fixture_add(&fixture, "good", good, ", \"name\": \"good\"");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    static const char expected[] = "the module 'defect' did not come back from its start-up within 100 milliseconds; "
                                   "report this to the module's vendor: start-up must not block";
    mortise_module_set_startup_milliseconds(100);
    for (int again = 0; again < 2; again++) {
        g_autoptr(GError) error = NULL;
        CHECK(mortise_module_load(module, &error) == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_INIT_FAILED));
        CHECK_TEXT(error != NULL ? error->message : NULL, expected);
        CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_INIT_FAILED);
    }
    mortise_module_set_startup_milliseconds(MORTISE_STARTUP_MILLISECONDS);
}

typedef struct {
    MortiseModule *module;
    MortiseLoadedModule *loaded;
} Visitor;

static gpointer
visit(gpointer data)
{
    Visitor *self = data;
    self->loaded = mortise_module_load(self->module, NULL);
    return NULL;
}

/* All at once; `modules` are used in turn. Returns the one thing that everybody got, NULL when they differ. */
static MortiseLoadedModule *
load_at_once(MortiseModule *const *modules, guint count)
{
    GThread *threads[THREADS];
    Visitor visitors[THREADS];
    MortiseLoadedModule *same = NULL;
    for (guint i = 0; i < THREADS; i++) {
        visitors[i] = (Visitor) {modules[i % count], NULL};
        threads[i] = g_thread_new("visitor", visit, &visitors[i]);
    }
    for (guint i = 0; i < THREADS; i++) {
        (void) g_thread_join(threads[i]);
        same = i == 0 || same == visitors[i].loaded ? visitors[i].loaded : NULL;
    }
    return same;
}

static void
test_many_threads(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, "report-main-thread");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK(load_at_once(&module, 1) != NULL);
}

/* Start-up is once in a process, and not once in a registry. */
static void
test_two_registries(void)
{
    g_auto(LoaderFixture) one = loader_fixture_make();
    g_auto(LoaderFixture) other = loader_fixture_make();
    loader_fixture_add_defect(&one, "sleep-forever");
    loader_fixture_add_defect(&other, "sleep-forever");
    loader_fixture_read(&one);
    loader_fixture_read(&other);
    g_autoptr(MortiseModule) first = mortise_registry_lookup_module(one.registry, "defect");
    g_autoptr(MortiseModule) second = mortise_registry_lookup_module(other.registry, "defect");
    MortiseModule *const modules[] = {first, second};
    CHECK(load_at_once(modules, 2) != NULL);
}

static void
test_failure_in_two_registries(void)
{
    for (int i = 0; i < 2; i++) {
        g_auto(LoaderFixture) fixture = loader_fixture_make();
        loader_fixture_add_defect(&fixture, "init-fails");
        loader_fixture_read(&fixture);
        g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
        CHECK(load_at_once(&module, 1) == NULL);
        g_autofree char *reason = mortise_module_dup_reason(module);
        CHECK_TEXT(reason, "the module 'defect' could not start: the device /dev/defect is not there; load its module");
    }
}

static const MortiseTest tests[] = {
    {"a start-up that asks for itself", test_reentered},
    {"a start-up without an end", test_hangs},
    {"many threads", test_many_threads},
    {"two registries", test_two_registries},
    {"a failure in two registries", test_failure_in_two_registries},
};

MORTISE_TEST_MAIN("startup", tests)
