// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Sinks: every result of a driver is checked before anything uses it.
#include "host-sinks.h"

#include "driver-words.h"
#include "limits.h"

#include <mortise/driver/vcpu.h>
#include <mortise/mortise-check.h>
#include <mortise/mortise-reports.h>

gboolean
host_text_is_good(const char *text, gsize limit, gboolean optional, const char *what)
{
    if (text == NULL) {
        if (!optional) {
            driver_words_misbehaved("%s is NULL", what);
        }
        return optional;
    }
    gsize length = strnlen(text, limit + 1);
    if (length > limit) {
        driver_words_misbehaved("%s is longer than %" G_GSIZE_FORMAT " bytes", what, limit);
        return FALSE;
    }
    if (!g_utf8_validate(text, (gssize) length, NULL)) {
        driver_words_misbehaved("%s is not UTF-8", what);
        return FALSE;
    }
    return TRUE;
}

static gboolean
struct_is_good(const void *pointer, guint32 size, guint32 minimum, const char *what)
{
    if (pointer == NULL || size < minimum) {
        driver_words_misbehaved("%s is %s", what, pointer == NULL ? "NULL" : "too short for its version");
        return FALSE;
    }
    return TRUE;
}

static gboolean
sink_has_room(const MortiseSink *sink, gboolean expected, guint filled, guint limit, const char *what)
{
    if (sink == NULL || !expected) {
        driver_words_misbehaved("%s was given where none is asked for", what);
        return FALSE;
    }
    if (filled >= limit) {
        driver_words_misbehaved("more than %u of %s", limit, what);
        return FALSE;
    }
    return TRUE;
}

void
host_sink_text(MortiseSink *sink, const char *data, uint64_t length)
{
    if (!sink_has_room(sink, sink != NULL && sink->text != NULL, 0, 1, "a text") || length == 0) {
        return;
    }
    if (data == NULL || length > MORTISE_TEXT_LIMIT || sink->text->len + length > MORTISE_TEXT_LIMIT) {
        driver_words_misbehaved("a text is %s", data == NULL ? "NULL" : "longer than its limit");
        return;
    }
    if (!g_utf8_validate(data, (gssize) length, NULL)) {
        driver_words_misbehaved("a text is not UTF-8");
        return;
    }
    g_string_append_len(sink->text, data, (gssize) length);
}

static GVariant *
value_to_variant(const MortiseValue *value)
{
    switch (value->type) {
    case MORTISE_VALUE_UNSIGNED:
        return g_variant_new_uint64(value->number);
    case MORTISE_VALUE_SIGNED:
        return g_variant_new_int64((gint64) value->number);
    default:
        return g_variant_new_string(value->text);
    }
}

static gboolean
key_is_good(const char *key)
{
    if (!host_text_is_good(key, MORTISE_NAME_LIMIT, FALSE, "the key of a value")) {
        return FALSE;
    }
    gsize good = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789.-_");
    if (good == 0 || key[good] != '\0') {
        driver_words_misbehaved("the key '%s' has characters other than a-z, 0-9, '.', '-' and '_'", key);
        return FALSE;
    }
    return TRUE;
}

void
host_sink_value(MortiseSink *sink, const MortiseValue *value)
{
    guint filled = sink != NULL && sink->values != NULL ? g_hash_table_size(sink->values) : 0;
    if (!sink_has_room(sink, sink != NULL && sink->values != NULL, filled, MORTISE_LIMIT_VALUES, "values")
        || !struct_is_good(value, value != NULL ? value->struct_size : 0, sizeof(*value), "a value")
        || !key_is_good(value->key)) {
        return;
    }
    if (value->type > MORTISE_VALUE_LAST) {
        driver_words_misbehaved("the value '%s' has the unknown type %u", value->key, value->type);
        return;
    }
    if (value->type == MORTISE_VALUE_TEXT
        && !host_text_is_good(value->text, MORTISE_MESSAGE_LIMIT, FALSE, value->key)) {
        return;
    }
    (void) g_hash_table_replace(sink->values, g_strdup(value->key), g_variant_ref_sink(value_to_variant(value)));
}

void
host_sink_finding(MortiseSink *sink, const MortiseFinding *finding)
{
    guint filled = sink != NULL && sink->checks != NULL ? sink->checks->len : 0;
    if (!sink_has_room(sink, sink != NULL && sink->checks != NULL, filled, MORTISE_LIMIT_FINDINGS, "findings")
        || !struct_is_good(finding, finding != NULL ? finding->struct_size : 0, sizeof(*finding), "a finding")
        || !host_text_is_good(finding->id, MORTISE_NAME_LIMIT, FALSE, "the id of a finding")
        || !host_text_is_good(finding->object, MORTISE_MESSAGE_LIMIT, TRUE, "the object of a finding")
        || !host_text_is_good(finding->message, MORTISE_MESSAGE_LIMIT, FALSE, "the message of a finding")
        || !host_text_is_good(finding->hint, MORTISE_MESSAGE_LIMIT, TRUE, "the hint of a finding")) {
        return;
    }
    if (finding->verdict > MORTISE_VERDICT_LAST) {
        driver_words_misbehaved("the finding '%s' has the unknown verdict %u", finding->id, finding->verdict);
        return;
    }
    MortiseCheck *check = g_new0(MortiseCheck, 1);
    check->id = g_strdup(finding->id);
    check->verdict = (MortiseVerdict) finding->verdict;
    check->line = finding->line;
    check->object = g_strdup(finding->object);
    check->message = g_strdup(finding->message);
    check->hint = g_strdup(finding->hint);
    g_ptr_array_add(sink->checks, check);
}

static gboolean
vcpu_is_new(const GPtrArray *vcpus, const MortiseVcpu *vcpu)
{
    for (guint i = 0; i < vcpus->len; i++) {
        const MortiseVcpuInfo *other = g_ptr_array_index(vcpus, i);
        if (other->id == vcpu->id) {
            driver_words_misbehaved("vCPU %u is reported twice", vcpu->id);
            return FALSE;
        }
        if (vcpu->thread_id >= 0 && other->thread_id == vcpu->thread_id) {
            driver_words_misbehaved("vCPUs %u and %u are reported with the same thread %" G_GINT64_FORMAT,
                                    other->id, vcpu->id, vcpu->thread_id);
            return FALSE;
        }
    }
    return TRUE;
}

void
host_sink_vcpu(MortiseSink *sink, const MortiseVcpu *vcpu)
{
    guint filled = sink != NULL && sink->vcpus != NULL ? sink->vcpus->len : 0;
    if (!sink_has_room(sink, sink != NULL && sink->vcpus != NULL, filled, MORTISE_LIMIT_VCPUS, "vCPUs")
        || !struct_is_good(vcpu, vcpu != NULL ? vcpu->struct_size : 0, sizeof(*vcpu), "a vCPU")
        || !host_text_is_good(vcpu->affinity, MORTISE_MESSAGE_LIMIT, TRUE, "the affinity of a vCPU")
        || !vcpu_is_new(sink->vcpus, vcpu)) {
        return;
    }
    if (vcpu->state > MORTISE_VCPU_LAST) {
        driver_words_misbehaved("vCPU %u has the unknown state %u", vcpu->id, vcpu->state);
        return;
    }
    MortiseVcpuInfo *info = g_new0(MortiseVcpuInfo, 1);
    info->id = vcpu->id;
    info->state = (MortiseVcpuState) vcpu->state;
    info->thread_id = vcpu->thread_id;
    info->cpu = vcpu->cpu;
    info->cpu_time_ns = vcpu->cpu_time;
    info->affinity = g_strdup(vcpu->affinity);
    g_ptr_array_add(sink->vcpus, info);
}
