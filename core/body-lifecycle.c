// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls that start, stop and steer a domain.
#include "bodies.h"

#include "domain-xml.h"
#include "error.h"

gboolean
body_require_active(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!domain_snapshot_is_active(snapshot)) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_INACTIVE, snapshot->name, "start it first",
                          "the domain '%s' is not running", snapshot->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
require_inactive(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (domain_snapshot_is_active(snapshot)) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_ACTIVE, snapshot->name, NULL, "the domain '%s' is already %s",
                          snapshot->name, mortise_domain_state_to_string(snapshot->state));
        return FALSE;
    }
    return TRUE;
}

static gboolean
call_start(Call *call, void *domain, const char *xml, GError **error)
{
    MortiseStartArguments arguments = {.struct_size = sizeof(arguments), .flags = call->flags, .xml = xml};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->lifecycle.start(domain, &arguments);
    return call_driver_end(call, &words, result, "start", error);
}

/* What a start that failed must not leave behind, whatever the driver did. */
static void
forget_failed_start(DomainRecord *record, const GError *error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    if (record->running_state != NULL && binding_uses_store(record->binding)) {
        (void) domain_record_set_running_state(record, NULL, NULL);
    }
    if (domain_snapshot_is_active(snapshot)) {
        domain_record_set_status(record, MORTISE_DOMAIN_STATE_SHUTOFF, -1, "failed",
                                 error != NULL ? error->message : NULL);
    }
}

static gboolean
start_with(Call *call, const char *xml, GError **error)
{
    g_autoptr(GError) cause = NULL;
    DomainRecord *record = call->record;
    void *domain = domain_record_open_driver(record, error);
    if (domain == NULL || !body_require(call, call->binding->lifecycle.start != NULL, "starting domains", error)) {
        return FALSE;
    }
    g_mutex_lock(&record->file_lock);
    g_free(record->running_xml);
    record->running_xml = g_strdup(xml);
    g_mutex_unlock(&record->file_lock);
    if (!call_start(call, domain, xml, &cause)) {
        forget_failed_start(record, cause);
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    if (!domain_snapshot_is_active(snapshot) && snapshot->confirmed == 0) {
        /* a driver that says nothing about a start that went well */
        domain_record_set_status(
            record, call->flags & MORTISE_START_PAUSED ? MORTISE_DOMAIN_STATE_PAUSED : MORTISE_DOMAIN_STATE_RUNNING,
            -1, "booted", NULL);
    }
    return domain_record_save_running(record, error);
}

gboolean
body_start(Call *call, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!require_inactive(call, error)) {
        return FALSE;
    }
    if (snapshot->inactive_xml == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_INACTIVE, snapshot->name, "define it first",
                          "the domain '%s' has no definition to start", snapshot->name);
        return FALSE;
    }
    return start_with(call, snapshot->inactive_xml, error);
}

typedef struct {
    const MortiseDomainXml *xml;
    gboolean persistent;
} TransientChange;

static void
change_to_transient(DomainSnapshot *snapshot, gconstpointer data)
{
    const TransientChange *change = data;
    if (!change->persistent) {
        domain_snapshot_set_identity(snapshot, change->xml, FALSE);
    }
}

static gboolean
driver_create(Call *call, const MortiseDomainXml *xml, GError **error)
{
    if (!body_require(call, call->binding->config.create != NULL, "transient domains", error)) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = call->binding->config.create(call->binding->connection, xml->text, call->flags);
    if (!call_driver_end(call, &words, result, "create", error)) {
        return FALSE;
    }
    call->out_record = session_lookup_uuid(call->session, xml->uuid);
    if (call->out_record == NULL) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, xml->name, "report this to the driver's vendor",
                          "the driver '%s' created '%s' and did not announce it", call->module->name, xml->name);
    }
    return call->out_record != NULL;
}

gboolean
body_create(Call *call, GError **error)
{
    g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(call->text, error);
    if (xml == NULL) {
        return FALSE;
    }
    if (call->record == NULL) {
        return driver_create(call, xml, error);
    }
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    if (!require_inactive(call, error)) {
        return FALSE;
    }
    TransientChange change = {xml, snapshot->persistent};
    domain_record_change(call->record, change_to_transient, &change);
    if (!snapshot->persistent && !session_add(call->session, call->record, error)) {
        return FALSE;
    }
    if (!start_with(call, xml->text, error)) {
        if (!snapshot->persistent) {
            session_remove(call->session, call->record);
        }
        return FALSE;
    }
    call->out_record = domain_record_ref(call->record);
    return TRUE;
}

typedef MortiseResult (*PlainFunction)(void *domain);
typedef MortiseResult (*FlagsFunction)(void *domain, uint32_t flags);

/* A function of the lifecycle table on an active domain: one of the two, or none when the driver has none. */
static gboolean
run_on_active(Call *call, PlainFunction plain, FlagsFunction with_flags, const char *name, GError **error)
{
    void *domain = body_require_active(call, error) ? domain_record_open_driver(call->record, error) : NULL;
    if (domain == NULL || !body_require(call, plain != NULL || with_flags != NULL, name, error)) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = with_flags != NULL ? with_flags(domain, call->flags)
                           : plain != NULL    ? plain(domain)
                                              : MORTISE_UNSUPPORTED;
    return call_driver_end(call, &words, result, name, error);
}

static const MortiseLifecycle *
lifecycle_of(const Call *call)
{
    static const MortiseLifecycle none = {0};
    return call->binding != NULL ? &call->binding->lifecycle : &none;
}

gboolean
body_stop(Call *call, GError **error)
{
    return run_on_active(call, NULL, lifecycle_of(call)->stop, "stop", error);
}

gboolean
body_shutdown(Call *call, GError **error)
{
    return run_on_active(call, NULL, lifecycle_of(call)->shutdown, "shutdown", error);
}

gboolean
body_reboot(Call *call, GError **error)
{
    return run_on_active(call, NULL, lifecycle_of(call)->reboot, "reboot", error);
}

gboolean
body_reset(Call *call, GError **error)
{
    return run_on_active(call, lifecycle_of(call)->reset, NULL, "reset", error);
}

gboolean
body_suspend(Call *call, GError **error)
{
    return run_on_active(call, lifecycle_of(call)->suspend, NULL, "suspend", error);
}

gboolean
body_resume(Call *call, GError **error)
{
    return run_on_active(call, lifecycle_of(call)->resume, NULL, "resume", error);
}
