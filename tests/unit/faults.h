// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// System calls that fail, or before and after which the process is killed, when a test asks for it.
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The program's own functions of these names come before libc's, also for the library under test. Included once
 * in a program.
 */
static struct {
    const char *name;      /* of the call that is to fail; NULL: none */
    int number;            /* its errno; 0 of a write: only half is written */
    int after;             /* so many of them succeed first */
    gboolean counting;
    int steps;             /* before and after each call, so far */
    int kill_at;           /* the step of SIGKILL; 0: none */
} faults;

static void
fault_step(void)
{
    if (faults.counting && ++faults.steps == faults.kill_at) {
        (void) kill(getpid(), SIGKILL);
    }
}

static gboolean
fault_now(const char *name)
{
    return faults.name != NULL && strcmp(faults.name, name) == 0 && faults.after-- == 0;
}

static long
fault_call(const char *name, long number, long a, long b, long c, long d, long e)
{
    fault_step();
    long result = -1;
    if (faults.number != 0 && fault_now(name)) {
        errno = faults.number;
    } else {
        result = syscall(number, a, b, c, d, e);
    }
    int saved = errno;
    fault_step();
    errno = saved;
    return result;
}

/* libc's headers name the parameters in a way that is libc's own. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
int
fsync(int file)
{
    return (int) fault_call("fsync", SYS_fsync, file, 0, 0, 0, 0);
}

int
renameat(int from, const char *name, int to, const char *other)
{
    return (int) fault_call("renameat", SYS_renameat2, from, (long) name, to, (long) other, 0);
}

int
renameat2(int from, const char *name, int to, const char *other, unsigned flags)
{
    return (int) fault_call("renameat2", SYS_renameat2, from, (long) name, to, (long) other, (long) flags);
}

int
unlinkat(int directory, const char *name, int flags)
{
    return (int) fault_call("unlinkat", SYS_unlinkat, directory, (long) name, flags, 0, 0);
}

int
mkdir(const char *path, mode_t mode)
{
    return (int) fault_call("mkdir", SYS_mkdirat, AT_FDCWD, (long) path, (long) mode, 0, 0);
}

/* Not the system call: ThreadSanitizer, which sees who opens a file, must see who closes it. */
int
close(int file)
{
    int (*next)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "close");

    if (fault_now("close")) {
        (void) next(file);
        errno = faults.number;
        return -1;
    }
    return next(file);
}

ssize_t
write(int file, const void *bytes, size_t length)
{
    if (faults.name != NULL && faults.number == 0 && fault_now("write")) {
        length = (length + 1) / 2;
    }
    return fault_call("write", SYS_write, file, (long) bytes, (long) length, 0, 0);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
