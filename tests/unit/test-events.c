// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Events: in order, in the right main context, once each, with one resync instead of a flood.
#include "../mortise-test.h"
#include "static-driver.h"

typedef struct {
    GPtrArray *events;
    GThread *thread;            /* that the last event came on */
    MortiseWatch *stop_after;   /* stopped by the first event */
    MortiseConnection *close;   /* closed by the first event */
} Listener;

static void
heard(MortiseWatch *watch, MortiseEvent *event, gpointer data)
{
    Listener *listener = data;
    g_ptr_array_add(listener->events, mortise_event_copy(event));
    listener->thread = g_thread_self();
    if (listener->stop_after == watch) {
        mortise_watch_stop(watch);
    }
    if (listener->close != NULL) {
        mortise_connection_close(listener->close);
    }
}

static void
listener_init(Listener *listener, MortiseWatch *watch)
{
    *listener = (Listener) {.events = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_event_free)};
    (void) g_signal_connect(watch, "event", G_CALLBACK(heard), listener);
}

static void
iterate(GMainContext *context)
{
    while (g_main_context_iteration(context, FALSE)) {
    }
}

typedef struct {
    StaticDriver driver;
    MortiseRegistry *registry;
    MortiseConnection *connection;
    MortiseDomain *a;
} World;

static void
world_open(World *self)
{
    static_driver_use(&self->driver);
    self->registry = static_driver_registry(MORTISE_THREADS_PARALLEL);
    self->connection = mortise_connection_open_full(self->registry, "static:///x", MORTISE_OPEN_NONE, NULL, NULL);
    self->a = mortise_connection_lookup_domain(self->connection, "a", NULL);
}

static void
world_close(World *self)
{
    g_clear_object(&self->a);
    g_clear_object(&self->connection);
    g_clear_object(&self->registry);
    static_driver_clear(&self->driver);
}

static void
flip(World *self, guint times)
{
    for (guint i = 0; i < times; i++) {
        CHECK(mortise_domain_stop(self->a, MORTISE_STOP_NOW, NULL, NULL));
        CHECK(mortise_domain_start(self->a, MORTISE_START_NONE, NULL, NULL));
    }
}

static void
test_order_and_content(void)
{
    World world;
    world_open(&world);
    g_autoptr(MortiseWatch) watch = mortise_connection_watch(world.connection);
    Listener listener;
    listener_init(&listener, watch);
    flip(&world, 2);
    CHECK_INT(listener.events->len, 0);
    iterate(NULL);
    CHECK_INT(listener.events->len, 4);
    const MortiseEvent *first = g_ptr_array_index(listener.events, 0);
    CHECK_INT(first->kind, MORTISE_EVENT_KIND_STATE);
    CHECK_TEXT(first->domain, "a");
    CHECK_INT(first->state, MORTISE_DOMAIN_STATE_SHUTOFF);
    CHECK_TEXT(first->reason, "destroyed");
    CHECK_INT(first->id, -1);
    for (guint i = 1; i < listener.events->len; i++) {
        const MortiseEvent *before = g_ptr_array_index(listener.events, i - 1);
        const MortiseEvent *after = g_ptr_array_index(listener.events, i);
        CHECK_INT(after->sequence, before->sequence + 1);
    }
    g_ptr_array_unref(listener.events);
    world_close(&world);
}

static void
test_the_watchs_own_context(void)
{
    World world;
    world_open(&world);
    g_autoptr(GMainContext) context = g_main_context_new();
    g_main_context_push_thread_default(context);
    g_autoptr(MortiseWatch) watch = mortise_connection_watch(world.connection);
    g_main_context_pop_thread_default(context);
    Listener listener;
    listener_init(&listener, watch);
    flip(&world, 1);
    iterate(NULL);
    CHECK_INT(listener.events->len, 0);
    iterate(context);
    CHECK_INT(listener.events->len, 2);
    CHECK(listener.thread == g_thread_self());
    g_ptr_array_unref(listener.events);
    world_close(&world);
}

static void
test_stop_and_close_from_within(void)
{
    World world;
    world_open(&world);
    g_autoptr(MortiseWatch) stopped = mortise_connection_watch(world.connection);
    g_autoptr(MortiseWatch) closing = mortise_connection_watch(world.connection);
    Listener first;
    Listener second;
    listener_init(&first, stopped);
    listener_init(&second, closing);
    first.stop_after = stopped;
    second.close = world.connection;
    flip(&world, 3);
    iterate(NULL);
    CHECK_INT(first.events->len, 1);
    CHECK(second.events->len >= 1);
    CHECK(world.driver.closed);
    g_ptr_array_unref(first.events);
    g_ptr_array_unref(second.events);
    world_close(&world);
}

static void
test_a_flood_becomes_one_resync(void)
{
    World world;
    world_open(&world);
    g_autoptr(MortiseWatch) watch = mortise_connection_watch(world.connection);
    Listener listener;
    listener_init(&listener, watch);
    flip(&world, 2100);
    iterate(NULL);
    CHECK(listener.events->len < 4096);
    const MortiseEvent *first = g_ptr_array_index(listener.events, 0);
    CHECK_INT(first->kind, MORTISE_EVENT_KIND_RESYNC);
    CHECK(first->domain == NULL);
    const MortiseEvent *second = g_ptr_array_index(listener.events, 1);
    CHECK_INT(second->sequence, first->sequence + 1);
    g_ptr_array_unref(listener.events);
    world_close(&world);
}

static void
test_a_dropped_watch_hears_nothing(void)
{
    World world;
    world_open(&world);
    MortiseWatch *watch = mortise_connection_watch(world.connection);
    Listener listener;
    listener_init(&listener, watch);
    flip(&world, 1);
    g_object_unref(watch);
    iterate(NULL);
    CHECK_INT(listener.events->len, 0);
    g_ptr_array_unref(listener.events);
    world_close(&world);
}

static const MortiseTest tests[] = {
    {"order and content", test_order_and_content},
    {"the watch's own context", test_the_watchs_own_context},
    {"stopping and closing from within", test_stop_and_close_from_within},
    {"a flood becomes one resync", test_a_flood_becomes_one_resync},
    {"a dropped watch hears nothing", test_a_dropped_watch_hears_nothing},
};

MORTISE_TEST_MAIN("events", tests)
