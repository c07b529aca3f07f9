// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Roots: which directories, who may write them, and one owner at a time.
#include "error.h"
#include "mortise-test.h"
#include "root-private.h"
#include "sandbox.h"

static MortiseUri *
embed_uri(const char *directory)
{
    g_autofree char *escaped = g_uri_escape_string(directory, "/", FALSE);
    g_autofree char *text = g_strdup_printf("scheme:///embed?root=%s", escaped);
    MortiseUri *uri = mortise_uri_parse(text, NULL);
    if (uri == NULL) {
        abort();
    }
    return uri;
}

static MortiseRoot *
open_text(const char *text, GError **error)
{
    g_autoptr(MortiseUri) uri = mortise_uri_parse(text, error);
    return uri != NULL ? mortise_root_open(uri, 0, NULL, error) : NULL;
}

static guint
mode_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (guint) status.st_mode & 07777 : 0;
}

static void
test_embed(void)
{
    SANDBOX sandbox = sandbox_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_build_filename(sandbox, "a b", "new", NULL);
    g_autoptr(MortiseUri) uri = embed_uri(directory);
    /* Whatever the umask takes away is given back; without a directory of its own root alone could go on. */
    mode_t before = umask(geteuid() == 0 ? 0777 : 077);
    g_autoptr(MortiseRoot) root = mortise_root_open(uri, 0, NULL, &error);
    (void) umask(before);
    CHECK_NO_ERROR(error);
    if (root == NULL) {
        return;
    }
    const char *const paths[] = {root->config_directory, root->state_directory, root->run_directory,
                                 root->cache_directory};
    static const char *const names[] = {"etc", "lib", "run", "cache"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *expected = g_build_filename(directory, names[i], NULL);
        CHECK_TEXT(paths[i], expected);
        CHECK_INT(mode_of(paths[i]), 0700);
    }
}

static void
test_no_root(void)
{
    g_autoptr(GError) error = NULL;
    CHECK(open_text("scheme:///other", &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_INVALID_ARGUMENT));
    CHECK_CONTAINS(error->message, "the path \"/other\" of scheme:///other names no root");
}

/* Whoever asks for another host's guests must not be shown those of this one. */
static void
test_other_host(void)
{
    SANDBOX sandbox = sandbox_new();
    g_autofree char *text = g_strdup_printf("scheme://far.example/embed?root=%s", sandbox);
    g_autoptr(GError) error = NULL;
    CHECK(open_text(text, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_UNSUPPORTED));
    CHECK_CONTAINS(error->message, "names the host far.example");
}

/* Answers with the four directories, or the error, of a URI. */
static char *
places_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRoot) root = open_text(text, &error);
    return root == NULL ? g_strdup(error->message)
                        : g_strjoin("\n", root->config_directory, root->state_directory, root->run_directory,
                                    root->cache_directory, NULL);
}

typedef struct {
    const char *home;        /* NULL: unset */
    const char *config;
    const char *state;
    const char *runtime;
    const char *cache;
} Surroundings;

static void
set_variable(const char *name, const char *value)
{
    if (value != NULL) {
        g_setenv(name, value, TRUE);
    } else {
        g_unsetenv(name);
    }
}

static void
surround(const Surroundings *with)
{
    set_variable("HOME", with->home);
    set_variable("XDG_CONFIG_HOME", with->config);
    set_variable("XDG_STATE_HOME", with->state);
    set_variable("XDG_RUNTIME_DIR", with->runtime);
    set_variable("XDG_CACHE_HOME", with->cache);
}

static char *
open_session(gpointer data)
{
    surround(data);
    return places_of("scheme:///session");
}

static void
test_session_by_variables(void)
{
    SANDBOX box = sandbox_new();
    g_autofree char *config = g_build_filename(box, "c", NULL);
    g_autofree char *state = g_build_filename(box, "s", "deep", NULL);
    g_autofree char *runtime = g_build_filename(box, "r", NULL);
    g_autofree char *cache = g_build_filename(box, "x", NULL);
    CHECK_INT(g_mkdir(runtime, 0700), 0);
    Surroundings with = {NULL, config, state, runtime, cache};
    g_autofree char *said = child_run(open_session, &with, CHILD_PLAIN);
    g_autofree char *expected = g_strdup_printf("%s/mortise/scheme\n%s/mortise/scheme\n"
                                                "%s/mortise/scheme\n%s/mortise/scheme",
                                                config, state, runtime, cache);
    CHECK_TEXT(said, expected);
    g_autofree char *made = g_build_filename(runtime, "mortise", NULL);
    CHECK_INT(mode_of(made), 0700);
    CHECK_INT(mode_of(config), 0700);
}

/* The specification of the variables: relative paths do not count. */
static void
test_session_by_home(void)
{
    SANDBOX box = sandbox_new();
    g_autofree char *runtime = g_build_filename(box, "r", NULL);
    CHECK_INT(g_mkdir(runtime, 0700), 0);
    Surroundings with = {box, "relative", NULL, runtime, ""};
    g_autofree char *said = child_run(open_session, &with, CHILD_PLAIN);
    g_autofree char *expected = g_strdup_printf("%s/.config/mortise/scheme\n%s/.local/state/mortise/scheme\n"
                                                "%s/mortise/scheme\n%s/.cache/mortise/scheme", box, box, runtime,
                                                    box);
    CHECK_TEXT(said, expected);
}

/* No runtime directory, one that others may write, one of another user,
    one that is a file: the next choice is taken. */
static void
test_session_without_runtime_directory(void)
{
    SANDBOX box = sandbox_new();
    g_autofree char *open_to_all = g_build_filename(box, "open", NULL);
    g_autofree char *file = g_build_filename(box, "file", NULL);
    CHECK_INT(g_mkdir(open_to_all, 0700), 0);
    CHECK_INT(chmod(open_to_all, 0777), 0);
    sandbox_write(box, "file", "", 0);
    g_autofree char *foreign = g_build_filename(box, "foreign", NULL);
    CHECK_INT(g_mkdir(foreign, 0700), 0);
    CHECK_INT(geteuid() == 0 ? chown(foreign, NOBODY, NOBODY) : 0, 0);
    const char *const runtimes[] = {NULL, "", "relative", "/nonexistent/r", open_to_all, file,
                                    geteuid() == 0 ? foreign : "/"};
    g_autofree char *usual = g_strdup_printf("/run/user/%u", (unsigned) geteuid());
    for (gsize i = 0; i < G_N_ELEMENTS(runtimes) && !g_file_test(usual, G_FILE_TEST_EXISTS); i++) {
        Surroundings with = {box, NULL, NULL, runtimes[i], NULL};
        g_autofree char *said = child_run(open_session, &with, CHILD_PLAIN);
        CHECK_CONTAINS(said, "/.cache/mortise-run/scheme\n");
    }
    if (g_file_test(usual, G_FILE_TEST_EXISTS)) {
        mortise_test_skip("session without runtime directory", "this user has one in /run/user");
    }
}

static char *
make_usual_runtime(gpointer data)
{
    if (mount("none", "/run", "tmpfs", 0, "size=1m") != 0) {
        return g_strdup("skip");
    }
    g_autofree char *usual = g_strdup_printf("/run/user/%u", (unsigned) geteuid());
    if (g_mkdir_with_parents(usual, 0700) != 0) {
        return g_strdup("skip");
    }
    return open_session(data);
}

static gboolean
is_skipped(const char *said, const char *name)
{
    gboolean skipped = g_str_equal(said, "skip") || g_str_equal(said, "cannot prepare the child");
    if (skipped) {
        mortise_test_skip(name, "no mount namespace can be made here");
    }
    return skipped;
}

static gboolean
is_root(const char *name)
{
    if (geteuid() != 0) {
        mortise_test_skip(name, "needs root");
    }
    return geteuid() == 0;
}

static void
test_session_in_run_user(void)
{
    if (!is_root("session in /run/user")) {
        return;
    }
    SANDBOX box = sandbox_new();
    Surroundings with = {box, NULL, NULL, NULL, NULL};
    g_autofree char *said = child_run(make_usual_runtime, &with, CHILD_MOUNTS);
    if (!is_skipped(said, "session in /run/user")) {
        CHECK_CONTAINS(said, "\n/run/user/0/mortise/scheme\n");
    }
}

static char *
open_system(gpointer data)
{
    static const char *const bases[] = {"/etc", "/run", "/var/lib", "/var/cache"};
    (void) data;
    for (gsize i = 0; i < G_N_ELEMENTS(bases); i++) {
        if (mount("none", bases[i], "tmpfs", 0, "size=1m,mode=755") != 0) {
            return g_strdup("skip");
        }
    }
    (void) umask(077);
    g_autofree char *said = places_of("scheme:///system");
    return g_strdup_printf("%s\n%o %o %o %o %o", said, mode_of("/etc/mortise"), mode_of("/etc/mortise/scheme"),
                           mode_of("/var/lib/mortise/scheme"), mode_of("/run/mortise/scheme"),
                           mode_of("/var/cache/mortise/scheme"));
}

static void
test_system(void)
{
    if (!is_root("system")) {
        return;
    }
    g_autofree char *said = child_run(open_system, NULL, CHILD_MOUNTS);
    if (!is_skipped(said, "system")) {
        CHECK_TEXT(said,
                   "/etc/mortise/scheme\n/var/lib/mortise/scheme\n/run/mortise/scheme\n/var/cache/mortise/scheme\n"
                         "755 755 755 700 700");
    }
}

static char *
open_system_as_nobody(gpointer data)
{
    (void) data;
    return places_of("scheme:///system");
}

static void
test_system_without_rights(void)
{
    if (!is_root("system without rights") || g_file_test("/etc/mortise/scheme", G_FILE_TEST_EXISTS)) {
        return;
    }
    g_autofree char *said = child_run(open_system_as_nobody, NULL, CHILD_NOBODY);
    CHECK_CONTAINS(said, "cannot make the directory /etc/mortise");
    CHECK_CONTAINS(said, "Permission denied; use \"scheme:///session\" or \"scheme:///embed?root=DIRECTORY\"");
}

static void
test_session_without_rights(void)
{
    if (!is_root("session without rights")) {
        return;
    }
    SANDBOX box = sandbox_new();
    Surroundings with = {box, NULL, NULL, NULL, NULL};
    g_autofree char *said = child_run(open_session, &with, CHILD_NOBODY);
    CHECK_CONTAINS(said, "cannot make the directory ");
    CHECK_CONTAINS(said, "/.config: Permission denied; use \"scheme:///embed?root=DIRECTORY\"");
    Surroundings homeless = {"relative", NULL, NULL, NULL, NULL};
    g_autofree char *passwd = child_run(open_session, &homeless, CHILD_NOBODY);
    CHECK_CONTAINS(passwd, "cannot make the directory /nonexistent");
}

static char *
open_embed(gpointer data)
{
    g_autoptr(MortiseUri) uri = embed_uri(data);
    return places_of(uri->text);
}

static char *
open_embed_read_only(gpointer data)
{
    if (mount("none", data, "tmpfs", MS_RDONLY, "size=64k") != 0) {
        return g_strdup("skip");
    }
    return open_embed(data);
}

static char *
open_embed_full(gpointer data)
{
    if (mount("none", data, "tmpfs", 0, "size=64k,nr_inodes=3") != 0) {
        return g_strdup("skip");
    }
    return open_embed(data);
}

static char *
open_embed_full_of_data(gpointer data)
{
    if (mount("none", data, "tmpfs", 0, "size=64k") != 0) {
        return g_strdup("skip");
    }
    g_autofree char *large = g_strnfill(70000, 'x');
    g_autofree char *file = g_build_filename(data, "large", NULL);
    (void) g_file_set_contents_full(file, large, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    return open_embed(data);
}

static void
test_disks(void)
{
    static const struct {
        const char *name;
        ChildBody body;
        const char *said;
    } cases[] = {
        {"read-only disk", open_embed_read_only, "Read-only file system; choose a directory that uid 0 may write"},
        {"disk without inodes", open_embed_full, "No space left on device"},
        /* The lock is what counts; that the owner's name has no room is no reason to fail. */
        {"full disk", open_embed_full_of_data, "/run\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases) && is_root(cases[i].name); i++) {
        SANDBOX box = sandbox_new();
        g_autofree char *said = child_run(cases[i].body, box, CHILD_MOUNTS);
        if (!is_skipped(said, cases[i].name)) {
            CHECK_CONTAINS(said, cases[i].said);
        }
    }
}

/* A directory of a root, made before the root is opened. */
static char *
prepare(const char *box, const char *name, guint mode, uid_t owner)
{
    char *path = g_build_filename(box, name, NULL);
    if (g_mkdir(path, 0700) != 0 || chmod(path, mode) != 0 || (geteuid() == 0 && chown(path, owner, owner) != 0)) {
        abort();
    }
    return path;
}

static void
test_trust(void)
{
    static const struct {
        const char *name;      /* of the directory; "" is the root itself */
        guint mode;
        uid_t owner;
        const char *said;      /* NULL: it is opened */
    } cases[] = {
        {"etc", 0777, 0,
         "/etc may be written by anybody (mode 0777); use another directory, or take the right away: chmod"},
        {"etc", 01777, 0, "/etc may be written by anybody (mode 1777)"},
        {"lib", 0702, 0, "/lib may be written by anybody (mode 0702)"},
        {"etc", 0775, NOBODY, "/etc belongs to uid 65534, and others may write it (mode 0775)"},
        {"cache", 0770, NOBODY, "/cache belongs to uid 65534, and others may write it"},
        {"run", 0700, NOBODY, "/run belongs to uid 65534, not to uid 0; use another root"},
        {"run", 0777, 0, "/run may be written by anybody (mode 0777)"},
        {"etc", 0755, NOBODY, NULL},
        {"etc", 0775, 0, NULL},
        {"run", 0775, 0, NULL},
        {"", 0777, 0, "may be written by anybody (mode 0777)"},
        {"", 01777, 0, NULL},
        {"", 0755, NOBODY, NULL},
        {"", 0775, NOBODY, "belongs to uid 65534, and others may write it (mode 0775)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases) && is_root("trust"); i++) {
        SANDBOX box = sandbox_new();
        g_autofree char *directory = prepare(box, "root", 0755, 0);
        if (cases[i].name[0] != '\0') {
            g_free(prepare(directory, cases[i].name, cases[i].mode, cases[i].owner));
        } else {
            CHECK_INT(chown(directory, cases[i].owner, cases[i].owner) | chmod(directory, cases[i].mode), 0);
        }
        g_autoptr(MortiseUri) uri = embed_uri(directory);
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseRoot) root = mortise_root_open(uri, 0, NULL, &error);
        if (cases[i].said == NULL) {
            CHECK_NO_ERROR(error);
            CHECK_INT(root != NULL ? mode_of(root->run_directory) : 0, 0700);
        } else {
            CHECK(root == NULL);
            CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_PERMISSION_DENIED));
            CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].said);
        }
    }
}

static void
test_links(void)
{
    static const struct {
        const char *name;
        uid_t owner;           /* of the link */
        const char *said;
    } cases[] = {
        {"etc", 0, NULL},
        {"cache", 0, NULL},
        {"run", 0, "/run is a symbolic link of uid 0, which is not followed; replace it by a directory"},
        {"etc", NOBODY, "/etc is a symbolic link of uid 65534, which is not followed"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases) && is_root("links"); i++) {
        SANDBOX box = sandbox_new();
        g_autofree char *directory = prepare(box, "root", 0755, 0);
        g_autofree char *target = prepare(box, "elsewhere", 0755, 0);
        g_autofree char *link = g_build_filename(directory, cases[i].name, NULL);
        CHECK_INT(symlink(target, link) | lchown(link, cases[i].owner, cases[i].owner), 0);
        g_autoptr(MortiseUri) uri = embed_uri(directory);
        g_autoptr(GError) error = NULL;
        g_autoptr(MortiseRoot) root = mortise_root_open(uri, 0, NULL, &error);
        CHECK((root != NULL) == (cases[i].said == NULL));
        CHECK(cases[i].said == NULL || strstr(error->message, cases[i].said) != NULL);
        CHECK_INT(sandbox_count(target), 0);
    }
}

static void
test_root_reached_through_a_link(void)
{
    SANDBOX box = sandbox_new();
    g_autofree char *target = g_build_filename(box, "target", NULL);
    g_autofree char *link = g_build_filename(box, "link", NULL);
    CHECK_INT(g_mkdir(target, 0755) | symlink(target, link), 0);
    g_autoptr(MortiseUri) uri = embed_uri(link);
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseRoot) root = mortise_root_open(uri, 0, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK(root != NULL);
    CHECK_INT(sandbox_count(target), 4);
    /* By whatever name: it is one root. */
    g_autoptr(MortiseUri) other = embed_uri(target);
    CHECK(mortise_root_open(other, 0, NULL, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_ROOT_OWNED));
}

static void
test_files_in_the_way(void)
{
    SANDBOX box = sandbox_new();
    sandbox_write(box, "etc", "", 0);
    g_autoptr(MortiseUri) uri = embed_uri(box);
    g_autoptr(GError) error = NULL;
    CHECK(mortise_root_open(uri, 0, NULL, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_FILE_ERROR));
    CHECK_CONTAINS(error->message, "cannot open the directory");
    CHECK_CONTAINS(error->message, "/etc: Not a directory");
    g_clear_error(&error);
    g_autofree char *file = g_build_filename(box, "etc", NULL);
    g_autoptr(MortiseUri) below = embed_uri(file);
    CHECK(mortise_root_open(below, 0, NULL, &error) == NULL);
    CHECK_CONTAINS(error->message, file);
}

static const MortiseTest tests[] = {
    {"embed", test_embed},
    {"no root", test_no_root},
    {"another host", test_other_host},
    {"session by variables", test_session_by_variables},
    {"session by home", test_session_by_home},
    {"session without runtime directory", test_session_without_runtime_directory},
    {"session in /run/user", test_session_in_run_user},
    {"system", test_system},
    {"system without rights", test_system_without_rights},
    {"session without rights", test_session_without_rights},
    {"disks", test_disks},
    {"trust", test_trust},
    {"links", test_links},
    {"root reached through a link", test_root_reached_through_a_link},
    {"files in the way", test_files_in_the_way},
};

MORTISE_TEST_MAIN("root", tests)
