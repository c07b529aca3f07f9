// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Atomic files: whole whatever fails, and whenever the writer is killed.
#include "atomic-file.h"
#include "error.h"
#include "mortise-test.h"
#include "sandbox.h"

#include "faults.h"

#define TAG "0123456789abcdef"
#define KILLS 200

static int
open_directory(const char *path)
{
    g_autoptr(GError) error = NULL;
    int directory = mortise_directory_open(path, 0, &error);
    CHECK_NO_ERROR(error);
    return directory;
}

static gboolean
put(const char *path, const char *text, MortiseAtomicMode mode, GError **error)
{
    int directory = open_directory(path);
    gboolean written = mortise_atomic_file_write(directory, path, "file", TAG, text, "\n", mode, error);
    (void) close(directory);
    return written;
}

static void
test_write_and_replace(void)
{
    SANDBOX path = sandbox_new();
    g_autoptr(GError) error = NULL;
    for (int i = 0; i < 4; i++) {
        g_autofree char *text = g_strnfill((gsize) i * 100000, 'x');
        g_autofree char *expected = g_strconcat(text, "\n", NULL);
        CHECK(put(path, text, i % 2 == 0 ? MORTISE_ATOMIC_DURABLE : MORTISE_ATOMIC_KEPT, &error));
        CHECK_NO_ERROR(error);
        g_autofree char *found = sandbox_read(path, "file");
        CHECK_TEXT(found, expected);
        CHECK_INT(sandbox_count(path), 1);
    }
    struct stat status;
    g_autofree char *file = g_build_filename(path, "file", NULL);
    CHECK_INT(stat(file, &status), 0);
    CHECK_INT(status.st_mode & 07777, 0600);
}

static void
test_leftover_of_the_same_writer(void)
{
    SANDBOX path = sandbox_new();
    g_autoptr(GError) error = NULL;
    sandbox_write(path, ".file." TAG ".tmp", "torn", -1);
    CHECK(put(path, "new", MORTISE_ATOMIC_DURABLE, &error));
    g_autofree char *found = sandbox_read(path, "file");
    CHECK_TEXT(found, "new\n");
    CHECK_INT(sandbox_count(path), 1);
}

static void
test_leftover_names(void)
{
    CHECK(mortise_atomic_file_is_leftover(".file." TAG ".tmp", NULL));
    CHECK(mortise_atomic_file_is_leftover(".file." TAG ".tmp", "fedcba9876543210"));
    CHECK(!mortise_atomic_file_is_leftover(".file." TAG ".tmp", TAG));
    CHECK(!mortise_atomic_file_is_leftover("file." TAG ".tmp", NULL));
    CHECK(!mortise_atomic_file_is_leftover(".file", NULL));
    CHECK(!mortise_atomic_file_is_leftover("", NULL));
}

static void
test_remove(void)
{
    SANDBOX path = sandbox_new();
    g_autoptr(GError) error = NULL;
    int directory = open_directory(path);
    CHECK(mortise_atomic_file_remove(directory, path, "file", MORTISE_ATOMIC_DURABLE, &error));
    sandbox_write(path, "file", "text", -1);
    CHECK(mortise_atomic_file_remove(directory, path, "file", MORTISE_ATOMIC_DURABLE, &error));
    CHECK_INT(sandbox_count(path), 0);
    g_autofree char *child = g_build_filename(path, "child", NULL);
    CHECK_INT(g_mkdir(child, 0700), 0);
    CHECK(!mortise_atomic_file_remove(directory, path, "child", MORTISE_ATOMIC_KEPT, &error));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "cannot remove");
    CHECK_CONTAINS(error != NULL ? error->message : NULL, child);
    (void) close(directory);
}

/* Each call that can fail, what is said, and what is in the file afterwards. */
static void
test_failing_calls(void)
{
    static const struct {
        const char *call;
        int after;
        int number;
        const char *said;
        const char *left;
    } cases[] = {
        {"write", 0, ENOSPC, "cannot write", "old\n"},
        {"write", 1, EIO, "cannot write", "old\n"},
        {"fsync", 0, EIO, "cannot write", "old\n"},
        {"fsync", 0, ENOSPC, "No space left on device", "old\n"},
        {"close", 0, EDQUOT, "cannot write", "old\n"},
        {"renameat", 0, EACCES, "cannot replace", "old\n"},
        {"fsync", 1, EIO, "cannot make durable", "new\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        SANDBOX path = sandbox_new();
        g_autoptr(GError) error = NULL;
        sandbox_write(path, "file", "old\n", -1);
        faults.name = cases[i].call;
        faults.number = cases[i].number;
        faults.after = cases[i].after;
        CHECK(!put(path, "new", MORTISE_ATOMIC_DURABLE, &error));
        faults.name = NULL;
        g_autofree char *file = g_build_filename(path, "file", NULL);
        CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].said);
        CHECK_CONTAINS(error != NULL ? error->message : NULL, file);
        CHECK_CONTAINS(error != NULL ? error->message : NULL, g_strerror(cases[i].number));
        g_autofree char *found = sandbox_read(path, "file");
        CHECK_TEXT(found, cases[i].left);
        CHECK_INT(sandbox_count(path), 1);
    }
}

static void
test_failing_removal(void)
{
    SANDBOX path = sandbox_new();
    g_autoptr(GError) error = NULL;
    int directory = open_directory(path);
    sandbox_write(path, "file", "old", -1);
    faults.name = "fsync";
    faults.number = EIO;
    faults.after = 0;
    CHECK(!mortise_atomic_file_remove(directory, path, "file", MORTISE_ATOMIC_DURABLE, &error));
    faults.name = NULL;
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "cannot make durable the removal of");
    (void) close(directory);
}

static void
test_interrupted_and_short_writes(void)
{
    static const int numbers[] = {EINTR, 0};
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        SANDBOX path = sandbox_new();
        g_autoptr(GError) error = NULL;
        faults.name = "write";
        faults.number = numbers[i];
        faults.after = 0;
        CHECK(put(path, "a long new text", MORTISE_ATOMIC_DURABLE, &error));
        faults.name = NULL;
        CHECK_NO_ERROR(error);
        g_autofree char *found = sandbox_read(path, "file");
        CHECK_TEXT(found, "a long new text\n");
    }
}

typedef struct {
    const char *path;
    MortiseAtomicMode mode;
} Replacing;

static char *
replace(gpointer data)
{
    const Replacing *replacing = data;
    faults.counting = TRUE;
    gboolean written = put(replacing->path, "new", replacing->mode, NULL);
    faults.counting = FALSE;
    return g_strdup_printf("%d", written);
}

/* Killed before and after each system call, one after the other. */
static void
kill_at_each_step(MortiseAtomicMode mode, int places, int with_old)
{
    gboolean finished = FALSE;
    int old = 0;
    int killed = 0;
    for (faults.kill_at = 1; faults.kill_at < 100 && !finished; faults.kill_at++) {
        SANDBOX path = sandbox_new();
        sandbox_write(path, "file", "old\n", -1);
        int answer = -1;
        Replacing replacing = {path, mode};
        int status = child_wait(child_start(replace, &replacing, CHILD_PLAIN, &answer));
        (void) close(answer);
        finished = WIFEXITED(status);
        killed += finished ? 0 : 1;
        g_autofree char *found = sandbox_read(path, "file");
        gboolean is_old = g_strcmp0(found, "old\n") == 0;
        CHECK(is_old || g_strcmp0(found, "new\n") == 0);
        old += is_old ? 1 : 0;
    }
    faults.kill_at = 0;
    CHECK(finished);
    CHECK_INT(killed, places);
    CHECK_INT(old, with_old);
}

static void
test_killed_at_each_step(void)
{
    /* write twice, fsync, renameat, fsync: ten places; until before the renameat the file is the old one */
    kill_at_each_step(MORTISE_ATOMIC_DURABLE, 10, 7);
    /* write twice, exchange, unlinkat: eight places; until before the exchange */
    kill_at_each_step(MORTISE_ATOMIC_KEPT, 8, 5);
}

/* Where files cannot be exchanged, they are renamed. */
static void
test_without_exchange(void)
{
    SANDBOX path = sandbox_new();
    g_autoptr(GError) error = NULL;
    sandbox_write(path, "file", "old", -1);
    faults.name = "renameat2";
    faults.number = EINVAL;
    faults.after = 0;
    CHECK(put(path, "new", MORTISE_ATOMIC_KEPT, &error));
    faults.name = NULL;
    CHECK_NO_ERROR(error);
    g_autofree char *found = sandbox_read(path, "file");
    CHECK_TEXT(found, "new\n");
    CHECK_INT(sandbox_count(path), 1);
}

/* Writes one text after the other until it is killed. */
static char *
write_on_and_on(gpointer data)
{
    g_autofree char *text = g_strnfill(20000, 'a');
    for (;;) {
        memset(text, text[0] == 'z' ? 'a' : text[0] + 1, 20000);
        if (!put(data, text, MORTISE_ATOMIC_KEPT, NULL)) {
            return g_strdup("failed");
        }
    }
}

static gboolean
is_whole(const char *text)
{
    gboolean same = text != NULL && strlen(text) == 20001 && text[20000] == '\n';
    for (int i = 1; same && i < 20000; i++) {
        same = text[i] == text[0];
    }
    return same;
}

/* Returns some readings after the writer was seen at work: the time of the kill is to vary. */
static void
watch_writer(const char *path, int readings)
{
    gint64 deadline = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    char before = '\0';
    gboolean changed = FALSE;
    for (int i = 0; (!changed || i < readings) && g_get_monotonic_time() < deadline; i++) {
        g_autofree char *meanwhile = sandbox_read(path, "file");
        CHECK(is_whole(meanwhile));
        if (!changed && before != '\0' && before != meanwhile[0]) {
            changed = TRUE;
            i = 0;
        }
        before = meanwhile[0];
    }
    CHECK(changed);
}

static void
test_killed_at_random(void)
{
    SANDBOX path = sandbox_new();
    g_autofree char *first = g_strnfill(20000, 'a');
    CHECK(put(path, first, MORTISE_ATOMIC_KEPT, NULL));
    for (int i = 0; i < KILLS; i++) {
        int answer = -1;
        pid_t pid = child_start(write_on_and_on, path, CHILD_PLAIN, &answer);
        watch_writer(path, i % 7);
        CHECK_INT(kill(pid, SIGKILL), 0);
        int status = child_wait(pid);
        (void) close(answer);
        CHECK(WIFSIGNALED(status));
        g_autofree char *found = sandbox_read(path, "file");
        CHECK(is_whole(found));
        CHECK(sandbox_count(path) <= 2);
    }
}

static char *
fill_small_disk(gpointer data)
{
    const char *path = data;
    if (mount("none", path, "tmpfs", 0, "size=64k") != 0) {
        return g_strdup("skip");
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *small = g_strnfill(10000, 's');
    g_autofree char *large = g_strnfill(60000, 'l');
    gboolean first = put(path, small, MORTISE_ATOMIC_DURABLE, NULL);
    gboolean second = put(path, large, MORTISE_ATOMIC_DURABLE, &error);
    g_autofree char *found = sandbox_read(path, "file");
    return g_strdup_printf("%d %d %zu %d %s", first, second, found != NULL ? strlen(found) : 0, sandbox_count(path),
                           error != NULL ? error->message : "");
}

static void
test_full_disk(void)
{
    if (geteuid() != 0) {
        mortise_test_skip("full disk", "needs root, to mount a small tmpfs");
        return;
    }
    SANDBOX path = sandbox_new();
    g_autofree char *said = child_run(fill_small_disk, path, CHILD_MOUNTS);
    if (g_str_equal(said, "skip") || g_str_equal(said, "cannot prepare the child")) {
        mortise_test_skip("full disk", "no mount namespace can be made here");
        return;
    }
    CHECK_CONTAINS(said, "1 0 10001 1 cannot write ");
    CHECK_CONTAINS(said, "No space left on device");
}

static char *
put_as_nobody(gpointer data)
{
    g_autoptr(GError) error = NULL;
    return put(data, "new", MORTISE_ATOMIC_KEPT, &error) ? g_strdup("written") : g_strdup(error->message);
}

static void
test_without_rights(void)
{
    SANDBOX path = sandbox_new();
    if (geteuid() == 0) {
        g_autofree char *said = child_run(put_as_nobody, path, CHILD_NOBODY);
        CHECK_CONTAINS(said, "cannot create");
        CHECK_CONTAINS(said, "Permission denied");
        return;
    }
    mortise_test_skip("without rights", "needs root, to become nobody");
}

static char *
read_named(const char *path, const char *name, gsize limit, gsize *length, GError **error)
{
    int directory = open_directory(path);
    char *text = mortise_file_read(directory, path, name, limit, length, error);
    (void) close(directory);
    return text;
}

static void
test_read(void)
{
    SANDBOX path = sandbox_new();
    gsize length = 7;
    sandbox_write(path, "empty", "", 0);
    g_autofree char *empty = read_named(path, "empty", 10, &length, NULL);
    CHECK_TEXT(empty, "");
    CHECK_INT(length, 0);
    sandbox_write(path, "full", "0123456789", 10);
    g_autofree char *full = read_named(path, "full", 10, &length, NULL);
    CHECK_TEXT(full, "0123456789");
    CHECK_INT(length, 10);
    sandbox_write(path, "nul", "01\0 4", 5);
    g_autofree char *nul = read_named(path, "nul", 10, &length, NULL);
    CHECK_TEXT(nul, "01");
    CHECK_INT(length, 5);
    /* Files of /proc have no size; they are read to their end all the same. */
    g_autofree char *process = g_strdup_printf("/proc/%d", (int) getpid());
    g_autofree char *status = read_named(process, "status", 100000, &length, NULL);
    CHECK_CONTAINS(status, "Groups:");
    CHECK_INT(length, status != NULL ? strlen(status) : 0);
}

static void
test_read_refuses(void)
{
    static const struct {
        const char *name;
        MortiseError code;
        const char *said;
    } cases[] = {
        {"missing", MORTISE_ERROR_FILE_MISSING, "cannot open"},
        {"link", MORTISE_ERROR_FILE_ERROR, "is a symbolic link, which is not followed"},
        {"pipe", MORTISE_ERROR_FILE_ERROR, "is not a regular file"},
        {"folder", MORTISE_ERROR_FILE_ERROR, "is not a regular file"},
        {"large", MORTISE_ERROR_LIMIT_EXCEEDED, "is larger than 10 bytes"},
    };
    SANDBOX path = sandbox_new();
    g_autofree char *link = g_build_filename(path, "link", NULL);
    g_autofree char *pipe = g_build_filename(path, "pipe", NULL);
    g_autofree char *folder = g_build_filename(path, "folder", NULL);
    CHECK_INT(symlink("/etc/passwd", link), 0);
    CHECK_INT(mkfifo(pipe, 0600), 0);
    CHECK_INT(g_mkdir(folder, 0700), 0);
    sandbox_write(path, "large", "01234567890", 11);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        gsize length = 0;
        g_autofree char *text = read_named(path, cases[i].name, 10, &length, &error);
        CHECK(text == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, (int) cases[i].code));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].said);
        CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].name);
    }
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    g_autofree char *process = g_strdup_printf("/proc/%d", (int) getpid());
    CHECK(read_named(process, "status", 10, &length, &error) == NULL);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "is larger than 10 bytes");
}

static void
test_directory_open(void)
{
    SANDBOX path = sandbox_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_build_filename(path, "folder", NULL);
    g_autofree char *link = g_build_filename(path, "link", NULL);
    g_autofree char *file = g_build_filename(path, "file", NULL);
    g_autofree char *deep = g_build_filename(path, "no", "such", NULL);
    CHECK_INT(mortise_directory_open(folder, 0, &error), -1);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_FILE_MISSING));
    g_clear_error(&error);
    int directory = mortise_directory_open(folder, 0700, &error);
    CHECK(directory >= 0);
    CHECK_INT(fcntl(directory, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    (void) close(directory);
    CHECK_INT(symlink(folder, link), 0);
    CHECK_INT(mortise_directory_open(link, 0700, &error), -1);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "link is a symbolic link, which is not followed");
    g_clear_error(&error);
    sandbox_write(path, "file", "", 0);
    CHECK_INT(mortise_directory_open(file, 0700, &error), -1);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "file is not a directory");
    g_clear_error(&error);
    CHECK_INT(mortise_directory_open(deep, 0700, &error), -1);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, "cannot make the directory");
}

static const MortiseTest tests[] = {
    {"write and replace", test_write_and_replace},
    {"leftover of the same writer", test_leftover_of_the_same_writer},
    {"leftover names", test_leftover_names},
    {"remove", test_remove},
    {"failing calls", test_failing_calls},
    {"failing removal", test_failing_removal},
    {"interrupted and short writes", test_interrupted_and_short_writes},
    {"killed at each step", test_killed_at_each_step},
    {"without exchange", test_without_exchange},
    {"killed at random", test_killed_at_random},
    {"full disk", test_full_disk},
    {"without rights", test_without_rights},
    {"read", test_read},
    {"read refuses", test_read_refuses},
    {"directory open", test_directory_open},
};

MORTISE_TEST_MAIN("atomic-file", tests)
