// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the starter of a guest and its keeper agree on: descriptors, commit byte, files and the words in them.
#pragma once

#define KEEPER_PROGRAM "mortise-guest-keeper"

// Descriptors of the keeper at its start. Those from KEEPER_FD_LOCK on are inherited by the emulator too.
#define KEEPER_FD_CONTROL 3    // stream socket; its other end is the starter's
#define KEEPER_FD_MONITOR 4    // the keeper's end of the emulator's second monitor
#define KEEPER_FD_DIRECTORY 5  // run directory of the guest
#define KEEPER_FD_LOG 6        // what the emulator prints; opened O_RDWR | O_APPEND
#define KEEPER_FD_LOCK 7       // lock file; flock() was taken by the starter
#define KEEPER_FD_EMULATOR 8   // first of the emulator's own: its end of the second monitor, then others

// The starter sends this byte when the guest may live without it. End of file before: the guest is killed.
#define KEEPER_COMMIT 'c'

// In the run directory. The events file has one JSON object a line: those of the keeper have a member "keeper".
#define KEEPER_EVENTS_FILE "events.log"
// Its successor while it is written.
#define KEEPER_NEW_EVENTS_FILE "events.log.new"
// While this file exists, the next shutdown of the guest by itself is followed by a reset instead of the end.
#define KEEPER_REBOOT_FILE "reboot"

// Sent on the control socket and first line of the events file: pid, start_time, keeper_pid, keeper_start_time.
#define KEEPER_WORD_STARTED "started"
// Sent on the control socket only: error (errno) when the emulator could not be executed.
#define KEEPER_WORD_FAILED "failed"
// Sent on the control socket, and a line of the events file: the guest now lives on without its starter.
#define KEEPER_WORD_COMMITTED "committed"
// The last line of all: status (exit status or -1), signal (0 when none), aborted, output (last bytes printed).
#define KEEPER_WORD_ENDED "ended"

// Bounds, in bytes.
#define KEEPER_EVENTS_LIMIT (128 * 1024)  // of the events file; older events are dropped, never the state
#define KEEPER_LOG_LIMIT (1024 * 1024)    // of the emulator's log; the newer half is kept
#define KEEPER_OUTPUT_TAIL 2048           // of the emulator's last words in the record of its end
#define KEEPER_LINE_LIMIT (64 * 1024)     // of one event; a longer one is dropped
