// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One manifest: what a good one says, and what is said of each kind of bad one.
#include "error.h"
#include "limits.h"
#include "manifest.h"
#include "mortise-test.h"

#include <mortise/driver/driver.h>
#include <string.h>

#define PATH "/m/example.json"

static const char whole[] =
    "{\n"
    "  \"format\": 1,\n"
    "  \"kind\": \"driver\",\n"
    "  \"name\": \"example\",\n"
    "  \"module\": \"mortise-driver-example.so\",\n"
    "  \"abi\": \"1.0\",\n"
    "  \"version\": \"2.3\",\n"
    "  \"vendor\": \"Somebody\",\n"
    "  \"licence\": \"MIT\",\n"
    "  \"summary\": \"An example\",\n"
    "  \"package\": \"mortise-driver-example\",\n"
    "  \"schemes\": [\"example\", \"sample\"],\n"
    "  \"domain_types\": [\"example\"],\n"
    "  \"state\": \"store\",\n"
    "  \"interfaces\": [\"lifecycle/1\", \"com.example.tape/2\"],\n"
    "  \"thread_model\": \"serial-per-domain\",\n"
    "  \"libraries\": [\"libexample.so.1\"],\n"
    "  \"programs\": [\"example-emulator\", \"/usr/sbin/helper\"],\n"
    "  \"companions\": [\"sibling\"],\n"
    "  \"parameters\": [{\"key\": \"speed\", \"type\": \"unsigned\", \"default\": \"\", \"help\": \"How fast.\"}],\n"
    "  \"enabled\": true,\n"
    "  \"priority\": -5,\n"
    "  \"isolation\": \"none\",\n"
    "  \"x-note\": {\"anything\": [1, null]}\n"
    "}\n";

static void
test_whole(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseManifest) manifest = mortise_manifest_parse(PATH, "example", whole, strlen(whole), &error);
    CHECK_NO_ERROR(error);
    if (manifest == NULL) {
        return;
    }
    CHECK_TEXT(manifest->name, "example");
    CHECK_INT(manifest->kind, MORTISE_MODULE_KIND_DRIVER);
    CHECK_TEXT(manifest->module, "mortise-driver-example.so");
    CHECK_INT(manifest->abi, 1 << 16);
    CHECK_TEXT(manifest->version, "2.3");
    CHECK_TEXT(manifest->vendor, "Somebody");
    CHECK_TEXT(manifest->licence, "MIT");
    CHECK_TEXT(manifest->summary, "An example");
    CHECK_TEXT(manifest->package, "mortise-driver-example");
    CHECK_TEXT(manifest->schemes[0], "example");
    CHECK_TEXT(manifest->schemes[1], "sample");
    CHECK_TEXT(manifest->schemes[2], NULL);
    CHECK_TEXT(manifest->domain_types[0], "example");
    CHECK_INT(manifest->state, MORTISE_DRIVER_USES_STORE);
    CHECK_TEXT(manifest->interfaces[1], "com.example.tape/2");
    CHECK_INT(manifest->thread_model, MORTISE_THREADS_SERIAL_PER_DOMAIN);
    CHECK_TEXT(manifest->libraries[0], "libexample.so.1");
    CHECK_TEXT(manifest->programs[1], "/usr/sbin/helper");
    CHECK_TEXT(manifest->companions[0], "sibling");
    CHECK(manifest->enabled);
    CHECK_INT(manifest->priority, -5);
    CHECK_INT(manifest->notes->len, 0);
    CHECK_INT(manifest->parameters->len, 1);
    const MortiseManifestParameter *parameter = g_ptr_array_index(manifest->parameters, 0);
    CHECK_TEXT(parameter->key, "speed");
    CHECK_INT(parameter->type, MORTISE_VALUE_UNSIGNED);
    CHECK_TEXT(parameter->default_text, "");
    CHECK_TEXT(parameter->help, "How fast.");
    CHECK(mortise_manifest_is_complete(manifest, PATH, NULL));
}

/* Bad text, and the message without the path in front. */
static const struct {
    const char *text;
    const char *message;
} bad[] = {
    {"", ":1:1: not a manifest: there is nothing in it; correct the file, or remove it, or link it to /dev/null to "
         "switch the module off"},
    {"[1]", ":1:1: not a manifest: it does not begin with '{'"},
    {"{\"a\": }", ":1:7: not a manifest: a value is missing here"},
    {"{\"kind\": \"driver\"", ":1:18: not a manifest: a comma or a closing '}' is missing"},
    {"{\n  \"kind\": \"driver\"\n  \"abi\": \"1.0\"\n}", ":3:3: not a manifest: a comma or a closing '}' is missing"},
    {"{\"kind\": \"driver\",}", ":1:18: not a manifest: a comma stands before a closing '}'"},
    {"{\"kind\": \"driver\"} x", ":1:20: not a manifest: something follows the closing '}'"},
    {"{\"kind\": \"driver\", \"kind\": \"filter\"}", ":1:20: not a manifest: the key \"kind\" comes twice"},
    {"{\"x-a\": [[[[[[[[1]]]]]]]]}", ":1:16: not a manifest: this is nested too deep"},
    {"{\"vendor\": \"\xff\"}", ":1:13: not a manifest: a byte here is not UTF-8"},
    {"{\"format\": \"1\"}", ":1:2: the key \"format\": it is not a whole number; write 1, or install a newer Mortise"},
    {"{\"format\": 2}", ":1:2: the key \"format\": format 2 is newer than this version of Mortise"},
    {"{\"format\": 0}", ":1:2: the key \"format\": 0 is out of range"},
    {"{\"format\": 1.0}", ":1:2: the key \"format\": it is not a whole number"},
    {"{\"name\": \"other\"}", ":1:2: the key \"name\": 'other' does not match the file's name; rename the file or "
                           "write its name there"},
    {"{\"name\": null}", ":1:2: the key \"name\": it is not a text; write the file's name without .json"},
    {"{\"kind\": \"Driver\"}", ":1:2: the key \"kind\": 'Driver' is not a word for it; write \"driver\", \"filter\" or "
                              "\"provider\""},
    {"{\"kind\": [\"driver\"]}", ":1:2: the key \"kind\": it is not a text"},
    {"{\"module\": \"../evil.so\"}", ":1:2: the key \"module\": '../evil.so' is neither a bare file name nor an "
                                    "absolute path without '..'; write the module's file name, such as "
                                    "\"mortise-driver-example.so\""},
    {"{\"module\": \"/usr/../evil.so\"}", ":1:2: the key \"module\": '/usr/../evil.so' is neither a bare file name"},
    {"{\"module\": \"a/b.so\"}", ":1:2: the key \"module\": 'a/b.so' is neither a bare file name"},
    {"{\"module\": \".so\"}", ":1:2: the key \"module\": '.so' is neither a bare file name"},
    {"{\"module\": \"/usr/lib/\"}", ":1:2: the key \"module\": '/usr/lib/' is neither a bare file name"},
    {"{\"module\": \"x.la\"}", ":1:2: the key \"module\": 'x.la' is a libtool script and not a shared object"},
    {"{\"module\": \"\"}", ":1:2: the key \"module\": it is empty"},
    {"{\"module\": \"a\\u0001b\"}", ":1:2: the key \"module\": it has a control character"},
    {"{\n\n   \"abi\": 1.0\n}", ":3:4: the key \"abi\": it is not a text; write major and minor version, such as "
                               "\"1.0\""},
    {"{\"abi\": \"1\"}", ":1:2: the key \"abi\": '1' is not a version of the driver ABI"},
    {"{\"abi\": \"1.0.0\"}", ":1:2: the key \"abi\": '1.0.0' is not a version of the driver ABI"},
    {"{\"abi\": \"1.-1\"}", ":1:2: the key \"abi\": '1.-1' is not a version of the driver ABI"},
    {"{\"abi\": \"65536.0\"}", ":1:2: the key \"abi\": '65536.0' is not a version of the driver ABI"},
    {"{\"version\": \"1\\n2\"}", ":1:2: the key \"version\": it has a control character"},
    {"{\"summary\": {}}", ":1:2: the key \"summary\": it is not a text; write one line of at most 255 bytes"},
    {"{\"package\": \"rm -rf /\"}", ":1:2: the key \"package\": 'rm -rf /' is not the name of a package; write the "
                                   "name of the package to install"},
    {"{\"schemes\": \"example\"}", ":1:2: the key \"schemes\": it is not a list; write a list of URI schemes, such as "
                                   "[\"example\"]"},
    {"{\"schemes\": [\"ok\", 1]}", ":1:2: the key \"schemes\": of item 2, it is not a text"},
    {"{\"schemes\": [\"Example\"]}", ":1:2: the key \"schemes\": item 1 is 'Example', which cannot be right"},
    {"{\"schemes\": [\"a/b\"]}", ":1:2: the key \"schemes\": item 1 is 'a/b', which cannot be right"},
    {"{\"schemes\": [\"a\", \"b\", \"a\"]}", ":1:2: the key \"schemes\": 'a' comes twice"},
    {"{\"domain_types\": [\"\"]}", ":1:2: the key \"domain_types\": of item 1, it is empty"},
    {"{\"domain_types\": [\"a23456789012345678901234567890123\"]}",
     ":1:2: the key \"domain_types\": item 1 is 'a23456789012345678901234567890123', which cannot be right"},
    {"{\"interfaces\": [\"lifecycle\"]}", ":1:2: the key \"interfaces\": item 1 is 'lifecycle', which cannot be right; "
                                          "write a list of id and version, such as [\"lifecycle/1\"]"},
    {"{\"interfaces\": [\"lifecycle/0\"]}", ":1:2: the key \"interfaces\": item 1 is 'lifecycle/0'"},
    {"{\"interfaces\": [\"lifecycle/1/2\"]}", ":1:2: the key \"interfaces\": item 1 is 'lifecycle/1/2'"},
    {"{\"interfaces\": [\"/1\"]}", ":1:2: the key \"interfaces\": item 1 is '/1'"},
    {"{\"thread_model\": \"free\"}", ":1:2: the key \"thread_model\": 'free' is not a word for it; write "
                                     "\"serial-all\", \"serial-per-connection\", \"serial-per-domain\" or "
                                     "\"parallel\""},
    {"{\"thread_model\": 2}", ":1:2: the key \"thread_model\": it is not a text"},
    {"{\"state\": \"both\"}", ":1:2: the key \"state\": 'both' is not a word for it; write \"store\" or \"own\""},
    {"{\"state\": \"\"}", ":1:2: the key \"state\": it is empty"},
    {"{\"libraries\": [\"/lib/libx.so\"]}", ":1:2: the key \"libraries\": item 1 is '/lib/libx.so'"},
    {"{\"programs\": [\"bin/x\"]}", ":1:2: the key \"programs\": item 1 is 'bin/x'"},
    {"{\"companions\": [\"mortise-driver-x.so\"]}",
     ":1:2: the key \"companions\": item 1 is 'mortise-driver-x.so', which cannot be right; write a list of names of "
     "modules"},
    {"{\"parameters\": {}}", ":1:2: the key \"parameters\": it is not a list; write a list of objects"},
    {"{\"parameters\": [1]}", ":1:2: the key \"parameters\": of item 1, it is not an object"},
    {"{\"parameters\": [{\"key\": \"a\"}]}", ":1:2: the key \"parameters\": of item 1, \"type\" is missing"},
    {"{\"parameters\": [{\"type\": \"text\"}]}", ":1:2: the key \"parameters\": of item 1, \"key\" is missing"},
    {"{\"parameters\": [{\"key\": \"a\", \"type\": \"float\"}]}",
     ":1:2: the key \"parameters\": of item 1, 'float' is not a word for it"},
    {"{\"parameters\": [{\"key\": \"a\", \"type\": \"text\", \"default\": 1}]}",
     ":1:2: the key \"parameters\": of item 1, \"default\" is not a text"},
    {"{\"enabled\": \"false\"}", ":1:2: the key \"enabled\": it is neither true nor false; write true or false, "
                                 "without quotes"},
    {"{\"enabled\": 0}", ":1:2: the key \"enabled\": it is neither true nor false"},
    {"{\"priority\": 1001}", ":1:2: the key \"priority\": 1001 is out of range; write a whole number from -1000 to "
                             "1000"},
    {"{\"priority\": \"high\"}", ":1:2: the key \"priority\": it is not a whole number"},
    {"{\"isolation\": \"process\"}", ":1:2: the key \"isolation\": 'process' is not offered by this version; write "
                                     "\"none\", or take the key away"},
};

static void
test_bad(void)
{
    CHECK(G_N_ELEMENTS(bad) >= 60);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *begin = g_strconcat(PATH, bad[i].message, NULL);
        g_autoptr(MortiseManifest) manifest =
            mortise_manifest_parse(PATH, "example", bad[i].text, strlen(bad[i].text), &error);
        CHECK(manifest == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MANIFEST_INVALID));
        if (error == NULL || !g_str_has_prefix(error->message, begin)) {
            fprintf(stderr, "%s\n    says: %s\n     not: %s\n", bad[i].text,
                    error != NULL ? error->message : "(nothing)", begin);
            CHECK(FALSE);
        }
        CHECK_TEXT(error != NULL ? mortise_error_get_object(error) : NULL, PATH);
    }
}

/* A manifest with a list of `count` items under `key`, each made from a format with one number. */
G_GNUC_PRINTF(3, 0)
static char *
with_items(const char *key, guint count, const char *item)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "{\"%s\": [", key);
    for (guint i = 0; i < count; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);
        g_auto(GStrv) parts = g_strsplit(item, "#", -1);
        g_autofree char *made = g_strjoinv(number, parts);
        g_string_append_printf(text, "%s%s", i > 0 ? "," : "", made);
    }
    g_string_append(text, "]}");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
check_limit(const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseManifest) manifest = mortise_manifest_parse(PATH, "example", text, strlen(text), &error);
    CHECK_INT(manifest == NULL, part != NULL);
    CHECK_INT(error == NULL, part == NULL);
    if (part != NULL && error != NULL) {
        CHECK_CONTAINS(error->message, part);
    }
}

static void
test_limits(void)
{
    g_autofree char *full = with_items("schemes", MORTISE_LIMIT_LIST_ITEMS, "\"s#\"");
    g_autofree char *many = with_items("schemes", MORTISE_LIMIT_LIST_ITEMS + 1, "\"s#\"");
    g_autofree char *parameters =
        with_items("parameters", MORTISE_LIMIT_LIST_ITEMS + 1, "{\"key\":\"k#\",\"type\":\"text\"}");
    g_autofree char *line = g_strnfill(255, 'x');
    g_autofree char *longest = g_strdup_printf("{\"summary\": \"%s\"}", line);
    g_autofree char *longer = g_strdup_printf("{\"summary\": \"%sx\"}", line);
    g_autofree char *blank = g_strnfill(MORTISE_LIMIT_MANIFEST_BYTES - 2, ' ');
    g_autofree char *largest = g_strdup_printf("{%s}", blank);
    g_autofree char *larger = g_strdup_printf("{%s }", blank);
    check_limit(full, NULL);
    check_limit(many, "the list has more than 64 items");
    check_limit(parameters, "the list has more than 64 items");
    check_limit(longest, NULL);
    check_limit(longer, "it has more than 255 bytes");
    check_limit(largest, NULL);
    check_limit(larger, PATH ": it has more than 65536 bytes; make it shorter");
}

static void
test_unknown_keys(void)
{
    static const char text[] = "{\"kind\": \"driver\",\n  \"modul\": \"x.so\", \"x-mine\": 1}";
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseManifest) manifest = mortise_manifest_parse(PATH, "example", text, strlen(text), &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(manifest->notes->len, 1);
    CHECK_TEXT(g_ptr_array_index(manifest->notes, 0), PATH ":2:3: the key \"modul\" is not known and was ignored");
}

/* Text without one key, and what is said of what is left. */
static void
check_without(const char *key, const char *message)
{
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *begin = g_strdup_printf("  \"%s\":", key);
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, begin)) {
            g_string_append_printf(text, "%s\n", *line);
        }
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseManifest) manifest = mortise_manifest_parse(PATH, "example", text->str, text->len, &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(mortise_manifest_is_complete(manifest, PATH, &error), message == NULL);
    CHECK_TEXT(error != NULL ? error->message : NULL, message);
}

static void
test_missing_keys(void)
{
    check_without("kind", PATH ": the key \"kind\" is missing; write \"driver\", \"filter\" or \"provider\"");
    check_without("module", PATH ": the key \"module\" is missing; write the module's file name, such as "
                                 "\"mortise-driver-example.so\"");
    check_without("abi", PATH ": the key \"abi\" is missing; write major and minor version, such as \"1.0\"");
    check_without("schemes", PATH ": the key \"schemes\" is missing; write a list of URI schemes, such as "
                                  "[\"example\"]");
    check_without("domain_types", PATH ": the key \"domain_types\" is missing; write a list of domain types, such as "
                                       "[\"example\"]");
    check_without("interfaces", PATH ": the key \"interfaces\" is missing; write a list of id and version, such as "
                                     "[\"lifecycle/1\"]");
    check_without("thread_model", PATH ": the key \"thread_model\" is missing; write \"serial-all\", "
                                       "\"serial-per-connection\", \"serial-per-domain\" or \"parallel\"");
    check_without("state", PATH ": the key \"state\" is missing; write \"store\" or \"own\"");
    check_without("format", NULL);
    check_without("name", NULL);
    check_without("vendor", NULL);
    check_without("libraries", NULL);
}

static void
check_incomplete(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseManifest) manifest = mortise_manifest_parse(PATH, "example", text, strlen(text), &error);
    CHECK_NO_ERROR(error);
    CHECK_INT(mortise_manifest_is_complete(manifest, PATH, &error), message == NULL);
    CHECK_TEXT(error != NULL ? error->message : NULL, message);
}

static void
test_kinds(void)
{
    check_incomplete("{\"kind\": \"filter\", \"module\": \"f.so\", \"abi\": \"1.0\"}", NULL);
    check_incomplete("{\"kind\": \"filter\", \"module\": \"f.so\", \"abi\": \"1.0\", \"schemes\": [\"a\"]}",
                     PATH ": the key \"schemes\" is for drivers, and this is a filter; take the key away");
    check_incomplete("{\"kind\": \"provider\", \"module\": \"f.so\", \"abi\": \"1.0\", \"state\": \"own\"}",
                     PATH ": the key \"state\" is for drivers, and this is a provider; take the key away");
    check_incomplete("{\"kind\": \"provider\", \"module\": \"f.so\", \"abi\": \"1.0\"}",
                     PATH ": the key \"interfaces\" is missing; write a list of id and version, such as "
                          "[\"lifecycle/1\"]");
    check_incomplete("{\"kind\": \"provider\", \"module\": \"f.so\", \"abi\": \"1.0\", \"interfaces\": []}",
                     PATH ": the key \"interfaces\": the list is empty; write a list of id and version, such as "
                          "[\"lifecycle/1\"]");
    check_incomplete("{\"kind\": \"provider\", \"module\": \"f.so\", \"abi\": \"1.0\", "
                     "\"interfaces\": [\"network/1\"]}",
                     NULL);
}

static void
test_merge(void)
{
    static const char upper_text[] = "{\"schemes\": [], \"priority\": 7, \"enabled\": false, \"bogus\": 1}";
    g_autoptr(MortiseManifest) merged = mortise_manifest_new();
    g_autoptr(MortiseManifest) upper =
        mortise_manifest_parse("/a.json", "example", upper_text, strlen(upper_text), NULL);
    g_autoptr(MortiseManifest) lower = mortise_manifest_parse("/b.json", "example", whole, strlen(whole), NULL);
    mortise_manifest_merge(merged, upper);
    mortise_manifest_merge(merged, lower);
    CHECK_INT(merged->priority, 7);
    CHECK_TEXT(merged->schemes[0], NULL);
    CHECK_TEXT(merged->domain_types[0], "example");
    CHECK_TEXT(merged->vendor, "Somebody");
    CHECK(!merged->enabled);
    CHECK_TEXT(merged->enabled_by, "/a.json");
    CHECK_INT(merged->notes->len, 1);
    CHECK(mortise_manifest_has(merged, "abi"));
    CHECK(!mortise_manifest_has(upper, "abi"));
}

static const MortiseTest tests[] = {
    {"all keys", test_whole},
    {"malformed manifests", test_bad},
    {"limits", test_limits},
    {"unknown keys", test_unknown_keys},
    {"missing keys", test_missing_keys},
    {"filters and providers", test_kinds},
    {"merging by key", test_merge},
};

MORTISE_TEST_MAIN("manifest", tests)
