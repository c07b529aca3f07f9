// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of the engine with real QEMU have in common.
#include "engine-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "fake-host-table.h"
#include "keeper/keeper-protocol.h"
#include "mortise-test.h"
#include "process-identity.h"

#define PATIENCE (FAKE_AMPLE_MS * G_TIME_SPAN_MILLISECOND)

gboolean
engine_require(const char *driver)
{
    g_autofree char *module = g_strdup_printf("%s/drivers/mortise-driver-%s.so", g_getenv("MORTISE_TEST_BUILD"),
                                              driver);

    if (access("/usr/bin/qemu-system-x86_64", X_OK) != 0) {
        mortise_test_skip(driver, "qemu-system-x86_64 is not installed");
        return FALSE;
    }
    if (access(module, R_OK) != 0) {
        mortise_test_skip(driver, "the driver is not built");
        return FALSE;
    }
    return TRUE;
}

static char *
guest_kernel(void)
{
    return g_strdup_printf("%s/tests/guest/mortise-guest.elf", g_getenv("MORTISE_TEST_BUILD"));
}

gboolean
engine_has_guest(void)
{
    g_autofree char *kernel = guest_kernel();

    return access(kernel, R_OK) == 0;
}

gboolean
engine_require_guest(const char *test)
{
    if (!engine_require("tcg")) {
        return FALSE;
    }
    if (!engine_has_guest()) {
        mortise_test_skip(test, "the compiler cannot build the test guest");
        return FALSE;
    }
    return TRUE;
}

gboolean
engine_require_emulator(const char *test, const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);

    if (path == NULL) {
        mortise_test_skip(test, "its emulator is not installed");
    }
    return path != NULL;
}

char *
engine_any_xml(guint number, const char *type, guint vcpus, const char *os, const char *more)
{
    return g_strdup_printf("<domain type='%s'>\n"
                           "  <name>engine-%u</name>\n"
                           "  <uuid>e0e0%04x-0000-4000-8000-000000000001</uuid>\n"
                           "  <memory unit='MiB'>32</memory>\n"
                           "  <vcpu>%u</vcpu>\n"
                           "  <os>%s</os>\n"
                           "  %s\n"
                           "</domain>\n",
                           type, number, number, vcpus, os, more);
}

#define CONSOLE "<devices><console type='pty'/></devices>"

char *
engine_xml(guint number, const char *more)
{
    g_autofree char *all = g_strconcat("<features><acpi/></features>", strstr(more, "<devices>") ? "" : CONSOLE, more,
                                       NULL);

    return engine_any_xml(number, "qemu", 1, "<type arch='x86_64' machine='pc'>hvm</type>", all);
}

char *
engine_guest_xml(guint number, const char *more)
{
    g_autofree char *kernel = guest_kernel();
    g_autofree char *all = g_strconcat("<features><acpi/></features>", strstr(more, "<devices>") ? "" : CONSOLE, more,
                                       NULL);
    g_autofree char *os = g_strdup_printf("<type arch='x86_64' machine='pc'>hvm</type><kernel>%s</kernel>"
                                          "<cmdline>report=100</cmdline>",
                                          kernel);

    return engine_any_xml(number, "qemu", 1, os, all);
}

int
engine_open_console(FakeDomain *domain)
{
    const MortiseConsole *console = fake_host_interface(domain->host, MORTISE_CONSOLE_ID);
    MortiseFileDescriptor fd = -1;

    fake_call_begin(FAKE_AMPLE_MS);
    if (console->open(fake_domain_handle(domain), NULL, 0, &fd) != MORTISE_OK) {
        fprintf(stderr, "no console: %s\n", fake_call_error()->message);
    }
    return fd;
}

gboolean
engine_hear(int console, const char *text)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;
    g_autoptr(GString) heard = g_string_new(NULL);

    while (!strstr(heard->str, text) && g_get_monotonic_time() < deadline) {
        struct pollfd watched = {console, POLLIN, 0};
        char buffer[64];
        gssize got = poll(&watched, 1, 1000) == 1 ? read(console, buffer, sizeof(buffer)) : 0;
        if (got > 0) {
            (void) g_string_append_len(heard, buffer, got);
        }
    }
    if (!strstr(heard->str, text)) {
        fprintf(stderr, "the guest did not say %s, but: %s\n", text, heard->str);
    }
    return strstr(heard->str, text) != NULL;
}

gboolean
engine_wait_guest(FakeDomain *domain, const char *text)
{
    const int console = engine_open_console(domain);
    const gboolean heard = console >= 0 && engine_hear(console, text);

    if (console >= 0) {
        (void) close(console);
    }
    return heard;
}

gboolean
engine_lives(gint64 pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) && !strstr(text, ") Z ");
}

gboolean
engine_signal(gint64 pid, int number)
{
    if (pid <= 1) {
        fprintf(stderr, "there is no process to be sent signal %d\n", number);
    }
    return pid > 1 && kill((pid_t) pid, number) == 0;
}

static char *
run_folder(const char *root)
{
    return g_build_filename(root, "run", NULL);
}

gboolean
engine_is_clean(const FakeHost *host)
{
    g_autofree char *run = run_folder(fake_host_root(host));
    g_autoptr(GDir) directory = g_dir_open(run, 0, NULL);
    gboolean clean = TRUE;
    const char *name;

    while ((name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(run, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            fprintf(stderr, "left behind: %s\n", path);
            clean = FALSE;
        }
    }
    return clean;
}

static gboolean
lock_is_free(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    gboolean is_free;

    if (fd < 0) {
        return TRUE;
    }
    is_free = flock(fd, LOCK_SH | LOCK_NB) == 0;
    (void) close(fd);
    return is_free;
}

static gboolean
all_locks_are_free(const char *root)
{
    g_autofree char *run = run_folder(root);
    g_autoptr(GDir) directory = g_dir_open(run, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename(run, name, "lock", NULL);
        if (!lock_is_free(path)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
engine_wait_lock(const char *root)
{
    const gint64 deadline = g_get_monotonic_time() + PATIENCE;

    // Nothing tells when a lock is given up: ask, and let others run in between.
    while (!all_locks_are_free(root)) {
        if (g_get_monotonic_time() > deadline) {
            return FALSE;
        }
        g_thread_yield();
    }
    return TRUE;
}

char *
engine_events(const char *root)
{
    g_autofree char *run = run_folder(root);
    g_autoptr(GDir) directory = g_dir_open(run, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        char *path = g_build_filename(run, name, KEEPER_EVENTS_FILE, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            return path;
        }
        g_free(path);
    }
    return NULL;
}

static gboolean
has_event(const char *path, const char *after, const char *text)
{
    g_autofree char *events = NULL;
    const char *begin;

    if (!g_file_get_contents(path, &events, NULL, NULL)) {
        return FALSE;
    }
    begin = after ? g_strrstr(events, after) : events;
    return begin && strstr(begin, text);
}

gboolean
engine_wait_event(const char *root, const char *after, const char *text)
{
    g_autofree char *path = engine_events(root);
    const int watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    struct pollfd watched = {watcher, POLLIN, 0};
    const gboolean watches = path && inotify_add_watch(watcher, path, IN_MODIFY) >= 0;
    gboolean found = watches && has_event(path, after, text);
    char seen[4096];

    while (watches && !found && poll(&watched, 1, FAKE_AMPLE_MS) > 0) {
        (void) !read(watcher, seen, sizeof(seen));
        found = has_event(path, after, text);
    }
    (void) close(watcher);
    return found;
}

void
engine_leave(FakeHost *host)
{
    host->owns_root = FALSE;
    fake_host_free(host);
}

void
engine_remove(const char *root)
{
    g_autoptr(GDir) directory = g_file_test(root, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(root, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *inner = g_build_filename(root, name, NULL);
        engine_remove(inner);
    }
    (void) g_remove(root);
}
