// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The CPUs of containers, on trees of files that stand for control groups of both versions.
#include "lxc-cpus.h"

#include <mortise/driver/abi.h>
#include <unistd.h>

#include "folder-test.h"
#include "lxc-limits.h"
#include "mortise-test.h"

#define GROUP "mortise-lxc-1"

/* A hierarchy in a folder of its own. */
typedef struct {
    Folder *folder;
    LxcCgroups *cgroups;
} Tree;

static void
put(const Tree *tree, const char *group, const char *file, const char *text)
{
    g_autofree char *name = g_build_filename(group, file, NULL);

    folder_put(tree->folder, name, text);
}

static char *
get(const Tree *tree, const char *group, const char *file)
{
    g_autofree char *path = g_build_filename(tree->folder, group, file, NULL);
    char *text = NULL;

    CHECK(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
tree_init(Tree *tree, gboolean unified, const char *controllers)
{
    g_autofree char *mounts = NULL;

    tree->folder = folder_new();
    put(tree, "", "cgroup.controllers", controllers);
    mounts = g_strdup_printf("cgroup %s %s rw,%s 0 0\n", tree->folder, unified ? "cgroup2" : "cgroup", controllers);
    tree->cgroups = lxc_cgroups_new(mounts, "/user");
}

static void
tree_clear(Tree *tree)
{
    folder_remove(tree->folder);
    lxc_cgroups_free(tree->cgroups);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tree, tree_clear)

static void
check_read(const Tree *tree, const char *group, const char *wanted)
{
    DomainCpus cpus;
    g_autofree char *text = lxc_cpus_read(tree->cgroups, group, &cpus) ? domain_cpus_to_text(&cpus) : NULL;

    CHECK_TEXT(text, wanted);
}

static void
check_write(const Tree *tree, const char *set, const char *line)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    DriverFailure *failure = NULL;
    DomainCpus cpus;
    g_autofree char *wrong = set != NULL ? domain_cpus_parse(set, &cpus) : NULL;

    CHECK_TEXT(wrong, NULL);
    CHECK(lxc_cpus_write(tree->cgroups, GROUP, set != NULL ? &cpus : NULL, lines, &failure));
    CHECK(failure == NULL);
    CHECK_TEXT(lines->str, line);
}

static void
check_refused(const Tree *tree, const char *set, const char *reason, const char *part)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(DriverFailure) failure = NULL;
    DomainCpus cpus;

    CHECK(domain_cpus_parse(set, &cpus) == NULL);
    CHECK(!lxc_cpus_write(tree->cgroups, GROUP, &cpus, lines, &failure));
    CHECK_TEXT(failure->reason, reason);
    CHECK_CONTAINS(failure->message, part);
    CHECK_TEXT(lines->str, "");
}

static void
test_version_2(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_autofree char *kept = NULL;
    g_autofree char *empty = NULL;

    tree_init(&tree, TRUE, "cpuset");
    put(&tree, "user", "cpuset.cpus.effective", "0-3\n");
    put(&tree, "user/" GROUP, "cpuset.cpus", "\n");
    // Where nothing is said, what is above it counts.
    check_read(&tree, GROUP, "0-3");
    check_read(&tree, "/user/" GROUP, "0-3");
    put(&tree, "user/" GROUP, "cpuset.cpus.effective", "1-2\n");
    check_read(&tree, GROUP, "1-2");
    // The kernel itself would take this.
    check_refused(&tree, "2-4", "invalid-argument", "CPU 4 cannot be used: the control group /user has 0-3");
    kept = get(&tree, "user/" GROUP, "cpuset.cpus");
    CHECK_TEXT(kept, "\n");
    check_write(&tree, "3,1", "lxc.cgroup2.cpuset.cpus = 1,3\n");
    check_write(&tree, NULL, "lxc.cgroup2.cpuset.cpus = \n");
    empty = get(&tree, "user/" GROUP, "cpuset.cpus");
    // A file that is no control group's keeps the end of what was in it.
    CHECK_TEXT(empty, "\n,3");
}

/* No empty set there: all of the group above stands for it. */
static void
test_version_1(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_autofree char *all = NULL;

    tree_init(&tree, FALSE, "cpuset");
    put(&tree, "", "cpuset.effective_cpus", "0-5\n");
    put(&tree, "user", "cpuset.effective_cpus", "0-3,5\n");
    put(&tree, "user/" GROUP, "cpuset.cpus", "0");
    put(&tree, "user/" GROUP, "cpuset.effective_cpus", "0\n");
    check_read(&tree, GROUP, "0");
    check_refused(&tree, "4", "invalid-argument", "CPU 4 cannot be used");
    check_write(&tree, "1", "lxc.cgroup.cpuset.cpus = 1\n");
    check_write(&tree, NULL, "lxc.cgroup.cpuset.cpus = \n");
    all = get(&tree, "user/" GROUP, "cpuset.cpus");
    CHECK_TEXT(all, "0-3,5");
}

static void
test_nothing(void)
{
    g_auto(Tree) tree = {NULL, NULL};
    g_auto(Tree) other = {NULL, NULL};
    const char *reason = geteuid() == 0 ? "host-unsupported" : "permission-denied";

    tree_init(&tree, TRUE, "memory");
    put(&tree, "user/" GROUP, "cgroup.procs", "1\n");
    tree_init(&other, TRUE, "cpuset");
    put(&other, "user", "cpuset.cpus.effective", "0-3\n");
    check_read(&tree, GROUP, NULL);
    check_refused(&tree, "0", reason, "controller 'cpuset'");
    check_read(&other, GROUP, "0-3");
    // Between two lives.
    check_refused(&other, "0", "domain-busy", "just being started again");
    put(&other, "user/" GROUP, "cgroup.procs", "1\n");
    check_refused(&other, "0", reason, "controller 'cpuset'");
}

/* What liblxc is to read when the container reboots. */
static void
test_configuration(void)
{
    static const char config[] = "lxc.arch = x86_64\nlxc.cgroup.cpuset.cpus = 0\nlxc.tty.max = 0\n";
    g_autofree char *other = lxc_limits_configure(config, "lxc.cgroup.cpuset.cpus = 1\n");
    g_autofree char *gone = lxc_limits_configure(other, "lxc.cgroup.cpuset.cpus = \n");
    g_autofree char *again = lxc_limits_configure(gone, "lxc.cgroup.cpuset.cpus = \n");

    CHECK_TEXT(other, "lxc.arch = x86_64\nlxc.tty.max = 0\nlxc.cgroup.cpuset.cpus = 1\n");
    CHECK_TEXT(gone, "lxc.arch = x86_64\nlxc.tty.max = 0\n");
    CHECK_TEXT(again, gone);
}

static const MortiseTest tests[] = {
    {"control groups of version 2", test_version_2},
    {"control groups of version 1", test_version_1},
    {"no controller", test_nothing},
    {"configuration", test_configuration},
};

MORTISE_TEST_MAIN("lxc-cpus", tests)
