// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Files of the store that cannot be understood: reported by name, left alone to the last byte, and protected.
#include "store-fixture.h"

#include "limits.h"

/* BOOT stands for the present boot. */
#define BOOT "@boot@"
#define START "{\"schema\": 1, \"boot_id\": \"" BOOT "\", \"uuid\": \"" UUID "\""
#define REST ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"<x/>\", \"state\": 1, \"id\": 1"

typedef struct {
    const char *text;
    gssize length;      /* -1: that of the text */
    const char *said;
} Malformed;

static const Malformed definitions[] = {
    {"", 0, "is empty; it is left alone; repair or remove it"},
    {XML, -1, "does not begin with <?mortise schema="},
    {"\n" HEAD("no") XML, -1, "does not begin with <?mortise schema="},
    {"<?xml version='1.0'?>\n" HEAD("no") XML, -1, "does not begin with <?mortise schema="},
    {"<?mortise", -1, "does not begin with <?mortise schema="},
    {"<?mortise ", -1, "has a first line that does not end in \"?>\""},
    {"<?mortise schema=\"1\" autostart=\"no\"", -1, "has a first line that does not end in \"?>\""},
    {"<?mortise schema=\"1\" autostart=\"no\"?>" XML, -1, "has a first line that does not end in \"?>\""},
    {"<?mortise autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=\"\" autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=\"one\" autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=\"-1\" autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=\"0\" autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=1 autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=\"99999999999\" autostart=\"no\"?>\n" XML, -1, "has no schema number in its first line"},
    {"<?mortise schema=\"1\"?>\n" XML, -1, "has neither autostart=\"yes\" nor autostart=\"no\""},
    {"<?mortise schema=\"1\" autostart=\"maybe\"?>\n" XML, -1, "has neither autostart=\"yes\" nor autostart=\"no\""},
    {"<?mortise schema=\"1\" noautostart=\"no\"?>\n" XML, -1, "has neither autostart=\"yes\" nor autostart=\"no\""},
    {HEAD("no"), -1, "ends after its first line"},
    {HEAD("no") "<domain>\xff</domain>", -1, "is not UTF-8"},
    {HEAD("no") "<domain>\xc3", -1, "is not UTF-8"},
    {HEAD("no") "<domain>\0</domain>", sizeof HEAD("no") "<domain>\0</domain>" - 1, "has a NUL byte in it"},
    {"\0\0\0\0", 4, "has a NUL byte in it"},
};

static const Malformed runs[] = {
    {"", 0,
     "is wrong in line 1, column 1: there is nothing in it; it is left alone; if its guest does not run, remove it"},
    {" \n", -1, "there is nothing in it"},
    {"{", -1, "is wrong in line 1, column 2: "},
    {"[]", -1, "it does not begin with '{'"},
    {"null", -1, "it does not begin with '{'"},
    {START REST, -1, "a comma or a closing '}' is missing"},
    {START REST "} x", -1, "something follows the closing '}'"},
    {START REST "}{}", -1, "something follows the closing '}'"},
    {START REST ", \"reason\": \"x", -1, "a text is not closed by a double quote"},
    {START REST ",}", -1, "a comma stands before a closing '}'"},
    {START REST ", \"id\": 2}", -1, "the key \"id\" comes twice"},
    {START REST ", \"reason\": \"\\u0000\"}", -1, "a zero character is not allowed in a text"},
    {START REST ", \"reason\": \"\\ud800\"}", -1, "\\ud800 is half a character"},
    {START REST ", \"reason\": [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", -1, "this is nested too deep"},
    {"{\"schema\": 1,\n \"boot_id\": \"\xff\"}", -1, "is wrong in line 2, column 14: a byte here is not UTF-8"},
    {"{\"a\": \0}", 8, "a zero byte stands here"},
    {"{}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": \"1\"}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": 1.5}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": 0}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": -1}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": null}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": 99999999999}", -1, "has no whole number in range for \"schema\""},
    {"{\"schema\": 1}", -1, "has no text for \"boot_id\""},
    {"{\"schema\": 1, \"boot_id\": 7}", -1, "has no text for \"boot_id\""},
    {"{\"schema\": 1, \"boot_id\": \"\"}", -1, "has no text for \"boot_id\""},
    {"{\"schema\": 1, \"boot_id\": \"" BOOT "\"}", -1, "is about another UUID than its name says"},
    {"{\"schema\": 1, \"boot_id\": \"" BOOT "\", \"uuid\": \"x\"" REST "}", -1,
     "is about another UUID than its name says"},
    {"{\"schema\": 1, \"boot_id\": \"" BOOT "\", \"uuid\": \"" OTHER_UUID "\"" REST "}", -1, "is about another UUID"},
    {START "}", -1, "has no text for \"driver\""},
    {START ", \"driver\": null}", -1, "has no text for \"driver\""},
    {START ", \"driver\": \"d\"}", -1, "has no text for \"phase\""},
    {START ", \"driver\": \"d\", \"phase\": {}}", -1, "has no text for \"phase\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\"}", -1, "has no text for \"xml\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"\"}", -1, "has no text for \"xml\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"x\"}", -1,
     "has no whole number in range for \"state\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"x\", \"state\": -1}", -1,
     "in range for \"state\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"x\", \"state\": 4294967296}", -1,
     "in range for \"state\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"x\", \"state\": 1}", -1, "in range for \"id\""},
    {START ", \"driver\": \"d\", \"phase\": \"running\", \"xml\": \"x\", \"state\": 1, \"id\": true}", -1,
     "in range for \"id\""},
    {START ", \"driver\": \"d\", \"phase\": \"flying\", \"xml\": \"x\", \"state\": 1, \"id\": 1}", -1,
     "has a \"phase\" other than starting, running, stopping and ended"},
    {START REST ", \"live_xml\": 1}", -1, "has no text for \"live_xml\""},
    {START REST ", \"running_state\": {\"a\": 1}}", -1, "has no text for \"running_state\""},
    {START REST ", \"reason\": []}", -1, "has no text for \"reason\""},
};

/* Puts a file down, with the present boot in it. */
static GBytes *
put(const char *directory, const char *name, const Malformed *malformed)
{
    gsize length = (gsize) malformed->length;
    g_autofree char *text = NULL;
    if (malformed->length < 0) {
        g_autofree char *boot = fixture_boot_id();
        g_auto(GStrv) parts = g_strsplit(malformed->text, BOOT, -1);
        text = g_strjoinv(boot, parts);
        length = strlen(text);
    } else {
        text = g_memdup2(malformed->text, length);
    }
    sandbox_write(directory, name, text, (gssize) length);
    return g_bytes_new_take(g_steal_pointer(&text), length);
}

static void
check_untouched(const char *directory, const char *name, GBytes *expected)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    CHECK(g_file_get_contents(path, &text, &length, NULL));
    g_autoptr(GBytes) found = g_bytes_new(text, length);
    CHECK(g_bytes_equal(found, expected));
    CHECK_INT(sandbox_count(directory), 1);
}

static void
check_complaint(const Fixture *fixture, const char *name, const char *said)
{
    g_autofree char *begin = g_strconcat(name, ": ", NULL);
    CHECK(g_str_has_prefix(fixture->complaints->str, begin));
    CHECK_CONTAINS(fixture->complaints->str, said);
    CHECK_CONTAINS(fixture->complaints->str, name);
    CHECK(strchr(fixture->complaints->str, '\n') == fixture->complaints->str + fixture->complaints->len - 1);
}

static void
check_error(GError *error, MortiseError code, const char *said)
{
    CHECK(g_error_matches(error, MORTISE_ERROR, (int) code));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, said);
    g_clear_error(&error);
}

/* Nothing that is asked of the store later touches the file either. */
static void
check_definition_is_protected(Fixture *fixture, MortiseError code, const char *said)
{
    GError *error = NULL;
    CHECK(!mortise_store_write_definition(fixture->store, fixture_uuid(UUID), XML, FALSE, &error));
    check_error(g_steal_pointer(&error), code, said);
    CHECK(!mortise_store_remove_definition(fixture->store, fixture_uuid(UUID), &error));
    check_error(g_steal_pointer(&error), code, said);
    CHECK(!mortise_store_check_free(fixture->store, fixture_uuid(UUID), NULL, &error));
    check_error(g_steal_pointer(&error), code, said);
    CHECK(mortise_store_check_free(fixture->store, fixture_uuid(OTHER_UUID), "two", NULL));
    CHECK(mortise_store_check_free(fixture->store, NULL, NULL, NULL));
}

static void
test_definitions(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(definitions); i++) {
        g_auto(Fixture) fixture = {0};
        fixture_init(&fixture);
        g_autoptr(GBytes) bytes = put(fixture.definitions, UUID ".xml", &definitions[i]);
        g_autoptr(GPtrArray) domains = fixture_load(&fixture);
        CHECK_INT(domains->len, 0);
        check_complaint(&fixture, UUID ".xml", definitions[i].said);
        check_definition_is_protected(&fixture, MORTISE_ERROR_FILE_ERROR, definitions[i].said);
        check_untouched(fixture.definitions, UUID ".xml", bytes);
    }
}

static void
check_running_is_protected(Fixture *fixture, MortiseError code, const char *said)
{
    GError *error = NULL;
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    CHECK(!mortise_store_write_running(fixture->store, running, &error));
    check_error(g_steal_pointer(&error), code, said);
    CHECK(!mortise_store_remove_running(fixture->store, fixture_uuid(UUID), &error));
    check_error(g_steal_pointer(&error), code, said);
    CHECK(!mortise_store_check_free(fixture->store, fixture_uuid(UUID), NULL, &error));
    check_error(g_steal_pointer(&error), code, said);
}

static void
test_running(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
        g_auto(Fixture) fixture = {0};
        fixture_init(&fixture);
        g_autoptr(GBytes) bytes = put(fixture.runs, UUID ".json", &runs[i]);
        g_autoptr(GPtrArray) domains = fixture_load(&fixture);
        CHECK_INT(domains->len, 0);
        check_complaint(&fixture, UUID ".json", runs[i].said);
        check_running_is_protected(&fixture, MORTISE_ERROR_FILE_ERROR, runs[i].said);
        check_untouched(fixture.runs, UUID ".json", bytes);
    }
}

/* Every prefix of a good file is refused: none is taken for a shorter truth. */
static void
test_cut_off_running_files(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    CHECK(mortise_store_write_running(fixture.store, running, NULL));
    g_autofree char *whole = sandbox_read(fixture.runs, UUID ".json");
    g_autoptr(GPtrArray) before = fixture_reload(&fixture);
    CHECK_INT(before->len, 1);
    for (gsize length = strlen(whole) - 1; length > 0; length--) {
        Malformed cut = {whole, (gssize) length, "it is left alone"};
        g_autoptr(GBytes) bytes = put(fixture.runs, UUID ".json", &cut);
        g_autoptr(GPtrArray) domains = fixture_reload(&fixture);
        CHECK_INT(domains->len, 0);
        check_complaint(&fixture, UUID ".json", cut.said);
        check_untouched(fixture.runs, UUID ".json", bytes);
    }
}

static const char later_definition[] = "<?mortise schema=\"2\" new=\"?\" autostart=\"no\"?>\n" XML;
static const char later_running[] =
    "{\"schema\": 2, \"xml\": \"<domain type='x'><name>one</name></domain>\", \"new\": [1]}";

static void
test_later_schema(void)
{
    static const Malformed definition = {later_definition, -1, "has schema 2, this version of Mortise knows 1"};
    static const Malformed running = {later_running, -1, "has schema 2, this version of Mortise knows 1"};
    for (int i = 0; i < 2; i++) {
        g_auto(Fixture) fixture = {0};
        fixture_init(&fixture);
        const char *directory = i == 0 ? fixture.definitions : fixture.runs;
        const char *name = i == 0 ? UUID ".xml" : UUID ".json";
        g_autoptr(GBytes) bytes = put(directory, name, i == 0 ? &definition : &running);
        g_autoptr(GPtrArray) domains = fixture_load(&fixture);
        CHECK_INT(domains->len, 0);
        check_complaint(&fixture, name,
                        "knows 1; it is left alone; use the version of Mortise that wrote it, or a newer");
        if (i == 0) {
            check_definition_is_protected(&fixture, MORTISE_ERROR_STATE_SCHEMA, definition.said);
        } else {
            check_running_is_protected(&fixture, MORTISE_ERROR_STATE_SCHEMA, running.said);
        }
        check_untouched(directory, name, bytes);
        GError *error = NULL;
        CHECK(!mortise_store_check_free(fixture.store, fixture_uuid(OTHER_UUID), "one", &error));
        check_error(error, MORTISE_ERROR_STATE_SCHEMA, name);
        /* Once the file is gone, so is the protection. */
        g_autofree char *path = g_build_filename(directory, name, NULL);
        CHECK_INT(g_unlink(path), 0);
        g_ptr_array_unref(fixture_load(&fixture));
        CHECK(mortise_store_check_free(fixture.store, fixture_uuid(UUID), "one", NULL));
        CHECK(mortise_store_write_definition(fixture.store, fixture_uuid(UUID), XML, FALSE, NULL));
    }
}

/* Whether it runs cannot be told, so it is not shown as a domain that does not. */
static void
test_defined_but_nobody_knows_whether_it_runs(void)
{
    static const Malformed running = {"{", -1, ""};
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    CHECK(mortise_store_write_definition(fixture.store, fixture_uuid(UUID), XML, FALSE, NULL));
    g_autoptr(GBytes) bytes = put(fixture.runs, UUID ".json", &running);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 0);
    GError *error = NULL;
    CHECK(!mortise_store_check_free(fixture.store, NULL, "one", &error));
    check_error(error, MORTISE_ERROR_FILE_ERROR, UUID ".json");
    check_untouched(fixture.runs, UUID ".json", bytes);
    CHECK_INT(sandbox_count(fixture.definitions), 1);
}

static void
test_runs_but_the_definition_is_of_a_later_schema(void)
{
    static const Malformed definition = {later_definition, -1, "has schema 2"};
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    g_autoptr(GBytes) bytes = put(fixture.definitions, UUID ".xml", &definition);
    g_autoptr(MortiseStoredDomain) running = fixture_running(UUID);
    CHECK(mortise_store_write_running(fixture.store, running, NULL));
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 1);
    const MortiseStoredDomain *domain = g_ptr_array_index(domains, 0);
    CHECK(domain->definition == NULL);
    CHECK_TEXT(domain->phase, "running");
    CHECK(mortise_store_write_running(fixture.store, running, NULL));
    CHECK(mortise_store_remove_running(fixture.store, fixture_uuid(UUID), NULL));
    check_definition_is_protected(&fixture, MORTISE_ERROR_STATE_SCHEMA, definition.said);
    check_untouched(fixture.definitions, UUID ".xml", bytes);
}

/* What lies in the directory under a domain's name without being a file of ours. */
static void
test_other_things(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    g_autofree char *link = g_build_filename(fixture.definitions, UUID ".xml", NULL);
    g_autofree char *pipe = g_build_filename(fixture.runs, OTHER_UUID ".json", NULL);
    g_autofree char *folder = g_build_filename(fixture.definitions, OTHER_UUID ".xml", NULL);
    CHECK_INT(symlink("/etc/hostname", link), 0);
    CHECK_INT(mkfifo(pipe, 0600), 0);
    CHECK_INT(g_mkdir(folder, 0700), 0);
    sandbox_write(fixture.definitions, "one.xml", HEAD("no") XML, -1);
    sandbox_write(fixture.definitions, "6A4296D3-1973-4C06-85FA-15F8265F8B3F.xml", HEAD("no") XML, -1);
    sandbox_write(fixture.definitions, "6a4296d319734c0685fa15f8265f8b3f.xml", HEAD("no") XML, -1);
    sandbox_write(fixture.definitions, UUID ".old.xml", HEAD("no") XML, -1);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 0);
    CHECK_CONTAINS(fixture.complaints->str, UUID ".xml is a symbolic link, which is not followed");
    CHECK_CONTAINS(fixture.complaints->str, OTHER_UUID ".xml is not a regular file");
    CHECK_CONTAINS(fixture.complaints->str, OTHER_UUID ".json is not a regular file");
    CHECK_CONTAINS(fixture.complaints->str, "one.xml is not named by a UUID in small letters; it is left alone");
    CHECK_CONTAINS(fixture.complaints->str, "6A4296D3-1973-4C06-85FA-15F8265F8B3F.xml is not named by a UUID");
    CHECK_CONTAINS(fixture.complaints->str, "6a4296d319734c0685fa15f8265f8b3f.xml is not named by a UUID");
    CHECK_CONTAINS(fixture.complaints->str, UUID ".old.xml is not named by a UUID");
    CHECK(!mortise_store_write_definition(fixture.store, fixture_uuid(UUID), XML, FALSE, NULL));
    CHECK_INT(sandbox_count(fixture.definitions), 6);
    /* Nobody has to listen to complaints. */
    g_autoptr(GPtrArray) again = mortise_store_load(fixture.store, NULL, NULL, NULL);
    CHECK(again != NULL && again->len == 0);
}

static void
test_too_large(void)
{
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    g_autofree char *path = g_build_filename(fixture.definitions, UUID ".xml", NULL);
    sandbox_write(fixture.definitions, UUID ".xml", HEAD("no") XML, -1);
    CHECK_INT(truncate(path, MORTISE_LIMIT_STATE_FILE_BYTES + 1), 0);
    g_autoptr(GPtrArray) domains = fixture_load(&fixture);
    CHECK_INT(domains->len, 0);
    check_complaint(&fixture, UUID ".xml", "is larger than 8388608 bytes");
    CHECK(!mortise_store_write_definition(fixture.store, fixture_uuid(UUID), XML, FALSE, NULL));
}

static char *
load_as_nobody(gpointer data)
{
    Fixture *fixture = data;
    g_autoptr(GPtrArray) domains = fixture_load(fixture);
    return g_strdup_printf("%u %s", domains->len, fixture->complaints->str);
}

static void
test_unreadable(void)
{
    if (geteuid() != 0) {
        mortise_test_skip("unreadable", "needs root, to become nobody");
        return;
    }
    g_auto(Fixture) fixture = {0};
    fixture_init(&fixture);
    sandbox_write(fixture.definitions, UUID ".xml", HEAD("no") XML, -1);
    g_autofree char *file = g_build_filename(fixture.definitions, UUID ".xml", NULL);
    CHECK_INT(chmod(file, 0600), 0);
    CHECK_INT(chmod(fixture.definitions, 0755) | chmod(fixture.root.config_directory, 0755), 0);
    CHECK_INT(chmod(fixture.runs, 0755) | chmod(fixture.root.run_directory, 0755), 0);
    g_autofree char *said = child_run(load_as_nobody, &fixture, CHILD_NOBODY);
    CHECK_CONTAINS(said, "0 " UUID ".xml: cannot open ");
    CHECK_CONTAINS(said, "Permission denied");
}

static const MortiseTest tests[] = {
    {"definitions", test_definitions},
    {"running", test_running},
    {"cut off running files", test_cut_off_running_files},
    {"later schema", test_later_schema},
    {"defined, but nobody knows whether it runs", test_defined_but_nobody_knows_whether_it_runs},
    {"runs, but the definition is of a later schema", test_runs_but_the_definition_is_of_a_later_schema},
    {"other things", test_other_things},
    {"too large", test_too_large},
    {"unreadable", test_unreadable},
};

MORTISE_TEST_MAIN("store-malformed", tests)
