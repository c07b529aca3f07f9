// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// One thread that runs one main context for the whole library.
#include "io-thread.h"

typedef struct {
    GMainContext *context;
    GThread *thread;
} IoThread;

static gpointer
io_thread_run(gpointer data)
{
    GMainContext *context = data;
    g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
    g_main_context_push_thread_default(context);
    g_main_loop_run(loop);
    return NULL;
}

static IoThread *
io_thread_get(void)
{
    static gsize once = 0;
    static IoThread io;
    if (g_once_init_enter(&once)) {
        io.context = g_main_context_new();
        io.thread = g_thread_new("mortise-io", io_thread_run, io.context);
        g_once_init_leave(&once, 1);
    }
    return &io;
}

GMainContext *
io_thread_context(void)
{
    return io_thread_get()->context;
}

gboolean
io_thread_is_current(void)
{
    return io_thread_get()->thread == g_thread_self();
}
