// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that read or change how much memory a domain has, its limits and its weights.
#include "body-modify.h"

#include "domain-xml.h"
#include "error.h"
#include "host-sinks.h"
#include "tuning.h"

static MortiseResult
act_memory(const Call *call, void *domain)
{
    return call->binding->memory.set(domain, call->numbers[0]);
}

static MortiseResult
edit_memory(const Call *call, const char *xml, MortiseSink *sink)
{
    gboolean maximum = (call->flags & MORTISE_MODIFY_MAXIMUM) != 0;
    return call->binding->memory.edit(call->binding->connection, xml, maximum ? 0 : call->numbers[0],
                                      maximum ? call->numbers[0] : 0, sink);
}

/* What a running domain can have was decided when it was started. */
static gboolean
check_amount(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    ModifyTarget target;
    guint64 kib = call->numbers[0];
    if (kib == 0 || kib > G_MAXINT64 / 1024) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "memory", NULL,
                          "%" G_GUINT64_FORMAT " KiB is no amount of memory that a domain can have", kib);
        return FALSE;
    }
    if (!modify_find_target(call, snapshot, &target, error)) {
        return FALSE;
    }
    if (target.live && (call->flags & MORTISE_MODIFY_MAXIMUM) != 0) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "maximum",
                          "change the definition only, for the next start",
                          "a running domain can have as much memory as it was started for");
        return FALSE;
    }
    g_autoptr(MortiseDomainXml) live
        = target.live && snapshot->live_xml != NULL ? mortise_domain_xml_parse(snapshot->live_xml, NULL) : NULL;
    if (live != NULL && live->memory_kib > 0 && kib > live->memory_kib) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "memory",
                          "a higher maximum in the definition counts from the next start on",
                          "domain '%s' can have %" G_GUINT64_FORMAT " KiB while it runs, and %" G_GUINT64_FORMAT
                          " KiB is more", snapshot->name, live->memory_kib, kib);
        return FALSE;
    }
    return TRUE;
}

gboolean
body_set_memory(Call *call, GError **error)
{
    const Modify modify = {
        .what = "changing the amount of memory",
        .acts = call->binding != NULL && call->binding->memory.set != NULL,
        .edits = call->binding != NULL && call->binding->memory.edit != NULL,
        .checked = TRUE,
        .act_name = "set",
        .edit_name = "edit",
        .act = act_memory,
        .edit = edit_memory,
    };
    return check_amount(call, error) && modify_run(call, &modify, error);
}

static gboolean
check_group(const Call *call, GError **error)
{
    if (tuning_group_name(call->number) == NULL) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "group", NULL, "%u is no group of settings",
                          call->number);
        return FALSE;
    }
    return modify_refuse_maximum(call, "settings have no maximum", error);
}

/* The values of a call as a driver takes them; keys are borrowed from the call. */
static GArray *
make_values(const Call *call)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(MortiseValue));
    GVariantIter iter;
    const char *key = NULL;
    gint64 number = 0;
    g_variant_iter_init(&iter, call->values);
    while (g_variant_iter_next(&iter, "{&sx}", &key, &number)) {
        MortiseValue value = {
            .struct_size = sizeof(value), .type = MORTISE_VALUE_SIGNED, .key = key, .number = (uint64_t) number,
        };
        g_array_append_val(values, value);
    }
    return values;
}

static gboolean
check_values(const Call *call, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GVariantIter iter;
    const char *name = NULL;
    gint64 number = 0;
    if (g_variant_n_children(call->values) == 0) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "values", NULL, "there is nothing to set");
        return FALSE;
    }
    g_variant_iter_init(&iter, call->values);
    while (g_variant_iter_next(&iter, "{&sx}", &name, &number)) {
        const TuningKey *key = tuning_find(call->number, name, error);
        if (key == NULL || !tuning_check(key, number, error)) {
            return FALSE;
        }
        if (!g_hash_table_add(seen, (gpointer) key->key)) {
            mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, name, NULL, "%s is given twice", name);
            return FALSE;
        }
    }
    return TRUE;
}

static MortiseResult
act_tuning(const Call *call, void *domain)
{
    g_autoptr(GArray) values = make_values(call);
    return call->binding->tuning.set(domain, call->number, (const MortiseValue *) (const void *) values->data,
                                     values->len);
}

static MortiseResult
edit_tuning(const Call *call, const char *xml, MortiseSink *sink)
{
    g_autoptr(GArray) values = make_values(call);
    return call->binding->tuning.edit(call->binding->connection, xml, call->number,
                                      (const MortiseValue *) (const void *) values->data, values->len, sink);
}

gboolean
body_set_tuning(Call *call, GError **error)
{
    const Modify modify = {
        .what = "changing limits and weights",
        .acts = call->binding != NULL && call->binding->tuning.set != NULL,
        .edits = call->binding != NULL && call->binding->tuning.edit != NULL,
        .checked = TRUE,
        .act_name = "set",
        .edit_name = "edit",
        .act = act_tuning,
        .edit = edit_tuning,
    };
    return check_group(call, error) && check_values(call, error) && modify_run(call, &modify, error);
}

/* What a driver reads must be what it may be told to set. */
static void
check_read(const Call *call)
{
    GHashTableIter iter;
    gpointer name = NULL;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, call->out_values);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (tuning_find(call->number, name, NULL) == NULL) {
            driver_words_misbehaved("there is no setting '%s' of %s", (const char *) name,
                                    tuning_group_name(call->number));
        } else if (!g_variant_is_of_type(value, G_VARIANT_TYPE_INT64)
                   || g_variant_get_int64(value) < MORTISE_TUNING_UNLIMITED) {
            driver_words_misbehaved("the value of '%s' is no number that it can have", (const char *) name);
        }
    }
}

static gboolean
read_live(Call *call, GError **error)
{
    void *domain = domain_record_open_driver(call->record, error);
    if (domain == NULL) {
        return FALSE;
    }
    MortiseSink sink = {.values = call->out_values};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->tuning.read(domain, call->number, &sink);
    if (result == MORTISE_OK) {
        check_read(call);
    }
    return call_driver_end(call, &words, result, "read", error);
}

static gboolean
read_definition(Call *call, const char *xml, GError **error)
{
    MortiseSink sink = {.values = call->out_values};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result
        = call->binding->tuning.read_definition(call->binding->connection, xml, call->number, &sink);
    if (result == MORTISE_OK) {
        check_read(call);
    }
    return call_driver_end(call, &words, result, "read_definition", error);
}

gboolean
body_tuning(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    ModifyTarget target;
    if (!check_group(call, error) || !modify_find_source(call, snapshot, &target, error)) {
        return FALSE;
    }
    const MortiseTuningInterface *offered = &call->binding->tuning;
    gboolean offers = target.live ? offered->read != NULL : offered->read_definition != NULL;
    if (!body_require(call, offers, target.live ? "limits and weights of a running domain" : "limits and weights",
                      error)) {
        return FALSE;
    }
    call->out_values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
    return target.live ? read_live(call, error) : read_definition(call, target.xml, error);
}
