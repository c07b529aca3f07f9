// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers of a running domain: from /proc where they are there, from the monitor where not.
#include "qemu-engine-private.h"
#include "qemu-engine-vcpu.h"

#include <mortise/driver/network.h>
#include <string.h>

/* One collection on its way. */
typedef struct {
    const QemuDriver *driver;
    const QemuGuest *guest;
    QmpClient *client;
    MortiseSink *sink;
    gint64 deadline;
} Collection;

/* All that the monitor is asked, in one go. */
typedef struct {
    QmpRequest *balloon;
    QmpRequest *memory;
    QmpRequest *blocks;
} Questions;

static void
put_number(const Collection *collection, const char *key, guint64 number)
{
    const MortiseValue value = {
        .struct_size = sizeof(value), .type = MORTISE_VALUE_UNSIGNED, .key = key, .number = number,
    };

    collection->driver->host->sink_value(collection->sink, &value);
}

static void
put_text(const Collection *collection, const char *key, const char *text)
{
    const MortiseValue value = {.struct_size = sizeof(value), .type = MORTISE_VALUE_TEXT, .key = key, .text = text};

    collection->driver->host->sink_value(collection->sink, &value);
}

static void
put_member(const Collection *collection, const char *group, guint index, const char *member, gint64 number)
{
    g_autofree char *key = g_strdup_printf("%s.%u.%s", group, index, member);

    put_number(collection, key, (guint64) MAX(0, number));
}

static void
put_cpu(const Collection *collection)
{
    guint64 total;
    guint64 user;
    guint64 system;

    if (qemu_process_times(collection->guest->record->emulator.pid, &total, &user, &system)) {
        put_number(collection, "cpu.time", total);
        put_number(collection, "cpu.user", user);
        put_number(collection, "cpu.system", system);
    }
}

/* An error reply only means that the guest has no such thing; a hung monitor is a failure of the whole. */
static gboolean
hear(QmpRequest *request, gint64 deadline, JsonNode **value, DriverFailure **failure)
{
    DriverFailure *cause = NULL;

    if (qmp_request_wait(request, deadline, value, &cause)) {
        return TRUE;
    }
    if (g_str_equal(cause->reason, "program-failed")) {
        driver_failure_free(cause);
        return TRUE;
    }
    driver_failure_propagate(failure, cause);
    return FALSE;
}

static void
put_balloon(const Collection *collection, JsonNode *balloon, JsonNode *memory)
{
    const gint64 maximum = memory ? qemu_monitor_number(memory, "base-memory") : -1;
    const gint64 current = balloon ? qemu_monitor_number(balloon, "actual") : maximum;
    const guint64 resident = qemu_process_resident(collection->guest->record->emulator.pid);

    if (current >= 0) {
        put_number(collection, "balloon.current", (guint64) current / 1024);
    }
    if (maximum >= 0) {
        put_number(collection, "balloon.maximum", (guint64) maximum / 1024);
    }
    if (resident > 0) {
        put_number(collection, "balloon.rss", resident);
    }
}

/* Whether one part of a qom path ("/machine/peripheral/virtio-disk0/virtio-backend") is the alias. */
static gboolean
path_names(const char *path, const char *alias)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);

    return g_strv_contains((const char *const *) parts, alias);
}

/* The target of the definition ("vda"), or QEMU's own name of the device. */
static const char *
disk_name(const Collection *collection, const char *device)
{
    const GPtrArray *disks = collection->guest->record->disks;

    for (guint i = 0; i < disks->len; i++) {
        const QemuDiskName *disk = disks->pdata[i];
        if (path_names(device, disk->alias)) {
            return disk->target;
        }
    }
    return device;
}

static void
put_blocks(const Collection *collection, JsonNode *value)
{
    g_autoptr(GPtrArray) disks = qemu_monitor_disks(value);

    put_number(collection, "block.count", disks->len);
    for (guint i = 0; i < disks->len; i++) {
        const QemuMonitorDisk *disk = disks->pdata[i];
        g_autofree char *key = g_strdup_printf("block.%u.name", i);
        put_text(collection, key, disk_name(collection, disk->device));
        put_member(collection, "block", i, "rd.reqs", disk->read_requests);
        put_member(collection, "block", i, "rd.bytes", disk->read_bytes);
        put_member(collection, "block", i, "rd.times", disk->read_nanoseconds);
        put_member(collection, "block", i, "wr.reqs", disk->write_requests);
        put_member(collection, "block", i, "wr.bytes", disk->written_bytes);
        put_member(collection, "block", i, "wr.times", disk->write_nanoseconds);
        put_member(collection, "block", i, "fl.reqs", disk->flush_requests);
        put_member(collection, "block", i, "fl.times", disk->flush_nanoseconds);
    }
}

/* As the guest sees it: what the host's end of a tap sends, the guest receives. A macvtap is the guest's own end. */
static void
put_link(const Collection *collection, guint i, const MortiseLink *link, gboolean own_end)
{
    const gint64 counted[2][4] = {
        {(gint64) link->rx_bytes, (gint64) link->rx_packets, (gint64) link->rx_errors, (gint64) link->rx_dropped},
        {(gint64) link->tx_bytes, (gint64) link->tx_packets, (gint64) link->tx_errors, (gint64) link->tx_dropped},
    };
    const gint64 *received = counted[own_end ? 0 : 1];
    const gint64 *sent = counted[own_end ? 1 : 0];

    put_member(collection, "net", i, "rx.bytes", received[0]);
    put_member(collection, "net", i, "rx.pkts", received[1]);
    put_member(collection, "net", i, "rx.errs", received[2]);
    put_member(collection, "net", i, "rx.drop", received[3]);
    put_member(collection, "net", i, "tx.bytes", sent[0]);
    put_member(collection, "net", i, "tx.pkts", sent[1]);
    put_member(collection, "net", i, "tx.errs", sent[2]);
    put_member(collection, "net", i, "tx.drop", sent[3]);
}

/* Interfaces of the emulator's own network are counted, and nobody knows more of them. */
static void
put_interfaces(const Collection *collection)
{
    const QemuRecord *record = collection->guest->record;
    g_autoptr(GArray) links = qemu_network_links(collection->driver, record);

    put_number(collection, "net.count", links->len);
    for (guint i = 0; i < links->len; i++) {
        const QemuInterfaceName *name = record->interfaces->pdata[i];
        const MortiseLink *link = &g_array_index(links, MortiseLink, i);
        g_autofree char *key = g_strdup_printf("net.%u.name", i);
        // Another link may have got the name after this one was deleted by hand.
        if (*name->target && link->index == name->index) {
            put_text(collection, key, name->target);
            put_link(collection, i, link, g_str_equal(name->type, "direct"));
        }
    }
}

static gboolean
put_vcpus(const Collection *collection, DriverFailure **failure)
{
    g_auto(QemuVcpuReport) report = {.threads = NULL};
    const QemuRecord *record = collection->guest->record;

    if (!qemu_vcpu_report_make(collection->client, record->emulator.pid, collection->deadline, &report, failure)) {
        return FALSE;
    }
    put_number(collection, "vcpu.current", report.seen->len);
    put_number(collection, "vcpu.maximum", MAX(record->maximum_vcpus, report.seen->len));
    for (guint i = 0; report.verdict.model == MORTISE_VCPU_MODEL_PER_VCPU && i < report.seen->len; i++) {
        const QemuVcpuSeen *vcpu = &g_array_index(report.seen, QemuVcpuSeen, i);
        put_member(collection, "vcpu", vcpu->id, "state", qemu_vcpu_state(&report, i));
        put_member(collection, "vcpu", vcpu->id, "time", vcpu->seen->cpu_time);
    }
    return TRUE;
}

static gboolean
ask_monitor(const Collection *collection, guint groups, DriverFailure **failure)
{
    g_autoptr(JsonNode) balloon = NULL;
    g_autoptr(JsonNode) memory = NULL;
    g_autoptr(JsonNode) blocks = NULL;
    Questions questions = {NULL, NULL, NULL};
    gboolean good = TRUE;

    if (groups & MORTISE_STATS_BALLOON) {
        questions.balloon = qmp_client_send(collection->client, "query-balloon", NULL);
        questions.memory = qmp_client_send(collection->client, "query-memory-size-summary", NULL);
    }
    if (groups & MORTISE_STATS_BLOCK) {
        questions.blocks = qmp_client_send(collection->client, "query-blockstats", NULL);
    }
    if (questions.balloon) {
        good &= hear(questions.balloon, collection->deadline, &balloon, failure);
        good &= hear(questions.memory, collection->deadline, &memory, failure);
    }
    if (questions.blocks) {
        good &= hear(questions.blocks, collection->deadline, &blocks, failure);
    }
    if (good && questions.balloon) {
        put_balloon(collection, balloon, memory);
    }
    if (good && blocks) {
        put_blocks(collection, blocks);
    }
    return good;
}

MortiseResult
qemu_engine_stats_collect(void *domain, uint32_t groups, MortiseSink *values)
{
    QemuDomain *collected = domain;
    const QemuDriver *driver = collected->engine->driver;
    g_autoptr(QemuGuest) guest = NULL;
    g_autoptr(QmpClient) client = NULL;
    DriverFailure *failure = NULL;
    Collection collection = {.driver = driver, .sink = values, .deadline = qemu_engine_deadline(driver)};

    if (!qemu_domain_borrow(collected, &guest, &client, &failure)) {
        return qemu_engine_fail(driver, failure);
    }
    collection.guest = guest;
    collection.client = client;
    if (groups & MORTISE_STATS_CPU) {
        put_cpu(&collection);
    }
    if (groups & MORTISE_STATS_INTERFACE) {
        put_interfaces(&collection);
    }
    if (!ask_monitor(&collection, groups, &failure) ||
        ((groups & MORTISE_STATS_VCPU) && !put_vcpus(&collection, &failure))) {
        return qemu_engine_fail(driver, failure);
    }
    return MORTISE_OK;
}
