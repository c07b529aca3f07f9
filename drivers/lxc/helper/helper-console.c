// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A session on a container's console: a terminal for its user, joined to the one that liblxc lends.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <lxc/lxccontainer.h>

#include "lxc-helper.h"

#define CHUNK 4096
enum { USER, CONTAINER, LEASE, WINDOW, WATCHED };

/* What was read on one side and is still to be written on the other. */
typedef struct {
    char bytes[CHUNK];
    size_t begin;
    size_t end;
} Direction;

static int
refuse(const char *reason)
{
    (void) !write(HELPER_FD_REPLY, reason, strlen(reason));
    return EXIT_FAILURE;
}

static bool
send_terminal(int terminal)
{
    char byte = '+';
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof(control.space)};

    (void) memset(&control, 0, sizeof(control));
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    (void) memcpy(CMSG_DATA(&control.head), &terminal, sizeof(int));
    return sendmsg(HELPER_FD_REPLY, &message, MSG_NOSIGNAL) == 1;
}

/*
 * Makes a terminal whose master the user gets; returns our side of it, which hangs up when the user has closed the
 * master, and tells of its size when the user changes it.
 */
static int
make_terminal(int *master)
{
    struct termios settings;
    char name[64];
    int slave;

    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0 ||
        ptsname_r(*master, name, sizeof(name)) != 0) {
        return -1;
    }
    (void) setsid();
    slave = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (slave >= 0 && tcgetattr(slave, &settings) == 0) {
        cfmakeraw(&settings);
        (void) tcsetattr(slave, TCSANOW, &settings);
    }
    return slave;
}

static bool
is_over(ssize_t result)
{
    return result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR);
}

/* Moves what can be moved without waiting; false when a side is closed. */
static bool
move_bytes(Direction *direction, int from, int to)
{
    ssize_t moved;

    if (direction->begin == direction->end) {
        moved = read(from, direction->bytes, CHUNK);
        if (is_over(moved)) {
            return false;
        }
        direction->begin = 0;
        direction->end = moved > 0 ? (size_t) moved : 0;
    }
    if (direction->begin < direction->end) {
        moved = write(to, direction->bytes + direction->begin, direction->end - direction->begin);
        if (is_over(moved)) {
            return false;
        }
        direction->begin += moved > 0 ? (size_t) moved : 0;
    }
    return true;
}

static void
take_size(int window, int from, int to)
{
    struct signalfd_siginfo information;
    struct winsize size;

    if (read(window, &information, sizeof(information)) > 0 && ioctl(from, TIOCGWINSZ, &size) == 0) {
        (void) ioctl(to, TIOCSWINSZ, &size);
    }
}

static short
wanted(const Direction *in, const Direction *out)
{
    return (short) ((in->begin == in->end ? POLLIN : 0) | (out->begin < out->end ? POLLOUT : 0));
}

static void
relay(int user, int container, int lease, int window)
{
    Direction typed = {.begin = 0};
    Direction shown = {.begin = 0};
    struct pollfd watched[WATCHED] = {{user, 0, 0}, {container, 0, 0}, {lease, POLLRDHUP, 0}, {window, POLLIN, 0}};

    for (;;) {
        watched[USER].events = wanted(&typed, &shown);
        watched[CONTAINER].events = wanted(&shown, &typed);
        if (poll(watched, WATCHED, -1) < 0) {
            continue;
        }
        if (watched[WINDOW].revents != 0) {
            take_size(window, user, container);
        }
        if (((watched[USER].revents | watched[CONTAINER].revents) & (POLLIN | POLLOUT)) != 0 &&
            (!move_bytes(&typed, user, container) || !move_bytes(&shown, container, user))) {
            return;
        }
        // The lease ends with the container.
        if (((watched[USER].revents | watched[CONTAINER].revents) & (POLLHUP | POLLERR)) != 0 ||
            watched[LEASE].revents != 0) {
            (void) move_bytes(&shown, container, user);
            return;
        }
    }
}

int
helper_console(const char *name, int number)
{
    struct lxc_container *container = lxc_container_new(name, HELPER_LXC_PATH);
    sigset_t signals;
    int terminal = -1;
    int master = -1;
    int lease;
    int user;
    const pid_t child = fork();

    // The one that stays is not the application's child, so that nobody has to wait for it.
    if (child != 0) {
        return child > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    (void) sigemptyset(&signals);
    (void) sigaddset(&signals, SIGWINCH);
    (void) pthread_sigmask(SIG_BLOCK, &signals, NULL);
    lease = container != NULL ? container->console_getfd(container, &number, &terminal) : -1;
    if (lease < 0) {
        return refuse("-");
    }
    user = make_terminal(&master);
    if (user < 0 || fcntl(terminal, F_SETFL, O_NONBLOCK) != 0 || !send_terminal(master)) {
        return refuse("!");
    }
    (void) close(master);
    (void) close(HELPER_FD_REPLY);
    (void) signal(SIGHUP, SIG_IGN);
    relay(user, terminal, lease, signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    return EXIT_SUCCESS;
}
