// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that change definitions: in the store, or by the driver that keeps its own.
#include "bodies.h"

#include "domain-xml.h"
#include "error.h"
#include "host-sinks.h"

#include <mortise/mortise-check.h>
#include <string.h>

/* "line 4, domain/devices/tpm: this element is not supported". Free with g_free. */
static char *
describe(const MortiseCheck *check)
{
    gboolean named = check->object != NULL && strstr(check->message, check->object) == NULL;
    g_autofree char *line = check->line > 0 ? g_strdup_printf("line %u", check->line) : g_strdup("");
    return g_strconcat(line, check->line > 0 && named ? ", " : "", named ? check->object : "",
                       check->line > 0 || named ? ": " : "", check->message, NULL);
}

void
body_set_findings_error(GPtrArray *checks, GError **error)
{
    const MortiseCheck *first = g_ptr_array_index(checks, 0);
    g_autoptr(GString) details = g_string_new(NULL);
    for (guint i = 0; i < checks->len; i++) {
        g_autofree char *line = describe(g_ptr_array_index(checks, i));
        g_string_append_printf(details, "%s%s", i > 0 ? "\n" : "", line);
    }
    g_autofree char *more = checks->len > 1 ? g_strdup_printf(", and %u more", checks->len - 1) : g_strdup("");
    g_autofree char *first_line = describe(first);
    mortise_error_set(error, MORTISE_ERROR_ELEMENT_UNSUPPORTED, first->object, first->hint, "%s%s", first_line,
                      more);
    if (error != NULL && checks->len > 1) {
        mortise_error_set_details(*error, details->str);
    }
}

static gboolean
validate(Call *call, GError **error)
{
    if (!body_check_xml(call, error)) {
        return FALSE;
    }
    if (call->out_checks->len > 0) {
        body_set_findings_error(call->out_checks, error);
        return FALSE;
    }
    return TRUE;
}

typedef struct {
    const MortiseDomainXml *xml;
    gboolean active;
} DefinitionChange;

static void
change_definition(DomainSnapshot *snapshot, gconstpointer data)
{
    const DefinitionChange *change = data;
    if (change->active) {
        domain_snapshot_set_text(&snapshot->inactive_xml, change->xml->text);
        snapshot->persistent = TRUE;
    } else {
        domain_snapshot_set_identity(snapshot, change->xml, TRUE);
    }
    domain_snapshot_set_text(&snapshot->title, change->xml->title);
    domain_snapshot_set_text(&snapshot->description, change->xml->description);
}

/* A definition may move to another driver only while nothing of it runs. */
static gboolean
settle_driver(Call *call, DomainRecord **record, gboolean active, const char *name, GError **error)
{
    if (*record == NULL || (*record)->binding == call->binding) {
        return TRUE;
    }
    if (active) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_ACTIVE, name, "shut it down first",
                          "the type of '%s' cannot be changed while it runs", name);
        return FALSE;
    }
    session_remove(call->session, *record);
    g_clear_pointer(record, domain_record_unref);
    return TRUE;
}

static gboolean
store_definition(Call *call, const MortiseDomainXml *xml, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(session_get_definitions_lock(call->session));
    g_autoptr(DomainRecord) record = NULL;
    if (!session_match(call->session, xml->uuid, xml->name, &record, error)) {
        return FALSE;
    }
    gboolean active = FALSE;
    gboolean autostart = FALSE;
    gboolean known = record != NULL;
    if (known) {
        g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
        active = domain_snapshot_is_active(snapshot);
        autostart = snapshot->autostart;
    }
    if (!settle_driver(call, &record, active, xml->name, error)
        || !mortise_store_write_definition(session_get_store(call->session), xml->uuid, xml->text, autostart,
                                           error)) {
        return FALSE;
    }
    gboolean fresh = record == NULL;
    if (fresh) {
        record = domain_record_new(call->session, call->binding, xml->uuid, xml->name);
    }
    DefinitionChange change = {xml, active};
    domain_record_change(record, change_definition, &change);
    if (fresh && !session_add(call->session, record, error)) {
        return FALSE;
    }
    event_hub_emit_domain(session_get_events(call->session), MORTISE_EVENT_KIND_DEFINED, record,
                          known ? "updated" : "added", NULL);
    call->out_record = g_steal_pointer(&record);
    return TRUE;
}

static gboolean
driver_definition(Call *call, const MortiseDomainXml *xml, GError **error)
{
    if (!body_require(call, call->binding->config.define != NULL, "definitions", error)) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->config.define(call->binding->connection, xml->text);
    if (!call_driver_end(call, &words, result, "define", error)) {
        return FALSE;
    }
    call->out_record = session_lookup_uuid(call->session, xml->uuid);
    if (call->out_record == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, xml->name, "report this to the driver's vendor",
                          "the driver '%s' defined '%s' and did not announce it", call->module->name, xml->name);
    }
    return call->out_record != NULL;
}

gboolean
body_define(Call *call, GError **error)
{
    g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(call->text, error);
    if (xml == NULL || ((call->flags & MORTISE_DEFINE_VALIDATE) && !validate(call, error))) {
        return FALSE;
    }
    return binding_uses_store(call->binding) ? store_definition(call, xml, error)
                                             : driver_definition(call, xml, error);
}

gboolean
body_require_definition(const DomainSnapshot *snapshot, GError **error)
{
    if (!snapshot->persistent) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_INACTIVE, snapshot->name, "define it first",
                          "the domain '%s' has no definition, only the one it runs with", snapshot->name);
    }
    return snapshot->persistent;
}

static void
change_to_undefined(DomainSnapshot *snapshot, gconstpointer data G_GNUC_UNUSED)
{
    snapshot->persistent = FALSE;
    snapshot->autostart = FALSE;
    domain_snapshot_set_text(&snapshot->inactive_xml, NULL);
}

static gboolean
store_undefine(Call *call, const DomainSnapshot *snapshot, GError **error)
{
    DomainRecord *record = call->record;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(session_get_definitions_lock(call->session));
    if (!mortise_store_remove_definition(session_get_store(call->session), record->uuid, error)) {
        return FALSE;
    }
    domain_record_change(record, change_to_undefined, NULL);
    event_hub_emit_domain(session_get_events(call->session), MORTISE_EVENT_KIND_UNDEFINED, record, "removed", NULL);
    if (!domain_snapshot_is_active(snapshot)) {
        (void) mortise_store_remove_running(session_get_store(call->session), record->uuid, NULL);
        session_remove(call->session, record);
    }
    return TRUE;
}

/* Without its driver a definition of the store can still be removed and marked. */
static gboolean
record_uses_store(const DomainRecord *record)
{
    return record->binding == NULL || binding_uses_store(record->binding);
}

gboolean
body_undefine(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!body_require_definition(snapshot, error)) {
        return FALSE;
    }
    if (record_uses_store(call->record)) {
        return store_undefine(call, snapshot, error);
    }
    void *domain = domain_record_open_driver(call->record, error);
    if (domain == NULL || !body_require(call, call->binding->config.undefine != NULL, "undefine", error)) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->config.undefine(domain);
    return call_driver_end(call, &words, result, "undefine", error);
}

static void
change_autostart(DomainSnapshot *snapshot, gconstpointer autostart)
{
    snapshot->autostart = *(const guint32 *) autostart != 0;
}

gboolean
body_set_autostart(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!body_require_definition(snapshot, error)) {
        return FALSE;
    }
    if (record_uses_store(call->record)) {
        g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(session_get_definitions_lock(call->session));
        if (!mortise_store_write_definition(session_get_store(call->session), call->record->uuid,
                                            snapshot->inactive_xml, call->flags != 0, error)) {
            return FALSE;
        }
    } else {
        void *domain = domain_record_open_driver(call->record, error);
        if (domain == NULL
            || !body_require(call, call->binding->config.set_autostart != NULL, "autostart", error)) {
            return FALSE;
        }
        DriverWords words;
        call_driver_begin(call, &words);
        MortiseResult result = call->binding->config.set_autostart(domain, call->flags != 0 ? 1 : 0);
        if (!call_driver_end(call, &words, result, "set_autostart", error)) {
            return FALSE;
        }
    }
    domain_record_change(call->record, change_autostart, &call->flags);
    return TRUE;
}

gboolean
body_replace_definition(Call *call, const char *text, GError **error)
{
    g_autoptr(MortiseDomainXml) xml = text != NULL ? mortise_domain_xml_parse(text, error) : NULL;
    if (xml == NULL) {
        return FALSE;
    }
    if (call->binding != NULL && !binding_uses_store(call->binding)) {
        return driver_definition(call, xml, error);
    }
    if (call->binding == NULL) {
        session_set_missing_driver_error(call->session, call->record, error);
        return FALSE;
    }
    return store_definition(call, xml, error);
}

gboolean
body_set_title(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!body_require_definition(snapshot, error)) {
        return FALSE;
    }
    g_autofree char *text = mortise_domain_xml_set_title(snapshot->inactive_xml, call->text, error);
    return body_replace_definition(call, text, error);
}

gboolean
body_set_description(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!body_require_definition(snapshot, error)) {
        return FALSE;
    }
    g_autofree char *text = mortise_domain_xml_set_description(snapshot->inactive_xml, call->text, error);
    return body_replace_definition(call, text, error);
}

gboolean
body_set_metadata(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!body_require_definition(snapshot, error)) {
        return FALSE;
    }
    g_autofree char *text = mortise_domain_xml_set_metadata(snapshot->inactive_xml, call->text, call->second_text,
                                                            call->third_text, error);
    return body_replace_definition(call, text, error);
}
