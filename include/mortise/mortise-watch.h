// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Events: what happened on a connection, in order, on the main context of whoever asked.
#ifndef MORTISE_WATCH_H
#define MORTISE_WATCH_H

#include <mortise/mortise-types.h>

G_BEGIN_DECLS

#define MORTISE_TYPE_EVENT (mortise_event_get_type())

/**
 * MortiseEvent:
 * @sequence: number of the event on its connection, rising by one; a watch that misses some gets a resync event
 * @kind: what kind of event
 * @time_us: when, in microseconds since 1970
 * @domain: (nullable): name of the domain; %NULL of a resync
 * @uuid: (nullable): UUID of the domain
 * @state: state after the event
 * @id: number of the domain after the event; -1 when not active
 * @reason: (nullable): reason of the state, kind of a guest event ("reboot", "watchdog"), or the late operation
 * @detail: (nullable): one more sentence
 */
typedef struct {
    guint64 sequence;
    MortiseEventKind kind;
    gint64 time_us;
    char *domain;
    char *uuid;
    MortiseDomainState state;
    gint64 id;
    char *reason;
    char *detail;
} MortiseEvent;

MORTISE_EXPORT GType mortise_event_get_type(void);
MORTISE_EXPORT MortiseEvent *mortise_event_copy(const MortiseEvent *self);
MORTISE_EXPORT void mortise_event_free(MortiseEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MortiseEvent, mortise_event_free)

#define MORTISE_TYPE_WATCH (mortise_watch_get_type())
MORTISE_EXPORT G_DECLARE_FINAL_TYPE(MortiseWatch, mortise_watch, MORTISE, WATCH, GObject)

/*
 * A watch is made by mortise_connection_watch(). Its signal
 *     void event(MortiseWatch *self, MortiseEvent *event)
 * is emitted in the main context that was the thread's default when the watch was made, in order. A watch keeps at
 * most 4096 events that its context has not taken yet; when more come, all of them are replaced by one resync event.
 */

/**
 * mortise_watch_stop:
 * @self: a watch
 *
 * Ends it. Called in the watch's own main context, also from within its signal, no signal follows; called elsewhere,
 * one that is being emitted may still be running. Safe to call again. Dropping the last reference does the same.
 */
MORTISE_EXPORT void mortise_watch_stop(MortiseWatch *self);

G_END_DECLS

#endif
