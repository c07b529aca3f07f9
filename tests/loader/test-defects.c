// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One driver source built with one defect at a time: each is refused with its own state and words.
#include "error.h"
#include "loader-fixture.h"

typedef struct {
    const char *defect;
    MortiseModuleState state;
    const char *message;   /* MODULE stands for the module's path, MANIFEST for the manifest's */
} Refusal;

#define NO_MODULE \
    "MODULE cannot be used: it is a shared object and no Mortise module; write the name of a module's file into the " \
    "manifest"
#define REINSTALL "; reinstall the module, or report this to its vendor"
#define APART "the manifest MANIFEST and the module MODULE do not belong together: "
#define TOGETHER "; install manifest and module from the same build, or write a new one with mortise-manifest"
#define ABI MORTISE_MODULE_STATE_ABI_MISMATCH
#define MANIFEST MORTISE_MODULE_STATE_BAD_MANIFEST
#define INIT MORTISE_MODULE_STATE_INIT_FAILED

static const Refusal refusals[] = {
    {"nothing", ABI, NO_MODULE},
    {"no-marker", ABI, NO_MODULE},
    {"wrong-marker", ABI, "MODULE cannot be used: its marker is corrupt; reinstall the module"},
    {"no-descriptor", ABI, "MODULE cannot be used: it has the marker of a Mortise module and no descriptor; report "
                           "this to its vendor"},
    {"symbol-v2", ABI, "MODULE cannot be used: it is made for version 2 of the driver ABI, and this library speaks "
                       "version 1; install the module's build for this version of Mortise"},
    {"major-plus-one", ABI, "MODULE cannot be used: it is made for version 2.0 of the driver ABI, and this library "
                            "speaks version 1; install the module's build for this version of Mortise"},
    {"wrong-magic", ABI, "MODULE cannot be used: its descriptor begins with 0x5452304d and not with 0x4d4f5254: it is "
                         "corrupt" REINSTALL},
    {"small-symbol", ABI, "MODULE cannot be used: its descriptor says that it has 128 bytes and has only 12" REINSTALL},
    {"short-descriptor", ABI, "MODULE cannot be used: its descriptor has 40 bytes, fewer than the 120 of ABI "
                              "1.0" REINSTALL},
    {"no-name", ABI, "MODULE cannot be used: its name is missing, or is not [a-z][a-z0-9-]{0,31}" REINSTALL},
    {"bad-name", ABI, "MODULE cannot be used: its name is missing, or is not [a-z][a-z0-9-]{0,31}" REINSTALL},
    {"bad-utf8", ABI, "MODULE cannot be used: its summary is not UTF-8" REINSTALL},
    {"thread-model", ABI, "MODULE cannot be used: its thread model is 17, which there is not" REINSTALL},
    {"unknown-kind", ABI, "MODULE cannot be used: its kind is 42, which there is not" REINSTALL},
    {"no-flags", ABI, "MODULE cannot be used: its flags are 0; a driver has exactly one of 1 (uses the store) and 2 "
                      "(owns its domains)" REINSTALL},
    {"both-flags", ABI, "MODULE cannot be used: its flags are 3; a driver has exactly one of 1 (uses the store) and 2 "
                        "(owns its domains)" REINSTALL},
    {"no-schemes", ABI, "MODULE cannot be used: its list of URI schemes is empty" REINSTALL},
    {"no-operations", ABI, "MODULE cannot be used: it has no operations" REINSTALL},
    {"short-operations", ABI, "MODULE cannot be used: its operations have fewer than the 80 bytes of ABI "
                              "1.0" REINSTALL},
    {"no-open", ABI, "MODULE cannot be used: its operations lack the mandatory function 'open'" REINSTALL},
    {"short-interface", ABI, "MODULE cannot be used: its interface 'lifecycle' has 32 bytes, fewer than the 72 of ABI "
                             "1.0" REINSTALL},
    {"no-start", ABI, "MODULE cannot be used: its interface 'lifecycle' lacks the mandatory function "
                      "'start'" REINSTALL},
    {"no-interface-id", ABI, "MODULE cannot be used: its interface 3 has no id, or one that is not "
                             "[a-z][a-z0-9.-]*" REINSTALL},
    {"duplicate-interface", ABI, "MODULE cannot be used: its interface 'vcpu' comes twice" REINSTALL},
    {"undefined-symbol", ABI, "MODULE cannot be used: the dynamic linker says: undefined symbol: "
                              "mortise_no_such_function" REINSTALL},
    {"missing-library", MORTISE_MODULE_STATE_MISSING_LIBRARY,
     "MODULE needs the library libmortise-absent.so.7, which is not installed; install the package that brings this "
     "library"},
    {"other-name", MANIFEST, APART "the module's name is 'effect' and not 'defect'" TOGETHER},
    {"newer-minor", MANIFEST, APART "the module is made for version 1.1 of the driver ABI and not 1.0" TOGETHER},
    {"other-state", MANIFEST, APART "the module's state is \"store\" and not \"own\"" TOGETHER},
    {"other-interface", MANIFEST, APART "the manifest does not name the module's interface "
                                        "'com.example.other/1'" TOGETHER},
    {"init-fails", INIT, "the module 'defect' could not start: the device /dev/defect is not there; load its module"},
    {"init-silent", INIT, "the module 'defect' could not start: the driver 'defect' failed in startup and said nothing "
                          "about the cause; report this to the driver's vendor: a failure must come with its cause"},
};

static char *
expected_message(const LoaderFixture *fixture, const Refusal *refusal)
{
    g_autofree char *module = defect_path(refusal->defect);
    g_autofree char *manifest = g_build_filename(fixture->directory, "defect.json", NULL);
    g_auto(GStrv) around_modules = g_strsplit(refusal->message, "MODULE", -1);
    g_autofree char *with_module = g_strjoinv(module, around_modules);
    g_auto(GStrv) around_manifests = g_strsplit(with_module, "MANIFEST", -1);
    return g_strjoinv(manifest, around_manifests);
}

static void
check_refusal(const Refusal *refusal)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, refusal->defect);
    loader_fixture_read(&fixture);
    g_autofree char *expected = expected_message(&fixture, refusal);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    CHECK_INT(mortise_module_get_state(module), MORTISE_MODULE_STATE_AVAILABLE);
    for (int again = 0; again < 2; again++) {
        g_autoptr(GError) error = NULL;
        CHECK(mortise_module_load(module, &error) == NULL);
        CHECK_TEXT(error != NULL ? error->message : NULL, expected);
        CHECK_INT(mortise_module_get_state(module), refusal->state);
    }
    g_autofree char *reason = mortise_module_dup_reason(module);
    CHECK_TEXT(reason, expected);
    CHECK(!mortise_module_is_loaded(module));
}

static void
test_refusals(void)
{
    CHECK(G_N_ELEMENTS(refusals) >= 30);
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        check_refusal(&refusals[i]);
    }
}

/* Only a module that failed the check is closed; one whose code has run stays for good. */
static void
test_what_stays_mapped(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        check_refusal(&refusals[i]);
        g_autofree char *path = defect_path(refusals[i].defect);
        guint expected = refusals[i].state == MORTISE_MODULE_STATE_INIT_FAILED ? 1 : 0;
        guint mapped = count_maps(path);
        if (mapped != expected) {
            fprintf(stderr, "%s\n", path);
        }
        CHECK_INT(mapped, expected);
    }
}

/* The library's own state tells more than its sentence. */
static void
test_words_of_the_driver(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, "init-fails");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    CHECK(mortise_module_load(module, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_INIT_FAILED));
    CHECK_TEXT(mortise_error_get_hint(error), "load its module");
    CHECK_TEXT(mortise_error_get_object(error), "defect");
    CHECK_TEXT(mortise_error_get_details(error), "reason: host-unsupported");
}

/* Larger than today's is what a newer minor version is. */
static void
test_huge_descriptor(void)
{
    g_auto(LoaderFixture) fixture = loader_fixture_make();
    loader_fixture_add_defect(&fixture, "huge-descriptor");
    loader_fixture_read(&fixture);
    g_autoptr(MortiseModule) module = mortise_registry_lookup_module(fixture.registry, "defect");
    g_autoptr(GError) error = NULL;
    const MortiseLoadedModule *loaded = mortise_module_load(module, &error);
    /* The file knows how large the symbol is; what the core does not know of it is not read. */
    CHECK_NO_ERROR(error);
    CHECK(loaded != NULL);
}

static const MortiseTest tests[] = {
    {"each defect is refused in its own words", test_refusals},
    {"what stays mapped", test_what_stays_mapped},
    {"the driver's own words", test_words_of_the_driver},
    {"a descriptor larger than today's", test_huge_descriptor},
};

MORTISE_TEST_MAIN("defects", tests)
