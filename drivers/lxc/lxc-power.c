// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Asking a container's init to shut down or to reboot, and pausing all its processes.
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc-engine.h"
#include "lxc-root.h"

/* sysvinit's request on its FIFO, as initreq.h of sysvinit has it: 384 bytes. */
#define INITCTL_MAGIC 0x03091969
#define INITCTL_RUNLEVEL 1
typedef struct {
    gint32 magic;
    gint32 command;
    gint32 runlevel;
    gint32 sleep;
    char reserved[368];
} InitctlRequest;
G_STATIC_ASSERT(sizeof(InitctlRequest) == 384);

/* What init does with signals, from /proc/PID/status. */
typedef struct {
    guint64 caught;
    guint64 blocked;
    gboolean busybox;
    gboolean early;            /* that has not come as far as to keep signals for later: the kernel drops them */
} InitHabits;

static guint64
mask_of(const char *status, const char *word)
{
    const char *line = strstr(status, word);
    g_autofree char *digits = line != NULL ? g_strndup(line + strlen(word), 16) : NULL;
    guint64 mask = 0;

    if (digits != NULL) {
        (void) g_ascii_string_to_unsigned(digits, 16, 0, G_MAXUINT64, &mask, NULL);
    }
    return mask;
}

static void
look_at_init(gint64 pid, InitHabits *habits)
{
    g_autofree char *status_path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/status", pid);
    g_autofree char *exe_path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/exe", pid);
    g_autofree char *exe = g_file_read_link(exe_path, NULL);
    g_autofree char *status = NULL;

    *habits = (InitHabits){.busybox = exe != NULL && g_str_has_suffix(exe, "/busybox")};
    if (g_file_get_contents(status_path, &status, NULL, NULL)) {
        habits->caught = mask_of(status, "\nSigCgt:\t");
        habits->blocked = mask_of(status, "\nSigBlk:\t");
        // busybox's shell and its other programs are no init.
        habits->busybox &= strstr(status, "Name:\tinit\n") != NULL;
        habits->early = habits->busybox && habits->caught == 0 && habits->blocked == 0;
    }
}

static gboolean
has_signal(guint64 mask, int signal)
{
    return (mask >> (signal - 1) & 1) != 0;
}

/*
 * The signal that this init understands; 0: none. systemd keeps its signals blocked and reads them; busybox waits for
 * them in a way that the kernel does not show.
 */
static int
choose_signal(const InitHabits *habits, gboolean reboot)
{
    if (has_signal(habits->blocked, SIGRTMIN + 4)) {
        return SIGRTMIN + (reboot ? 5 : 4);
    }
    if (habits->busybox) {
        return reboot ? SIGTERM : SIGUSR2;
    }
    if (reboot) {
        return has_signal(habits->caught | habits->blocked, SIGINT) && has_signal(habits->caught, SIGPWR) ? SIGINT : 0;
    }
    if (has_signal(habits->caught | habits->blocked, SIGTERM)) {
        return SIGTERM;
    }
    return has_signal(habits->caught | habits->blocked, SIGPWR) ? SIGPWR : 0;
}

/* A FIFO of the container, to be written to; -1 when there is none. What is no FIFO is not even opened. */
static int
open_fifo(int root, const char *path)
{
    const int place = lxc_root_open(root, path, O_PATH | O_NOFOLLOW);
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", place);
    struct stat status;
    int fd = -1;

    if (place >= 0 && fstat(place, &status) == 0 && S_ISFIFO(status.st_mode)) {
        fd = open(link, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    }
    if (place >= 0) {
        (void) close(place);
    }
    return fd;
}

/* Writes to sysvinit's FIFO in the container, wherever that keeps it. */
static gboolean
ask_by_initctl(const ProcessIdentity *init, char runlevel)
{
    static const char *const paths[] = {"/run/initctl", "/dev/initctl"};
    const InitctlRequest request = {.magic = INITCTL_MAGIC, .command = INITCTL_RUNLEVEL, .runlevel = runlevel};
    g_autofree char *root_path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/root", init->pid);
    const int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    // Asked after it is open: the root of another process could be that of this host.
    const gboolean known = root >= 0 && process_start_time(init->pid) == init->start;
    gboolean asked = FALSE;

    for (guint i = 0; known && !asked && i < G_N_ELEMENTS(paths); i++) {
        const int fd = open_fifo(root, paths[i]);
        asked = fd >= 0 && write(fd, &request, sizeof(request)) == (gssize) sizeof(request);
        if (fd >= 0) {
            (void) close(fd);
        }
    }
    if (root >= 0) {
        (void) close(root);
    }
    return asked;
}

static gboolean
ask_by_signal(const ProcessIdentity *init, int signal)
{
    const int process = signal != 0 ? process_identity_open(init) : -1;
    const gboolean asked = process >= 0 && process_signal(process, signal);

    if (process >= 0) {
        (void) close(process);
    }
    return asked;
}

static gboolean
ask(const ProcessIdentity *init, guint flags, gboolean reboot, const char *name, DriverFailure **failure)
{
    const gboolean any = flags == MORTISE_SHUTDOWN_DEFAULT;
    InitHabits habits;

    look_at_init(init->pid, &habits);
    if (habits.early) {
        driver_failure_set(failure, "domain-busy", name, "Try again in a moment.",
                           "The init of %s was only just executed, and takes no requests yet.", name);
        return FALSE;
    }
    if ((any || (flags & MORTISE_SHUTDOWN_INITCTL)) && ask_by_initctl(init, reboot ? '6' : '0')) {
        return TRUE;
    }
    if (any) {
        return ask_by_signal(init, choose_signal(&habits, reboot));
    }
    return (flags & MORTISE_SHUTDOWN_SIGNAL) && ask_by_signal(init, reboot ? SIGHUP : SIGTERM);
}

static MortiseResult
ask_init(LxcDomain *domain, guint flags, gboolean reboot)
{
    const LxcDriver *driver = domain->engine->driver;
    DriverFailure *failure = NULL;
    ProcessIdentity init;
    g_autoptr(LxcGuest) guest = NULL;

    if (flags != 0 && (flags & (MORTISE_SHUTDOWN_SIGNAL | MORTISE_SHUTDOWN_INITCTL)) == 0) {
        driver->host->set_error(driver->self, "unsupported", domain->name, "A container has neither ACPI nor an agent.",
                                "Leave out the mode, or use signal or initctl.");
        return MORTISE_UNSUPPORTED;
    }
    guest = lxc_domain_borrow_init(domain, &init, &failure);
    if (guest == NULL) {
        return lxc_fail(driver, failure);
    }
    if (ask(&init, flags, reboot, domain->name, &failure)) {
        return MORTISE_OK;
    }
    (void) lxc_domain_require_life(domain, guest, &init, &failure);
    // The first cause is kept.
    driver_failure_set(&failure, "guest-not-responding", domain->name,
                       reboot ? "Destroy and start it instead." : "End it with destroy.",
                       "The init of %s takes no %s: it has no initctl, and none of the usual signals does anything.",
                       domain->name, reboot ? "request to reboot" : "request to shut down");
    return lxc_fail(driver, failure);
}

MortiseResult
lxc_power_shutdown(void *domain, uint32_t flags)
{
    return ask_init(domain, flags, FALSE);
}

MortiseResult
lxc_power_reboot(void *domain, uint32_t flags)
{
    return ask_init(domain, flags, TRUE);
}

static void
tell_paused(LxcDomain *domain, const LxcGuest *guest, gboolean paused)
{
    gboolean executed = FALSE;

    {
        DRIVER_LOCK_SCOPE(&domain->lock);
        if (domain->phase != LXC_ACTIVE || domain->guest != guest) {
            return;
        }
        domain->paused = paused;
        executed = !paused && guest->record->held;
        guest->record->held &= paused;
        lxc_domain_publish(domain, paused ? "user" : "unpaused", NULL);
    }
    if (executed) {
        (void) lxc_domain_keep(domain, guest->record);
    }
}

static MortiseResult
set_paused(LxcDomain *domain, gboolean paused)
{
    const LxcEngine *engine = domain->engine;
    DriverFailure *failure = NULL;
    ProcessIdentity init;
    g_autoptr(LxcGuest) guest = lxc_domain_borrow_init(domain, &init, &failure);

    if (guest == NULL) {
        return lxc_fail(engine->driver, failure);
    }
    // What is frozen does nothing more: an init that has ended by now was not.
    if (lxc_cgroup_freeze(engine->cgroups, guest->record->place, paused, lxc_deadline(engine->driver), &failure) &&
        (!paused || lxc_domain_require_life(domain, guest, &init, &failure))) {
        tell_paused(domain, guest, paused);
        return MORTISE_OK;
    }
    // Half of them frozen would be neither the one nor the other.
    if (paused) {
        (void) lxc_cgroup_freeze(engine->cgroups, guest->record->place, FALSE, g_get_monotonic_time(), NULL);
    }
    (void) lxc_domain_require_life(domain, guest, &init, &failure);
    return lxc_fail(engine->driver, failure);
}

MortiseResult
lxc_suspend(void *domain)
{
    return set_paused(domain, TRUE);
}

MortiseResult
lxc_resume(void *domain)
{
    return set_paused(domain, FALSE);
}
