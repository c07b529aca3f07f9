// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What drivers say about their domains, checked and published.
#include "host-domains.h"

#include "domain-record.h"
#include "domain-xml.h"
#include "driver-words.h"
#include "error.h"
#include "host-sinks.h"
#include "host-table.h"
#include "session.h"

/* A transient domain that has ended is no longer there; one that was never seen alive is still being started. */
static void
remove_when_over(DomainRecord *record, const DomainSnapshot *before)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    gboolean lived = domain_snapshot_is_active(before) || before->state == MORTISE_DOMAIN_STATE_UNKNOWN;
    if (lived && !snapshot->persistent && !domain_snapshot_is_active(snapshot)
        && binding_uses_store(record->binding)) {
        session_remove(record->session, record);
    } else if (lived && !domain_snapshot_is_active(snapshot) && binding_uses_store(record->binding)) {
        domain_record_keep_end(record);
    }
}

void
host_domain_status(MortiseHostDomain *domain, const MortiseDomainStatus *status)
{
    if (domain == NULL || status == NULL || status->struct_size < sizeof(*status)) {
        driver_words_misbehaved("a status is NULL or too short for its version");
        return;
    }
    if (status->state > MORTISE_STATE_LAST) {
        driver_words_misbehaved("the state %u is none", status->state);
        return;
    }
    if (!host_text_is_good(status->reason, MORTISE_NAME_LIMIT, TRUE, "the reason of a state")
        || !host_text_is_good(status->detail, MORTISE_MESSAGE_LIMIT, TRUE, "the detail of a state")) {
        return;
    }
    g_autoptr(DomainSnapshot) before = domain_record_get_snapshot(domain);
    domain_record_set_status(domain, (MortiseDomainState) status->state, status->id, status->reason,
                             status->detail);
    remove_when_over(domain, before);
}

typedef struct {
    const char *xml;
    guint vcpus;         /* 0: not known, like those below */
    guint64 memory_kib;
    guint64 maximum_memory_kib;
} LiveChange;

static void
change_amounts(DomainSnapshot *snapshot, const LiveChange *change)
{
    snapshot->vcpus = change->vcpus != 0 ? change->vcpus : snapshot->vcpus;
    snapshot->memory_kib = change->memory_kib != 0 ? change->memory_kib : snapshot->memory_kib;
    if (change->maximum_memory_kib != 0) {
        snapshot->maximum_memory_kib = change->maximum_memory_kib;
    }
}

static void
change_live_xml(DomainSnapshot *snapshot, gconstpointer data)
{
    const LiveChange *change = data;
    domain_snapshot_set_text(&snapshot->live_xml, change->xml);
    change_amounts(snapshot, change);
}

/* Of the running domain, or of the definition that is left when it has ended. */
static void
read_amounts(DomainRecord *record, const char *live_xml, LiveChange *change)
{
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(record);
    const char *xml = live_xml != NULL ? live_xml : snapshot->inactive_xml;
    g_autoptr(MortiseDomainXml) read = xml != NULL ? mortise_domain_xml_parse(xml, NULL) : NULL;
    if (read != NULL) {
        change->vcpus = read->vcpus;
        change->memory_kib = read->current_memory_kib;
        change->maximum_memory_kib = read->memory_kib;
    }
}

void
host_domain_live_xml(MortiseHostDomain *domain, const char *xml)
{
    if (domain == NULL || !host_text_is_good(xml, MORTISE_TEXT_LIMIT, TRUE, "the live XML")) {
        return;
    }
    LiveChange change = {.xml = xml};
    read_amounts(domain, xml, &change);
    domain_record_change(domain, change_live_xml, &change);
    g_mutex_lock(&domain->file_lock);
    domain->live_xml_unsaved = xml != NULL;
    g_mutex_unlock(&domain->file_lock);
    /* inside of a call the core saves when the call ends, if the driver has not done so by then */
    if (driver_words_current() == NULL) {
        (void) domain_record_save_running(domain, NULL);
    }
}

MortiseResult
host_domain_running_state(MortiseHostDomain *domain, const char *state)
{
    if (domain == NULL || !host_text_is_good(state, MORTISE_TEXT_LIMIT, TRUE, "the running state")) {
        return MORTISE_FAILED;
    }
    if (domain->binding == NULL || !binding_uses_store(domain->binding)) {
        driver_words_misbehaved("a running state was given by a driver that does not use the store");
        return MORTISE_FAILED;
    }
    g_autoptr(GError) error = NULL;
    if (domain_record_set_running_state(domain, state, &error)) {
        return MORTISE_OK;
    }
    mortise_host_table()->set_error(domain->binding->module->host_driver, mortise_error_get_reason(error),
                                    mortise_error_get_object(error), mortise_error_get_summary(error),
                                    mortise_error_get_hint(error));
    return MORTISE_FAILED;
}

void
host_domain_event(MortiseHostDomain *domain, const char *kind, const char *detail)
{
    if (domain == NULL || !host_text_is_good(kind, MORTISE_NAME_LIMIT, FALSE, "the kind of an event")
        || !host_text_is_good(detail, MORTISE_MESSAGE_LIMIT, TRUE, "the detail of an event")) {
        return;
    }
    event_hub_emit_domain(session_get_events(domain->session), MORTISE_EVENT_KIND_GUEST, domain, kind, detail);
}

static void
change_to_announced(DomainSnapshot *snapshot, gconstpointer data)
{
    const MortiseDomainIdentity *identity = data;
    g_autoptr(MortiseDomainXml) xml = NULL;
    if (identity->inactive_xml != NULL) {
        xml = mortise_domain_xml_parse(identity->inactive_xml, NULL);
    }
    if (xml != NULL) {
        LiveChange running = {NULL, snapshot->vcpus, snapshot->memory_kib, snapshot->maximum_memory_kib};
        domain_snapshot_set_identity(snapshot, xml, identity->persistent != 0);
        if (snapshot->live_xml != NULL) {
            change_amounts(snapshot, &running);
        }
        domain_snapshot_set_text(&snapshot->inactive_xml,
                                 identity->persistent != 0 ? identity->inactive_xml : NULL);
    } else {
        domain_snapshot_set_text(&snapshot->inactive_xml, identity->inactive_xml);
    }
    domain_snapshot_set_text(&snapshot->name, identity->name);
    domain_snapshot_set_text(&snapshot->type, identity->type);
    snapshot->persistent = identity->persistent != 0;
    snapshot->autostart = identity->autostart != 0;
}

static gboolean
identity_is_good(MortiseHostConnection *connection, const MortiseDomainIdentity *identity)
{
    if (connection == NULL || identity == NULL || identity->struct_size < sizeof(*identity)) {
        driver_words_misbehaved("an announced identity is NULL or too short for its version");
        return FALSE;
    }
    if (binding_uses_store(connection)) {
        driver_words_misbehaved("a domain was announced by a driver that uses the store");
        return FALSE;
    }
    return host_text_is_good(identity->name, MORTISE_NAME_LIMIT, FALSE, "the name of an announced domain")
           && host_text_is_good(identity->type, MORTISE_NAME_LIMIT, FALSE, "the type of an announced domain")
           && host_text_is_good(identity->inactive_xml, MORTISE_TEXT_LIMIT, TRUE, "the XML of an announced domain");
}

MortiseHostDomain *
host_domain_announce(MortiseHostConnection *connection, const MortiseDomainIdentity *identity)
{
    if (!identity_is_good(connection, identity)) {
        return NULL;
    }
    Session *session = connection->session;
    g_autoptr(GError) error = NULL;
    g_autoptr(DomainRecord) record = NULL;
    if (!session_match(session, identity->uuid, identity->name, &record, &error)) {
        driver_words_misbehaved("%s", error->message);
        return NULL;
    }
    gboolean fresh = record == NULL;
    if (fresh) {
        record = domain_record_new(session, connection, identity->uuid, identity->name);
    }
    gboolean defined = identity->persistent != 0;
    domain_record_change(record, change_to_announced, identity);
    if (fresh && !session_add(session, record, &error)) {
        driver_words_misbehaved("%s", error->message);
        return NULL;
    }
    if (defined) {
        event_hub_emit_domain(session_get_events(session), MORTISE_EVENT_KIND_DEFINED, record,
                              fresh ? "added" : "updated", NULL);
    }
    /* the session's table keeps it until it is withdrawn */
    return record;
}

void
host_domain_withdraw(MortiseHostDomain *domain)
{
    if (domain == NULL || domain->binding == NULL || binding_uses_store(domain->binding)) {
        driver_words_misbehaved("a domain was withdrawn that the driver had not announced");
        return;
    }
    g_autoptr(DomainSnapshot) snapshot = domain_record_get_snapshot(domain);
    if (snapshot->persistent) {
        event_hub_emit_domain(session_get_events(domain->session), MORTISE_EVENT_KIND_UNDEFINED, domain, "removed",
                              NULL);
    }
    session_remove(domain->session, domain);
}
