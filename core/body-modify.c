// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The way of every change that is made to a running domain, to its definition, or to both.
#include "body-modify.h"

#include "domain-xml.h"
#include "error.h"
#include "host-sinks.h"

#include <mortise/mortise-check.h>
#include <string.h>

gboolean
modify_refuse_maximum(const Call *call, const char *message, GError **error)
{
    if ((call->flags & MORTISE_MODIFY_MAXIMUM) != 0) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "flags", NULL, "%s", message);
        return FALSE;
    }
    return TRUE;
}

gboolean
modify_find_target(Call *call, const DomainSnapshot *snapshot, ModifyTarget *target, GError **error)
{
    gboolean active = domain_snapshot_is_active(snapshot);
    gboolean current = (call->flags & (MORTISE_MODIFY_LIVE | MORTISE_MODIFY_CONFIG)) == 0;
    target->live = current ? active : (call->flags & MORTISE_MODIFY_LIVE) != 0;
    target->config = current ? !active : (call->flags & MORTISE_MODIFY_CONFIG) != 0;
    target->xml = snapshot->inactive_xml;
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

gboolean
modify_find_source(Call *call, const DomainSnapshot *snapshot, ModifyTarget *target, GError **error)
{
    if (!modify_find_target(call, snapshot, target, error)) {
        return FALSE;
    }
    if (target->live && target->config) {
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, "flags", "ask twice",
                          "either the running domain or its definition is read");
        return FALSE;
    }
    return TRUE;
}

/* Runs an edit of the definition; its text, to be freed, or NULL. */
static char *
edit_definition(Call *call, const char *xml, const Modify *modify, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    MortiseSink sink = {.text = text};
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = modify->edit(call, xml, &sink);
    if (!call_driver_end(call, &words, result, modify->edit_name, error)) {
        return NULL;
    }
    g_autoptr(MortiseDomainXml) changed = mortise_domain_xml_parse(text->str, error);
    if (changed == NULL) {
        return NULL;
    }
    if (memcmp(changed->uuid, call->record->uuid, sizeof(changed->uuid)) != 0) {
        mortise_error_set(error, MORTISE_ERROR_DRIVER_MISBEHAVED, modify->edit_name,
                          "report this to the driver's vendor",
                          "the driver '%s' changed the definition into one of another domain", call->module->name);
        return NULL;
    }
    return g_strdup(text->str);
}

/* What no host can do; that a file or a bridge is missing may be otherwise when the domain starts. */
static gboolean
speaks_of_definition(const MortiseCheck *check)
{
    static const char *const ids[] = {"element-unsupported", "invalid-xml", "invalid-argument", "unsupported", NULL};
    return check->verdict == MORTISE_VERDICT_BAD && g_strv_contains(ids, check->id);
}

/* Takes one that is the same out of `known`; lines are not looked at, since they move. */
static gboolean
take_same(GPtrArray *known, const MortiseCheck *check, gboolean exactly)
{
    for (guint i = 0; i < known->len; i++) {
        const MortiseCheck *other = g_ptr_array_index(known, i);
        if (g_str_equal(other->id, check->id) && g_strcmp0(other->object, check->object) == 0
            && (!exactly || g_str_equal(other->message, check->message))) {
            g_ptr_array_remove_index(known, i);
            return TRUE;
        }
    }
    return FALSE;
}

/* Leaves in `checks` what stands there and not in `known`. */
static void
keep_new(GPtrArray *checks, GPtrArray *known)
{
    for (guint exactly = 2; exactly > 0; exactly--) {
        for (guint i = checks->len; i > 0; i--) {
            const MortiseCheck *check = g_ptr_array_index(checks, i - 1);
            if (!speaks_of_definition(check) || take_same(known, check, exactly == 2)) {
                g_ptr_array_remove_index(checks, i - 1);
            }
        }
    }
}

/* A change must not make a definition out of which nothing can be started. */
static gboolean
check_new(Call *call, const char *before, const char *after, GError **error)
{
    if (call->binding->config.check == NULL) {
        return TRUE;
    }
    g_autoptr(GPtrArray) known = body_find_all(call, before, error);
    g_autoptr(GPtrArray) checks = known != NULL ? body_find_all(call, after, error) : NULL;
    if (checks == NULL) {
        return FALSE;
    }
    keep_new(checks, known);
    if (checks->len > 0) {
        body_set_findings_error(checks, error);
    }
    return checks->len == 0;
}

static gboolean
run_live(Call *call, const Modify *modify, GError **error)
{
    void *domain = domain_record_open_driver(call->record, error);
    if (domain == NULL) {
        return FALSE;
    }
    DriverWords words;
    call_driver_begin(call, &words);
    MortiseResult result = modify->act(call, domain);
    return call_driver_end(call, &words, result, modify->act_name, error);
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

static gboolean
require_offer(Call *call, const DomainSnapshot *snapshot, const ModifyTarget *target, const Modify *modify,
              GError **error)
{
    if (!modify->acts && !modify->edits) {
        return body_require(call, FALSE, modify->what, error);
    }
    if (target->live && !modify->acts) {
        const char *hint = snapshot->persistent ? "change the definition only, for the next start" : NULL;
        mortise_error_set(error, MORTISE_ERROR_UNSUPPORTED, call->module->name, hint,
                          "the driver '%s' does not offer %s while a domain runs", call->module->name, modify->what);
        return FALSE;
    }
    if (target->config && !modify->edits) {
        mortise_error_set(error, MORTISE_ERROR_UNSUPPORTED, call->module->name, "edit and define it as a whole",
                          "the driver '%s' does not offer %s in a definition", call->module->name, modify->what);
        return FALSE;
    }
    return TRUE;
}

gboolean
modify_run(Call *call, const Modify *modify, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(call->record);
    ModifyTarget target;
    if (!modify_find_target(call, snapshot, &target, error)
        || !require_offer(call, snapshot, &target, modify, error)) {
        return FALSE;
    }
    g_autofree char *text = target.config ? edit_definition(call, target.xml, modify, error) : NULL;
    if (target.config
        && (text == NULL || (modify->checked && !check_new(call, target.xml, text, error)))) {
        return FALSE;
    }
    if (target.live && !run_live(call, modify, error)) {
        return FALSE;
    }
    return !target.config || keep_definition(call, text, target.live, error);
}
