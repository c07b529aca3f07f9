// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Every module of this build, through its own manifest: available, loads, starts, and agrees with what was listed.
#include "module-internal.h"
#include "mortise-test.h"

static MortiseRegistry *registry;

static void
test_available(void)
{
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(registry);
    CHECK_INT(modules->len, MODULE_COUNT);
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_autofree char *reason = mortise_module_dup_reason(module);
        CHECK_TEXT(reason, NULL);
        CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
        CHECK(!mortise_module_is_loaded(module));
        CHECK(mortise_module_get_version(module) != NULL);
        CHECK(mortise_module_get_licence(module) != NULL);
        CHECK(mortise_module_get_summary(module) != NULL);
        CHECK(mortise_module_get_package(module) != NULL);
    }
}

static void
check_equal(MortiseModule *module, const MortiseLoadedModule *loaded)
{
    const MortiseManifest *manifest = mortise_module_ensure_manifest(module);
    const MortiseModuleDescriptor *descriptor = &loaded->descriptor;
    CHECK_TEXT(manifest->version, descriptor->version);
    CHECK_TEXT(manifest->licence, descriptor->licence);
    CHECK_TEXT(manifest->vendor, descriptor->vendor);
    CHECK_TEXT(manifest->summary, descriptor->summary);
    CHECK_TEXT(manifest->package, descriptor->package);
    CHECK_INT(manifest->thread_model, descriptor->thread_model);
    CHECK(g_strv_equal((const char *const *) manifest->schemes, descriptor->schemes));
    CHECK(g_strv_equal((const char *const *) manifest->domain_types, descriptor->domain_types));
    CHECK(g_strv_equal((const char *const *) manifest->programs, descriptor->programs));
    CHECK(g_strv_equal((const char *const *) manifest->companions, descriptor->companions));
    guint count = 0;
    for (; count < manifest->parameters->len && descriptor->parameters[count] != NULL; count++) {
        const MortiseManifestParameter *said = g_ptr_array_index(manifest->parameters, count);
        CHECK_TEXT(said->key, descriptor->parameters[count]->key);
        CHECK_TEXT(said->default_text, descriptor->parameters[count]->default_text);
        CHECK_INT(said->type, descriptor->parameters[count]->type);
    }
    CHECK_INT(manifest->parameters->len, count);
    CHECK(descriptor->parameters[count] == NULL);
}

static void
test_load(void)
{
    g_autoptr(GPtrArray) modules = mortise_registry_list_modules(registry);
    for (guint i = 0; i < modules->len; i++) {
        MortiseModule *module = g_ptr_array_index(modules, i);
        g_autoptr(GError) error = NULL;
        const MortiseLoadedModule *loaded = mortise_module_load(module, &error);
        CHECK_NO_ERROR(error);
        if (loaded != NULL) {
            check_equal(module, loaded);
        }
    }
}

static const MortiseTest tests[] = {
    {"all are available", test_available},
    {"all load and are what was listed", test_load},
};

int
main(void)
{
    registry = mortise_registry_new();   /* by the environment that the build gives its tests */
    int status = mortise_test_main("built-modules", tests, G_N_ELEMENTS(tests));
    g_object_unref(registry);
    return status;
}
