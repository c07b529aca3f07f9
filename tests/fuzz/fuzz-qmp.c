// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes as what a monitor says, as a keeper's log and as a running state: read by all that read them.
#include <stdint.h>
#include <string.h>

#include "fuzz-failure.h"
#include "keeper/keeper-json.c" // NOLINT(bugprone-suspicious-include): the keeper is no library
#include "qemu-adopt-log.h"
#include "qemu-adopt-record.h"
#include "qemu-monitor.h"
#include "qmp-message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each answer may be given to any question. */
static void
try_answers(JsonNode *value)
{
    g_autoptr(GPtrArray) cpus G_GNUC_UNUSED = qemu_monitor_cpus(value);
    g_autoptr(GPtrArray) disks G_GNUC_UNUSED = qemu_monitor_disks(value);
    g_autoptr(GHashTable) ptys G_GNUC_UNUSED = qemu_monitor_ptys(value);
    g_autofree char *machine G_GNUC_UNUSED = qemu_monitor_machine(value);
    g_auto(GStrv) strings G_GNUC_UNUSED = qemu_monitor_strings(value);

    (void) qemu_monitor_vnc_port(value);
    (void) qemu_monitor_number(value, "actual");
}

static void
try_event(const QmpMessage *message)
{
    JsonObject *data = message->value ? json_node_get_object(message->value) : NULL;
    g_autofree char *detail = NULL;
    QemuState state;

    qemu_state_init(&state);
    (void) qemu_state_take_event(&state, message->name, data);
    (void) qemu_state_event_kind(message->name, data, &detail);
    qemu_state_clear(&state);
}

static void
try_message(const char *line, gsize length)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QmpMessage) message = qmp_message_parse(line, length, &failure);

    if (!message) {
        check_failure(failure);
        g_assert_cmpstr(failure->reason, ==, "monitor-reply");
    } else if (message->kind == QMP_EVENT) {
        try_event(message);
    } else if (message->kind == QMP_RETURN) {
        try_answers(message->value);
    }
}

static void
try_record(const char *text)
{
    g_autoptr(DriverFailure) failure = NULL;
    g_autoptr(QemuRecord) record = qemu_record_parse(text, &failure);
    g_autoptr(QemuRecord) again = NULL;
    g_autofree char *written = NULL;

    if (!record) {
        check_failure(failure);
        return;
    }
    g_assert_null(strchr(record->directory, '/'));
    written = qemu_record_to_text(record);
    again = qemu_record_parse(written, NULL);
    g_assert_nonnull(again);
    g_assert_cmpstr(again->directory, ==, record->directory);
}

static void
try_log(const char *text)
{
    g_autofree char *detail = NULL;
    QemuEventsLog log;

    qemu_events_log_parse(&log, text);
    g_assert_nonnull(qemu_events_log_end(&log, QEMU_END_BY_ITSELF, &detail));
    g_assert_nonnull(detail);
    qemu_events_log_clear(&log);
}

/* The keeper's own small reader must stay inside of the line and agree with nobody but itself. */
static void
try_keeper(const char *line, gsize length)
{
    char escaped[64];
    KeeperSlice event;
    KeeperSlice inner;

    if (keeper_json_member((KeeperSlice){line, length}, "data", &event)) {
        g_assert_true(event.data >= line && event.data + event.length <= line + length);
        (void) keeper_json_member(event, "reason", &inner);
    }
    g_assert_true(keeper_json_escape(line, length, escaped, sizeof(escaped)) < sizeof(escaped));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // A copy of exactly that size, so that reading beyond it is found.
    g_autofree char *bytes = g_memdup2(data, size);
    g_autofree char *text = g_strndup((const char *) data, size);

    if (size > 0) {
        try_message(bytes, size);
        try_keeper(bytes, size);
    }
    try_record(text);
    try_log(text);
    return 0;
}
