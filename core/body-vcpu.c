// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that change or read how many vCPUs a domain has and where they run: of the guest, of its definition, or both.
#include "body-modify.h"

#include "error.h"
#include "host-sinks.h"
#include "limits.h"

static gboolean
refuse_argument(const char *object, const char *hint, const char *message, GError **error)
{
    mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, object, hint, "%s", message);
    return FALSE;
}

static MortiseResult
edit_count(const Call *call, const char *xml, MortiseSink *sink)
{
    gboolean maximum = (call->flags & MORTISE_MODIFY_MAXIMUM) != 0;
    return call->binding->vcpu.edit_count(call->binding->connection, xml, maximum ? 0 : call->number,
                                          maximum ? call->number : 0, sink);
}

static MortiseResult
edit_pin(const Call *call, const char *xml, MortiseSink *sink)
{
    return call->binding->vcpu.edit_pin(call->binding->connection, xml, call->number, call->text, sink);
}

static MortiseResult
act_count(const Call *call, void *domain)
{
    return call->binding->vcpu.set_count(domain, call->number);
}

static MortiseResult
act_pin(const Call *call, void *domain)
{
    return call->binding->vcpu.pin(domain, call->number, call->text);
}

/* A running domain can have as many as it was started for, whatever its definition says meanwhile. */
static gboolean
check_maximum(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    ModifyTarget target;
    if ((call->flags & MORTISE_MODIFY_MAXIMUM) == 0) {
        return TRUE;
    }
    if (!modify_find_target(call, snapshot, &target, error)) {
        return FALSE;
    }
    return !target.live
           || refuse_argument("maximum", "change the definition only, for the next start",
                              "a running domain can have as many vCPUs as it was started for", error);
}

gboolean
body_set_vcpus(Call *call, GError **error)
{
    if (call->number == 0) {
        return refuse_argument("count", NULL, "a domain has at least one vCPU", error);
    }
    const Modify modify = {
        .what = "changing the number of vCPUs",
        .acts = call->binding != NULL && call->binding->vcpu.set_count != NULL,
        .edits = call->binding != NULL && call->binding->vcpu.edit_count != NULL,
        .act_name = "set_count",
        .edit_name = "edit_count",
        .act = act_count,
        .edit = edit_count,
    };
    return check_maximum(call, error) && modify_run(call, &modify, error);
}

gboolean
body_pin(Call *call, GError **error)
{
    const Modify modify = {
        .what = "pinning",
        .acts = call->binding != NULL && call->binding->vcpu.pin != NULL,
        .edits = call->binding != NULL && call->binding->vcpu.edit_pin != NULL,
        .act_name = "pin",
        .edit_name = "edit_pin",
        .act = act_pin,
        .edit = edit_pin,
    };
    return modify_refuse_maximum(call, "a pin has no maximum", error) && modify_run(call, &modify, error);
}

static gboolean
settings_are_good(const MortiseVcpuSettings *settings)
{
    if (settings->current == 0 || settings->current > settings->maximum || settings->maximum > MORTISE_LIMIT_VCPUS) {
        driver_words_misbehaved("a definition is said to have %u of %u vCPUs", settings->current, settings->maximum);
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_definition(Call *call, const char *xml, GError **error)
{
    MortiseSink sink = {.vcpus = call->out_vcpus};
    DriverWords words;
    call->out_settings.struct_size = sizeof(call->out_settings);
    call_driver_begin(call, &words);
    MortiseResult result
        = call->binding->vcpu.read_settings(call->binding->connection, xml, &call->out_settings, &sink);
    if (result == MORTISE_OK) {
        (void) settings_are_good(&call->out_settings);
    }
    return call_driver_end(call, &words, result, "read_settings", error);
}

static gboolean
read_live(Call *call, GError **error)
{
    void *domain = domain_record_open_driver(call->record, error);
    if (domain == NULL || !body_vcpus(call, error)) {
        return FALSE;
    }
    gboolean counted = call->out_summary.model != MORTISE_VCPU_MODEL_NONE || call->out_vcpus->len > 0;
    call->out_settings.maximum = MAX(call->out_summary.maximum, call->out_vcpus->len);
    /* where there is none to show, the number is only a word of the definition */
    call->out_settings.current = counted ? call->out_vcpus->len : call->out_settings.maximum;
    /* the report has the vCPUs; what is left to know is where the emulator runs */
    g_autoptr(GPtrArray) pins = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_vcpu_info_free);
    MortiseSink sink = {.vcpus = pins};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->vcpu.pins(domain, &sink);
    if (!call_driver_end(call, &words, result, "pins", error)) {
        return FALSE;
    }
    for (guint i = 0; i < pins->len; i++) {
        const MortiseVcpuInfo *pin = g_ptr_array_index(pins, i);
        if (pin->id == MORTISE_VCPU_EMULATOR) {
            g_ptr_array_add(call->out_vcpus, mortise_vcpu_info_copy(pin));
        }
    }
    return TRUE;
}

gboolean
body_pins(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    ModifyTarget target;
    if (!modify_refuse_maximum(call, "a pin has no maximum", error)
        || !modify_find_source(call, snapshot, &target, error)) {
        return FALSE;
    }
    const MortiseVcpuInterface *offered = &call->binding->vcpu;
    gboolean offers = target.live ? offered->pins != NULL && offered->report != NULL : offered->read_settings != NULL;
    if (!body_require(call, offers, "affinities of vCPUs", error)) {
        return FALSE;
    }
    if (target.live) {
        return read_live(call, error);
    }
    call->out_vcpus = g_ptr_array_new_with_free_func((GDestroyNotify) mortise_vcpu_info_free);
    return read_definition(call, target.xml, error);
}
