// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Which module files a privileged process believes in: planted owners, modes, links and lists.
#include "error.h"
#include "mortise-test.h"
#include "sandbox.h"
#include "trust.h"

#include <sys/xattr.h>

#define STRANGER 54321   /* a number that owns nothing above this test */

static void
check_missing(const char *path, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *found = mortise_trust_resolve(path, MORTISE_TRUST_ANYBODY, &error);
    CHECK_TEXT(found, NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_MISSING));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, message);
}

static void
test_files(void)
{
    SANDBOX directory = sandbox_new();
    g_autofree char *real = realpath(directory, NULL);
    g_autofree char *file = g_build_filename(real, "m.so", NULL);
    g_autofree char *link = g_build_filename(directory, "link.so", NULL);
    g_autofree char *loop = g_build_filename(directory, "loop.so", NULL);
    g_autofree char *nothing = g_build_filename(directory, "nothing.so", NULL);
    g_autofree char *fifo = g_build_filename(directory, "fifo.so", NULL);
    sandbox_write(directory, "m.so", "x", 1);
    CHECK_INT(symlink("m.so", link), 0);
    CHECK_INT(symlink("loop.so", loop), 0);
    CHECK_INT(mkfifo(fifo, 0600), 0);
    g_autofree char *found = mortise_trust_resolve(link, MORTISE_TRUST_ANYBODY, NULL);
    CHECK_TEXT(found, file);
    check_missing(nothing, "nothing.so: does not exist");
    check_missing(loop, "loop.so: Too many levels of symbolic links");
    check_missing(fifo, "fifo.so is not a regular file");
    check_missing(directory, "is not a regular file");
}

static char *
read_as_nobody(gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *found = mortise_trust_resolve(data, MORTISE_TRUST_ANYBODY, &error);
    return g_strdup(found != NULL ? found : error->message);
}

static void
test_unreadable_file(void)
{
    if (geteuid() != 0) {
        mortise_test_skip("a file that cannot be read", "only root can become another user");
        return;
    }
    SANDBOX directory = sandbox_new();
    g_autofree char *file = g_build_filename(directory, "m.so", NULL);
    sandbox_write(directory, "m.so", "x", 1);
    CHECK_INT(chmod(file, 0600), 0);
    g_autofree char *said = child_run(read_as_nobody, file, CHILD_NOBODY);
    CHECK_CONTAINS(said, "m.so cannot be read: Permission denied");
}

/* A module in a directory in a directory, to be spoilt by the tests below. */
typedef struct {
    char *top;
    char *middle;
    char *file;
} Tree;

static void
tree_clear(Tree *tree)
{
    sandbox_remove(g_steal_pointer(&tree->top));
    g_free(tree->middle);
    g_free(tree->file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tree, tree_clear)

static gboolean
tree_make(Tree *tree, const char *test)
{
    *tree = (Tree) {NULL};
    if (geteuid() != 0) {
        mortise_test_skip(test, "only root can plant files of others");
        return FALSE;
    }
    tree->top = sandbox_new();
    tree->middle = g_build_filename(tree->top, "middle", NULL);
    tree->file = g_build_filename(tree->middle, "m.so", NULL);
    CHECK_INT(mkdir(tree->middle, 0755), 0);
    sandbox_write(tree->middle, "m.so", "x", 1);
    CHECK_INT(chmod(tree->file, 0644), 0);
    return TRUE;
}

static void
check_trusted(const Tree *tree)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *found G_GNUC_UNUSED = mortise_trust_resolve(tree->file, MORTISE_TRUST_WRITERS_OF_LIBRARY, &error);
    CHECK_NO_ERROR(error);
    g_autofree char *strict G_GNUC_UNUSED = mortise_trust_resolve(tree->file, MORTISE_TRUST_ROOT, &error);
    CHECK_NO_ERROR(error);
}

static void
check_untrusted(const Tree *tree, const char *place, const char *message, const char *hint)
{
    for (int trust = MORTISE_TRUST_WRITERS_OF_LIBRARY; trust <= MORTISE_TRUST_ROOT; trust++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *found = mortise_trust_resolve(tree->file, (MortiseTrust) trust, &error);
        g_autofree char *expected = g_strdup_printf("%s is not loaded by a privileged process: %s %s; if that file is "
                                                    "yours to trust: %s %s",
                                                    tree->file, place, message, hint, place);
        CHECK_TEXT(found, NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_MODULE_UNTRUSTED));
        CHECK_TEXT(error != NULL ? error->message : NULL, expected);
    }
    /* Without privileges there is nothing to lose. */
    g_autoptr(GError) error = NULL;
    g_autofree char *found G_GNUC_UNUSED = mortise_trust_resolve(tree->file, MORTISE_TRUST_ANYBODY, &error);
    CHECK_NO_ERROR(error);
}

/* A directory for temporary files with the sticky bit and root's own below it, as they are here. */
static void
test_good_tree(void)
{
    g_auto(Tree) tree = {NULL};
    if (tree_make(&tree, "a tree of root's")) {
        check_trusted(&tree);
    }
}

static void
test_owners(void)
{
    g_auto(Tree) tree = {NULL};
    if (!tree_make(&tree, "owners")) {
        return;
    }
    CHECK_INT(chown(tree.file, STRANGER, 0), 0);
    check_untrusted(&tree, tree.file, "belongs to the user with number 54321", "chown root");
    CHECK_INT(chown(tree.file, 0, 0), 0);
    CHECK_INT(chown(tree.middle, STRANGER, 0), 0);
    check_untrusted(&tree, tree.middle, "belongs to the user with number 54321", "chown root");
    CHECK_INT(chown(tree.middle, 0, 0), 0);
    CHECK_INT(chown(tree.top, STRANGER, 0), 0);
    check_untrusted(&tree, tree.top, "belongs to the user with number 54321", "chown root");
    /* The owner of a sticky directory may replace what is in it. */
    CHECK_INT(chmod(tree.top, 01777), 0);
    check_untrusted(&tree, tree.top, "belongs to the user with number 54321", "chown root");
    CHECK_INT(chown(tree.top, 0, 0), 0);
    check_trusted(&tree);
}

static void
test_modes(void)
{
    g_auto(Tree) tree = {NULL};
    if (!tree_make(&tree, "modes")) {
        return;
    }
    CHECK_INT(chmod(tree.file, 0646), 0);
    check_untrusted(&tree, tree.file, "may be written by anybody", "chmod o-w");
    CHECK_INT(chmod(tree.file, 0644), 0);
    CHECK_INT(chmod(tree.middle, 0777), 0);
    check_untrusted(&tree, tree.middle, "may be written by anybody", "chmod o-w");
    CHECK_INT(chmod(tree.middle, 01777), 0);
    check_trusted(&tree);
    /* The sticky bit protects what is in a directory, and means nothing on a file. */
    CHECK_INT(chmod(tree.middle, 0755), 0);
    CHECK_INT(chmod(tree.file, 01646), 0);
    check_untrusted(&tree, tree.file, "may be written by anybody", "chmod o-w");
}

static void
test_groups(void)
{
    g_auto(Tree) tree = {NULL};
    if (!tree_make(&tree, "groups")) {
        return;
    }
    CHECK_INT(chmod(tree.middle, 0775), 0);
    check_trusted(&tree);   /* root's own group */
    CHECK_INT(chown(tree.middle, 0, STRANGER), 0);
    check_untrusted(&tree, tree.middle, "may be written by the group with number 54321", "chmod g-w");
    CHECK_INT(chmod(tree.middle, 0755), 0);
    check_trusted(&tree);
}

/* user::rwx user:54321:rwx group::r-x mask::rwx other::r-x, as the kernel keeps it. */
static const guint8 acl[] = {
    2, 0, 0, 0, 1,    0, 7, 0, 0xff, 0xff, 0xff, 0xff, 2,    0, 7, 0, 0x31, 0xd4, 0,    0,    4,    0, 5, 0,
    0xff, 0xff, 0xff, 0xff, 0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
};

static void
test_access_lists(void)
{
    g_auto(Tree) tree = {NULL};
    if (!tree_make(&tree, "access lists")) {
        return;
    }
    if (setxattr(tree.middle, "system.posix_acl_access", acl, sizeof acl, 0) != 0) {
        mortise_test_skip("access lists", g_strerror(errno));
        return;
    }
    check_untrusted(&tree, tree.middle, "may be written by the group with number 0", "chmod g-w");
}

/* A link may stand anywhere: what counts is where it leads. */
static void
test_link_to_untrusted(void)
{
    g_auto(Tree) tree = {NULL};
    if (!tree_make(&tree, "links")) {
        return;
    }
    SANDBOX other = sandbox_new();
    g_autofree char *target = g_build_filename(other, "m.so", NULL);
    sandbox_write(other, "m.so", "x", 1);
    CHECK_INT(chmod(other, 0777), 0);
    CHECK_INT(unlink(tree.file), 0);
    CHECK_INT(symlink(target, tree.file), 0);
    g_autoptr(GError) error = NULL;
    g_autofree char *found = mortise_trust_resolve(tree.file, MORTISE_TRUST_WRITERS_OF_LIBRARY, &error);
    CHECK_TEXT(found, NULL);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "may be written by anybody");
}

/* Who owns what this program runs from decides already what it does. */
static void
test_own_tree(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *found = mortise_trust_resolve(self, MORTISE_TRUST_WRITERS_OF_LIBRARY, &error);
    CHECK_NO_ERROR(error);
    CHECK_TEXT(found, self);
}

static const MortiseTest tests[] = {
    {"files, links, pipes and directories", test_files},
    {"a file that cannot be read", test_unreadable_file},
    {"a tree of root's", test_good_tree},
    {"owners", test_owners},
    {"modes", test_modes},
    {"groups", test_groups},
    {"access lists", test_access_lists},
    {"links", test_link_to_untrusted},
    {"the tree that this program is in", test_own_tree},
};

MORTISE_TEST_MAIN("trust", tests)
