// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that change or read how many vCPUs a domain has and where they run: of the guest, of its definition, or both.
#include "bodies.h"

#include "domain-xml.h"
#include "error.h"
#include "host-sinks.h"
#include "limits.h"

#include <string.h>

/* What a call is about. */
typedef struct {
    gboolean live;
    gboolean config;
    const char *xml; /* the definition, when it is; the snapshot's */
} Target;

static gboolean
refuse_argument(const char *object, const char *hint, const char *message, GError **error)
{
    mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, object, hint, "%s", message);
    return FALSE;
}

static gboolean
find_target(Call *call, const DomainSnapshot *snapshot, Target *target, GError **error)
{
    gboolean active = domain_snapshot_is_active(snapshot);
    gboolean current = (call->flags & (MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG)) == 0;
    gboolean maximum = (call->flags & MORTISE_MODIFY_MAXIMUM) != 0;
    target->live = current ? active : (call->flags & MORTISE_MODIFY_LIVE) != 0;
    target->config = current ? !active : (call->flags & MORTISE_MODIFY_CONFIG) != 0;
    target->xml = snapshot->inactive_xml;
    if (maximum && target->live) {
        return refuse_argument("maximum", "change the definition only, for the next start",
                               "a running domain can have as many vCPUs as it was started for", error);
    }
    if (target->live && !body_require_active(call, error)) {
        return FALSE;
    }
    if (target->config && !body_require_definition(snapshot, error)) {
        return FALSE;
    }
    if (call->binding == NULL) {
        session_set_missing_driver_error(call->session, call->record, error);
    }
    return call->binding != NULL;
}

/* Runs an edit of the definition; its text, to be freed, or NULL. */
typedef MortiseResult (*Edit)(const Call *call, const char *xml, MortiseSink *sink);

static char *
edit_definition(Call *call, const char *xml, Edit edit, const char *name, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    MortiseSink sink = {.text = text};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = edit(call, xml, &sink);
    if (!call_driver_end(call, &words, result, name, error)) {
        return NULL;
    }
    g_autoptr(MortiseDomainXml) changed = mortise_domain_xml_parse(text->str, error);
    if (changed == NULL) {
        return NULL;
    }
    if (memcmp(changed->uuid, call->record->uuid, sizeof(changed->uuid)) != 0) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, name, "report this to the driver's vendor",
                          "the driver '%s' changed the definition into one of another domain", call->module->name);
        return NULL;
    }
    return g_strdup(text->str);
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

static gboolean
run_live(Call *call, gboolean count, GError **error)
{
    void *domain = domain_record_open_driver(call->record, error);
    if (domain == NULL) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = count ? call->binding->vcpu.set_count(domain, call->number)
                                 : call->binding->vcpu.pin(domain, call->number, call->text);
    return call_driver_end(call, &words, result, count ? "set_count" : "pin", error);
}

/* The guest has changed and its definition has not: whoever asked must know both. */
static gboolean
keep_definition(Call *call, const char *text, gboolean live, GError **error)
{
    if (body_replace_definition(call, text, error)) {
        return TRUE;
    }
    if (live) {
        g_prefix_error(error, "the running domain was changed, its definition was not: ");
    }
    return FALSE;
}

/* The definition is tried first, changed last: a refusal of either leaves both as they were. */
static gboolean
change(Call *call, gboolean count, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    Target target;
    if (!find_target(call, snapshot, &target, error)) {
        return FALSE;
    }
    const MortiseVcpuInterface *offered = &call->binding->vcpu;
    gboolean edits = count ? offered->edit_count != NULL : offered->edit_pin != NULL;
    gboolean acts = count ? offered->set_count != NULL : offered->pin != NULL;
    const char *what = count ? "changing the number of vCPUs" : "pinning";
    g_autofree char *text = NULL;
    if (!body_require(call, (!target.config || edits) && (!target.live || acts), what, error)) {
        return FALSE;
    }
    if (target.config) {
        const char *name = count ? "edit_count" : "edit_pin";
        text = edit_definition(call, target.xml, count ? edit_count : edit_pin, name, error);
    }
    if ((target.config && text == NULL) || (target.live && !run_live(call, count, error))) {
        return FALSE;
    }
    return !target.config || keep_definition(call, text, target.live, error);
}

gboolean
body_set_vcpus(Call *call, GError **error)
{
    if (call->number == 0) {
        return refuse_argument("count", NULL, "a domain has at least one vCPU", error);
    }
    return change(call, TRUE, error);
}

gboolean
body_pin(Call *call, GError **error)
{
    if ((call->flags & MORTISE_MODIFY_MAXIMUM) != 0) {
        return refuse_argument("flags", NULL, "a pin has no maximum", error);
    }
    return change(call, FALSE, error);
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
    call->out_settings.current = call->out_vcpus->len;
    call->out_settings.maximum = MAX(call->out_summary.maximum, call->out_vcpus->len);
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
    Target target;
    if ((call->flags & MORTISE_MODIFY_MAXIMUM) != 0) {
        return refuse_argument("flags", NULL, "a pin has no maximum", error);
    }
    if (!find_target(call, snapshot, &target, error)) {
        return FALSE;
    }
    if (target.live && target.config) {
        return refuse_argument("flags", "ask twice", "either the running domain or its definition is read", error);
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
