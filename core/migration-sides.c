// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// The two sides of a migration: having a domain to itself, listing it at the destination, definitions.
#include "migration-private.h"

#include "domain-xml.h"
#include "error.h"
#include "migration-control.h"
#include "migration-offer.h"
#include "session.h"

static gboolean
hold_body(Call *call G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return TRUE;
}

/* Waits for other changes of the domain to end, and keeps new ones out. */
static gboolean
hold(MigrationJob *self, MigrationSide *side, OperationCode code, Binding *binding, GError **error)
{
    g_autoptr(Call) call = session_call_new(side->session, code, hold_body, NULL);
    call->record = domain_record_ref(side->record);
    call->binding = binding;
    call->module = binding != NULL ? binding->module : NULL;
    call->held = TRUE;
    call_add_gate(call, &side->record->job);
    if (!call_run(call, NULL, error)) {
        return FALSE;
    }
    g_mutex_lock(&self->lock);
    side->hold = g_steal_pointer(&call);
    g_mutex_unlock(&self->lock);
    domain_record_set_migration(side->record, self, NULL);
    return TRUE;
}

static gboolean
require_active(DomainRecord *record, gboolean active, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    if (domain_snapshot_is_active(snapshot) == active) {
        return TRUE;
    }
    if (active) {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_INACTIVE, snapshot->name,
                          "start it first, or copy its definition (offline)", "the domain '%s' is not running",
                          snapshot->name);
    } else {
        mortise_error_set(error, MORTISE_ERROR_DOMAIN_ACTIVE, snapshot->name, NULL,
                          "the domain '%s' is %s at the destination already", snapshot->name,
                          mortise_domain_state_to_string(snapshot->state));
    }
    return FALSE;
}

gboolean
migration_hold_source(MigrationJob *self, GError **error)
{
    if (!hold(self, &self->source, OPERATION_MIGRATE, self->source.record->binding, error)
        || !require_active(self->source.record, TRUE, error)) {
        return FALSE;
    }
    const char *run_directory = session_get_run_directory(self->source.session);
    self->control = run_directory != NULL ? migration_control_open(self, run_directory) : NULL;
    return TRUE;
}

/* The XML with the name that the domain shall have. */
static MortiseDomainXml *
parse_named(const char *text, const char *name, GError **error)
{
    g_autoptr(MortiseDomainXml) xml = mortise_domain_xml_parse(text, error);
    if (xml == NULL || name == NULL || g_str_equal(xml->name, name)) {
        return g_steal_pointer(&xml);
    }
    g_autofree char *named = mortise_domain_xml_set_name(xml->text, name, error);
    return named != NULL ? mortise_domain_xml_parse(named, error) : NULL;
}

/* What is to run at the destination; the request has its name from now on. */
static MortiseDomainXml *
find_identity(MigrationJob *self, GError **error)
{
    g_autoptr(MortiseDomainXml) xml = migration_parse_target(self->source.record, self->request, error);
    if (xml != NULL && self->request->name == NULL && !g_str_equal(xml->name, self->source.record->name)) {
        self->request->name = g_strdup(xml->name);
    }
    return g_steal_pointer(&xml);
}

MortiseDomainXml *
migration_parse_target(DomainRecord *record, const MigrationRequest *request, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    const char *text = request->xml != NULL ? request->xml
                       : snapshot->live_xml != NULL ? snapshot->live_xml : snapshot->inactive_xml;
    if (text == NULL) {
        mortise_error_set(error, MORTISE_ERROR_STATE_UNKNOWN, snapshot->name, NULL,
                          "nobody knows the XML that '%s' runs with", snapshot->name);
        return NULL;
    }
    g_autoptr(MortiseDomainXml) xml = parse_named(text, request->name, error);
    if (xml != NULL && memcmp(xml->uuid, record->uuid, sizeof(xml->uuid)) != 0) {
        g_autofree char *other = mortise_uuid_to_text(xml->uuid);
        mortise_error_set(error, MORTISE_ERROR_INVALID_ARGUMENT, snapshot->name,
                          "begin with what 'mortise dumpxml' gives, and keep its uuid",
                          "the XML for the destination has the UUID %s, and '%s' has %s", other, snapshot->name,
                          record->uuid_text);
        return NULL;
    }
    return g_steal_pointer(&xml);
}

static void
change_to_incoming(DomainSnapshot *snapshot, gconstpointer data)
{
    domain_snapshot_set_identity(snapshot, data, FALSE);
}

static gboolean
match(MigrationJob *self, const MortiseDomainXml *xml, GError **error)
{
    MigrationSide *side = &self->destination;
    g_autoptr(DomainRecord) record = NULL;
    if (!session_match(side->session, xml->uuid, xml->name, &record, error)) {
        return FALSE;
    }
    self->was_listed = record != NULL;
    if (record != NULL && (!require_active(record, FALSE, error) || record->binding != self->binding)) {
        if (error != NULL && *error == NULL) {
            mortise_error_set(error, MORTISE_ERROR_DOMAIN_EXISTS, xml->name, "undefine that one first",
                              "the domain '%s' is defined at the destination with another type", xml->name);
        }
        return FALSE;
    }
    if (record == NULL) {
        record = domain_record_new(side->session, self->binding, xml->uuid, xml->name);
        domain_record_change(record, change_to_incoming, xml);
    }
    side->record = g_steal_pointer(&record);
    return TRUE;
}

gboolean
migration_list_incoming(MigrationJob *self, GError **error)
{
    MigrationSide *side = &self->destination;
    g_autoptr(MortiseDomainXml) xml = find_identity(self, error);
    if (xml == NULL) {
        return FALSE;
    }
    self->binding = session_binding_for_type(side->session, xml->type, NULL);
    if (self->binding == NULL) {
        migration_set_refusal(self->source.session, self->source.record, self->request, self->offer, side->session,
                              error);
        return FALSE;
    }
    if (!match(self, xml, error) || !hold(self, side, OPERATION_MIGRATE_INCOMING, self->binding, error)) {
        return FALSE;
    }
    /* once more, since it is ours only now */
    if (!require_active(side->record, FALSE, error)
        || (!self->was_listed && !session_add(side->session, side->record, error))) {
        return FALSE;
    }
    g_mutex_lock(&side->record->file_lock);
    g_free(side->record->running_xml);
    side->record->running_xml = g_strdup(xml->text);
    g_mutex_unlock(&side->record->file_lock);
    return TRUE;
}

/* What a driver has not said itself of a guest that is no longer here. */
static void
end_run(DomainRecord *record, const char *reason)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    if (record->running_state != NULL && binding_uses_store(record->binding)) {
        (void) domain_record_set_running_state(record, NULL, NULL);
    }
    if (domain_snapshot_is_active(snapshot)) {
        domain_record_set_status(record, MORTISE_DOMAIN_STATE_SHUTOFF, -1, reason, NULL);
    }
}

void
migration_unlist_incoming(MigrationJob *self)
{
    DomainRecord *record = self->destination.record;
    end_run(record, "failed");
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    if (!self->was_listed && !snapshot->persistent) {
        session_remove(self->destination.session, record);
    }
}

void
migration_end_source(MigrationJob *self)
{
    DomainRecord *record = self->source.record;
    end_run(record, "migrated");
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    if (!snapshot->persistent) {
        session_remove(self->source.session, record);
    }
}

/*
 * The definition to keep at the destination: the source's own, or what it runs with. Offline there is nothing else that
 * another XML could be for.
 */
static MortiseDomainXml *
definition_to_keep(MigrationJob *self, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->source.record);
    gboolean offline = (self->request->flags & MORTISE_MIGRATION_OFFLINE) != 0;
    if (snapshot->inactive_xml == NULL || (offline && self->request->xml != NULL)) {
        return migration_parse_target(self->source.record, self->request, error);
    }
    return parse_named(snapshot->inactive_xml, self->request->name, error);
}

/* The mark goes along with a definition that moves; a copy has none, since two hosts would start the same guest. */
static gboolean
carry_autostart(MigrationJob *self, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->source.record);
    if (!snapshot->autostart || (self->request->flags & MORTISE_MIGRATION_UNDEFINE_SOURCE) == 0) {
        return TRUE;
    }
    g_autoptr(Call) call = session_joined_call_new(self->destination.session, OPERATION_SET_AUTOSTART,
                                                   body_set_autostart, self->binding, self->destination.record, TRUE);
    call->flags = 1;
    return call_run_through(call, NULL, NULL, error);
}

gboolean
migration_define(MigrationJob *self, GError **error)
{
    g_autoptr(MortiseDomainXml) xml = definition_to_keep(self, error);
    if (xml == NULL) {
        return FALSE;
    }
    g_autoptr(Call) call = session_joined_call_new(self->destination.session, OPERATION_DEFINE, body_define,
                                                   self->binding, NULL, TRUE);
    call->text = g_strdup(xml->text);
    call->second_text = g_strdup(xml->text);
    /* what shall only be kept has nothing else that would show it to be wrong */
    call->flags = self->source.hold == NULL ? MORTISE_DEFINE_VALIDATE : MORTISE_DEFINE_NONE;
    if (!call_run_through(call, NULL, NULL, error)) {
        return FALSE;
    }
    if (self->destination.record == NULL) {
        self->destination.record = domain_record_ref(call->out_record);
    }
    return carry_autostart(self, error);
}

gboolean
migration_find_offline(MigrationJob *self, GError **error)
{
    g_autoptr(DomainRecord) record = NULL;
    Session *session = self->destination.session;
    g_autoptr(MortiseDomainXml) xml = definition_to_keep(self, error);
    self->binding = xml != NULL ? session_binding_for_type(session, xml->type, error) : NULL;
    return self->binding != NULL && session_match(session, xml->uuid, xml->name, &record, error)
           && (record == NULL || require_active(record, FALSE, error));
}

gboolean
migration_undefine_source(MigrationJob *self, GError **error)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(self->source.record);
    if (!snapshot->persistent) {
        return TRUE;
    }
    g_autoptr(Call) call = self->source.hold != NULL
                               ? session_joined_call_new(self->source.session, OPERATION_UNDEFINE, body_undefine,
                                                         self->source.record->binding, self->source.record, TRUE)
                               : session_domain_call_new(self->source.session, OPERATION_UNDEFINE, body_undefine,
                                                         self->source.record);
    return call_run_through(call, NULL, NULL, error);
}

static void
release(MigrationJob *self, MigrationSide *side, const GError *outcome)
{
    g_mutex_lock(&self->lock);
    g_autoptr(Call) call = g_steal_pointer(&side->hold);
    g_mutex_unlock(&self->lock);
    if (call != NULL) {
        domain_record_set_migration(side->record, NULL, NULL);
        call_release(call, outcome);
    }
}

void
migration_release(MigrationJob *self, const GError *outcome)
{
    release(self, &self->destination, outcome);
    release(self, &self->source, outcome);
}
