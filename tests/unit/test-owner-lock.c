// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The owner's lock: one owner, in this process or another; waiting ends by release, death, time or cancel.
#include "error.h"
#include "mortise-test.h"
#include "owner-lock.h"
#include "sandbox.h"

#include <sys/prctl.h>

#define LONG_MS 120000

static int
open_directory(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        abort();
    }
    return directory;
}

static MortiseOwnerLock *
take_full(const char *path, guint wait_ms, GCancellable *cancellable, GError **error)
{
    int directory = open_directory(path);
    MortiseOwnerLock *lock = mortise_owner_lock_take(directory, path, wait_ms, cancellable, error);
    (void) close(directory);
    return lock;
}

static MortiseOwnerLock *
take(const char *path, guint wait_ms)
{
    g_autoptr(GError) error = NULL;
    MortiseOwnerLock *lock = take_full(path, wait_ms, NULL, &error);
    CHECK_NO_ERROR(error);
    CHECK(lock != NULL);
    return lock;
}

static void
check_owned(const char *path, guint wait_ms, const char *said)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseOwnerLock) lock = take_full(path, wait_ms, NULL, &error);
    CHECK(lock == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_ROOT_OWNED));
    CHECK_CONTAINS(error != NULL ? error->message : NULL, said);
    CHECK_CONTAINS(error != NULL ? error->message : NULL, path);
}

/* Threads of this process; what waited must be gone afterwards. */
static int
thread_count(void)
{
    return sandbox_count("/proc/self/task");
}

/* No thread is left behind. One that was joined may stand in the list until the kernel has put it away. */
static void
check_threads(int expected)
{
    gint64 until = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    while (thread_count() > expected && g_get_monotonic_time() < until) {
        g_thread_yield();
    }
    CHECK_INT(thread_count(), expected);
}

typedef struct {
    const char *path;
    const char *comm;        /* NULL: as it is */
    const char *content;     /* of the lock file, in place of what the owner wrote; NULL: as it is */
    const char *program;     /* to be run, and left behind; NULL: none */
} Owner;

/* The child takes the lock, says so, and keeps it until it is killed or `proceed` is closed. */
static char *
own(gpointer data)
{
    const Owner *owner = data;
    if (owner->comm != NULL) {
        (void) prctl(PR_SET_NAME, owner->comm);
    }
    int directory = open_directory(owner->path);
    MortiseOwnerLock *lock = mortise_owner_lock_take(directory, owner->path, 0, NULL, NULL);
    if (lock == NULL) {
        return g_strdup("not taken");
    }
    if (owner->content != NULL) {
        int file = openat(directory, "owner.lock", O_WRONLY | O_TRUNC | O_CLOEXEC);
        (void) !write(file, owner->content, strlen(owner->content));
    }
    if (owner->program != NULL) {
        const char *const argv[] = {owner->program, NULL};
        GPid pid = 0;
        gboolean run = g_spawn_async(NULL, (char **) argv, NULL,
                                     G_SPAWN_CHILD_INHERITS_STDIN | G_SPAWN_DO_NOT_REAP_CHILD,
                                     NULL, NULL, &pid, NULL);
        return run ? g_strdup_printf("%d", (int) pid) : g_strdup("0");
    }
    return g_strdup("taken");
}

/* An owner in a process of its own, that lives until it is told. */
typedef struct {
    pid_t pid;
    int answer;
    int stay;      /* closing it lets the owner go */
    char *said;
} Running;

static void
start_owner(Running *self, const Owner *owner)
{
    int answer[2];
    int stay[2];
    if (pipe2(answer, O_CLOEXEC) != 0 || pipe2(stay, O_CLOEXEC) != 0) {
        abort();
    }
    (void) fflush(NULL);
    self->pid = fork();
    if (self->pid == 0) {
        (void) close(stay[1]);
        char byte;
        g_autofree char *said = own((gpointer) owner);
        (void) !write(answer[1], said, strlen(said) + 1);
        (void) !read(stay[0], &byte, 1);
        _exit(0);
    }
    (void) close(answer[1]);
    (void) close(stay[0]);
    self->answer = answer[0];
    self->stay = stay[1];
    self->said = child_read(self->answer, '\0');
}

static void
stop_owner(Running *self, int signal_number)
{
    if (signal_number != 0) {
        CHECK_INT(kill(self->pid, signal_number), 0);
    }
    (void) close(self->stay);
    (void) child_wait(self->pid);
    (void) close(self->answer);
    g_free(self->said);
}

static void
test_one_process(void)
{
    SANDBOX box = sandbox_new();
    MortiseOwnerLock *lock = take(box, 0);
    g_autofree char *expected = g_strdup_printf("this process (pid %d) has the root ", (int) getpid());
    check_owned(box, 0, expected);
    check_owned(box, 20, expected);
    check_owned(box, 0, "use the connection that is open, or close it first");
    g_autofree char *content = sandbox_read(box, "owner.lock");
    g_autofree char *begin = g_strdup_printf("%d ", (int) getpid());
    CHECK(g_str_has_prefix(content, begin));
    mortise_owner_lock_free(lock);
    mortise_owner_lock_free(take(box, 0));
    mortise_owner_lock_free(NULL);
}

static void
test_other_process(void)
{
    SANDBOX box = sandbox_new();
    Owner owner = {box, "we \"ird\n)", NULL, NULL};
    Running running;
    start_owner(&running, &owner);
    CHECK_TEXT(running.said, "taken");
    g_autofree char *expected = g_strdup_printf("process %d (we \\\"ird\\n)) has the root ", (int) running.pid);
    check_owned(box, 0, expected);
    check_owned(box, 30, expected);
    check_owned(box, 0, "wait until it ends or closes its connection, or use another root by /embed?root=DIRECTORY");
    stop_owner(&running, 0);
    mortise_owner_lock_free(take(box, 0));
}

/* What is written in the file is for people only; a wrong text gives no wrong name. */
static void
test_wrong_content(void)
{
    static const char *const contents[] = {"", "\n", "x y\n", "1 1\n", "1\n", "99999999999999999999 1\n",
                                           "-1 5\n", "1 2 3\n",
                                           "\xff\xff"};
    for (gsize i = 0; i < G_N_ELEMENTS(contents); i++) {
        SANDBOX box = sandbox_new();
        Owner owner = {box, NULL, contents[i], NULL};
        Running running;
        start_owner(&running, &owner);
        check_owned(box, 0, "another process has the root ");
        stop_owner(&running, SIGKILL);
    }
}

/* Returns when somebody waits for the lock of the directory. */
static void
await_waiter(const char *box)
{
    g_autofree char *path = g_build_filename(box, "owner.lock", NULL);
    struct stat status;
    CHECK_INT(stat(path, &status), 0);
    g_autofree char *inode = g_strdup_printf(":%lu ", (unsigned long) status.st_ino);
    gint64 deadline = g_get_monotonic_time() + LONG_MS * 1000;
    gboolean waits = FALSE;
    while (!waits && g_get_monotonic_time() < deadline) {
        g_autofree char *locks = sandbox_read("/proc", "locks");
        g_auto(GStrv) lines = g_strsplit(locks, "\n", -1);
        for (char **line = lines; *line != NULL && !waits; line++) {
            waits = strstr(*line, "-> ") != NULL && strstr(*line, inode) != NULL;
        }
    }
    CHECK(waits);
}

typedef struct {
    const char *box;
    Running *running;
    int signal_number;
    GCancellable *cancellable;
} Ending;

static gpointer
end_in_thread(gpointer data)
{
    Ending *ending = data;
    await_waiter(ending->box);
    if (ending->cancellable != NULL) {
        g_cancellable_cancel(ending->cancellable);
    } else {
        stop_owner(ending->running, ending->signal_number);
    }
    return NULL;
}

/* The waiter gets it when the owner lets go, and when the owner is killed. */
static void
test_waiting(void)
{
    static const int signals[] = {0, SIGKILL};
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
        SANDBOX box = sandbox_new();
        Owner owner = {box, NULL, NULL, NULL};
        Running running;
        start_owner(&running, &owner);
        Ending ending = {box, &running, signals[i], NULL};
        int threads = thread_count();
        GThread *thread = g_thread_new("end", end_in_thread, &ending);
        mortise_owner_lock_free(take(box, LONG_MS));
        (void) g_thread_join(thread);
        check_threads(threads);
    }
}

static void
test_cancel(void)
{
    SANDBOX box = sandbox_new();
    g_autoptr(MortiseOwnerLock) lock G_GNUC_UNUSED = take(box, 0);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Ending ending = {box, NULL, 0, cancellable};
    int threads = thread_count();
    GThread *thread = g_thread_new("end", end_in_thread, &ending);
    g_autoptr(GError) error = NULL;
    CHECK(take_full(box, LONG_MS, cancellable, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_CANCELLED));
    CHECK_CONTAINS(error->message, "was cancelled");
    (void) g_thread_join(thread);
    g_clear_error(&error);
    /* One that is cancelled already does not wait. */
    CHECK(take_full(box, LONG_MS, cancellable, &error) == NULL);
    CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_CANCELLED));
    check_threads(threads);
}

/* A waiter that has given up leaves no thread, and does not take the lock behind everybody's back. */
static void
test_timeout(void)
{
    SANDBOX box = sandbox_new();
    int threads = thread_count();
    for (int i = 0; i < 50; i++) {
        MortiseOwnerLock *lock = take(box, 0);
        check_owned(box, 1, "this process");
        check_threads(threads);
        mortise_owner_lock_free(lock);
        mortise_owner_lock_free(take(box, 0));
    }
}

/* The owner's release and the waiter's deadline come at the same time, over and over. */
static gpointer
release_in_thread(gpointer data)
{
    mortise_owner_lock_free(data);
    return NULL;
}

static void
test_timeout_and_release_race(void)
{
    SANDBOX box = sandbox_new();
    int taken = 0;
    for (int i = 0; i < 200; i++) {
        MortiseOwnerLock *lock = take(box, 0);
        GThread *thread = g_thread_new("release", release_in_thread, lock);
        /* who comes first is the kernel's choice, but for every eighth time */
        MortiseOwnerLock *second = take_full(box, i % 8 == 0 ? LONG_MS : 1, NULL, NULL);
        taken += second != NULL;
        (void) g_thread_join(thread);
        mortise_owner_lock_free(second);
        mortise_owner_lock_free(take(box, 0));
    }
    CHECK(taken >= 200 / 8);
}

typedef struct {
    const char *box;
    gint inside;
    gint taken;
    gint overlapped;
} Crowd;

static gpointer
enter_in_thread(gpointer data)
{
    Crowd *crowd = data;
    for (int i = 0; i < 25; i++) {
        g_autoptr(MortiseOwnerLock) lock = take_full(crowd->box, LONG_MS, NULL, NULL);
        if (lock != NULL) {
            g_atomic_int_inc(&crowd->taken);
            g_atomic_int_add(&crowd->overlapped, g_atomic_int_add(&crowd->inside, 1));
            (void) g_atomic_int_add(&crowd->inside, -1);
        }
    }
    return NULL;
}

static void
test_crowd(void)
{
    SANDBOX box = sandbox_new();
    Crowd crowd = {box, 0, 0, 0};
    GThread *threads[6];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("enter", enter_in_thread, &crowd);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
        (void) g_thread_join(threads[i]);
    }
    CHECK_INT(crowd.taken, 150);
    CHECK_INT(crowd.overlapped, 0);
}

/* A program that the owner ran lives on after the owner was killed, and holds nothing. */
static void
test_programs_do_not_inherit(void)
{
    SANDBOX box = sandbox_new();
    int input[2];
    CHECK_INT(pipe2(input, O_CLOEXEC), 0);
    int saved = dup(STDIN_FILENO);
    (void) dup2(input[0], STDIN_FILENO);
    Owner owner = {box, NULL, NULL, "/bin/cat"};
    Running running;
    start_owner(&running, &owner);
    (void) dup2(saved, STDIN_FILENO);
    guint64 pid = 0;
    CHECK(g_ascii_string_to_unsigned(running.said, 10, 2, G_MAXINT32, &pid, NULL));
    check_owned(box, 0, "process ");
    stop_owner(&running, SIGKILL);
    CHECK_INT(kill((pid_t) pid, 0), 0);
    mortise_owner_lock_free(take(box, 0));
    CHECK_INT(pid != 0 ? kill((pid_t) pid, SIGKILL) : 0, 0);
    (void) close(input[0]);
    (void) close(input[1]);
    (void) close(saved);
}

static char *
free_in_child(gpointer data)
{
    mortise_owner_lock_free(data);
    return g_strdup("freed");
}

static void
test_forked_child_does_not_give_it_back(void)
{
    SANDBOX box = sandbox_new();
    g_autoptr(MortiseOwnerLock) lock = take(box, 0);
    g_autofree char *said = child_run(free_in_child, lock, CHILD_PLAIN);
    CHECK_TEXT(said, "freed");
    check_owned(box, 0, "this process");
}

static void
test_lock_file_that_cannot_be(void)
{
    static const struct {
        const char *target;      /* of a symbolic link in its place; NULL: a directory */
        const char *said;
    } cases[] = {
        {NULL, "owner.lock: Is a directory"},
        {"/etc/passwd", "owner.lock: Too many levels of symbolic links"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        SANDBOX box = sandbox_new();
        g_autofree char *path = g_build_filename(box, "owner.lock", NULL);
        CHECK_INT(cases[i].target != NULL ? symlink(cases[i].target, path) : g_mkdir(path, 0700), 0);
        g_autoptr(GError) error = NULL;
        CHECK(take_full(box, 0, NULL, &error) == NULL);
        CHECK(g_error_matches(error, MORTISE_ERROR, MORTISE_ERROR_FILE_ERROR));
        CHECK_CONTAINS(error != NULL ? error->message : NULL, cases[i].said);
    }
}

static const MortiseTest tests[] = {
    {"one process", test_one_process},
    {"other process", test_other_process},
    {"wrong content", test_wrong_content},
    {"waiting", test_waiting},
    {"cancel", test_cancel},
    {"timeout", test_timeout},
    {"timeout and release race", test_timeout_and_release_race},
    {"crowd", test_crowd},
    {"programs do not inherit", test_programs_do_not_inherit},
    {"forked child does not give it back", test_forked_child_does_not_give_it_back},
    {"lock file that cannot be", test_lock_file_that_cannot_be},
};

MORTISE_TEST_MAIN("owner-lock", tests)
