// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Parts of the guest keeper: a small program without GLib that stays beside an emulator for as long as it lives.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "keeper-protocol.h"

// A piece of somebody else's text.
typedef struct KeeperSlice {
    const char *data;
    size_t length;
} KeeperSlice;

// What is done when a guest powers off, reboots or panics.
typedef enum KeeperPolicy {
    KEEPER_DESTROY,
    KEEPER_RESTART,
    KEEPER_PRESERVE,
} KeeperPolicy;

// keeper-json.c: the value of a member of a JSON object on one line; false when there is none or it is no object.
bool keeper_json_member(KeeperSlice object, const char *key, KeeperSlice *value);
// True when `value` is the JSON string `text` (which needs no escapes).
bool keeper_json_is(KeeperSlice value, const char *text);
// Writes `length` bytes as the content of a JSON string into `target` of `size` bytes; returns the bytes used.
size_t keeper_json_escape(const char *data, size_t length, char *target, size_t size);

// keeper-events.c: the events file. Lines that tell the state survive when older ones are dropped.
#define KEEPER_KEPT_SLOTS 6
typedef struct KeeperEvents {
    int directory;
    int file;
    size_t size;
    bool torn;
    char *kept[KEEPER_KEPT_SLOTS];
    uint64_t kept_serial[KEEPER_KEPT_SLOTS];
    uint64_t serial;
} KeeperEvents;

// False when the file cannot be made.
bool keeper_events_open(KeeperEvents *events, int directory);
// Appends one line; `slot` below KEEPER_KEPT_SLOTS replaces the kept line of that slot, -1 keeps nothing.
void keeper_events_append(KeeperEvents *events, KeeperSlice line, int slot);
void keeper_events_close(KeeperEvents *events);

// keeper-output.c: what the emulator prints, copied to its log and the last bytes of it remembered.
typedef struct KeeperOutput {
    int pipe;
    int log;
    size_t log_size;
    size_t tail_length;
    char tail[KEEPER_OUTPUT_TAIL];
} KeeperOutput;

void keeper_output_open(KeeperOutput *output, int pipe, int log);
// Takes what is there; false at the end of file.
bool keeper_output_read(KeeperOutput *output);

// keeper-monitor.c: the second monitor.
typedef struct KeeperMonitor {
    int socket;
    int directory;
    KeeperEvents *events;
    KeeperPolicy on_poweroff;
    KeeperPolicy on_reboot;
    KeeperPolicy on_crash;
    bool resetting;
    bool ending;       // the emulator is about to end by itself
    bool skipping;
    size_t length;
    char line[KEEPER_LINE_LIMIT];
} KeeperMonitor;

// Says the handshake's first words; the emulator need not be there yet.
void keeper_monitor_open(KeeperMonitor *monitor);
// Takes what is there; false at the end of file.
bool keeper_monitor_read(KeeperMonitor *monitor);

// keeper-guest.c: the emulator's life.
typedef struct KeeperOptions {
    KeeperPolicy on_poweroff;
    KeeperPolicy on_reboot;
    KeeperPolicy on_crash;
    int emulator_descriptors;
    char **command;
} KeeperOptions;

// Runs the emulator to its end; returns the keeper's exit status.
int keeper_guest_run(const KeeperOptions *options);
