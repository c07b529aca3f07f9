// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells ThreadSanitizer of the orders that GLib's main loops make: a callback sees what came before its attaching.
#include "tsan-annotate.h"

#include <glib-unix.h>

typedef struct {
    gint references;
    GSourceFunc function;
    gpointer data;
    GDestroyNotify notify;
} Callback;

static void
callback_ref(gpointer data)
{
    (void) __atomic_add_fetch(&((Callback *) data)->references, 1, __ATOMIC_RELAXED);
}

static void
callback_unref(gpointer data)
{
    Callback *callback = data;

    released(callback);
    if (__atomic_sub_fetch(&callback->references, 1, __ATOMIC_ACQ_REL) > 0) {
        return;
    }
    acquired(callback);
    if (callback->notify != NULL) {
        callback->notify(callback->data);
    }
    g_free(callback);
}

// GLib calls this in the loop's thread, right before the source's function.
static void
callback_get(gpointer data, GSource *source, GSourceFunc *function, gpointer *function_data)
{
    Callback *callback = data;

    acquired(source);
    acquired(callback);
    *function = callback->function;
    *function_data = callback->data;
}

static GSourceCallbackFuncs callback_functions = { callback_ref, callback_unref, callback_get };

INTERPOSED void
g_source_set_callback(GSource *source, GSourceFunc function, gpointer data, GDestroyNotify notify)
{
    Callback *callback = g_new0(Callback, 1);

    callback->references = 1;
    callback->function = function;
    callback->data = data;
    callback->notify = notify;
    released(callback);
    g_source_set_callback_indirect(source, callback, &callback_functions);
}

INTERPOSED guint
g_source_attach(GSource *source, GMainContext *context)
{
    released(source);
    return NEXT(g_source_attach)(source, context);
}

// GLib's short ways of making a source call its own functions, not the ones above; so they are made here anew.
static guint
add_source(GSource *source, gint priority, GSourceFunc function, gpointer data, GDestroyNotify notify)
{
    guint id;

    g_source_set_priority(source, priority);
    g_source_set_callback(source, function, data, notify);
    id = g_source_attach(source, NULL);
    g_source_unref(source);
    return id;
}

INTERPOSED guint
g_idle_add_full(gint priority, GSourceFunc function, gpointer data, GDestroyNotify notify)
{
    return add_source(g_idle_source_new(), priority, function, data, notify);
}

INTERPOSED guint
g_idle_add(GSourceFunc function, gpointer data)
{
    return g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, function, data, NULL);
}

INTERPOSED guint
g_timeout_add_full(gint priority, guint interval, GSourceFunc function, gpointer data, GDestroyNotify notify)
{
    return add_source(g_timeout_source_new(interval), priority, function, data, notify);
}

INTERPOSED guint
g_timeout_add(guint interval, GSourceFunc function, gpointer data)
{
    return g_timeout_add_full(G_PRIORITY_DEFAULT, interval, function, data, NULL);
}

INTERPOSED guint
g_timeout_add_seconds(guint interval, GSourceFunc function, gpointer data)
{
    return add_source(g_timeout_source_new_seconds(interval), G_PRIORITY_DEFAULT, function, data, NULL);
}

INTERPOSED guint
g_unix_fd_add_full(gint priority, gint fd, GIOCondition condition, GUnixFDSourceFunc function, gpointer data,
                   GDestroyNotify notify)
{
    GSource *source = g_unix_fd_source_new(fd, condition);

    return add_source(source, priority, (GSourceFunc) (void (*)(void)) function, data, notify);
}

INTERPOSED guint
g_unix_fd_add(gint fd, GIOCondition condition, GUnixFDSourceFunc function, gpointer data)
{
    return g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, condition, function, data, NULL);
}

INTERPOSED guint
g_child_watch_add_full(gint priority, GPid pid, GChildWatchFunc function, gpointer data, GDestroyNotify notify)
{
    return add_source(g_child_watch_source_new(pid), priority, (GSourceFunc) (void (*)(void)) function, data, notify);
}

INTERPOSED guint
g_child_watch_add(GPid pid, GChildWatchFunc function, gpointer data)
{
    return g_child_watch_add_full(G_PRIORITY_DEFAULT, pid, function, data, NULL);
}

static gboolean
run_invoked(gpointer data)
{
    Callback *callback = data;

    acquired(callback);
    return callback->function(callback->data);
}

INTERPOSED void
g_main_context_invoke_full(GMainContext *context, gint priority, GSourceFunc function, gpointer data,
                           GDestroyNotify notify)
{
    Callback *callback = g_new0(Callback, 1);

    callback->references = 1;
    callback->function = function;
    callback->data = data;
    callback->notify = notify;
    released(callback);
    NEXT(g_main_context_invoke_full)(context, priority, run_invoked, callback, callback_unref);
}

INTERPOSED void
g_main_context_invoke(GMainContext *context, GSourceFunc function, gpointer data)
{
    g_main_context_invoke_full(context, G_PRIORITY_DEFAULT, function, data, NULL);
}
