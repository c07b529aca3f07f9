// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a process of a user is in control groups, and what a path of a container will be, on folders made for it.
#include <mortise/driver/abi.h>
#include <string.h>
#include <unistd.h>

#include "lxc-config.h"
#include "lxc-engine.h"
#include "lxc-inside.h"
#include "folder-test.h"
#include "mortise-test.h"

#define MEMBERSHIP "4:memory:/user/one\n3:cpu,cpuacct:/user/one\n9:name=systemd:/elsewhere\n0::/user/one/leaf\n"

static void
put_link(const Folder *folder, const char *name, const char *leads)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    CHECK(symlink(leads, path) == 0);
}

static LxcCgroups *
make_hybrid(const Folder *folder)
{
    g_autofree char *mounts = g_strdup_printf(
        "cgroup %s/memory cgroup rw,memory 0 0\ncgroup %s/cpu cgroup rw,cpu,cpuacct 0 0\n"
        "cgroup %s/systemd cgroup rw,name=systemd 0 0\ncgroup2 %s/unified cgroup2 rw 0 0\n", folder, folder, folder,
        folder);

    folder_put(folder, "memory/user/one/cgroup.procs", "");
    folder_put(folder, "cpu/user/one/cgroup.procs", "");
    folder_put(folder, "unified/user/one/leaf/cgroup.procs", "");
    folder_put(folder, "unified/user/cgroup.procs", "");
    return lxc_cgroups_new(mounts, "/user/one");
}

/* Those of all hierarchies but that where the user could make nothing. */
static void
test_own_groups(void)
{
    g_autoptr(Folder) folder = folder_new();
    g_autoptr(LxcCgroups) cgroups = make_hybrid(folder);
    g_autofree char *lists = lxc_cgroups_own_lists(cgroups, MEMBERSHIP);
    g_autofree char *wanted = g_strdup_printf("%s/memory/user/one/cgroup.procs\n%s/cpu/user/one/cgroup.procs\n"
                                              "%s/unified/user/one/leaf/cgroup.procs\n", folder, folder, folder);
    g_autofree char *nowhere = lxc_cgroups_own_lists(cgroups, "");
    g_autofree char *systemd = lxc_cgroup_of(MEMBERSHIP, cgroups->hierarchies->pdata[2]);

    CHECK_TEXT(lists, wanted);
    CHECK_TEXT(nowhere, "");
    CHECK_TEXT(systemd, "/elsewhere");
}

/* The lists that are there may be written to, and others may not. */
static void
test_barrier(void)
{
    g_autoptr(Folder) folder = folder_new();
    g_autoptr(LxcCgroups) cgroups = make_hybrid(folder);
    const LxcHierarchy *unified = cgroups->hierarchies->pdata[3];
    g_autofree char *beside = lxc_cgroup_barrier(unified, MEMBERSHIP, "/user/two/job");
    g_autofree char *inner = lxc_cgroup_barrier(unified, MEMBERSHIP, "/user/one/job");
    g_autofree char *alike = lxc_cgroup_barrier(unified, MEMBERSHIP, "/users/job");
    g_autofree char *old = lxc_cgroup_barrier(cgroups->hierarchies->pdata[0], MEMBERSHIP, "/users/job");
    g_autofree char *above = g_build_filename(folder, "unified/user/one", NULL);
    g_autofree char *top = g_build_filename(folder, "unified", NULL);

    CHECK(beside == NULL);
    CHECK_TEXT(inner, above);
    CHECK_TEXT(alike, top);
    CHECK(old == NULL);
}

static LxcDefinition *
make_definition(const Folder *folder)
{
    g_autofree char *text = g_strdup_printf(
        "<domain type='lxc'><name>web</name><memory>1024</memory><os><type>exe</type><init>/init</init></os><devices>"
        "<filesystem type='mount'><source dir='%s/data'/><target dir='/mnt/data'/></filesystem>"
        "<filesystem type='mount'><source dir='%s/root'/><target dir='/'/></filesystem>"
        "<filesystem type='bind'><source dir='/etc'/><target dir='/mnt/data/deep'/></filesystem>"
        "<filesystem type='ram'><source usage='1024'/><target dir='/ram'/></filesystem>"
        "<filesystem type='mount'><source dir='%s/data'/><target dir='/ram/made/data'/></filesystem>"
        "</devices></domain>", folder, folder, folder);

    folder_put(folder, "data/file", "");
    folder_put(folder, "data/deep/hidden", "");
    folder_put(folder, "root/etc/passwd", "");
    folder_put(folder, "root/mnt/data/covered", "");
    put_link(folder, "root/loop", "loop");
    put_link(folder, "root/up", "../../mnt/data");
    put_link(folder, "data/passwd", "/etc/passwd");
    put_link(folder, "root/dev", "/nothere");
    return lxc_definition_parse(text, NULL);
}

static void
test_inside(void)
{
    static const struct {
        const char *path;
        guint count;
        LxcInsideState state;
        const char *link;
    } cases[] = {
        {"/etc/passwd", 5, LXC_INSIDE_FOUND, NULL},
        {"/", 5, LXC_INSIDE_FOUND, NULL},
        {"/mnt/data/covered", 5, LXC_INSIDE_MISSING, NULL},
        {"/mnt/data/covered", 0, LXC_INSIDE_FOUND, NULL},
        {"/mnt/data/file", 5, LXC_INSIDE_FOUND, NULL},
        {"/mnt/data/file/more", 5, LXC_INSIDE_MISSING, NULL},
        {"/mnt/data/passwd", 5, LXC_INSIDE_FOUND, "/mnt/data/passwd"},
        {"/mnt/data/deep/hidden", 5, LXC_INSIDE_MISSING, NULL},
        {"/mnt/data/deep/hidden", 2, LXC_INSIDE_FOUND, NULL},
        {"/mnt/data/deep/passwd", 5, LXC_INSIDE_FOUND, NULL},
        {"/up/deep/../passwd", 5, LXC_INSIDE_FOUND, "/up"},
        {"/loop", 5, LXC_INSIDE_MISSING, "/loop"},
        {"/ram/other", 5, LXC_INSIDE_UNKNOWN, NULL},
        {"/ram/made", 5, LXC_INSIDE_FOUND, NULL},
        {"/ram/made/data/file", 5, LXC_INSIDE_FOUND, NULL},
        {"/ram/made/data/nothere", 5, LXC_INSIDE_MISSING, NULL},
        {"/dev/null", 5, LXC_INSIDE_UNKNOWN, NULL},
    };
    g_autoptr(Folder) folder = folder_new();
    g_autoptr(LxcDefinition) definition = make_definition(folder);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(LxcInside) inside = {0};
        g_autofree char *told = NULL;
        g_autofree char *wanted = g_strdup_printf("%s: %d", cases[i].path, (int) cases[i].state);

        lxc_inside_find(definition, cases[i].count, cases[i].path, &inside);
        told = g_strdup_printf("%s: %d", cases[i].path, (int) inside.state);
        CHECK_TEXT(told, wanted);
        CHECK_TEXT(inside.link, cases[i].link);
    }
}

/* What liblxc said of paths that could not be looked at before: those in images. */
static void
test_explained(void)
{
    static const struct {
        const char *line;
        const char *reason;
        const char *hint;
    } cases[] = {
        {"lxc job 1 ERROR    start - ../src/lxc/start.c:do_start:1 - No such file or directory - Could not change "
         "directory to \"/nothere\"\n", "file-missing", "<initdir>"},
        {"lxc job 1 ERROR    utils - ../src/lxc/utils.c:open_if_safe:1 - Too many levels of symbolic links - out in "
         "/rootfs/out was a symbolic link!\nlxc job 1 ERROR    utils - ../src/lxc/utils.c:safe_mount:1 - Failed to "
         "mount \"none\"\n", "file-error", "link"},
    };
    g_autoptr(Folder) folder = folder_new();
    g_autoptr(LxcDefinition) definition = make_definition(folder);
    g_autofree char *log = g_build_filename(folder, "log", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        DriverFailure *failure = NULL;

        folder_put(folder, "log", cases[i].line);
        driver_failure_set(&failure, "program-failed", "helper", NULL, "It failed.");
        lxc_explain(definition, log, &failure);
        CHECK_TEXT(failure->reason, cases[i].reason);
        CHECK_CONTAINS(failure->hint, cases[i].hint);
        driver_failure_free(failure);
    }
}

static const MortiseTest tests[] = {
    {"the control groups of a process", test_own_groups},
    {"a way between control groups", test_barrier},
    {"paths of a container", test_inside},
    {"what liblxc said of paths", test_explained},
};

MORTISE_TEST_MAIN("lxc-paths", tests)
