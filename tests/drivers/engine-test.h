// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of the engine with real QEMU have in common: definitions, waiting for a guest, looking for what is left.
#pragma once

#include "fake-host.h"

/* Whether the emulator and the module are there; says by name what is skipped when not. */
gboolean engine_require(const char *driver);
/* Whether there is a guest kernel to boot. */
gboolean engine_has_guest(void);
/* Both, with TCG: says by the test's name what is skipped when not. */
gboolean engine_require_guest(const char *test);
/* The emulator of another architecture; the same. */
gboolean engine_require_emulator(const char *test, const char *program);

/* A small guest without system (the firmware idles): type 'qemu', a pty; `more` goes in before its end. To be freed. */
char *engine_xml(guint number, const char *more);
/* The same with the test guest as its kernel; it has a console on a pty and reports every 100 ms. */
char *engine_guest_xml(guint number, const char *more);
/* Any: `type` is the domain's, `vcpus` their number, `os` the content of <os>, `more` as above. */
char *engine_any_xml(guint number, const char *type, guint vcpus, const char *os, const char *more);

/* The guest's console, to be closed; -1 with a line on stderr. */
int engine_open_console(FakeDomain *domain);
/* Reads it until the guest has said the text; FALSE after FAKE_AMPLE_MS. */
gboolean engine_hear(int console, const char *text);
/* Opens the guest's console and reads it until it has said the text; FALSE after FAKE_AMPLE_MS. */
gboolean engine_wait_guest(FakeDomain *domain, const char *text);
/* Whether the process is there and no zombie. */
gboolean engine_lives(gint64 pid);
/* Signals that process. FALSE when there is none: to the kernel -1 and 0 would be many, and one of them the caller. */
gboolean engine_signal(gint64 pid, int number);
/* Whether the run directory has no guest's directory any more. */
gboolean engine_is_clean(const FakeHost *host);
/* Waits until no lock in a run directory of that root is held; FALSE after FAKE_AMPLE_MS. */
gboolean engine_wait_lock(const char *root);
/* Path of what the keeper of the only guest in that root has written down; to be freed. NULL: there is none. */
char *engine_events(const char *root);
/* Waits until there is that text, behind the last `after` when that is not NULL; FALSE after FAKE_AMPLE_MS. */
gboolean engine_wait_event(const char *root, const char *after, const char *text);
/* Closes the host and keeps its root. */
void engine_leave(FakeHost *host);
void engine_remove(const char *root);
