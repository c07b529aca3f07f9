// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A main loop on the events of a watch.
#include "mortise-follow.h"

typedef struct {
    GMainLoop *loop;
    MortiseWatch *watch;
    FollowFunction function;
    gpointer data;
    FollowEnd end;
} Follower;

static void
end(Follower *self, FollowEnd how)
{
    self->end = how;
    mortise_watch_stop(self->watch);
    g_main_loop_quit(self->loop);
}

static void
on_event(MortiseWatch *watch, MortiseEvent *event, gpointer data)
{
    (void) watch;
    Follower *self = data;
    if (!self->function(event, self->data)) {
        end(self, FOLLOW_SATISFIED);
    }
}

static gboolean
on_timeout(gpointer data)
{
    end(data, FOLLOW_TIMED_OUT);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_cancelled(GCancellable *cancellable, gpointer data)
{
    (void) cancellable;
    end(data, FOLLOW_CANCELLED);
    return G_SOURCE_CONTINUE;
}

static GSource *
attach(GSource *source, GSourceFunc function, Follower *self)
{
    g_source_set_callback(source, function, self, NULL);
    g_source_attach(source, NULL);
    return source;
}

FollowEnd
follow(MortiseWatch *watch, FollowFunction function, gpointer data, guint64 timeout_ms, GCancellable *cancellable)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Follower self = {.loop = loop, .watch = watch, .function = function, .data = data};
    gulong handler = g_signal_connect(watch, "event", G_CALLBACK(on_event), &self);
    GSourceFunc ended = G_SOURCE_FUNC(on_cancelled);
    g_autoptr(GSource) cancelled = attach(g_cancellable_source_new(cancellable), ended, &self);
    g_autoptr(GSource) timeout = NULL;
    if (timeout_ms > 0) {
        timeout = attach(g_timeout_source_new((guint) MIN(timeout_ms, G_MAXUINT)), on_timeout, &self);
    }
    g_main_loop_run(loop);
    g_signal_handler_disconnect(watch, handler);
    g_source_destroy(cancelled);
    if (timeout != NULL) {
        g_source_destroy(timeout);
    }
    return self.end;
}
