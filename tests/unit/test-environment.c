// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The environment as the core reads it, in this process and in really privileged ones.
#include "environment.h"
#include "mortise-test.h"
#include "sandbox.h"

#include <linux/capability.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

static void
test_values(void)
{
    g_setenv("MORTISE_TEST_VALUE", "x y", TRUE);
    CHECK_TEXT(mortise_environment_get("MORTISE_TEST_VALUE"), "x y");
    g_setenv("MORTISE_TEST_VALUE", "", TRUE);
    CHECK_TEXT(mortise_environment_get("MORTISE_TEST_VALUE"), NULL);
    g_unsetenv("MORTISE_TEST_VALUE");
    CHECK_TEXT(mortise_environment_get("MORTISE_TEST_VALUE"), NULL);
    CHECK_INT(mortise_environment_is_privileged(), geteuid() == 0);
}

static void
test_lists(void)
{
    g_setenv("MORTISE_TEST_LIST", ":/a::/b c:", TRUE);
    g_auto(GStrv) list = mortise_environment_get_list("MORTISE_TEST_LIST");
    CHECK_INT(g_strv_length(list), 2);
    CHECK_TEXT(list[0], "/a");
    CHECK_TEXT(list[0] != NULL ? list[1] : NULL, "/b c");
    g_unsetenv("MORTISE_TEST_LIST");
    g_auto(GStrv) empty = mortise_environment_get_list("MORTISE_TEST_LIST");
    CHECK(empty != NULL && empty[0] == NULL);
}

/* What the probe says when `user` runs it with both variables set. */
static char *
run_probe(const char *program, gboolean as_nobody)
{
    const char *const arguments[] = {program, NULL};
    const char *const child_environment[] = {"MORTISE_TEST_VALUE=here", "MORTISE_TEST_LIST=/a:/b",
                                             "ASAN_OPTIONS=detect_leaks=0", NULL};
    g_autofree char *output = NULL;
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        abort();
    }
    pid_t child = fork();
    if (child == 0) {
        gboolean changed = !as_nobody || (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
        if (changed && dup2(pipe_fds[1], STDOUT_FILENO) >= 0) {
            (void) execve(program, (char *const *) arguments, (char *const *) child_environment);
        }
        _exit(127);
    }
    (void) close(pipe_fds[1]);
    g_autoptr(GIOChannel) channel = g_io_channel_unix_new(pipe_fds[0]);
    g_io_channel_set_close_on_unref(channel, TRUE);
    (void) g_io_channel_read_to_end(channel, &output, NULL, NULL);
    (void) waitpid(child, NULL, 0);
    return g_steal_pointer(&output);
}

/* A copy of the probe that everybody may run; NULL, with the skip said, when it could not be privileged here. */
static char *
copy_probe(const char *directory, const char *test)
{
    struct statvfs status;
    g_autofree char *contents = NULL;
    gsize length = 0;
    if (geteuid() != 0) {
        mortise_test_skip(test, "only root can make a privileged program");
        return NULL;
    }
    if (statvfs(directory, &status) != 0 || (status.f_flag & (ST_NOSUID | ST_NOEXEC)) != 0) {
        mortise_test_skip(test, "the directory for temporary files is mounted nosuid or noexec");
        return NULL;
    }
    char *copy = g_build_filename(directory, "probe", NULL);
    CHECK(g_file_get_contents(ENVIRONMENT_PROBE, &contents, &length, NULL));
    CHECK(g_file_set_contents_full(copy, contents, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    CHECK_INT(chmod(copy, 0755), 0);
    return copy;
}

static void
test_plain_process(void)
{
    g_autofree char *said = run_probe(ENVIRONMENT_PROBE, FALSE);
    const char *expected = geteuid() == 0 ? "value=here list=2 privileged=1 trust=1\n"
                                          : "value=here list=2 privileged=0 trust=0\n";
    CHECK_TEXT(said, expected);
}

static void
test_unprivileged_copy(void)
{
    SANDBOX directory = sandbox_new();
    g_autofree char *probe = copy_probe(directory, "a copy without privileges");
    if (probe != NULL) {
        g_autofree char *said = run_probe(probe, TRUE);
        CHECK_TEXT(said, "value=here list=2 privileged=0 trust=0\n");
    }
}

static void
test_setuid(void)
{
    SANDBOX directory = sandbox_new();
    g_autofree char *probe = copy_probe(directory, "a setuid program");
    if (probe != NULL) {
        CHECK_INT(chmod(probe, 04755), 0);
        g_autofree char *said = run_probe(probe, TRUE);
        CHECK_TEXT(said, "value=(none) list=0 privileged=1 trust=2\n");
    }
}

static void
test_file_capability(void)
{
    SANDBOX directory = sandbox_new();
    g_autofree char *probe = copy_probe(directory, "a program with file capabilities");
    struct vfs_cap_data data = {
        .magic_etc = GUINT32_TO_LE(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE),
        .data = {{.permitted = GUINT32_TO_LE(1u << CAP_NET_RAW)}},
    };
    if (probe == NULL) {
        return;
    }
    if (setxattr(probe, "security.capability", &data, XATTR_CAPS_SZ_2, 0) != 0) {
        mortise_test_skip("a program with file capabilities", g_strerror(errno));
        return;
    }
    g_autofree char *said = run_probe(probe, TRUE);
    if (said == NULL || said[0] == '\0') {
        mortise_test_skip("a program with file capabilities", "this host does not let such a program run");
        return;
    }
    CHECK_TEXT(said, "value=(none) list=0 privileged=1 trust=2\n");
}

static const MortiseTest tests[] = {
    {"values", test_values},
    {"lists", test_lists},
    {"a plain process", test_plain_process},
    {"a copy without privileges", test_unprivileged_copy},
    {"a setuid program", test_setuid},
    {"a program with file capabilities", test_file_capability},
};

MORTISE_TEST_MAIN("environment", tests)
