// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Raw mode of the terminal: restored at the end of a session, and by the handlers of signals that end the process.
#include "mortise-rawmode.h"

#include <glib.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static const int fatal_signals[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};

/* A signal handler has no other way to them. */
static struct termios saved_mode;
static volatile sig_atomic_t saved_fd = -1;
static struct sigaction saved_actions[G_N_ELEMENTS(fatal_signals)];

static void
restore(void)
{
    if (saved_fd >= 0) {
        (void) tcsetattr(saved_fd, TCSANOW, &saved_mode);
        saved_fd = -1;
    }
}

/* SA_RESETHAND has put the default action back, which follows when the signal is raised again. */
static void
restore_and_end(int number)
{
    restore();
    (void) raise(number);
}

void
rawmode_enter(int fd)
{
    if (!isatty(fd) || tcgetattr(fd, &saved_mode) != 0) {
        return;
    }
    saved_fd = fd;
    struct sigaction action = {.sa_handler = restore_and_end, .sa_flags = (int) SA_RESETHAND};
    (void) sigemptyset(&action.sa_mask);
    for (guint i = 0; i < G_N_ELEMENTS(fatal_signals); i++) {
        (void) sigaction(fatal_signals[i], &action, &saved_actions[i]);
    }
    struct termios raw = saved_mode;
    cfmakeraw(&raw);
    (void) tcsetattr(fd, TCSADRAIN, &raw);
}

void
rawmode_leave(void)
{
    if (saved_fd < 0) {
        return;
    }
    restore();
    for (guint i = 0; i < G_N_ELEMENTS(fatal_signals); i++) {
        (void) sigaction(fatal_signals[i], &saved_actions[i], NULL);
    }
}
