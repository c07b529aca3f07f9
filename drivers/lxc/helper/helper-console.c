// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A session on a container's console: a terminal for its user, joined to the one that liblxc lends.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <lxc/lxccontainer.h>

#include "lxc-helper.h"

/* How often, and how many milliseconds apart, liblxc is asked for a console that somebody may just have had. */
#define ASK_TIMES 100
#define ASK_AGAIN_MILLISECONDS 20
enum { USER, CONTAINER, LEASE, SIGNALS, WATCHED };

/* What was read on one side and is still to be written on the other. */
typedef struct {
    char bytes[HELPER_CONSOLE_KEPT];
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
        moved = read(from, direction->bytes, sizeof(direction->bytes));
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

/* Hands on a new size of the user's terminal; false when another session takes the console over. */
static bool
heed_signal(int signals, int from, int to)
{
    static const char notice[] = "\r\n[Another session has taken this console over.]\r\n";
    struct signalfd_siginfo information = {.ssi_signo = 0};
    struct winsize size;

    if (read(signals, &information, sizeof(information)) > 0 && information.ssi_signo == SIGTERM) {
        (void) !write(from, notice, strlen(notice));
        return false;
    }
    if (ioctl(from, TIOCGWINSZ, &size) == 0) {
        (void) ioctl(to, TIOCSWINSZ, &size);
    }
    return true;
}

static short
wanted(const Direction *in, const Direction *out)
{
    return (short) ((in->begin == in->end ? POLLIN : 0) | (out->begin < out->end ? POLLOUT : 0));
}

/* `shown`: what has been said before. */
static void
relay(int user, int container, int lease, int signals, Direction *shown)
{
    Direction typed = {.begin = 0};
    struct pollfd watched[WATCHED] = {{user, 0, 0}, {container, 0, 0}, {lease, POLLRDHUP, 0}, {signals, POLLIN, 0}};

    for (;;) {
        watched[USER].events = wanted(&typed, shown);
        watched[CONTAINER].events = wanted(shown, &typed);
        if (poll(watched, WATCHED, -1) < 0) {
            continue;
        }
        if (watched[SIGNALS].revents != 0 && !heed_signal(signals, user, container)) {
            return;
        }
        if (((watched[USER].revents | watched[CONTAINER].revents) & (POLLIN | POLLOUT)) != 0 &&
            (!move_bytes(&typed, user, container) || !move_bytes(shown, container, user))) {
            return;
        }
        // The lease ends with the container.
        if (((watched[USER].revents | watched[CONTAINER].revents) & (POLLHUP | POLLERR)) != 0 ||
            watched[LEASE].revents != 0) {
            (void) move_bytes(shown, container, user);
            return;
        }
    }
}

/* The session is ours, and the console is free as soon as liblxc has seen the end of the one before. */
static int
lease_console(struct lxc_container *container, int number, int *terminal)
{
    int lease = container != NULL ? container->console_getfd(container, &number, terminal) : -1;

    for (int i = 0; lease < 0 && container != NULL && container->is_running(container) && i < ASK_TIMES; i++) {
        (void) poll(NULL, 0, ASK_AGAIN_MILLISECONDS);
        lease = container->console_getfd(container, &number, terminal);
    }
    return lease;
}

/* What was written there since the last session: liblxc keeps it, of the first console. */
static void
recall(struct lxc_container *container, int number, Direction *shown)
{
    uint64_t most = sizeof(shown->bytes);
    struct lxc_console_log kept = {.read = true, .read_max = &most};

    *shown = (Direction){.begin = 0};
    if (number == 0 && container->console_log(container, &kept) == 0 && kept.data != NULL) {
        shown->end = most < sizeof(shown->bytes) ? most : sizeof(shown->bytes);
        (void) memcpy(shown->bytes, kept.data, shown->end);
        free(kept.data);
    }
}

/* This session has shown it. */
static void
forget(struct lxc_container *container, int number)
{
    struct lxc_console_log kept = {.clear = true};

    if (number == 0) {
        (void) container->console_log(container, &kept);
    }
}

static int
refuse_busy(long asked)
{
    char text[32] = "-";

    if (asked > 0) {
        (void) snprintf(text, sizeof(text), "-%ld", asked);
    }
    return refuse(text);
}

static int
block_signals(void)
{
    sigset_t signals;

    (void) sigemptyset(&signals);
    (void) sigaddset(&signals, SIGWINCH);
    (void) sigaddset(&signals, SIGTERM);
    (void) pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void) signal(SIGHUP, SIG_IGN);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
helper_console(const char *name, const char *number, const char *directory, bool force)
{
    const pid_t asking = getppid();
    const int console = (int) helper_number(number);
    const pid_t child = fork();
    struct lxc_container *container;
    Direction shown;
    long asked = 0;
    int terminal = -1;
    int master = -1;
    int session;
    int signals;
    int lease;
    int user;

    // The one that stays is not the application's child, so that nobody has to wait for it.
    if (child != 0) {
        return child > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    user = make_terminal(&master);
    session = helper_session_begin(directory, number, user, force, asking, &asked);
    container = session >= 0 ? lxc_container_new(name, HELPER_LXC_PATH) : NULL;
    lease = lease_console(container, console, &terminal);
    if (lease < 0) {
        return refuse_busy(asked);
    }
    // Before anybody can know of the session: from here on it ends by them in order.
    signals = block_signals();
    if (user < 0 || fcntl(terminal, F_SETFL, O_NONBLOCK) != 0 || !send_terminal(master)) {
        return refuse("!");
    }
    (void) close(master);
    (void) close(HELPER_FD_REPLY);
    recall(container, console, &shown);
    relay(user, terminal, lease, signals, &shown);
    forget(container, console);
    return EXIT_SUCCESS;
}
