// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Timers and watches that drivers get from the host.
#include "../mortise-test.h"
#include "host-table.h"

#include <unistd.h>

typedef struct {
    GMutex lock;
    GCond changed;
    guint fired;
    guint64 remove;               /* removed from within, when not 0 */
    MortiseHostDriver *driver;
    guint32 ready;
} Counter;

/* A driver's handle lives as long as its process. */
static MortiseHostDriver *
the_driver(void)
{
    static MortiseHostDriver *driver;
    if (driver == NULL) {
        driver = mortise_host_driver_new("counter", NULL);
    }
    return driver;
}

static void
counter_init(Counter *self)
{
    *self = (Counter) {.driver = the_driver()};
    g_mutex_init(&self->lock);
    g_cond_init(&self->changed);
}

static void
count_timer(void *data)
{
    Counter *self = data;
    if (self->remove != 0) {
        mortise_host_table()->source_remove(self->driver, self->remove);
    }
    g_mutex_lock(&self->lock);
    self->fired++;
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
}

static int32_t
count_watch(MortiseFileDescriptor fd, uint32_t ready, void *data)
{
    Counter *self = data;
    char byte = 0;
    ssize_t got = read(fd, &byte, 1);
    self->ready = ready;
    count_timer(data);
    return got == 1;
}

static gboolean
wait_for(Counter *self, guint count)
{
    gint64 until = g_get_monotonic_time() + 120 * G_TIME_SPAN_SECOND;
    gboolean in_time = TRUE;
    g_mutex_lock(&self->lock);
    while (self->fired < count && in_time) {
        in_time = g_cond_wait_until(&self->changed, &self->lock, until);
    }
    g_mutex_unlock(&self->lock);
    return in_time;
}

static void
test_a_timer_fires_once(void)
{
    Counter counter;
    counter_init(&counter);
    uint64_t id = mortise_host_table()->timer_add(counter.driver, 1, count_timer, &counter);
    CHECK(id != 0);
    CHECK(wait_for(&counter, 1));
    mortise_host_table()->source_remove(counter.driver, id);
    CHECK_INT(counter.fired, 1);
}

static void
test_a_removed_timer_never_fires(void)
{
    Counter counter;
    counter_init(&counter);
    const MortiseHost *host = mortise_host_table();
    uint64_t removed = host->timer_add(counter.driver, 20, count_timer, &counter);
    host->source_remove(counter.driver, removed);
    guint before = counter.fired; /* not 0 where it took longer than its time to get here */
    Counter later;
    counter_init(&later);
    CHECK(host->timer_add(later.driver, 40, count_timer, &later) != 0);
    CHECK(wait_for(&later, 1));
    CHECK_INT(counter.fired, before);
    host->source_remove(counter.driver, removed);
    host->source_remove(counter.driver, 12345);
    CHECK_INT(host->timer_add(NULL, 1, count_timer, NULL), 0);
    CHECK_INT(host->timer_add(counter.driver, 1, NULL, NULL), 0);
}

static void
test_a_watch_follows_its_descriptor(void)
{
    Counter counter;
    counter_init(&counter);
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    CHECK(mortise_host_table()->watch_add(counter.driver, ends[0], MORTISE_WATCH_READ, count_watch, &counter) != 0);
    CHECK_INT(write(ends[1], "a", 1), 1);
    CHECK(wait_for(&counter, 1));
    CHECK(counter.ready & MORTISE_WATCH_READ);
    CHECK_INT(write(ends[1], "b", 1), 1);
    CHECK(wait_for(&counter, 2));
    (void) close(ends[1]);
    CHECK(wait_for(&counter, 3));
    CHECK(counter.ready & MORTISE_WATCH_HANGUP);
    (void) close(ends[0]);
    CHECK_INT(mortise_host_table()->watch_add(counter.driver, -1, MORTISE_WATCH_READ, count_watch, &counter), 0);
}

static void
test_a_timer_removes_another_from_within(void)
{
    Counter counter;
    Counter victim;
    counter_init(&counter);
    counter_init(&victim);
    const MortiseHost *host = mortise_host_table();
    counter.remove = host->timer_add(counter.driver, 60000, count_timer, &victim);
    uint64_t own = host->timer_add(counter.driver, 1, count_timer, &counter);
    CHECK(wait_for(&counter, 1));
    host->source_remove(counter.driver, own);
    CHECK_INT(victim.fired, 0);
    CHECK_INT(g_hash_table_size(counter.driver->sources), 0);
}

typedef struct {
    Counter counter;
    uint64_t id;
    gboolean returned;       /* source_remove did, while the function ran */
    gboolean too_early;
    gboolean ended;
} Slow;

/* Says that it runs, and watches for a while whether the removal comes back before it has ended. */
static void
slow_timer(void *data)
{
    Slow *self = data;
    gint64 until = g_get_monotonic_time() + 50 * G_TIME_SPAN_MILLISECOND;
    count_timer(&self->counter);
    g_mutex_lock(&self->counter.lock);
    gboolean waiting = TRUE;
    while (!self->returned && waiting) {
        waiting = g_cond_wait_until(&self->counter.changed, &self->counter.lock, until);
    }
    self->too_early = self->returned;
    self->ended = TRUE;
    g_cond_broadcast(&self->counter.changed);
    g_mutex_unlock(&self->counter.lock);
}

static void
test_a_removal_waits_for_the_function(void)
{
    Slow slow = {.id = 0};
    counter_init(&slow.counter);
    slow.id = mortise_host_table()->timer_add(slow.counter.driver, 1, slow_timer, &slow);
    CHECK(wait_for(&slow.counter, 1));
    mortise_host_table()->source_remove(slow.counter.driver, slow.id);
    g_mutex_lock(&slow.counter.lock);
    slow.returned = TRUE;
    g_cond_broadcast(&slow.counter.changed);
    while (!slow.ended) {
        g_cond_wait(&slow.counter.changed, &slow.counter.lock);
    }
    g_mutex_unlock(&slow.counter.lock);
    CHECK(!slow.too_early);
}

static const MortiseTest tests[] = {
    {"a timer fires once", test_a_timer_fires_once},
    {"a removed timer never fires", test_a_removed_timer_never_fires},
    {"a watch follows its descriptor", test_a_watch_follows_its_descriptor},
    {"a timer removes another from within", test_a_timer_removes_another_from_within},
    {"a removal waits for the function", test_a_removal_waits_for_the_function},
};

MORTISE_TEST_MAIN("host sources", tests)
