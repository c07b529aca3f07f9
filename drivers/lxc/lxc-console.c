// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Consoles of containers: a terminal that the helper joins to the one of liblxc.
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/lxc-helper.h"
#include "lxc-engine.h"

#define ALIAS "console"

/* The number of a console from its alias; FALSE when there is none of that name. */
static gboolean
find_console(const LxcRecord *record, const char *device, guint *number)
{
    guint64 value = 0;

    *number = 0;
    if (device != NULL && (!g_str_has_prefix(device, ALIAS) ||
                           !g_ascii_string_to_unsigned(device + strlen(ALIAS), 10, 0, G_MAXUINT, &value, NULL))) {
        return FALSE;
    }
    *number = (guint) value;
    return value < record->consoles;
}

static void
fail_missing(const LxcDomain *domain, const LxcRecord *record, const char *device, DriverFailure **failure)
{
    if (record->consoles == 0) {
        driver_failure_set(failure, "no-console", domain->name,
                           "Add <console type='pty'/> to its definition and start it again.", "%s has no console.",
                           domain->name);
    } else {
        driver_failure_set(failure, "no-console", device, NULL, "%s has no console named %s: it has console0%s.",
                           domain->name, device, record->consoles > 1 ? " and further ones" : "");
    }
}

static int
take_descriptor(const struct msghdr *message)
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
        (void) memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    }
    return fd;
}

/* The helper's answer: '+' and a terminal, or another sign; 0 when it has gone without one. */
static char
receive(int reply, gint64 deadline, int *terminal)
{
    struct pollfd watched = {reply, POLLIN, 0};
    const gint64 left = (deadline - g_get_monotonic_time()) / 1000;
    char control[CMSG_SPACE(sizeof(int))];
    char sign = 0;
    struct iovec data = {&sign, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof(control)};

    if (poll(&watched, 1, (int) CLAMP(left, 0, G_MAXINT)) <= 0 || recvmsg(reply, &message, MSG_CMSG_CLOEXEC) <= 0) {
        return 0;
    }
    *terminal = take_descriptor(&message);
    return sign;
}

/* The rest of the answer is the process that has asked for the other session. */
static char *
read_holder(int reply)
{
    char text[32] = "";
    const gssize length = recv(reply, text, sizeof(text) - 1, 0);
    g_autofree char *path = NULL;
    g_autofree char *name = NULL;

    if (length <= 0) {
        return g_strdup("somebody else");
    }
    path = g_strdup_printf("/proc/%s/comm", text);
    return g_file_get_contents(path, &name, NULL, NULL) ? g_strdup_printf("process %s (%s)", text, g_strstrip(name))
                                                        : g_strdup_printf("whom process %s gave it to", text);
}

static void
fail_busy(const LxcDomain *domain, guint number, int reply, gboolean force, DriverFailure **failure)
{
    g_autofree char *holder = read_holder(reply);

    driver_failure_set(failure, "resource-busy", domain->name,
                       force ? "It is none of our sessions, or does not end: end that program."
                             : "Close the other session, or take it over: with --force it ends.",
                       "The console console%u of %s is in use by %s.", number, domain->name, holder);
}

static gboolean
ask_helper(const LxcDomain *domain, const LxcGuest *guest, guint number, gboolean force, int *terminal,
           DriverFailure **failure)
{
    const LxcEngine *engine = domain->engine;
    g_autofree char *digits = g_strdup_printf("%u", number);
    const char flags[] = {force ? HELPER_CONSOLE_FORCE : '-', '\0'};
    const char *words[] = {"console", guest->record->group, digits, guest->directory.path, flags, NULL};
    const gint64 deadline = lxc_deadline(engine->driver);
    int sockets[2];
    char sign;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        driver_failure_set(failure, "limit-exceeded", domain->name, NULL, "No socket can be made for the console.");
        return FALSE;
    }
    if (!lxc_helper_run(engine->driver, words, sockets[1], engine->interrupt, deadline, NULL, failure)) {
        (void) close(sockets[0]);
        (void) close(sockets[1]);
        return FALSE;
    }
    (void) close(sockets[1]);
    sign = receive(sockets[0], deadline, terminal);
    if (sign == '-') {
        fail_busy(domain, number, sockets[0], force, failure);
    } else if (sign != '+' || *terminal < 0) {
        driver_failure_set(failure, "no-console", domain->name, NULL, "The console of %s cannot be opened.",
                           domain->name);
    }
    (void) close(sockets[0]);
    return sign == '+' && *terminal >= 0;
}

MortiseResult
lxc_console_open(void *domain, const char *device, uint32_t flags, MortiseFileDescriptor *fd)
{
    LxcDomain *opened = domain;
    const LxcDriver *driver = opened->engine->driver;
    DriverFailure *failure = NULL;
    ProcessIdentity init;
    g_autoptr(LxcGuest) guest = lxc_domain_borrow_init(opened, &init, &failure);
    int terminal = -1;
    guint number;

    if (guest == NULL) {
        return lxc_fail(driver, failure);
    }
    if (!find_console(guest->record, device, &number)) {
        fail_missing(opened, guest->record, device, &failure);
        return lxc_fail(driver, failure);
    }
    if (guest->record->held) {
        driver_failure_set(&failure, "domain-busy", opened->name, "Resume it first.",
                           "%s was started paused: it has no console before its init is executed.", opened->name);
        return lxc_fail(driver, failure);
    }
    if (!ask_helper(opened, guest, number, (flags & MORTISE_CONSOLE_FORCE) != 0, &terminal, &failure)) {
        (void) lxc_domain_require_life(opened, guest, &init, &failure);
        return lxc_fail(driver, failure);
    }
    *fd = terminal;
    return MORTISE_OK;
}
