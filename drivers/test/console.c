// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface console/1: one end of a pair of sockets; what is written to it comes back.
#include "console.h"
#include "interfaces.h"

#include <errno.h>
#include <mortise/driver/console.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ECHO_BYTES 4096
#define ECHO_ROUNDS 16

/* Once off the driver's list it belongs to whoever took it off. */
struct TestConsole {
    TestDriver *driver;
    guint64 run;
    guint64 source;       /* under the driver's lock as long as it is on the list */
    guint32 waits_for;    /* MORTISE_WATCH_READ, or _WRITE while the other end does not read */
    guint index;
    int fd;
};

typedef enum { ECHO_EMPTY, ECHO_FULL, ECHO_ENDED } Echo;

static int32_t console_ready(MortiseFileDescriptor fd, uint32_t ready, void *data);

/* Says what it hears. Bytes stay in the socket until they could be said, so nothing is lost and nothing is kept. */
static Echo
echo(int fd)
{
    char bytes[ECHO_BYTES];

    for (guint round = 0; round < ECHO_ROUNDS; round++) {
        ssize_t heard = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
        if (heard == 0 || (heard < 0 && errno != EAGAIN && errno != EINTR)) {
            return ECHO_ENDED;
        }
        if (heard < 0) {
            return ECHO_EMPTY;
        }
        ssize_t said = send(fd, bytes, (size_t) heard, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (said < 0) {
            return errno == EAGAIN || errno == EINTR ? ECHO_FULL : ECHO_ENDED;
        }
        (void) recv(fd, bytes, (size_t) said, MSG_DONTWAIT);
    }
    return ECHO_EMPTY;
}

static void
console_free(TestConsole *console)
{
    (void) close(console->fd);
    g_free(console);
}

static gboolean
watch(TestConsole *console, guint32 waits_for)
{
    const TestDriver *driver = console->driver;

    console->waits_for = waits_for;
    console->source = driver->host->watch_add(driver->self, console->fd, waits_for, console_ready, console);
    return console->source != 0;
}

static int32_t
console_ready(MortiseFileDescriptor fd, uint32_t ready, void *data)
{
    TestConsole *console = data;
    TestDriver *driver = console->driver;
    int32_t keep = 1;

    (void) ready;
    g_mutex_lock(&driver->lock);
    if (!g_ptr_array_find(driver->consoles, console, NULL)) {
        /* Whoever took it off the list waits for this function. */
        g_mutex_unlock(&driver->lock);
        return 0;
    }
    Echo result = echo(fd);
    guint32 wanted = result == ECHO_FULL ? MORTISE_WATCH_WRITE : MORTISE_WATCH_READ;
    if (result != ECHO_ENDED && wanted != console->waits_for) {
        result = watch(console, wanted) ? result : ECHO_ENDED;
        keep = 0;
    }
    if (result == ECHO_ENDED) {
        (void) g_ptr_array_remove_fast(driver->consoles, console);
        console_free(console);
        keep = 0;
    }
    g_mutex_unlock(&driver->lock);
    return keep;
}

/* Takes consoles off the list: of one run, or of all with 0; of one device, or of all with -1. */
static GPtrArray *
take(TestDriver *driver, guint64 run, gint index)
{
    GPtrArray *taken = g_ptr_array_new();

    g_mutex_lock(&driver->lock);
    for (guint i = driver->consoles->len; i > 0; i--) {
        TestConsole *console = g_ptr_array_index(driver->consoles, i - 1);
        if ((run == 0 || console->run == run) && (index < 0 || console->index == (guint) index)) {
            g_ptr_array_add(taken, g_ptr_array_remove_index_fast(driver->consoles, i - 1));
        }
    }
    g_mutex_unlock(&driver->lock);
    return taken;
}

static void
end(TestDriver *driver, guint64 run, gint index)
{
    g_autoptr(GPtrArray) taken = take(driver, run, index);

    for (guint i = 0; i < taken->len; i++) {
        TestConsole *console = g_ptr_array_index(taken, i);
        driver->host->source_remove(driver->self, console->source);
        console_free(console);
    }
}

void
test_console_end(TestDriver *driver, guint64 run)
{
    end(driver, run, -1);
}

void
test_console_end_all(TestDriver *driver)
{
    end(driver, 0, -1);
}

/* The number behind "serial" or "console"; 0 of no name; -1 of any other. */
static gint
device_index(const char *device)
{
    guint64 number = 0;

    if (device == NULL) {
        return 0;
    }
    const char *digits = g_str_has_prefix(device, "serial") ? device + strlen("serial")
                         : g_str_has_prefix(device, "console") ? device + strlen("console") : "";
    return g_ascii_string_to_unsigned(digits, 10, 0, G_MAXINT16, &number, NULL) ? (gint) number : -1;
}

/* The run and the device that are meant; with no lock held after it. */
static MortiseResult
find_device(TestDomain *domain, const char *device, guint64 *run, gint *index)
{
    const TestDriver *driver = domain->connection->driver;
    MortiseResult result = test_domain_lock(domain);

    if (result != MORTISE_OK) {
        return result;
    }
    result = test_domain_require_active(domain);
    if (result == MORTISE_OK) {
        guint count = domain->running != NULL ? domain->running->consoles : 0;
        *run = domain->run;
        *index = device_index(device);
        if (count == 0) {
            result = test_fail(driver, "no-console", domain->name, "add <console type='pty'/> to its devices",
                               "domain '%s' has no console", domain->name);
        } else if (*index < 0 || (guint) *index >= count) {
            result = test_fail(driver, "no-device", device, NULL, "domain '%s' has no console named '%.60s'; it has %u",
                               domain->name, device, count);
        }
    }
    test_domain_unlock(domain);
    return result;
}

/* Puts a console of the run on the list; FALSE when it has one already, or when the core has no watch to give. */
static gboolean
add(TestDriver *driver, guint64 run, gint index, int fd, gboolean *held)
{
    TestConsole *console = g_new0(TestConsole, 1);

    *console = (TestConsole) {.driver = driver, .run = run, .index = (guint) index, .fd = fd};
    *held = FALSE;
    g_mutex_lock(&driver->lock);
    for (guint i = 0; i < driver->consoles->len; i++) {
        const TestConsole *other = g_ptr_array_index(driver->consoles, i);
        *held |= other->run == run && other->index == (guint) index;
    }
    gboolean added = !*held && watch(console, MORTISE_WATCH_READ);
    if (added) {
        g_ptr_array_add(driver->consoles, console);
    }
    g_mutex_unlock(&driver->lock);
    if (!added) {
        g_free(console);
    }
    return added;
}

static MortiseResult
console_open(void *handle, const char *device, uint32_t flags, MortiseFileDescriptor *fd)
{
    g_autoptr(TestDomain) domain = test_domain_ref(handle);
    TestDriver *driver = domain->connection->driver;
    guint64 run = 0;
    gint index = 0;
    gboolean held = FALSE;
    int pair[2];

    if (test_play(domain->connection, domain, TEST_OPERATION_CONSOLE) != MORTISE_OK ||
        find_device(domain, device, &run, &index) != MORTISE_OK) {
        return MORTISE_FAILED;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return test_fail(driver, "resource-busy", domain->name, "close files, or raise the limit of open files",
                         "cannot make a console: %s", g_strerror(errno));
    }
    if ((flags & MORTISE_CONSOLE_FORCE) != 0) {
        end(driver, run, index);
    }
    if (!add(driver, run, index, pair[0], &held)) {
        (void) close(pair[0]);
        (void) close(pair[1]);
        return held ? test_fail(driver, "resource-busy", domain->name, "close the other console, or use force",
                                "the console of domain '%s' is in use", domain->name)
                    : test_fail(driver, "internal", domain->name, NULL, "the core has no watch for a console");
    }
    *fd = pair[1];
    return MORTISE_OK;
}

const MortiseConsole test_console_interface = {
    .head = {sizeof(MortiseConsole), MORTISE_CONSOLE_VERSION, MORTISE_CONSOLE_ID},
    .open = console_open,
};
