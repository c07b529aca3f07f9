// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verb enter: a program inside a container.
#include "mortise-report.h"
#include "mortise-verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_SIGNALLED 128
/* Of bytes; the kernel takes no more instructions than that. */
#define FILTER_LIMIT (BPF_MAXINSNS * sizeof(struct sock_filter))

typedef struct {
    int *namespaces;
    gsize namespace_count;
    int *groups;
    gsize group_count;
    guint64 capabilities;
    gboolean no_new_privileges;
    struct sock_fprog filter; /* without instructions when there is none */
    char *label;              /* as the kernel is told it; NULL when there is none */
    gboolean apparmor;        /* whose label it is; else SELinux's */
    int processes;            /* /proc as it is outside */
    char **words;
    int fault; /* the write end of a pipe that closes when the program runs */
} Entry;

/* What the child says when it could not do something. */
typedef struct {
    int step;
    int error;
} Fault;

static const char *const steps[] = {"joining its control groups", "joining its namespaces", "becoming its root",
                                    "filtering system calls", "dropping capabilities", "starting a process",
                                    "taking its security label", "executing the program"};
enum { STEP_GROUPS, STEP_NAMESPACES, STEP_ROOT, STEP_FILTER, STEP_CAPABILITIES, STEP_FORK, STEP_LABEL, STEP_EXECUTE };

static void
close_all(int *fds, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        (void) close(fds[i]);
    }
    g_free(fds);
}

/* From here to `run_program`: in a child of a process with threads, so that nothing but the kernel may be called. */
static void
give_up(const Entry *entry, int step)
{
    const Fault fault = {step, errno};
    (void) !write(entry->fault, &fault, sizeof fault);
    _exit(COMMAND_FAILED);
}

/* Before capabilities are dropped, since it needs one of them. */
static void
filter_calls(const Entry *entry)
{
    if ((entry->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        || (entry->filter.len > 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &entry->filter, 0, 0) != 0)) {
        give_up(entry, STEP_FILTER);
    }
}

static void
drop_capabilities(const Entry *entry)
{
    for (guint number = 0; number < 64 && prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++) {
        if ((entry->capabilities >> number & 1) == 0 && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) {
            give_up(entry, STEP_CAPABILITIES);
        }
    }
}

/* Through the /proc of outside: one that the container has mounted may take the label and do nothing with it. */
static void
take_label(const Entry *entry)
{
    if (entry->label == NULL) {
        return;
    }
    const char *path = entry->apparmor ? "thread-self/attr/apparmor/exec" : "thread-self/attr/exec";
    int fd = openat(entry->processes, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 && entry->apparmor && errno == ENOENT) {
        fd = openat(entry->processes, "thread-self/attr/exec", O_WRONLY | O_CLOEXEC);
    }
    size_t length = strlen(entry->label);
    if (fd < 0 || write(fd, entry->label, length) != (ssize_t) length) {
        give_up(entry, STEP_LABEL);
    }
    (void) close(fd);
}

static void
execute(const Entry *entry)
{
    static const char *const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                              "TERM=linux", "HOME=/root", NULL};
    (void) signal(SIGINT, SIG_DFL);
    (void) signal(SIGQUIT, SIG_DFL);
    take_label(entry);
    (void) execvpe(entry->words[0], entry->words, (char **) environment);
    give_up(entry, STEP_EXECUTE);
}

static void
join_namespaces(const Entry *entry)
{
    for (gsize i = 0; i < entry->namespace_count; i++) {
        if (setns(entry->namespaces[i], 0) != 0) {
            give_up(entry, STEP_NAMESPACES);
        }
    }
}

static void
join_groups(const Entry *entry)
{
    for (gsize i = 0; i < entry->group_count; i++) {
        if (write(entry->groups[i], "0", 1) != 1) {
            give_up(entry, STEP_GROUPS);
        }
    }
}

/* The kernel lets nobody join a group any more who has become another user. */
static void
become_root(const Entry *entry)
{
    /* The library's own functions would look for other threads. */
    if (chdir("/") != 0 || syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setgid, 0) != 0
        || syscall(SYS_setuid, 0) != 0) {
        give_up(entry, STEP_ROOT);
    }
}

static int
await(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    return WIFSIGNALED(status) ? STATUS_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static void
run_program(const Entry *entry)
{
    join_namespaces(entry);
    pid_t child = fork();
    if (child < 0) {
        give_up(entry, STEP_FORK);
    }
    if (child == 0) {
        /* Not who waits for it: of what is in the groups, all has to end with the container's init. */
        join_groups(entry);
        become_root(entry);
        filter_calls(entry);
        drop_capabilities(entry);
        execute(entry);
    }
    (void) close(entry->fault);
    _exit(await(child));
}

/* SELinux takes any label, and says on exec whether it may be had. */
static const char *
hint_of(const Entry *entry, const Fault *fault)
{
    const gboolean labelled = fault->step == STEP_EXECUTE && entry->label != NULL && !entry->apparmor;
    return labelled && fault->error == EACCES
               ? "Make it executable; or SELinux's policy does not let this process take the label of the container's "
                 "init by executing it: the kernel's log says which (avc: denied)."
               : NULL;
}

/* What the kernel says of a namespace of processes, and of control groups, whose last process was gone before us. */
static gboolean
has_ended(const Fault *fault)
{
    return (fault->step == STEP_FORK && fault->error == ENOMEM)
           || (fault->step == STEP_GROUPS && fault->error == ENODEV);
}

static int
enter(Command *command, Entry *entry)
{
    int pipes[2];
    Fault fault;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        return report_fault(command, MORTISE_ERROR_INTERNAL, NULL, "no pipe can be made: %s", g_strerror(errno));
    }
    entry->fault = pipes[1];
    /* ^C is for the program inside. */
    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGQUIT, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        run_program(entry);
    }
    (void) close(pipes[1]);
    gssize got = child > 0 ? read(pipes[0], &fault, sizeof fault) : -1;
    int status = child > 0 ? await(child) : COMMAND_FAILED;
    (void) close(pipes[0]);
    if (got == (gssize) sizeof fault && has_ended(&fault)) {
        return report_fault(command, MORTISE_ERROR_DOMAIN_INACTIVE, NULL,
                            "the container has ended, or is just being started again");
    }
    if (got == (gssize) sizeof fault) {
        gboolean missing = fault.step == STEP_EXECUTE && fault.error == ENOENT;
        MortiseError code = missing ? MORTISE_ERROR_FILE_MISSING : MORTISE_ERROR_PERMISSION_DENIED;
        return report_fault(command, code, hint_of(entry, &fault), "%s failed inside the container: %s",
                            steps[fault.step], g_strerror(fault.error));
    }
    return status;
}

/* Takes the filter's descriptor; FALSE when what is in it is no filter. */
static gboolean
read_filter(int fd, struct sock_fprog *filter)
{
    gsize size = fd >= 0 ? FILTER_LIMIT : 0;
    g_autofree char *bytes = g_malloc(size + 1);
    gsize length = 0;
    gssize got = 1;
    while (length < size && got > 0) {
        got = read(fd, bytes + length, size - length);
        length += got > 0 ? (gsize) got : 0;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    *filter = (struct sock_fprog){(unsigned short) (length / sizeof *filter->filter), NULL};
    filter->filter = filter->len > 0 ? g_memdup2(bytes, length) : NULL;
    return fd < 0 || (length > 0 && length % sizeof *filter->filter == 0);
}

static int
run_enter(Command *command)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    Entry entry = {.words = command->arguments + 1};
    if (domain == NULL) {
        return command->status;
    }
    int filter = -1;
    g_autofree char *label = NULL;
    MortiseSecurityModule module = MORTISE_SECURITY_MODULE_NONE;
    if (!mortise_domain_open_namespaces(domain, &entry.namespaces, &entry.namespace_count, &entry.groups,
                                        &entry.group_count, &entry.capabilities, &filter, &entry.no_new_privileges,
                                        &label, &module, command->cancellable, &error)) {
        return report_error(command, error);
    }
    entry.apparmor = module == MORTISE_SECURITY_MODULE_APPARMOR;
    entry.label = label != NULL ? g_strconcat(entry.apparmor ? "exec " : "", label, NULL) : NULL;
    entry.processes = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* What runs inside may run for days: others get the root meanwhile. */
    command_disconnect(command);
    int status = read_filter(filter, &entry.filter)
                     ? enter(command, &entry)
                     : report_fault(command, MORTISE_ERROR_DRIVER_MISBEHAVED, NULL,
                                    "the container's filter of system calls cannot be read");
    g_free(entry.filter.filter);
    g_free(entry.label);
    if (entry.processes >= 0) {
        (void) close(entry.processes);
    }
    close_all(entry.namespaces, entry.namespace_count);
    close_all(entry.groups, entry.group_count);
    return status;
}

const Verb verbs_enter[] = {
    {"enter", GROUP_FOLLOW, "DOMAIN -- PROGRAM [ARGUMENT...]", "run a program inside a container",
     "As the container's root, in its namespaces, under its limits, its filter of system calls and its label of\n"
     "AppArmor or SELinux, and with the capabilities that it may have. Where one of these cannot be had, nothing is\n"
     "run. The exit code is the program's, or 128 and the number of the signal that ended it. The connection is\n"
     "closed while it runs.",
     NULL, 2, NO_LIMIT, run_enter},
    {NULL},
};
