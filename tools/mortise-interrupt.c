// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Listens for signals in a thread of its own, so that a call that blocks can be cancelled too.
#include "mortise-interrupt.h"

#include <glib-unix.h>
#include <signal.h>

#define SIGNALS 3

struct Interrupt {
    GCancellable *cancellable;
    GMainContext *context;
    GMainLoop *loop;
    GSource *sources[SIGNALS];
    GThread *thread;
    int signal; /* atomic */
};

static void
remove_sources(Interrupt *self)
{
    for (guint i = 0; i < SIGNALS; i++) {
        if (self->sources[i] != NULL) {
            g_source_destroy(self->sources[i]);
        }
    }
}

static gboolean
take_signal(Interrupt *self, int number)
{
    g_atomic_int_set(&self->signal, number);
    /* Without these sources the signals have their default action again: the impatient press ^C twice. */
    remove_sources(self);
    g_cancellable_cancel(self->cancellable);
    return G_SOURCE_REMOVE;
}

static gboolean
take_int(gpointer data)
{
    return take_signal(data, SIGINT);
}

static gboolean
take_term(gpointer data)
{
    return take_signal(data, SIGTERM);
}

static gboolean
take_hup(gpointer data)
{
    return take_signal(data, SIGHUP);
}

static gpointer
listen_for_signals(gpointer data)
{
    Interrupt *self = data;
    g_main_loop_run(self->loop);
    return NULL;
}

/* nohup, and shells that start something in the background, mean it. */
static gboolean
is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

Interrupt *
interrupt_new(GCancellable *cancellable)
{
    static const struct {
        int number;
        GSourceFunc take;
    } signals[SIGNALS] = {{SIGINT, take_int}, {SIGTERM, take_term}, {SIGHUP, take_hup}};

    Interrupt *self = g_new0(Interrupt, 1);
    self->cancellable = g_object_ref(cancellable);
    self->context = g_main_context_new();
    self->loop = g_main_loop_new(self->context, FALSE);
    for (guint i = 0; i < SIGNALS; i++) {
        if (is_ignored(signals[i].number)) {
            continue;
        }
        self->sources[i] = g_unix_signal_source_new(signals[i].number);
        g_source_set_callback(self->sources[i], signals[i].take, self, NULL);
        g_source_attach(self->sources[i], self->context);
    }
    self->thread = g_thread_new("signals", listen_for_signals, self);
    return self;
}

int
interrupt_get_signal(Interrupt *self)
{
    return self != NULL ? g_atomic_int_get(&self->signal) : 0;
}

/* Runs in the thread, so that it cannot be missed by a loop that has not begun to run. */
static gboolean
quit(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

void
interrupt_free(Interrupt *self)
{
    if (self == NULL) {
        return;
    }
    g_autoptr(GSource) source = g_idle_source_new();
    g_source_set_callback(source, quit, self->loop, NULL);
    g_source_attach(source, self->context);
    g_thread_join(self->thread);
    remove_sources(self);
    for (guint i = 0; i < SIGNALS; i++) {
        g_clear_pointer(&self->sources[i], g_source_unref);
    }
    g_main_loop_unref(self->loop);
    g_main_context_unref(self->context);
    g_object_unref(self->cancellable);
    g_free(self);
}
