// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface stats/1: a container's numbers, in virsh domstats' words.
#include "lxc-stats.h"

#include <string.h>
#include <unistd.h>

#include "lxc-engine.h"

typedef struct {
    const LxcEngine *engine;
    const LxcRecord *record;
    ProcessIdentity init;      /* the record's may become another one at any moment */
    MortiseSink *sink;
} Collection;

static void
put_number(const Collection *collection, const char *key, guint64 number)
{
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = MORTISE_VALUE_UNSIGNED, .key = key, .number = number,
    };

    collection->engine->driver->host->sink_value(collection->sink, &value);
}

static void
put_text(const Collection *collection, const char *key, const char *text)
{
    const MortiseValue value = {.struct_size = sizeof(value), .type = MORTISE_VALUE_TEXT, .key = key, .text = text};

    collection->engine->driver->host->sink_value(collection->sink, &value);
}

static void
put_member(const Collection *collection, const char *group, guint index, const char *member, guint64 number)
{
    g_autofree char *key = g_strdup_printf("%s.%u.%s", group, index, member);

    put_number(collection, key, number);
}

static void
put_name(const Collection *collection, const char *group, guint index, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s.%u.name", group, index);

    put_text(collection, key, name);
}

static void
put_cpu(const Collection *collection)
{
    LxcCpuTimes times;

    lxc_stats_cpu(collection->engine->cgroups, collection->record->place, &times);
    if (times.known) {
        put_number(collection, "cpu.time", times.time);
        put_number(collection, "cpu.user", times.user);
        put_number(collection, "cpu.system", times.system);
    }
}

static void
put_memory(const Collection *collection)
{
    LxcMemory memory;

    lxc_stats_memory(collection->engine->cgroups, collection->record->place, &memory);
    if (!memory.known) {
        return;
    }
    put_number(collection, "balloon.current", memory.current_kib);
    if (memory.maximum_kib > 0) {
        put_number(collection, "balloon.maximum", memory.maximum_kib);
    }
    put_number(collection, "balloon.rss", memory.resident_kib);
}

static void
put_blocks(const Collection *collection)
{
    g_autoptr(GArray) blocks = lxc_stats_blocks(collection->engine->cgroups, collection->record->place);

    put_number(collection, "block.count", blocks->len);
    for (guint i = 0; i < blocks->len; i++) {
        const LxcBlock *block = &g_array_index(blocks, LxcBlock, i);
        put_name(collection, "block", i, block->device);
        put_member(collection, "block", i, "rd.reqs", block->read_requests);
        put_member(collection, "block", i, "rd.bytes", block->read_bytes);
        put_member(collection, "block", i, "wr.reqs", block->write_requests);
        put_member(collection, "block", i, "wr.bytes", block->written_bytes);
    }
}

static void
put_traffic(const Collection *collection, guint index, const char *direction, const LxcTraffic *traffic)
{
    const struct {
        const char *name;
        guint64 number;
    } members[] = {
        {"bytes", traffic->bytes}, {"pkts", traffic->packets}, {"errs", traffic->errors}, {"drop", traffic->drops},
    };

    for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
        g_autofree char *member = g_strdup_printf("%s.%s", direction, members[i].name);
        put_member(collection, "net", index, member, members[i].number);
    }
}

/* Seen from the container, whose own list names all its devices of whatever kind; init is never another process's. */
static void
put_links(const Collection *collection)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/net/dev", collection->init.pid);
    g_autofree char *text = NULL;
    const GPtrArray *interfaces = collection->record->interfaces;

    put_number(collection, "net.count", interfaces->len);
    // Asked after it was read: until then its number was no other process's.
    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        process_start_time(collection->init.pid) != collection->init.start) {
        return;
    }
    for (guint i = 0; i < interfaces->len; i++) {
        g_auto(GStrv) names = g_strsplit(interfaces->pdata[i], "=", 3);
        LxcTraffic received;
        LxcTraffic sent;

        if (g_strv_length(names) < 2) {
            continue;
        }
        put_name(collection, "net", i, *names[1] != '\0' ? names[1] : names[0]);
        if (lxc_stats_link(text, names[0], &received, &sent)) {
            put_traffic(collection, i, "rx", &received);
            put_traffic(collection, i, "tx", &sent);
        }
    }
}

static ProcessIdentity
init_of(LxcDomain *domain, const LxcGuest *guest)
{
    DRIVER_LOCK_SCOPE(&domain->lock);
    return guest->record->init;
}

MortiseResult
lxc_stats_collect(void *domain, uint32_t groups, MortiseSink *values)
{
    LxcDomain *collected = domain;
    DriverFailure *failure = NULL;
    g_autoptr(LxcGuest) guest = lxc_domain_borrow(collected, &failure);
    Collection collection = {.engine = collected->engine, .sink = values};

    if (guest == NULL) {
        return lxc_fail(collected->engine->driver, failure);
    }
    collection.record = guest->record;
    collection.init = init_of(collected, guest);
    if (groups & MORTISE_STATS_CPU) {
        put_cpu(&collection);
    }
    if (groups & MORTISE_STATS_BALLOON) {
        put_memory(&collection);
    }
    if (groups & MORTISE_STATS_VCPU) {
        put_number(&collection, "vcpu.current", guest->record->vcpus);
        put_number(&collection, "vcpu.maximum", guest->record->vcpus);
    }
    if (groups & MORTISE_STATS_INTERFACE) {
        put_links(&collection);
    }
    if (groups & MORTISE_STATS_BLOCK) {
        put_blocks(&collection);
    }
    return MORTISE_OK;
}
