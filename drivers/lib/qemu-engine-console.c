// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Consoles: the terminal of a running guest's serial port, opened for one user at a time.
#include "qemu-engine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* The console of that alias; without one the first pty, else the first of all. NULL: none. */
static const QemuConsole *
find_console(const GPtrArray *consoles, const char *device)
{
    const QemuConsole *first = NULL;

    for (guint i = 0; i < consoles->len; i++) {
        const QemuConsole *console = consoles->pdata[i];
        if (device ? g_str_equal(console->alias, device) : console->pty) {
            return console;
        }
        first = first ? first : console;
    }
    return device ? NULL : first;
}

static gboolean
fail_missing(const QemuDomain *domain, const QemuConsole *console, const char *device, DriverFailure **failure)
{
    if (console) {
        driver_failure_set(failure, "no-console", console->alias, "Read that file instead.",
                           "The console %s of %s is no terminal: what it says goes to the file %s.", console->alias,
                           domain->name, console->path);
    } else if (device) {
        driver_failure_set(failure, "no-console", device, "The live XML lists the consoles with their aliases.",
                           "%s has no console named %s.", domain->name, device);
    } else {
        driver_failure_set(failure, "no-console", domain->name,
                           "Add <console type='pty'/> to its definition and start it again.",
                           "%s has no serial port or console.", domain->name);
    }
    return FALSE;
}

static gboolean
fail_open(const QemuConsole *console, int error, DriverFailure **failure)
{
    driver_failure_set(failure, error == EACCES || error == EPERM ? "permission-denied" : "no-console",
                       console->alias, NULL, "The terminal %s of the console %s cannot be opened: %s.", console->path,
                       console->alias, g_strerror(error));
    return FALSE;
}

static gboolean
take(int fd, const QemuConsole *console, gboolean force, DriverFailure **failure)
{
    // Held by whoever has the descriptor; there is no way to take a terminal from another process's hands.
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || force) {
        return TRUE;
    }
    driver_failure_set(failure, "resource-busy", console->alias,
                       "Close the other one, or force it: then both read from the same terminal.",
                       "The console %s is in use by somebody else.", console->alias);
    return FALSE;
}

static gboolean
open_console(const QemuConsole *console, gboolean force, int *opened, DriverFailure **failure)
{
    const int fd = open(console->path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return fail_open(console, errno, failure);
    }
    if (!isatty(fd)) {
        (void) close(fd);
        return fail_open(console, ENOTTY, failure);
    }
    if (!take(fd, console, force, failure)) {
        (void) close(fd);
        return FALSE;
    }
    *opened = fd;
    return TRUE;
}

MortiseResult
qemu_engine_console_open(void *domain, const char *device, uint32_t flags, MortiseFileDescriptor *fd)
{
    QemuDomain *opened = domain;
    g_autoptr(QemuGuest) guest = NULL;
    DriverFailure *failure = NULL;
    const QemuConsole *console;
    int terminal = -1;

    if (!qemu_domain_borrow(opened, &guest, NULL, &failure)) {
        return qemu_engine_fail(opened->engine->driver, failure);
    }
    console = find_console(guest->record->consoles, device);
    if (!console || !console->pty) {
        (void) fail_missing(opened, console, device, &failure);
        return qemu_engine_fail(opened->engine->driver, failure);
    }
    if (!open_console(console, (flags & MORTISE_CONSOLE_FORCE) != 0, &terminal, &failure)) {
        return qemu_engine_fail(opened->engine->driver, failure);
    }
    *fd = terminal;
    return MORTISE_OK;
}
