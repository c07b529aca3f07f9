// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// A watch: a bounded queue of events, emptied in the main context of whoever made it.
#include "event-hub.h"
#include "limits.h"

struct _MortiseWatch {
    GObject parent_instance;
    EventHub *hub;
    GMainContext *context;
    GMutex lock;     /* of everything below */
    GQueue events;   /* of MortiseEvent */
    GSource *source; /* attached while there is something to emit */
    gboolean stopped;
};

G_DEFINE_FINAL_TYPE(MortiseWatch, mortise_watch, G_TYPE_OBJECT)
G_DEFINE_BOXED_TYPE(MortiseEvent, mortise_event, mortise_event_copy, mortise_event_free)

enum { SIGNAL_EVENT, SIGNAL_COUNT };
static guint signals[SIGNAL_COUNT];

MortiseEvent *
mortise_event_copy(const MortiseEvent *self)
{
    MortiseEvent *copy = g_memdup2(self, sizeof(*self));
    copy->domain = g_strdup(self->domain);
    copy->uuid = g_strdup(self->uuid);
    copy->reason = g_strdup(self->reason);
    copy->detail = g_strdup(self->detail);
    return copy;
}

void
mortise_event_free(MortiseEvent *self)
{
    if (self != NULL) {
        g_free(self->domain);
        g_free(self->uuid);
        g_free(self->reason);
        g_free(self->detail);
        g_free(self);
    }
}

static MortiseEvent *
watch_pop(MortiseWatch *self)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    return self->stopped ? NULL : g_queue_pop_head(&self->events);
}

static gboolean
watch_emit(gpointer data)
{
    g_autoptr(MortiseWatch) self = g_weak_ref_get(data);
    if (self == NULL) {
        return G_SOURCE_REMOVE;
    }
    g_mutex_lock(&self->lock);
    g_clear_pointer(&self->source, g_source_unref);
    g_mutex_unlock(&self->lock);
    for (MortiseEvent *event = watch_pop(self); event != NULL; event = watch_pop(self)) {
        g_signal_emit(self, signals[SIGNAL_EVENT], 0, event);
        mortise_event_free(event);
    }
    return G_SOURCE_REMOVE;
}

static void
watch_reference_free(gpointer data)
{
    g_weak_ref_clear(data);
    g_free(data);
}

/* The source must not keep the watch alive, nor touch it once it is going. */
static GSource *
watch_source_new(MortiseWatch *self)
{
    GWeakRef *reference = g_new0(GWeakRef, 1);
    g_weak_ref_init(reference, self);
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, watch_emit, reference, watch_reference_free);
    return source;
}

/* Too many events wait: one that says so takes the place of all. */
static void
watch_overflow(MortiseWatch *self, guint64 sequence)
{
    g_queue_clear_full(&self->events, (GDestroyNotify) mortise_event_free);
    MortiseEvent *resync = g_new0(MortiseEvent, 1);
    resync->sequence = sequence;
    resync->kind = MORTISE_EVENT_KIND_RESYNC;
    resync->time_us = g_get_real_time();
    resync->id = -1;
    g_queue_push_tail(&self->events, resync);
}

void
mortise_watch_push(MortiseWatch *self, const MortiseEvent *event)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    if (self->stopped) {
        return;
    }
    if (g_queue_get_length(&self->events) >= MORTISE_LIMIT_EVENT_QUEUE) {
        watch_overflow(self, event->sequence);
    } else {
        g_queue_push_tail(&self->events, mortise_event_copy(event));
    }
    if (self->source == NULL) {
        self->source = watch_source_new(self);
        (void) g_source_attach(self->source, self->context);
    }
}

void
mortise_watch_stop(MortiseWatch *self)
{
    g_return_if_fail(MORTISE_IS_WATCH(self));
    event_hub_remove(self->hub, self);
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&self->lock);
    self->stopped = TRUE;
    g_queue_clear_full(&self->events, (GDestroyNotify) mortise_event_free);
    if (self->source != NULL) {
        g_source_destroy(self->source);
        g_clear_pointer(&self->source, g_source_unref);
    }
}

static void
mortise_watch_dispose(GObject *object)
{
    mortise_watch_stop(MORTISE_WATCH(object));
    G_OBJECT_CLASS(mortise_watch_parent_class)->dispose(object);
}

static void
mortise_watch_finalize(GObject *object)
{
    MortiseWatch *self = MORTISE_WATCH(object);
    g_clear_pointer(&self->hub, event_hub_unref);
    g_clear_pointer(&self->context, g_main_context_unref);
    g_mutex_clear(&self->lock);
    G_OBJECT_CLASS(mortise_watch_parent_class)->finalize(object);
}

static void
mortise_watch_init(MortiseWatch *self)
{
    g_mutex_init(&self->lock);
    g_queue_init(&self->events);
}

static void
mortise_watch_class_init(MortiseWatchClass *class)
{
    G_OBJECT_CLASS(class)->dispose = mortise_watch_dispose;
    G_OBJECT_CLASS(class)->finalize = mortise_watch_finalize;
    /**
     * MortiseWatch::event:
     * @self: the watch
     * @event: what happened
     *
     * Emitted for each event, in order, in the main context of whoever made the watch.
     */
    signals[SIGNAL_EVENT] = g_signal_new("event", MORTISE_TYPE_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, MORTISE_TYPE_EVENT | G_SIGNAL_TYPE_STATIC_SCOPE);
}

MortiseWatch *
mortise_watch_new(EventHub *hub)
{
    MortiseWatch *self = g_object_new(MORTISE_TYPE_WATCH, NULL);
    self->hub = event_hub_ref(hub);
    self->context = g_main_context_ref_thread_default();
    event_hub_add(hub, self);
    return self;
}
