// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding manifests in directories: order, merging, masks, and files that are none.
#include "error.h"
#include "limits.h"
#include "manifest-source.h"
#include "mortise-test.h"
#include "sandbox.h"

#define DRIVER(name, more) \
    "{\"kind\": \"driver\", \"module\": \"" name ".so\", \"abi\": \"1.0\", \"schemes\": [\"" name "\"], " \
    "\"domain_types\": [\"" name "\"], \"interfaces\": [], \"thread_model\": \"parallel\", \"state\": \"own\"" more "}"

/* Two directories, the first of which speaks first. */
typedef struct {
    char *first;
    char *second;
    MortiseDiscovery *found;
} Fixture;

static void
fixture_clear(Fixture *self)
{
    g_clear_pointer(&self->found, mortise_discovery_unref);
    g_clear_pointer(&self->first, sandbox_remove);
    g_clear_pointer(&self->second, sandbox_remove);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static Fixture
fixture_make(void)
{
    return (Fixture) {sandbox_new(), sandbox_new(), NULL};
}

static void
fixture_read(Fixture *self)
{
    const char *const directories[] = {self->first, "/no/such/directory", self->second, NULL};
    g_clear_pointer(&self->found, mortise_discovery_unref);
    self->found = mortise_discovery_read(directories);
}

static const MortiseManifestSource *
source_at(const Fixture *self, guint index)
{
    return index < self->found->sources->len ? g_ptr_array_index(self->found->sources, index) : NULL;
}

/* What the only source comes to; its error's message, NULL when it is good. */
static char *
merge_only(const Fixture *self, MortiseManifest **merged)
{
    g_autoptr(GError) error = NULL;
    CHECK_INT(self->found->sources->len, 1);
    *merged = mortise_manifest_source_merge(source_at(self, 0), &error);
    return error != NULL ? g_strdup(error->message) : NULL;
}

static char *
path_in(const char *directory, const char *name)
{
    return g_build_filename(directory, name, NULL);
}

static void
test_order_and_names(void)
{
    g_auto(Fixture) fixture = fixture_make();
    sandbox_write(fixture.second, "zebra.json", "{}", -1);
    sandbox_write(fixture.second, "ant.json", "{}", -1);
    sandbox_write(fixture.first, "monkey.json", "{}", -1);
    sandbox_write(fixture.first, "ant.json", "{}", -1);
    sandbox_write(fixture.first, "README", "no manifest", -1);
    sandbox_write(fixture.first, "ant.json~", "{}", -1);
    sandbox_write(fixture.first, "ant.json.dpkg-old", "{}", -1);
    sandbox_write(fixture.first, ".hidden.json", "{}", -1);
    fixture_read(&fixture);
    CHECK_INT(fixture.found->sources->len, 3);
    CHECK_TEXT(source_at(&fixture, 0)->name, "ant");
    CHECK_TEXT(source_at(&fixture, 1)->name, "monkey");
    CHECK_TEXT(source_at(&fixture, 2)->name, "zebra");
    CHECK(source_at(&fixture, 0)->files->next != NULL);
    const MortiseManifestFile *file = source_at(&fixture, 0)->files;
    g_autofree char *expected = path_in(fixture.first, "ant.json");
    CHECK_TEXT(file->path, expected);
}

static void
test_nothing(void)
{
    g_auto(Fixture) fixture = fixture_make();
    const char *const none[] = {NULL};
    g_autoptr(MortiseDiscovery) found = mortise_discovery_read(none);
    CHECK_INT(found->sources->len, 0);
    fixture_read(&fixture);
    CHECK_INT(fixture.found->sources->len, 0);
}

/* The names of all sources, each with how many files it has. */
static char *
names_of(const MortiseDiscovery *found)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < found->sources->len; i++) {
        const MortiseManifestSource *source = g_ptr_array_index(found->sources, i);
        guint files = 0;
        for (const MortiseManifestFile *file = source->files; file != NULL; file = file->next) {
            files++;
        }
        g_string_append_printf(names, "%s%s:%u", i > 0 ? " " : "", source->name, files);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

static void
write_all(const char *directory, const char *names)
{
    g_auto(GStrv) list = g_strsplit(names, " ", -1);
    for (char **name = list; *name != NULL; name++) {
        g_autofree char *file = g_strconcat(*name, ".json", NULL);
        sandbox_write(directory, file, "{}", -1);
    }
}

static void
test_several_directories(void)
{
    g_auto(Fixture) fixture = fixture_make();
    char *third = sandbox_new();
    write_all(fixture.first, "d b a-b a");   /* '-' is before '.', and yet the shorter name is first */
    write_all(fixture.second, "e c b a");
    write_all(third, "f e c a-b a-a a Z");
    const char *const directories[] = {fixture.first, fixture.second, third, fixture.first, NULL};
    fixture.found = mortise_discovery_read(directories);
    g_autofree char *names = names_of(fixture.found);
    CHECK_TEXT(names, "Z:1 a:4 a-a:1 a-b:3 b:3 c:2 d:2 e:2 f:1");
    sandbox_remove(third);
}

static void
test_unreadable_names(void)
{
    g_auto(Fixture) fixture = fixture_make();
    sandbox_write(fixture.first, "a\xfe.json", "{}", -1);   /* both are shown as the same */
    sandbox_write(fixture.first, "a\xff.json", "{}", -1);
    sandbox_write(fixture.first, "b.json", "{}", -1);
    fixture_read(&fixture);
    g_autofree char *names = names_of(fixture.found);
    CHECK_TEXT(names, "a\xef\xbf\xbd:2 b:1");
}

/* What was found stays as it was, whatever becomes of the file. */
static void
test_changed_later(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autofree char *path = path_in(fixture.first, "ant.json");
    g_autoptr(MortiseManifest) merged = NULL;
    g_autoptr(MortiseManifest) again = NULL;
    sandbox_write(fixture.first, "ant.json", DRIVER("ant", ""), -1);
    fixture_read(&fixture);
    sandbox_write(fixture.first, "ant.json", "{}", -1);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_TEXT(message, NULL);
    CHECK_INT(unlink(path), 0);
    g_autofree char *message_again = merge_only(&fixture, &again);
    CHECK_TEXT(message_again, NULL);
    CHECK_TEXT(again->schemes[0], "ant");
}

/* A relative path may lead elsewhere later. */
static void
test_relative(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autofree char *name = g_path_get_basename(fixture.first);
    g_autofree char *parent = g_path_get_dirname(fixture.first);
    g_autofree char *before = g_get_current_dir();
    g_autoptr(MortiseManifest) merged = NULL;
    const char *const directories[] = {name, NULL};
    sandbox_write(fixture.first, "ant.json", DRIVER("ant", ""), -1);
    CHECK_INT(chdir(parent), 0);
    fixture.found = mortise_discovery_read(directories);
    CHECK_INT(chdir(before), 0);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_TEXT(message, NULL);
    CHECK_TEXT(merged->schemes[0], "ant");
    CHECK(mortise_manifest_source_may_say(source_at(&fixture, 0), "\"ant\""));
}

static void
test_merge(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autoptr(MortiseManifest) merged = NULL;
    sandbox_write(fixture.first, "ant.json", "{\"priority\": 3, \"vendor\": \"Admin\"}", -1);
    sandbox_write(fixture.second, "ant.json", DRIVER("ant", ", \"vendor\": \"Packager\", \"version\": \"1\""), -1);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_TEXT(message, NULL);
    CHECK_INT(merged->priority, 3);
    CHECK_TEXT(merged->vendor, "Admin");
    CHECK_TEXT(merged->version, "1");
    CHECK(merged->enabled);
    CHECK_TEXT(merged->enabled_by, NULL);
}

static void
test_masks(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autofree char *upper = path_in(fixture.first, "ant.json");
    g_autoptr(MortiseManifest) merged = NULL;
    sandbox_write(fixture.second, "ant.json", DRIVER("ant", ""), -1);
    CHECK_INT(symlink("/dev/null", upper), 0);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_TEXT(message, NULL);
    CHECK(!merged->enabled);
    CHECK_TEXT(merged->enabled_by, upper);
    CHECK_TEXT(merged->schemes[0], "ant");   /* known all the same */
}

static void
test_unmask(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autoptr(MortiseManifest) merged = NULL;
    sandbox_write(fixture.first, "ant.json", "{\"enabled\": true}", -1);
    sandbox_write(fixture.second, "ant.json", DRIVER("ant", ", \"enabled\": false"), -1);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_TEXT(message, NULL);
    CHECK(merged->enabled);
}

static void
test_broken_in_front(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autoptr(MortiseManifest) merged = NULL;
    sandbox_write(fixture.first, "ant.json", "{\"priority\": }", -1);
    sandbox_write(fixture.second, "ant.json", DRIVER("ant", ""), -1);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    g_autofree char *expected = g_strdup_printf("%s/ant.json:1:14: not a manifest: a value is missing here (it stands "
                                                "before %s/ant.json); correct the file, or remove it, or link it to "
                                                "/dev/null to switch the module off",
                                                fixture.first, fixture.second);
    CHECK_TEXT(message, expected);
    CHECK_TEXT(merged->schemes[0], "ant");
}

static void
test_broken_behind(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autoptr(MortiseManifest) merged = NULL;
    sandbox_write(fixture.first, "ant.json", DRIVER("ant", ""), -1);
    sandbox_write(fixture.second, "ant.json", "{\"priority\": }", -1);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_TEXT(message, NULL);
    CHECK_INT(merged->notes->len, 1);
    CHECK_CONTAINS(g_ptr_array_index(merged->notes, 0), "a value is missing here; it was not needed");
}

static void
test_incomplete(void)
{
    g_auto(Fixture) fixture = fixture_make();
    g_autoptr(MortiseManifest) merged = NULL;
    sandbox_write(fixture.first, "ant.json", "{\"priority\": 1}", -1);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    g_autofree char *expected = g_strdup_printf("%s/ant.json: the key \"kind\" is missing; write \"driver\", "
                                                "\"filter\" or \"provider\"",
                                                fixture.first);
    CHECK_TEXT(message, expected);
}

/* Something named NAME.json that is no manifest; what is said of it. */
static void
check_entry(const char *name, const char *part, void (*plant)(const char *path))
{
    g_auto(Fixture) fixture = fixture_make();
    g_autoptr(MortiseManifest) merged = NULL;
    g_autofree char *path = path_in(fixture.first, name);
    plant(path);
    fixture_read(&fixture);
    g_autofree char *message = merge_only(&fixture, &merged);
    CHECK_CONTAINS(message, part);
}

static void
plant_directory(const char *path)
{
    CHECK_INT(mkdir(path, 0755), 0);
}

static void
plant_fifo(const char *path)
{
    CHECK_INT(mkfifo(path, 0644), 0);
}

static void
plant_dangling(const char *path)
{
    CHECK_INT(symlink("nowhere", path), 0);
}

static void
plant_loop(const char *path)
{
    CHECK_INT(symlink(path, path), 0);
}

static void
plant_device(const char *path)
{
    CHECK_INT(symlink("/dev/zero", path), 0);
}

static void
plant_large(const char *path)
{
    CHECK(g_file_set_contents(path, "", 0, NULL));
    CHECK_INT(truncate(path, MORTISE_LIMIT_MANIFEST_BYTES + 1), 0);
}

static void
plant_empty(const char *path)
{
    CHECK(g_file_set_contents(path, "", 0, NULL));
}

static void
test_things_that_are_no_files(void)
{
    check_entry("ant.json", "ant.json: it is neither a file nor a link to /dev/null; remove it", plant_directory);
    check_entry("ant.json", "ant.json: it is neither a file nor a link to /dev/null; remove it", plant_fifo);
    check_entry("ant.json", "ant.json: it is neither a file nor a link to /dev/null; remove it", plant_device);
    check_entry("ant.json", "ant.json: it is a link to a file that does not exist; remove it", plant_dangling);
    check_entry("ant.json", "ant.json: it cannot be read: Too many levels of symbolic links", plant_loop);
    check_entry("ant.json", "ant.json: it has more than 65536 bytes; make it shorter", plant_large);
    check_entry("ant.json", "ant.json:1:1: not a manifest: there is nothing in it", plant_empty);
    check_entry("Ant.json", "Ant.json: the file's name is not [a-z][a-z0-9-]{0,31}.json; rename it", plant_empty);
    check_entry("a b.json", "a b.json: the file's name is not [a-z][a-z0-9-]{0,31}.json; rename it", plant_empty);
    check_entry("a\xff.json", ".json: the file's name is not [a-z][a-z0-9-]{0,31}.json; rename it", plant_empty);
    check_entry("a23456789012345678901234567890123.json", "the file's name is not", plant_empty);
}

static void
test_may_say(void)
{
    g_auto(Fixture) fixture = fixture_make();
    sandbox_write(fixture.first, "ant.json", "{\"priority\": 1}", -1);
    sandbox_write(fixture.second, "ant.json", DRIVER("ant", ", \"vendor\": \"who\""), -1);
    sandbox_write(fixture.second, "bee.json", "{\"summary\": \"a \\u0062ee\"}", -1);
    fixture_read(&fixture);
    CHECK(mortise_manifest_source_may_say(source_at(&fixture, 0), "\"who\""));
    CHECK(!mortise_manifest_source_may_say(source_at(&fixture, 0), "\"wh\""));
    CHECK(!mortise_manifest_source_may_say(source_at(&fixture, 0), "\"bee\""));
    CHECK(mortise_manifest_source_may_say(source_at(&fixture, 1), "\"bee\""));   /* escapes could spell anything */
}

/* The directory that speaks later holds every second one, and so the one too many. */
static void
test_too_many(void)
{
    g_auto(Fixture) fixture = fixture_make();
    for (guint i = 0; i <= MORTISE_LIMIT_MANIFESTS; i++) {
        g_autofree char *name = g_strdup_printf("m%05u.json", i);
        g_autofree char *path = path_in(i % 2 == 0 ? fixture.first : fixture.second, name);
        (void) close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    }
    fixture_read(&fixture);
    CHECK_INT(fixture.found->sources->len, MORTISE_LIMIT_MANIFESTS + 1);
    for (guint i = 0; i < fixture.found->sources->len; i++) {
        const MortiseManifestFile *file = source_at(&fixture, i)->files;
        CHECK((file->error != NULL) == (i == MORTISE_LIMIT_MANIFESTS - 1));
    }
    const MortiseManifestFile *last = source_at(&fixture, MORTISE_LIMIT_MANIFESTS - 1)->files;
    CHECK_CONTAINS(last->error != NULL ? last->error->message : NULL, "there are more than 4096 manifests");
}

static const MortiseTest tests[] = {
    {"order and names", test_order_and_names},
    {"nothing there", test_nothing},
    {"several directories", test_several_directories},
    {"names that are no text", test_unreadable_names},
    {"changed later", test_changed_later},
    {"a relative path", test_relative},
    {"merging by key", test_merge},
    {"masked by a link to /dev/null", test_masks},
    {"switched on again", test_unmask},
    {"a broken file in front", test_broken_in_front},
    {"a broken file behind", test_broken_behind},
    {"an incomplete manifest", test_incomplete},
    {"things that are no files", test_things_that_are_no_files},
    {"the search through the text", test_may_say},
    {"too many manifests", test_too_many},
};

MORTISE_TEST_MAIN("discovery", tests)
