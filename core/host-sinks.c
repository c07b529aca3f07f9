// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Sinks: every result of a driver is checked before anything uses it.
#include "host-sinks.h"

#include "descriptor.h"
#include "driver-words.h"
#include "host-facts.h"
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

static gboolean
value_is_good(const MortiseValue *value)
{
    if (!key_is_good(value->key)) {
        return FALSE;
    }
    if (value->type > MORTISE_VALUE_LAST) {
        driver_words_misbehaved("the value '%s' has the unknown type %u", value->key, value->type);
        return FALSE;
    }
    return value->type != MORTISE_VALUE_TEXT
           || host_text_is_good(value->text, MORTISE_MESSAGE_LIMIT, FALSE, value->key);
}

static guint
count_values(const MortiseSink *sink)
{
    return sink->stats != NULL ? domain_stats_builder_get_count(sink->stats) : g_hash_table_size(sink->values);
}

void
host_sink_value(MortiseSink *sink, const MortiseValue *value)
{
    gboolean expected = sink != NULL && (sink->values != NULL || sink->stats != NULL);
    if (!sink_has_room(sink, expected, expected ? count_values(sink) : 0, MORTISE_LIMIT_VALUES, "values")
        || !struct_is_good(value, value != NULL ? value->struct_size : 0, sizeof(*value), "a value")
        || !value_is_good(value)) {
        return;
    }
    if (sink->stats != NULL) {
        domain_stats_builder_add(sink->stats, value);
        return;
    }
    GVariant *variant = g_variant_ref_sink(domain_stats_value(value));
    (void) g_hash_table_replace(sink->values, g_strdup(value->key), variant);
}

/* Facts that a driver gives stand side by side in its own size of the struct. FALSE when one is bad. */
static gboolean
take_facts(const MortiseFinding *finding, MortiseCheck *check)
{
    if (finding->fact_count == 0) {
        return TRUE;
    }
    if (finding->facts == NULL || finding->fact_count > MORTISE_LIMIT_FACTS) {
        driver_words_misbehaved("the finding '%s' has %s facts", finding->id,
                                finding->facts == NULL ? "a count and no" : "too many");
        return FALSE;
    }
    gsize step = finding->facts->struct_size;
    g_autoptr(HostFacts) facts = host_facts_new();
    for (guint32 i = 0; i < finding->fact_count; i++) {
        const MortiseValue *given = (const MortiseValue *) (const void *) ((const char *) finding->facts + i * step);
        MortiseValue value;
        if (given->struct_size != step || !mortise_struct_copy(given, MORTISE_SIZE_1_0_VALUE, &value, sizeof(value))) {
            driver_words_misbehaved("a fact of the finding '%s' is too short for its version", finding->id);
            return FALSE;
        }
        if (!value_is_good(&value)) {
            return FALSE;
        }
        host_facts_add(facts, value.key, domain_stats_value(&value));
    }
    check->facts = host_facts_end(facts);
    return TRUE;
}

static gboolean
finding_is_good(const MortiseFinding *finding)
{
    if (!host_text_is_good(finding->id, MORTISE_NAME_LIMIT, FALSE, "the id of a finding")
        || !host_text_is_good(finding->object, MORTISE_MESSAGE_LIMIT, TRUE, "the object of a finding")
        || !host_text_is_good(finding->message, MORTISE_MESSAGE_LIMIT, FALSE, "the message of a finding")
        || !host_text_is_good(finding->hint, MORTISE_MESSAGE_LIMIT, TRUE, "the hint of a finding")
        || !host_text_is_good(finding->source, MORTISE_MESSAGE_LIMIT, TRUE, "the source's value of a finding")
        || !host_text_is_good(finding->destination, MORTISE_MESSAGE_LIMIT, TRUE,
                              "the destination's value of a finding")) {
        return FALSE;
    }
    if (finding->verdict > MORTISE_VERDICT_LAST) {
        driver_words_misbehaved("the finding '%s' has the unknown verdict %u", finding->id, finding->verdict);
        return FALSE;
    }
    return TRUE;
}

void
host_sink_finding(MortiseSink *sink, const MortiseFinding *given)
{
    guint filled = sink != NULL && sink->checks != NULL ? sink->checks->len : 0;
    MortiseFinding finding;
    if (!sink_has_room(sink, sink != NULL && sink->checks != NULL, filled, MORTISE_LIMIT_FINDINGS, "findings")
        || !struct_is_good(given, given != NULL ? given->struct_size : 0, MORTISE_SIZE_1_0_FINDING, "a finding")
        || !mortise_struct_copy(given, MORTISE_SIZE_1_0_FINDING, &finding, sizeof(finding))
        || !finding_is_good(&finding)) {
        return;
    }
    g_autoptr(MortiseCheck) check = g_new0(MortiseCheck, 1);
    if (!take_facts(&finding, check)) {
        return;
    }
    check->id = g_strdup(finding.id);
    check->verdict = (MortiseVerdict) finding.verdict;
    check->line = finding.line;
    check->object = g_strdup(finding.object);
    check->message = g_strdup(finding.message);
    check->hint = g_strdup(finding.hint);
    check->source = g_strdup(finding.source);
    check->destination = g_strdup(finding.destination);
    g_ptr_array_add(sink->checks, g_steal_pointer(&check));
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
    if (!sink_has_room(sink, sink != NULL && sink->vcpus != NULL, filled, MORTISE_LIMIT_VCPUS + 1, "vCPUs")
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
