// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Events of a connection: numbered, and handed to every watch.
#pragma once

#include <mortise/mortise-watch.h>

typedef struct EventHub EventHub;
typedef struct MortiseHostDomain DomainRecord;

EventHub *event_hub_new(void);
EventHub *event_hub_ref(EventHub *self);
void event_hub_unref(EventHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventHub, event_hub_unref)

/* An event about a domain, with the state that is published now. Never blocks. */
void event_hub_emit_domain(EventHub *self, MortiseEventKind kind, DomainRecord *record, const char *reason,
                           const char *detail);
guint64 event_hub_get_sequence(EventHub *self);

/* Watches are not referenced: each takes itself off before it goes. */
void event_hub_add(EventHub *self, MortiseWatch *watch);
void event_hub_remove(EventHub *self, MortiseWatch *watch);
/* Ends every watch; for the end of the connection. */
void event_hub_close(EventHub *self);

/* In watch.c: a new watch in the thread's default main context, and the hand-over of one event. */
MortiseWatch *mortise_watch_new(EventHub *hub);
void mortise_watch_push(MortiseWatch *self, const MortiseEvent *event);
