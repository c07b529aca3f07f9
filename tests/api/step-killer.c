// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Preloaded into an owner: kills it with SIGKILL right before its Nth call that changes anything outside of it.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* the loader must find these before libc's */
#pragma GCC visibility push(default)

static long steps_left = -1;

/* Only the owner itself is walked: what it starts must not inherit the killer. */
__attribute__((constructor)) static void
step_killer_begin(void)
{
    const char *steps = getenv("STEP_KILLER_STEPS");
    if (steps != NULL) {
        long number = 0;
        for (const char *digit = steps; *digit >= '0' && *digit <= '9'; digit++) {
            number = number * 10 + (*digit - '0');
        }
        __atomic_store_n(&steps_left, number, __ATOMIC_SEQ_CST);
    }
    (void) unsetenv("LD_PRELOAD");
    (void) unsetenv("STEP_KILLER_STEPS");
}

static void
step(void)
{
    if (__atomic_load_n(&steps_left, __ATOMIC_SEQ_CST) > 0
        && __atomic_sub_fetch(&steps_left, 1, __ATOMIC_SEQ_CST) == 0) {
        (void) kill(getpid(), SIGKILL);
    }
}

// NOLINTBEGIN(bugprone-macro-parentheses,readability-inconsistent-declaration-parameter-name): the C library's calls
#define REAL(name) __typeof__(name) *real = (__typeof__(name) *) dlsym(RTLD_NEXT, #name)

int
rename(const char *from, const char *to)
{
    REAL(rename);
    step();
    return real(from, to);
}

int
renameat(int from_directory, const char *from, int to_directory, const char *to)
{
    REAL(renameat);
    step();
    return real(from_directory, from, to_directory, to);
}

int
renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags)
{
    REAL(renameat2);
    step();
    return real(from_directory, from, to_directory, to, flags);
}

int
fsync(int fd)
{
    REAL(fsync);
    step();
    return real(fd);
}

int
fdatasync(int fd)
{
    REAL(fdatasync);
    step();
    return real(fd);
}

int
openat(int directory, const char *path, int flags, ...)
{
    REAL(openat);
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & (O_CREAT | O_TRUNC)) != 0) {
        step();
    }
    return real(directory, path, flags, mode);
}

int
ftruncate(int fd, off_t length)
{
    REAL(ftruncate);
    step();
    return real(fd, length);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
    REAL(pwrite);
    step();
    return real(fd, data, size, offset);
}

int
unlink(const char *path)
{
    REAL(unlink);
    step();
    return real(path);
}

int
unlinkat(int directory, const char *path, int flags)
{
    REAL(unlinkat);
    step();
    return real(directory, path, flags);
}

int
rmdir(const char *path)
{
    REAL(rmdir);
    step();
    return real(path);
}

int
mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    step();
    return real(path, mode);
}

int
mkdirat(int directory, const char *path, mode_t mode)
{
    REAL(mkdirat);
    step();
    return real(directory, path, mode);
}

int
flock(int fd, int operation)
{
    REAL(flock);
    step();
    return real(fd, operation);
}

int
bind(int fd, const struct sockaddr *address, socklen_t length)
{
    REAL(bind);
    step();
    return real(fd, address, length);
}

int
connect(int fd, const struct sockaddr *address, socklen_t length)
{
    REAL(connect);
    step();
    return real(fd, address, length);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg);
    step();
    return real(fd, message, flags);
}

ssize_t
send(int fd, const void *data, size_t size, int flags)
{
    REAL(send);
    step();
    return real(fd, data, size, flags);
}

ssize_t
write(int fd, const void *data, size_t size)
{
    REAL(write);
    step();
    return real(fd, data, size);
}

int
kill(pid_t pid, int number)
{
    REAL(kill);
    if (number != SIGKILL || pid != getpid()) {
        step();
    }
    return real(pid, number);
}

int
pidfd_send_signal(int pidfd, int number, siginfo_t *information, unsigned int flags)
{
    REAL(pidfd_send_signal);
    step();
    return real(pidfd, number, information, flags);
}

int
posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
            const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
    REAL(posix_spawn);
    step();
    int result = real(pid, path, actions, attributes, arguments, environment);
    step();
    return result;
}

pid_t
fork(void)
{
    REAL(fork);
    step();
    return real();
}
// NOLINTEND(bugprone-macro-parentheses,readability-inconsistent-declaration-parameter-name)
